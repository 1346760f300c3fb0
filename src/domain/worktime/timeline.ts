import type { WorkRules } from './rules.ts'
import type { How, Presence, Shift } from './shift.ts'

export type FactKind = 'shift-start' | 'shift-end' | 'break-start' | 'break-end'

/** What a person says that happened, and when. `at` is cut down to its whole second. */
export type Fact =
  | { readonly kind: 'shift-start'; readonly at: number; readonly zone: string; readonly how: How }
  | { readonly kind: 'shift-end'; readonly at: number; readonly how: How }
  | { readonly kind: 'break-start'; readonly at: number; readonly type: string; readonly how: How }
  | { readonly kind: 'break-end'; readonly at: number; readonly how: How }

export type Refusal =
  | 'already-on-shift'
  | 'already-on-break'
  | 'off-shift'
  | 'not-on-break'
  /** A person, or a correction, has said already when it ended. */
  | 'already-ended'
  /** A break is known to have begun or ended after this end of its shift. */
  | 'break-later'
  /** Longer after the start than a person's own end may be (`ownEndAtMostSeconds`). */
  | 'too-long'
  | 'unknown-break-type'

export interface Changed {
  readonly kind: 'changed'
  /** Shifts that are no more as they were. */
  readonly before: readonly Shift[]
  /** What stands in their place, and what is new: id ≤ 0, of shifts and of breaks. A break that is missing here is removed. */
  readonly after: readonly Shift[]
  /** The one, among `after`, that the fact is about. */
  readonly shift: Shift
}

export interface Refused {
  readonly kind: 'refused'
  readonly why: Refusal
  /** At the fact's own time. */
  readonly state: Presence
  /** When that state began; null: the person was never on shift before. */
  readonly since: number | null
  /** What could have been told of that moment. */
  readonly possible: readonly FactKind[]
}

export type Decision = Changed | Refused

/** `shifts`: those of one person that touch `neighbourhoodOf(fact.at, rules)`, or more. */
export function decide(_shifts: readonly Shift[], _employeeId: number, _fact: Fact, _rules: WorkRules): Decision {
  throw new Error('to come')
}

/** The time [from, to) in which shifts can matter to a fact of the instant `at`. An open shift touches all that comes after its start. */
export function neighbourhoodOf(_at: number, _rules: WorkRules): { from: number; to: number } {
  throw new Error('to come')
}

/** Closes the open shift that has reached the limit at `now`. */
export function closeOverdue(
  _shifts: readonly Shift[],
  _now: number,
  _rules: WorkRules,
): { readonly before: readonly Shift[]; readonly after: readonly Shift[] } {
  throw new Error('to come')
}

/** An open shift counts up to its limit, whatever the time is now. */
export function stateAt(_shifts: readonly Shift[], _at: number, _rules: WorkRules): Presence {
  throw new Error('to come')
}

export function possibleAt(_shifts: readonly Shift[], _at: number, _rules: WorkRules): FactKind[] {
  throw new Error('to come')
}
