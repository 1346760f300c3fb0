import { SmenaError } from '../domain/errors.ts'
import { foldedKey, fullName } from '../domain/people.ts'
import type { Shift } from '../domain/worktime/shift.ts'
import { type WorkedDay, workedDays } from '../domain/worktime/worked.ts'
import type { PeopleRequest } from './people-request.ts'
import type { PeopleTransaction, Period } from './people-store.ts'
import { audited, cleanOrNull, clockText, type Telling } from './people-telling.ts'
import { type PeriodJson, periodJson } from './people-view.ts'

/**
 * Periods that are locked: their figures are frozen as a version, and only an approved correction changes what they were made of, which
 * makes the next version with its difference (R11).
 */

type Request<D extends PeopleRequest['do']> = Extract<PeopleRequest, { readonly do: D }>

/** A person's days of a period. */
export interface PeriodFigure {
  readonly employee: { readonly id: string; readonly name: string }
  readonly days: readonly WorkedDay[]
}

export interface PeriodDifference {
  readonly employee: { readonly id: string; readonly name: string }
  readonly day: string
  readonly beforeSeconds: number
  readonly afterSeconds: number
}

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
  const unit = await unitOf(tx, cleanOrNull('unit', request.unit))
  // Whoever is writing somebody's time at this moment is waited for; whoever comes after sees the lock.
  const people = (await tx.employees()).filter(({ unitId }) => unit === null || unitId === unit.id)
  await tx.lockEmployees(people.map(({ id }) => id))
  const before = (await tx.lockedPeriods(from, to)).find(
    (one) => one.unitId === null || unit === null || one.unitId === unit.id,
  )
  if (before)
    throw new SmenaError('period-locked', {
      id: before.id,
      from: clockText(before.from, it.zone),
      to: clockText(before.to, it.zone),
    })
  const row = {
    unitId: unit?.id ?? null,
    from,
    to,
    lockedBy: it.who,
    lockedAt: it.now,
    unlockedBy: null,
    unlockedAt: null,
  }
  const period: Period = { ...row, id: await tx.addPeriod(row) }
  await addVersion(tx, period, 'locked', it)
  await tx.addAudit([audited(it, 'period-lock', null, null, period)])
  return periodJson(period, unit?.name ?? null, await tx.periodVersions(period.id))
}

async function unitOf(tx: PeopleTransaction, name: string | null) {
  if (name === null) return null
  const units = await tx.units()
  const unit = units.find((one) => foldedKey(one.name) === foldedKey(name))
  if (unit) return unit
  const known = units.map((one) => one.name).join(', ') || '–'
  throw new SmenaError('name-unknown', { what: 'unit', found: name, known })
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
  const unit = (await tx.units()).find(({ id }) => id === after.unitId)
  return periodJson(after, unit?.name ?? null, await tx.periodVersions(after.id))
}

/** The figures as they are now, as the period's next version, with what is different from the one before. */
export async function addVersion(
  tx: PeopleTransaction,
  period: Period,
  reason: string,
  it: Telling,
): Promise<void> {
  const last = (await tx.periodVersions(period.id)).at(-1)
  const figures = await figuresOf(tx, period, it)
  const before = last ? (JSON.parse(last.figures) as PeriodFigure[]) : []
  await tx.addPeriodVersion({
    periodId: period.id,
    version: (last?.version ?? 0) + 1,
    madeAt: it.now,
    madeBy: it.who,
    reason,
    figures: JSON.stringify(figures),
    difference: JSON.stringify(last ? differenceOf(before, figures) : []),
  })
}

async function figuresOf(tx: PeopleTransaction, period: Period, it: Telling): Promise<PeriodFigure[]> {
  const byEmployee = new Map<number, Shift[]>()
  for (const shift of await tx.shiftsBetween(period.from, period.to)) {
    const of = byEmployee.get(shift.employeeId)
    if (of) of.push(shift)
    else byEmployee.set(shift.employeeId, [shift])
  }
  const span = { from: period.from, to: period.to, asOf: it.now }
  return (await tx.employees())
    .filter(({ id, unitId }) => byEmployee.has(id) && (period.unitId === null || unitId === period.unitId))
    .map((one) => ({
      employee: { id: String(one.id), name: fullName(one) },
      days: workedDays(byEmployee.get(one.id) ?? [], span, it.rules),
    }))
}

function differenceOf(before: readonly PeriodFigure[], after: readonly PeriodFigure[]): PeriodDifference[] {
  const was = secondsByDay(before)
  const is = secondsByDay(after)
  return [...new Set([...was.keys(), ...is.keys()])]
    .sort()
    .flatMap((key) => {
      const [a, b] = [was.get(key), is.get(key)]
      const { employee, day } = (b ?? a) as DaySeconds
      const [beforeSeconds, afterSeconds] = [a?.seconds ?? 0, b?.seconds ?? 0]
      return beforeSeconds === afterSeconds && a?.text === b?.text ? [] : [{ employee, day, beforeSeconds, afterSeconds }]
    })
}

interface DaySeconds {
  readonly employee: PeriodFigure['employee']
  readonly day: string
  readonly seconds: number
  readonly text: string
}

const secondsByDay = (figures: readonly PeriodFigure[]): Map<string, DaySeconds> =>
  new Map(
    figures.flatMap(({ employee, days }) =>
      days.map((day) => [
        `${employee.id} ${day.day}`,
        { employee, day: day.day, seconds: day.workedSeconds, text: JSON.stringify(day) },
      ]),
    ),
  )
