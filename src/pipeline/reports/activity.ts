import type { AttributedPart } from '../../domain/attribution.ts'
import { openZone } from '../../domain/clock.ts'
import { activityEvents, oldActivityEvents } from '../../domain/metrics/activity.ts'
import { isEvent } from '../../domain/metrics/excluded-calls.ts'
import { clockDays, clockIntervals, intervalAt } from '../../domain/metrics/intervals.ts'
import type { NamedEmployee, ReportFacts } from './facts.ts'
import { type EventType, openEventTypes } from './event-type.ts'
import { type GapRow, gapRow } from './gap.ts'
import { type ClockLabel, clockLabel } from './interval.ts'
import type { Report } from './request.ts'
import { sumOf } from './totals.ts'

export interface ActivityRow extends ClockLabel {
  readonly employee: NamedEmployee
  readonly type: EventType
  readonly count: number
  /** In a part of it the program that bound calls stood still. */
  readonly inGap: boolean
}

export interface ActivityTotal {
  readonly count: number
  /** Bound calls of the period that are not excluded, whether the rows count them or not. */
  readonly boundCalls: number
  readonly gaps: readonly GapRow[]
}

export type ActivityStep = 'hour' | 'day'

/** By hour up to five days, else by day, as the older system drew it; by the site's clock. */
export const usualStep = ({ from, to }: { readonly from: number; readonly to: number }): ActivityStep =>
  to - from <= 5 * 86_400_000 + 3_600_000 ? 'hour' : 'day'

/** `old`: as the older system counted, calls that it bound to people in the place of those that were made from raw lines. */
export async function activityReport(
  facts: ReportFacts,
  step: ActivityStep,
  old: boolean,
): Promise<Report<ActivityRow, ActivityTotal>> {
  const { period, zone: zoneName } = facts.request
  const zone = openZone(zoneName)
  const steps =
    step === 'hour' ? clockIntervals(zone, period.from, period.to, 60) : clockDays(zone, period.from, period.to)
  const bound = await facts.boundCalls()
  const gaps = await facts.reading.legacy.gaps(period)
  const marks = await facts.marks()
  const parts = old ? [] : await partsOf(facts)
  const events = old ? oldActivityEvents(bound, marks) : activityEvents(parts, marks)
  const named = await openEventTypes(facts.reading)
  const rows = new Map<string, ActivityRow>()
  for (const event of events) {
    const at = intervalAt(steps, event.at)
    const interval = at === null ? undefined : steps[at]
    const employee = facts.named(event.employeeId)
    if (!interval || !employee) continue
    const type = named(event.type)
    const key = [interval.from, employee.id, type.id ?? type.name].join('\n')
    const count = (rows.get(key)?.count ?? 0) + event.count
    const inGap = gaps.some((gap) => interval.from < gap.to && gap.from < interval.to)
    rows.set(key, { ...clockLabel(interval), employee, type, count, inGap })
  }
  const inOrder = rows
    .values()
    .toArray()
    .toSorted((a, b) => compare(a.from, b.from) || compare(a.employee.name, b.employee.name))
  const count = sumOf(inOrder, (it) => it.count)
  const boundCalls = bound.filter((it) => !it.excluded).length
  return {
    rows: inOrder,
    total: {
      count,
      boundCalls,
      gaps: gaps.map(gapRow),
    },
    checks: async () => [
      {
        kind: 'events',
        events: count,
        calls: old
          ? boundCalls
          : new Set(parts.filter(isEvent).map(({ employeeId, callId }) => `${employeeId} ${callId}`)).size,
        marks: sumOf(
          marks.filter((it) => !it.excluded),
          (it) => it.count,
        ),
      },
    ],
  }
}

/** Without the calls that were left out of their person's events. */
async function partsOf(facts: ReportFacts): Promise<readonly AttributedPart[]> {
  const isExcluded = await facts.exclusions()
  const parts = await facts.parts(
    facts.request.period,
    facts.people.map(({ id }) => id),
  )
  return parts.filter((it) => !isExcluded(it))
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
