import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite'
import type { Delivery, DeliveryHow } from '../../domain/record.ts'
import { isInstant, type StoredRun } from './stored-run.ts'

/** Rows as the file gives them: a bit flip may have put any value, of any type, in any column. */

type Row = Record<string, SQLOutputValue>

export interface Statements {
  readonly sources: StatementSync
  /** The runs of a source from the one that may hold a number on, in the order of the index. */
  readonly runs: StatementSync
  readonly delivery: StatementSync
  readonly closing: StatementSync
  readonly newestClosings: StatementSync
  readonly closingsAfter: StatementSync
}

export function statementsOf(db: DatabaseSync): Statements {
  // Integers that are too large for a number must not end the reading.
  const prepare = (sql: string) => db.prepare(sql, { readBigInts: true })
  return {
    sources: prepare('SELECT id, name, next, settled, newest_at, bytes, crc FROM source ORDER BY id'),
    // The join gives the place by the index and the row by the table, so that one can be held against the other.
    runs: prepare(
      `SELECT place.first AS place, run.source, run.first, run.count, run.delivery, run.line, run.received_at,
              run.directory, run.body
       FROM run AS place INDEXED BY run_place CROSS JOIN run ON run.id = place.id
       WHERE place.source = ?1 AND place.first >= coalesce(
         (SELECT first FROM run WHERE source = ?1 AND first <= ?2 ORDER BY first DESC LIMIT 1), ?2)
       ORDER BY place.first`,
    ),
    delivery: prepare('SELECT uid, source, format, how, peer, opened_at, crc FROM delivery WHERE id = ?'),
    closing: prepare('SELECT closed_at FROM delivery WHERE uid = ?'),
    newestClosings: prepare(
      'SELECT uid, closed_at FROM delivery WHERE closed_at IS NOT NULL ORDER BY closed_at DESC, id DESC LIMIT ?',
    ),
    closingsAfter: prepare(
      'SELECT id, uid, closed_at FROM delivery WHERE id > ? AND closed_at IS NOT NULL ORDER BY id LIMIT ?',
    ),
  }
}

export interface FoundRun {
  readonly delivery: number
  /** Number of its first record by the index. */
  readonly place: number
  /** By the row. */
  readonly source: number
  readonly run: StoredRun
}

export const foundRun = (row: Row, source: number): FoundRun => ({
  delivery: Number(row['delivery']),
  place: Number(row['place']),
  source: Number(row['source']),
  run: {
    source,
    first: Number(row['first']),
    count: Number(row['count']),
    line: Number(row['line']),
    receivedAt: Number(row['received_at']),
    directory: blobOf(row['directory']),
    body: blobOf(row['body']),
  },
})

const encoder = new TextEncoder()

const blobOf = (value: SQLOutputValue | undefined): Uint8Array => {
  if (value instanceof Uint8Array) return value
  return typeof value === 'string' ? encoder.encode(value) : new Uint8Array(0)
}

/** Instants by the uid of their delivery, as far as they are some. */
export const foundClosings = (rows: readonly Row[]): Map<string, number> =>
  new Map(
    rows
      .map((row) => [String(row['uid']), Number(row['closed_at'])] as const)
      .filter(([, closedAt]) => isInstant(closedAt)),
  )

export const foundDelivery = (row: Row): Delivery => ({
  uid: String(row['uid']),
  source: String(row['source']),
  format: String(row['format']),
  how: String(row['how']) as DeliveryHow,
  peer: String(row['peer']),
  openedAt: Number(row['opened_at']),
})

const hows: ReadonlySet<string> = new Set<DeliveryHow>(['tcp', 'stdin', 'http', 'follow', 'ship', 'import', 'kafka'])

/** What can be believed of a delivery whose row is damaged or gone, for the damaged records that it stands over. */
export function believable(found: Delivery | null, source: string, uid: string): Delivery {
  return {
    uid: found && /^[0-9a-f]{32}$/u.test(found.uid) ? found.uid : uid,
    source,
    format: found && /^[a-z0-9-]{1,64}$/u.test(found.format) ? found.format : '',
    how: found && hows.has(found.how) ? found.how : 'tcp',
    peer: found ? found.peer.replaceAll('\u0000', '\uFFFD') : '',
    openedAt: found && isInstant(found.openedAt) ? found.openedAt : 0,
  }
}
