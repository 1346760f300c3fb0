import type { StatementSync } from 'node:sqlite'
import { SmenaError } from '../../../domain/errors.ts'
import type { Interval } from '../../../domain/intervals.ts'
import type { Reading, ReadingVersion } from '../../../domain/reading.ts'
import type { Delivery } from '../../../domain/record.ts'
import type { LinesChange, LockedSource, PassedInterval } from '../../../pipeline/store.ts'
import { changeText, type Row, type TableWriter, type Value } from '../rows.ts'
import type { Statements } from './statements.ts'

/**
 * The verbs about who may write and what has been passed: the source's lock, positions, journals, deliveries, readings, changes.
 */
export class SqlitePassage {
  protected readonly statements: Statements
  protected readonly source: number

  constructor(statements: Statements, sourceId: number) {
    this.statements = statements
    this.source = sourceId
  }

  protected run(sql: string, ...values: Value[]): number {
    return Number(this.statements.prepare(sql).run(...values).changes)
  }

  protected one(sql: string, ...values: Value[]): Row | undefined {
    return this.statements.prepare(sql).get(...values) as Row | undefined
  }

  protected all(sql: string, ...values: Value[]): Row[] {
    return this.statements.prepare(sql).all(...values) as Row[]
  }

  protected append<R>(writer: TableWriter<R>, rows: readonly R[]): void {
    if (rows.length === 0) return
    const marks = writer.columns.map(() => '?').join(', ')
    const insert: StatementSync = this.statements.prepare(
      `INSERT INTO ${writer.table} (${writer.columns.join(', ')}) VALUES (${marks})`,
    )
    for (const row of rows) insert.run(...writer.values(row))
  }

  async lockSource(): Promise<LockedSource> {
    const row = this.one(
      `UPDATE source SET version = version + 1 WHERE id = ?
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

  /** BEGIN IMMEDIATE has locked all sources already. */
  async holdSource(): Promise<Pick<LockedSource, 'readingVersion'>> {
    const row = this.one('SELECT reading_version FROM source WHERE id = ?', this.source)
    if (!row) throw new SmenaError('source-unknown', { source: this.source, known: '–' })
    return { readingVersion: row['reading_version'] as number }
  }

  async saveSource(state: {
    lastRecord: number
    lastReceivedAt: number | null
    clockSamples: readonly number[]
  }): Promise<void> {
    this.run(
      'UPDATE source SET last_record = ?, last_received_at = ?, clock_samples = ? WHERE id = ?',
      state.lastRecord,
      state.lastReceivedAt,
      JSON.stringify(state.clockSamples),
      this.source,
    )
  }

  async ensureJournal(uid: string, kind: 'journal' | 'import'): Promise<number> {
    const found = this.one('SELECT id FROM journal WHERE uid = ? ORDER BY generation LIMIT 1', uid)
    if (found) return found['id'] as number
    return this.one('INSERT INTO journal (uid, kind) VALUES (?, ?) RETURNING id', uid, kind)?.['id'] as number
  }

  async generations(uid: string): Promise<readonly number[]> {
    const ids = this.all('SELECT id FROM journal WHERE uid = ? ORDER BY generation', uid).map(
      (it) => it['id'] as number,
    )
    return ids.length > 0 ? ids : [await this.ensureJournal(uid, 'journal')]
  }

  async addGeneration(uid: string): Promise<number> {
    const row = this.one(
      `INSERT INTO journal (uid, kind, generation) SELECT uid, kind, max(generation) + 1 FROM journal WHERE uid = ?
       GROUP BY uid, kind RETURNING id`,
      uid,
    )
    return row?.['id'] as number
  }

  async movePosition(journalId: number, expected: number, next: number): Promise<void> {
    const moved =
      expected === 0
        ? this.run(
            `INSERT INTO position (source_id, journal_id, part, next) VALUES (?, ?, 0, ?)
             ON CONFLICT (source_id, journal_id, part) DO UPDATE SET next = excluded.next WHERE next = 0`,
            this.source,
            journalId,
            next,
          )
        : this.run(
            'UPDATE position SET next = ? WHERE source_id = ? AND journal_id = ? AND part = 0 AND next = ?',
            next,
            this.source,
            journalId,
            expected,
          )
    if (moved !== 1) throw new SmenaError('position-moved', { expected })
  }

  async passed(journalId: number): Promise<readonly PassedInterval[]> {
    return this.all(
      `SELECT from_number, to_number, since FROM passed WHERE source_id = ? AND journal_id = ? ORDER BY from_number`,
      this.source,
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
        this.run(
          'DELETE FROM passed WHERE source_id = ? AND journal_id = ? AND from_number = ?',
          this.source,
          journalId,
          from,
        )
    for (const { from, to, since } of add)
      this.run(
        `INSERT INTO passed (source_id, journal_id, from_number, to_number, since) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET to_number = excluded.to_number`,
        this.source,
        journalId,
        from,
        to,
        since,
      )
  }

  async ensureDeliveries(deliveries: readonly Delivery[]): Promise<ReadonlyMap<string, number>> {
    const ids = new Map<string, number>()
    for (const { uid, format, how, peer, openedAt } of deliveries) {
      const found = this.one('SELECT id FROM delivery WHERE uid = ?', uid)
      const row =
        found ??
        this.one(
          `INSERT INTO delivery (uid, source_id, format, how, peer, opened_at) VALUES (?, ?, ?, ?, ?, ?) RETURNING id`,
          uid,
          this.source,
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
        this.all('SELECT from_line, to_line FROM delivery_line WHERE delivery_id = ? ORDER BY from_line', id).map(
          (row) => ({ from: row['from_line'] as number, to: row['to_line'] as number }),
        ),
      )
    return lines
  }

  async saveDeliveryLines(changes: readonly LinesChange[]): Promise<void> {
    for (const { deliveryId, remove, add } of changes) {
      const kept = new Set(add.map((it) => it.from))
      for (const { from } of remove)
        if (!kept.has(from))
          this.run('DELETE FROM delivery_line WHERE delivery_id = ? AND from_line = ?', deliveryId, from)
      for (const { from, to } of add)
        this.run(
          `INSERT INTO delivery_line (delivery_id, from_line, to_line) VALUES (?, ?, ?)
           ON CONFLICT DO UPDATE SET to_line = excluded.to_line`,
          deliveryId,
          from,
          to,
        )
    }
  }

  async closeDeliveries(closings: ReadonlyMap<string, number>): Promise<void> {
    for (const [uid, closedAt] of closings)
      this.run('UPDATE delivery SET closed_at = max(coalesce(closed_at, 0), ?) WHERE uid = ?', closedAt, uid)
  }

  async addReading(version: number, from: number | null, reading: Reading, now: number): Promise<ReadingVersion> {
    const row = this.one(
      `INSERT INTO reading (source_id, version, valid_from, body, made_at) VALUES (?, ?, ?, ?, ?) RETURNING id`,
      this.source,
      version,
      from,
      JSON.stringify(reading),
      now,
    )
    this.run('UPDATE source SET reading_version = ? WHERE id = ?', version, this.source)
    return { id: row?.['id'] as number, version, from, reading }
  }

  async renameSource(name: string): Promise<void> {
    this.run('UPDATE source SET name = ? WHERE id = ?', name, this.source)
  }

  async addChange(recordIds: readonly number[], now: number): Promise<void> {
    this.run(
      `INSERT INTO change (seq, at, source_id, records) SELECT seq + 1, ?, ?, ? FROM change_counter`,
      now,
      this.source,
      changeText(recordIds),
    )
    this.run('UPDATE change_counter SET seq = seq + 1')
  }
}
