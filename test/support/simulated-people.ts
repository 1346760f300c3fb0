import assert from 'node:assert/strict'
import type { ExtensionPart } from '../../src/domain/call.ts'
import { foldedKey, parseName } from '../../src/domain/people.ts'
import type { Reading } from '../../src/domain/reading.ts'
import type { PeopleEvent } from '../../src/domain/simulation/people.ts'
import { simulate, type SimulatedRecord, type SimulationOptions, siteOf } from '../../src/domain/simulation/simulate.ts'
import { readingOf } from './days.ts'
import type { TestStore } from './stores.ts'

type Of<K extends PeopleEvent['kind']> = Extract<PeopleEvent, { readonly kind: K }>
export type SimulatedFact = Of<'fact'>

/** An exchange and the people at its telephones: what comes in, what is told, and what was true. */
export interface SimulatedOffice {
  /** Name of the source and of its plan. */
  readonly source: string
  readonly reading: Reading
  readonly records: readonly SimulatedRecord[]
  readonly employees: readonly Of<'employee'>[]
  readonly facts: readonly SimulatedFact[]
  readonly assignments: readonly Of<'assignment'>[]
  readonly shifts: readonly Of<'shift'>[]
  readonly calls: readonly Of<'call'>[]
}

export function simulatedOffice(source: string, options: SimulationOptions): SimulatedOffice {
  const events: PeopleEvent[] = []
  const records = [...simulate(options, undefined, (event) => events.push(event))]
  const { groups, attendants, trunks } = siteOf(options).reading
  const of = <K extends PeopleEvent['kind']>(kind: K) => events.filter((it): it is Of<K> => it.kind === kind)
  return {
    source,
    reading: readingOf(options.format, { timezone: options.timezone, groups, attendants, trunks, plan: source }),
    records,
    employees: of('employee'),
    facts: of('fact'),
    assignments: of('assignment'),
    shifts: of('shift'),
    calls: of('call'),
  }
}

/** Personnel numbers of several offices are told apart. */
export const numberOf = (office: Pick<SimulatedOffice, 'source'>, employee: string): string =>
  `${office.source}-${employee}`

/** Employees of the store by personnel number. */
export async function employeeIds({ rows }: Pick<TestStore, 'rows'>): Promise<Map<string, number>> {
  const found = await rows('SELECT id, personnel_number FROM employee')
  return new Map(found.map((row) => [row['personnel_number'] as string, row['id'] as number]))
}

