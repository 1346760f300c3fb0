import type { AttributedPart } from '../domain/attribution.ts'
import type { Call, Contribution, Party } from '../domain/call.ts'
import type { Interval } from '../domain/intervals.ts'
import type { Held, ShiftTimes } from '../domain/people-facts.ts'
import type { PersonQuarter } from '../domain/person-quarter.ts'
import type { Reading, ReadingVersion } from '../domain/reading.ts'
import type { Delivery, Fragment, QuarantineReason } from '../domain/record.ts'
import type { PeopleTransaction } from './people-store.ts'

/**
 * The writing side of the store, as the pipeline needs it: a few bulk verbs over arrays. What to write is decided in the
 * pipeline; an engine only carries it out. Two engines implement this and one suite (test/conformance) runs over both.
 *
 * **One transaction, one source.** Its first statement is `lockSource`, or `holdSource` for attribute, which changes no call; its
 * last is `addChange`. In it only statements are awaited: fetching, parsing and hashing come before (R6).
 */
export interface Store extends AsyncDisposable {
  /** Key of the identity hash, made with the store (R3). 32 bytes. */
  readonly hashKey: Uint8Array
  readonly engine: 'sqlite' | 'postgres'
  /** Finds the source or makes it; its first reading is added by the caller. */
  ensureSource(name: string): Promise<SourceRow>
  sources(): Promise<readonly SourceRow[]>
  readings(sourceId: number): Promise<readonly ReadingVersion[]>
  /** Number up to which `record` has read this journal; 0 at its beginning. */
  position(sourceId: number, journalUid: string): Promise<number>
  /** Deliveries by way of a journal of which the store does not know that they are over, by ascending id after `after`. */
  openDeliveries(sourceId: number, after: number, limit: number): Promise<readonly OpenDelivery[]>
  /** What has been counted of one journal or import. */
  ledgerOf(sourceId: number, journalUid: string): Promise<{ stored: number; duplicate: number; quarantined: number }>
  /** Room for records of these wall times: months on an engine that parts them. Outside the transaction. */
  prepareMonths(walls: Iterable<number>): Promise<void>
  /** Runs `work` in one transaction of its lane: a waiting `live` lane goes before a waiting `bulk` lane. */
  transaction<T>(sourceId: number, lane: Lane, work: (tx: StoreTransaction) => Promise<T>): Promise<T>
  /** Runs `work` on people and their time in one transaction, before a waiting bulk lane. */
  people<T>(work: (tx: PeopleTransaction) => Promise<T>): Promise<T>
  /** True while a live batch waits or has just been served: bulk lanes then keep their batches short (R16). */
  liveIsBusy(): boolean
  /** Records that a bulk lane walks over, outside any transaction; by key, a page at a time. */
  pageRecords(query: RecordPageQuery): Promise<readonly StoredRecord[]>
  /** Quarantined records, by ascending id after `after`; `recordIds` null: all of them. */
  pageQuarantine(query: QuarantinePageQuery): Promise<readonly QuarantineRow[]>
  recordsOf(sourceId: number, identities: readonly RecordIdentity[]): Promise<readonly StoredRecord[]>
  /** Deals each due range that is no source's yet out to all sources: each expands its part of it under its own lock. */
  dealDueRanges(): Promise<void>
  /** Sources that have calls or ranges due for attribution. */
  dueSources(): Promise<readonly SourceRow[]>
  /** Lets go of change rows older than an hour, and makes room ahead where an engine parts by month. */
  tidy(now: number): Promise<void>
}

/**
 * Which of several processes reads which source, for speed alone: whoever else writes is found out by the position (R6). A
 * claim lasts as long as it is renewed.
 */
export interface Claims extends AsyncDisposable {
  /**
   * Claims a fair share of these sources among all processes that do, and what none of them takes; gives back what another one
   * lacks. Returns those that are held.
   */
  renew(sourceIds: readonly number[]): Promise<ReadonlySet<number>>
}

export type Lane = 'live' | 'bulk'

export interface OpenDelivery {
  readonly id: number
  readonly uid: string
}

export interface SourceRow {
  readonly id: number
  readonly name: string
}

/** What the lock of a source hands out: its row as it stands now that nobody else may change it. */
export interface LockedSource {
  /** Raised by every transaction that changes derived rows of the source. */
  readonly version: number
  /** Counter behind record ids: see `recordId`. */
  readonly lastRecord: number
  /** Version of the newest reading; when it is not the one that the batch was read with, the batch is read anew. */
  readonly readingVersion: number
  readonly lastReceivedAt: number | null
  /** Newest measurements of the exchange's clock, seconds, oldest first. */
  readonly clockSamples: readonly number[]
}

export interface RecordIdentity {
  readonly contentAt: number
  /** 16 bytes. */
  readonly hash: Uint8Array
  readonly k: number
}

export type RecordState = 'stored' | 'quarantined'

export interface StoredRecord extends RecordIdentity {
  readonly id: number
  readonly sourceId: number
  readonly state: RecordState
  readonly journalId: number
  readonly deliveryId: number
  readonly line: number
  readonly receivedAt: number
  readonly fragment: Fragment | null
  /** Null once erased (R14). */
  readonly bytes: Uint8Array | null
}

