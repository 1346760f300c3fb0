import type { CallKind, Direction, Outcome } from '../domain/call.ts'
import type { ReadingVersion } from '../domain/reading.ts'
import type { QuarantineReason } from '../domain/record.ts'
import type { PeopleReader } from './people-reading.ts'
import type {
  CallRow,
  MadeDelta,
  PassedInterval,
  QuarantineRow,
  SegmentRow,
  SourceRow,
  UnattributedRow,
} from './store.ts'

/** The reading side of the store: for people, commands and metrics. Lists come a page at a time, by key (R22). */
export interface StoreReader extends PeopleReader, AsyncDisposable {
  sources(): Promise<readonly SourceFacts[]>
  readings(sourceId: number): Promise<readonly ReadingVersion[]>
  /** Calls by (startedAt, id), ascending, after the cursor. */
  pageCalls(filter: CallFilter, after: CallCursor | null, limit: number): Promise<readonly CallRow[]>
  /** The call to which a record belongs, by any of its record ids; null when no call has it. */
  call(recordId: number): Promise<{ readonly row: CallRow; readonly segments: readonly SegmentRow[] } | null>
  /** The own extensions of a call that no holder had, in order of appearance. None: all had one, or the call is still due. */
  unattributed(callId: number): Promise<readonly UnattributedRow[]>
  /** Bytes as they came, by record id; an erased record has none. */
  rawOf(sourceId: number, segments: readonly SegmentRow[]): Promise<ReadonlyMap<number, Uint8Array | null>>
  pageQuarantine(
    filter: QuarantineListFilter,
    after: QuarantineCursor | null,
    limit: number,
  ): Promise<readonly QuarantinedRecord[]>
  accounts(): Promise<Accounts>
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

export interface CallFilter {
  /** Instants; `to` exclusive; null: without bound. */
  readonly from: number | null
  readonly to: number | null
  readonly source: string | null
  readonly extension: string | null
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
