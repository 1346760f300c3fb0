import { type Assignment, fullName, type PersonName } from '../domain/people.ts'
import type { Unit } from '../domain/units.ts'
import { breakFlagsAsOf } from '../domain/worktime/breaks.ts'
import type { WorkRules } from '../domain/worktime/rules.ts'
import type { Break, Mark, Shift } from '../domain/worktime/shift.ts'
import { workedInShift } from '../domain/worktime/worked.ts'
import type { DayFigures, FigureDifference } from '../domain/worktime/period.ts'
import type { LoggedCall } from './legacy/legacy-store.ts'
import type { Employee, Period, PeriodVersion } from './people-store.ts'
import { instantText } from './status.ts'

/** People and their time as JSON. Names are fixed for scripts; ids are texts, instants ISO 8601. */

export interface EmployeeBrief {
  readonly id: string
  readonly name: string
}

export const employeeBrief = (it: PersonName & { readonly id: number }): EmployeeBrief => {
  return { id: String(it.id), name: fullName(it) }
}

export interface EmployeeJson extends EmployeeBrief {
  readonly personnelNumber: string | null
  readonly position: string | null
  readonly unit: string | null
  readonly zone: string | null
  readonly hiredOn: string | null
  readonly leftOn: string | null
  readonly active: boolean
}

export const employeeJson = (it: Employee, unit: string | null): EmployeeJson => ({
  ...employeeBrief(it),
  personnelNumber: it.personnelNumber,
  position: it.position,
  unit,
  zone: it.zone,
  hiredOn: it.hiredOn,
  leftOn: it.leftOn,
  active: it.active,
})

export const timeText = (instant: number | null): string | null => (instant === null ? null : instantText(instant))

export interface AssignmentJson {
  readonly id: string
  readonly employee: EmployeeBrief
  readonly plan: string
  readonly extension: string
  readonly from: string
  readonly to: string | null
  readonly confirmed: boolean
}

export const assignmentJson = (it: Assignment, employee: EmployeeBrief): AssignmentJson => ({
  id: String(it.id),
  employee,
  plan: it.plan,
  extension: it.extension,
  from: instantText(it.from),
  to: timeText(it.to),
  confirmed: it.confirmed,
})

export interface ShiftJson {
  readonly id: string
  readonly employee: EmployeeBrief
  readonly startedAt: string
  readonly endedAt: string | null
  readonly breaks: readonly {
    readonly id: string
    readonly type: string
    readonly startedAt: string
    readonly endedAt: string | null
    readonly flags: readonly string[]
  }[]
  /** Up to now. */
  readonly workedSeconds: number
  readonly flags: readonly string[]
}

export const shiftJson = (it: Shift, employee: EmployeeBrief, now: number, rules: WorkRules): ShiftJson => ({
  id: String(it.id),
  employee,
  startedAt: instantText(it.startedAt),
  endedAt: timeText(it.endedAt),
  breaks: it.breaks.map((one) => ({
    id: String(one.id),
    type: one.type,
    startedAt: instantText(one.startedAt),
    endedAt: timeText(one.endedAt),
    flags: breakFlagsAsOf(one, it, now, rules),
  })),
  workedSeconds: workedInShift(it, now, rules).workedSeconds,
  flags: it.flags,
})

export interface BreakJson {
  readonly id: string
  readonly employee: EmployeeBrief
  readonly shift: string
  readonly type: string
  readonly startedAt: string
  readonly endedAt: string | null
  readonly flags: readonly string[]
}

export const breakJson = (
  it: Break,
  shift: Shift,
  employee: EmployeeBrief,
  now: number,
  rules: WorkRules,
): BreakJson => ({
  id: String(it.id),
  employee,
  shift: String(shift.id),
  type: it.type,
  startedAt: instantText(it.startedAt),
  endedAt: timeText(it.endedAt),
  flags: breakFlagsAsOf(it, shift, now, rules),
})

export interface MarkJson {
  readonly id: string
  readonly employee: EmployeeBrief
  readonly shift: string | null
  readonly type: string
  readonly at: string
  readonly count: number
  readonly seconds: number | null
  readonly comment: string | null
  readonly excluded: boolean
}

