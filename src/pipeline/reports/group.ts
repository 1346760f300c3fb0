import { type CallSummary, type ServiceRules, serviceRules, summarise } from '../../domain/metrics/call-summary.ts'
import { type GroupFigures, groupFigures } from '../../domain/metrics/groups.ts'
import type { ReportFacts } from './facts.ts'
import { sumOfOutcomes } from './interval.ts'
import type { Report } from './request.ts'

/** With the thresholds by which it was judged. */
export interface GroupTotal extends CallSummary, ServiceRules {}

/**
 * One row a group, each by its own thresholds. The total counts each call that was sent to any of them once, and where there are
 * several by the usual thresholds, for a call of two groups can be judged by those of neither.
 */
export async function groupReport(facts: ReportFacts): Promise<Report<GroupFigures, GroupTotal>> {
  const asked = await facts.askedCalls()
  const calls = asked.filter((call) => facts.groupsOf(call).length > 0)
  const { rules: asking, wrapUpSeconds } = facts.request
  // Marks are of people, not of calls: no group has any.
  const wrapUp = { perCallSeconds: wrapUpSeconds, marked: [] }
  const rows = groupFigures(calls, (call) => facts.askedGroupsOf(call), asking, wrapUp)
  const [only] = rows
  const { serviceLevelSeconds, shortSeconds } = only && rows.length === 1 ? only : serviceRules(asking)
  const rules = { serviceLevelSeconds, shortSeconds }
  const total = { ...rules, ...summarise(calls, rules, wrapUp) }
  return {
    rows: rows.toSorted((a, b) => b.calls - a.calls),
    total,
    checks: async () => [
      {
        kind: 'calls',
        intervals: null,
        outcomes: sumOfOutcomes(total),
        others: asked.length - calls.length,
        list: await facts.countAsked(),
      },
    ],
  }
}
