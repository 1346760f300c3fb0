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
import { PostgresPassage } from './passage.ts'

/** The verbs of attribution: what is due, what is known of people, what their parts in calls are. */
export class PostgresAttribution extends PostgresPassage {
  async addDue(callIds: readonly number[], fresh: readonly number[]): Promise<void> {
    const sourceId = this.source
    await this.write(
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
    await this.write(attributionWriter, rows)
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
