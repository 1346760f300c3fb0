import type { CallExclusion } from '../domain/metrics/excluded-calls.ts'
import type { MissedDone } from '../domain/metrics/missed-done.ts'
import type { Assignment } from '../domain/people.ts'
import type { Unit } from '../domain/units.ts'
import type { BreakType, Mark, MarkType, Shift } from '../domain/worktime/shift.ts'
import type { LoggedCall, StandingIssue } from './legacy/legacy-store.ts'
import type {
  AuditRow,
  Correction,
  CorrectionState,
  DirectoryEntry,
  Employee,
  PeopleSight,
  Period,
  PeriodVersion,
  Site,
} from './people-store.ts'

/** The reading side of people and their time: lists as they stand, by name or by time. */
export interface PeopleReader {
  /** By name; `search`: a part of the name however it is typed, or the personnel number. */
  employees(filter: EmployeeFilter): Promise<readonly Employee[]>
  units(): Promise<readonly Unit[]>
  sites(): Promise<readonly Site[]>
  directory(): Promise<readonly (DirectoryEntry & { readonly groups: readonly string[] })[]>
  /** By person and beginning; with an instant in [from, to), null: without bound. */
  assignments(filter: PeopleTime): Promise<readonly Assignment[]>
  shifts(filter: PeopleTime): Promise<readonly Shift[]>
  shift(id: number): Promise<Shift | null>
  breakTypes(): Promise<readonly BreakType[]>
  markTypes(): Promise<readonly MarkType[]>
  /** By their time. */
  marks(filter: PeopleTime): Promise<readonly Mark[]>
  /** Of a shift, whenever they were set. */
  shiftMarks(shiftId: number): Promise<readonly Mark[]>
  /** Calls that the older system bound to its person in a shift. */
  boundCalls(shiftId: number): Promise<readonly LoggedCall[]>
  /** Parts of calls that are a person's and were judged by an instant in [from, to), by that instant. */
  shiftCalls(employeeId: number, from: number, to: number): Promise<readonly ShiftCall[]>
  /** Calls that are left out of the person's events. */
  excludedCalls(employeeId: number): Promise<readonly CallExclusion[]>
  /** Ticks "done" of missed numbers, the newest first; null: of every number. */
  missedDone(numberKey: string | null, limit: number): Promise<readonly MissedDone[]>
  /** The newest first. */
  corrections(filter: {
    readonly employeeId: number | null
    readonly state: CorrectionState | null
  }): Promise<readonly Correction[]>
  correction(id: number): Promise<Correction | null>
  periods(): Promise<readonly Period[]>
  periodVersions(periodId: number): Promise<readonly PeriodVersion[]>
  /** What imports of the older system's data left for a person to decide, open and decided. */
  legacyIssues(): Promise<readonly StandingIssue[]>
  /** What people said of their decisions on them, by the key of the issue. */
  legacyDecisions(): Promise<ReadonlyMap<string, string>>
  /** Judges as the writing side does; null: only an older program has written to the store. */
  seeing<T>(judge: (sight: PeopleSight) => Promise<T>): Promise<T | null>
  /** The newest first; null: what is of nobody, such as units, kinds of breaks, periods. */
  audit(employeeId: number | null, limit: number): Promise<readonly (AuditRow & { readonly id: number })[]>
}

export interface EmployeeFilter {
  readonly search: string | null
  readonly unitIds: readonly number[] | null
  /** False: also those who are no longer active. */
  readonly onlyActive: boolean
}

export interface PeopleTime {
  /** Null: everybody. */
  readonly employeeIds: readonly number[] | null
  readonly from: number | null
  readonly to: number | null
}

/** A part of a call as it stands in the log of a shift: one for each telephone, role and state that the person had in it. */
export interface ShiftCall {
  readonly callId: number
  readonly at: number
  readonly plan: string
  readonly extension: string
  readonly role: string
  readonly state: string
  /** Of the call. */
  readonly direction: string
  readonly from: string | null
  readonly to: string | null
  readonly ringSeconds: number
  readonly talkSeconds: number
  readonly holdSeconds: number
}
