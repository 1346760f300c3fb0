import { type CallSummary, type ServiceRules, summarise } from './call-summary.ts'
import { peakConcurrency } from './concurrency.ts'
import type { CountedCall } from './counted-call.ts'
import { type ClockInterval, intervalAt, intervalsOf } from './intervals.ts'
import type { Span } from '../worktime/spans.ts'

export interface IntervalFigures extends CallSummary {
  readonly interval: ClockInterval
  /** Talk that lies in the interval, of whichever call; `talkSeconds` is the whole talk of the calls that start in it. */
  readonly talkWithinSeconds: number
  readonly peak: number
}

/** `calls`: those that start in the intervals, and those before that may reach into them. */
export function intervalFigures(
  calls: readonly CountedCall[],
  intervals: readonly ClockInterval[],
  rules: ServiceRules,
): IntervalFigures[] {
  const starting = intervals.map((): CountedCall[] => [])
  const talk = intervals.map(() => 0)
  for (const call of calls) {
    const at = intervalAt(intervals, call.startedAt)
    if (at !== null) starting[at]?.push(call)
    const talked = talkOf(call)
    if (talked)
      for (const i of intervalsOf(intervals, talked)) {
        const { from, to } = intervals[i] as Span
        talk[i] = (talk[i] ?? 0) + (Math.min(talked.to, to) - Math.max(talked.from, from)) / 1000
      }
  }
  const peaks = peakConcurrency(
    calls.map(({ startedAt: from, endedAt: to }) => ({ from, to })),
    intervals,
  )
  return intervals.map((interval, i) => ({
    interval,
    ...summarise(starting[i] ?? [], rules),
    talkWithinSeconds: talk[i] ?? 0,
    peak: peaks[i] ?? 0,
  }))
}

/** Where the talk of a call lies is not recorded to the second: it is taken to begin with the answer, before hold and park. */
const talkOf = ({ answeredAt, talkSeconds }: CountedCall): Span | null =>
  answeredAt === null || talkSeconds === 0 ? null : { from: answeredAt, to: answeredAt + talkSeconds * 1000 }
