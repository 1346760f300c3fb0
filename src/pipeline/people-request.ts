import type { FactKind } from '../domain/worktime/timeline.ts'
import type { Edit } from '../domain/worktime/edit.ts'

/**
 * What can be asked of the writing side of people and their time: as a command, a screen or a card says it. `employee` is a
 * reference: id, personnel number or full name. Instants are milliseconds; `at` null: now. A key left out leaves what there is.
 */
export type PeopleRequest =
  | ({ readonly do: 'employee-add'; readonly name: string } & EmployeeWords)
  | ({ readonly do: 'employee-set'; readonly employee: string; readonly name?: string } & EmployeeWords)
  | { readonly do: 'employee-import'; readonly rows: readonly EmployeeLine[]; readonly dryRun: boolean }
  | ({ readonly do: 'assign'; readonly employee: string } & Telephone & {
        readonly from: number | null
        readonly to: number | null
      })
  | ({ readonly do: 'release'; readonly employee: string; readonly at: number | null } & Telephone)
  | { readonly do: 'unit-add'; readonly name: string; readonly parent: string | null }
  | { readonly do: 'unit-set'; readonly unit: string; readonly name?: string; readonly parent?: string | null }
  | { readonly do: 'site-set'; readonly name: string; readonly zone: string }
  | { readonly do: 'directory-set'; readonly entries: readonly DirectoryLine[]; readonly dryRun: boolean }
  | {
      readonly do: FactKind
      readonly employee: string
      readonly at: number | null
      /** Of a break that starts. */
      readonly type?: string
    }
  | ({ readonly do: 'break-type-set'; readonly name: string } & BreakTypeWords)
  | ({ readonly do: 'mark-add'; readonly employee: string; readonly at: number | null } & MarkWords)
  | { readonly do: 'mark-exclude'; readonly mark: number; readonly excluded: boolean }
  | {
      readonly do: 'call-exclude'
      /** Any record of the call. */
      readonly call: number
      /** Null: the only person whose event it is. */
      readonly employee: string | null
      readonly excluded: boolean
    }
  | {
      readonly do: 'missed-done'
      readonly number: string
      /** Null: the only one at which the number called in vain. */
      readonly site: string | null
      /** The last call that is settled rang no later; null: now. */
      readonly at: number | null
      /** One of `doneWays`, or one's own words. */
      readonly how: string
    }
  | { readonly do: 'missed-undo'; readonly number: string; readonly site: string | null }
  | ({ readonly do: 'mark-type-set'; readonly name: string } & MarkTypeWords)
  | {
      readonly do: 'correction-request'
      readonly employee: string
      readonly reason: string
      readonly edits: readonly Edit[]
    }
  | {
      readonly do: 'correction-approve'
      readonly correction: number
      readonly comment: string | null
      /** Also where it would do something else by now than was shown when it was asked for. */
      readonly asNow?: boolean
    }
  | { readonly do: 'correction-refuse'; readonly correction: number; readonly comment: string | null }
  | { readonly do: 'period-lock'; readonly from: number; readonly to: number; readonly unit: string | null }
  | { readonly do: 'period-unlock'; readonly period: number }
  | {
      readonly do: 'report-save'
      readonly name: string
      readonly report: string
      /** JSON: as the report was asked for. */
      readonly filter: string
      /** JSON; null: not frozen. */
      readonly rows: string | null
      readonly shifts: string | null
    }
  | { readonly do: 'report-delete'; readonly saved: number }
  /** `issue`: its key. */
  | { readonly do: 'legacy-decide'; readonly issue: string; readonly how: string | null }
  /** `call`: the id of a call that the older system bound. */
  | { readonly do: 'legacy-exclude'; readonly call: number; readonly excluded: boolean }

export interface EmployeeWords {
  readonly personnelNumber?: string | null
  readonly position?: string | null
  /** By name; a new one is made. */
  readonly unit?: string | null
  readonly zone?: string | null
  /** Dates. */
  readonly hiredOn?: string | null
  readonly leftOn?: string | null
  readonly active?: boolean
}

export interface Telephone {
  readonly extension: string
  /** Null: by R7. */
  readonly plan: string | null
}

/** A line of a list of people: the person is known by personnel number, else by name, or new. */
export interface EmployeeLine {
  readonly line: number
  readonly name: string
  readonly personnelNumber: string | null
  readonly position: string | null
  readonly unit: string | null
  readonly zone: string | null
  /** Dates. */
  readonly hiredOn: string | null
  readonly leftOn: string | null
  readonly extension: string | null
  readonly plan: string | null
  readonly from: number | null
  readonly to: number | null
}

export interface DirectoryLine extends Telephone {
  /** Null: of no list. */
  readonly line: number | null
  /** Left out: stays as it is. */
  readonly label?: string | null
  readonly site?: string | null
  readonly isGroup?: boolean
  readonly serviceLevelSeconds?: number | null
  readonly shortSeconds?: number | null
  readonly groups?: readonly string[]
}

export interface BreakTypeWords {
  readonly paid?: boolean
  readonly minimumSeconds?: number | null
  readonly maximumSeconds?: number | null
  readonly active?: boolean
}

interface MarkTypeWords {
  readonly newName?: string
  readonly active?: boolean
  readonly wrapUp?: boolean
  /** From 1. */
  readonly position?: number
}

interface MarkWords {
  /** By name; a new one is made. */
  readonly type: string
  readonly comment: string | null
  readonly count: number
  readonly seconds: number | null
}
