import type { Assignment } from '../people.ts'
import { apply, type Draft, type EditFault, type Fault, shiftOf } from './apply-edit.ts'
import { lacksEnd, withBreaks } from './breaks.ts'
import type { Edit } from './edit.ts'
import { changedPresence } from './presence.ts'
import type { WorkRules } from './rules.ts'
import type { Mark, Shift } from './shift.ts'
import { workedDays } from './worked.ts'

/** Of one person, all that a correction can change. New rows have ids ≤ 0. */
export interface PersonTime {
  readonly employeeId: number
  /** Those that touch what is edited, before and after, and their neighbours; more does no harm. */
  readonly shifts: readonly Shift[]
  readonly assignments: readonly Assignment[]
  readonly marks: readonly Mark[]
}

export type Edited =
  | { readonly kind: 'edited'; readonly after: PersonTime }
  /** `of`: ids of what stands in the way (≤ 0: added by an edit); of a break outside its shift: both. */
  | { readonly kind: 'refused'; readonly why: EditFault; readonly of: readonly number[] }

/**
 * The edits one after another; what comes out is judged as a whole, so that two shifts can change places. A shift that is edited, or
 * one of whose breaks is, is `corrected`; an end that is set is somebody's word (`closed-by-system` goes), and breaks that only ended
 * with their shift go on ending with it. Whether another person holds an extension at that time, only the store knows.
 */
export function applyEdits(time: PersonTime, edits: readonly Edit[], rules: WorkRules): Edited {
  const draft: Draft = {
    employeeId: time.employeeId,
    shifts: [...time.shifts],
    assignments: [...time.assignments],
    marks: [...time.marks],
    touched: new Set(),
  }
  for (const edit of edits) {
    const fault = apply(draft, edit, rules)
    if (fault) return { kind: 'refused', ...fault }
  }
  for (const [index, shift] of draft.shifts.entries())
    if (draft.touched.has(shift.id)) draft.shifts[index] = withBreaks(corrected(shift), shift.breaks, rules)
  draft.shifts.sort((a, b) => a.startedAt - b.startedAt)
  const fault = faultOf(draft)
  if (fault) return { kind: 'refused', ...fault }
  const { employeeId, shifts, assignments } = draft
  const marks = draft.marks.map((it) => (it.shiftId === null ? { ...it, shiftId: shiftOf(shifts, it.at, rules) } : it))
  return { kind: 'edited', after: { employeeId, shifts, assignments, marks } }
}

export interface Effect {
  /** Days whose worked time changes. */
  readonly days: readonly { readonly day: string; readonly beforeSeconds: number; readonly afterSeconds: number }[]
  /** After − before, of all days. */
  readonly workedSeconds: number
  /** Where the person's state, and so the count of calls, changes; [from, to), in order. */
  readonly ranges: readonly { readonly from: number; readonly to: number }[]
}

/** What a change does; shifts that it leaves alone may be left out of both. `asOf`: until when an open shift counts. */
export function effectOf(before: readonly Shift[], after: readonly Shift[], asOf: number, rules: WorkRules): Effect {
  const period = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY, asOf }
  const secondsOf = (shifts: readonly Shift[]) =>
    new Map(workedDays(shifts, period, rules).map(({ day, workedSeconds }) => [day, workedSeconds]))
  const [was, is] = [secondsOf(before), secondsOf(after)]
  const days = [...new Set([...was.keys(), ...is.keys()])]
    .sort()
    .map((day) => ({ day, beforeSeconds: was.get(day) ?? 0, afterSeconds: is.get(day) ?? 0 }))
    .filter((it) => it.beforeSeconds !== it.afterSeconds)
  const workedSeconds = days.reduce((sum, it) => sum + it.afterSeconds - it.beforeSeconds, 0)
  return { days, workedSeconds, ranges: changedPresence(before, after, rules) }
}

function faultOf({ shifts, assignments }: Draft): Fault | null {
  for (const [index, shift] of shifts.entries()) {
    const end = shift.endedAt ?? Number.POSITIVE_INFINITY
    if (end <= shift.startedAt) return { why: 'end-before-start', of: [shift.id] }
    const next = shifts[index + 1]
    if (next && next.startedAt < end) return { why: 'shifts-overlap', of: [shift.id, next.id] }
    for (const [place, it] of shift.breaks.entries()) {
      const breakEnd = it.endedAt ?? end
      const after = shift.breaks[place + 1]
      if (!lacksEnd(it) && breakEnd <= it.startedAt) return { why: 'end-before-start', of: [it.id] }
      if (it.startedAt < shift.startedAt || it.startedAt >= end || breakEnd > end)
        return { why: 'break-outside-shift', of: [it.id, shift.id] }
      if (after && (after.startedAt < breakEnd || after.startedAt === it.startedAt))
        return { why: 'breaks-overlap', of: [it.id, after.id] }
    }
  }
  for (const it of assignments) {
    if (it.to !== null && it.to <= it.from) return { why: 'end-before-start', of: [it.id] }
    const other = assignments.find((one) => one !== it && inTheWay(it, one))
    if (other) return { why: 'assignments-overlap', of: [it.id, other.id] }
  }
  return null
}

/** The same extension is held anew before `it` ends. */
const inTheWay = (it: Assignment, other: Assignment): boolean =>
  it.confirmed &&
  other.confirmed &&
  other.plan === it.plan &&
  other.extension === it.extension &&
  other.from >= it.from &&
  other.from < (it.to ?? Number.POSITIVE_INFINITY)

const corrected = (shift: Shift): Shift =>
  shift.flags.includes('corrected') ? shift : { ...shift, flags: [...shift.flags, 'corrected'] }
