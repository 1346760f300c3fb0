import type { StatementSync } from 'node:sqlite'
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
  type TableWriter,
  type Value,
} from '../rows.ts'
import type { Statements } from './statements.ts'

/** The verbs on SQLite: prepared statements, one row a run. Everything is synchronous underneath. */
export class SqliteTransaction implements StoreTransaction {
  readonly #statements: Statements
  readonly #source: number

  constructor(statements: Statements, sourceId: number) {
    this.#statements = statements
    this.#source = sourceId
  }

  #run(sql: string, ...values: Value[]): number {
    return Number(this.#statements.prepare(sql).run(...values).changes)
  }

  #one(sql: string, ...values: Value[]): Row | undefined {
    return this.#statements.prepare(sql).get(...values) as Row | undefined
  }

  #all(sql: string, ...values: Value[]): Row[] {
    return this.#statements.prepare(sql).all(...values) as Row[]
  }

  #append<R>(writer: TableWriter<R>, rows: readonly R[]): void {
    if (rows.length === 0) return
    const marks = writer.columns.map(() => '?').join(', ')
    const insert: StatementSync = this.#statements.prepare(
      `INSERT INTO ${writer.table} (${writer.columns.join(', ')}) VALUES (${marks})`,
    )
    for (const row of rows) insert.run(...writer.values(row))
  }

  async lockSource(): Promise<LockedSource> {
    const row = this.#one(
      `UPDATE source SET version = version + 1 WHERE id = ?
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
    this.#run(
      'UPDATE source SET last_record = ?, last_received_at = ?, clock_samples = ? WHERE id = ?',
      state.lastRecord,
      state.lastReceivedAt,
      JSON.stringify(state.clockSamples),
      this.#source,
    )
  }

  async ensureJournal(uid: string, kind: 'journal' | 'import'): Promise<number> {
    const found = this.#one('SELECT id FROM journal WHERE uid = ? ORDER BY generation DESC LIMIT 1', uid)
    if (found) return found['id'] as number
    return this.#one('INSERT INTO journal (uid, kind) VALUES (?, ?) RETURNING id', uid, kind)?.['id'] as number
  }

  async movePosition(journalId: number, expected: number, next: number): Promise<void> {
    const moved =
      expected === 0
        ? this.#run(
            `INSERT INTO position (source_id, journal_id, part, next) VALUES (?, ?, 0, ?)
             ON CONFLICT (source_id, journal_id, part) DO UPDATE SET next = excluded.next WHERE next = 0`,
            this.#source,
            journalId,
            next,
          )
        : this.#run(
            'UPDATE position SET next = ? WHERE source_id = ? AND journal_id = ? AND part = 0 AND next = ?',
            next,
            this.#source,
            journalId,
            expected,
          )
    if (moved !== 1) throw new SmenaError('position-moved', { expected })
  }

  async passed(journalId: number): Promise<readonly PassedInterval[]> {
    return this.#all(
      `SELECT from_number, to_number, since FROM passed WHERE source_id = ? AND journal_id = ? ORDER BY from_number`,
      this.#source,
      journalId,
    ).map((row) => ({
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
    for (const { from } of remove)
      if (!kept.has(from))
        this.#run(
          'DELETE FROM passed WHERE source_id = ? AND journal_id = ? AND from_number = ?',
          this.#source,
          journalId,
          from,
        )
    for (const { from, to, since } of add)
      this.#run(
        `INSERT INTO passed (source_id, journal_id, from_number, to_number, since) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET to_number = excluded.to_number`,
        this.#source,
        journalId,
        from,
        to,
        since,
      )
  }

  async ensureDeliveries(deliveries: readonly Delivery[]): Promise<ReadonlyMap<string, number>> {
    const ids = new Map<string, number>()
    for (const { uid, format, how, peer, openedAt } of deliveries) {
      const found = this.#one('SELECT id FROM delivery WHERE uid = ?', uid)
      const row =
        found ??
        this.#one(
          `INSERT INTO delivery (uid, source_id, format, how, peer, opened_at) VALUES (?, ?, ?, ?, ?, ?) RETURNING id`,
          uid,
          this.#source,
          format,
          how,
          peer,
          openedAt,
        )
      ids.set(uid, row?.['id'] as number)
    }
    return ids
  }

  async deliveryLines(deliveryIds: readonly number[]): Promise<ReadonlyMap<number, readonly Interval[]>> {
    const lines = new Map<number, Interval[]>()
    for (const id of deliveryIds)
      lines.set(
        id,
        this.#all('SELECT from_line, to_line FROM delivery_line WHERE delivery_id = ? ORDER BY from_line', id).map(
          (row) => ({ from: row['from_line'] as number, to: row['to_line'] as number }),
        ),
      )
    return lines
  }

  async saveDeliveryLines(deliveryId: number, remove: readonly Interval[], add: readonly Interval[]): Promise<void> {
    const kept = new Set(add.map((it) => it.from))
    for (const { from } of remove)
      if (!kept.has(from))
        this.#run('DELETE FROM delivery_line WHERE delivery_id = ? AND from_line = ?', deliveryId, from)
    for (const { from, to } of add)
      this.#run(
        `INSERT INTO delivery_line (delivery_id, from_line, to_line) VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET to_line = excluded.to_line`,
        deliveryId,
        from,
        to,
      )
  }

  async closeDelivery(uid: string, closedAt: number): Promise<void> {
    this.#run('UPDATE delivery SET closed_at = ? WHERE uid = ? AND closed_at IS NULL', closedAt, uid)
  }

  async findRecords(
    identities: readonly RecordIdentity[],
  ): Promise<readonly ({ id: number; state: RecordState } | undefined)[]> {
    const find = this.#statements.prepare(
      'SELECT id, state FROM record WHERE source_id = ? AND content_at = ? AND hash = ? AND k = ?',
    )
    return identities.map(({ contentAt, hash, k }) => {
      const row = find.get(this.#source, contentAt, hash, k)
      return row && { id: row['id'] as number, state: row['state'] === 0 ? 'stored' : 'quarantined' }
    })
  }

  async appendRecords(rows: readonly StoredRecord[]): Promise<void> {
    this.#append(recordWriter, rows)
  }

  async appendDuplicates(rows: readonly DuplicateRow[]): Promise<void> {
    this.#append(duplicateWriter, rows)
  }

  async appendQuarantine(rows: readonly QuarantineRow[]): Promise<void> {
    this.#append(quarantineWriter, rows)
  }

  async removeQuarantine(recordIds: readonly number[]): Promise<void> {
    for (const id of recordIds) this.#run('DELETE FROM quarantine WHERE record_id = ?', id)
  }

  async updateRecord(old: RecordIdentity, next: StoredRecord): Promise<void> {
    await this.removeRecord(old)
    this.#append(recordWriter, [next])
  }

  async removeRecord({ contentAt, hash, k }: RecordIdentity): Promise<void> {
    this.#run(
      'DELETE FROM record WHERE source_id = ? AND content_at = ? AND hash = ? AND k = ?',
      this.#source,
      contentAt,
      hash,
      k,
    )
  }

  async recordsByIdentity(identities: readonly RecordIdentity[]): Promise<readonly StoredRecord[]> {
    return identities.flatMap(({ contentAt, hash, k }) =>
      this.#all(
        `SELECT ${recordColumns} FROM record WHERE source_id = ? AND content_at = ? AND hash = ? AND k = ?`,
        this.#source,
        contentAt,
        hash,
        k,
      ).map(recordOf),
    )
  }

  async repointDuplicates(from: number, to: number): Promise<void> {
    this.#run('UPDATE OR IGNORE duplicate SET record_id = ? WHERE record_id = ?', to, from)
  }

  async liveReceipts(records: readonly { id: number; startWall: number }[]): Promise<ReadonlyMap<number, number>> {
    const receipts = new Map<number, number>()
    for (const { id, startWall } of records) {
      const row = this.#one(
        `SELECT min(t.received_at) AS at FROM (
           SELECT received_at, delivery_id FROM record WHERE source_id = ? AND content_at = ? AND id = ?
           UNION ALL SELECT received_at, delivery_id FROM duplicate WHERE record_id = ?
         ) t JOIN delivery d ON d.id = t.delivery_id WHERE d.how IN (${liveHows})`,
        this.#source,
        startWall,
        id,
        id,
      )
      if (typeof row?.['at'] === 'number') receipts.set(id, row['at'])
    }
    return receipts
  }

  async callIdsByKeys(keys: readonly number[]): Promise<readonly number[]> {
    const find = this.#statements.prepare(
      'SELECT s.call_id FROM join_key j JOIN segment s ON s.id = j.segment_id WHERE j.source_id = ? AND j.key = ?',
    )
    const ids = new Set<number>()
    for (const key of keys) for (const row of find.all(this.#source, key)) ids.add(row['call_id'] as number)
    return [...ids]
  }

  async callIdsBySegments(segmentIds: readonly number[]): Promise<readonly number[]> {
    const find = this.#statements.prepare('SELECT call_id FROM segment WHERE id = ?')
    const ids = new Set<number>()
    for (const id of segmentIds) {
      const row = find.get(id)
      if (row) ids.add(row['call_id'] as number)
    }
    return [...ids]
  }

  async callIdsStarted(from: number, to: number): Promise<readonly number[]> {
    return this.#all(
      'SELECT id FROM call WHERE started_at >= ? AND started_at <= ? AND source_id = ?',
      from,
      to,
      this.#source,
    ).map((row) => row['id'] as number)
  }

  async segmentsOfCalls(callIds: readonly number[]): Promise<readonly SegmentRow[]> {
    const find = this.#statements.prepare(`SELECT ${segmentColumns} FROM segment WHERE call_id = ?`)
    return callIds.flatMap((id) => (find.all(id) as Row[]).map(segmentOf))
  }

  async calls(callIds: readonly number[]): Promise<readonly CallRow[]> {
    const find = this.#statements.prepare(`SELECT ${callColumns} FROM call WHERE id = ?`)
    return callIds.flatMap((id) => (find.all(id) as Row[]).map(callOf))
  }

  async removeSegments(ids: readonly number[], keys: readonly JoinKey[]): Promise<void> {
    for (const id of ids) this.#run('DELETE FROM segment WHERE id = ?', id)
    for (const { segmentId, key } of keys)
      this.#run('DELETE FROM join_key WHERE source_id = ? AND key = ? AND segment_id = ?', this.#source, key, segmentId)
  }

  async appendSegments(rows: readonly SegmentRow[], keys: readonly JoinKey[]): Promise<void> {
    this.#append(segmentWriter, rows)
    const sourceId = this.#source
    this.#append(
      joinKeyWriter,
      keys.map((it) => ({ sourceId, ...it })),
    )
  }

  async moveSegments(moves: readonly { segmentId: number; callId: number }[]): Promise<void> {
    for (const { segmentId, callId } of moves)
      this.#run('UPDATE segment SET call_id = ? WHERE id = ?', callId, segmentId)
  }

  async removeCalls(ids: readonly number[]): Promise<void> {
    for (const id of ids) {
      this.#run('DELETE FROM call WHERE id = ?', id)
      this.#run('DELETE FROM call_party WHERE call_id = ?', id)
    }
  }

  async appendCalls(rows: readonly CallRow[], parties: readonly PartyRow[]): Promise<void> {
    this.#append(callWriter, rows)
    this.#append(partyWriter, parties)
  }

  async addQuarters(deltas: readonly Contribution[]): Promise<void> {
    for (const it of deltas) {
      const key = [this.#source, it.quarter, it.direction, it.outcome] as const
      this.#run(
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
        this.#run(
          `DELETE FROM call_quarter WHERE source_id = ? AND quarter = ? AND direction = ? AND outcome = ?
           AND calls = 0 AND talk = 0 AND ring = 0 AND wait = 0 AND hold = 0 AND park = 0 AND machine = 0`,
          ...key,
        )
    }
  }

  async addMade(deltas: readonly MadeDelta[]): Promise<void> {
    for (const { readingId, rules, day, calls } of deltas) {
      this.#run(
        `INSERT INTO call_made (source_id, reading_id, rules, day, calls) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET calls = calls + excluded.calls`,
        this.#source,
        readingId,
        rules,
        day,
        calls,
      )
      if (calls < 0)
        this.#run(
          'DELETE FROM call_made WHERE source_id = ? AND reading_id = ? AND rules = ? AND day = ? AND calls = 0',
          this.#source,
          readingId,
          rules,
          day,
        )
    }
  }

  async addLedger(deltas: readonly LedgerDelta[]): Promise<void> {
    for (const it of deltas)
      this.#run(
        `INSERT INTO ledger (source_id, journal_id, hour, stored, duplicate, quarantined) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET stored = stored + excluded.stored, duplicate = duplicate + excluded.duplicate,
           quarantined = quarantined + excluded.quarantined`,
        this.#source,
        it.journalId,
        it.hour,
        it.stored,
        it.duplicate,
        it.quarantined,
      )
  }

  async addDue(callIds: readonly number[]): Promise<void> {
    for (const id of callIds)
      this.#run(
        'INSERT INTO attribution_due (call_id, source_id) VALUES (?, ?) ON CONFLICT DO NOTHING',
        id,
        this.#source,
      )
  }

  async addReading(version: number, from: number | null, reading: Reading, now: number): Promise<ReadingVersion> {
    const row = this.#one(
      `INSERT INTO reading (source_id, version, valid_from, body, made_at) VALUES (?, ?, ?, ?, ?) RETURNING id`,
      this.#source,
      version,
      from,
      JSON.stringify(reading),
      now,
    )
    this.#run('UPDATE source SET reading_version = ? WHERE id = ?', version, this.#source)
    return { id: row?.['id'] as number, version, from, reading }
  }

  async renameSource(name: string): Promise<void> {
    this.#run('UPDATE source SET name = ? WHERE id = ?', name, this.#source)
  }

  async addChange(recordIds: readonly number[], now: number): Promise<void> {
    this.#run(
      `INSERT INTO change (seq, at, source_id, records) SELECT seq + 1, ?, ?, ? FROM change_counter`,
      now,
      this.#source,
      changeText(recordIds),
    )
    this.#run('UPDATE change_counter SET seq = seq + 1')
  }
}
