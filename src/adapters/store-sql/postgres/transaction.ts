import type pg from 'pg'
import type { Contribution } from '../../../domain/call.ts'
import { SmenaError } from '../../../domain/errors.ts'
import type { Interval } from '../../../domain/intervals.ts'
import type { Reading, ReadingVersion } from '../../../domain/reading.ts'
import type { Delivery } from '../../../domain/record.ts'
import type {
  CallRow,
  DuplicateRow,
  JoinKey,
  LedgerDelta,
  LockedSource,
  MadeDelta,
  PartyRow,
  PassedInterval,
  QuarantineRow,
  RecordIdentity,
  RecordState,
  SegmentRow,
  StoredRecord,
  StoreTransaction,
} from '../../../pipeline/store.ts'
import {
  callColumns,
  callOf,
  callWriter,
  changeText,
  duplicateWriter,
  joinKeyWriter,
  liveHows,
  partyWriter,
  quarantineWriter,
  recordColumns,
  recordOf,
  recordWriter,
  type Row,
  segmentColumns,
  segmentOf,
  segmentWriter,
} from '../rows.ts'
import { copyRows } from './copy.ts'

/** The verbs on PostgreSQL: rows in by COPY, keys as arrays, one statement a verb. */
export class PostgresTransaction implements StoreTransaction {
  readonly #client: pg.PoolClient
  readonly #source: number

  constructor(client: pg.PoolClient, sourceId: number) {
    this.#client = client
    this.#source = sourceId
  }

  async #all(sql: string, ...values: readonly unknown[]): Promise<Row[]> {
    return (await this.#client.query<Record<string, unknown>>(sql, [...values])).rows
  }

  async #run(sql: string, ...values: readonly unknown[]): Promise<number> {
    return (await this.#client.query(sql, [...values])).rowCount ?? 0
  }

  async lockSource(): Promise<LockedSource> {
    const [row] = await this.#all(
      `UPDATE source SET version = version + 1 WHERE id = $1
       RETURNING version, last_record, reading_version, last_received_at, clock_samples`,
      this.#source,
    )
    if (!row) throw new SmenaError('source-unknown', { source: this.#source, known: '–' })
    return {
      version: row['version'] as number,
      lastRecord: row['last_record'] as number,
      readingVersion: row['reading_version'] as number,
      lastReceivedAt: row['last_received_at'] as number | null,
      clockSamples: JSON.parse(row['clock_samples'] as string) as number[],
    }
  }

  async saveSource(state: {
    lastRecord: number
    lastReceivedAt: number | null
    clockSamples: readonly number[]
  }): Promise<void> {
    await this.#run(
      'UPDATE source SET last_record = $1, last_received_at = $2, clock_samples = $3 WHERE id = $4',
      state.lastRecord,
      state.lastReceivedAt,
      JSON.stringify(state.clockSamples),
      this.#source,
    )
  }

  async ensureJournal(uid: string, kind: 'journal' | 'import'): Promise<number> {
    const find = 'SELECT id FROM journal WHERE uid = $1 ORDER BY generation DESC LIMIT 1'
    let [row] = await this.#all(find, uid)
    if (!row) {
      await this.#run('INSERT INTO journal (uid, kind) VALUES ($1, $2) ON CONFLICT DO NOTHING', uid, kind)
      ;[row] = await this.#all(find, uid)
    }
    return row?.['id'] as number
  }

