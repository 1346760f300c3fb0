import type { Effect } from '../domain/worktime/corrections.ts'

/** What is seen of a correction: each row before and after, and what comes of it. */

/** A row that a correction changes. `id` null: it is new; `before` null: there was none; `after` null: there is none any more. */
interface Changed<What extends string, Facts> {
  readonly what: What
  readonly id: string | null
  readonly before: Facts | null
  readonly after: Facts | null
}

interface Times {
  readonly startedAt: string
  readonly endedAt: string | null
  readonly flags: readonly string[]
}

export type ChangeJson =
  | Changed<'shift', Times & { readonly zone: string }>
  | Changed<'break', Times & { readonly type: string }>
  | Changed<
      'assignment',
      {
        readonly plan: string
        readonly extension: string
        readonly from: string
        readonly to: string | null
        readonly confirmed: boolean
      }
    >
  | Changed<
      'mark',
      {
        readonly type: string
        readonly at: string
        readonly count: number
        readonly seconds: number | null
        readonly comment: string | null
        readonly excluded: boolean
      }
    >

/** What comes of a correction. */
export interface CorrectionEffect extends Omit<Effect, 'ranges'> {
  /** Marks that it adds, changes, removes or leaves without a shift. */
  readonly marks: number
  /** Calls that would be somebody else's, or in another state. */
  readonly calls: number
  /** Locked periods that would get a new version. */
  readonly periods: readonly string[]
}

/** What is seen of a correction at a moment; kept with it from the moment when it was asked for, then from when it was decided on. */
export interface CorrectionSight {
  readonly changes: readonly ChangeJson[]
  readonly effect: CorrectionEffect
}
