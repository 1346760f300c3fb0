import { holes, type Interval } from '../domain/intervals.ts'
import type { Alarm } from './alarm.ts'
import { type CollectedSource, type CollectorNumbers, isDone, type KeptOffsets, unpassed } from './collectors.ts'
import type { Formats } from './readings.ts'
import type { LedgerCounts, PassedNumbers, SourceFacts, StoreReader } from './store-reading.ts'

/** What `smena status --json` and `/api/v1/status` say. Names are fixed for scripts. */
export interface Status {
  readonly sources: Readonly<Record<string, SourceStatus>>
  readonly gaps: readonly Gap[]
  /** Of a cluster, as they published their numbers last. */
  readonly collectors: readonly CollectorStatus[]
  readonly roles: { readonly record: { readonly lag: number }; readonly attribute: { readonly lag: number } }
  readonly mode: 'solo' | 'cluster'
  readonly version: string
  /** What needs a person: paused intake, listeners that stay shut, a store that is away. Empty when all is well. */
  readonly alarms: readonly Alarm[]
  /** What could not be read. Empty: everything was. */
  readonly unread: readonly Unread[]
}

interface Unread {
  readonly what: 'kafka'
  /** Fields that therefore say no more than was known before, and possibly nothing. */
  readonly hides: readonly string[]
}

/** Without what the collectors publish nobody knows what they took in and `record` has not read. */
export const unreadKafka: Unread = {
  what: 'kafka',
  hides: ['received', 'pending', 'connections', 'gaps', 'collectors', 'roles.record.lag'],
}

export interface SourceStatus {
  readonly received: number
  readonly stored: number
  readonly duplicate: number
  readonly quarantined: number
  readonly pending: number
  /** ISO 8601; null before the first record. */
  readonly lastRecordAt: string | null
  readonly connections: number
  /** Median of the newest measurements; null without live records. */
  readonly clockErrorSeconds: number | null
  readonly olderRules: number
}

interface CollectorStatus {
  readonly journal: string
  readonly host: string
  /** ISO 8601: how old its numbers are. */
  readonly asOf: string
  readonly sources: Readonly<Record<string, CollectedSource>>
  /** It was asked to end, and everything that it took is in Kafka. */
  readonly hasEnded: boolean
}

interface Gap {
  readonly source: string
  readonly journal: string
  readonly from: number
  readonly to: number
  readonly since: string
}

export interface StatusInputs {
  /** Null: there is no store yet. */
  readonly reader: StoreReader | null
  /** Names of the configured sources: zeros before their first record. */
  readonly configured: readonly string[]
  readonly formats: Formats
  readonly version: string
  /**
   * The journals that records come from: of this installation, or of the cluster's collectors. Asked after the store was read,
   * so that what is passed was given (R12).
   */
  readonly collected: () => Promise<Collected>
  readonly alarms: readonly Alarm[]
  readonly now: number
}

type Collected =
  | { readonly mode: 'solo'; readonly journal: SoloNumbers | null }
  | {
      readonly mode: 'cluster'
      readonly collectors: readonly CollectorNumbers[]
      /** Of these sources, as far as Kafka says; null: it does not answer at the moment. */
      readonly kept: ((sources: ReadonlySet<string>) => Promise<ReadonlyMap<string, readonly KeptOffsets[]>>) | null
    }

/** The journal's id, and how many records it gave each source. */
interface SoloNumbers {
  readonly id: string
  readonly given: ReadonlyMap<string, number>
  readonly connections: (source: string) => number
}

/** A clock that is off by more than this is an alarm. */
const clockAlarmSeconds = 120
const clockSamplesAtLeast = 5

/**
 * Two independent counts meet here (R12): numbers say what was received, the ledger what became of it. For every journal
 * received = passed + pending, and pending = given − passed. The columns of the ledger must add up to what was passed.
 */
