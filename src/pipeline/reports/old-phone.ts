import { openZone } from '../../domain/clock.ts'
import { SmenaError } from '../../domain/errors.ts'
import { clockDays, type ClockInterval, intervalAt } from '../../domain/metrics/intervals.ts'
import { numbersOf, oldExchange, type OldRow, OldRowCount, type OldRowFigures } from '../../domain/metrics/old-rows.ts'
import { foldedKey } from '../../domain/people.ts'
import type { Span } from '../../domain/worktime/spans.ts'
import type { FoundOldRow } from '../legacy/legacy-reading.ts'
import type { DigestOrigin } from '../legacy/legacy-store.ts'
import type { DirectoryEntry } from '../report-reading.ts'
import { instantText } from '../status.ts'
import type { ReportFacts } from './facts.ts'
import { type ClockLabel, clockLabel } from './interval.ts'
import type { Report } from './request.ts'

/**
 * R4 and R5 of the older system over the rows of its statistics, as it counted them: records, not calls, and beside no call. Each
 * row stands under every number asked for that called or was called in it; the total counts it once.
 */
export interface OldPhoneRow extends OldRowFigures {
  /** Null: the row is of the whole period. */
  readonly day: ClockLabel | null
  /** The exchange, by the older system's name; null: of all, or the number has no row of any. */
  readonly source: string | null
  readonly plan: string | null
  readonly number: string
  readonly label: string | null
  readonly site: string | null
}

export interface OldPhoneTotal extends OldRowFigures {
  /** Which of the statistics was counted when: both keep the same records, and none is counted from two. */
  readonly counted: readonly { readonly table: DigestOrigin; readonly from: string; readonly to: string }[]
  /** The zone by whose clock the older system's times were meant; null: not known. */
  readonly oldZone: string | null
}

export interface OldPhoneAsked {
  /** The other number, as it is written in the rows. */
  readonly number: string | null
  /** An exchange, by the name that it has there or here. */
  readonly source: string | null
  readonly site: string | null
  readonly byDay: boolean
  /** The exchanges of this installation. */
  readonly exchanges: readonly Exchange[]
}

interface Exchange {
  readonly name: string
  readonly format: string
  readonly plan: string
  readonly site: string | null
}

/** A number whose rows are asked for; `plan` null: of whatever exchange. */
interface Target {
  readonly plan: string | null
  readonly number: string
}

const pageSize = 5000

export async function oldPhoneReport(
  facts: ReportFacts,
  asked: OldPhoneAsked,
): Promise<Report<OldPhoneRow, OldPhoneTotal>> {
  const { request, reading } = facts
  const { period, filter } = request
  const targets = await targetsOf(facts)
  const byNumber = Map.groupBy(targets, (it) => it.number)
  const days = asked.byDay ? clockDays(openZone(request.zone), period.from, period.to) : []
  const known = exchangeFinder(asked.exchanges)
  const isGrouped = filter.group !== null
  const count = new OldRowCount()
  const seen = new Map<Target, Set<string>>()
  const counted = await countedSpans(facts)
  for (const { table, ...span } of counted)
    for await (const row of oldRows(facts, table, span, [...byNumber.keys()], asked.number)) {
      if (!isDirectionAsked(row, filter.direction)) continue
      const source = oldExchange(row)
      const exchange = known(source)
      if (!isExchangeAsked(asked, source, exchange)) continue
      const day = intervalAt(days, row.at)
      const keys = new Set<string>()
      for (const number of numbersOf(row))
        for (const target of byNumber.get(number) ?? []) {
          if (target.plan !== null && exchange !== null && exchange.plan !== target.plan) continue
          keys.add(keyOf(target, isGrouped ? source : null, day))
          seen.set(target, (seen.get(target) ?? new Set()).add(source))
        }
      count.add(row, keys)
    }
  const describe = directoryFinder(await reading.directory())
  const rows = (day: number | null): OldPhoneRow[] =>
    targets.flatMap((target) => {
      const sources = isGrouped ? [...(seen.get(target) ?? [])].toSorted() : []
      return (sources.length > 0 ? sources : [null]).map((source) => ({
        day: day === null ? null : clockLabel(days[day] as ClockInterval),
        source,
        plan: target.plan,
        number: target.number,
        ...describe(target),
        ...count.of(keyOf(target, source, day)),
      }))
    })
  return {
    rows: asked.byDay ? days.flatMap((_, i) => rows(days.length - 1 - i)) : rows(null),
    total: {
      ...count.total,
      counted: counted.map(({ table, from, to }) => ({ table, from: instantText(from), to: instantText(to) })),
      oldZone: counted.length === 0 ? null : await reading.legacy.oldZone(),
    },
    checks: async () => [],
  }
}

