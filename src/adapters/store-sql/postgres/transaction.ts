import type { AttributedPart } from '../../../domain/attribution.ts'
import { type Contribution, numberKey } from '../../../domain/call.ts'
import type { Held, ShiftTimes } from '../../../domain/people-facts.ts'
import type { PersonQuarter } from '../../../domain/person-quarter.ts'
import {
  type CallRow,
  type DueRange,
  type DuplicateRow,
  type JoinKey,
  type LedgerDelta,
  type MadeDelta,
  monthOf,
  type PartyRow,
  type QuarantineRow,
  type RangePlace,
  type RecordIdentity,
  type RecordState,
  type SegmentRow,
  type StoredRecord,
  type StoreTransaction,
  type Telephone,
} from '../../../pipeline/store.ts'
import {
  attributionColumns,
  attributionOf,
  attributionWriter,
  callColumns,
  callOf,
  callWriter,
  dueWriter,
  duplicateWriter,
  extensionRolesText,
  heldOf,
  joinKeyWriter,
  liveHows,
  partyWriter,
  quarantineWriter,
  rangeColumns,
  rangeOf,
  recordColumns,
  recordOf,
  recordWriter,
  type Row,
  segmentColumns,
  segmentOf,
  segmentWriter,
  shiftTimesOf,
} from '../rows.ts'
import { writeRows } from './copy.ts'
import { PostgresPassage } from './passage.ts'