export async function statusOf(inputs: StatusInputs): Promise<Status> {
  const { reader, configured } = inputs
  const facts = reader ? await reader.sources() : []
  const { counts, passed } = reader ? await reader.accounts() : { counts: [], passed: [] }
  const due = reader ? await reader.attributionDue() : 0
  const older = reader ? await olderRules(reader, facts, inputs.formats) : new Map<number, number>()
  const collected = await inputs.collected()
  const journals = journalsOf(collected, inputs.now)

  const names = new Set([
    ...configured,
    ...facts.map((it) => it.name),
    ...journals.flatMap((it) => [...it.given.keys()]),
  ])
  const sources: Record<string, SourceStatus> = {}
  const gaps: Gap[] = []
  const alarms: Alarm[] = [...inputs.alarms, ...alarmsOf(collected, inputs.now)]
  for (const name of names) {
    const fact = facts.find((it) => it.name === name)
    const ledger = counts.filter((it) => it.sourceId === fact?.id)
    const sum = ledgerSum(ledger)
    const mine = passed.filter((it) => it.sourceId === fact?.id)
    gaps.push(...gapsOf(name, mine))
    alarms.push(...rollbacksOf(name, mine, inputs.now))
    let pending = 0
    let connections = 0
    for (const { id, given, connectionsOf } of journals) {
      const generations = mine.filter((it) => it.journalUid === id).map((it) => it.intervals)
      pending += unpassed(given.get(name) ?? 0, generations)
      connections += connectionsOf(name)
    }
    const clockErrorSeconds = fact && fact.clockSamples.length > 0 ? median(fact.clockSamples) : null
    if (
      clockErrorSeconds !== null &&
      Math.abs(clockErrorSeconds) > clockAlarmSeconds &&
      (fact?.clockSamples.length ?? 0) >= clockSamplesAtLeast
    )
      alarms.push({
        code: 'clock',
        source: name,
        message: `the clock of ${name} differs from ours by ${clockErrorSeconds} s`,
        details: { seconds: clockErrorSeconds },
      })
    sources[name] = {
      received: numbersOf(mine) + offsetsOf(ledger) + pending,
      ...sum,
      pending,
      lastRecordAt: fact?.lastReceivedAt == null ? null : instantText(fact.lastReceivedAt),
      connections,
      clockErrorSeconds,
      olderRules: older.get(fact?.id ?? 0) ?? 0,
    }
  }
  if (reader && collected.mode === 'cluster') gaps.push(...(await tailGaps(reader, facts, passed, collected)))
  for (const gap of gaps)
    alarms.push({
      code: 'gap',
      source: gap.source,
      message: `${isPartition(gap.journal) ? 'offsets' : 'records'} ${gap.from} to ${gap.to} of ${gap.source} are missing`,
      details: { from: gap.from, to: gap.to },
    })
  const lag = Object.values(sources).reduce((total, it) => total + it.pending, 0)
  return {
    sources,
    gaps,
    collectors:
      collected.mode === 'solo'
        ? []
        : collected.collectors.map((it) => {
            const { journal, host, asOf } = it
            return { journal, host, asOf: instantText(asOf), sources: collectedOf(it.sources), hasEnded: isDone(it) }
          }),
    roles: { record: { lag }, attribute: { lag: due } },
    mode: collected.mode,
    version: inputs.version,
    alarms,
    unread: [],
  }
}

const collectedOf = (sources: CollectorNumbers['sources']): CollectorStatus['sources'] =>
  Object.fromEntries(
    Object.entries(sources).map(([name, { given, unforwarded, connections }]) => [
      name,
      { given, unforwarded, connections },
    ]),
  )

function ledgerSum(counts: readonly LedgerCounts[]): { stored: number; duplicate: number; quarantined: number } {
  const sum = { stored: 0, duplicate: 0, quarantined: 0 }
  for (const it of counts) {
    sum.stored += it.stored
    sum.duplicate += it.duplicate
    sum.quarantined += it.quarantined
  }
  return sum
}

function gapsOf(source: string, passed: readonly PassedNumbers[]): Gap[] {
  return passed.flatMap(({ journalUid, generation, intervals }) =>
    holes(intervals, firstNumber(journalUid, generation, intervals)).map(({ from, to }) => {
      const above = intervals.find((it) => it.from > to)
      return { source, journal: journalUid, from, to, since: instantText(above?.since ?? 0) }
    }),
  )
}

