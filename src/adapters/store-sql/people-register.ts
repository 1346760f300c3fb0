import type { Kysely } from 'kysely'
import { numberKey } from '../../domain/call.ts'
import { type Assignment, foldedKey } from '../../domain/people.ts'
import type { Unit } from '../../domain/units.ts'
import type {
  DirectoryEntry,
  Employee,
  EmployeeFacts,
  EmployeeReference,
  Site,
  TelephoneTime,
} from '../../pipeline/people-store.ts'
import { monthOf } from '../../pipeline/store.ts'
import { assignmentLies, employeesNamed, putAside } from './people-queries.ts'
import { assignmentOf, directoryOf, employeeColumns, employeeOf, flag, unitOf } from './people-rows.ts'
import type { Tables } from './tables.ts'

/** So many rows go in one statement: an engine takes some tens of thousands of values in it. */
const rowsAtMost = 500

/** The verbs of who there is and who holds which telephone. */
export class PeopleRegister {
  protected readonly db: Kysely<Tables>

  constructor(db: Kysely<Tables>) {
    this.db = db
  }

  /** Writes rows; the ids that they were given ascend in their order. */
  protected async inserted<R>(
    rows: readonly R[],
    insert: (some: R[]) => Promise<readonly { readonly id: number }[]>,
  ): Promise<readonly number[]> {
    const ids: number[] = []
    for (let at = 0; at < rows.length; at += rowsAtMost) {
      const made = await insert(rows.slice(at, at + rowsAtMost))
      ids.push(...made.map((it) => it.id).sort((a, b) => a - b))
    }
    return ids
  }

  async units(): Promise<readonly Unit[]> {
    return (await this.db.selectFrom('unit').selectAll().orderBy('name_key').execute()).map(unitOf)
  }

  async addUnit({ name, parentId }: Omit<Unit, 'id'>): Promise<number> {
    const row = { name, name_key: foldedKey(name), parent_id: parentId }
    const { id } = await this.db.insertInto('unit').values(row).returning('id').executeTakeFirstOrThrow()
    return id
  }

  async lockUnits(): Promise<readonly Unit[]> {
    await this.db
      .updateTable('unit')
      .set((it) => ({ parent_id: it.ref('parent_id') }))
      .execute()
    return this.units()
  }

  async setUnit({ id, name, parentId }: Unit): Promise<void> {
    const row = { name, name_key: foldedKey(name), parent_id: parentId }
    await this.db.updateTable('unit').set(row).where('id', '=', id).execute()
  }

  async employees(): Promise<readonly Employee[]> {
    const rows = await this.db.selectFrom('employee').selectAll().orderBy('name_key').orderBy('id').execute()
    return rows.map(employeeOf)
  }

  async employeesNamed(reference: EmployeeReference): Promise<readonly Employee[]> {
    return employeesNamed(this.db, reference)
  }

  async lockEmployee(id: number): Promise<Employee | null> {
    const row = await this.db
      .updateTable('employee')
      .set((it) => ({ version: it('version', '+', 1) }))
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirst()
    return row ? employeeOf(row) : null
  }

  async lockEmployees(ids: readonly number[]): Promise<void> {
    for (const id of ids.toSorted((a, b) => a - b)) await this.lockEmployee(id)
  }

  async addEmployee(employee: EmployeeFacts, now: number): Promise<number> {
    const row = { ...employeeColumns(employee), created_at: now }
    const { id } = await this.db.insertInto('employee').values(row).returning('id').executeTakeFirstOrThrow()
    return id
  }

  async setEmployee(id: number, employee: EmployeeFacts): Promise<void> {
    await this.db.updateTable('employee').set(employeeColumns(employee)).where('id', '=', id).execute()
  }

  async sites(): Promise<readonly Site[]> {
    return this.db.selectFrom('site').select(['name', 'zone']).orderBy('name').execute()
  }

  async setSite({ name, zone }: Site): Promise<void> {
    await this.db
      .insertInto('site')
      .values({ name, zone })
      .onConflict((it) => it.column('name').doUpdateSet({ zone }))
      .execute()
  }

  async directory(): Promise<readonly DirectoryEntry[]> {
    const rows = await this.db.selectFrom('directory').selectAll().orderBy('plan').orderBy('number').execute()
    return rows.map(directoryOf)
  }

