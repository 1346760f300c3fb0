import type { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import { SmenaError } from '../../../domain/errors.ts'
import type { ReadingVersion } from '../../../domain/reading.ts'
import { storeMends } from '../../../domain/store-mends.ts'
import type { PeopleTransaction } from '../../../pipeline/people-store.ts'
import {
  type Lane,
  type OpenDelivery,
  type QuarantinePageQuery,
  type QuarantineRow,
  type RecordIdentity,
  type RecordPageQuery,
  type SourceRow,
  sourcesAtMost,
  type Store,
  type StoredRecord,
  type StoreTransaction,
} from '../../../pipeline/store.ts'
import { dueSourcesQuery, islandsOfRanges } from '../attribution-rows.ts'
import { SqlPeople } from '../people.ts'
import {
  quarantineColumns,
  quarantineOf,
  readingColumns,
  readingOf,
  recordColumns,
  recordOf,
  type Row,
  sourceOf,
  type Value,
} from '../rows.ts'
import type { Tables } from '../tables.ts'
import { Traffic, Turns } from '../turns.ts'
import { NodeSqliteDialect } from './dialect.ts'
import { openStoreFile } from './file.ts'
import { Statements } from './statements.ts'
import { SqliteTransaction } from './transaction.ts'

/**
 * Pages in the write-ahead log from which a commit moves them into the file. While an import runs beside a live feed these steps
 * are short, because its records wait for them; each writes pages again that the next would have written anyway.
 */
const pagesForSpeed = 1000
const pagesForLive = 150

/** The store in one SQLite file, written by this connection alone. Call it from a thread of its own: a commit blocks. */
export async function openSqliteStore(file: string): Promise<Store> {
  const db = await openStoreFile(file)
  return new SqliteStore(db)
}

class SqliteStore implements Store {
  readonly engine = 'sqlite'
  readonly hashKey: Uint8Array
  readonly #db: DatabaseSync
  readonly #statements: Statements
  readonly #people: SqlPeople
  readonly #turns = new Turns()
  readonly #traffic: Readonly<Record<Lane, Traffic>> = { live: new Traffic(), bulk: new Traffic() }
  #checkpointPages = 0

  constructor(db: DatabaseSync) {
    this.#db = db
    this.#statements = new Statements(db)
    this.#people = new SqlPeople(new Kysely<Tables>({ dialect: new NodeSqliteDialect(db) }))
    this.hashKey = this.#one('SELECT hash_key FROM installation')?.['hash_key'] as Uint8Array
  }

  #one(sql: string, ...values: Value[]): Row | undefined {
    return this.#statements.prepare(sql).get(...values) as Row | undefined
  }

  #all(sql: string, ...values: Value[]): Row[] {
    return this.#statements.prepare(sql).all(...values) as Row[]
  }

  async ensureSource(name: string): Promise<SourceRow> {
    // Between two statements of somebody's transaction it would be a part of that, and be taken back with it.
    const release = await this.#turns.take('live')
    try {
      const found = this.#one('SELECT id, name FROM source WHERE name = ?', name)
      if (found) return { id: found['id'] as number, name }
      const id = ((this.#one('SELECT max(id) AS id FROM source')?.['id'] as number | null) ?? 0) + 1
      if (id > sourcesAtMost) throw new SmenaError('too-many-sources', { limit: sourcesAtMost })
      this.#statements.prepare('INSERT INTO source (id, name) VALUES (?, ?)').run(id, name)
      return { id, name }
    } catch (error) {
      throw sqliteError(error)
    } finally {
      release()
    }
  }

  async sources(): Promise<readonly SourceRow[]> {
    return this.#all('SELECT id, name FROM source ORDER BY id').map(sourceOf)
  }

  async readings(sourceId: number): Promise<readonly ReadingVersion[]> {
    return this.#all(`SELECT ${readingColumns} FROM reading WHERE source_id = ? ORDER BY version`, sourceId).map(
      readingOf,
    )
  }

  async position(sourceId: number, journalUid: string): Promise<number> {
    const row = this.#one(
      `SELECT p.next FROM position p JOIN journal j ON j.id = p.journal_id
       WHERE p.source_id = ? AND j.uid = ? AND p.part = 0 ORDER BY j.generation LIMIT 1`,
      sourceId,
      journalUid,
    )
    return (row?.['next'] as number | undefined) ?? 0
  }

  async openDeliveries(sourceId: number, after: number, limit: number): Promise<readonly OpenDelivery[]> {
    return this.#all(
      `SELECT id, uid FROM delivery WHERE source_id = ? AND closed_at IS NULL AND how <> 'import' AND id > ? ORDER BY id LIMIT ?`,
      sourceId,
      after,
      limit,
    ) as unknown as OpenDelivery[]
  }

  async ledgerOf(
    sourceId: number,
    journalUid: string,
  ): Promise<{ stored: number; duplicate: number; quarantined: number }> {
    return this.#one(
      `SELECT coalesce(sum(l.stored), 0) AS stored, coalesce(sum(l.duplicate), 0) AS duplicate,
         coalesce(sum(l.quarantined), 0) AS quarantined
       FROM ledger l JOIN journal j ON j.id = l.journal_id WHERE l.source_id = ? AND j.uid = ?`,
      sourceId,
      journalUid,
    ) as { stored: number; duplicate: number; quarantined: number }
  }

  /** One table holds all months here. */
  async prepareMonths(): Promise<void> {}

  #checkpointEvery(pages: number): void {
    if (this.#checkpointPages === pages) return
    this.#checkpointPages = pages
    this.#db.exec(`PRAGMA wal_autocheckpoint = ${pages}`)
  }

  async transaction<T>(sourceId: number, lane: Lane, work: (tx: StoreTransaction) => Promise<T>): Promise<T> {
    this.#traffic[lane].note()
    return this.#written(lane, () => work(new SqliteTransaction(this.#statements, sourceId)))
  }

  async people<T>(work: (tx: PeopleTransaction) => Promise<T>): Promise<T> {
    try {
      return await this.#written('live', () => work(this.#people))
    } catch (error) {
      const { cause, code } = error as { cause?: { errcode?: number }; code?: string }
      if (code !== 'store-refused' || !raced.has(cause?.errcode ?? 0)) throw error
      throw new SmenaError('people-raced', { cause: String((cause as Error).message) }, { cause })
    }
  }

  async #written<T>(lane: Lane, work: () => Promise<T>): Promise<T> {
    const release = await this.#turns.take(lane)
    try {
      this.#checkpointEvery(Object.values(this.#traffic).every((it) => it.isBusy()) ? pagesForLive : pagesForSpeed)
      this.#db.exec('BEGIN IMMEDIATE')
      try {
        const result = await work()
        this.#db.exec('COMMIT')
        return result
      } catch (error) {
        if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
        throw error
      }
    } catch (error) {
      throw sqliteError(error)
    } finally {
      release()
    }
  }

  liveIsBusy(): boolean {
    return this.#traffic.live.isBusy()
  }

  async pageRecords(query: RecordPageQuery): Promise<readonly StoredRecord[]> {
    const { after } = query
    return this.#all(
      `SELECT ${recordColumns} FROM record
       WHERE source_id = ? AND state = ? AND content_at >= ? AND content_at < ? AND (content_at, hash, k) > (?, ?, ?)
       ORDER BY content_at, hash, k LIMIT ?`,
      query.sourceId,
      query.state === 'stored' ? 0 : 1,
      Math.max(query.from ?? 0, after?.contentAt ?? 0),
      query.to ?? Number.MAX_SAFE_INTEGER,
      after?.contentAt ?? -1,
      after?.hash ?? new Uint8Array(),
      after?.k ?? -1,
      query.limit,
    ).map(recordOf)
  }

  async pageQuarantine(query: QuarantinePageQuery): Promise<readonly QuarantineRow[]> {
    return this.#all(
      `SELECT ${quarantineColumns} FROM quarantine
       WHERE source_id = ?1 AND record_id > ?2 AND (?3 IS NULL OR reason = ?3)
         AND (?4 IS NULL OR record_id IN (SELECT value FROM json_each(?4)))
       ORDER BY record_id LIMIT ?5`,
      query.sourceId,
      query.after,
      query.reason,
      query.recordIds && JSON.stringify(query.recordIds),
      query.limit,
    ).map(quarantineOf)
  }

  async recordsOf(sourceId: number, identities: readonly RecordIdentity[]): Promise<readonly StoredRecord[]> {
    return new SqliteTransaction(this.#statements, sourceId).recordsByIdentity(identities)
  }

  async dealDueRanges(): Promise<void> {
    if (!this.#one(`SELECT 1 FROM attribution_due_range WHERE source_id IS NULL`)) return
    const release = await this.#turns.take('bulk')
    try {
      this.#db.exec('BEGIN IMMEDIATE')
      try {
        this.#db.exec(
          `WITH fresh AS (
             SELECT plan, extension, from_at, to_at FROM attribution_due_range WHERE source_id IS NULL
           ), ${islandsOfRanges('fresh')}
           INSERT INTO attribution_due_range (plan, extension, from_at, to_at, source_id)
             SELECT i.plan, i.extension, i.from_at, i.to_at, s.id FROM islands i CROSS JOIN source s;
           DELETE FROM attribution_due_range WHERE source_id IS NULL;
           COMMIT`,
        )
      } catch (error) {
        if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
        throw error
      }
    } catch (error) {
      throw sqliteError(error)
    } finally {
      release()
    }
  }

  async dueSources(): Promise<readonly SourceRow[]> {
    return this.#all(dueSourcesQuery).map(sourceOf)
  }

  async tidy(now: number): Promise<void> {
    const release = await this.#turns.take('bulk')
    try {
      this.#statements
        .prepare('DELETE FROM change WHERE seq IN (SELECT seq FROM change WHERE at < ? ORDER BY seq LIMIT 1000)')
        .run(now - 3_600_000)
      this.#db.exec('PRAGMA incremental_vacuum(200)')
    } finally {
      release()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const release = await this.#turns.take('bulk')
    this.#db.close()
    release()
  }
}

/** SQLite's primary result codes (sqlite.org/rescode.html). */
const resultCode = { busy: 5, locked: 6, full: 13, tooBig: 18, constraint: 19, mismatch: 20, range: 25 } as const
/** Extended codes: a trigger that keeps times apart, a unique column, a key. */
const raced: ReadonlySet<number> = new Set([1811, 2067, 1555])
const refusals: ReadonlySet<number> = new Set([
  resultCode.tooBig,
  resultCode.constraint,
  resultCode.mismatch,
  resultCode.range,
])
const waits: ReadonlySet<number> = new Set([resultCode.busy, resultCode.locked, resultCode.full])

/**
 * By SQLite's primary result code: constraint, type or size → this record is refused; busy, locked, full → the world will heal;
 * anything else SQLite says (I/O, corrupt) → stop, never tried again in this process.
 */
export function sqliteError(error: unknown): unknown {
  if (error instanceof SmenaError) return error
  const code = (error as { errcode?: unknown }).errcode
  if (typeof code !== 'number') return error
  const cause = error instanceof Error ? error.message : String(error)
  const primary = code & 0xff
  if (refusals.has(primary)) return new SmenaError('store-refused', { cause }, { cause: error })
  if (waits.has(primary)) return new SmenaError('store-away', { cause }, { cause: error })
  return new SmenaError('store-broken', { cause, mend: storeMends.disk }, { cause: error })
}
