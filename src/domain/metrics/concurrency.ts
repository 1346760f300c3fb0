import { intervalsOf } from './intervals.ts'
import type { Span } from '../worktime/spans.ts'

/** For each interval the largest number of spans that hold one instant of it: one that ends where another begins is over by then. */
export function peakConcurrency(spans: readonly Span[], intervals: readonly Span[]): number[] {
  const edges = intervals.map((): [at: number, change: 1 | -1][] => [])
  for (const { from, to } of spans) {
    // A call that begins and ends in one second was there at that instant.
    const end = Math.max(to, from + 1)
    for (const i of intervalsOf(intervals, { from, to: end }))
      edges[i]?.push([Math.max(from, intervals[i]?.from ?? 0), 1], [end, -1])
  }
  return edges.map(highest)
}

function highest(edges: [at: number, change: 1 | -1][]): number {
  edges.sort(([a, x], [b, y]) => a - b || x - y)
  let [now, most] = [0, 0]
  for (const [, change] of edges) {
    now += change
    if (now > most) most = now
  }
  return most
}
