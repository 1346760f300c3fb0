import { SmenaError } from '../domain/errors.ts'
import { unitsAbove } from '../domain/units.ts'
import { lockedBy } from '../domain/worktime/period.ts'
import type { Employee, PeopleTransaction, Period } from './people-store.ts'
import { clockText, type Telling } from './people-telling.ts'

/** A time; `to` null: without end. */
interface Time {
  readonly from: number
  readonly to: number | null
}

/** Locked periods of the person in which something of these times lies. */
export async function locksOf(
  tx: Pick<PeopleTransaction, 'lockedPeriods' | 'periodsKeeping' | 'units'>,
  { id, unitId }: Pick<Employee, 'id' | 'unitId'>,
  times: readonly Time[],
): Promise<readonly Period[]> {
  if (times.length === 0) return []
  const ranges = times.map(({ from, to }) => ({ from, to: to ?? Number.MAX_SAFE_INTEGER }))
  const from = ranges.reduce((first, it) => Math.min(first, it.from), Number.MAX_SAFE_INTEGER)
  const periods = await tx.lockedPeriods(from, null)
  if (periods.length === 0) return []
  const person = { units: unitsAbove(unitId, await tx.units()), keptIn: await tx.periodsKeeping(id) }
  return lockedBy(periods, person, ranges)
}

/** Throws where a change would reach into a locked period: only an approved correction may. */
export async function requireOpenTime(
  tx: PeopleTransaction,
  employee: Pick<Employee, 'id' | 'unitId'>,
  times: readonly Time[],
  it: Telling,
): Promise<void> {
  const [locked] = await locksOf(tx, employee, times)
  if (locked) throw periodLocked(locked, it)
}

/** The first locked period that has breaks of the kind: whether they are paid is a part of its figures. */
export async function lockOfBreaks(
  tx: Pick<PeopleTransaction, 'employees' | 'peopleOnBreak' | 'lockedPeriods' | 'periodsKeeping' | 'units'>,
  type: string,
): Promise<Period | null> {
  const people = await tx.employees()
  for (const period of await tx.lockedPeriods(0, null))
    for (const id of await tx.peopleOnBreak(type, period.from, period.to)) {
      const locks = await locksOf(tx, people.find((one) => one.id === id) ?? { id, unitId: null }, [period])
      if (locks.some((one) => one.id === period.id)) return period
    }
  return null
}

export async function requireOpenBreaks(tx: PeopleTransaction, type: string, it: Telling): Promise<void> {
  const period = await lockOfBreaks(tx, type)
  if (!period) return
  const [from, to] = [clockText(period.from, it.zone), clockText(period.to, it.zone)]
  throw new SmenaError('break-type-kept', { type, id: period.id, from, to })
}

export const periodLocked = ({ id, from, to }: Period, { zone }: Telling): SmenaError =>
  new SmenaError('period-locked', { id, from: clockText(from, zone), to: clockText(to, zone) })