const keyOf = ({ plan, number }: Target, source: string | null, day: number | null): string =>
  [plan, number, source, day].join('\n')

/** The numbers of a list, or those that were named: each once, however often it stands there. */
async function targetsOf({ reading, request }: ReportFacts): Promise<readonly Target[]> {
  const { group, plan, extensions } = request.filter
  if (group === null) return [...new Set(extensions ?? [])].map((number) => ({ plan, number }))
  const lists = await reading.numberLists()
  const listed = lists.filter((it) => it.name === group)
  if (listed.length === 0) {
    const names = [...new Set(lists.map((it) => it.name))]
    const known = names.slice(0, 20).join(', ') || '–'
    throw new SmenaError('name-unknown', { what: 'list of numbers', found: group, known })
  }
  return listed.filter((it) => (plan ?? it.plan) === it.plan && (extensions?.includes(it.number) ?? true))
}

/**
 * The first statistics know two exchanges, the later ones all, and those two again. Numbers that were named are counted by the
 * first, as the page of telephone calls did, and by the later ones after their last row; a list by the later ones, as the report of a
 * group did, and by the first before their first row.
 */
async function countedSpans({ reading, request }: ReportFacts): Promise<(Span & { readonly table: DigestOrigin })[]> {
  const { period, filter } = request
  let split: number
  if (filter.group === null) {
    const last = await reading.legacy.edgeOfOldRows('avaya_log', period, 'last')
    split = last === null ? period.from : last + 1
  } else split = (await reading.legacy.edgeOfOldRows('phone_log', period, 'first')) ?? period.to
  const spans = [
    { table: 'avaya_log', from: period.from, to: split },
    { table: 'phone_log', from: split, to: period.to },
  ] as const
  const filled: (Span & { readonly table: DigestOrigin })[] = []
  for (const it of spans)
    if (it.from < it.to && (await reading.legacy.edgeOfOldRows(it.table, it, 'first')) !== null) filled.push(it)
  // The only one that has rows is that of the whole period.
  return filled.map((it) => (filled.length === 1 ? { ...it, ...period } : it))
}

async function* oldRows(
  { reading }: ReportFacts,
  origin: DigestOrigin,
  span: Span,
  numbers: readonly string[],
  other: string | null,
): AsyncGenerator<FoundOldRow> {
  for (let after: FoundOldRow | null = null; ; ) {
    const page: readonly FoundOldRow[] = await reading.legacy.pageOldRows(
      { ...span, origin, numbers, other },
      after,
      pageSize,
    )
    yield* page
    after = page.at(-1) ?? null
    if (page.length < pageSize) return
  }
}

/** Internal rows are outgoing ones there; asked for by themselves they are only these. */
const isDirectionAsked = (row: OldRow, direction: string | null): boolean =>
  direction === null || (direction === 'internal' ? row.internal : row.direction === direction)

const isExchangeAsked = ({ source, site }: OldPhoneAsked, old: string, exchange: Exchange | null): boolean =>
  (source === null || foldedKey(source) === foldedKey(old) || source === exchange?.name) &&
  (site === null || exchange === null || exchange.site === null || exchange.site === site)

const formats: Readonly<Record<string, string>> = { 'KRS-AVAYA': 'avaya-ip-office', 'KRS-ASTERISK': 'asterisk-csv' }

/**
 * The exchange of this installation that one of the older system's was: the one of its name, and of the two of the first statistics
 * also the only one of its format. Null: not known; then a number of it can be of any plan.
 */
function exchangeFinder(exchanges: readonly Exchange[]): (source: string) => Exchange | null {
  const find = (source: string): Exchange | null => {
    const named = exchanges.find((it) => foldedKey(it.name) === foldedKey(source))
    if (named) return named
    const alike = exchanges.filter((it) => it.format === formats[source])
    return alike.length === 1 ? (alike[0] ?? null) : null
  }
  const found = new Map<string, Exchange | null>()
  return (source) => {
    const before = found.get(source)
    if (before !== undefined) return before
    const exchange = find(source)
    found.set(source, exchange)
    return exchange
  }
}

/** What the directory says of a number; one of no plan is looked up where only one plan has it. */
function directoryFinder(
  directory: readonly DirectoryEntry[],
): (target: Target) => Pick<OldPhoneRow, 'label' | 'site'> {
  const byNumber = Map.groupBy(directory, (it) => it.number)
  return ({ plan, number }) => {
    const entries = (byNumber.get(number) ?? []).filter((it) => plan === null || it.plan === plan)
    const [entry] = entries.length === 1 ? entries : []
    return { label: entry?.label ?? null, site: entry?.site ?? null }
  }
}
