import type { PersonFigures } from '../../src/domain/metrics/person.ts'
import type { ShiftFigures } from '../../src/domain/metrics/shifts.ts'
import { type Counted, endOf, isCounted, share, sum } from './report-counting.ts'
import type { ReportWorld } from './report-world.ts'

/** What the reports say of people and their time, found by looking at each call and each second. */

type Part = ReportWorld['parts'][number]

const hour = 3_600_000

/** Second by second: whichever calls are asked for, a person's time is filled by all of them. */
export function timeOf({ world, period, now, perCallSeconds }: Counted, employeeId: number) {
  const length = (period.to - period.from) / 1000
  const line = () => new Uint8Array(length)
  const fill = (seconds: Uint8Array, from: number, to: number) => {
    const at = (instant: number) => Math.min(length, Math.max(0, (instant - period.from) / 1000))
    seconds.fill(1, at(from), at(to))
  }
  const [presence, breaks, unpaid, busy, marked] = [line(), line(), line(), line(), line()]
  for (const shift of world.shifts.filter((it) => it.employeeId === employeeId)) {
    fill(presence, shift.startedAt, endOf(shift, now))
    for (const rest of shift.breaks) {
      fill(breaks, rest.startedAt, rest.endedAt ?? endOf(shift, now))
      if (rest.type === 'meal') fill(unpaid, rest.startedAt, rest.endedAt ?? endOf(shift, now))
    }
  }
  const ends = new Map<number, number>()
  for (const part of world.parts)
    if (part.employeeId === employeeId && isCounted(part.state) && part.busy)
      if (part.startedAt >= period.from - 24 * hour && part.startedAt < period.to) {
        fill(busy, part.busy.from, part.busy.to)
        ends.set(part.callId, Math.max(part.busy.to, ends.get(part.callId) ?? 0))
      }
  for (const end of ends.values()) fill(busy, end, end + perCallSeconds * 1000)
  for (const mark of world.marks)
    if (mark.employeeId === employeeId && mark.typeId === 3 && mark.seconds !== null && perCallSeconds === 0)
      for (const seconds of [busy, marked]) fill(seconds, mark.at, mark.at + mark.seconds * 1000)
  const count = (holds: (i: number) => boolean) => sum(presence.map((_, i) => (holds(i) ? 1 : 0)))
  const staffed = presence.map((on, i) => (on === 1 && breaks[i] === 0 ? 1 : 0))
  const within = (seconds: Uint8Array) => (from: number, to: number) =>
    sum(seconds.subarray((from - period.from) / 1000, (to - period.from) / 1000))
  return {
    time: {
      presenceSeconds: count((i) => presence[i] === 1),
      workedSeconds: count((i) => presence[i] === 1 && unpaid[i] === 0),
      breakSeconds: count((i) => breaks[i] === 1),
      paidBreakSeconds: count((i) => breaks[i] === 1 && unpaid[i] === 0),
      unpaidBreakSeconds: count((i) => unpaid[i] === 1),
      busySeconds: count((i) => presence[i] === 1 && busy[i] === 1),
      idleSeconds: count((i) => presence[i] === 1 && breaks[i] === 0 && busy[i] === 0),
    },
    marked: within(marked),
    staffed: within(staffed),
  }
}

/** Calls and offers, each once, of one person or of several together. `own`: parts that count. */
export function countsOf(own: readonly Part[]) {
  const calls = [...Map.groupBy(own, (it) => it.callId).values()]
  const having = (holds: (of: readonly Part[]) => boolean) => calls.filter(holds).length
  const of = (direction: string) => having((it) => it.some((part) => part.direction === direction))
  const isOffered = (it: readonly Part[]) => it.some(({ offer }) => offer !== null)
  const hasTalked = (it: readonly Part[]) => it.some(({ offer }) => offer === 'talked')
  const isElsewhere = (it: readonly Part[]) => !hasTalked(it) && it.some(({ offer }) => offer === 'elsewhere')
  const isMissed = (it: readonly Part[]) => isOffered(it) && !hasTalked(it) && !isElsewhere(it)
  return {
    calls: calls.length,
    inbound: of('inbound'),
    outbound: of('outbound'),
    internal: of('internal'),
    handled: having((it) => it.some(({ busy }) => busy)),
    answered: having(hasTalked),
    offered: having(isOffered),
    takenElsewhere: having(isElsewhere),
    missed: having((it) => isMissed(it) && it.some(({ state }) => state === 'on-shift')),
    missedOnBreak: having((it) => isMissed(it) && it.every(({ state }) => state === 'on-break')),
    talkSeconds: sum(own.map((it) => it.talkSeconds)),
    holdSeconds: sum(own.map((it) => it.holdSeconds)),
  }
}

