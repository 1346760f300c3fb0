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
import { SqliteAttribution } from './attribution.ts'

/** The verbs on SQLite: prepared statements, one row a run. Everything is synchronous underneath. */
export class SqliteTransaction extends SqliteAttribution implements StoreTransaction {
  async findRecords(
    identities: readonly RecordIdentity[],
  ): Promise<readonly ({ id: number; state: RecordState } | undefined)[]> {
    const find = this.statements.prepare(
      'SELECT id, state FROM record WHERE source_id = ? AND content_at = ? AND hash = ? AND k = ?',
    )
    return identities.map(({ contentAt, hash, k }) => {
      const row = find.get(this.source, contentAt, hash, k)
      return row && { id: row['id'] as number, state: row['state'] === 0 ? 'stored' : 'quarantined' }
    })
  }

  async appendRecords(rows: readonly StoredRecord[]): Promise<void> {
    this.append(recordWriter, rows)
  }

  async appendDuplicates(rows: readonly DuplicateRow[]): Promise<void> {
    this.append(duplicateWriter, rows)
  }

  async appendQuarantine(rows: readonly QuarantineRow[]): Promise<void> {
    this.append(quarantineWriter, rows)
  }

  async removeQuarantine(recordIds: readonly number[]): Promise<void> {
    for (const id of recordIds) this.run('DELETE FROM quarantine WHERE record_id = ?', id)
  }

  async updateRecord(old: RecordIdentity, next: StoredRecord): Promise<void> {
    await this.removeRecord(old)
    this.append(recordWriter, [next])
  }

  async removeRecord({ contentAt, hash, k }: RecordIdentity): Promise<void> {
    this.run(
      'DELETE FROM record WHERE source_id = ? AND content_at = ? AND hash = ? AND k = ?',
      this.source,
      contentAt,
      hash,
      k,
    )
  }

  async recordsByIdentity(identities: readonly RecordIdentity[]): Promise<readonly StoredRecord[]> {
    return identities.flatMap(({ contentAt, hash, k }) =>
      this.all(
        `SELECT ${recordColumns} FROM record WHERE source_id = ? AND content_at = ? AND hash = ? AND k = ?`,
        this.source,
        contentAt,
        hash,
        k,
      ).map(recordOf),
    )
  }

  async repointDuplicates(from: number, to: number): Promise<void> {
    this.run('UPDATE OR IGNORE duplicate SET record_id = ? WHERE record_id = ?', to, from)
  }

  async liveReceipts(records: readonly { id: number; startWall: number }[]): Promise<ReadonlyMap<number, number>> {
    const receipts = new Map<number, number>()
    for (const { id, startWall } of records) {
      const row = this.one(
        `SELECT min(t.received_at) AS at FROM (
           SELECT received_at, delivery_id FROM record WHERE source_id = ? AND content_at = ? AND id = ?
           UNION ALL SELECT received_at, delivery_id FROM duplicate WHERE record_id = ?
         ) t JOIN delivery d ON d.id = t.delivery_id WHERE d.how IN (${liveHows})`,
        this.source,
        startWall,
        id,
        id,
      )
      if (typeof row?.['at'] === 'number') receipts.set(id, row['at'])
    }
    return receipts
  }

  async callIdsByKeys(keys: readonly number[]): Promise<readonly number[]> {
    const find = this.statements.prepare(
      'SELECT s.call_id FROM join_key j JOIN segment s ON s.id = j.segment_id WHERE j.source_id = ? AND j.key = ?',
    )
    const ids = new Set<number>()
    for (const key of keys) for (const row of find.all(this.source, key)) ids.add(row['call_id'] as number)
    return [...ids]
  }

  async callIdsBySegments(segmentIds: readonly number[]): Promise<readonly number[]> {
    const find = this.statements.prepare('SELECT call_id FROM segment WHERE id = ?')
    const ids = new Set<number>()
    for (const id of segmentIds) {
      const row = find.get(id)
      if (row) ids.add(row['call_id'] as number)
    }
    return [...ids]
  }

  async callIdsStarted(from: number, to: number): Promise<readonly number[]> {
    return this.all(
      'SELECT id FROM call WHERE started_at >= ? AND started_at <= ? AND source_id = ?',
      from,
      to,
      this.source,
    ).map((row) => row['id'] as number)
  }

