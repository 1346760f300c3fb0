import { type PersonQuarter, quarterMs } from '../person-quarter.ts'
import { localDays } from './local-day.ts'
import type { WorkRules } from './rules.ts'
import type { Shift } from './shift.ts'
import type { Span } from './spans.ts'
import { type Period, workedDays } from './worked.ts'

/** The figures of one person on one day as a version of a period keeps them: figures by name, of worked time and of calls. */
export interface DayFigures {
  readonly employeeId: number
  /** `2026-11-28`. */
  readonly day: string
  readonly figures: Readonly<Record<string, number>>
}

export interface FigureDifference {
  readonly employeeId: number
  readonly day: string
  readonly figure: string
  readonly before: number
  readonly after: number
}

/** Calls that begin, and talk that lies, in a quarter hour. */
export type CallQuarter = Pick<PersonQuarter, 'employeeId' | 'quarter' | 'calls' | 'talk'>

/** Worked time of every person in the period, by person and day of the shift's clock; calls by the days of the site's, `zone`. */
export function figuresOf(
  shifts: readonly Shift[],
  quarters: readonly CallQuarter[],
  period: Period,
  zone: string,
  rules: WorkRules,
): DayFigures[] {
  const all = new Map<string, { employeeId: number; day: string; figures: Record<string, number> }>()
  const figuresAt = (employeeId: number, day: string): Record<string, number> => {
    const key = `${employeeId} ${day}`
    const row = all.get(key) ?? { employeeId, day, figures: {} }
    all.set(key, row)
    return row.figures
  }
  for (const [employeeId, own] of Map.groupBy(shifts, (it) => it.employeeId))
    for (const { day, ...worked } of workedDays(own, period, rules)) Object.assign(figuresAt(employeeId, day), worked)
  for (const { employeeId, quarter, calls, talk } of quarters) {
    const [day] = localDays(quarter * quarterMs, quarter * quarterMs + 1, zone)
    const figures = figuresAt(employeeId, day?.date ?? '')
    figures['calls'] = (figures['calls'] ?? 0) + calls
    figures['talkSeconds'] = (figures['talkSeconds'] ?? 0) + talk
  }
  return [...all.values()].sort((a, b) => a.employeeId - b.employeeId || (a.day < b.day ? -1 : 1))
}

/** What changed from one version of a period to the next; a day or a figure that is not there is 0. */
export function differenceOf(previous: readonly DayFigures[], current: readonly DayFigures[]): FigureDifference[] {
  const all = new Map<
    string,
    { employeeId: number; day: string; before: DayFigures | null; after: DayFigures | null }
  >()
  for (const [side, rows] of [['before', previous] as const, ['after', current] as const])
    for (const row of rows) {
      const { employeeId, day } = row
      const key = `${employeeId} ${day}`
      all.set(key, { ...(all.get(key) ?? { employeeId, day, before: null, after: null }), [side]: row })
    }
  return [...all.values()]
    .sort((a, b) => a.employeeId - b.employeeId || (a.day < b.day ? -1 : 1))
    .flatMap(({ employeeId, day, before, after }) => {
      const [was, is] = [before?.figures ?? {}, after?.figures ?? {}]
      return [...new Set([...Object.keys(was), ...Object.keys(is)])]
        .map((figure) => ({ employeeId, day, figure, before: was[figure] ?? 0, after: is[figure] ?? 0 }))
        .filter((it) => it.before !== it.after)
    })
}

export interface LockablePeriod extends Span {
  readonly id: number
  /** Null: everybody. */
  readonly unitId: number | null
  /** Null: locked. */
  readonly unlockedAt: number | null
}

/** Whose time is asked about. */
export interface LockedPerson {
  /** The person's unit and those above it. */
  readonly units: readonly number[]
  /** Ids of the periods of units that keep the person's figures. */
  readonly keptIn: readonly number[]
}

/**
 * The locked periods that a change of a person's time touches: those of everybody, those that keep the person's figures, whatever unit
 * the person is of now, and, for times of which none does, those of the units that the person is of. `ranges`: where the time changes
 * (`changedTime`); of an instant, [it, it + 1).
 */
export function lockedBy<P extends LockablePeriod>(
  periods: readonly P[],
  { units, keptIn }: LockedPerson,
  ranges: readonly Span[],
): P[] {
  const meets = (a: Span, b: Span) => a.from < b.to && a.to > b.from
  const touched = periods.filter((it) => it.unlockedAt === null && ranges.some((range) => meets(range, it)))
  const keeping = touched.filter(({ id }) => keptIn.includes(id))
  return touched.filter(
    (it) =>
      it.unitId === null ||
      keeping.includes(it) ||
      (units.includes(it.unitId) && !keeping.some((other) => meets(other, it))),
  )
}
