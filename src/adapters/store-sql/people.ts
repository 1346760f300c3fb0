import type {
  AuditRow,
  CallOfRecord,
  ClientKey,
  Correction,
  JudgedPart,
  PeopleTransaction,
  Period,
  PeriodVersion,
  RecordExclusion,
  SavedReport,
  TelephoneTime,
} from '../../pipeline/people-store.ts'
import { quarterMs } from '../../domain/person-quarter.ts'
import type { CallQuarter } from '../../domain/worktime/period.ts'
import type { MissedDone } from '../../domain/metrics/missed-done.ts'
import { SqlLegacy } from './legacy.ts'
import { missedAt } from './people-missed.ts'
import {
  callPartOf,
  correctionOf,
  flag,
  missedDoneColumns,
  missedDoneOf,
  periodOf,
  periodVersionOf,
} from './people-rows.ts'
import { PeopleTime } from './people-time.ts'

const callMsAtMost = 31 * 86_400_000

/** The verbs of people and their time over Kysely, the same for both engines: on a connection that has begun a transaction. */
export class SqlPeople extends PeopleTime implements PeopleTransaction {
  readonly legacy = new SqlLegacy(this.db)

  async attributedTo(employeeId: number, from: number, to: number): Promise<readonly JudgedPart[]> {
    return this.#judged(from, to).where('employee_id', '=', employeeId).execute()
  }

  async attributedOn({ plan, extension, from, to }: TelephoneTime): Promise<readonly JudgedPart[]> {
    return this.#judged(from, to).where('extension', '=', extension).where('plan', '=', plan).execute()
  }

