import { Kysely, PostgresDialect } from 'kysely'
import type pg from 'pg'
import { SmenaError } from '../../../domain/errors.ts'
import type { ReadingVersion } from '../../../domain/reading.ts'
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
import { bringUp } from '../migrations.ts'
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
} from '../rows.ts'
import { postgresDialect } from '../schema.ts'
import type { Tables } from '../tables.ts'
import { Traffic, Turns } from '../turns.ts'
import { aliveMs, openPool, peopleError, postgresError } from './connection.ts'
import { Months } from './months.ts'
import { PostgresTransaction } from './transaction.ts'

const connectionsAtMost = 6
const oldestPostgres = 150_000

/** The store in PostgreSQL 15 or newer. Sources are written side by side, each on a connection of its own. */
export async function openPostgresStore(url: string): Promise<Store> {
  const pool = openPool(url, 'write', connectionsAtMost)
  let isConnected = false
  let broke = false
  pool.on('connect', (client) => client.on('error', () => (broke = true)))
  try {
    const first = await pool.connect()
    isConnected = true
    first.release()
    const { rows } = await pool.query<{ number: number; text: string }>(
      `SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS text`,
    )
    if ((rows[0]?.number ?? 0) < oldestPostgres)
      throw new SmenaError('postgres-too-old', { found: rows[0]?.text ?? '?', expected: oldestPostgres / 10_000 })
    const kysely = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
    await bringUp(kysely, postgresDialect)
    const installation = await pool.query<{ hash_key: Buffer }>('SELECT hash_key FROM installation')
    return new PostgresStore(pool, installation.rows[0]?.hash_key as Buffer)
  } catch (error) {
    await pool.end()
    // Of a connection that ended while it was being made the driver says so in words alone; an address that is none is our caller's,
    // and what fails on a whole connection is our own and does not heal.
    throw postgresError(error, isConnected ? broke : !(error instanceof TypeError))
  }
}

class PostgresStore implements Store {
  readonly engine = 'postgres'
  readonly hashKey: Uint8Array
  readonly #pool: pg.Pool
  readonly #months: Months
  readonly #turns = new Map<number, Turns>()
  /** People's writing never takes more than one of the connections. */
  readonly #peopleTurns = new Turns()
  readonly #traffic = new Traffic()

  constructor(pool: pg.Pool, hashKey: Uint8Array) {
    this.#pool = pool
    this.#months = new Months(pool)
    this.hashKey = hashKey
  }

  async #all(sql: string, values: readonly unknown[]): Promise<Row[]> {
    try {
      return (await this.#pool.query<Record<string, unknown>>(sql, [...values])).rows
    } catch (error) {
      // Outside a transaction the pool gives each query a connection of its own; without SQLSTATE it was the connection.
      throw postgresError(error, true)
    }
  }

  async ensureSource(name: string): Promise<SourceRow> {
    for (;;) {
      const [found] = await this.#all('SELECT id, name FROM source WHERE name = $1', [name])
      if (found) return { id: found['id'] as number, name }
      const [newest] = await this.#all('SELECT coalesce(max(id), 0) AS id FROM source', [])
      const id = (newest?.['id'] as number) + 1
      if (id > sourcesAtMost) throw new SmenaError('too-many-sources', { limit: sourcesAtMost })
      // Somebody else may take the number or the name at this moment: look again.
      await this.#all('INSERT INTO source (id, name) VALUES ($1, $2) ON CONFLICT DO NOTHING', [id, name])
    }
  }

