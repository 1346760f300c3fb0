import type { BreakType, Mark, MarkType, Shift } from '../../domain/worktime/shift.ts'
import { foldedKey } from '../../domain/people.ts'
import { isNew } from '../../pipeline/people-store.ts'
import { shiftsIn } from './people-queries.ts'
import { PeopleRegister } from './people-register.ts'
import { breakColumns, breakTypeOf, flag, markOf, markTypeOf, shiftColumns } from './people-rows.ts'

/** The verbs of shifts, breaks and marks. */
export class PeopleTime extends PeopleRegister {
  async shiftsOf(employeeId: number, from: number | null, to: number | null): Promise<readonly Shift[]> {
    return shiftsIn(this.db, { employeeIds: [employeeId], from, to })
  }

  async shiftsBetween(from: number, to: number): Promise<readonly Shift[]> {
    return shiftsIn(this.db, { employeeIds: null, from, to })
  }

  async openShiftsBefore(startedAt: number): Promise<readonly { employeeId: number; startedAt: number }[]> {
    return this.db
      .selectFrom('shift')
      .select(['employee_id as employeeId', 'started_at as startedAt'])
      .where('ended_at', 'is', null)
      .where('started_at', '<', startedAt)
      .orderBy('started_at')
      .execute()
  }

  async addShifts(rows: readonly Shift[], now: number): Promise<readonly number[]> {
    const ids = await this.inserted(rows, (some) =>
      this.db
        .insertInto('shift')
        .values(some.map((it) => ({ ...shiftColumns(it), created_at: now })))
        .returning('id')
        .execute(),
    )
    await this.#addBreaks(
      rows.flatMap((shift, at) => {
        const [shift_id, employee_id] = [ids[at] as number, shift.employeeId]
        return shift.breaks.map((it) => ({ shift_id, employee_id, ...breakColumns(it) }))
      }),
    )
    return ids
  }

  async #addBreaks(
    rows: readonly ({ shift_id: number; employee_id: number } & ReturnType<typeof breakColumns>)[],
  ): Promise<void> {
    await this.inserted(rows, (some) => this.db.insertInto('shift_break').values(some).returning('id').execute())
  }

  async setShift(shift: Shift): Promise<void> {
    const before = await this.db.selectFrom('shift_break').selectAll().where('shift_id', '=', shift.id).execute()
    const kept = new Set(shift.breaks.map((it) => it.id))
    const gone = before.filter((it) => !kept.has(it.id)).map((it) => it.id)
    if (gone.length > 0) await this.db.deleteFrom('shift_break').where('id', 'in', gone).execute()
    await this.db.updateTable('shift').set(shiftColumns(shift)).where('id', '=', shift.id).execute()
    const changed = shift.breaks.filter((it) => {
      const was = before.find(({ id }) => id === it.id)
      const now = breakColumns(it)
      return was && (Object.keys(now) as (keyof typeof now)[]).some((key) => was[key] !== now[key])
    })
    // Two that change places would lie over each other in between: what becomes shorter goes first, then those that grow.
    const length = (from: number, to: number | null) => (to ?? Number.MAX_SAFE_INTEGER) - from
    const growth = (id: number, from: number, to: number | null) => {
      const was = before.find((it) => it.id === id)
      return was ? length(from, to) - length(was.started_at, was.ended_at) : 0
    }
    for (const it of changed.toSorted(
      (a, b) => growth(a.id, a.startedAt, a.endedAt) - growth(b.id, b.startedAt, b.endedAt),
    ))
      await this.db.updateTable('shift_break').set(breakColumns(it)).where('id', '=', it.id).execute()
    await this.#addBreaks(
      shift.breaks
        .filter(isNew)
        .map((it) => ({ shift_id: shift.id, employee_id: shift.employeeId, ...breakColumns(it) })),
    )
  }

  async removeShifts(ids: readonly number[]): Promise<void> {
    if (ids.length === 0) return
    const which = [...ids]
    await this.db.updateTable('mark').set({ shift_id: null }).where('shift_id', 'in', which).execute()
    await this.db.deleteFrom('shift_break').where('shift_id', 'in', which).execute()
    await this.db.deleteFrom('shift').where('id', 'in', which).execute()
  }

  async breakTypes(): Promise<readonly BreakType[]> {
    const rows = await this.db.selectFrom('break_type').selectAll().orderBy('position').orderBy('name').execute()
    return rows.map(breakTypeOf)
  }

  async setBreakType({ name, paid, minimumSeconds, maximumSeconds, active }: BreakType): Promise<void> {
    const what = {
      paid: paid === null ? null : flag(paid),
      minimum_seconds: minimumSeconds,
      maximum_seconds: maximumSeconds,
      active: flag(active),
    }
    const position = (await this.breakTypes()).length + 1
    await this.db
      .insertInto('break_type')
      .values({ name, position, ...what })
      .onConflict((it) => it.column('name').doUpdateSet(what))
      .execute()
  }

  async markTypes(): Promise<readonly MarkType[]> {
    const rows = await this.db.selectFrom('mark_type').selectAll().orderBy('position').orderBy('id').execute()
    return rows.map(markTypeOf)
  }

  async addMarkType({ name, active, wrapUp, reserved }: Omit<MarkType, 'id'>): Promise<number> {
    const position = (await this.markTypes()).length + 1
    const row = { name, name_key: foldedKey(name), position, active: flag(active), wrap_up: flag(wrapUp), reserved }
    const { id } = await this.db.insertInto('mark_type').values(row).returning('id').executeTakeFirstOrThrow()
    return id
  }

  async setMarkType({ id, name, active, wrapUp, reserved }: MarkType): Promise<void> {
    const row = { name, name_key: foldedKey(name), active: flag(active), wrap_up: flag(wrapUp), reserved }
    await this.db.updateTable('mark_type').set(row).where('id', '=', id).execute()
  }

  async mark(id: number): Promise<Mark | null> {
    const row = await this.db.selectFrom('mark').selectAll().where('id', '=', id).executeTakeFirst()
    return row ? markOf(row) : null
  }

  async addMarks(rows: readonly Omit<Mark, 'id'>[]): Promise<readonly number[]> {
    return this.inserted(rows, (some) =>
      this.db
        .insertInto('mark')
        .values(
          some.map((it) => ({
            employee_id: it.employeeId,
            shift_id: it.shiftId,
            type_id: it.typeId,
            at: it.at,
            count: it.count,
            seconds: it.seconds,
            comment: it.comment,
            excluded: flag(it.excluded),
            how: it.how,
          })),
        )
        .returning('id')
        .execute(),
    )
  }

  async setMark(it: Mark): Promise<void> {
    const row = {
      shift_id: it.shiftId,
      type_id: it.typeId,
      at: it.at,
      count: it.count,
      seconds: it.seconds,
      comment: it.comment,
      excluded: flag(it.excluded),
    }
    await this.db.updateTable('mark').set(row).where('id', '=', it.id).execute()
  }

  async removeMarks(ids: readonly number[]): Promise<void> {
    if (ids.length > 0)
      await this.db
        .deleteFrom('mark')
        .where('id', 'in', [...ids])
        .execute()
  }

  async moveMarks(employeeId: number, from: number, to: number | null, shiftId: number | null): Promise<void> {
    let query = this.db
      .updateTable('mark')
      .set({ shift_id: shiftId })
      .where('employee_id', '=', employeeId)
      .where('at', '>=', from)
    if (to !== null) query = query.where('at', '<', to)
    await query.execute()
  }
}
