import type { WorkRules } from './rules.ts'
import type { Shift } from './shift.ts'

/**
 * Seconds are exact. Minutes are the timesheet's: every start and end cut down to its whole minute, then summed.
 * worked = presence − unpaid breaks = day + night (22:00–06:00 of the shift's zone). A break whose type is not known to be paid is unpaid.
 */
export interface WorkedTime {
  readonly presenceSeconds: number
  /** All breaks. */
  readonly breakSeconds: number
  readonly unpaidBreakSeconds: number
  readonly workedSeconds: number
  readonly daySeconds: number
  readonly nightSeconds: number
  readonly presenceMinutes: number
  readonly breakMinutes: number
  readonly unpaidBreakMinutes: number
  readonly workedMinutes: number
  readonly dayMinutes: number
  readonly nightMinutes: number
}

export interface WorkedDay extends WorkedTime {
  /** `2026-11-28`, in the zone of the shift. */
  readonly day: string
}

/** Time within [from, to); an open shift counts up to `asOf`, and never beyond its limit. */
export interface Period {
  readonly from: number
  readonly to: number
  readonly asOf: number
}

/** One person's days in order; days without any time are left out. */
export function workedDays(_shifts: readonly Shift[], _period: Period, _rules: WorkRules): WorkedDay[] {
  throw new Error('to come')
}

export function workedTime(_shifts: readonly Shift[], _period: Period, _rules: WorkRules): WorkedTime {
  throw new Error('to come')
}

/** A whole shift. */
export function workedInShift(_shift: Shift, _asOf: number, _rules: WorkRules): WorkedTime {
  throw new Error('to come')
}
