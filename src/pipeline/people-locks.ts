import { SmenaError } from '../domain/errors.ts'
import type { Employee, PeopleTransaction, Period } from './people-store.ts'
import { clockText, type Telling } from './people-telling.ts'

/** A time; `to` null: without end. */
interface Time {
  readonly from: number
  readonly to: number | null
}

/** Locked periods of the person in which something of these times lies. */
export async function locksOf(
  tx: PeopleTransaction,
  employee: Pick<Employee, 'unitId'>,
  times: readonly Time[],
): Promise<readonly Period[]> {
  const found = new Map<number, Period>()
  for (const { from, to } of times)
    for (const period of await tx.lockedPeriods(from, to))
      if (period.unitId === null || period.unitId === employee.unitId) found.set(period.id, period)
  return [...found.values()]
}

/** Throws where a change would reach into a locked period: only an approved correction may. */
export async function requireOpenTime(
  tx: PeopleTransaction,
  employee: Pick<Employee, 'unitId'>,
  times: readonly Time[],
  it: Telling,
): Promise<void> {
  const [locked] = await locksOf(tx, employee, times)
  if (locked)
    throw new SmenaError('period-locked', {
      id: locked.id,
      from: clockText(locked.from, it.zone),
      to: clockText(locked.to, it.zone),
    })
}
