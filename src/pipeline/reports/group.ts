import { type CallSummary, summarise } from '../../domain/metrics/call-summary.ts'
import { type GroupFigures, groupFigures } from '../../domain/metrics/groups.ts'
import type { ReportFacts } from './facts.ts'
import { sumOfOutcomes } from './interval.ts'
import type { Report } from './request.ts'

/** One row a group. The total counts each call that was sent to any of them once. */
export async function groupReport(facts: ReportFacts): Promise<Report<GroupFigures, CallSummary>> {
  const { filter, rules } = facts.request
  const asked = await facts.askedCalls()
  const calls = asked.filter((call) => facts.groupsOf(call).length > 0)
  const isAsked = ({ name, number }: { name: string; number: string | null }) =>
    filter.group === null || name === filter.group || number === filter.group
  const rows = groupFigures(calls, (call) => facts.groupsOf(call).filter(isAsked), rules)
  const total = summarise(calls, rules)
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
