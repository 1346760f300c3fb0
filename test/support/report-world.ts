import type { AttributedPart } from '../../src/domain/attribution.ts'
import { directions, outcomes } from '../../src/domain/call.ts'
import type { CountedCall } from '../../src/domain/metrics/counted-call.ts'
import { foldedKey } from '../../src/domain/people.ts'
import type { Random } from '../../src/domain/simulation/random.ts'
import type { Mark, Shift } from '../../src/domain/worktime/shift.ts'
import { applyReading } from './feed.ts'
import { readingOf } from './days.ts'
import { partOf } from './counted-call.ts'
import type { TestStore } from './stores.ts'

/**
 * Calls, people and their time at random, put into the tables as record, attribute and the people's commands leave them, and handed
 * to the test as plain rows: what a report says can be worked out from them by counting.
 */
export interface ReportWorld {
  readonly calls: readonly CountedCall[]
  readonly parts: readonly AttributedPart[]
  readonly shifts: readonly Shift[]
  readonly marks: readonly Mark[]
  readonly people: readonly { readonly id: number; readonly name: string; readonly unit: number }[]
}

const second = 1000
const hour = 3_600_000
export const extensions = words('201 202 203 204 205 206')
const numbers = ['74955550101', '84955550102', '+7 495 555-01-03', '5550', '84955550101', null]
const names = ['Петрова Анна', 'Иванов Пётр Ильич', 'Ёлкина Яна', 'Smith John', 'Абрамов Олег']
const breakTypes = words('meal rest training meeting')

