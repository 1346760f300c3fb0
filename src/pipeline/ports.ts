import type { Interval } from '../domain/intervals.ts'
import type { Delivery, Fragment } from '../domain/record.ts'

/**
 * What the pipeline asks of the world. Adapters implement these; only roles know which adapter stands behind one.
 */

/**
 * Consecutive records of one delivery that came in one piece: the unit that is handed to the journal. Record `i` is
 * `bytes[ends[i-1] … ends[i])` and has line `firstLine + i`, counting the records of the delivery from 1.
 */
export interface Run {
  readonly delivery: Delivery
  readonly firstLine: number
  /** Milliseconds since 1970, UTC; never falls within a journal. */
  readonly receivedAt: number
  readonly bytes: Uint8Array
  readonly ends: Uint32Array
  /** The record's place among equal records that stand close together in the delivery (R4); 0 for a fragment. */
  readonly occurrences: Uint32Array
  /** 0: whole; else an index into `fragmentCodes`. */
  readonly fragments: Uint8Array
}

export const fragmentCodes: readonly (Fragment | null)[] = [null, 'partial', 'too-long', 'damaged']

export interface JournalState {
  /** Why nothing is taken at the moment; null: all is well. */
  readonly paused: 'disk-full' | null
  readonly freeBytes: number
  /** Seconds that the newest group commit took, fsync included. */
  readonly commitSeconds: number
  readonly sizeBytes: number
}

/** The writing side of the journal. Any error that is not a full disk ends the process: a failed fsync is never retried. */
export interface JournalWriter extends AsyncDisposable {
  /** 32 hex digits, random, made with the journal. */
  readonly id: string
  /**
   * Resolves when the run is on the disk. While the disk is full it waits; that is the back-pressure. What the run holds is
   * copied before this returns: its buffers are the caller's again at once.
   */
  append(run: Run): Promise<void>
  /** A delivery is over; kept with its time. Resolves when on the disk. */
  close(delivery: Delivery, closedAt: number): Promise<void>
  /**
   * Records of `source` up to `number` have been passed by their consumer, which is the store or, in a cluster, Kafka: the
   * journal may let them go in time.
   */
  settle(source: string, number: number): void
  /** How many records each source has been given: the numbers 1 … given. */
  given(): Promise<ReadonlyMap<string, number>>
  /** The partitions in which this journal's records stand, as they were kept: one for each source and topic. */
  feeds(): readonly KeptFeed[]
  /**
   * Keeps such a choice for ever. Resolves when it is on the disk; while that is full it waits. The same may be kept again;
   * another partition for the same source and topic is a RangeError.
   */
  keepFeed(feed: KeptFeed): Promise<void>
  state(): JournalState
  /** Resolves when its writer comes to answer, also while it waits for space; never while it is stuck. */
  answers(): Promise<void>
}

/** Records of one source go to one partition of a topic, or their order would be lost. */
export interface KeptFeed {
  readonly source: string
  /** Kafka's: a topic that was deleted and made again has another. */
  readonly topicId: string
  readonly partition: number
}

/** One record as the log gives it. */
export interface LogRecord {
  readonly number: number
  readonly delivery: Delivery
  readonly line: number
  readonly occurrence: number
  readonly receivedAt: number
  readonly fragment: Fragment | null
  readonly bytes: Uint8Array
  /** Whose number it is; absent: that of the log which gives it. */
  readonly journal?: string
  /** The log's position after it; absent: its number. */
  readonly position?: number
}

export interface LogBatch {
  readonly source: string
  /** In ascending order of number. A number between two records that is not there is a hole (R12). */
  readonly records: readonly LogRecord[]
  /**
   * Positions that it spans, both ends inclusive, in a log whose positions are numbers too: those of records that came
   * without a journal (R20). Where these end and the next batch's begin, nothing may be missing.
   */
  readonly spans?: Interval
  /** Frees the bytes of its records, which must not be looked at again. Whoever keeps records does not call it. */
  release?(): void
}

/** Records of a source in the order of their positions: a journal's, or those of one partition of a topic. */
export interface Feed {
  /** Name under which positions are kept: the journal's id, or the partition's. */
  readonly id: string
  /** Records of `source` after this position, within the limits; empty when there are none. 0: from its beginning. */
  read(source: string, after: number, limits: { readonly records: number; readonly bytes: number }): Promise<LogBatch>
  /** When each of these deliveries was closed, null while it is open; one that the log does not know is not in the answer. */
  closings(uids: readonly string[]): Promise<ReadonlyMap<string, number | null>>
}

/** The reading side of a journal. */
export interface LogReader extends Feed, AsyncDisposable {
  sources(): Promise<readonly string[]>
  given(): Promise<ReadonlyMap<string, number>>
  /** Up to which number each source has been settled, as the file says: the writer may have come further. 0: nothing. */
  settled(): Promise<ReadonlyMap<string, number>>
}

/** With what only the process that owns the journal asks for. */
export interface JournalReader extends LogReader {
  /** The deliveries that were closed last, at most so many, and when; the newest at the end. */
  newestClosings(atMost: number): Promise<ReadonlyMap<string, number>>
  /** Of all that it keeps the next ones after a place, at most so many; and the place after them, 0 at the end as at the beginning. */
  closingsInTurn(
    place: number,
    atMost: number,
  ): Promise<{ readonly closings: ReadonlyMap<string, number>; readonly place: number }>
}

/** Where a collector's journal is forwarded to. */
export interface Outlet {
  /**
   * Hands on records of one source in their order; resolves when they are safe there. Rejects with an error whose remedy is
   * `retry`: some of them may be there, and all are to be sent again.
   */
  send(source: string, records: readonly LogRecord[]): Promise<void>
  /** These very records are to be sent next: what can be done for it is done now, while others are on their way. */
  prepare(records: readonly LogRecord[]): void
}