export interface DuplicateRow {
  /** The record that it repeats. */
  readonly recordId: number
  readonly sourceId: number
  readonly journalId: number
  readonly deliveryId: number
  readonly line: number
  readonly receivedAt: number
}

export interface QuarantineRow extends RecordIdentity {
  readonly recordId: number
  readonly sourceId: number
  readonly reason: QuarantineReason
  readonly detail: string
  readonly deliveryId: number
  readonly line: number
  readonly receivedAt: number
}

/** A segment as stored: `fields` is the format's own packed text. */
export interface SegmentRow {
  readonly id: number
  readonly sourceId: number
  readonly callId: number
  readonly startWall: number
  readonly endWall: number
  readonly receivedAt: number
  readonly deliveryId: number
  readonly line: number
  readonly readingId: number
  readonly rules: number
  readonly fields: string
}

/** One number under which a segment is found by those that could belong to its call. */
export interface JoinKey {
  readonly segmentId: number
  readonly key: number
}

export interface CallRow {
  readonly id: number
  readonly sourceId: number
  readonly readingId: number
  readonly rules: number
  readonly plan: string
  /** Wall milliseconds of its first segment: what chooses its reading. */
  readonly startWall: number
  readonly call: Call
}

export interface PartyRow extends Party {
  readonly callId: number
  readonly position: number
  readonly startedAt: number
}

/** An extension is a number in a plan (R7). */
export interface Telephone {
  readonly plan: string
  readonly extension: string
}

/** Who held this extension has changed for a time: its calls of that time are to be attributed anew. */
export interface DueRange {
  readonly id: number
  readonly plan: string
  readonly extension: string
  /** Instants; `to` null: without end. */
  readonly from: number
  readonly to: number | null
  /** Up to which month and call it has been expanded; null: not begun. */
  readonly done: RangePlace | null
}

export interface RangePlace {
  readonly month: number
  readonly callId: number
}

/** Months since January 1970, UTC: the calls of a number are found a month at a time. */
export function monthOf(instant: number): number {
  const date = new Date(instant)
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth()
}

/** Calls made by one version of rules and reading, by wall day of their start: what `olderRules` is worked out from. */
export interface MadeDelta {
  readonly readingId: number
  readonly rules: number
  /** Days since 1970 of the call's `startWall`. */
  readonly day: number
  readonly calls: number
}

export interface LedgerDelta {
  readonly journalId: number
  /** Hours since 1970, UTC, of the receipt. */
  readonly hour: number
  readonly stored: number
  readonly duplicate: number
  readonly quarantined: number
}

export interface RecordPageQuery {
  readonly sourceId: number
  readonly state: RecordState
  /** Wall milliseconds, `to` exclusive; null: unbounded. Undated records are compared by receipt. */
  readonly from: number | null
  readonly to: number | null
  /** Return what comes after this identity, in order of (contentAt, hash, k). */
  readonly after: RecordIdentity | null
  readonly limit: number
}

/** Numbers of a journal that have been passed; `since`: when the interval was begun, which is when a hole below it was seen. */
export interface PassedInterval extends Interval {
  readonly since: number
}

/** Intervals of a delivery's lines. */
export interface LinesChange {
  readonly deliveryId: number
  readonly remove: readonly Interval[]
  readonly add: readonly Interval[]
}

export interface QuarantinePageQuery {
  readonly sourceId: number
  readonly reason: QuarantineReason | null
  readonly recordIds: readonly number[] | null
  readonly after: number
  readonly limit: number
}

export interface StoreTransaction {
  lockSource(): Promise<LockedSource>
  /** The same lock, leaving the version as it is: for attribute, which changes no call. */
  holdSource(): Promise<Pick<LockedSource, 'readingVersion'>>
  saveSource(state: {
    lastRecord: number
    lastReceivedAt: number | null
    clockSamples: readonly number[]
  }): Promise<void>

  /** The journal's number in the store; made when it is new. The journal of an import is its delivery. */
  ensureJournal(uid: string, kind: 'journal' | 'import'): Promise<number>
  /**
   * Numbers in the store of a journal's generations, oldest first: more than one when the journal was rolled back and gave
   * numbers again (R5). The first is made when the journal is new.
   */
  generations(uid: string): Promise<readonly number[]>
  addGeneration(uid: string): Promise<number>
  /** Moves the position from `expected` to `next`; throws `position-moved` when it is not `expected` (R6). */
  movePosition(journalId: number, expected: number, next: number): Promise<void>
  passed(journalId: number): Promise<readonly PassedInterval[]>
  savePassed(journalId: number, remove: readonly PassedInterval[], add: readonly PassedInterval[]): Promise<void>

  ensureDeliveries(deliveries: readonly Delivery[]): Promise<ReadonlyMap<string, number>>
  deliveryLines(deliveryIds: readonly number[]): Promise<ReadonlyMap<number, readonly Interval[]>>
  /** No delivery twice. */
  saveDeliveryLines(changes: readonly LinesChange[]): Promise<void>
  /** By uid. A delivery that was opened again is over when it was closed last. */
  closeDeliveries(closings: ReadonlyMap<string, number>): Promise<void>