export async function reportWorld(
  it: TestStore,
  random: Random,
  { from, to, calls: count }: { readonly from: number; readonly to: number; readonly calls: number },
): Promise<ReportWorld> {
  for (const name of ['pbx', 'kro'])
    await applyReading(it.store, name, readingOf('avaya-ip-office', { plan: name, groups: '^3\\d\\d$' }))
  const readings = new Map(
    (await it.rows('SELECT id, source_id FROM reading')).map((row) => [row['source_id'], row['id']]),
  )
  const people = names.map((name, i) => ({ id: i + 1, name, unit: (i % 2) + 1 }))
  const at = () => from + random.below((to - from) / second) * second

  const calls = Array.from({ length: count }, (_, i): CountedCall => {
    const sourceId = random.chance(0.7) ? 1 : 2
    const direction = random.pick(directions)
    const outcome = random.chance(0.6) ? 'answered' : random.pick(outcomes)
    const startedAt = at()
    const waitSeconds = random.below(60)
    const talkSeconds = outcome === 'answered' ? random.below(random.chance(0.1) ? 8000 : 400) : 0
    const answeredAt = outcome === 'answered' ? startedAt + waitSeconds * second : null
    const number = random.pick(numbers)
    const own = extensions.filter(() => random.chance(0.3))
    return {
      id: sourceId * 2 ** 40 + i + 1,
      sourceId,
      readingId: readings.get(sourceId) as number,
      plan: sourceId === 1 ? 'pbx' : 'kro',
      direction,
      outcome,
      from: direction === 'inbound' ? number : '201',
      to: direction === 'outbound' ? number : '300',
      targets: words('300 301 706 201').filter(() => random.chance(0.3)),
      answeredBy: outcome === 'answered' ? (own[0] ?? null) : null,
      answeredOutside: random.chance(0.1),
      extensions: own.map((extension, n) => ({
        number: extension,
        part:
          n === 0 && direction === 'outbound'
            ? 'caller'
            : outcome === 'answered'
              ? random.pick(['answered', 'transferred', 'offered'] as const)
              : 'offered',
      })),
      startedAt,
      answeredAt,
      endedAt: startedAt + (waitSeconds + talkSeconds) * second,
      waitSeconds,
      talkSeconds,
      holdSeconds: random.below(5),
      conference: random.chance(0.05) ? '700' : null,
    }
  })

  const parts = calls.flatMap((call): AttributedPart[] =>
    call.extensions.flatMap(({ number, part }, n) =>
      Array.from({ length: random.chance(0.2) ? 2 : 1 }, (_, leg) => {
        const hasTalked = part !== 'offered' && call.outcome === 'answered'
        const state = random.pick(['on-shift', 'on-shift', 'on-break', 'off-shift', 'no-holder'] as const)
        const begin = (call.answeredAt ?? call.startedAt) + leg * 3000
        const talkSeconds = hasTalked ? random.below(call.talkSeconds + 1) : 0
        return partOf({
          callId: call.id,
          position: n * 2 + leg,
          sourceId: call.sourceId,
          startedAt: call.startedAt,
          direction: call.direction,
          counted: true,
          employeeId: state === 'no-holder' ? null : random.pick(people).id,
          plan: call.plan,
          extension: number,
          role: part,
          state,
          at: begin,
          ringSeconds: call.waitSeconds,
          talkSeconds,
          holdSeconds: hasTalked ? random.below(20) : 0,
          busy: hasTalked ? { from: begin, to: begin + talkSeconds * second } : null,
          offer:
            part === 'caller' || leg > 0
              ? null
              : hasTalked
                ? 'talked'
                : call.outcome === 'answered'
                  ? 'elsewhere'
                  : 'missed',
        })
      }),
    ),
  )

  const shifts: Shift[] = []
  for (const person of people) {
    let begin = from - random.below(20) * hour
    while (begin < to + 10 * hour) {
      const startedAt = begin + random.below(6 * 3600) * second
      const endedAt = startedAt + (4 + random.below(8)) * hour + random.below(3600) * second
      const breaks: Shift['breaks'][number][] = []
      for (let rest = startedAt + hour; rest + 2 * hour < endedAt; rest += 2 * hour)
        if (random.chance(0.7))
          breaks.push({
            id: shifts.length * 10 + breaks.length + 1,
            type: random.pick(breakTypes),
            startedAt: rest,
            endedAt: rest + (1 + random.below(3600)) * second,
            flags: [],
          })
      const isLast = endedAt > to
      shifts.push({
        id: shifts.length + 1,
        employeeId: person.id,
        startedAt,
        endedAt: isLast && person.id % 2 === 0 ? null : endedAt,
        zone: 'UTC',
        startedHow: 'shell',
        endedHow: 'shell',
        flags: [],
        breaks,
      })
      if (isLast) break
      begin = endedAt + second
    }
  }

  const marks = Array.from({ length: 80 }, (_, i): Mark => {
    const shift = random.pick(shifts)
    return {
      id: i + 1,
      employeeId: shift.employeeId,
      shiftId: shift.id,
      typeId: 1 + random.below(3),
      at: shift.startedAt + random.below(3600) * second,
      count: 1 + random.below(3),
      seconds: random.chance(0.5) ? random.below(300) : null,
      comment: null,
      excluded: random.chance(0.2),
      how: 'shell',
    }
  })

  await insert(it, 'unit', words('id name name_key parent_id'), [
    [1, 'Отдел', 'отдел', null],
    [2, 'Группа', 'группа', 1],
  ])
  await insert(
    it,
    'employee',
    words('id personnel_number family given patronymic name name_key unit_id created_at'),
    people.map(({ id, name, unit }) => [id, `T-${id}`, name, '', '', name, foldedKey(name), unit, 0]),
  )
  await insert(it, 'directory', words('plan number is_group label site'), [
    ['pbx', '706', 1, 'Меню', null],
    ['pbx', '201', 0, 'Касса', 'Чита'],
  ])
  await insert(it, 'directory_group', words('name plan number'), [
    ['Кассы', 'pbx', '201'],
    ['Кассы', 'pbx', '299'],
  ])
  await insert(it, 'mark_type', words('id name name_key position wrap_up'), [
    [1, 'Почта', 'почта', 1, 0],
    [2, 'Почта (архив)', 'почта (архив)', 2, 0],
    [3, 'Обработка', 'обработка', 3, 1],
  ])
  await insert(
    it,
    'call',
    [
      ...words('id source_id reading_id rules plan start_wall exchange_call_id kind direction outcome'),
      ...words('from_number from_name to_number targets answered_by answered_outside extensions started_at'),
      ...words('answered_at ended_at ring_seconds wait_seconds talk_seconds hold_seconds park_seconds'),
      ...words('machine_seconds conference segments doubtful complete_at'),
    ],
    [...calls, ...calls.slice(0, 5).map((it) => ({ ...it, id: it.id + 2 ** 30, kind: 'twin-leg' }))].map((call) => [
      call.id,
      call.sourceId,
      call.readingId,
      1,
      call.plan,
      call.startedAt,
      '1',
      'kind' in call ? 'twin-leg' : 'call',
      call.direction,
      call.outcome,
      call.from,
      null,
      call.to,
      JSON.stringify(call.targets),
      call.answeredBy,
      call.answeredOutside ? 1 : 0,
      JSON.stringify(call.extensions.map(({ number, part }) => [number, part])),
      call.startedAt,
      call.answeredAt,
      call.endedAt,
      call.waitSeconds,
      call.waitSeconds,
      call.talkSeconds,
      call.holdSeconds,
      0,
      0,
      call.conference,
      1,
      '[]',
      null,
    ]),
  )
  await insert(
    it,
    'attribution',
    [
      ...words('call_id position source_id started_at direction counted employee_id plan extension role state'),
      ...words('at ring_seconds talk_seconds hold_seconds busy_from busy_to offer'),
    ],
    // Some are of calls that are no more, and have not been taken away yet.
    [...parts, ...parts.slice(0, 20).map((it) => ({ ...it, callId: it.callId + 2 ** 29 }))].map((part) => [
      part.callId,
      part.position,
      part.sourceId,
      part.startedAt,
      part.direction,
      1,
      part.employeeId,
      part.plan,
      part.extension,
      part.role,
      part.state,
      part.at,
      part.ringSeconds,
      part.talkSeconds,
      part.holdSeconds,
      part.busy?.from ?? null,
      part.busy?.to ?? null,
      part.offer,
    ]),
  )
  await insert(
    it,
    'shift',
    words('id employee_id started_at ended_at zone started_how ended_how created_at'),
    shifts.map((shift) => [shift.id, shift.employeeId, shift.startedAt, shift.endedAt, 'UTC', 'shell', null, 0]),
  )
  await insert(
    it,
    'shift_break',
    words('id shift_id employee_id type started_at ended_at'),
    shifts.flatMap((shift) =>
      shift.breaks.map((rest) => [rest.id, shift.id, shift.employeeId, rest.type, rest.startedAt, rest.endedAt]),
    ),
  )
  await insert(
    it,
    'mark',
    words('id employee_id shift_id type_id at count seconds excluded how'),
    marks.map((mark) => [
      mark.id,
      mark.employeeId,
      mark.shiftId,
      mark.typeId,
      mark.at,
      mark.count,
      mark.seconds,
      mark.excluded ? 1 : 0,
      'shell',
    ]),
  )
  return { calls, parts, shifts, marks, people }
}

type Value = string | number | null

function words(text: string): string[] {
  return text.split(' ')
}

/** Rows past the store, as its roles leave them. */
export async function insert(
  it: Pick<TestStore, 'execute'>,
  table: string,
  columns: readonly string[],
  rows: readonly (readonly Value[])[],
): Promise<void> {
  const written = (value: Value) =>
    value === null ? 'NULL' : typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`
  for (let i = 0; i < rows.length; i += 500) {
    const values = rows.slice(i, i + 500).map((row) => `(${row.map(written).join(', ')})`)
    await it.execute(`INSERT INTO ${table} (${columns.join(', ')}) VALUES ${values.join(', ')}`)
  }
}
