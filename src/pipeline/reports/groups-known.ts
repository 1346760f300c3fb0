import type { CountedCall } from '../../domain/metrics/counted-call.ts'
import { noRules, type RuledGroup } from '../../domain/metrics/groups.ts'
import type { ReportReading } from '../report-reading.ts'

/**
 * The groups to which calls are sent: numbers that the directory knows as one, those that fit the pattern by which the call was
 * read, and lists of numbers.
 */
export async function groupFinder(reading: ReportReading): Promise<(call: CountedCall) => readonly RuledGroup[]> {
  const directory = new Map((await reading.directory()).map((it) => [`${it.plan}\n${it.number}`, it]))
  const lists = Map.groupBy(await reading.numberLists(), ({ plan, number }) => `${plan}\n${number}`)
  const patterns = new Map(
    [...(await reading.allReadings())].map(([id, { groups }]) => [
      id,
      groups === null ? null : new RegExp(groups, 'u'),
    ]),
  )
  const find = (plan: string, number: string, readingId: number): readonly RuledGroup[] => {
    const entry = directory.get(`${plan}\n${number}`)
    const isGroup = entry?.isGroup === true || patterns.get(readingId)?.test(number) === true
    return [
      ...(isGroup ? [{ name: entry?.label ?? number, plan, number, rules: entry ?? noRules }] : []),
      ...(lists.get(`${plan}\n${number}`) ?? []).map(({ name }) => ({
        name,
        plan: null,
        number: null,
        rules: noRules,
      })),
    ]
  }
  const known = new Map<string, readonly RuledGroup[]>()
  return ({ plan, targets, readingId }) =>
    targets.flatMap((number) => {
      const key = `${readingId}\n${plan}\n${number}`
      let groups = known.get(key)
      if (!groups) known.set(key, (groups = find(plan, number, readingId)))
      return groups
    })
}
