import type { BreakType, Mark, MarkType, Shift } from '../../domain/worktime/shift.ts'
import { foldedKey } from '../../domain/people.ts'
import { isNew } from '../../pipeline/people-store.ts'
import { putAside, shiftsIn } from './people-queries.ts'
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

  async setShifts(shifts: readonly Shift[]): Promise<void> {
    await putAside(this.db, 'shift', shifts)
    for (const shift of shifts) {
      await this.db.updateTable('shift').set(shiftColumns(shift)).where('id', '=', shift.id).execute()
      await this.#setBreaks(shift)
    }
  }

  async #setBreaks({ id: shift_id, employeeId: employee_id, breaks }: Shift): Promise<void> {
    const before = await this.db.selectFrom('shift_break').selectAll().where('shift_id', '=', shift_id).execute()
    const kept = new Set(breaks.map(({ id }) => id))
    const gone = before.filter(({ id }) => !kept.has(id)).map(({ id }) => id)
    if (gone.length > 0) await this.db.deleteFrom('shift_break').where('id', 'in', gone).execute()
    const changed = breaks.filter((it) => {
      const was = before.find(({ id }) => id === it.id)
      const now = breakColumns(it)
      return was && (Object.keys(now) as (keyof typeof now)[]).some((key) => was[key] !== now[key])
    })
    await putAside(this.db, 'shift_break', changed)
    for (const it of changed)
      await this.db
        .updateTable('shift_break')
        .set({ shift_id, ...breakColumns(it) })
        .where('id', '=', it.id)
        .execute()
    await this.#addBreaks(breaks.filter(isNew).map((it) => ({ shift_id, employee_id, ...breakColumns(it) })))
  }

  async removeShifts(ids: readonly number[]): Promise<void> {
    if (ids.length === 0) return
    const which = [...ids]
    await this.db.updateTable('mark').set({ shift_id: null }).where('shift_id', 'in', which).execute()
    await this.db.deleteFrom('shift_break').where('shift_id', 'in', which).execute()
    await this.db.deleteFrom('shift').where('id', 'in', which).execute()
  }

  async peopleOnBreak(type: string, from: number, to: number): Promise<readonly number[]> {
    const rows = await this.db
      .selectFrom('shift_break')
      .select('employee_id')
      .distinct()
      .where('type', '=', type)
      .where('started_at', '<', to)
      .where((it) => it.or([it('ended_at', 'is', null), it('ended_at', '>', from)]))
      .orderBy('employee_id')
      .execute()
    return rows.map(({ employee_id }) => employee_id)
  }

  async breakTypes(): Promise<readonly BreakType[]> {
    const rows = await this.db.selectFrom('break_type').selectAll().orderBy('position').orderBy('name').execute()
    return rows.map(breakTypeOf)
  }

  async lockBreakTypes(): Promise<readonly BreakType[]> {
    await this.db
      .updateTable('break_type')
      .set((it) => ({ position: it.ref('position') }))
      .execute()
    return this.breakTypes()
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

  async placeMarkType(id: number, position: number): Promise<void> {
    await this.db.updateTable('mark_type').set({ position }).where('id', '=', id).execute()
  }

  async mark(id: number): Promise<Mark | null> {
    const row = await this.db.selectFrom('mark').selectAll().where('id', '=', id).executeTakeFirst()
    return row ? markOf(row) : null
  }

  async marksOfShifts(shiftIds: readonly number[]): Promise<readonly Mark[]> {
    if (shiftIds.length === 0) return []
    const which = [...shiftIds]
    return (await this.db.selectFrom('mark').selectAll().where('shift_id', 'in', which).orderBy('id').execute()).map(
      markOf,
    )
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
