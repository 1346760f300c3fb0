import { SmenaError } from '../domain/errors.ts'
import { findUnit, unitsWithin } from '../domain/units.ts'
import { type DayFigures, differenceOf, figuresOf } from '../domain/worktime/period.ts'
import { periodLocked } from './people-locks.ts'
import type { PeopleRequest } from './people-request.ts'
import type { Employee, PeopleSight, PeopleTransaction, Period, PeriodVersion } from './people-store.ts'
import { audited, cleanOrNull, clockText, type Judging, type Telling } from './people-telling.ts'
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
      expected: 'a time after the beginning',
    })
  const units = await tx.units()
  const named = cleanOrNull('unit', request.unit)
  const unitId = named === null ? null : findUnit(named, units).id
  const within = unitId === null ? null : unitsWithin(unitId, units)
  const ids = await lockPeople(tx, (one) => within === null || within.includes(one.unitId ?? 0))
  const before = await tx.samePeriod({ unitId, from, to })
  const lock = { lockedBy: it.who, lockedAt: it.now, unlockedBy: null, unlockedAt: null }
  const [locked] = (await tx.lockedPeriods(from, to)).filter((one) => one.unitId === unitId)
  if (locked) throw periodLocked(locked, it)
  // What was locked before and opened again is the same period still: its next version says what has changed meanwhile.
  const period = { unitId, from, to, ...lock, id: before?.id ?? (await tx.addPeriod({ unitId, from, to, ...lock })) }
  if (before) await tx.setPeriod(period)
  if (unitId !== null) await tx.addPeriodPeople(period.id, ids)
  await addVersion(tx, period, before ? 'locked again' : 'locked', it)
  await tx.addAudit([audited(it, 'period-lock', null, before, period)])
  return viewOf(tx, period)
}

/**
 * Whoever is writing somebody's time at this moment is waited for; whoever comes after sees the lock. Meanwhile people may come and go:
 * they are looked for until all of them are locked.
 */
async function lockPeople(tx: PeopleTransaction, isMeant: (one: Employee) => boolean): Promise<readonly number[]> {
  const locked = new Set<number>()
  for (;;) {
    const ids = (await tx.employees()).filter(isMeant).map(({ id }) => id)
    const others = ids.filter((id) => !locked.has(id))
    if (others.length === 0) return ids
    await tx.lockEmployees(others)
    for (const id of others) locked.add(id)
  }
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

/**
 * The figures as they are now, as the period's next version, with what is different from the one before. Whether breaks are paid is a
 * part of them, and stays as it is until they are kept.
 */
export async function addVersion(tx: PeopleTransaction, period: Period, reason: string, it: Telling): Promise<void> {
  const last = (await tx.periodVersions(period.id)).at(-1)
  const rules = { ...it.rules, breakTypes: await tx.lockBreakTypes() }
  const figures = await figuresNow(tx, period, { ...it, rules })
  await tx.addPeriodVersion({
    periodId: period.id,
    version: (last?.version ?? 0) + 1,
    madeAt: it.now,
    madeBy: it.who,
    reason,
    figures: JSON.stringify(figures),
    difference: JSON.stringify(last ? differenceOf(JSON.parse(last.figures) as DayFigures[], figures) : []),
  })
}

/** What has come or changed since the newest version: calls that were taken in or attributed after it, above all (R11). */
export const sinceVersion = async (sight: PeopleSight, period: Period, last: PeriodVersion, it: Judging) =>
  differenceOf(JSON.parse(last.figures) as DayFigures[], await figuresNow(sight, period, it))

async function figuresNow(
  sight: PeopleSight,
  { id, unitId, from, to }: Period,
  { now, zone, rules }: Judging,
): Promise<readonly DayFigures[]> {
  const people = unitId === null ? null : new Set(await sight.periodPeople(id))
  const isKept = ({ employeeId }: { readonly employeeId: number }) => people?.has(employeeId) ?? true
  const shifts = (await sight.shiftsBetween(from, to)).filter(isKept)
  const quarters = (await sight.callQuarters(from, to)).filter(isKept)
  return figuresOf(shifts, quarters, { from, to, asOf: now }, zone, rules)
}
