import type { Zone } from '../clock.ts'
import type { Span } from '../worktime/spans.ts'

export const intervalMinutes = [15, 30, 60] as const
export type IntervalMinutes = (typeof intervalMinutes)[number]

export interface ClockInterval extends Span {
  /** What the zone's clock shows at its beginning, as wall milliseconds. */
  readonly wall: number
  readonly offsetMs: number
  /** The clock shows this twice: only the offset tells the two apart. */
  readonly isRepeated: boolean
}

/**
 * The intervals of [from, to) by the clock of a zone: one begins where the clock shows a multiple of `minutes` and ends at the next
 * one or at a change of offset. A repeated hour gives two with the same clock time, a skipped one none. The first and the last are
 * cut at the period's ends.
 */
export function clockIntervals(zone: Zone, from: number, to: number, minutes: IntervalMinutes): ClockInterval[] {
  const size = minutes * 60_000
  const intervals: ClockInterval[] = []
  for (let at = from; at < to; ) {
    const wall = zone.wallAt(at)
    const next = Math.min(to, at + size - (wall % size))
    const end = changeOfOffset(zone, at, next)
    const isRepeated = zone.readings(wall).kind === 'ambiguous'
    intervals.push({ from: at, to: end, wall, offsetMs: wall - at, isRepeated })
    at = end
  }
  return intervals
}

/** The first instant in (from, to) at which the offset is another than at `from`; `to` when there is none. */
function changeOfOffset(zone: Zone, from: number, to: number): number {
  const offsetAt = (instant: number) => zone.wallAt(instant) - instant
  const offset = offsetAt(from)
  if (offsetAt(to - 1) === offset) return to
  let [same, other] = [from, to - 1]
  while (other - same > 1) {
    const middle = Math.floor((same + other) / 2)
    if (offsetAt(middle) === offset) same = middle
    else other = middle
  }
  return other
}

/** Which of the intervals (in order, none over another) have time in common with a span. */
export function* intervalsOf(intervals: readonly Span[], span: Span): Generator<number> {
  let [low, high] = [0, intervals.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((intervals[middle] as Span).to <= span.from) low = middle + 1
    else high = middle
  }
  for (let i = low; i < intervals.length && (intervals[i] as Span).from < span.to; i++) yield i
}

/** The interval in which an instant lies; null when it lies in none. */
export function intervalAt(intervals: readonly Span[], instant: number): number | null {
  for (const i of intervalsOf(intervals, { from: instant, to: instant + 1 })) return i
  return null
}

/** The days of [from, to) by the clock of a zone: 23, 24 or 25 hours; the first and the last are cut at the period's ends. */
export function clockDays(zone: Zone, from: number, to: number): ClockInterval[] {
  const days: ClockInterval[] = []
  for (let at = from; at < to; ) {
    const wall = zone.wallAt(at)
    const midnight = zone.readings((Math.floor(wall / 86_400_000) + 1) * 86_400_000).first
    const end = Math.min(to, midnight)
    days.push({ from: at, to: end, wall, offsetMs: wall - at, isRepeated: false })
    at = end
  }
  return days
}
