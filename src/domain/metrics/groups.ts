import { type CallSummary, type ServiceRules, summarise } from './call-summary.ts'
import type { CountedCall } from './counted-call.ts'

/** A hunt group or queue by its number, or a list of numbers that somebody watches together (then without plan and number). */
export interface CallGroup {
  readonly name: string
  readonly plan: string | null
  readonly number: string | null
}

export interface GroupFigures extends CallSummary {
  readonly group: CallGroup
}

const groupKey = ({ name, plan, number }: CallGroup): string =>
  plan === null ? `list\n${name}` : `${plan}\n${number ?? ''}`

/** A call belongs to every group among its targets: rows do not add up to calls. */
export function groupFigures(
  calls: Iterable<CountedCall>,
  groupsOf: (call: CountedCall) => readonly CallGroup[],
  rules: ServiceRules,
): GroupFigures[] {
  const groups = new Map<string, { group: CallGroup; calls: CountedCall[] }>()
  for (const call of calls)
    for (const group of new Map(groupsOf(call).map((it) => [groupKey(it), it])).values()) {
      const key = groupKey(group)
      const found = groups.get(key)
      if (found) found.calls.push(call)
      else groups.set(key, { group, calls: [call] })
    }
  return groups
    .values()
    .map((it) => ({ group: it.group, ...summarise(it.calls, rules) }))
    .toArray()
}