  /** A part is judged by an instant of its call, which begins before it and is not longer than this. */
  #judged(from: number, to: number | null) {
    let query = this.db
      .selectFrom('attribution')
      .select(['call_id as callId', 'at', 'employee_id as employeeId'])
      .where('counted', '=', 1)
      .where('started_at', '>=', from - callMsAtMost)
      .where('at', '>=', from)
    if (to !== null) query = query.where('started_at', '<', to).where('at', '<', to)
    return query
  }

  async callQuarters(from: number, to: number): Promise<readonly CallQuarter[]> {
    return this.db
      .selectFrom('person_quarter')
      .select(['employee_id as employeeId', 'quarter', 'calls', 'talk'])
      .where('quarter', '>=', Math.ceil(from / quarterMs))
      .where('quarter', '<', Math.ceil(to / quarterMs))
      .execute()
  }

  async missedAt(numberKey: string, until: number): Promise<readonly string[]> {
    return missedAt(this.db, numberKey, until)
  }

  async missedDone(numberKey: string): Promise<readonly MissedDone[]> {
    const rows = await this.db
      .selectFrom('missed_done')
      .selectAll()
      .where('number_key', '=', numberKey)
      .orderBy('id')
      .execute()
    return rows.map(missedDoneOf)
  }

  async addMissedDone(it: Omit<MissedDone, 'id'>): Promise<number> {
    const { id } = await this.db
      .insertInto('missed_done')
      .values(missedDoneColumns(it))
      .returning('id')
      .executeTakeFirstOrThrow()
    return id
  }

  async removeMissedDone(id: number): Promise<void> {
    await this.db.deleteFrom('missed_done').where('id', '=', id).execute()
  }

  async callOfRecord(recordId: number): Promise<CallOfRecord | null> {
    const segment = await this.db.selectFrom('segment').select('call_id').where('id', '=', recordId).executeTakeFirst()
    if (!segment) return null
    const parts = await this.db
      .selectFrom('attribution')
      .select(['counted', 'employee_id', 'state', 'role', 'at', 'record_id'])
      .where('call_id', '=', segment.call_id)
      .orderBy('position')
      .execute()
    return { callId: segment.call_id, parts: parts.map(callPartOf) }
  }

  async callExclusions(callId: number): Promise<readonly RecordExclusion[]> {
    return this.db
      .selectFrom('segment as s')
      .innerJoin('call_exclusion as e', 'e.record_id', 's.id')
      .select(['e.employee_id as employeeId', 'e.record_id as recordId'])
      .where('s.call_id', '=', callId)
      .orderBy('e.employee_id')
      .orderBy('e.record_id')
      .execute()
  }

  async addCallExclusion({ employeeId, recordId }: RecordExclusion): Promise<void> {
    await this.db.insertInto('call_exclusion').values({ employee_id: employeeId, record_id: recordId }).execute()
  }

  async removeCallExclusions(rows: readonly RecordExclusion[]): Promise<void> {
    for (const { employeeId, recordId } of rows)
      await this.db
        .deleteFrom('call_exclusion')
        .where('employee_id', '=', employeeId)
        .where('record_id', '=', recordId)
        .execute()
  }

  async clientKey(key: string): Promise<ClientKey | null> {
    const row = await this.db.selectFrom('client_key').selectAll().where('key', '=', key).executeTakeFirst()
    return row ? { key, employeeId: row.employee_id, request: row.request, answer: row.answer } : null
  }

  async addClientKey({ key, employeeId, request, answer }: ClientKey, now: number): Promise<void> {
    const row = { key, employee_id: employeeId, request, answer, at: now }
    await this.db.insertInto('client_key').values(row).execute()
  }

  async setClientKey({ key, employeeId, answer }: ClientKey): Promise<void> {
    const row = { employee_id: employeeId, answer }
    await this.db.updateTable('client_key').set(row).where('key', '=', key).execute()
  }

  async correction(id: number): Promise<Correction | null> {
    const row = await this.db.selectFrom('correction').selectAll().where('id', '=', id).executeTakeFirst()
    return row ? correctionOf(row) : null
  }

  async addCorrection(it: Omit<Correction, 'id'>): Promise<number> {
    const row = {
      employee_id: it.employeeId,
      state: it.state,
      reason: it.reason,
      author: it.author,
      requested_at: it.requestedAt,
      edits: it.edits,
      effect: it.effect,
      decided_by: it.decidedBy,
      decided_at: it.decidedAt,
      decision: it.decision,
    }
    const { id } = await this.db.insertInto('correction').values(row).returning('id').executeTakeFirstOrThrow()
    return id
  }

  async setCorrection({ id, state, effect, decidedBy, decidedAt, decision }: Correction): Promise<void> {
    await this.db
      .updateTable('correction')
      .set({ state, effect, decided_by: decidedBy, decided_at: decidedAt, decision })
      .where('id', '=', id)
      .execute()
  }

  async lockedPeriods(from: number, to: number | null): Promise<readonly Period[]> {
    let query = this.db.selectFrom('period').selectAll().where('unlocked_at', 'is', null).where('to_at', '>', from)
    if (to !== null) query = query.where('from_at', '<', to)
    return (await query.orderBy('from_at').orderBy('id').execute()).map(periodOf)
  }

  async periodsKeeping(employeeId: number): Promise<readonly number[]> {
    const rows = await this.db
      .selectFrom('period_person')
      .select('period_id')
      .where('employee_id', '=', employeeId)
      .execute()
    return rows.map(({ period_id }) => period_id)
  }

  async periodPeople(periodId: number): Promise<readonly number[]> {
    const rows = await this.db
      .selectFrom('period_person')
      .select('employee_id')
      .where('period_id', '=', periodId)
      .execute()
    return rows.map(({ employee_id }) => employee_id)
  }

  async addPeriodPeople(period_id: number, employeeIds: readonly number[]): Promise<void> {
    for (const employee_id of employeeIds)
      await this.db
        .insertInto('period_person')
        .values({ employee_id, period_id })
        .onConflict((it) => it.doNothing())
        .execute()
  }

  async samePeriod({ unitId, from, to }: Pick<Period, 'unitId' | 'from' | 'to'>): Promise<Period | null> {
    const row = await this.db
      .selectFrom('period')
      .selectAll()
      .where('unit_id', unitId === null ? 'is' : '=', unitId)
      .where('from_at', '=', from)
      .where('to_at', '=', to)
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst()
    return row ? periodOf(row) : null
  }

  async period(id: number): Promise<Period | null> {
    const row = await this.db.selectFrom('period').selectAll().where('id', '=', id).executeTakeFirst()
    return row ? periodOf(row) : null
  }

  async addPeriod(it: Omit<Period, 'id'>): Promise<number> {
    const row = {
      unit_id: it.unitId,
      from_at: it.from,
      to_at: it.to,
      locked_by: it.lockedBy,
      locked_at: it.lockedAt,
      unlocked_by: it.unlockedBy,
      unlocked_at: it.unlockedAt,
    }
    const { id } = await this.db.insertInto('period').values(row).returning('id').executeTakeFirstOrThrow()
    return id
  }

  async setPeriod({ id, lockedBy, lockedAt, unlockedBy, unlockedAt }: Period): Promise<void> {
    await this.db
      .updateTable('period')
      .set({ locked_by: lockedBy, locked_at: lockedAt, unlocked_by: unlockedBy, unlocked_at: unlockedAt })
      .where('id', '=', id)
      .execute()
  }

  async periodVersions(periodId: number): Promise<readonly PeriodVersion[]> {
    const rows = await this.db
      .selectFrom('period_version')
      .selectAll()
      .where('period_id', '=', periodId)
      .orderBy('version')
      .execute()
    return rows.map(periodVersionOf)
  }

  async addPeriodVersion(it: PeriodVersion): Promise<void> {
    const row = {
      period_id: it.periodId,
      version: it.version,
      made_at: it.madeAt,
      made_by: it.madeBy,
      reason: it.reason,
      figures: it.figures,
      difference: it.difference,
    }
    await this.db.insertInto('period_version').values(row).execute()
  }

  async addAudit(rows: readonly AuditRow[]): Promise<void> {
    await this.inserted(rows, (some) =>
      this.db
        .insertInto('audit')
        .values(some.map(({ employeeId, ...it }) => ({ ...it, employee_id: employeeId })))
        .returning('id')
        .execute(),
    )
  }

  async savedReports(): Promise<readonly Pick<SavedReport, 'id' | 'name'>[]> {
    return this.db.selectFrom('saved_report').select(['id', 'name']).orderBy('id').execute()
  }

  async addSavedReport({ madeAt, frozen, ...it }: Omit<SavedReport, 'id'>): Promise<number> {
    const row = { ...it, made_at: madeAt, frozen: flag(frozen) }
    const { id } = await this.db.insertInto('saved_report').values(row).returning('id').executeTakeFirstOrThrow()
    return id
  }

  async removeSavedReport(id: number): Promise<void> {
    await this.db.deleteFrom('saved_report').where('id', '=', id).execute()
  }
}
