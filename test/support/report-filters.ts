import type { CountedCall } from '../../src/domain/metrics/counted-call.ts'
import { openRandom } from '../../src/domain/simulation/random.ts'
import type { NamedFilter } from '../../src/pipeline/reports/named-filter.ts'
import { testSeed } from './days.ts'
import { isCounted } from './report-counting.ts'
import type { ReportWorld } from './report-world.ts'

/** All of it, a list of numbers by a person, and filters at random: none, one, or several that hold together. */
export function drawnFilters(stream: number, count: number): NamedFilter[] {
  const random = openRandom(testSeed, stream)
  const maybe = <T>(of: readonly T[], probability = 0.3): T | undefined =>
    random.chance(probability) ? random.pick(of) : undefined
  const drawn = Array.from(
    { length: count },
    (): NamedFilter => ({
      source: maybe(['pbx', 'kro'], 0.15),
      site: maybe(['north', 'south'], 0.15),
      direction: maybe(['inbound', 'outbound', 'internal'] as const),
      extension: maybe(['201, 203', '202', '204,205,206', '299']),
      plan: maybe(['pbx', 'kro'], 0.15),
      group: maybe(['300', '301', '706', 'Меню', 'Кассы']),
      employee: maybe(['ёлкина яна', 'T-2', 'T-4'], 0.2),
      unit: maybe(['группа', 'Отдел'], 0.15),
    }),
  )
  return [{}, { group: 'Кассы', employee: 'T-2' }, ...drawn]
}

/** True when the filter asks for some calls, not for all of some people. */
export const isOfSomeCalls = (named: NamedFilter): boolean =>
  Object.entries(named).some(([name, value]) => name !== 'employee' && name !== 'unit' && value !== undefined)

/** What a filter lets through, by looking at each call. */
export function passing(world: ReportWorld, named: NamedFilter) {
  const extensions = named.extension?.split(',').map((it) => it.trim())
  const people = world.people.filter(
    (it) =>
      (named.employee === undefined || it.name.toLowerCase() === named.employee || `T-${it.id}` === named.employee) &&
      (named.unit !== 'группа' || it.unit === 2),
  )
  const isPeopleAsked = named.employee !== undefined || named.unit !== undefined
  const ids = people.map(({ id }) => id)
  const callOf = new Map(world.calls.map((it) => [it.id, it]))
  const isOfSource = (sourceId: number) =>
    (named.source === undefined || named.source === (sourceId === 1 ? 'pbx' : 'kro')) &&
    (named.site === undefined || named.site === (sourceId === 1 ? 'north' : 'south'))
  const isOfGroup = ({ plan, targets }: CountedCall) => {
    if (named.group === undefined) return true
    if (named.group === 'Кассы') return plan === 'pbx' && targets.includes('201')
    if (named.group === '706' || named.group === 'Меню') return plan === 'pbx' && targets.includes('706')
    return targets.includes(named.group)
  }
  const isPart = (part: ReportWorld['parts'][number]) =>
    isOfSource(part.sourceId) &&
    (named.direction ?? part.direction) === part.direction &&
    (named.plan ?? part.plan) === part.plan &&
    (extensions?.includes(part.extension) ?? true) &&
    (!isPeopleAsked || ids.includes(part.employeeId ?? 0)) &&
    isOfGroup(callOf.get(part.callId)!)
  const ofPeople = new Set(world.parts.filter((it) => isPart(it) && isCounted(it.state)).map((it) => it.callId))
  const isCall = (call: CountedCall, direction = named.direction) =>
    isOfSource(call.sourceId) &&
    (direction ?? call.direction) === call.direction &&
    (named.plan ?? call.plan) === call.plan &&
    (extensions === undefined || call.extensions.some(({ number }) => extensions.includes(number))) &&
    isOfGroup(call) &&
    (!isPeopleAsked || ofPeople.has(call.id))
  /** Telephones that a report of telephones shows where they had a call. */
  const isTelephone = (plan: string, extension: string) =>
    (named.plan ?? plan) === plan &&
    (extensions?.includes(extension) ?? true) &&
    (named.group !== 'Кассы' || (plan === 'pbx' && ['201', '299'].includes(extension)))
  return { people, isPeopleAsked, extensions, isPart, isCall, isTelephone }
}