  /** For each identity the record that has it, or undefined. */
  findRecords(
    identities: readonly RecordIdentity[],
  ): Promise<readonly ({ id: number; state: RecordState } | undefined)[]>
  appendRecords(rows: readonly StoredRecord[]): Promise<void>
  appendDuplicates(rows: readonly DuplicateRow[]): Promise<void>
  appendQuarantine(rows: readonly QuarantineRow[]): Promise<void>
  removeQuarantine(recordIds: readonly number[]): Promise<void>
  /** A record gets another state, and with it perhaps another identity (a fragment that was read by hand, a new date). */
  updateRecord(old: RecordIdentity, next: StoredRecord): Promise<void>
  removeRecord(identity: RecordIdentity): Promise<void>
  /** Duplicates of a record that turned out to be one itself repeat the other from now on. */
  repointDuplicates(from: number, to: number): Promise<void>
  recordsByIdentity(identities: readonly RecordIdentity[]): Promise<readonly StoredRecord[]>
  /** Earliest receipt by a live delivery of each record and its duplicates; absent when none was live. */
  liveReceipts(records: readonly { id: number; startWall: number }[]): Promise<ReadonlyMap<number, number>>

  callIdsByKeys(keys: readonly number[]): Promise<readonly number[]>
  callIdsBySegments(segmentIds: readonly number[]): Promise<readonly number[]>
  callIdsStarted(from: number, to: number): Promise<readonly number[]>
  segmentsOfCalls(callIds: readonly number[]): Promise<readonly SegmentRow[]>
  calls(callIds: readonly number[]): Promise<readonly CallRow[]>
  removeSegments(ids: readonly number[], keys: readonly JoinKey[]): Promise<void>
  appendSegments(rows: readonly SegmentRow[], keys: readonly JoinKey[]): Promise<void>
  moveSegments(moves: readonly { segmentId: number; callId: number }[]): Promise<void>
  removeCalls(ids: readonly number[]): Promise<void>
  appendCalls(rows: readonly CallRow[], parties: readonly PartyRow[]): Promise<void>

  addQuarters(deltas: readonly Contribution[]): Promise<void>
  addMade(deltas: readonly MadeDelta[]): Promise<void>
  addLedger(deltas: readonly LedgerDelta[]): Promise<void>
  /** `fresh`: ids that were given in this transaction and so cannot be due already. */
  addDue(callIds: readonly number[], fresh: readonly number[]): Promise<void>

  /** Calls due for attribution whose id is above `after`, ascending. */
  dueCalls(after: number, limit: number): Promise<readonly number[]>
  removeDue(callIds: readonly number[]): Promise<void>
  /** The parts that these calls have, be they still there or not. */
  attributions(callIds: readonly number[]): Promise<readonly AttributedPart[]>
  /** Takes away what these calls have, and adds the rows. */
  replaceAttributions(callIds: readonly number[], rows: readonly AttributedPart[]): Promise<void>
  /** In order of the rows' key: rows of a person are written for several sources at a time. */
  addPersonQuarters(deltas: readonly PersonQuarter[]): Promise<void>
  /** Who held these telephones at some instant from `from` to `to`, both inclusive: only what somebody confirmed. */
  assignmentsOf(telephones: readonly Telephone[], from: number, to: number): Promise<readonly Held[]>
  /** Shifts of these people that had begun by `to` and may reach `from`, with their breaks. */
  presenceOf(employeeIds: readonly number[], from: number, to: number): Promise<readonly ShiftTimes[]>
  /** Those that the directory knows as hunt groups. */
  groupsAmong(telephones: readonly Telephone[]): Promise<readonly Telephone[]>
  /** A range that has been dealt to this source. */
  dueRange(): Promise<DueRange | null>
  /** Moves the range's place; null: it is done. */
  moveDueRange(id: number, place: RangePlace | null): Promise<void>
  /** Months in which the first and the last call of the store start; null: there is none. */
  callMonths(): Promise<{ readonly first: number; readonly last: number } | null>
  /**
   * Calls of this source that start in the month after `place`, in which the range's extension takes part and which lie in its
   * time, in order of their ids.
   */
  callIdsInRange(range: DueRange, place: RangePlace, limit: number): Promise<readonly number[]>

  addReading(version: number, from: number | null, reading: Reading, now: number): Promise<ReadingVersion>
  renameSource(name: string): Promise<void>
  /** The transaction's last statement (R19). */
  addChange(recordIds: readonly number[], now: number): Promise<void>
}

/**
 * Record ids ascend within a source and say to which source they belong: counter × 1024 + source. Whole numbers below 2^53
 * for eight billion records of each of 1,023 sources.
 */
export const sourcesAtMost = 1023
export const recordId = (sourceId: number, counter: number): number => counter * (sourcesAtMost + 1) + sourceId
export const sourceOfRecord = (id: number): number => id % (sourcesAtMost + 1)
