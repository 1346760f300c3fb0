import { openZone } from '../../domain/clock.ts'
import { activityEvents, type ActivityEvent } from '../../domain/metrics/activity.ts'
import { clockDays, clockIntervals, intervalAt } from '../../domain/metrics/intervals.ts'
import type { NamedEmployee, ReportFacts } from './facts.ts'
import { type ClockLabel, clockLabel } from './interval.ts'
import type { Report } from './request.ts'

export interface ActivityRow extends ClockLabel {
  readonly employee: NamedEmployee
  /** A kind of mark by its id; calls have none: their name is their direction. */
  readonly type: { readonly id: string | null; readonly name: string }
  readonly count: number
}

export type ActivityStep = 'hour' | 'day'

/** By hour up to five days, else by day, as the older system drew it; by the site's clock. */
export const usualStep = ({ from, to }: { readonly from: number; readonly to: number }): ActivityStep =>
  to - from <= 5 * 86_400_000 + 3_600_000 ? 'hour' : 'day'

export async function activityReport(
  facts: ReportFacts,
  step: ActivityStep,
): Promise<Report<ActivityRow, { readonly count: number }>> {
  const { period, zone: zoneName } = facts.request
  const zone = openZone(zoneName)
  const steps =
    step === 'hour' ? clockIntervals(zone, period.from, period.to, 60) : clockDays(zone, period.from, period.to)
  const found = await facts.parts(
    period,
    facts.people.map(({ id }) => id),
  )
  const isExcluded = await facts.exclusions()
  const parts = found.filter((it) => !isExcluded(it))
  const types = new Map((await facts.reading.markTypes()).map(({ id, name }) => [id, name]))
  const named = ({ type }: ActivityEvent): ActivityRow['type'] =>
    'calls' in type
      ? { id: null, name: type.calls }
      : { id: String(type.mark), name: types.get(type.mark) ?? String(type.mark) }
  const rows = new Map<string, ActivityRow>()
  for (const event of activityEvents(parts, await facts.marks())) {
    const at = intervalAt(steps, event.at)
    const interval = at === null ? undefined : steps[at]
    const employee = facts.named(event.employeeId)
    if (!interval || !employee) continue
    const type = named(event)
    const key = [interval.from, employee.id, type.id ?? type.name].join('\n')
    const count = (rows.get(key)?.count ?? 0) + event.count
    rows.set(key, { ...clockLabel(interval), employee, type, count })
  }
  const inOrder = rows
    .values()
    .toArray()
    .toSorted((a, b) => compare(a.from, b.from) || compare(a.employee.name, b.employee.name))
  return { rows: inOrder, total: { count: inOrder.reduce((sum, it) => sum + it.count, 0) }, checks: async () => [] }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
