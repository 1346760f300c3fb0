import { unitsAbove } from '../../domain/units.ts'
import { lockedBy, type LockedPerson } from '../../domain/worktime/period.ts'
import type { Span } from '../../domain/worktime/spans.ts'
import type { Period } from '../people-store.ts'
import type { ImportTransaction } from './dry-run.ts'

/** The locked period in which the time of the person lies: what is there stays, and nothing comes to it. */
type LockOf = (employeeId: number, time: Span) => Promise<Period | null>

/** For people that are locked already (`lockEmployees`), and times from an instant on: what is locked is asked once. */
export async function lockFinder(tx: ImportTransaction, from: number): Promise<LockOf> {
  // Of no times at all.
  const periods = from === Infinity ? [] : await tx.lockedPeriods(from, null)
  if (periods.length === 0) return async () => null
  const units = await tx.units()
  const people = new Map((await tx.employees()).map((it) => [it.id, it.unitId]))
  const known = new Map<number, LockedPerson>()
  return async (employeeId, time) => {
    let person = known.get(employeeId)
    if (!person) {
      const keptIn = await tx.periodsKeeping(employeeId)
      person = { units: unitsAbove(people.get(employeeId) ?? null, units), keptIn }
      known.set(employeeId, person)
    }
    return lockedBy(periods, person, [time])[0] ?? null
  }
}
