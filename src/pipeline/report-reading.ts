import type { AttributedPart } from '../domain/attribution.ts'
import type { Direction } from '../domain/call.ts'
import type { CountedCall } from '../domain/metrics/counted-call.ts'
import type { CallExclusion } from '../domain/metrics/excluded-calls.ts'
import type { MissedDone } from '../domain/metrics/missed-done.ts'
import type { Reading } from '../domain/reading.ts'
import type { Unit } from '../domain/units.ts'
import type { BreakType, Mark, MarkType, Shift } from '../domain/worktime/shift.ts'
import type { Span } from '../domain/worktime/spans.ts'
import type { LegacyReading } from './legacy/legacy-reading.ts'
import type { CallCursor } from './store-reading.ts'
import type { SourceRow } from './store.ts'

/**
 * What reports read of the store. What grows with the calls comes a page at a time, by key, so that no cursor outlives a turn (R22)
 * and the cost follows the calls of the period, whatever else the store holds (R17). Instants; `to` exclusive.
 */
export interface ReportReading extends AsyncDisposable {
  /**
   * Whatever is read with what is handed over is of one instant, of which a report as a whole has to be. While it lasts the store
   * keeps what it would tidy away: no longer than it takes to read a report.
   */
  atOneInstant<T>(read: (reading: ReportReading) => Promise<T>): Promise<T>
  sources(): Promise<readonly SourceRow[]>
  /** All readings there have been, by id: the patterns by which a call was read. */
  allReadings(): Promise<ReadonlyMap<number, Reading>>
  employees(): Promise<readonly EmployeeFacts[]>
  units(): Promise<readonly Unit[]>
  directory(): Promise<readonly DirectoryEntry[]>
  /** Lists of numbers that are watched together. */
  numberLists(): Promise<readonly ListedNumber[]>
  siteZones(): Promise<ReadonlyMap<string, string>>
  breakTypes(): Promise<readonly BreakType[]>
  markTypes(): Promise<readonly MarkType[]>

  /** Calls of kind `call`, by (startedAt, id) after the cursor. */
  pageCountedCalls(query: CountedCallQuery, after: CallCursor | null, limit: number): Promise<readonly CountedCall[]>
  countCalls(query: CountedCallQuery): Promise<number>
  /** Calls of every kind, by (startedAt, id) after the cursor. */
  pageCallTimes(span: Span, after: CallCursor | null, limit: number): Promise<readonly CallCursor[]>
  /**
   * A person's parts of calls that start in the period, or what nobody held: by (startedAt, call, position). A call that is no more
   * keeps its parts until attribute has taken them out of the rollup: they are among them.
   */
  pageParts(query: PartQuery, after: AttributedPart | null, limit: number): Promise<readonly AttributedPart[]>
  partsOfCalls(callIds: readonly number[]): Promise<readonly AttributedPart[]>
  /** Shifts that have time in common with the period, with their breaks; by (startedAt, id). */
  pageShifts(query: ShiftQuery, after: ShiftCursor | null, limit: number): Promise<readonly Shift[]>
  /** Marks that were set in the period, by (at, id). */
  pageMarks(query: MarkQuery, after: MarkCursor | null, limit: number): Promise<readonly Mark[]>
  /** Ticks "done" of these numbers, in the order in which they were told. */
  missedDone(numberKeys: readonly string[]): Promise<readonly MissedDone[]>
  /** Calls that are left out of these people's events. */
  excludedCalls(employeeIds: readonly number[]): Promise<readonly CallExclusion[]>
  /** Marks of these shifts, whenever they were set. */
  marksOfShifts(shiftIds: readonly number[]): Promise<readonly Mark[]>
  /** What the older system left. */
  readonly legacy: LegacyReading
  /** Saved reports without their rows, by name. */
  savedReports(): Promise<readonly SavedFacts[]>
  savedReport(id: number): Promise<(SavedFacts & SavedRows) | null>
  /** Calls and ranges that attribute has yet to do. */
  attributionDue(): Promise<number>
}

export interface EmployeeFacts {
  readonly id: number
  readonly name: string
  readonly nameKey: string
  readonly personnelNumber: string | null
  readonly unitId: number | null
  readonly active: boolean
}

export interface DirectoryEntry {
  readonly plan: string
  readonly number: string
  readonly isGroup: boolean
  readonly label: string | null
  readonly site: string | null
  /** Thresholds of a group; null: the usual ones. */
  readonly serviceLevelSeconds: number | null
  readonly shortSeconds: number | null
}

export interface ListedNumber {
  readonly name: string
  readonly plan: string
  readonly number: string
}

export interface SavedFacts {
  readonly id: number
  readonly name: string
  readonly report: string
  /** JSON. */
  readonly filter: string
  readonly author: string
  readonly madeAt: number
  readonly frozen: boolean
}

interface SavedRows {
  /** As `packReport` gave them; null: not frozen. */
  readonly rows: string | null
  /** JSON: their ids. */
  readonly shifts: string | null
}

export interface CountedCallQuery {
  readonly from: number
  readonly to: number
  /** Null: of every source. */
  readonly sourceIds: readonly number[] | null
  readonly direction: Direction | null
}

export interface PartQuery {
  readonly from: number
  readonly to: number
  /** Null: what nobody held. */
  readonly employeeId: number | null
}

export interface ShiftQuery {
  readonly from: number
  readonly to: number
  readonly employeeIds: readonly number[]
}

export interface ShiftCursor {
  readonly startedAt: number
  readonly id: number
}

export interface MarkQuery {
  readonly from: number
  readonly to: number
}

export interface MarkCursor {
  readonly at: number
  readonly id: number
}
