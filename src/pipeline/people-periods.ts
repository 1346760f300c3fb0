import { SmenaError } from '../domain/errors.ts'
import { foldedKey } from '../domain/people.ts'
import { type DayFigures, differenceOf, figuresOf } from '../domain/worktime/period.ts'
import { periodLocked, unitsAbove } from './people-locks.ts'
import type { PeopleRequest } from './people-request.ts'
import type { Employee, PeopleTransaction, Period, Unit } from './people-store.ts'
import { audited, cleanOrNull, clockText, type Telling } from './people-telling.ts'
import { type PeriodJson, periodJson } from './people-view.ts'

/**
 * Periods that are locked: their figures are frozen as a version, and only an approved correction changes what they were made of, which
 * makes the next version with its difference (R11).
 */

type Request<D extends PeopleRequest['do']> = Extract<PeopleRequest, { readonly do: D }>

export async function lockPeriod(
  tx: PeopleTransaction,
  request: Request<'period-lock'>,
  it: Telling,
): Promise<PeriodJson> {
  const { from, to } = request
  if (to <= from)
    throw new SmenaError('value-unreadable', {
      what: 'to',
      found: clockText(to, it.zone),
      expected: `a time after ${clockText(from, it.zone)}`,
    })
  const units = await tx.units()
  const unit = unitNamed(units, cleanOrNull('unit', request.unit))
  const row = {
    unitId: unit?.id ?? null,
    from,
    to,
    lockedBy: it.who,
    lockedAt: it.now,
    unlockedBy: null,
    unlockedAt: null,
  }
  // Whoever is writing somebody's time at this moment is waited for; whoever comes after sees the lock.
  await tx.lockEmployees((await peopleOf(tx, row, units)).map(({ id }) => id))
  const [before] = (await tx.lockedPeriods(from, to)).filter((one) => one.unitId === row.unitId)
  if (before) throw periodLocked(before, it)
  const period: Period = { ...row, id: await tx.addPeriod(row) }
  await addVersion(tx, period, 'locked', it)
  await tx.addAudit([audited(it, 'period-lock', null, null, period)])
  return viewOf(tx, period)
}

function unitNamed(units: readonly Unit[], name: string | null): Unit | null {
  if (name === null) return null
  const unit = units.find((one) => foldedKey(one.name) === foldedKey(name))
  if (unit) return unit
  const known = units.map((one) => one.name).join(', ') || '–'
  throw new SmenaError('name-unknown', { what: 'unit', found: name, known })
}

/** Those whose time the period is of: everybody, or the people of a unit and of those below it. */
async function peopleOf(
  tx: PeopleTransaction,
  { unitId }: Pick<Period, 'unitId'>,
  units: readonly Unit[],
): Promise<readonly Employee[]> {
  const people = await tx.employees()
  return unitId === null ? people : people.filter((one) => unitsAbove(one.unitId, units).includes(unitId))
}

export async function unlockPeriod(
  tx: PeopleTransaction,
  request: Request<'period-unlock'>,
  it: Telling,
): Promise<PeriodJson> {
  const before = await tx.period(request.period)
  if (!before) throw new SmenaError('thing-unknown', { what: 'period', id: request.period })
  if (before.unlockedAt !== null)
    throw new SmenaError('period-not-locked', { id: before.id, who: before.unlockedBy ?? '–' })
  const after = { ...before, unlockedBy: it.who, unlockedAt: it.now }
  await tx.setPeriod(after)
  await tx.addAudit([audited(it, 'period-unlock', null, before, after)])
  return viewOf(tx, after)
}

const viewOf = async (tx: PeopleTransaction, period: Period): Promise<PeriodJson> =>
  periodJson(period, await tx.periodVersions(period.id), await tx.units(), await tx.employees())

/** The figures as they are now, as the period's next version, with what is different from the one before. */
export async function addVersion(tx: PeopleTransaction, period: Period, reason: string, it: Telling): Promise<void> {
  const last = (await tx.periodVersions(period.id)).at(-1)
  const people = new Set((await peopleOf(tx, period, await tx.units())).map(({ id }) => id))
  const shifts = (await tx.shiftsBetween(period.from, period.to)).filter(({ employeeId }) => people.has(employeeId))
  const figures = figuresOf(shifts, { from: period.from, to: period.to, asOf: it.now }, it.rules)
  const difference = last ? differenceOf(JSON.parse(last.figures) as DayFigures[], figures) : []
  await tx.addPeriodVersion({
    periodId: period.id,
    version: (last?.version ?? 0) + 1,
    madeAt: it.now,
    madeBy: it.who,
    reason,
    figures: JSON.stringify(figures),
    difference: JSON.stringify(difference),
  })
}
