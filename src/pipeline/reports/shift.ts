import type { AttributedPart } from '../../domain/attribution.ts'
import { isEvent } from '../../domain/metrics/excluded-calls.ts'
import { isCounted } from '../../domain/metrics/person.ts'
import { type ShiftFigures, shiftFigures } from '../../domain/metrics/shifts.ts'
import { breakFlagsAsOf } from '../../domain/worktime/breaks.ts'
import { oldReportFigures } from '../../domain/worktime/old-figures.ts'
import { endAsOf } from '../../domain/worktime/presence.ts'
import type { BreakFlag, Shift, ShiftFlag } from '../../domain/worktime/shift.ts'
import type { Span } from '../../domain/worktime/spans.ts'
import { instantText } from '../status.ts'
import { type NamedEmployee, type ReportFacts, reachMs } from './facts.ts'
import { type EventType, openEventTypes } from './event-type.ts'
import { type GapRow, gapRow } from './gap.ts'
import type { Report } from './request.ts'
import { sumOf } from './totals.ts'

export interface ShiftRow extends Omit<ShiftFigures, 'shift' | 'callIds' | 'old'> {
  readonly id: string
  readonly employee: NamedEmployee
  readonly startedAt: string
  readonly endedAt: string | null
  readonly zone: string
  readonly breaks: readonly { readonly type: string; readonly startedAt: string; readonly endedAt: string | null }[]
  /** Of the shift and of its breaks. */
  readonly flags: readonly (ShiftFlag | BreakFlag)[]
  /** In a part of it the program that bound calls stood still: that none is there is no idleness. */
  readonly inGap: boolean
  readonly old: OldShiftRow
}

/** R1 of the older system. */
type OldShiftRow = Omit<ShiftFigures['old'], 'included'>

/** R2 of the older system: whose shifts, from the earliest start to the latest end; the events by kind are those that were not left out. */
interface OldShiftTotal extends OldShiftRow {
  readonly people: number
  readonly from: number | null
  readonly to: number | null
  readonly included: readonly { readonly type: EventType; readonly count: number }[]
}

export interface ShiftTotal {
  readonly shifts: number
  readonly presenceSeconds: number
  readonly workedSeconds: number
  readonly workedInPeriodSeconds: number
  readonly breakSeconds: number
  /** Rows do not add up to them: a call of several people stands in the shift of each. */
  readonly distinctCalls: number
  readonly excludedCalls: number
  readonly talkSeconds: number
  readonly marks: number
  readonly boundCalls: number
  readonly gaps: readonly GapRow[]
  readonly old: OldShiftTotal
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
  const parts = Map.groupBy(await facts.parts({ from: from - reachMs, to }, ids), (it) => it.employeeId)
  const isExcluded = await facts.exclusions()
  const marks = await facts.marksByShift(shifts)
  const bound = await facts.boundByShift(shifts)
  const gaps = await facts.reading.legacy.gaps({ from, to })
  const isIn = (shift: Shift, gap: Span) => shift.startedAt < gap.to && gap.from < (shift.endedAt ?? now)
  const instant = (at: number | null) => (at === null ? null : instantText(at))
  const typed = await openEventTypes(facts.reading)
  const included = new Map<string, { readonly type: EventType; readonly count: number }>()
  const calls = new Set<number>()
  const rows = shifts.toReversed().map((shift): ShiftRow => {
    const {
      shift: _,
      callIds,
      old,
      ...figures
    } = shiftFigures({
      shift,
      parts: parts.get(shift.employeeId) ?? [],
      marks: marks.get(shift.id) ?? [],
      isExcluded,
      bound: bound.get(shift.id) ?? [],
      period: { ...period, asOf: now },
      rules,
    })
    for (const id of callIds) calls.add(id)
    const { included: events, ...oldRow } = old
    for (const { type: of, count } of events) {
      const type = typed(of)
      const key = type.id ?? type.name
      included.set(key, { type, count: count + (included.get(key)?.count ?? 0) })
    }
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
      flags: [...new Set([...shift.flags, ...shift.breaks.flatMap((it) => breakFlagsAsOf(it, shift, now, rules))])],
      inGap: gaps.some((gap) => isIn(shift, gap)),
      ...figures,
      old: oldRow,
    }
  })
  const { people, hours, breakMinutes, from: first, to: last } = oldReportFigures(shifts, now, rules)
  const talkSeconds = sumOf(rows, (it) => it.talkSeconds)
  return {
    rows,
    total: {
      shifts: rows.length,
      presenceSeconds: sumOf(rows, (it) => it.presenceSeconds),
      workedSeconds: sumOf(rows, (it) => it.workedSeconds),
      workedInPeriodSeconds: sumOf(rows, (it) => it.workedInPeriodSeconds),
      breakSeconds: sumOf(rows, (it) => it.breakSeconds),
      distinctCalls: calls.size,
      excludedCalls: sumOf(rows, (it) => it.excludedCalls),
      talkSeconds,
      marks: sumOf(rows, (it) => it.marks),
      boundCalls: sumOf(rows, (it) => it.boundCalls),
      gaps: gaps
        .filter((gap) => shifts.some((it) => isIn(it, gap)) || (gap.from < period.to && period.from < gap.to))
        .map(gapRow),
      old: {
        people,
        hours,
        breakMinutes,
        from: first,
        to: last,
        events: sumOf(rows, (it) => it.old.events),
        included: [...included.values()].toSorted((a, b) => b.count - a.count),
      },
    },
    checks: async () => {
      const spans = Map.groupBy(
        shifts.map((it) => ({ of: it.employeeId, from: it.startedAt, to: endAsOf(it, now, rules) })),
        (it) => it.of,
      )
      const asked = { from: period.from, to: Math.min(period.to, now) }
      const judged = [...parts].flatMap(([id, of]) => {
        const span = around([asked, ...(spans.get(id as number) ?? [])])
        return of.filter((it) => isCounted(it) && it.at >= span.from && it.at < span.to)
      })
      const talkIn = (state: AttributedPart['state']) =>
        sumOf(judged, (it) => (it.state === state ? it.talkSeconds : 0))
      const took = judged.filter((it) => isEvent(it) && !isExcluded(it))
      return [
        {
          kind: 'shifts',
          talk: talkSeconds,
          onShift: talkIn('on-shift'),
          onBreak: talkIn('on-break'),
          calls: calls.size,
          judged: new Set(took.map(({ callId }) => callId)).size,
        },
      ]
    },
  }
}

/** Around shifts of one person that reach into the period no other shift of the person can lie. */
const around = (spans: readonly Span[]): Span => ({
  from: Math.min(...spans.map((it) => it.from)),
  to: Math.max(...spans.map((it) => it.to)),
})
