import type { Shift, ShiftFlag } from '../../domain/worktime/shift.ts'
import type { Span } from '../../domain/worktime/spans.ts'
import { type ShiftFigures, shiftFigures } from '../../domain/metrics/shifts.ts'
import { instantText } from '../status.ts'
import { type NamedEmployee, type ReportFacts } from './facts.ts'
import { type GapRow, gapRow } from './gap.ts'
import type { Report } from './request.ts'
import { sumOf } from './totals.ts'

export interface ShiftRow extends Omit<ShiftFigures, 'shift' | 'old'> {
  readonly id: string
  readonly employee: NamedEmployee
  readonly startedAt: string
  readonly endedAt: string | null
  readonly zone: string
  readonly breaks: readonly { readonly type: string; readonly startedAt: string; readonly endedAt: string | null }[]
  readonly flags: readonly ShiftFlag[]
  /** In a part of it the program that bound calls stood still: that none is there is no idleness. */
  readonly inGap: boolean
  readonly old: ShiftFigures['old']
}

export interface ShiftTotal {
  readonly shifts: number
  readonly employees: number
  readonly presenceSeconds: number
  readonly workedSeconds: number
  readonly workedInPeriodSeconds: number
  readonly breakSeconds: number
  readonly calls: number
  readonly excludedCalls: number
  readonly talkSeconds: number
  readonly marks: number
  readonly boundCalls: number
  readonly gaps: readonly GapRow[]
  readonly old: ShiftFigures['old']
}

/** Every shift that has time in the period, whole, newest first. */
export async function shiftReport(facts: ReportFacts): Promise<Report<ShiftRow, ShiftTotal>> {
  const { period, now } = facts.request
  const rules = await facts.workRules()
  const shifts = await facts.shifts(rules)
  const from = shifts.reduce((earliest, it) => Math.min(earliest, it.startedAt), period.from)
  const to = shifts.reduce((latest, it) => Math.max(latest, it.endedAt ?? now), period.to)
  const ids = facts.people.map(({ id }) => id)
  // A call belongs to a shift by the instant that decided, which is not before its start.
  const parts = Map.groupBy(await facts.parts({ from: from - 86_400_000, to }, ids), (it) => it.employeeId)
  const isExcluded = await facts.exclusions()
  const marks = await facts.marksByShift(shifts)
  const bound = await facts.boundByShift(shifts)
  const gaps = await facts.reading.legacy.gaps({ from, to })
  const isIn = (shift: Shift, gap: Span) => shift.startedAt < gap.to && gap.from < (shift.endedAt ?? now)
  const instant = (at: number | null) => (at === null ? null : instantText(at))
  const rows = shifts.toReversed().map((shift): ShiftRow => {
    const { shift: _, ...figures } = shiftFigures({
      shift,
      parts: parts.get(shift.employeeId) ?? [],
      marks: marks.get(shift.id) ?? [],
      isExcluded,
      boundCalls: bound.get(shift.id) ?? 0,
      period: { ...period, asOf: now },
      rules,
    })
    return {
      id: String(shift.id),
      employee: facts.named(shift.employeeId) as NamedEmployee,
      startedAt: instantText(shift.startedAt),
      endedAt: instant(shift.endedAt),
      zone: shift.zone,
      breaks: shift.breaks.map((it) => ({
        type: it.type,
        startedAt: instantText(it.startedAt),
        endedAt: instant(it.endedAt),
      })),
      flags: shift.flags,
      inGap: gaps.some((gap) => isIn(shift, gap)),
      ...figures,
    }
  })
  return {
    rows,
    total: {
      shifts: rows.length,
      employees: new Set(rows.map(({ employee }) => employee.id)).size,
      presenceSeconds: sumOf(rows, (it) => it.presenceSeconds),
      workedSeconds: sumOf(rows, (it) => it.workedSeconds),
      workedInPeriodSeconds: sumOf(rows, (it) => it.workedInPeriodSeconds),
      breakSeconds: sumOf(rows, (it) => it.breakSeconds),
      calls: sumOf(rows, (it) => it.calls),
      excludedCalls: sumOf(rows, (it) => it.excludedCalls),
      talkSeconds: sumOf(rows, (it) => it.talkSeconds),
      marks: sumOf(rows, (it) => it.marks),
      boundCalls: sumOf(rows, (it) => it.boundCalls),
      gaps: gaps
        .filter((gap) => shifts.some((it) => isIn(it, gap)) || (gap.from < period.to && period.from < gap.to))
        .map(gapRow),
      old: {
        hours: sumOf(rows, (it) => it.old.hours),
        breakMinutes: sumOf(rows, (it) => it.old.breakMinutes),
        events: sumOf(rows, (it) => it.old.events),
      },
    },
    checks: async () => [],
  }
}
