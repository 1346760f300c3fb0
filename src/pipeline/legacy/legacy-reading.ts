import type { ToldCall } from '../../domain/legacy/bound-call.ts'
import type { BoundCount } from '../../domain/metrics/shifts.ts'
import type { OldRow } from '../../domain/metrics/old-rows.ts'
import type { Span } from '../../domain/worktime/spans.ts'
import type { DigestOrigin } from './legacy-store.ts'

/** What reports read of the older system's data. As with calls, what is many comes a page at a time along an index by time. */
export interface LegacyReading {
  /** How many calls were bound in each of these shifts; a shift without any is left out. */
  boundInShifts(shiftIds: readonly number[]): Promise<ReadonlyMap<number, readonly BoundCount[]>>
  /** Bound calls that were written down in [from, to), by (at, id) after the cursor: `at` is about when they began. */
  pageBoundCalls(span: Span, after: BoundCursor | null, limit: number): Promise<readonly BoundRow[]>
  /** Times within [from, to) in which the program that bound calls stood still (M7), whether a person has looked at them or not. */
  gaps(span: Span): Promise<readonly Span[]>
  /** Rows of one of the statistics that have one of these numbers as A or C, by (at, id) after the cursor. */
  pageOldRows(query: OldRowQuery, after: OldRowCursor | null, limit: number): Promise<readonly FoundOldRow[]>
  /** When the first or the last row of one of the statistics in [from, to) was written; null: there is none. */
  edgeOfOldRows(origin: DigestOrigin, span: Span, edge: 'first' | 'last'): Promise<number | null>
  /** The zone by whose clock the older system's times were meant, as its import was told; null: nothing of it is here. */
  oldZone(): Promise<string | null>
}

export interface BoundCursor {
  readonly at: number
  readonly id: number
}

export interface BoundRow extends ToldCall, BoundCursor {}

export interface OldRowQuery extends Span {
  readonly origin: DigestOrigin
  /** A or C is one of them. */
  readonly numbers: readonly string[]
  /** A or C is it too; null: whoever it was. */
  readonly other: string | null
}

export interface OldRowCursor {
  readonly at: number
  readonly oldId: string
}

export interface FoundOldRow extends OldRow {
  readonly oldId: string
}
