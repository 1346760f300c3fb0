import type { AttributedPart } from '../domain/attribution.ts'
import type { CallKind, Direction, Outcome } from '../domain/call.ts'
import type { ReadingVersion } from '../domain/reading.ts'
import type { EmployeeName } from '../domain/find-employee.ts'
import type { QuarantineReason } from '../domain/record.ts'
import type { CallRow, MadeDelta, PassedInterval, QuarantineRow, SegmentRow, SourceRow } from './store.ts'
import type { PeopleReader } from './people-reading.ts'

/** The reading side of the store: for people, commands and metrics. Lists come a page at a time, by key (R22). */
export interface StoreReader extends PeopleReader, AsyncDisposable {
  sources(): Promise<readonly SourceFacts[]>
  readings(sourceId: number): Promise<readonly ReadingVersion[]>
  /** Calls by (startedAt, id), ascending, after the cursor. */
  pageCalls(filter: CallFilter, after: CallCursor | null, limit: number): Promise<readonly CallRow[]>
  /** The call to which a record belongs, by any of its record ids; null when no call has it. */
  call(recordId: number): Promise<{ readonly row: CallRow; readonly segments: readonly SegmentRow[] } | null>
  /** What these calls' own extensions did and who held them, call by call in order of the parts. A call that is still due may have none. */
  attributions(callIds: readonly number[]): Promise<readonly NamedPart[]>
  /** Whom a text may mean: an id, a personnel number, or a full name however it is typed. Which of them: `findEmployee`. */
  employeesNamed(text: string): Promise<readonly EmployeeName[]>
  /** Bytes as they came, by record id; an erased record has none. */
  rawOf(sourceId: number, segments: readonly SegmentRow[]): Promise<ReadonlyMap<number, Uint8Array | null>>
  pageQuarantine(
    filter: QuarantineListFilter,
    after: QuarantineCursor | null,
    limit: number,
  ): Promise<readonly QuarantinedRecord[]>
  accounts(): Promise<Accounts>
  /** Where each feed is to be read on. */
  positions(): Promise<readonly FeedPosition[]>
  made(): Promise<readonly (MadeDelta & { readonly sourceId: number })[]>
  /** Calls of one version of rules and reading that start in [from, to), wall milliseconds. */
  countMade(sourceId: number, readingId: number, rules: number, from: number, to: number): Promise<number>
  attributionDue(): Promise<number>
}

export interface SourceFacts extends SourceRow {
  readonly lastReceivedAt: number | null
  /** Seconds, oldest first. */
  readonly clockSamples: readonly number[]
}

export interface NamedPart extends AttributedPart {
  /** In full; null: nobody held the extension. */
  readonly employeeName: string | null
}

export interface CallFilter {
  /** Instants; `to` exclusive; null: without bound. */
  readonly from: number | null
  readonly to: number | null
  readonly source: string | null
  readonly extension: string | null
  /** Calls in which this person held an extension, in any state. */
  readonly employeeId: number | null
  /** Compared by its last ten digits. */
  readonly number: string | null
  readonly kind: CallKind | 'all'
  readonly direction: Direction | null
  readonly outcome: Outcome | null
}

export interface CallCursor {
  readonly startedAt: number
  readonly id: number
}

export interface QuarantineListFilter {
  readonly source: string | null
  readonly reason: QuarantineReason | null
  readonly recordId: number | null
}

export interface QuarantineCursor {
  readonly receivedAt: number
  readonly recordId: number
}

export interface QuarantinedRecord extends QuarantineRow {
  readonly source: string
  /** The delivery's id as whoever opened it made it. */
  readonly delivery: string
  readonly bytes: Uint8Array | null
}

/** What was counted and what was passed, as they stand at one moment: two questions would see the batch between them in one only. */
export interface Accounts {
  readonly counts: readonly LedgerCounts[]
  readonly passed: readonly PassedNumbers[]
}

export interface FeedPosition {
  readonly sourceId: number
  /** A partition of a topic, or a journal. */
  readonly feed: string
  /** The offset or number that comes next. */
  readonly next: number
}

export interface LedgerCounts {
  readonly sourceId: number
  readonly journalUid: string
  readonly kind: 'journal' | 'import'
  readonly stored: number
  readonly duplicate: number
  readonly quarantined: number
}

export interface PassedNumbers {
  readonly sourceId: number
  readonly journalUid: string
  readonly kind: 'journal' | 'import'
  /** From 1; a journal that was rolled back has several, which follow each other here (R5). */
  readonly generation: number
  readonly intervals: readonly PassedInterval[]
}
