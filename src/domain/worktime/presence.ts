import type { WorkRules } from './rules.ts'
import type { Break, Presence, Shift } from './shift.ts'

/*
 * Where a person is at an instant, from shifts that do not overlap. An open shift counts up to its limit and no further: what is
 * said of an instant never depends on what the time is now, nor on whether the system has closed the shift yet.
 */

/** A stretch of one state, [from, to). Off shift: between the stretches. */
export interface Stretch {
  readonly from: number
  readonly to: number
  readonly shift: Shift
  /** Null: on shift. */
  readonly break: Break | null
}

export const endOf = (shift: Shift, rules: WorkRules): number =>
  shift.endedAt ?? shift.startedAt + rules.shiftAtMostSeconds * 1000

/** Until when a shift counts in a figure made as of an instant: what is to come counts in none, also where its end is told already. */
export const endAsOf = (shift: Shift, asOf: number, rules: WorkRules): number =>
  Math.max(shift.startedAt, Math.min(asOf, endOf(shift, rules)))

/** In order; stretches of a shift touch. */
export function stretchesOf(shifts: readonly Shift[], rules: WorkRules): Stretch[] {
  const stretches: Stretch[] = []
  for (const shift of shifts.toSorted((a, b) => a.startedAt - b.startedAt)) {
    const end = endOf(shift, rules)
    let from = shift.startedAt
    const upTo = (to: number, within: Break | null) => {
      if (to <= from) return
      stretches.push({ from, to, shift, break: within })
      from = to
    }
    for (const it of shift.breaks) {
      upTo(Math.min(it.startedAt, end), null)
      upTo(Math.min(it.endedAt ?? end, end), it)
    }
    upTo(end, null)
  }
  return stretches
}

/** The last stretch that begins at `at` or before. */
function lastBegun(stretches: readonly Stretch[], at: number): Stretch | undefined {
  let low = 0
  let high = stretches.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((stretches[middle] as Stretch).from <= at) low = middle + 1
    else high = middle
  }
  return stretches[low - 1]
}

const stateOf = (stretch: Stretch | undefined, at: number): Presence =>
  !stretch || at >= stretch.to ? 'off-shift' : stretch.break ? 'on-break' : 'on-shift'

/** One person's state as a function, for many questions. */
export function presenceOf(shifts: readonly Shift[], rules: WorkRules): (at: number) => Presence {
  const stretches = stretchesOf(shifts, rules)
  return (at) => stateOf(lastBegun(stretches, at), at)
}

export const stateAt = (shifts: readonly Shift[], at: number, rules: WorkRules): Presence =>
  presenceOf(shifts, rules)(at)

/** The state at an instant and since when; null: never on shift before. */
export function situationAt(
  shifts: readonly Shift[],
  at: number,
  rules: WorkRules,
): { readonly state: Presence; readonly since: number | null } {
  const last = lastBegun(stretchesOf(shifts, rules), at)
  const state = stateOf(last, at)
  return { state, since: !last ? null : state === 'off-shift' ? last.to : last.from }
}

type Range = { readonly from: number; readonly to: number }

/** Where the person's state differs between two pictures: calls of that time are to be attributed anew. */
export const changedPresence = (before: readonly Shift[], after: readonly Shift[], rules: WorkRules): Range[] =>
  differingRanges(stretchesOf(before, rules), stretchesOf(after, rules), (it) => (it.break ? 'break' : 'shift'))

/** Where the person's time differs, kinds of breaks and zones included: what a locked period is asked about. */
export const changedTime = (before: readonly Shift[], after: readonly Shift[], rules: WorkRules): Range[] =>
  differingRanges(
    stretchesOf(before, rules),
    stretchesOf(after, rules),
    (it) => `${it.shift.zone} ${it.break?.type ?? ''}`,
  )

/** `nameOf`: what of a stretch is compared. */
function differingRanges(
  before: readonly Stretch[],
  after: readonly Stretch[],
  nameOf: (stretch: Stretch) => string,
): Range[] {
  const bounds = [...new Set([...before, ...after].flatMap(({ from, to }) => [from, to]))].sort((a, b) => a - b)
  const nameAt = (stretches: readonly Stretch[], at: number): string | null => {
    const stretch = lastBegun(stretches, at)
    return stretch && at < stretch.to ? nameOf(stretch) : null
  }
  const ranges: { from: number; to: number }[] = []
  for (const [index, from] of bounds.entries()) {
    const to = bounds[index + 1]
    if (to === undefined || nameAt(before, from) === nameAt(after, from)) continue
    const last = ranges.at(-1)
    if (last?.to === from) last.to = to
    else ranges.push({ from, to })
  }
  return ranges
}
