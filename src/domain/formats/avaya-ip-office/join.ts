import type { Segment } from '../format.ts'
import { type AvayaFields, lengthSeconds } from './record.ts'

/**
 * Which segments are one call. Two belong together when their Call ID is equal and
 * - their Call Start is equal: they are of one **run**; or
 * - the Call Start of one lies in the **window** of the other's run: from 5 s before the own end of one of its segments with
 *   Continuation 1 to 60 s after Call Start + the sum of the parts of all its segments. That is a further leg with a start of
 *   its own: after an auto-attendant (seen in the field, R11), after a split divert (manual 10.0, p. 181).
 *
 * A call is the closure of that. A further segment adds runs and widens windows, so it can join calls and never part them.
 * A Call ID that comes again after a restart of the exchange has a Call Start outside every window. All times are the clock
 * as written.
 */

const beforeMs = 5_000
const afterMs = 60_000

type AvayaSegment = Segment<AvayaFields>

interface Run {
  readonly startWall: number
  readonly segments: AvayaSegment[]
}

export const joinKeys = ({ fields }: AvayaSegment): readonly number[] =>
  Number.isSafeInteger(fields.callId) && fields.callId >= 0 ? [fields.callId] : []

export function join(segments: readonly AvayaSegment[]): readonly (readonly AvayaSegment[])[] {
  const byCallId = new Map<number, AvayaSegment[]>()
  for (const segment of segments) {
    const same = byCallId.get(segment.fields.callId)
    if (same) same.push(segment)
    else byCallId.set(segment.fields.callId, [segment])
  }
  const calls: (readonly AvayaSegment[])[] = []
  for (const same of byCallId.values()) {
    if (same.length === 1) calls.push(same)
    else for (const call of callsOf(same)) calls.push(inOrder(call))
  }
  return calls
}

/** Parts the segments of one Call ID into calls: n log n, also when each has a start of its own and all windows overlap. */
function callsOf(segments: readonly AvayaSegment[]): AvayaSegment[][] {
  const runs = runsOf(segments)
  const parents = runs.map((_, place) => place)
  const root = (place: number): number => {
    let at = place
    while (parents[at] !== at) {
      parents[at] = parents[parents[at] as number] as number
      at = parents[at] as number
    }
    return at
  }
  // Runs in one window are consecutive: `links[i]` counts the windows that hold run i and the next one, as differences.
  const links = new Int32Array(runs.length + 1)
  for (const [place, run] of runs.entries()) {
    const window = windowOf(run)
    if (window === null) continue
    const first = firstFrom(runs, window.from)
    const end = firstFrom(runs, window.to + 1)
    if (first >= end) continue
    parents[root(place)] = root(first)
    links[first] = (links[first] as number) + 1
    links[end - 1] = (links[end - 1] as number) - 1
  }
  let windows = 0
  for (let place = 0; place + 1 < runs.length; place++) {
    windows += links[place] as number
    if (windows > 0) parents[root(place + 1)] = root(place)
  }
  const calls = new Map<number, AvayaSegment[]>()
  for (const [place, run] of runs.entries()) {
    const call = calls.get(root(place))
    if (call) for (const segment of run.segments) call.push(segment)
    else calls.set(root(place), [...run.segments])
  }
  return [...calls.values()]
}

/** Ascending by start. */
function runsOf(segments: readonly AvayaSegment[]): readonly Run[] {
  const runs = new Map<number, Run>()
  for (const segment of segments) {
    const run = runs.get(segment.startWall)
    if (run) run.segments.push(segment)
    else runs.set(segment.startWall, { startWall: segment.startWall, segments: [segment] })
  }
  return [...runs.values()].sort((a, b) => a.startWall - b.startWall)
}

/** The windows of a run's segments overlap, as all of them end alike: they are one, from the earliest own end. */
function windowOf(run: Run): { from: number; to: number } | null {
  let earliestEnd = Infinity
  let sum = 0
  for (const { fields } of run.segments) {
    const length = 1000 * lengthSeconds(fields)
    sum += length
    if (fields.continued) earliestEnd = Math.min(earliestEnd, run.startWall + length)
  }
  return earliestEnd === Infinity ? null : { from: earliestEnd - beforeMs, to: run.startWall + sum + afterMs }
}

/** Place of the first run that starts at or after `wall`. */
function firstFrom(runs: readonly Run[], wall: number): number {
  let low = 0
  let high = runs.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((runs[middle] as Run).startWall < wall) low = middle + 1
    else high = middle
  }
  return low
}

/** The order in which the legs took place. Field 35 decides only when every segment of the call has it. */
function inOrder(call: AvayaSegment[]): AvayaSegment[] {
  const timed = call.every(({ fields }) => fields.recordWall !== null)
  return call.sort(
    (a, b) =>
      a.startWall - b.startWall ||
      Number(b.fields.continued) - Number(a.fields.continued) ||
      (timed ? (a.fields.recordWall ?? 0) - (b.fields.recordWall ?? 0) : 0) ||
      a.receivedAt - b.receivedAt ||
      a.delivery - b.delivery ||
      a.line - b.line ||
      a.id - b.id,
  )
}
