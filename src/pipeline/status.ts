import { holes } from '../domain/intervals.ts'
import type { Formats } from './readings.ts'
import type { LedgerCounts, PassedNumbers, SourceFacts, StoreReader } from './store-reading.ts'

/** What `smena status --json` and `/api/v1/status` say. Names are fixed for scripts. */
export interface Status {
  readonly sources: Readonly<Record<string, SourceStatus>>
  readonly gaps: readonly Gap[]
  readonly collectors: readonly []
  readonly roles: { readonly record: { readonly lag: number }; readonly attribute: { readonly lag: number } }
  readonly mode: 'solo'
  readonly version: string
  /** What needs a person: paused intake, listeners that stay shut, a store that is away. Empty when all is well. */
  readonly alarms: readonly Alarm[]
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

interface Gap {
  readonly source: string
  readonly journal: string
  readonly from: number
  readonly to: number
  readonly since: string
}

export interface Alarm {
  readonly code:
    | 'disk-full'
    | 'listener-shut'
    | 'listener-loopback-only'
    | 'store-away'
    | 'source-unknown'
    | 'clock'
    | 'gap'
  readonly source: string | null
  readonly message: string
  /** What the message was filled with, for whoever words it anew: `cause`, `seconds`, `from` and `to`, `freeBytes`, `address`. */
  readonly details: Readonly<Record<string, string | number>>
}

export interface StatusInputs {
  /** Null: there is no store yet. */
  readonly reader: StoreReader | null
  /** Names of the configured sources: zeros before their first record. */
  readonly configured: readonly string[]
  readonly formats: Formats
  readonly version: string
  /**
   * The journal of this installation: its id and how many records each source was given. Asked after the store was read, so
   * that what is passed was given (R12). Null: there is no journal yet.
   */
  readonly journal: () => Promise<{ readonly id: string; readonly given: ReadonlyMap<string, number> } | null>
  readonly connections: (source: string) => number
  readonly alarms: readonly Alarm[]
}

/** A clock that is off by more than this is an alarm. */
const clockAlarmSeconds = 120
const clockSamplesAtLeast = 5

/**
 * Two independent counts meet here (R12): the journal says what was received, the store what became of it. For every journal
 * received = given; pending = given − passed. The store's own columns must add up to what was passed.
 */
export async function statusOf(inputs: StatusInputs): Promise<Status> {
  const { reader, configured } = inputs
  const facts = reader ? await reader.sources() : []
  const { counts, passed } = reader ? await reader.accounts() : { counts: [], passed: [] }
  const due = reader ? await reader.attributionDue() : 0
  const older = reader ? await olderRules(reader, facts, inputs.formats) : new Map<number, number>()
  const journal = await inputs.journal()

  const names = new Set([...configured, ...facts.map((it) => it.name), ...(journal?.given.keys() ?? [])])
  const sources: Record<string, SourceStatus> = {}
  const gaps: Gap[] = []
  const alarms: Alarm[] = [...inputs.alarms]
  for (const name of names) {
    const fact = facts.find((it) => it.name === name)
    const sum = ledgerSum(counts.filter((it) => it.sourceId === fact?.id))
    const mine = passed.filter((it) => it.sourceId === fact?.id)
    gaps.push(...gapsOf(name, mine))
    const given = journal?.given.get(name) ?? 0
    const seen = mine.find((it) => it.journalUid === journal?.id)
    const pending = Math.max(0, given - (seen?.intervals.at(-1)?.to ?? 0))
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
      received: sum.stored + sum.duplicate + sum.quarantined + pending,
      ...sum,
      pending,
      lastRecordAt: fact?.lastReceivedAt == null ? null : instantText(fact.lastReceivedAt),
      connections: inputs.connections(name),
      clockErrorSeconds,
      olderRules: older.get(fact?.id ?? 0) ?? 0,
    }
  }
  for (const gap of gaps)
    alarms.push({
      code: 'gap',
      source: gap.source,
      message: `records ${gap.from} to ${gap.to} of ${gap.source} are missing`,
      details: { from: gap.from, to: gap.to },
    })
  const lag = Object.values(sources).reduce((total, it) => total + it.pending, 0)
  return {
    sources,
    gaps,
    collectors: [],
    roles: { record: { lag }, attribute: { lag: due } },
    mode: 'solo',
    version: inputs.version,
    alarms,
  }
}

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
  return passed.flatMap(({ journalUid, intervals }) =>
    holes(intervals).map(({ from, to }) => {
      const above = intervals.find((it) => it.from > to)
      return { source, journal: journalUid, from, to, since: instantText(above?.since ?? 0) }
    }),
  )
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
