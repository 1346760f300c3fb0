import type { Delivery } from '../../domain/record.ts'
import type { ErrorCode } from '../../domain/errors.ts'
import type { JournalState, KeptFeed } from '../../pipeline/ports.ts'

/** What the journal and its thread say to each other. Buffers are handed over by transfer. */

export interface WorkerOptions {
  readonly directory: string
  readonly freeSpaceFloorBytes: number
  readonly keepMs: number
  readonly keepBytes: number
  /** How long a full disk is waited for when the journal closes. */
  readonly closeWaitMs: number
}

/** Numbers that describe one item of a batch; `records` 0: the delivery is closed, at `at`. */
export const itemFields = { delivery: 0, firstLine: 1, at: 2, records: 3, bytes: 4 } as const
export const itemLength = 5

/**
 * What came in one turn of the event loop, in order. A delivery is introduced once and then named by a small number.
 * Directory and body hold those of the items one after the other; what follows them in the buffers is slack.
 */
export interface Batch {
  readonly kind: 'batch'
  readonly items: Float64Array<ArrayBuffer>
  readonly itemCount: number
  readonly records: number
  readonly directory: Uint8Array<ArrayBuffer>
  readonly body: Uint8Array<ArrayBuffer>
  readonly bytes: number
  readonly introduced: readonly (readonly [number, Delivery])[]
  /** Deliveries with a smaller number are not named after this batch. */
  readonly forgetBelow: number
  readonly settled: ReadonlyMap<string, number>
}

export type ToWorker =
  | Batch
  | { readonly kind: 'keep-feed'; readonly feed: KeptFeed }
  | { readonly kind: 'ping' }
  | { readonly kind: 'close' }

/** An error as it crosses between threads. */
export interface Failure {
  readonly code: ErrorCode
  readonly details: Readonly<Record<string, string | number>>
  readonly cause: string | null
}

export type FromWorker =
  | {
      readonly kind: 'opened'
      readonly id: string
      readonly given: ReadonlyMap<string, number>
      readonly feeds: readonly KeptFeed[]
      readonly state: JournalState
    }
  /** The oldest of the feeds that were to be kept are on the disk. */
  | { readonly kind: 'kept'; readonly feeds: number; readonly state: JournalState }
  | {
      /** The oldest `items` items that waited are on the disk, but for those that were refused, by their place among them. */
      readonly kind: 'done'
      readonly items: number
      readonly refused: ReadonlyMap<number, Failure>
      /** Sources whose numbers went on, and how far. */
      readonly given: ReadonlyMap<string, number>
      readonly state: JournalState
      /** Buffers that may be used again. */
      readonly spent: readonly ArrayBuffer[]
    }
  | { readonly kind: 'state'; readonly state: JournalState }
  | { readonly kind: 'pong' }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'closed' }
