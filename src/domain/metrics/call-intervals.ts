import { type CallSummary, noWrapUp, type ServiceRules, summarise, type WrapUp } from './call-summary.ts'
import { peakConcurrency } from './concurrency.ts'
import type { CountedCall } from './counted-call.ts'
import { type ErlangC, erlangC } from './erlang.ts'
import { type ClockInterval, intervalAt, intervalsOf } from './intervals.ts'
import { wholeSecond } from '../worktime/shift.ts'
import { lengthOf, type Span } from '../worktime/spans.ts'

export interface IntervalFigures extends CallSummary {
  readonly interval: ClockInterval
  /** Talk that lies in the interval, of whichever call; `talkSeconds` is the whole talk of the calls that start in it. */
  readonly talkWithinSeconds: number
  readonly peak: number
  /** Person-seconds on shift and not on a break; null: whose they would be is not known. */
  readonly staffSeconds: number | null
  readonly erlangC: ErlangC
}

/** What people did beside the calls. */
interface Work {
  /** What people marked counts where it lies. */
  readonly wrapUp?: WrapUp
  /** Time on shift and not on a break, of each person; null: not known who takes these calls. */
  readonly staffed?: readonly Span[] | null
  /** So many people take calls, whoever is on shift. */
  readonly staff?: number | null
  /** What is to come is no time without calls. */
  readonly now?: number
}

/** `calls`: those that start in the intervals, and those before that may reach into them. */
export function intervalFigures(
  calls: readonly CountedCall[],
  intervals: readonly ClockInterval[],
  rules: ServiceRules,
  { wrapUp = noWrapUp, staffed = null, staff = null, now = Number.POSITIVE_INFINITY }: Work = {},
): IntervalFigures[] {
  const starting = intervals.map((): CountedCall[] => [])
  for (const call of calls) {
    const at = intervalAt(intervals, call.startedAt)
    if (at !== null) starting[at]?.push(call)
  }
  const talk = spansIn(intervals, calls.flatMap(talkOf))
  const marked = spansIn(intervals, wrapUp.marked)
  const peaks = peakConcurrency(
    calls.map(({ startedAt: from, endedAt: to }) => ({ from, to })),
    intervals,
  )
  const onDuty = staffed && spansIn(intervals, staffed)
  return intervals.map((interval, i) => {
    const summary = summarise(starting[i] ?? [], rules, { ...wrapUp, marked: marked[i] ?? [] })
    // People's time is kept to the second: a running second has no staff yet.
    const seconds = Math.max(0, wholeSecond(Math.min(interval.to, now)) - wholeSecond(interval.from)) / 1000
    const staffSeconds = onDuty && lengthOf(onDuty[i] ?? []) / 1000
    return {
      interval,
      ...summary,
      talkWithinSeconds: lengthOf(talk[i] ?? []) / 1000,
      peak: peaks[i] ?? 0,
      staffSeconds,
      erlangC: erlangC({
        staff: staff ?? (staffSeconds ? Math.floor(staffSeconds / seconds) : null),
        calls: summary.inbound,
        averageHandling: summary.averageHandling,
        seconds,
        withinSeconds: rules.serviceLevelSeconds,
      }),
    }
  })
}

/** Where the talk of a call lies is not recorded to the second: it is taken to begin with the answer, before hold and park. */
const talkOf = ({ answeredAt, talkSeconds }: CountedCall): Span[] =>
  answeredAt === null || talkSeconds === 0 ? [] : [{ from: answeredAt, to: answeredAt + talkSeconds * 1000 }]

/** What of the spans lies in each interval. */
function spansIn(intervals: readonly Span[], spans: readonly Span[]): Span[][] {
  const within = intervals.map((): Span[] => [])
  for (const span of spans)
    for (const i of intervalsOf(intervals, span)) {
      const { from, to } = intervals[i] as Span
      within[i]?.push({ from: Math.max(span.from, from), to: Math.min(span.to, to) })
    }
  return within
}