export const markJson = (it: Mark, type: string, employee: EmployeeBrief): MarkJson => ({
  id: String(it.id),
  employee,
  shift: it.shiftId === null ? null : String(it.shiftId),
  type,
  at: instantText(it.at),
  count: it.count,
  seconds: it.seconds,
  comment: it.comment,
  excluded: it.excluded,
})

/** A call that the older system bound to the person of a shift. */
export interface BoundCallJson {
  readonly id: string
  /** About when it began: when it was written down, less its seconds. */
  readonly about: string
  readonly toldAt: string
  readonly direction: 'inbound' | 'outbound'
  readonly extension: string | null
  readonly otherNumber: string | null
  /** Null: not known, because what was counted is ringing. */
  readonly talkSeconds: number | null
  readonly ringSeconds: number | null
  readonly comment: string | null
  readonly excluded: boolean
  readonly flags: readonly string[]
}

export const boundCallJson = (it: LoggedCall): BoundCallJson => ({
  id: String(it.id),
  about: instantText(it.at),
  toldAt: instantText(it.toldAt),
  direction: it.direction,
  extension: it.extension,
  otherNumber: it.otherNumber,
  talkSeconds: it.ringOnly ? null : it.seconds,
  ringSeconds: it.ringOnly ? it.seconds : null,
  comment: it.comment,
  excluded: it.excluded,
  flags: it.flags,
})

/** A figure of a person and day that is not what it was. */
export interface DifferenceJson {
  readonly employee: EmployeeBrief
  readonly day: string
  readonly figure: string
  readonly before: number
  readonly after: number
}

export interface PeriodJson {
  readonly id: string
  /** Null: everybody. */
  readonly unit: string | null
  readonly from: string
  readonly to: string
  readonly locked: boolean
  readonly lockedBy: string
  readonly lockedAt: string
  readonly unlockedBy: string | null
  readonly unlockedAt: string | null
  readonly versions: readonly PeriodVersionJson[]
  /** What has come or changed since the newest version and is in none; null: nobody asked. */
  readonly since: readonly DifferenceJson[] | null
}

interface PeriodVersionJson {
  readonly version: number
  readonly madeAt: string
  readonly madeBy: string
  readonly reason: string
  readonly workedSeconds: number
  readonly figures: readonly (Readonly<Record<string, number>> & {
    readonly employee: EmployeeBrief
    readonly day: string
  })[]
  /** From the version before. */
  readonly difference: readonly DifferenceJson[]
}

export function periodJson(
  it: Period,
  versions: readonly PeriodVersion[],
  units: readonly Unit[],
  employees: readonly Employee[],
  since: readonly FigureDifference[] | null = null,
): PeriodJson {
  const named = new Map(employees.map((one) => [one.id, employeeBrief(one)]))
  const brief = (id: number): EmployeeBrief => named.get(id) ?? { id: String(id), name: '–' }
  const differences = (all: readonly FigureDifference[]): DifferenceJson[] =>
    all.map(({ employeeId, ...rest }) => ({ employee: brief(employeeId), ...rest }))
  return {
    id: String(it.id),
    unit: units.find(({ id }) => id === it.unitId)?.name ?? null,
    from: instantText(it.from),
    to: instantText(it.to),
    locked: it.unlockedAt === null,
    lockedBy: it.lockedBy,
    lockedAt: instantText(it.lockedAt),
    unlockedBy: it.unlockedBy,
    unlockedAt: timeText(it.unlockedAt),
    versions: versions.map(({ version, madeAt, madeBy, reason, ...one }) => {
      const figures = JSON.parse(one.figures) as DayFigures[]
      return {
        version,
        madeAt: instantText(madeAt),
        madeBy,
        reason,
        workedSeconds: figures.reduce((sum, day) => sum + (day.figures['workedSeconds'] ?? 0), 0),
        figures: figures.map((day) => ({
          employee: brief(day.employeeId),
          day: day.day,
          ...day.figures,
        })) as unknown as PeriodVersionJson['figures'],
        difference: differences(JSON.parse(one.difference) as FigureDifference[]),
      }
    }),
    since: since && differences(since),
  }
}
