import { type ExpressionBuilder, type Kysely, sql } from 'kysely'
import type { CallExclusion } from '../../domain/metrics/excluded-calls.ts'
import { foldedKey } from '../../domain/people.ts'
import type { Break, Shift } from '../../domain/worktime/shift.ts'
import type { Employee, EmployeeReference } from '../../pipeline/people-store.ts'
import { breakOf, employeeOf, shiftOf } from './people-rows.ts'
import type { Tables } from './tables.ts'

/** Questions that the writing and the reading side have in common. */

type ShiftQuery =
  | {
      /** Null: everybody. */
      readonly employeeIds: readonly number[] | null
      /** Those with an instant in [from, to); null: without bound. */
      readonly from: number | null
      readonly to: number | null
    }
  | { readonly id: number }

/** An `IN` of so many values at most. */
const valuesAtMost = 500

/** Shifts with their breaks, by person and beginning. */
export async function shiftsIn(db: Kysely<Tables>, which: ShiftQuery): Promise<Shift[]> {
  let query = db.selectFrom('shift').selectAll()
  if ('id' in which) query = query.where('id', '=', which.id)
  else {
    const { employeeIds, from, to } = which
    if (employeeIds) query = query.where('employee_id', 'in', [...employeeIds])
    if (to !== null) query = query.where('started_at', '<', to)
    if (from !== null) query = query.where((it) => it.or([it('ended_at', 'is', null), it('ended_at', '>', from)]))
  }
  const rows = await query.orderBy('employee_id').orderBy('started_at').execute()
  const breaks = new Map<number, Break[]>()
  for (let at = 0; at < rows.length; at += valuesAtMost) {
    const ids = rows.slice(at, at + valuesAtMost).map((it) => it.id)
    const found = await db
      .selectFrom('shift_break')
      .selectAll()
      .where('shift_id', 'in', ids)
      .orderBy('shift_id')
      .orderBy('started_at')
      .execute()
    for (const row of found) {
      const of = breaks.get(row.shift_id)
      if (of) of.push(breakOf(row))
      else breaks.set(row.shift_id, [breakOf(row)])
    }
  }
  return rows.map((row) => shiftOf(row, breaks.get(row.id) ?? []))
}

/** Assignments that have an instant in [from, to); `to` null: without end. */
export const assignmentLies = (it: ExpressionBuilder<Tables, 'assignment'>, from: number, to: number | null) =>
  it.and([it.or([it('to_at', 'is', null), it('to_at', '>', from)]), ...(to === null ? [] : [it('from_at', '<', to)])])

export async function employeesNamed(
  db: Kysely<Tables>,
  { id, personnelNumber, name }: EmployeeReference,
): Promise<readonly Employee[]> {
  const rows = await db
    .selectFrom('employee')
    .selectAll()
    .where((it) =>
      it.or([
        ...(id === null ? [] : [it('id', '=', id)]),
        ...(personnelNumber === null ? [] : [it('personnel_number', '=', personnelNumber)]),
        ...(name === null ? [] : [it('name_key', '=', foldedKey(name))]),
      ]),
    )
    .orderBy('id')
    .execute()
  return rows.map(employeeOf)
}

interface ExclusionTables {
  readonly call_exclusion: Tables['call_exclusion']
  readonly segment: Tables['segment']
}

/** Calls that are left out of these people's events: those in which the records are now. */
export async function excludedCalls(
  db: Kysely<ExclusionTables>,
  employeeIds: readonly number[],
): Promise<readonly CallExclusion[]> {
  const found: CallExclusion[] = []
  for (let at = 0; at < employeeIds.length; at += valuesAtMost)
    found.push(
      ...(await db
        .selectFrom('call_exclusion as e')
        .innerJoin('segment as s', 's.id', 'e.record_id')
        .select(['e.employee_id as employeeId', 's.call_id as callId'])
        .where('e.employee_id', 'in', employeeIds.slice(at, at + valuesAtMost))
        .execute()),
    )
  return found
}

/** What makes a row lie over no other one. */
const aside = {
  assignment: sql`confirmed = 0`,
  shift: sql`employee_id = -id`,
  shift_break: sql`shift_id = -id`,
}

/** Rows that are to be written anew: one may come to lie where another one was, and the engine judges row by row. */
export async function putAside(
  db: Kysely<Tables>,
  table: keyof typeof aside,
  rows: readonly { readonly id: number }[],
): Promise<void> {
  if (rows.length <= 1) return
  const ids = sql.join(rows.map(({ id }) => id))
  await sql`UPDATE ${sql.table(table)} SET ${aside[table]} WHERE id IN (${ids})`.execute(db)
}
