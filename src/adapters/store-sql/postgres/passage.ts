import type pg from 'pg'
import { SmenaError } from '../../../domain/errors.ts'
import type { Interval } from '../../../domain/intervals.ts'
import type { Reading, ReadingVersion } from '../../../domain/reading.ts'
import type { Delivery } from '../../../domain/record.ts'
import type { LinesChange, LockedSource, PassedInterval } from '../../../pipeline/store.ts'
import { changeText, type Row, type TableWriter } from '../rows.ts'
import { writeRows } from './copy.ts'

/**
 * The verbs about who may write and what has been passed: the source's lock, positions, journals, deliveries, readings, changes.
 *
 * Statements go to the server one after another, in the order in which they were asked for. What only writes is not waited
 * for: calls are assembled while the server takes in their records. `settled` waits for all of it, before the commit.
 */
export class PostgresPassage {
  protected readonly source: number
  readonly #client: pg.PoolClient
  #last: Promise<unknown> = Promise.resolve()
  /** Of what nobody waited for; nothing is asked of the server after it. */
  #failure: { readonly error: unknown } | null = null

  constructor(client: pg.PoolClient, sourceId: number) {
    this.#client = client
    this.source = sourceId
  }

  /** Throws what the first statement that failed threw. */
  async settled(): Promise<void> {
    await this.#last
    this.#throwFailure()
  }

  /** Nothing more is asked of the server; resolves when it has answered what it was asked. */
  async stop(reason: unknown): Promise<void> {
    this.#failure ??= { error: reason }
    await this.#last
  }

