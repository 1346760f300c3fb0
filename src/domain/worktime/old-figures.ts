import type { WorkRules } from './rules.ts'
import type { Shift } from './shift.ts'
import { workedTime } from './worked.ts'

/*
 * As the system that Smena replaces counted (rules R1 and R2 of its reports): hours cut down per shift before they are summed, break minutes
 * per break, breaks not taken off, an open shift or break until now, however long; what is to come is not counted. Beside them what it
 * was to the second.
 */

export interface OldFigures {
  /** ⌊(end or now − start) ÷ 3600 s⌋ of each shift. */
  readonly hours: number
  /** ⌊(end or now − start) ÷ 60 s⌋ of each break. */
  readonly breakMinutes: number
  /** What `hours` would have to be: start to end, to the second; an open shift up to its limit. */
  readonly presenceSeconds: number
  readonly breakSeconds: number
}

export interface OldReport extends OldFigures {
  readonly people: number
  /** Earliest start and latest end (open: now) of the shifts; null: there are none. */
  readonly from: number | null
  readonly to: number | null
}

/** R1, a row of the list of shifts. */
export function oldShiftFigures(shift: Shift, now: number, rules: WorkRules): OldFigures {
  const whole = (from: number, to: number | null, unitMs: number) =>
    Math.max(0, Math.floor((Math.min(to ?? now, now) - from) / unitMs))
  const exact = workedTime([shift], { from: shift.startedAt, to: Number.POSITIVE_INFINITY, asOf: now }, rules)
  return {
    hours: whole(shift.startedAt, shift.endedAt, 3_600_000),
    breakMinutes: shift.breaks.reduce((sum, it) => sum + whole(it.startedAt, it.endedAt, 60_000), 0),
    presenceSeconds: exact.presenceSeconds,
    breakSeconds: exact.breakSeconds,
  }
}

/** R2, the totals of a saved report over the shifts that it covers. */
export function oldReportFigures(shifts: readonly Shift[], now: number, rules: WorkRules): OldReport {
  const rows = shifts.map((it) => oldShiftFigures(it, now, rules))
  const sum = (name: keyof OldFigures) => rows.reduce((all, row) => all + row[name], 0)
  return {
    people: new Set(shifts.map(({ employeeId }) => employeeId)).size,
    hours: sum('hours'),
    breakMinutes: sum('breakMinutes'),
    presenceSeconds: sum('presenceSeconds'),
    breakSeconds: sum('breakSeconds'),
    from: shifts.length > 0 ? shifts.reduce((first, it) => Math.min(first, it.startedAt), Infinity) : null,
    to: shifts.length > 0 ? shifts.reduce((last, it) => Math.max(last, it.endedAt ?? now), -Infinity) : null,
  }
}
