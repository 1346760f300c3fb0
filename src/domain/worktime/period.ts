import type { WorkRules } from './rules.ts'
import type { Shift } from './shift.ts'
import type { Span } from './spans.ts'
import { type Period, workedDays } from './worked.ts'

/** The figures of one person on one day as a version of a period keeps them: figures by name, of worked time and whatever else stands with them. */
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

/** Worked time of every person in the period, by person and day. */
export function figuresOf(shifts: readonly Shift[], period: Period, rules: WorkRules): DayFigures[] {
  return [...Map.groupBy(shifts, ({ employeeId }) => employeeId)]
    .sort(([a], [b]) => a - b)
    .flatMap(([employeeId, own]) =>
      workedDays(own, period, rules).map(({ day, ...figures }) => ({ employeeId, day, figures })),
    )
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
  /** Null: everybody. */
  readonly unitId: number | null
  /** Null: locked. */
  readonly unlockedAt: number | null
}

/**
 * The locked periods that a change of a person's time touches. `units`: the person's unit and those above it; `ranges`: where the time
 * changes (`changedTime`); of an instant, [it, it + 1).
 */
export const lockedBy = <P extends LockablePeriod>(
  periods: readonly P[],
  units: readonly number[],
  ranges: readonly Span[],
): P[] =>
  periods.filter(
    (it) =>
      it.unlockedAt === null &&
      (it.unitId === null || units.includes(it.unitId)) &&
      ranges.some(({ from, to }) => from < it.to && to > it.from),
  )