  /** Asks for nothing, so that the server does not take the session for one that is gone. */
  alive(): void {
    void this.run('SELECT')
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure.error
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(() => {
      this.#throwFailure()
      return work()
    })
    this.#last = done.catch((error: unknown) => {
      this.#failure ??= { error }
    })
    return done
  }

  protected async all(sql: string, ...values: readonly unknown[]): Promise<Row[]> {
    return this.#inTurn(async () => (await this.#client.query<Record<string, unknown>>(sql, [...values])).rows)
  }

  /** Rows that were changed. */
  protected async count(sql: string, ...values: readonly unknown[]): Promise<number> {
    return this.#inTurn(async () => (await this.#client.query(sql, [...values])).rowCount ?? 0)
  }

  /** Resolves before it is done. */
  protected async run(sql: string, ...values: readonly unknown[]): Promise<void> {
    this.#inTurn(() => this.#client.query(sql, [...values])).catch(() => undefined)
  }

  /** Resolves before it is done. */
  protected async write<R>(writer: TableWriter<R>, rows: readonly R[]): Promise<void> {
    if (rows.length > 0) this.#inTurn(() => writeRows(this.#client, writer, rows)).catch(() => undefined)
  }

  async lockSource(): Promise<LockedSource> {
    const [row] = await this.all(
      `UPDATE source SET version = version + 1 WHERE id = $1
       RETURNING version, last_record, reading_version, last_received_at, clock_samples`,
      this.source,
    )
    if (!row) throw new SmenaError('source-unknown', { source: this.source, known: '–' })
    return {
      version: row['version'] as number,
      lastRecord: row['last_record'] as number,
      readingVersion: row['reading_version'] as number,
      lastReceivedAt: row['last_received_at'] as number | null,
      clockSamples: JSON.parse(row['clock_samples'] as string) as number[],
    }
  }

  async holdSource(): Promise<Pick<LockedSource, 'readingVersion'>> {
    const [row] = await this.all('SELECT reading_version FROM source WHERE id = $1 FOR UPDATE', this.source)
    if (!row) throw new SmenaError('source-unknown', { source: this.source, known: '–' })
    return { readingVersion: row['reading_version'] as number }
  }

  async saveSource(state: {
    lastRecord: number
    lastReceivedAt: number | null
    clockSamples: readonly number[]
  }): Promise<void> {
    await this.run(
      'UPDATE source SET last_record = $1, last_received_at = $2, clock_samples = $3 WHERE id = $4',
      state.lastRecord,
      state.lastReceivedAt,
      JSON.stringify(state.clockSamples),
      this.source,
    )
  }

  async ensureJournal(uid: string, kind: 'journal' | 'import'): Promise<number> {
    const find = 'SELECT id FROM journal WHERE uid = $1 ORDER BY generation LIMIT 1'
    let [row] = await this.all(find, uid)
    if (!row) {
      await this.run('INSERT INTO journal (uid, kind) VALUES ($1, $2) ON CONFLICT DO NOTHING', uid, kind)
      ;[row] = await this.all(find, uid)
    }
    return row?.['id'] as number
  }

  async generations(uid: string): Promise<readonly number[]> {
    const rows = await this.all('SELECT id FROM journal WHERE uid = $1 ORDER BY generation', uid)
    return rows.length > 0 ? rows.map((it) => it['id'] as number) : [await this.ensureJournal(uid, 'journal')]
  }

  async addGeneration(uid: string): Promise<number> {
    const [row] = await this.all(
      `INSERT INTO journal (uid, kind, generation) SELECT uid, kind, max(generation) + 1 FROM journal WHERE uid = $1
       GROUP BY uid, kind RETURNING id`,
      uid,
    )
    return row?.['id'] as number
  }

  async movePosition(journalId: number, expected: number, next: number): Promise<void> {
    const moved =
      expected === 0
        ? await this.count(
            `INSERT INTO position AS p (source_id, journal_id, part, next) VALUES ($1, $2, 0, $3)
             ON CONFLICT (source_id, journal_id, part) DO UPDATE SET next = excluded.next WHERE p.next = 0`,
            this.source,
            journalId,
            next,
          )
        : await this.count(
            'UPDATE position SET next = $1 WHERE source_id = $2 AND journal_id = $3 AND part = 0 AND next = $4',
            next,
            this.source,
            journalId,
            expected,
          )
    if (moved !== 1) throw new SmenaError('position-moved', { expected })
  }

  async passed(journalId: number): Promise<readonly PassedInterval[]> {
    const rows = await this.all(
      `SELECT from_number, to_number, since FROM passed WHERE source_id = $1 AND journal_id = $2 ORDER BY from_number`,
      this.source,
      journalId,
    )
    return rows.map((row) => ({
      from: row['from_number'] as number,
      to: row['to_number'] as number,
      since: row['since'] as number,
    }))
  }

  async savePassed(
    journalId: number,
    remove: readonly PassedInterval[],
    add: readonly PassedInterval[],
  ): Promise<void> {
    const kept = new Set(add.map((it) => it.from))
    const gone = remove.map((it) => it.from).filter((from) => !kept.has(from))
    if (gone.length > 0)
      await this.run(
        'DELETE FROM passed WHERE source_id = $1 AND journal_id = $2 AND from_number = ANY($3::bigint[])',
        this.source,
        journalId,
        gone,
      )
    if (add.length > 0)
      await this.run(
        `INSERT INTO passed (source_id, journal_id, from_number, to_number, since)
         SELECT $1, $2, * FROM unnest($3::bigint[], $4::bigint[], $5::bigint[])
         ON CONFLICT (source_id, journal_id, from_number) DO UPDATE SET to_number = excluded.to_number`,
        this.source,
        journalId,
        add.map((it) => it.from),
        add.map((it) => it.to),
        add.map((it) => it.since),
      )
  }

  async ensureDeliveries(deliveries: readonly Delivery[]): Promise<ReadonlyMap<string, number>> {
    const ids = new Map<string, number>()
    for (const row of await this.all(
      'SELECT id, uid FROM delivery WHERE uid = ANY($1::text[])',
      deliveries.map((it) => it.uid),
    ))
      ids.set(row['uid'] as string, row['id'] as number)
    const missing = deliveries.filter((it) => !ids.has(it.uid))
    if (missing.length > 0)
      for (const row of await this.all(
        `INSERT INTO delivery (source_id, uid, format, how, peer, opened_at)
         SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[]) RETURNING id, uid`,
        this.source,
        missing.map((it) => it.uid),
        missing.map((it) => it.format),
        missing.map((it) => it.how),
        missing.map((it) => it.peer),
        missing.map((it) => it.openedAt),
      ))
        ids.set(row['uid'] as string, row['id'] as number)
    return ids
  }

  async deliveryLines(deliveryIds: readonly number[]): Promise<ReadonlyMap<number, readonly Interval[]>> {
    const lines = new Map<number, Interval[]>(deliveryIds.map((id) => [id, []]))
    for (const row of await this.all(
      `SELECT delivery_id, from_line, to_line FROM delivery_line WHERE delivery_id = ANY($1::bigint[])
       ORDER BY delivery_id, from_line`,
      deliveryIds,
    ))
      lines.get(row['delivery_id'] as number)?.push({ from: row['from_line'] as number, to: row['to_line'] as number })
    return lines
  }

  async saveDeliveryLines(changes: readonly LinesChange[]): Promise<void> {
    const gone = changes.flatMap(({ deliveryId, remove, add }) => {
      const kept = new Set(add.map((it) => it.from))
      return remove.filter(({ from }) => !kept.has(from)).map(({ from }) => ({ deliveryId, from }))
    })
    if (gone.length > 0)
      await this.run(
        `DELETE FROM delivery_line l USING unnest($1::bigint[], $2::bigint[]) AS q (delivery_id, from_line)
         WHERE l.delivery_id = q.delivery_id AND l.from_line = q.from_line`,
        gone.map((it) => it.deliveryId),
        gone.map((it) => it.from),
      )
    const added = changes.flatMap(({ deliveryId, add }) => add.map((it) => ({ deliveryId, ...it })))
    if (added.length > 0)
      await this.run(
        `INSERT INTO delivery_line (delivery_id, from_line, to_line)
         SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[])
         ON CONFLICT (delivery_id, from_line) DO UPDATE SET to_line = excluded.to_line`,
        added.map((it) => it.deliveryId),
        added.map((it) => it.from),
        added.map((it) => it.to),
      )
  }

  async closeDeliveries(closings: ReadonlyMap<string, number>): Promise<void> {
    await this.run(
      `UPDATE delivery d SET closed_at = greatest(d.closed_at, q.at)
       FROM unnest($1::text[], $2::bigint[]) AS q (uid, at) WHERE d.uid = q.uid`,
      [...closings.keys()],
      [...closings.values()],
    )
  }

  async addReading(version: number, from: number | null, reading: Reading, now: number): Promise<ReadingVersion> {
    const [row] = await this.all(
      `INSERT INTO reading (source_id, version, valid_from, body, made_at) VALUES ($1, $2, $3, $4, $5) RETURNING id`,
      this.source,
      version,
      from,
      JSON.stringify(reading),
      now,
    )
    await this.run('UPDATE source SET reading_version = $1 WHERE id = $2', version, this.source)
    return { id: row?.['id'] as number, version, from, reading }
  }

  async renameSource(name: string): Promise<void> {
    await this.run('UPDATE source SET name = $1 WHERE id = $2', name, this.source)
  }

  /** The counter's row is the last lock taken, so the order of numbers is the order of commits (R19). */
  async addChange(recordIds: readonly number[], now: number): Promise<void> {
    await this.run(
      `WITH next AS (UPDATE change_counter SET seq = seq + 1 WHERE id = 1 RETURNING seq)
       INSERT INTO change (seq, at, source_id, records) SELECT seq, $1, $2, $3 FROM next`,
      now,
      this.source,
      changeText(recordIds),
    )
  }
}
