import type { Cluster } from '../adapters/log-kafka/cluster.ts'
import type { PublishedNumbers } from '../adapters/log-kafka/collectors.ts'
import { SmenaError } from '../domain/errors.ts'
import { formats } from '../domain/formats/formats.ts'
import { type KafkaSettings, readingOf, type Settings, type SourceSettings } from '../domain/settings.ts'
import { type CollectorNumbers, collectorsOf, type KeptOffsets } from '../pipeline/collectors.ts'
import type { Alarm } from '../pipeline/alarm.ts'
import { readingDifference } from '../pipeline/sources.ts'
import { type Status, statusOf, unreadKafka } from '../pipeline/status.ts'
import type { StoreReader } from '../pipeline/store-reading.ts'
import { answered, delay } from './at-most.ts'
import { kafkaTrouble, type RoleProcess } from './role-process.ts'
import { openReader, storePlace } from './store-place.ts'

/** What the roles of a cluster have in common: what they need, that their readings are the store's, and what they say of it. */
export const isCluster = (settings: Settings): boolean => settings.kafka.brokers.length > 0

/** Throws `cluster-incomplete` when the settings lack what the role cannot work without. */
export function requireCluster(role: string, settings: Settings): void {
  const missing = [
    ...(isCluster(settings) ? [] : ['Kafka brokers (SMENA_KAFKA_BROKERS)']),
    ...(settings.databaseUrl === null && role !== 'collect' ? ['a PostgreSQL database (SMENA_DATABASE_URL)'] : []),
  ]
  if (missing.length > 0) throw new SmenaError('cluster-incomplete', { role, missing: missing.join(', ') })
}

/**
 * A role whose file gives bytes another meaning than the newest readings in the store ends with `reading-differs` (R8): two that
 * differ would make calls that depend on who was faster. A source that has no reading yet gets its first from `record`.
 */
export async function requireSameReadings(reader: StoreReader, settings: Settings): Promise<void> {
  for (const difference of (await compareReadings(reader, settings)).values()) if (difference) throw difference
}

/** Of each source that has a reading in the store, how this file differs from it; null: it does not. */
async function compareReadings(
  reader: StoreReader,
  settings: Settings,
): Promise<ReadonlyMap<string, SmenaError | null>> {
  const known = new Map((await reader.sources()).map((it) => [it.name, it.id]))
  const compared = new Map<string, SmenaError | null>()
  for (const source of settings.sources) {
    const id = known.get(source.name)
    const newest = id === undefined ? undefined : (await reader.readings(id)).at(-1)
    if (newest) compared.set(source.name, readingDifference(source.name, newest.reading, readingOf(source, settings)))
  }
  return compared
}

const readingsAtMostMs = 3000
const readingsAgainMs = 10_000

/**
 * The same for a collector, which takes records although the store is away or does not know its sources yet: it is compared as soon
 * as it can be. What is applied elsewhere for a source that has been the same is an alarm and no end, and so is a store that refuses
 * it, as with another password or a newer schema: a collector makes no call of a record, and an exchange that finds nobody listening
 * loses some.
 */
export async function requireReadings(it: RoleProcess): Promise<void> {
  const { settings, log, signal } = it.options
  if (settings.databaseUrl === null) {
    log.warn('without SMENA_DATABASE_URL nobody compares the sources of this file with those of the other roles')
    return
  }
  const compareAll = async () => {
    await using reader = await openReader(storePlace(settings))
    return reader === null ? new Map<string, null>() : await compareReadings(reader, settings)
  }
  const same = new Set<string>()
  const asked = async () => {
    try {
      const compared = await answered(readingsAtMostMs, compareAll())
      it.calm('readings', 'the store takes us in again')
      return compared
    } catch (error) {
      if (!(error instanceof SmenaError)) throw error
      const { code, message, details } = error
      if (error.remedy !== 'retry') it.raise('readings', { source: null, code, message, details })
      return new Map<string, null>()
    }
  }
  const compare = async (): Promise<void> => {
    for (const [source, difference] of await asked()) {
      const key = `readings ${source}`
      if (!difference) {
        same.add(source)
        it.calm(key, `${source} is read as it is elsewhere again`)
        continue
      }
      const { message, details } = difference
      if (!same.has(source)) throw difference
      it.raise(key, { source, code: 'reading-differs', message, details })
    }
  }
  await compare()
  if (same.size < settings.sources.length)
    log.warn('the sources of this file are compared with the store as soon as it answers and knows them')
  const compareOn = async () => {
    for (await delay(readingsAgainMs); !signal.aborted; await delay(readingsAgainMs)) await compare()
  }
  void compareOn().catch(it.fail)
}

