import type { AttributedPart } from '../../../domain/attribution.ts'
import { numberKey } from '../../../domain/call.ts'
import type { Held, ShiftTimes } from '../../../domain/people-facts.ts'
import type { PersonQuarter } from '../../../domain/person-quarter.ts'
import { type DueRange, monthOf, type RangePlace, type Telephone } from '../../../pipeline/store.ts'
import {
  attributionColumns,
  attributionOf,
  attributionWriter,
  dueWriter,
  extensionRolesText,
  heldOf,
  rangeColumns,
  rangeOf,
  shiftTimesOf,
} from '../attribution-rows.ts'
import type { Row } from '../rows.ts'
import { SqlitePassage } from './passage.ts'

/** The verbs of attribution: what is due, what is known of people, what their parts in calls are. */
export class SqliteAttribution extends SqlitePassage {
  async addDue(callIds: readonly number[], fresh: readonly number[]): Promise<void> {
    const sourceId = this.source
    this.append(
      dueWriter,
      fresh.map((callId) => ({ callId, sourceId })),
    )
    for (const id of callIds)
      this.run('INSERT INTO attribution_due (call_id, source_id) VALUES (?, ?) ON CONFLICT DO NOTHING', id, sourceId)
  }

  async dueCalls(after: number, limit: number): Promise<readonly number[]> {
    return this.all(
      'SELECT call_id FROM attribution_due WHERE source_id = ? AND call_id > ? ORDER BY call_id LIMIT ?',
      this.source,
      after,
      limit,
    ).map((row) => row['call_id'] as number)
  }

  async removeDue(callIds: readonly number[]): Promise<void> {
    for (const id of callIds)
      this.run('DELETE FROM attribution_due WHERE source_id = ? AND call_id = ?', this.source, id)
  }

  async attributions(callIds: readonly number[]): Promise<readonly AttributedPart[]> {
    const find = this.statements.prepare(
      `SELECT ${attributionColumns} FROM attribution WHERE call_id = ? ORDER BY position`,
    )
    return callIds.flatMap((id) => (find.all(id) as Row[]).map(attributionOf))
  }

  async replaceAttributions(callIds: readonly number[], rows: readonly AttributedPart[]): Promise<void> {
    for (const id of callIds) this.run('DELETE FROM attribution WHERE call_id = ?', id)
    this.append(attributionWriter, rows)
  }

  async addPersonQuarters(deltas: readonly PersonQuarter[]): Promise<void> {
    for (const it of deltas) {
      const key = [it.employeeId, it.quarter, it.direction, it.state] as const
      const sums = [it.calls, it.handled, it.answered, it.offered, it.missed, it.talk, it.hold] as const
      this.run(
        `INSERT INTO person_quarter (employee_id, quarter, direction, state, calls, handled, answered, offered, missed, talk, hold)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET calls = calls + excluded.calls, handled = handled + excluded.handled,
           answered = answered + excluded.answered, offered = offered + excluded.offered,
           missed = missed + excluded.missed, talk = talk + excluded.talk, hold = hold + excluded.hold`,
        ...key,
        ...sums,
      )
      if (sums.some((sum) => sum < 0))
        this.run(
          `DELETE FROM person_quarter WHERE employee_id = ? AND quarter = ? AND direction = ? AND state = ? AND calls = 0
           AND handled = 0 AND answered = 0 AND offered = 0 AND missed = 0 AND talk = 0 AND hold = 0`,
          ...key,
        )
    }
  }

  async assignmentsOf(telephones: readonly Telephone[], from: number, to: number): Promise<readonly Held[]> {
    const find = this.statements.prepare(
      `SELECT employee_id, plan, extension, from_at, to_at FROM assignment
       WHERE plan = ?1 AND extension = ?2 AND confirmed = 1 AND from_at <= ?4 AND from_at >= coalesce((
         SELECT max(from_at) FROM assignment WHERE plan = ?1 AND extension = ?2 AND confirmed = 1 AND from_at <= ?3
       ), ?3)`,
    )
    return telephones.flatMap(({ plan, extension }) => (find.all(plan, extension, from, to) as Row[]).map(heldOf))
  }

  async presenceOf(employeeIds: readonly number[], from: number, to: number): Promise<readonly ShiftTimes[]> {
    const find = this.statements.prepare(
      `SELECT s.id, s.employee_id, s.started_at, s.ended_at, b.started_at AS break_started_at, b.ended_at AS break_ended_at
       FROM shift s LEFT JOIN shift_break b ON b.shift_id = s.id
       WHERE s.employee_id = ?1 AND s.started_at <= ?3 AND s.started_at >= coalesce((
         SELECT max(started_at) FROM shift WHERE employee_id = ?1 AND started_at <= ?2
       ), ?2)`,
    )
    return shiftTimesOf(employeeIds.flatMap((id) => find.all(id, from, to) as Row[]))
  }

  async groupsAmong(telephones: readonly Telephone[]): Promise<readonly Telephone[]> {
    const find = this.statements.prepare('SELECT 1 FROM directory WHERE plan = ? AND number = ? AND is_group = 1')
    return telephones.filter(({ plan, extension }) => find.get(plan, extension) !== undefined)
  }

  async dueRange(): Promise<DueRange | null> {
    const row = this.one(
      `SELECT ${rangeColumns} FROM attribution_due_range WHERE source_id = ? ORDER BY id LIMIT 1`,
      this.source,
    )
    return row ? rangeOf(row) : null
  }

  async moveDueRange(id: number, place: RangePlace | null): Promise<void> {
    if (place)
      this.run('UPDATE attribution_due_range SET month = ?, after_call = ? WHERE id = ?', place.month, place.callId, id)
    else this.run('DELETE FROM attribution_due_range WHERE id = ?', id)
  }

  async callMonths(): Promise<{ first: number; last: number } | null> {
    const first = this.one('SELECT min(started_at) AS at FROM call')?.['at'] as number | null
    const last = this.one('SELECT max(started_at) AS at FROM call')?.['at'] as number | null
    return first === null || last === null ? null : { first: monthOf(first), last: monthOf(last) }
  }

  async callIdsInRange(
    { plan, extension, from, to }: DueRange,
    { month, callId }: RangePlace,
    limit: number,
  ): Promise<readonly number[]> {
    return this.all(
      `SELECT p.call_id FROM call_party p JOIN call c ON c.id = p.call_id
       WHERE p.month = ? AND p.number_key = ? AND p.call_id > ? AND p.number = ? AND p.plan = ?
         AND p.role IN (${extensionRolesText}) AND p.started_at < ? AND c.source_id = ? AND c.ended_at >= ?
       ORDER BY p.call_id LIMIT ?`,
      month,
      numberKey(extension),
      callId,
      extension,
      plan,
      to ?? Number.MAX_SAFE_INTEGER,
      this.source,
      from,
      limit,
    ).map((row) => row['call_id'] as number)
  }
}