/** The row of a person. `own`: parts of the calls that are asked for and start in the period, and count. */
export function personOf(
  own: readonly Part[],
  { time, marked }: ReturnType<typeof timeOf>,
  { period, perCallSeconds }: Counted,
  isOfSomeCalls: boolean,
): PersonFigures {
  const counts = countsOf(own)
  const { handled, talkSeconds, holdSeconds } = counts
  const markedSeconds = isOfSomeCalls ? 0 : marked(period.from, period.to)
  const wrapUpSeconds = perCallSeconds > 0 ? perCallSeconds * handled : markedSeconds
  const { busySeconds, idleSeconds, presenceSeconds, workedSeconds } = time
  return {
    ...counts,
    ...time,
    wrapUpSeconds,
    averageTalk: share(talkSeconds, handled),
    averageHandling: share(talkSeconds + holdSeconds + wrapUpSeconds, handled),
    callsPerHour: share(handled, workedSeconds / 3600),
    occupancy: share(busySeconds, busySeconds + idleSeconds),
    utilisation: share(busySeconds, presenceSeconds),
  }
}

/** Calls once each, whoever took part; the seconds of people added up, ratios made of these sums. `own`: parts that count. */
export function peopleOf(own: readonly Part[], people: readonly PersonFigures[]): PersonFigures {
  const added = (name: keyof PersonFigures) => sum(people.map((it) => it[name] as number))
  const ratios = ['averageTalk', 'averageHandling', 'callsPerHour', 'occupancy', 'utilisation'] as const
  const seconds = [
    ...(['talkSeconds', 'holdSeconds', 'wrapUpSeconds', 'workedSeconds', 'presenceSeconds', 'breakSeconds'] as const),
    ...(['paidBreakSeconds', 'unpaidBreakSeconds', 'busySeconds', 'idleSeconds'] as const),
  ]
  return {
    ...countsOf(own),
    ...(Object.fromEntries(seconds.map((name) => [name, added(name)])) as Pick<
      PersonFigures,
      (typeof seconds)[number]
    >),
    ...(Object.fromEntries(
      ratios.map((name) => [
        name,
        share(sum(people.map((it) => it[name].numerator)), sum(people.map((it) => it[name].denominator))),
      ]),
    ) as Pick<PersonFigures, (typeof ratios)[number]>),
  }
}

type ShiftCounts = Pick<
  ShiftFigures,
  | 'presenceSeconds'
  | 'workedSeconds'
  | 'breakSeconds'
  | 'paidBreakSeconds'
  | 'unpaidBreakSeconds'
  | 'workedInPeriodSeconds'
  | 'calls'
  | 'onlyOffered'
  | 'talkSeconds'
  | 'marks'
  | 'excludedMarks'
>

/** The whole shift. `parts`: those that are asked for. */
export function shiftOf(
  shift: ReportWorld['shifts'][number],
  parts: readonly Part[],
  { world, period, now }: Counted,
): ShiftCounts {
  const end = endOf(shift, now)
  const worked = (from: number, to: number) => {
    const seconds = (a: number, b: number) => Math.max(0, Math.min(b, to) - Math.max(a, from)) / 1000
    const rest = (isPaid: boolean) =>
      sum(
        shift.breaks
          .filter((it) => (it.type !== 'meal') === isPaid)
          .map((it) => seconds(it.startedAt, it.endedAt ?? end)),
      )
    return { presence: seconds(shift.startedAt, end), paid: rest(true), unpaid: rest(false) }
  }
  const { presence, paid, unpaid } = worked(shift.startedAt, end)
  const within = worked(period.from, period.to)
  const own = parts.filter(
    (it) => it.employeeId === shift.employeeId && isCounted(it.state) && it.at >= shift.startedAt && it.at < end,
  )
  const took = new Set(own.filter((it) => it.role !== 'offered').map((it) => it.callId))
  const marks = (excluded: boolean) =>
    sum(world.marks.filter((it) => it.shiftId === shift.id && it.excluded === excluded).map((it) => it.count))
  return {
    presenceSeconds: presence,
    workedSeconds: presence - unpaid,
    breakSeconds: paid + unpaid,
    paidBreakSeconds: paid,
    unpaidBreakSeconds: unpaid,
    workedInPeriodSeconds: within.presence - within.unpaid,
    calls: took.size,
    onlyOffered: new Set(own.filter((it) => !took.has(it.callId)).map((it) => it.callId)).size,
    talkSeconds: sum(own.map((it) => it.talkSeconds)),
    marks: marks(false),
    excludedMarks: marks(true),
  }
}
