import type { Assignment } from '../people.ts'
import type { WorkRules } from './rules.ts'
import type { Mark, Shift } from './shift.ts'

/** What a correction does, as data (JSON). Instants are UTC milliseconds, cut down to the second. What is not named stays. */
export type Edit =
  | {
      readonly edit: 'add-shift'
      readonly startedAt: number
      readonly endedAt: number
      readonly zone: string
      readonly breaks?: readonly { readonly type: string; readonly startedAt: number; readonly endedAt: number }[]
    }
  | {
      readonly edit: 'set-shift'
      readonly shift: number
      readonly startedAt?: number
      /** Null: opens it again. */
      readonly endedAt?: number | null
      readonly zone?: string
    }
  | { readonly edit: 'remove-shift'; readonly shift: number }
  | {
      readonly edit: 'add-break'
      /** Left out: the shift in which it begins. */
      readonly shift?: number
      readonly type: string
      readonly startedAt: number
      readonly endedAt: number
    }
  | {
      readonly edit: 'set-break'
      readonly break: number
      readonly type?: string
      readonly startedAt?: number
      readonly endedAt?: number | null
    }
  | { readonly edit: 'remove-break'; readonly break: number }
  | {
      readonly edit: 'add-assignment'
      readonly plan: string
      readonly extension: string
      readonly from: number
      readonly to: number | null
    }
  | {
      readonly edit: 'set-assignment'
      readonly assignment: number
      readonly from?: number
      readonly to?: number | null
      readonly confirmed?: boolean
    }
  | { readonly edit: 'remove-assignment'; readonly assignment: number }
  | {
      readonly edit: 'add-mark'
      readonly typeId: number
      readonly at: number
      readonly count?: number
      readonly seconds?: number | null
      readonly comment?: string | null
    }
  | {
      readonly edit: 'set-mark'
      readonly mark: number
      readonly at?: number
      readonly typeId?: number
      readonly count?: number
      readonly seconds?: number | null
      readonly comment?: string | null
      readonly excluded?: boolean
    }
  | { readonly edit: 'remove-mark'; readonly mark: number }

/** Everything of one person that a correction can change. New rows have ids ≤ 0. */
export interface PersonTime {
  readonly employeeId: number
  readonly shifts: readonly Shift[]
  readonly assignments: readonly Assignment[]
  readonly marks: readonly Mark[]
}

export type EditFault =
  | 'no-such-shift'
  | 'no-such-break'
  | 'no-such-assignment'
  | 'no-such-mark'
  | 'end-before-start'
  | 'shifts-overlap'
  | 'breaks-overlap'
  | 'break-outside-shift'
  | 'assignments-overlap'
  | 'unknown-break-type'
  | 'unknown-zone'

export type Edited =
  | { readonly kind: 'edited'; readonly after: PersonTime }
  /** `of`: ids of what stands in the way (≤ 0: added by an edit). */
  | { readonly kind: 'refused'; readonly why: EditFault; readonly of: readonly number[] }

export function applyEdits(_time: PersonTime, _edits: readonly Edit[], _rules: WorkRules): Edited {
  throw new Error('to come')
}

export interface EffectOnDay {
  readonly day: string
  readonly beforeSeconds: number
  readonly afterSeconds: number
}

export interface Effect {
  /** Days whose worked time changes. */
  readonly days: readonly EffectOnDay[]
  /** afterSeconds − beforeSeconds of all days. */
  readonly workedSeconds: number
  /** Where the person's state, and so the count of calls, changes; [from, to), in order. */
  readonly ranges: readonly { readonly from: number; readonly to: number }[]
}

export function effectOf(
  _before: readonly Shift[],
  _after: readonly Shift[],
  _asOf: number,
  _rules: WorkRules,
): Effect {
  throw new Error('to come')
}