const numbersOf = (passed: readonly PassedNumbers[]): number =>
  passed
    .filter(({ journalUid }) => !isPartition(journalUid))
    .reduce((sum, { intervals }) => sum + lengthOf(intervals), 0)

/** Records that no journal numbered: the offsets of their partition are also those of numbered ones, so only the ledger counts them. */
function offsetsOf(ledger: readonly LedgerCounts[]): number {
  const { stored, duplicate, quarantined } = ledgerSum(ledger.filter(({ journalUid }) => isPartition(journalUid)))
  return stored + duplicate + quarantined
}

/** The name of a topic's partition has a slash. */
const isPartition = (journal: string): boolean => journal.includes('/')

/**
 * Numbers at the end of a journal that Kafka acknowledged and keeps no more, and that nobody passed: no record above them tells
 * of the hole. They are missing when everything that Kafka keeps, asked after the collectors, has been read: so the store is
 * asked last. Of a partition that brings records without a journal, offsets that were to be read next and are not kept.
 */
async function tailGaps(
  reader: StoreReader,
  facts: readonly SourceFacts[],
  before: readonly PassedNumbers[],
  { collectors, kept }: Extract<Collected, { mode: 'cluster' }>,
): Promise<Gap[]> {
  const forwarded = facts.flatMap((fact) =>
    collectors.flatMap(({ journal, asOf, sources }) => {
      const it = sources[fact.name]
      return it ? [{ fact, journal, asOf, to: it.given - it.unforwarded }] : []
    }),
  )
  const beyond = (passed: readonly PassedNumbers[]) =>
    forwarded.filter(({ fact, journal, to }) => to > endOf(passed, fact.id, journal))
  const isPassed = ({ id }: SourceFacts, feed: string) =>
    before.some((it) => it.sourceId === id && it.journalUid === feed)
  const mixed = facts.filter(({ id }) => before.some((it) => it.sourceId === id && isPartition(it.journalUid)))
  const asked = new Set([...beyond(before).map(({ fact }) => fact), ...mixed].map(({ name }) => name))
  if (kept === null || asked.size === 0) return []
  const feeds = await kept(asked)
  const positions = await reader.positions()
  const nextOf = ({ id }: SourceFacts, feed: string) =>
    positions.find((it) => it.sourceId === id && it.feed === feed)?.next
  const since = ({ lastReceivedAt }: SourceFacts, asOf: number) => instantText(lastReceivedAt ?? asOf)
  const isRead = (fact: SourceFacts) =>
    feeds.get(fact.name)?.every(({ feed, from, to }) => Math.max(from, nextOf(fact, feed) ?? 0) >= to) ?? false
  const after = (await reader.accounts()).passed
  const unread = beyond(after)
    .filter(({ fact }) => isRead(fact))
    .map(({ fact, journal, asOf, to }) => {
      const from = endOf(after, fact.id, journal) + 1
      return { source: fact.name, journal, from, to, since: since(fact, asOf) }
    })
  const cut = mixed.flatMap((fact) => {
    // What the journals miss is theirs already.
    let ofJournals = lengthOf(unread.filter(({ source }) => source === fact.name))
    return (feeds.get(fact.name) ?? []).flatMap(({ feed, from: first }) => {
      const next = nextOf(fact, feed) ?? first
      if (!isPassed(fact, feed) || next >= first) return []
      const from = Math.min(first, next + ofJournals)
      ofJournals -= from - next
      return from < first ? [{ source: fact.name, journal: feed, from, to: first - 1, since: since(fact, 0) }] : []
    })
  })
  return [...cut, ...unread]
}

const lengthOf = (intervals: readonly Interval[]): number =>
  intervals.reduce((sum, { from, to }) => sum + to - from + 1, 0)

/** The highest number that was passed of what the journal gives now. */
const endOf = (passed: readonly PassedNumbers[], sourceId: number, journal: string): number =>
  passed.findLast((it) => it.sourceId === sourceId && it.journalUid === journal)?.intervals.at(-1)?.to ?? 0