  async segmentsOfCalls(callIds: readonly number[]): Promise<readonly SegmentRow[]> {
    const find = this.statements.prepare(`SELECT ${segmentColumns} FROM segment WHERE call_id = ?`)
    return callIds.flatMap((id) => (find.all(id) as Row[]).map(segmentOf))
  }

  async calls(callIds: readonly number[]): Promise<readonly CallRow[]> {
    const find = this.statements.prepare(`SELECT ${callColumns} FROM call WHERE id = ?`)
    return callIds.flatMap((id) => (find.all(id) as Row[]).map(callOf))
  }

  async removeSegments(ids: readonly number[], keys: readonly JoinKey[]): Promise<void> {
    for (const id of ids) this.run('DELETE FROM segment WHERE id = ?', id)
    for (const { segmentId, key } of keys)
      this.run('DELETE FROM join_key WHERE source_id = ? AND key = ? AND segment_id = ?', this.source, key, segmentId)
  }

  async appendSegments(rows: readonly SegmentRow[], keys: readonly JoinKey[]): Promise<void> {
    this.append(segmentWriter, rows)
    const sourceId = this.source
    this.append(
      joinKeyWriter,
      keys.map((it) => ({ sourceId, ...it })),
    )
  }

  async moveSegments(moves: readonly { segmentId: number; callId: number }[]): Promise<void> {
    for (const { segmentId, callId } of moves)
      this.run('UPDATE segment SET call_id = ? WHERE id = ?', callId, segmentId)
  }

  async removeCalls(ids: readonly number[]): Promise<void> {
    for (const id of ids) {
      this.run('DELETE FROM call WHERE id = ?', id)
      this.run('DELETE FROM call_party WHERE call_id = ?', id)
    }
  }

  async appendCalls(rows: readonly CallRow[], parties: readonly PartyRow[]): Promise<void> {
    this.append(callWriter, rows)
    this.append(partyWriter, parties)
  }

  async addQuarters(deltas: readonly Contribution[]): Promise<void> {
    for (const it of deltas) {
      const key = [this.source, it.quarter, it.direction, it.outcome] as const
      this.run(
        `INSERT INTO call_quarter (source_id, quarter, direction, outcome, calls, talk, ring, wait, hold, park, machine)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET calls = calls + excluded.calls, talk = talk + excluded.talk,
           ring = ring + excluded.ring, wait = wait + excluded.wait, hold = hold + excluded.hold,
           park = park + excluded.park, machine = machine + excluded.machine`,
        ...key,
        it.calls,
        it.talk,
        it.ring,
        it.wait,
        it.hold,
        it.park,
        it.machine,
      )
      if (it.calls < 0 || it.talk < 0 || it.ring < 0 || it.wait < 0)
        this.run(
          `DELETE FROM call_quarter WHERE source_id = ? AND quarter = ? AND direction = ? AND outcome = ?
           AND calls = 0 AND talk = 0 AND ring = 0 AND wait = 0 AND hold = 0 AND park = 0 AND machine = 0`,
          ...key,
        )
    }
  }

  async addMade(deltas: readonly MadeDelta[]): Promise<void> {
    for (const { readingId, rules, day, calls } of deltas) {
      this.run(
        `INSERT INTO call_made (source_id, reading_id, rules, day, calls) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET calls = calls + excluded.calls`,
        this.source,
        readingId,
        rules,
        day,
        calls,
      )
      if (calls < 0)
        this.run(
          'DELETE FROM call_made WHERE source_id = ? AND reading_id = ? AND rules = ? AND day = ? AND calls = 0',
          this.source,
          readingId,
          rules,
          day,
        )
    }
  }

  async addLedger(deltas: readonly LedgerDelta[]): Promise<void> {
    for (const it of deltas)
      this.run(
        `INSERT INTO ledger (source_id, journal_id, hour, stored, duplicate, quarantined) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET stored = stored + excluded.stored, duplicate = duplicate + excluded.duplicate,
           quarantined = quarantined + excluded.quarantined`,
        this.source,
        it.journalId,
        it.hour,
        it.stored,
        it.duplicate,
        it.quarantined,
      )
  }
}
