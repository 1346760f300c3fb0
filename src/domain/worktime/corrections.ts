import type { Assignment } from '../people.ts'
import { apply, type Draft, type EditFault, type Fault, shiftOf } from './apply-edit.ts'
import { lacksEnd, withBreaks } from './breaks.ts'
import type { Edit } from './edit.ts'
import { changedPresence, endOf } from './presence.ts'
import type { WorkRules } from './rules.ts'
import type { Mark, Shift } from './shift.ts'
import { sumOf, type WorkedTime, workedDays } from './worked.ts'

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
 * with their shift go on ending with it. An end that nobody told is put where it must lie at the latest now: at the limit, or where the
 * next shift begins; where there is no next one the shift is open. Whether another person holds an extension at that time, only the store knows.
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
  draft.shifts.sort((a, b) => a.startedAt - b.startedAt)
  putEnds(draft, time.shifts, rules)
  for (const [index, shift] of draft.shifts.entries())
    if (draft.touched.has(shift.id)) {
      const was = time.shifts.find(({ id }) => id === shift.id)
      draft.shifts[index] = withBreaks(corrected(withLimit(shift, was, rules)), shift.breaks, rules)
    }
  const fault = faultOf(draft)
  if (fault) return { kind: 'refused', ...fault }
  const { employeeId, shifts, assignments } = draft
  const marks = draft.marks.map((it) => (it.shiftId === null ? { ...it, shiftId: shiftOf(shifts, it.at, rules) } : it))
  return { kind: 'edited', after: { employeeId, shifts, assignments, marks } }
}

/** Where the rules put an end that nobody told. */
const systemEnd = (shift: Shift, next: Shift | undefined, rules: WorkRules): number =>
  Math.min(endOf({ ...shift, endedAt: null }, rules), next?.startedAt ?? Number.POSITIVE_INFINITY)

/** Only ends that stood where the rules put them, or that now reach into the next shift: what another limit once put stays. */
function putEnds({ shifts, touched }: Draft, before: readonly Shift[], rules: WorkRules): void {
  const was = before.toSorted((a, b) => a.startedAt - b.startedAt)
  for (const [index, shift] of shifts.entries()) {
    if (shift.endedAt === null || !shift.flags.includes('closed-by-system')) continue
    const next = shifts[index + 1]
    const end = systemEnd(shift, next, rules)
    const place = was.findIndex(({ id }) => id === shift.id)
    const old = was[place]
    const stood = old?.endedAt === (old && systemEnd(old, was[place + 1], rules))
    const reaches = next !== undefined && next.startedAt < shift.endedAt
    if (end === shift.endedAt || end <= shift.startedAt || !(stood || reaches)) continue
    const open = { endedAt: null, endedHow: null, flags: shift.flags.filter((it) => it !== 'closed-by-system') }
    shifts[index] = { ...shift, ...(next ? { endedAt: end } : open) }
    touched.add(shift.id)
  }
}

/** What of a day's worked time is shown before a correction is decided on. */
export type MinutesOfDay = Readonly<Record<(typeof minuteNames)[number], number>>

const minuteNames = ['workedMinutes', 'dayMinutes', 'nightMinutes', 'paidBreakMinutes', 'unpaidBreakMinutes'] as const

export const noMinutes = Object.fromEntries(minuteNames.map((name) => [name, 0])) as MinutesOfDay

export interface Effect {
  /** Days of which a figure changes. */
  readonly days: readonly {
    readonly day: string
    readonly beforeSeconds: number
    readonly afterSeconds: number
    readonly before: MinutesOfDay
    readonly after: MinutesOfDay
  }[]
  /** After − before, of all days. */
  readonly workedSeconds: number
  readonly minutes: MinutesOfDay
  /** Where the person's state, and so the count of calls, changes; [from, to), in order. */
  readonly ranges: readonly { readonly from: number; readonly to: number }[]
}

/** What a change does; days that it leaves alone may be left out of both. `asOf`: until when an open shift counts. */
export function effectOf(before: readonly Shift[], after: readonly Shift[], asOf: number, rules: WorkRules): Effect {
  const period = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY, asOf }
  const daysOf = (shifts: readonly Shift[]) =>
    new Map(workedDays(shifts, period, rules).map(({ day, ...figures }) => [day, figures]))
  const [was, is] = [daysOf(before), daysOf(after)]
  const none = sumOf([])
  const days = [...new Set([...was.keys(), ...is.keys()])]
    .sort()
    .map((day) => ({ day, old: was.get(day) ?? none, now: is.get(day) ?? none }))
    .filter(({ old, now }) => JSON.stringify(old) !== JSON.stringify(now))
    .map(({ day, old, now }) => ({
      day,
      beforeSeconds: old.workedSeconds,
      afterSeconds: now.workedSeconds,
      before: minutesOf(old),
      after: minutesOf(now),
    }))
  const sum = (change: (day: (typeof days)[number]) => number) => days.reduce((all, day) => all + change(day), 0)
  const minutes = minuteNames.map((name) => [name, sum(({ before, after }) => after[name] - before[name])])
  return {
    days,
    workedSeconds: sum((day) => day.afterSeconds - day.beforeSeconds),
    minutes: Object.fromEntries(minutes) as MinutesOfDay,
    ranges: changedPresence(before, after, rules),
  }
}

const minutesOf = ({ breakMinutes, ...it }: WorkedTime): MinutesOfDay => ({
  workedMinutes: it.workedMinutes,
  dayMinutes: it.dayMinutes,
  nightMinutes: it.nightMinutes,
  paidBreakMinutes: breakMinutes - it.unpaidBreakMinutes,
  unpaidBreakMinutes: it.unpaidBreakMinutes,
})

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

/** A length that is new is judged as if it were told: beyond the limit it is to be looked at. */
function withLimit(shift: Shift, was: Shift | undefined, rules: WorkRules): Shift {
  if (shift.startedAt === was?.startedAt && shift.endedAt === was.endedAt) return shift
  const flags = shift.flags.filter((flag) => flag !== 'over-limit')
  const isLong = shift.endedAt !== null && shift.endedAt > shift.startedAt + rules.shiftAtMostSeconds * 1000
  return { ...shift, flags: isLong && !flags.includes('closed-by-system') ? [...flags, 'over-limit'] : flags }
}

const corrected = (shift: Shift): Shift =>
  shift.flags.includes('corrected') ? shift : { ...shift, flags: [...shift.flags, 'corrected'] }
