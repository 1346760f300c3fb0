import {
  type CallSummary,
  noWrapUp,
  type ServiceRules,
  type ServiceSettings,
  serviceRules,
  summarise,
} from './call-summary.ts'
import type { CountedCall } from './counted-call.ts'

/** A hunt group or queue by its number, or a list of numbers that somebody watches together (then without plan and number). */
interface CallGroup {
  readonly name: string
  readonly plan: string | null
  readonly number: string | null
}

/** A group with the thresholds that somebody set for it. */
export interface RuledGroup extends CallGroup {
  readonly rules: ServiceSettings
}

export const noRules: ServiceSettings = { serviceLevelSeconds: null, shortSeconds: null }

/** With the thresholds by which its calls were judged. */
export interface GroupFigures extends CallSummary, ServiceRules {
  readonly group: CallGroup
}

const groupKey = ({ name, plan, number }: CallGroup): string =>
  plan === null ? `list\n${name}` : `${plan}\n${number ?? ''}`

/** Each group once. */
export const distinctGroups = (groups: Iterable<RuledGroup>): RuledGroup[] => [
  ...new Map([...groups].map((it) => [groupKey(it), it])).values(),
]

/**
 * A call belongs to every group among its targets: rows do not add up to calls. Each group's calls are judged by what is `asked`
 * for, else by the group's own thresholds, else by the usual ones.
 */
export function groupFigures(
  calls: Iterable<CountedCall>,
  groupsOf: (call: CountedCall) => readonly RuledGroup[],
  asked: ServiceSettings,
  wrapUp = noWrapUp,
): GroupFigures[] {
  const groups = new Map<string, { group: RuledGroup; calls: CountedCall[] }>()
  for (const call of calls)
    for (const group of distinctGroups(groupsOf(call))) {
      const key = groupKey(group)
      const found = groups.get(key)
      if (found) found.calls.push(call)
      else groups.set(key, { group, calls: [call] })
    }
  return groups
    .values()
    .map(({ group: { name, plan, number, rules: own }, calls: of }) => {
      const rules = serviceRules(asked, own)
      return { group: { name, plan, number }, ...rules, ...summarise(of, rules, wrapUp) }
    })
    .toArray()
}

/** One group is judged by its own thresholds, several together by the usual ones; either by what is `asked` for first. */
export function rulesTogether(groups: readonly RuledGroup[], asked: ServiceSettings): ServiceRules {
  const [only, ...others] = groups
  return only && others.length === 0 ? serviceRules(asked, only.rules) : serviceRules(asked)
}