/** The verbs on PostgreSQL: rows in by COPY, keys as arrays, one statement a verb. */
export class PostgresTransaction extends PostgresPassage implements StoreTransaction {
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
    await writeRows(this.client, recordWriter, rows)
  }

  async appendDuplicates(rows: readonly DuplicateRow[]): Promise<void> {
    await writeRows(this.client, duplicateWriter, rows)
  }

  async appendQuarantine(rows: readonly QuarantineRow[]): Promise<void> {
    await writeRows(this.client, quarantineWriter, rows)
  }

  async removeQuarantine(recordIds: readonly number[]): Promise<void> {
    await this.run('DELETE FROM quarantine WHERE record_id = ANY($1::bigint[])', recordIds)
  }

  async updateRecord(old: RecordIdentity, next: StoredRecord): Promise<void> {
    await this.removeRecord(old)
    await writeRows(this.client, recordWriter, [next])
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
    await writeRows(this.client, segmentWriter, rows)
    const sourceId = this.source
    await writeRows(
      this.client,
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
    await writeRows(this.client, callWriter, rows)
    await writeRows(this.client, partyWriter, parties)
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

  async addDue(callIds: readonly number[], fresh: readonly number[]): Promise<void> {
    const sourceId = this.source
    await writeRows(
      this.client,
      dueWriter,
      fresh.map((callId) => ({ callId, sourceId })),
    )
    if (callIds.length > 0)
      await this.run(
        `INSERT INTO attribution_due (source_id, call_id) SELECT $1, * FROM unnest($2::bigint[]) ON CONFLICT DO NOTHING`,
        this.source,
        callIds,
      )
  }

  async dueCalls(after: number, limit: number): Promise<readonly number[]> {
    const rows = await this.all(
      'SELECT call_id FROM attribution_due WHERE source_id = $1 AND call_id > $2 ORDER BY call_id LIMIT $3',
      this.source,
      after,
      limit,
    )
    return rows.map((row) => row['call_id'] as number)
  }

  /** With the bounds a planner without statistics reads those rows of the queue only, not all of the source's. */
  async removeDue(callIds: readonly number[]): Promise<void> {
    await this.run(
      `DELETE FROM attribution_due WHERE source_id = $1 AND call_id BETWEEN $2 AND $3 AND call_id = ANY($4::bigint[])`,
      this.source,
      Math.min(...callIds),
      Math.max(...callIds),
      callIds,
    )
  }

  async attributions(callIds: readonly number[]): Promise<readonly AttributedPart[]> {
    const rows = await this.all(
      `SELECT ${attributionColumns} FROM attribution WHERE call_id = ANY($1::bigint[]) ORDER BY call_id, position`,
      callIds,
    )
    return rows.map(attributionOf)
  }

  async replaceAttributions(callIds: readonly number[], rows: readonly AttributedPart[]): Promise<void> {
    if (callIds.length > 0) await this.run('DELETE FROM attribution WHERE call_id = ANY($1::bigint[])', callIds)
    await writeRows(this.client, attributionWriter, rows)
  }

  /** The rows that may be deleted are those that the first statement has locked, so that two sources cannot wait for each other. */
  async addPersonQuarters(deltas: readonly PersonQuarter[]): Promise<void> {
    if (deltas.length === 0) return
    const key = (rows: readonly PersonQuarter[]) => [
      rows.map((it) => it.employeeId),
      rows.map((it) => it.quarter),
      rows.map((it) => it.direction),
      rows.map((it) => it.state),
    ]
    await this.run(
      `INSERT INTO person_quarter AS p (employee_id, quarter, direction, state, calls, handled, answered, offered, missed, talk, hold)
       SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[],
         $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[])
       ON CONFLICT (employee_id, quarter, direction, state) DO UPDATE SET calls = p.calls + excluded.calls,
         handled = p.handled + excluded.handled, answered = p.answered + excluded.answered,
         offered = p.offered + excluded.offered, missed = p.missed + excluded.missed, talk = p.talk + excluded.talk,
         hold = p.hold + excluded.hold`,
      ...key(deltas),
      deltas.map((it) => it.calls),
      deltas.map((it) => it.handled),
      deltas.map((it) => it.answered),
      deltas.map((it) => it.offered),
      deltas.map((it) => it.missed),
      deltas.map((it) => it.talk),
      deltas.map((it) => it.hold),
    )
    const less = deltas.filter((it) => it.calls < 0 || it.talk < 0 || it.hold < 0)
    if (less.length > 0)
      await this.run(
        `DELETE FROM person_quarter p USING unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[])
           AS q (employee_id, quarter, direction, state)
         WHERE p.employee_id = q.employee_id AND p.quarter = q.quarter AND p.direction = q.direction
           AND p.state = q.state AND p.calls = 0 AND p.handled = 0 AND p.answered = 0 AND p.offered = 0 AND p.missed = 0
           AND p.talk = 0 AND p.hold = 0`,
        ...key(less),
      )
  }

  async assignmentsOf(telephones: readonly Telephone[], from: number, to: number): Promise<readonly Held[]> {
    const rows = await this.all(
      `SELECT a.* FROM unnest($1::text[], $2::text[]) AS q (plan, extension)
       CROSS JOIN LATERAL (
         SELECT employee_id, plan, extension, from_at, to_at FROM assignment
         WHERE plan = q.plan AND extension = q.extension AND confirmed = 1 AND from_at <= $4 AND from_at >= coalesce((
           SELECT max(from_at) FROM assignment
           WHERE plan = q.plan AND extension = q.extension AND confirmed = 1 AND from_at <= $3
         ), $3)
         OFFSET 0
       ) a`,
      telephones.map((it) => it.plan),
      telephones.map((it) => it.extension),
      from,
      to,
    )
    return rows.map(heldOf)
  }

  async presenceOf(employeeIds: readonly number[], from: number, to: number): Promise<readonly ShiftTimes[]> {
    const rows = await this.all(
      `SELECT s.*, b.started_at AS break_started_at, b.ended_at AS break_ended_at FROM unnest($1::bigint[]) AS q (employee_id)
       CROSS JOIN LATERAL (
         SELECT id, employee_id, started_at, ended_at FROM shift
         WHERE employee_id = q.employee_id AND started_at <= $3 AND started_at >= coalesce((
           SELECT max(started_at) FROM shift WHERE employee_id = q.employee_id AND started_at <= $2
         ), $2)
         OFFSET 0
       ) s LEFT JOIN shift_break b ON b.shift_id = s.id`,
      employeeIds,
      from,
      to,
    )
    return shiftTimesOf(rows)
  }

  async groupsAmong(telephones: readonly Telephone[]): Promise<readonly Telephone[]> {
    const rows = await this.all(
      `SELECT d.plan, d.number AS extension FROM unnest($1::text[], $2::text[]) AS q (plan, number)
       JOIN directory d ON d.plan = q.plan AND d.number = q.number WHERE d.is_group = 1`,
      telephones.map((it) => it.plan),
      telephones.map((it) => it.extension),
    )
    return rows.map((row) => ({ plan: row['plan'] as string, extension: row['extension'] as string }))
  }

  async dueRange(): Promise<DueRange | null> {
    const [row] = await this.all(
      `SELECT ${rangeColumns} FROM attribution_due_range WHERE source_id = $1 ORDER BY id LIMIT 1`,
      this.source,
    )
    return row ? rangeOf(row) : null
  }

  async moveDueRange(id: number, place: RangePlace | null): Promise<void> {
    if (place)
      await this.run(
        'UPDATE attribution_due_range SET month = $1, after_call = $2 WHERE id = $3',
        place.month,
        place.callId,
        id,
      )
    else await this.run('DELETE FROM attribution_due_range WHERE id = $1', id)
  }

  async callMonths(): Promise<{ first: number; last: number } | null> {
    const [row] = await this.all('SELECT min(started_at) AS first, max(started_at) AS last FROM call')
    const [first, last] = [row?.['first'] as number | null, row?.['last'] as number | null]
    return first === null || last === null ? null : { first: monthOf(first), last: monthOf(last) }
  }

  async callIdsInRange(
    { plan, extension, from, to }: DueRange,
    { month, callId }: RangePlace,
    limit: number,
  ): Promise<readonly number[]> {
    const rows = await this.all(
      `SELECT p.call_id FROM call_party p JOIN call c ON c.id = p.call_id
       WHERE p.month = $1 AND p.number_key = $2 AND p.call_id > $3 AND p.number = $4 AND p.plan = $5
         AND p.role IN (${extensionRolesText}) AND p.started_at < $6 AND c.source_id = $7 AND c.ended_at >= $8
       ORDER BY p.call_id LIMIT $9`,
      month,
      numberKey(extension),
      callId,
      extension,
      plan,
      to ?? Number.MAX_SAFE_INTEGER,
      this.source,
      from,
      limit,
    )
    return rows.map((row) => row['call_id'] as number)
  }
}