const quoted = (value: string | number | null): string =>
  value === null ? 'NULL' : typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`

/** Rows of a table as one statement. */
export async function insert(
  { execute }: Pick<TestStore, 'execute'>,
  table: string,
  columns: string,
  rows: readonly (readonly (string | number | null)[])[],
): Promise<void> {
  for (let at = 0; at < rows.length; at += 500) {
    const values = rows.slice(at, at + 500).map((row) => `(${row.map(quoted).join(', ')})`)
    await execute(`INSERT INTO ${table} (${columns}) VALUES ${values.join(', ')}`)
  }
}

/** People as they were, written past the product as if all had been known from the start. */
export async function writeTruth(it: TestStore, offices: readonly SimulatedOffice[]): Promise<void> {
  await writeEmployees(it, offices)
  const ids = await employeeIds(it)
  const idOf = (office: SimulatedOffice, employee: string) => ids.get(numberOf(office, employee)) as number
  for (const office of offices) {
    await insert(
      it,
      'assignment',
      'employee_id, plan, extension, from_at, to_at, created_at',
      office.assignments.map((row) => [idOf(office, row.employee), office.source, row.extension, row.from, row.to, 0]),
    )
    await insert(
      it,
      'shift',
      'employee_id, started_at, ended_at, zone, started_how, ended_how, created_at',
      office.shifts.map((row) => {
        const how = row.endedBy === 'system' ? 'automatic' : 'shell'
        return [idOf(office, row.employee), row.startedAt, row.endedAt, 'UTC', 'shell', how, 0]
      }),
    )
    const shifts = await it.rows('SELECT id, employee_id, started_at FROM shift')
    const shiftIds = new Map(shifts.map((row) => [`${row['employee_id']} ${row['started_at']}`, row['id'] as number]))
    await insert(
      it,
      'shift_break',
      'shift_id, employee_id, type, started_at, ended_at',
      office.shifts.flatMap(({ employee, startedAt, breaks }) => {
        const id = idOf(office, employee)
        const shift = shiftIds.get(`${id} ${startedAt}`) as number
        return breaks.map((row) => [shift, id, row.type, row.startedAt, row.endedAt])
      }),
    )
  }
}

export async function writeEmployees(it: TestStore, offices: readonly SimulatedOffice[]): Promise<void> {
  const rows = offices.flatMap((office) =>
    office.employees.map(({ employee, name }) => {
      const { family, given, patronymic } = parseName(name)
      return [numberOf(office, employee), family, given, patronymic, name, foldedKey(name), 0]
    }),
  )
  await insert(
    it,
    'employee',
    'personnel_number, family, given, patronymic, name, name_key, created_at',
    rows,
  )
}

interface Sums {
  role: ExtensionPart
  talk: number
  hold: number
  ring: number
}

const ranks: readonly ExtensionPart[] = ['caller', 'answered', 'transferred', 'offered']

/** What one person had of one telephone in one call in one state: the seconds together, the most that was done. */
function add(sums: Map<string, Sums>, key: string, part: Sums): void {
  const known = sums.get(key)
  if (!known) return void sums.set(key, part)
  known.talk += part.talk
  known.hold += part.hold
  known.ring += part.ring
  if (ranks.indexOf(part.role) < ranks.indexOf(known.role)) known.role = part.role
}

/** Throws unless every call of the office is its people's as the story knows it: person, telephone, state, role, seconds. */
export async function assertTruth(it: TestStore, office: SimulatedOffice): Promise<void> {
  const expected = new Map<string, Sums>()
  for (const { call, parts } of office.calls)
    for (const { employee, extension, state, role, talkSeconds, holdSeconds, ringSeconds } of parts) {
      const who = employee === null ? '–' : numberOf(office, employee)
      const key = [call.exchangeCallId, call.startedAt, extension, who, state].join(' ')
      add(expected, key, { role, talk: talkSeconds, hold: holdSeconds, ring: ringSeconds })
    }
  const found = new Map<string, Sums>()
  const rows = await it.rows(
    `SELECT c.exchange_call_id, c.started_at AS began, e.personnel_number, a.extension, a.state, a.role, a.talk_seconds,
        a.hold_seconds, a.ring_seconds
      FROM attribution a JOIN call c ON c.id = a.call_id JOIN source s ON s.id = c.source_id
        LEFT JOIN employee e ON e.id = a.employee_id
      WHERE s.name = '${office.source}' ORDER BY a.call_id, a.position`,
  )
  for (const row of rows) {
    const who = row['personnel_number'] ?? '–'
    add(found, [row['exchange_call_id'], row['began'], row['extension'], who, row['state']].join(' '), {
      role: row['role'] as ExtensionPart,
      talk: row['talk_seconds'] as number,
      hold: row['hold_seconds'] as number,
      ring: row['ring_seconds'] as number,
    })
  }
  const different = [...new Set([...expected.keys(), ...found.keys()])].filter((key) => {
    const [a, b] = [expected.get(key), found.get(key)]
    return a?.role !== b?.role || a?.talk !== b?.talk || a?.hold !== b?.hold || a?.ring !== b?.ring
  })
  const shown = different.slice(0, 12).map((key) => {
    const { scenario, handling } =
      office.calls.find(({ call }) => key.startsWith(`${call.exchangeCallId} ${call.startedAt} `))?.call ?? {}
    return `${key} (${scenario}, ${handling}): expected ${JSON.stringify(expected.get(key))}, found ${JSON.stringify(found.get(key))}`
  })
  assert.deepEqual(shown, [], `${office.source}: ${different.length} of ${expected.size} differ`)
}