  async sources(): Promise<readonly SourceRow[]> {
    return (await this.#all('SELECT id, name FROM source ORDER BY id', [])).map(sourceOf)
  }

  async readings(sourceId: number): Promise<readonly ReadingVersion[]> {
    const rows = await this.#all(`SELECT ${readingColumns} FROM reading WHERE source_id = $1 ORDER BY version`, [
      sourceId,
    ])
    return rows.map(readingOf)
  }

  async position(sourceId: number, journalUid: string): Promise<number> {
    const [row] = await this.#all(
      `SELECT p.next FROM position p JOIN journal j ON j.id = p.journal_id
       WHERE p.source_id = $1 AND j.uid = $2 AND p.part = 0 ORDER BY j.generation LIMIT 1`,
      [sourceId, journalUid],
    )
    return (row?.['next'] as number | undefined) ?? 0
  }

  /** OFFSET 0 keeps the planner from walking all deliveries by their id to the few that are open. */
  async openDeliveries(sourceId: number, after: number, limit: number): Promise<readonly OpenDelivery[]> {
    const rows = await this.#all(
      `SELECT id, uid FROM (
         SELECT id, uid FROM delivery WHERE source_id = $1 AND closed_at IS NULL AND how <> 'import' AND id > $2 OFFSET 0
       ) open ORDER BY id LIMIT $3`,
      [sourceId, after, limit],
    )
    return rows as unknown as OpenDelivery[]
  }

  async ledgerOf(
    sourceId: number,
    journalUid: string,
  ): Promise<{ stored: number; duplicate: number; quarantined: number }> {
    const [row] = await this.#all(
      `SELECT coalesce(sum(l.stored), 0) AS stored, coalesce(sum(l.duplicate), 0) AS duplicate,
         coalesce(sum(l.quarantined), 0) AS quarantined
       FROM ledger l JOIN journal j ON j.id = l.journal_id WHERE l.source_id = $1 AND j.uid = $2`,
      [sourceId, journalUid],
    )
    return row as { stored: number; duplicate: number; quarantined: number }
  }

  async prepareMonths(walls: Iterable<number>): Promise<void> {
    try {
      await this.#months.prepare(walls)
    } catch (error) {
      throw postgresError(error, true)
    }
  }

  async transaction<T>(sourceId: number, lane: Lane, work: (tx: StoreTransaction) => Promise<T>): Promise<T> {
    if (lane === 'live') this.#traffic.note()
    let turns = this.#turns.get(sourceId)
    if (!turns) this.#turns.set(sourceId, (turns = new Turns()))
    const release = await turns.take(lane)
    try {
      return await this.#onConnection(async (client) => {
        const tx = new PostgresTransaction(client, sourceId)
        const alive = setInterval(() => tx.alive(), aliveMs)
        try {
          const result = await work(tx)
          await tx.settled()
          return result
        } catch (error) {
          await tx.stop(error)
          throw error
        } finally {
          clearInterval(alive)
        }
      })
    } finally {
      release()
    }
  }

  async people<T>(work: (tx: PeopleTransaction) => Promise<T>): Promise<T> {
    const release = await this.#peopleTurns.take('live')
    try {
      return await this.#onConnection((client) => work(new SqlPeople(kyselyOn(client))), peopleError)
    } finally {
      release()
    }
  }

  async #onConnection<T>(work: (client: pg.PoolClient) => Promise<T>, translate = postgresError): Promise<T> {
    let client: pg.PoolClient
    try {
      client = await this.#pool.connect()
    } catch (error) {
      throw postgresError(error, true)
    }
    let broke: Error | undefined
    const onError = (error: Error) => {
      broke = error
    }
    client.on('error', onError)
    try {
      await client.query('BEGIN')
      const result = await work(client)
      await client.query('COMMIT')
      return result
    } catch (error) {
      if (!broke) await client.query('ROLLBACK').catch(onError)
      throw translate(error, broke !== undefined)
    } finally {
      client.off('error', onError)
      client.release(broke)
    }
  }

  liveIsBusy(): boolean {
    return this.#traffic.isBusy()
  }

  async pageRecords(query: RecordPageQuery): Promise<readonly StoredRecord[]> {
    const { after } = query
    const rows = await this.#all(
      `SELECT ${recordColumns} FROM record
       WHERE source_id = $1 AND state = $2 AND content_at >= $3 AND content_at < $4
         AND (content_at, hash, k) > ($5, $6, $7)
       ORDER BY content_at, hash, k LIMIT $8`,
      [
        query.sourceId,
        query.state === 'stored' ? 0 : 1,
        Math.max(query.from ?? 0, after?.contentAt ?? 0),
        query.to ?? Number.MAX_SAFE_INTEGER,
        after?.contentAt ?? -1,
        Buffer.from(after?.hash ?? []),
        after?.k ?? -1,
        query.limit,
      ],
    )
    return rows.map(recordOf)
  }

  async pageQuarantine(query: QuarantinePageQuery): Promise<readonly QuarantineRow[]> {
    const rows = await this.#all(
      `SELECT ${quarantineColumns} FROM quarantine
       WHERE source_id = $1 AND record_id > $2 AND ($3::text IS NULL OR reason = $3)
         AND ($4::bigint[] IS NULL OR record_id = ANY($4::bigint[]))
       ORDER BY record_id LIMIT $5`,
      [query.sourceId, query.after, query.reason, query.recordIds, query.limit],
    )
    return rows.map(quarantineOf)
  }

  async recordsOf(sourceId: number, identities: readonly RecordIdentity[]): Promise<readonly StoredRecord[]> {
    return this.#onConnection((client) => new PostgresTransaction(client, sourceId).recordsByIdentity(identities))
  }

  async dealDueRanges(): Promise<void> {
    await this.#all(
      `WITH dealt AS (
         DELETE FROM attribution_due_range WHERE source_id IS NULL RETURNING plan, extension, from_at, to_at
       ), ${islandsOfRanges('dealt')}
       INSERT INTO attribution_due_range (plan, extension, from_at, to_at, source_id)
       SELECT i.plan, i.extension, i.from_at, i.to_at, s.id FROM islands i CROSS JOIN source s`,
      [],
    )
  }

  async dueSources(): Promise<readonly SourceRow[]> {
    return (await this.#all(dueSourcesQuery, [])).map(sourceOf)
  }

  async tidy(now: number): Promise<void> {
    await this.#all('DELETE FROM change WHERE seq IN (SELECT seq FROM change WHERE at < $1 ORDER BY seq LIMIT 1000)', [
      now - 3_600_000,
    ])
    await this.prepareMonths([now, now + 31 * 86_400_000])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.end()
  }
}

/** Kysely on a connection that somebody else begins, commits and gives back. */
function kyselyOn(client: pg.PoolClient): Kysely<Tables> {
  const query = client.query.bind(client) as pg.PoolClient['query']
  const borrowed = { query, release: () => undefined }
  const pool = { connect: async () => borrowed, end: async () => undefined, options: {} }
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
}
