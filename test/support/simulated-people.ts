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
  await insert(it, 'employee', 'personnel_number, family, given, patronymic, name, name_key, created_at', rows)
}

interface Sums {
  talk: number
  hold: number
  ring: number
}

interface Told extends Sums {
  readonly call: string
  readonly extension: string
  readonly who: string
  readonly state: string
  readonly role: ExtensionPart
}

/** What one person had of one telephone in one call: in each role and state the seconds together. */
function together(parts: readonly Told[]): Map<string, Sums> {
  const sums = new Map<string, Sums>()
  for (const { call, extension, who, role, state, talk, hold, ring } of parts) {
    const key = `${call} ${extension} ${who} ${role} ${state}`
    const known = sums.get(key) ?? { talk: 0, hold: 0, ring: 0 }
    sums.set(key, {
      talk: known.talk + talk,
      hold: known.hold + hold,
      ring: known.ring + ring,
    })
  }
  return sums
}

const nobody = '–'

/** Throws unless every call of the office is its people's as the story knows it: person, telephone, state, role, seconds. */
export async function assertTruth(it: Pick<TestStore, 'rows'>, office: SimulatedOffice): Promise<void> {
  const expected = together(
    office.calls.flatMap(({ call, parts }) =>
      parts.map(
        ({ employee, extension, state, role, talkSeconds, holdSeconds, ringSeconds }): Told => ({
          call: `${call.exchangeCallId} ${call.startedAt}`,
          extension,
          who: employee === null ? nobody : numberOf(office, employee),
          state,
          role,
          talk: talkSeconds,
          hold: holdSeconds,
          ring: ringSeconds,
        }),
      ),
    ),
  )
  const rows = await it.rows(
    `SELECT c.exchange_call_id, c.started_at AS began, e.personnel_number, a.extension, a.state, a.role, a.talk_seconds,
        a.hold_seconds, a.ring_seconds
      FROM attribution a JOIN call c ON c.id = a.call_id JOIN source s ON s.id = c.source_id
        LEFT JOIN employee e ON e.id = a.employee_id
      WHERE s.name = '${office.source}'`,
  )
  const found = together(
    rows.map((row) => ({
      call: `${row['exchange_call_id']} ${row['began']}`,
      extension: row['extension'] as string,
      who: (row['personnel_number'] as string | null) ?? nobody,
      state: row['state'] as string,
      role: row['role'] as ExtensionPart,
      talk: row['talk_seconds'] as number,
      hold: row['hold_seconds'] as number,
      ring: row['ring_seconds'] as number,
    })),
  )
  const text = (sums: Sums | undefined) => (sums ? JSON.stringify(sums) : 'nothing')
  const different = [...new Set([...expected.keys(), ...found.keys()])].filter(
    (key) => text(expected.get(key)) !== text(found.get(key)),
  )
  const shown = different.slice(0, 12).map((key) => {
    const { call } = office.calls.find(({ call }) => key.startsWith(`${call.exchangeCallId} ${call.startedAt} `)) ?? {}
    return `${key} (${call?.scenario}, ${call?.handling}): ${text(expected.get(key))}, found ${text(found.get(key))}`
  })
  assert.deepEqual(shown, [], `${office.source}: ${different.length} of ${expected.size} differ`)
}

/**
 * Metrics, Reconciliation: the seconds of people and of what is nobody's or was off shift are those of the calls' people, in the
 * rows and in the rollup; only calls of kind `call` count.
 */
export async function assertReconciled(
  { rows }: Pick<TestStore, 'rows'>,
  offices: readonly SimulatedOffice[],
): Promise<void> {
  const expected = { talk: 0, hold: 0, unattributed: 0 }
  for (const { call, parts } of offices.flatMap(({ calls }) => calls)) {
    if (call.kind !== 'call') continue
    for (const { state, talkSeconds, holdSeconds } of parts) {
      const counts = state === 'on-shift' || state === 'on-break'
      expected.talk += counts ? talkSeconds : 0
      expected.hold += counts ? holdSeconds : 0
      expected.unattributed += counts ? 0 : talkSeconds
    }
  }
  const sum = async (sql: string) => Number((await rows(sql))[0]?.['n'])
  const [all] = await rows(
    `SELECT sum(talk_seconds) AS talk, sum(hold_seconds) AS hold FROM attribution
      WHERE counted = 1 AND state IN ('on-shift', 'on-break')`,
  )
  assert.deepEqual(
    {
      talk: Number(all?.['talk']),
      hold: Number(all?.['hold']),
      unattributed: await sum(
        `SELECT sum(talk_seconds) AS n FROM attribution WHERE counted = 1 AND state IN ('no-holder', 'off-shift')`,
      ),
    },
    expected,
  )
  assert.equal(await sum('SELECT sum(talk) AS n FROM person_quarter'), expected.talk)
  assert.equal(await sum('SELECT sum(hold) AS n FROM person_quarter'), expected.hold)
}