/** Together well below what whoever asks for the status waits: that Kafka is silent must not look as if the store were. */
const numbersAtMostMs = 3000
const keptAtMostMs = 1000

interface CollectorsPlace {
  readonly kafka: KafkaSettings
  readonly sources: readonly Pick<SourceSettings, 'name' | 'topic'>[]
}

interface Opened {
  readonly cluster: Cluster
  readonly published: PublishedNumbers
  readonly kept: (topic: string) => Promise<readonly KeptOffsets[]>
}

/** What collectors have published, and the alarm that Kafka does not say. */
export class CollectorsView implements AsyncDisposable {
  readonly #kafka: KafkaSettings
  readonly #clientId: string
  readonly #topics: Readonly<Record<string, string>>
  #opened: Promise<Opened> | null = null
  #reading: Promise<readonly CollectorNumbers[]> | null = null
  #newest: readonly CollectorNumbers[] = []

  constructor({ kafka, sources }: CollectorsPlace, clientId: string) {
    this.#kafka = kafka
    this.#clientId = clientId
    this.#topics = Object.fromEntries(sources.map(({ name, topic }) => [name, topic]))
  }

  /** The library of Kafka takes a second of work to load: only who is asked for its numbers does. */
  async #open(): Promise<Opened> {
    const { Cluster } = await import('../adapters/log-kafka/cluster.ts')
    const { PublishedNumbers } = await import('../adapters/log-kafka/collectors.ts')
    const { keptOf } = await import('../adapters/log-kafka/topics.ts')
    const cluster = new Cluster(this.#kafka, this.#clientId)
    return { published: new PublishedNumbers(cluster), kept: (topic) => keptOf(cluster, topic), cluster }
  }

  /** What Kafka keeps of the topics of these sources now, asked of all at once; a source of which it does not say is missing. */
  async kept(sources: ReadonlySet<string>): Promise<ReadonlyMap<string, readonly KeptOffsets[]>> {
    const { kept } = await (this.#opened ??= this.#open())
    const found = new Map<string, readonly KeptOffsets[]>()
    const asked = [...sources].map(async (source) => {
      try {
        const offsets = await answered(keptAtMostMs, kept(this.#topics[source] ?? source), 'kafka-away')
        found.set(source, offsets)
      } catch (error) {
        if (!(error instanceof SmenaError) || error.remedy !== 'retry') throw error
      }
    })
    await Promise.all(asked)
    return found
  }

  async #ask(): Promise<readonly CollectorNumbers[]> {
    const { published } = await (this.#opened ??= this.#open())
    return published.read()
  }

  /** Null when all is well; else why these numbers are old. */
  async read(): Promise<{ readonly collectors: readonly CollectorNumbers[]; readonly away: Alarm | null }> {
    try {
      this.#reading ??= this.#ask().finally(() => (this.#reading = null))
      this.#newest = collectorsOf(await answered(numbersAtMostMs, this.#reading, 'kafka-away'), this.#topics)
      return { collectors: this.#newest, away: null }
    } catch (error) {
      if (!(error instanceof SmenaError) || error.remedy !== 'retry') throw error
      return { collectors: this.#newest, away: kafkaTrouble(error) }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const opened = await this.#opened
    await opened?.cluster[Symbol.asyncDispose]()
  }
}

/** What `status` says in a cluster, from any host. */
export async function clusterStatus(options: {
  readonly reader: StoreReader | null
  readonly collectors: CollectorsView
  readonly settings: Settings
  readonly version: string
  readonly alarms: readonly Alarm[]
}): Promise<Status> {
  const { reader, collectors, settings, version, alarms } = options
  const now = Date.now()
  let away: Alarm | null = null
  const status = await statusOf({
    reader,
    configured: settings.sources.map((it) => it.name),
    formats,
    version,
    // After the store was read, so that what is passed was given.
    collected: async () => {
      const found = await collectors.read()
      away = found.away
      const kept = found.away === null ? (sources: ReadonlySet<string>) => collectors.kept(sources) : null
      return { mode: 'cluster', collectors: found.collectors, kept }
    },
    alarms,
    now,
  })
  return away === null ? status : { ...status, alarms: [...status.alarms, away], unread: [unreadKafka] }
}
