import type { Contribution } from '../../../domain/call.ts'
import {
  type CallRow,
  type DuplicateRow,
  type JoinKey,
  type LedgerDelta,
  type MadeDelta,
  type PartyRow,
  type QuarantineRow,
  type RecordIdentity,
  type RecordState,
  type SegmentRow,
  type StoredRecord,
  type StoreTransaction,
} from '../../../pipeline/store.ts'
import {
  callColumns,
  callOf,
  callWriter,
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
import { PostgresAttribution } from './attribution.ts'

/** The verbs on PostgreSQL: rows in by COPY, keys as arrays, one statement a verb. */
export class PostgresTransaction extends PostgresAttribution implements StoreTransaction {
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
    // The outer bounds let the planner leave out the months that cannot matter; OFFSET 0 keeps it to one look-up a row.
    return this.all(
      `SELECT ${columns}
       FROM unnest($2::bigint[], $3::bytea[], $4::bigint[]) WITH ORDINALITY AS q (content_at, hash, k, ord)
       CROSS JOIN LATERAL (
         SELECT * FROM record
         WHERE source_id = $1 AND content_at = q.content_at AND content_at BETWEEN $5 AND $6 AND hash = q.hash AND k = q.k
         OFFSET 0
       ) r`,
      this.source,
      identities.map((it) => it.contentAt),
      identities.map((it) => Buffer.from(it.hash.buffer, it.hash.byteOffset, it.hash.byteLength)),
      identities.map((it) => it.k),
      from,
      to,
    )
  }

  async appendRecords(rows: readonly StoredRecord[]): Promise<void> {
    await this.write(recordWriter, rows)
  }

  async appendDuplicates(rows: readonly DuplicateRow[]): Promise<void> {
    await this.write(duplicateWriter, rows)
  }

  async appendQuarantine(rows: readonly QuarantineRow[]): Promise<void> {
    await this.write(quarantineWriter, rows)
  }

  async removeQuarantine(recordIds: readonly number[]): Promise<void> {
    await this.run('DELETE FROM quarantine WHERE record_id = ANY($1::bigint[])', recordIds)
  }

  async updateRecord(old: RecordIdentity, next: StoredRecord): Promise<void> {
    await this.removeRecord(old)
    await this.write(recordWriter, [next])
  }

  async removeRecord({ contentAt, hash, k }: RecordIdentity): Promise<void> {
    await this.run(
      'DELETE FROM record WHERE source_id = $1 AND content_at = $2 AND hash = $3 AND k = $4',
      this.source,
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
    await this.run('UPDATE duplicate SET record_id = $1 WHERE record_id = $2', to, from)
  }

  async liveReceipts(records: readonly { id: number; startWall: number }[]): Promise<ReadonlyMap<number, number>> {
    const rows = await this.all(
      `SELECT t.id, min(t.received_at) AS at FROM (
         SELECT r.id, r.received_at, r.delivery_id FROM unnest($2::bigint[], $3::bigint[]) AS q (id, content_at)
         CROSS JOIN LATERAL (
           SELECT * FROM record WHERE source_id = $1 AND content_at = q.content_at AND id = q.id OFFSET 0
         ) r
         UNION ALL
         SELECT record_id, received_at, delivery_id FROM duplicate WHERE record_id = ANY($2::bigint[])
       ) t JOIN delivery d ON d.id = t.delivery_id WHERE d.how IN (${liveHows}) GROUP BY t.id`,
      this.source,
      records.map((it) => it.id),
      records.map((it) => it.startWall),
    )
    return new Map(rows.map((row) => [row['id'] as number, row['at'] as number]))
  }

  async callIdsByKeys(keys: readonly number[]): Promise<readonly number[]> {
    const rows = await this.all(
      `SELECT DISTINCT s.call_id FROM unnest($2::bigint[]) AS q (key)
       CROSS JOIN LATERAL (SELECT segment_id FROM join_key WHERE source_id = $1 AND key = q.key OFFSET 0) j
       JOIN segment s ON s.id = j.segment_id`,
      this.source,
      keys,
    )
    return rows.map((row) => row['call_id'] as number)
  }

  async callIdsBySegments(segmentIds: readonly number[]): Promise<readonly number[]> {
    const rows = await this.all('SELECT DISTINCT call_id FROM segment WHERE id = ANY($1::bigint[])', segmentIds)
    return rows.map((row) => row['call_id'] as number)
  }

  async callIdsStarted(from: number, to: number): Promise<readonly number[]> {
    const rows = await this.all(
      'SELECT id FROM call WHERE started_at >= $1 AND started_at <= $2 AND source_id = $3',
      from,
      to,
      this.source,
    )
    return rows.map((row) => row['id'] as number)
  }

  async segmentsOfCalls(callIds: readonly number[]): Promise<readonly SegmentRow[]> {
    const rows = await this.all(`SELECT ${segmentColumns} FROM segment WHERE call_id = ANY($1::bigint[])`, callIds)
    return rows.map(segmentOf)
  }

  async calls(callIds: readonly number[]): Promise<readonly CallRow[]> {
    const rows = await this.all(`SELECT ${callColumns} FROM call WHERE id = ANY($1::bigint[])`, callIds)
    return rows.map(callOf)
  }

  async removeSegments(ids: readonly number[], keys: readonly JoinKey[]): Promise<void> {
    await this.run('DELETE FROM segment WHERE id = ANY($1::bigint[])', ids)
    await this.run(
      `DELETE FROM join_key j USING unnest($2::bigint[], $3::bigint[]) AS q (key, segment_id)
       WHERE j.source_id = $1 AND j.key = ANY($2::bigint[]) AND j.key = q.key AND j.segment_id = q.segment_id`,
      this.source,
      keys.map((it) => it.key),
      keys.map((it) => it.segmentId),
    )
  }

  async appendSegments(rows: readonly SegmentRow[], keys: readonly JoinKey[]): Promise<void> {
    await this.write(segmentWriter, rows)
    const sourceId = this.source
    await this.write(
      joinKeyWriter,
      keys.map((it) => ({ sourceId, ...it })),
    )
  }

  async moveSegments(moves: readonly { segmentId: number; callId: number }[]): Promise<void> {
    await this.run(
      `UPDATE segment s SET call_id = q.call_id FROM unnest($1::bigint[], $2::bigint[]) AS q (id, call_id)
       WHERE s.id = q.id AND s.id = ANY($1::bigint[])`,
      moves.map((it) => it.segmentId),
      moves.map((it) => it.callId),
    )
  }

  async removeCalls(ids: readonly number[]): Promise<void> {
    await this.run('DELETE FROM call WHERE id = ANY($1::bigint[])', ids)
    await this.run('DELETE FROM call_party WHERE call_id = ANY($1::bigint[])', ids)
  }

  async appendCalls(rows: readonly CallRow[], parties: readonly PartyRow[]): Promise<void> {
    await this.write(callWriter, rows)
    await this.write(partyWriter, parties)
  }

  async addQuarters(deltas: readonly Contribution[]): Promise<void> {
    if (deltas.length === 0) return
    await this.run(
      `INSERT INTO call_quarter AS c (source_id, quarter, direction, outcome, calls, talk, ring, wait, hold, park, machine)
       SELECT $1, * FROM unnest($2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[],
         $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[])
       ON CONFLICT (source_id, quarter, direction, outcome) DO UPDATE SET calls = c.calls + excluded.calls,
         talk = c.talk + excluded.talk, ring = c.ring + excluded.ring, wait = c.wait + excluded.wait,
         hold = c.hold + excluded.hold, park = c.park + excluded.park, machine = c.machine + excluded.machine`,
      this.source,
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
    await this.run(
      `DELETE FROM call_quarter WHERE source_id = $1 AND quarter = ANY($2::bigint[]) AND calls = 0 AND talk = 0
       AND ring = 0 AND wait = 0 AND hold = 0 AND park = 0 AND machine = 0`,
      this.source,
      [...new Set(deltas.filter((it) => it.calls <= 0).map((it) => it.quarter))],
    )
  }

  async addMade(deltas: readonly MadeDelta[]): Promise<void> {
    if (deltas.length === 0) return
    await this.run(
      `INSERT INTO call_made AS c (source_id, reading_id, rules, day, calls)
       SELECT $1, * FROM unnest($2::bigint[], $3::int[], $4::bigint[], $5::bigint[])
       ON CONFLICT (source_id, reading_id, rules, day) DO UPDATE SET calls = c.calls + excluded.calls`,
      this.source,
      deltas.map((it) => it.readingId),
      deltas.map((it) => it.rules),
      deltas.map((it) => it.day),
      deltas.map((it) => it.calls),
    )
    if (deltas.some((it) => it.calls < 0))
      await this.run(
        `DELETE FROM call_made WHERE source_id = $1 AND reading_id = ANY($2::bigint[]) AND calls = 0`,
        this.source,
        [...new Set(deltas.map((it) => it.readingId))],
      )
  }

  async addLedger(deltas: readonly LedgerDelta[]): Promise<void> {
    if (deltas.length === 0) return
    await this.run(
      `INSERT INTO ledger AS l (source_id, journal_id, hour, stored, duplicate, quarantined)
       SELECT $1, * FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
       ON CONFLICT (source_id, journal_id, hour) DO UPDATE SET stored = l.stored + excluded.stored,
         duplicate = l.duplicate + excluded.duplicate, quarantined = l.quarantined + excluded.quarantined`,
      this.source,
      deltas.map((it) => it.journalId),
      deltas.map((it) => it.hour),
      deltas.map((it) => it.stored),
      deltas.map((it) => it.duplicate),
      deltas.map((it) => it.quarantined),
    )
  }
}
