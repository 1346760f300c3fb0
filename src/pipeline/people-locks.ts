import { SmenaError } from '../domain/errors.ts'
import { lockedBy } from '../domain/worktime/period.ts'
import type { Employee, PeopleTransaction, Period, Unit } from './people-store.ts'
import { clockText, type Telling } from './people-telling.ts'

/** A time; `to` null: without end. */
interface Time {
  readonly from: number
  readonly to: number | null
}

/** The unit and those above it. */
export function unitsAbove(unitId: number | null, units: readonly Unit[]): number[] {
  const above: number[] = []
  for (let id = unitId; id !== null && !above.includes(id); ) {
    above.push(id)
    id = units.find((unit) => unit.id === id)?.parentId ?? null
  }
  return above
}

/** Locked periods of the person in which something of these times lies. */
export async function locksOf(
  tx: PeopleTransaction,
  { unitId }: Pick<Employee, 'unitId'>,
  times: readonly Time[],
): Promise<readonly Period[]> {
  if (times.length === 0) return []
  const ranges = times.map(({ from, to }) => ({ from, to: to ?? Number.MAX_SAFE_INTEGER }))
  const from = ranges.reduce((first, it) => Math.min(first, it.from), Number.MAX_SAFE_INTEGER)
  const periods = await tx.lockedPeriods(from, null)
  if (periods.length === 0) return []
  return lockedBy(periods, unitsAbove(unitId, await tx.units()), ranges)
}

/** Throws where a change would reach into a locked period: only an approved correction may. */
export async function requireOpenTime(
  tx: PeopleTransaction,
  employee: Pick<Employee, 'unitId'>,
  times: readonly Time[],
  it: Telling,
): Promise<void> {
  const [locked] = await locksOf(tx, employee, times)
  if (locked) throw periodLocked(locked, it)
}

export const periodLocked = ({ id, from, to }: Period, { zone }: Telling): SmenaError =>
  new SmenaError('period-locked', { id, from: clockText(from, zone), to: clockText(to, zone) })