  async setDirectory(entries: readonly DirectoryEntry[]): Promise<void> {
    for (const { plan, number, isGroup, label, site, serviceLevelSeconds, shortSeconds } of entries) {
      const service = { service_level_seconds: serviceLevelSeconds, short_seconds: shortSeconds }
      const what = { is_group: flag(isGroup), label, site, ...service }
      await this.db
        .insertInto('directory')
        .values({ plan, number, ...what })
        .onConflict((it) => it.columns(['plan', 'number']).doUpdateSet(what))
        .execute()
    }
  }

  async setDirectoryGroups(plan: string, number: string, groups: readonly string[]): Promise<void> {
    await this.db.deleteFrom('directory_group').where('plan', '=', plan).where('number', '=', number).execute()
    const rows = [...new Set(groups)].map((name) => ({ name, plan, number }))
    if (rows.length > 0) await this.db.insertInto('directory_group').values(rows).execute()
  }

  async assignmentsOf(employeeId: number): Promise<readonly Assignment[]> {
    const rows = await this.db
      .selectFrom('assignment')
      .selectAll()
      .where('employee_id', '=', employeeId)
      .orderBy('from_at')
      .orderBy('id')
      .execute()
    return rows.map(assignmentOf)
  }

  async holders(plan: string, extension: string, from: number, to: number | null): Promise<readonly Assignment[]> {
    const rows = await this.db
      .selectFrom('assignment')
      .selectAll()
      .where('plan', '=', plan)
      .where('extension', '=', extension)
      .where('confirmed', '=', 1)
      .where((it) => assignmentLies(it, from, to))
      .orderBy('from_at')
      .execute()
    return rows.map(assignmentOf)
  }

  async addAssignments(rows: readonly Omit<Assignment, 'id'>[], now: number): Promise<readonly number[]> {
    return this.inserted(rows, (some) =>
      this.db
        .insertInto('assignment')
        .values(
          some.map((it) => ({
            employee_id: it.employeeId,
            plan: it.plan,
            extension: it.extension,
            from_at: it.from,
            to_at: it.to,
            confirmed: flag(it.confirmed),
            created_at: now,
          })),
        )
        .returning('id')
        .execute(),
    )
  }

  async setAssignments(rows: readonly Assignment[]): Promise<void> {
    await putAside(this.db, 'assignment', rows)
    for (const { id, from, to, confirmed } of rows)
      await this.db
        .updateTable('assignment')
        .set({ from_at: from, to_at: to, confirmed: flag(confirmed) })
        .where('id', '=', id)
        .execute()
  }

  async removeAssignments(ids: readonly number[]): Promise<void> {
    if (ids.length > 0)
      await this.db
        .deleteFrom('assignment')
        .where('id', 'in', [...ids])
        .execute()
  }

  async plans(): Promise<readonly string[]> {
    const rows = await this.db
      .selectFrom('reading as r')
      .innerJoin('source as s', (join) =>
        join.onRef('s.id', '=', 'r.source_id').onRef('s.reading_version', '=', 'r.version'),
      )
      .select('r.body')
      .execute()
    return [...new Set(rows.map((row) => (JSON.parse(row.body) as { plan: string }).plan))].sort()
  }

  async plansThatSaw(extension: string, plans: readonly string[]): Promise<readonly string[]> {
    const first = await this.db.selectFrom('call').select('started_at').orderBy('started_at').limit(1).execute()
    const last = await this.db.selectFrom('call').select('started_at').orderBy('started_at', 'desc').limit(1).execute()
    if (!first[0] || !last[0]) return []
    const saw = new Set<string>()
    // A number is looked for in one month's part of the index at a time, the newest first.
    for (let month = monthOf(last[0].started_at); month >= monthOf(first[0].started_at); month--) {
      const left = plans.filter((it) => !saw.has(it))
      if (left.length === 0) break
      const rows = await this.db
        .selectFrom('call_party')
        .select('plan')
        .distinct()
        .where('month', '=', month)
        .where('number_key', '=', numberKey(extension))
        .where('number', '=', extension)
        .where('plan', 'in', left)
        .execute()
      for (const { plan } of rows) if (plan !== null) saw.add(plan)
    }
    return [...saw].sort()
  }

  async addDueRanges(ranges: readonly TelephoneTime[]): Promise<void> {
    for (let at = 0; at < ranges.length; at += rowsAtMost) {
      const rows = ranges.slice(at, at + rowsAtMost).map(({ plan, extension, from, to }) => {
        return { plan, extension, from_at: from, to_at: to }
      })
      await this.db.insertInto('attribution_due_range').values(rows).execute()
    }
  }
}