  async movePosition(journalId: number, expected: number, next: number): Promise<void> {
    const moved =
      expected === 0
        ? await this.#run(
            `INSERT INTO position AS p (source_id, journal_id, part, next) VALUES ($1, $2, 0, $3)
             ON CONFLICT (source_id, journal_id, part) DO UPDATE SET next = excluded.next WHERE p.next = 0`,
            this.#source,
            journalId,
            next,
          )
        : await this.#run(
            'UPDATE position SET next = $1 WHERE source_id = $2 AND journal_id = $3 AND part = 0 AND next = $4',
            next,
            this.#source,
            journalId,
            expected,
          )
    if (moved !== 1) throw new SmenaError('position-moved', { expected })
  }

  async passed(journalId: number): Promise<readonly PassedInterval[]> {
    const rows = await this.#all(
      `SELECT from_number, to_number, since FROM passed WHERE source_id = $1 AND journal_id = $2 ORDER BY from_number`,
      this.#source,
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
      await this.#run(
        'DELETE FROM passed WHERE source_id = $1 AND journal_id = $2 AND from_number = ANY($3::bigint[])',
        this.#source,
        journalId,
        gone,
      )
    if (add.length > 0)
      await this.#run(
        `INSERT INTO passed (source_id, journal_id, from_number, to_number, since)
         SELECT $1, $2, * FROM unnest($3::bigint[], $4::bigint[], $5::bigint[])
         ON CONFLICT (source_id, journal_id, from_number) DO UPDATE SET to_number = excluded.to_number`,
        this.#source,
        journalId,
        add.map((it) => it.from),
        add.map((it) => it.to),
        add.map((it) => it.since),
      )
  }

  async ensureDeliveries(deliveries: readonly Delivery[]): Promise<ReadonlyMap<string, number>> {
    const ids = new Map<string, number>()
    for (const row of await this.#all(
      'SELECT id, uid FROM delivery WHERE uid = ANY($1::text[])',
      deliveries.map((it) => it.uid),
    ))
      ids.set(row['uid'] as string, row['id'] as number)
    const missing = deliveries.filter((it) => !ids.has(it.uid))
    if (missing.length > 0)
      for (const row of await this.#all(
        `INSERT INTO delivery (source_id, uid, format, how, peer, opened_at)
         SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[]) RETURNING id, uid`,
        this.#source,
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
    for (const row of await this.#all(
      `SELECT delivery_id, from_line, to_line FROM delivery_line WHERE delivery_id = ANY($1::bigint[])
       ORDER BY delivery_id, from_line`,
      deliveryIds,
    ))
      lines.get(row['delivery_id'] as number)?.push({ from: row['from_line'] as number, to: row['to_line'] as number })
    return lines
  }

  async saveDeliveryLines(deliveryId: number, remove: readonly Interval[], add: readonly Interval[]): Promise<void> {
    const kept = new Set(add.map((it) => it.from))
    const gone = remove.map((it) => it.from).filter((from) => !kept.has(from))
    if (gone.length > 0)
      await this.#run(
        'DELETE FROM delivery_line WHERE delivery_id = $1 AND from_line = ANY($2::bigint[])',
        deliveryId,
        gone,
      )
    if (add.length > 0)
      await this.#run(
        `INSERT INTO delivery_line (delivery_id, from_line, to_line)
         SELECT $1, * FROM unnest($2::bigint[], $3::bigint[])
         ON CONFLICT (delivery_id, from_line) DO UPDATE SET to_line = excluded.to_line`,
        deliveryId,
        add.map((it) => it.from),
        add.map((it) => it.to),
      )
  }

  async closeDelivery(uid: string, closedAt: number): Promise<void> {
    await this.#run('UPDATE delivery SET closed_at = $1 WHERE uid = $2 AND closed_at IS NULL', closedAt, uid)
  }

  async findRecords(
    identities: readonly RecordIdentity[],
  ): Promise<readonly ({ id: number; state: RecordState } | undefined)[]> {
    const found: ({ id: number; state: RecordState } | undefined)[] = identities.map(() => undefined)
    for (const row of await this.#byIdentity(identities, 'q.ord, r.id, r.state'))
      found[(row['ord'] as number) - 1] = {
        id: row['id'] as number,
        state: row['state'] === 0 ? 'stored' : 'quarantined',
      }
    return found
  }

  async #byIdentity(identities: readonly RecordIdentity[], columns: string): Promise<Row[]> {
    if (identities.length === 0) return []
    let from = Number.POSITIVE_INFINITY
    let to = 0
    for (const { contentAt } of identities) {
      if (contentAt < from) from = contentAt
      if (contentAt > to) to = contentAt
    }
    // The outer bounds let the planner leave out the months that cannot matter.
    return this.#all(
      `SELECT ${columns}
       FROM unnest($2::bigint[], $3::bytea[], $4::bigint[]) WITH ORDINALITY AS q (content_at, hash, k, ord)
       JOIN record r ON r.source_id = $1 AND r.content_at = q.content_at AND r.hash = q.hash AND r.k = q.k
       WHERE r.content_at BETWEEN $5 AND $6`,
      this.#source,
      identities.map((it) => it.contentAt),
      identities.map((it) => Buffer.from(it.hash.buffer, it.hash.byteOffset, it.hash.byteLength)),
      identities.map((it) => it.k),
      from,
      to,
    )
  }

  async appendRecords(rows: readonly StoredRecord[]): Promise<void> {
    await copyRows(this.#client, recordWriter, rows)
  }

  async appendDuplicates(rows: readonly DuplicateRow[]): Promise<void> {
    await copyRows(this.#client, duplicateWriter, rows)
  }

  async appendQuarantine(rows: readonly QuarantineRow[]): Promise<void> {
    await copyRows(this.#client, quarantineWriter, rows)
  }

  async removeQuarantine(recordIds: readonly number[]): Promise<void> {
    await this.#run('DELETE FROM quarantine WHERE record_id = ANY($1::bigint[])', recordIds)
  }

  async updateRecord(old: RecordIdentity, next: StoredRecord): Promise<void> {
    await this.removeRecord(old)
    await copyRows(this.#client, recordWriter, [next])
  }

  async removeRecord({ contentAt, hash, k }: RecordIdentity): Promise<void> {
    await this.#run(
      'DELETE FROM record WHERE source_id = $1 AND content_at = $2 AND hash = $3 AND k = $4',
      this.#source,
      contentAt,
      Buffer.from(hash),
      k,
    )
  }

  async recordsByIdentity(identities: readonly RecordIdentity[]): Promise<readonly StoredRecord[]> {
    const columns = recordColumns
      .split(', ')
      .map((it) => `r.${it}`)
      .join(', ')
    return (await this.#byIdentity(identities, columns)).map(recordOf)
  }

  async repointDuplicates(from: number, to: number): Promise<void> {
    await this.#run('UPDATE duplicate SET record_id = $1 WHERE record_id = $2', to, from)
  }

  async liveReceipts(records: readonly { id: number; startWall: number }[]): Promise<ReadonlyMap<number, number>> {
    const rows = await this.#all(
      `SELECT t.id, min(t.received_at) AS at FROM (
         SELECT r.id, r.received_at, r.delivery_id FROM unnest($2::bigint[], $3::bigint[]) AS q (id, content_at)
         JOIN record r ON r.source_id = $1 AND r.content_at = q.content_at AND r.id = q.id
         UNION ALL
         SELECT p.record_id, p.received_at, p.delivery_id FROM unnest($2::bigint[]) AS q (id)
         JOIN duplicate p ON p.record_id = q.id
       ) t JOIN delivery d ON d.id = t.delivery_id WHERE d.how IN (${liveHows}) GROUP BY t.id`,
      this.#source,
      records.map((it) => it.id),
      records.map((it) => it.startWall),
    )
    return new Map(rows.map((row) => [row['id'] as number, row['at'] as number]))
  }

  async callIdsByKeys(keys: readonly number[]): Promise<readonly number[]> {
    const rows = await this.#all(
      `SELECT DISTINCT s.call_id FROM unnest($2::bigint[]) AS q (key)
       JOIN join_key j ON j.source_id = $1 AND j.key = q.key JOIN segment s ON s.id = j.segment_id`,
      this.#source,
      keys,
    )
    return rows.map((row) => row['call_id'] as number)
  }

  async callIdsBySegments(segmentIds: readonly number[]): Promise<readonly number[]> {
    const rows = await this.#all('SELECT DISTINCT call_id FROM segment WHERE id = ANY($1::bigint[])', segmentIds)
    return rows.map((row) => row['call_id'] as number)
  }

  async callIdsStarted(from: number, to: number): Promise<readonly number[]> {
    const rows = await this.#all(
      'SELECT id FROM call WHERE started_at >= $1 AND started_at <= $2 AND source_id = $3',
      from,
      to,
      this.#source,
    )
    return rows.map((row) => row['id'] as number)
  }

  async segmentsOfCalls(callIds: readonly number[]): Promise<readonly SegmentRow[]> {
    const rows = await this.#all(`SELECT ${segmentColumns} FROM segment WHERE call_id = ANY($1::bigint[])`, callIds)
    return rows.map(segmentOf)
  }

  async calls(callIds: readonly number[]): Promise<readonly CallRow[]> {
    const rows = await this.#all(`SELECT ${callColumns} FROM call WHERE id = ANY($1::bigint[])`, callIds)
    return rows.map(callOf)
  }

  async removeSegments(ids: readonly number[], keys: readonly JoinKey[]): Promise<void> {
    await this.#run('DELETE FROM segment WHERE id = ANY($1::bigint[])', ids)
    await this.#run(
      `DELETE FROM join_key j USING unnest($2::bigint[], $3::bigint[]) AS q (key, segment_id)
       WHERE j.source_id = $1 AND j.key = q.key AND j.segment_id = q.segment_id`,
      this.#source,
      keys.map((it) => it.key),
      keys.map((it) => it.segmentId),
    )
  }

  async appendSegments(rows: readonly SegmentRow[], keys: readonly JoinKey[]): Promise<void> {
    await copyRows(this.#client, segmentWriter, rows)
    const sourceId = this.#source
    await copyRows(
      this.#client,
      joinKeyWriter,
      keys.map((it) => ({ sourceId, ...it })),
    )
  }

  async moveSegments(moves: readonly { segmentId: number; callId: number }[]): Promise<void> {
    await this.#run(
      `UPDATE segment s SET call_id = q.call_id FROM unnest($1::bigint[], $2::bigint[]) AS q (id, call_id)
       WHERE s.id = q.id`,
      moves.map((it) => it.segmentId),
      moves.map((it) => it.callId),
    )
  }

  async removeCalls(ids: readonly number[]): Promise<void> {
    await this.#run('DELETE FROM call WHERE id = ANY($1::bigint[])', ids)
    await this.#run('DELETE FROM call_party WHERE call_id = ANY($1::bigint[])', ids)
  }

  async appendCalls(rows: readonly CallRow[], parties: readonly PartyRow[]): Promise<void> {
    await copyRows(this.#client, callWriter, rows)
    await copyRows(this.#client, partyWriter, parties)
  }

  async addQuarters(deltas: readonly Contribution[]): Promise<void> {
    if (deltas.length === 0) return
    await this.#run(
      `INSERT INTO call_quarter AS c (source_id, quarter, direction, outcome, calls, talk, ring, wait, hold, park, machine)
       SELECT $1, * FROM unnest($2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[],
         $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[])
       ON CONFLICT (source_id, quarter, direction, outcome) DO UPDATE SET calls = c.calls + excluded.calls,
         talk = c.talk + excluded.talk, ring = c.ring + excluded.ring, wait = c.wait + excluded.wait,
         hold = c.hold + excluded.hold, park = c.park + excluded.park, machine = c.machine + excluded.machine`,
      this.#source,
      deltas.map((it) => it.quarter),
      deltas.map((it) => it.direction),
      deltas.map((it) => it.outcome),
      deltas.map((it) => it.calls),
      deltas.map((it) => it.talk),
      deltas.map((it) => it.ring),
      deltas.map((it) => it.wait),
      deltas.map((it) => it.hold),
      deltas.map((it) => it.park),
      deltas.map((it) => it.machine),
    )
    await this.#run(
      `DELETE FROM call_quarter WHERE source_id = $1 AND quarter = ANY($2::bigint[]) AND calls = 0 AND talk = 0
       AND ring = 0 AND wait = 0 AND hold = 0 AND park = 0 AND machine = 0`,
      this.#source,
      [...new Set(deltas.filter((it) => it.calls <= 0).map((it) => it.quarter))],
    )
  }

  async addMade(deltas: readonly MadeDelta[]): Promise<void> {
    if (deltas.length === 0) return
    await this.#run(
      `INSERT INTO call_made AS c (source_id, reading_id, rules, day, calls)
       SELECT $1, * FROM unnest($2::bigint[], $3::int[], $4::bigint[], $5::bigint[])
       ON CONFLICT (source_id, reading_id, rules, day) DO UPDATE SET calls = c.calls + excluded.calls`,
      this.#source,
      deltas.map((it) => it.readingId),
      deltas.map((it) => it.rules),
      deltas.map((it) => it.day),
      deltas.map((it) => it.calls),
    )
    if (deltas.some((it) => it.calls < 0))
      await this.#run(
        `DELETE FROM call_made WHERE source_id = $1 AND reading_id = ANY($2::bigint[]) AND calls = 0`,
        this.#source,
        [...new Set(deltas.map((it) => it.readingId))],
      )
  }

  async addLedger(deltas: readonly LedgerDelta[]): Promise<void> {
    if (deltas.length === 0) return
    await this.#run(
      `INSERT INTO ledger AS l (source_id, journal_id, hour, stored, duplicate, quarantined)
       SELECT $1, * FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
       ON CONFLICT (source_id, journal_id, hour) DO UPDATE SET stored = l.stored + excluded.stored,
         duplicate = l.duplicate + excluded.duplicate, quarantined = l.quarantined + excluded.quarantined`,
      this.#source,
      deltas.map((it) => it.journalId),
      deltas.map((it) => it.hour),
      deltas.map((it) => it.stored),
      deltas.map((it) => it.duplicate),
      deltas.map((it) => it.quarantined),
    )
  }

  async addDue(callIds: readonly number[]): Promise<void> {
    if (callIds.length === 0) return
    await this.#run(
      `INSERT INTO attribution_due (source_id, call_id) SELECT $1, * FROM unnest($2::bigint[]) ON CONFLICT DO NOTHING`,
      this.#source,
      callIds,
    )
  }

  async addReading(version: number, from: number | null, reading: Reading, now: number): Promise<ReadingVersion> {
    const [row] = await this.#all(
      `INSERT INTO reading (source_id, version, valid_from, body, made_at) VALUES ($1, $2, $3, $4, $5) RETURNING id`,
      this.#source,
      version,
      from,
      JSON.stringify(reading),
      now,
    )
    await this.#run('UPDATE source SET reading_version = $1 WHERE id = $2', version, this.#source)
    return { id: row?.['id'] as number, version, from, reading }
  }

  async renameSource(name: string): Promise<void> {
    await this.#run('UPDATE source SET name = $1 WHERE id = $2', name, this.#source)
  }

  /** The counter's row is the last lock taken, so the order of numbers is the order of commits (R19). */
  async addChange(recordIds: readonly number[], now: number): Promise<void> {
    await this.#run(
      `WITH next AS (UPDATE change_counter SET seq = seq + 1 RETURNING seq)
       INSERT INTO change (seq, at, source_id, records) SELECT seq, $1, $2, $3 FROM next`,
      now,
      this.#source,
      changeText(recordIds),
    )
  }
}