/**
 * The numbers of a journal begin at 1. Those of its next generation go on where it was rolled back to; those of a topic's
 * partition are offsets.
 */
const firstNumber = (journal: string, generation: number, intervals: readonly Interval[]): number =>
  generation === 1 && !isPartition(journal) ? 1 : (intervals[0]?.from ?? 1)

interface Journal {
  readonly id: string
  readonly given: ReadonlyMap<string, number>
  readonly connectionsOf: (source: string) => number
}

/** A collector that has said nothing for so long is not there. */
const silentMs = 15_000
/** And after so long it is believed to be gone for good. */
const goneMs = 7 * 86_400_000

function journalsOf(collected: Collected, now: number): Journal[] {
  if (collected.mode === 'solo') {
    const { journal } = collected
    return journal ? [{ ...journal, connectionsOf: journal.connections }] : []
  }
  return collected.collectors.map(({ journal, asOf, sources }) => ({
    id: journal,
    given: new Map(Object.entries(sources).map(([name, it]) => [name, it.given])),
    connectionsOf: (source) => (now - asOf < silentMs ? (sources[source]?.connections ?? 0) : 0),
  }))
}

function alarmsOf(collected: Collected, now: number): Alarm[] {
  if (collected.mode === 'solo') return []
  const topics = new Set<string>()
  return collected.collectors.flatMap((it) => {
    const { host, asOf, journal, alarms } = it
    const silent = now - asOf
    if (silent < silentMs) return alarms.flatMap((alarm) => alarmOnce(alarm, host, topics))
    if (silent > goneMs || isDone(it)) return []
    const seconds = Math.round(silent / 1000)
    const message = `the collector on ${host} has said nothing for ${seconds} s`
    return [{ code: 'collector-silent' as const, source: null, message, details: { host, journal, seconds } }]
  })
}

/** What a topic is like is no host's: every collector finds it, and it is told once. */
function alarmOnce(alarm: Alarm, host: string, topics: Set<string>): Alarm[] {
  if (alarm.code !== 'topic-unsafe') return [{ ...alarm, details: { ...alarm.details, host } }]
  if (topics.has(alarm.message)) return []
  topics.add(alarm.message)
  return [alarm]
}

/** A journal that gave numbers again: for a week, because nobody looks every day. */
function rollbacksOf(source: string, passed: readonly PassedNumbers[], now: number): Alarm[] {
  return passed.flatMap(({ journalUid, generation, intervals }) => {
    const first = intervals[0]
    if (generation === 1 || !first || now - first.since > goneMs) return []
    const message = `journal ${journalUid} was rolled back: numbers of ${source} from ${first.from} on were given again`
    return [{ code: 'rolled-back' as const, source, message, details: { journal: journalUid, from: first.from } }]
  })
}

const dayMs = 86_400_000

/** Calls, by source, that another version of the rules or another reading would make today (R8). */
async function olderRules(
  reader: StoreReader,
  facts: readonly SourceFacts[],
  formats: Formats,
): Promise<ReadonlyMap<number, number>> {
  const made = await reader.made()
  const older = new Map<number, number>()
  for (const { id } of facts) {
    const versions = await reader.readings(id)
    let sum = 0
    for (const [i, version] of versions.entries()) {
      // Calls from this wall time on would be read by a later version.
      const superseded = Math.min(...versions.slice(i + 1).map((it) => it.from ?? 0), Number.POSITIVE_INFINITY)
      const day = Math.floor(superseded / dayMs)
      const { rules } = formats[version.reading.format]
      for (const it of made) {
        if (it.sourceId !== id || it.readingId !== version.id) continue
        if (it.rules !== rules || it.day > day) sum += it.calls
        else if (it.day === day) sum += await reader.countMade(id, version.id, rules, superseded, (day + 1) * dayMs)
      }
    }
    older.set(id, sum)
  }
  return older
}

function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0
}

/** ISO 8601 in UTC, to the second where it is whole. */
export const instantText = (instant: number): string => new Date(instant).toISOString().replace('.000Z', 'Z')
