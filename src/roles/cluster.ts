import type { Cluster } from '../adapters/log-kafka/cluster.ts'
import type { PublishedNumbers } from '../adapters/log-kafka/collectors.ts'
import { SmenaError } from '../domain/errors.ts'
import { formats } from '../domain/formats/formats.ts'
import { differingKeys } from '../domain/reading.ts'
import { readingOf, type Settings } from '../domain/settings.ts'
import { type CollectorNumbers, collectorsOf } from '../pipeline/collectors.ts'
import type { Alarm } from '../pipeline/alarm.ts'
import { type Status, statusOf } from '../pipeline/status.ts'
import type { StoreReader } from '../pipeline/store-reading.ts'
import { answered } from './at-most.ts'
import type { RoleProcess } from './role-process.ts'
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
 * A role whose file gives bytes another meaning than the newest readings in the store does not start (R8): two that differ
 * would make calls that depend on who was faster. A source that has no reading yet gets its first from `record`.
 */
export async function requireSameReadings(reader: StoreReader, settings: Settings): Promise<void> {
  const known = new Map((await reader.sources()).map((it) => [it.name, it.id]))
  for (const source of settings.sources) {
    const id = known.get(source.name)
    const newest = id === undefined ? undefined : (await reader.readings(id)).at(-1)
    const keys = newest ? differingKeys(newest.reading, readingOf(source, settings)) : []
    if (keys.length > 0) throw new SmenaError('reading-differs', { source: source.name, keys: keys.join(', ') })
  }
}

const readingsAtMostMs = 3000

/** The same for a collector, which takes records although the store is away, and then starts unchecked. */
export async function requireReadings({ options }: RoleProcess): Promise<void> {
  const { settings, log } = options
  if (settings.databaseUrl === null) return
  const check = async () => {
    await using reader = await openReader(storePlace(settings))
    if (reader) await requireSameReadings(reader, settings)
  }
  try {
    await answered(readingsAtMostMs, check())
  } catch (error) {
    if (!(error instanceof SmenaError) || error.remedy !== 'retry') throw error
    log.warn({ code: error.code }, `the readings were not compared with the store: ${error.message}`)
  }
}

const numbersAtMostMs = 3000

/** What collectors have published, and the alarm that Kafka does not say. */
export class CollectorsView implements AsyncDisposable {
  readonly #settings: Settings
  readonly #clientId: string
  readonly #topics: Readonly<Record<string, string>>
  #opened: Promise<{ readonly cluster: Cluster; readonly published: PublishedNumbers }> | null = null
  #reading: Promise<readonly CollectorNumbers[]> | null = null
  #newest: readonly CollectorNumbers[] = []

  constructor(settings: Settings, clientId: string) {
    this.#settings = settings
    this.#clientId = clientId
    this.#topics = Object.fromEntries(settings.sources.map(({ name, topic }) => [name, topic]))
  }

  /** The library of Kafka takes a second of work to load: only who is asked for its numbers does. */
  async #open() {
    const { Cluster } = await import('../adapters/log-kafka/cluster.ts')
    const { PublishedNumbers } = await import('../adapters/log-kafka/collectors.ts')
    const cluster = new Cluster(this.#settings.kafka, this.#clientId)
    return { cluster, published: new PublishedNumbers(cluster) }
  }

  async #ask(): Promise<readonly CollectorNumbers[]> {
    const { published } = await (this.#opened ??= this.#open())
    return published.read()
  }

  /** Null when all is well; else why these numbers are old. */
  async read(): Promise<{ readonly collectors: readonly CollectorNumbers[]; readonly away: Alarm | null }> {
    try {
      this.#reading ??= this.#ask().finally(() => (this.#reading = null))
      this.#newest = collectorsOf(await answered(numbersAtMostMs, this.#reading), this.#topics)
      return { collectors: this.#newest, away: null }
    } catch (error) {
      if (!(error instanceof SmenaError) || error.remedy !== 'retry') throw error
      const { message, details } =
        error.code === 'store-away' ? new SmenaError('kafka-away', { cause: String(error.details['cause']) }) : error
      return { collectors: this.#newest, away: { code: 'kafka-away', source: null, message, details } }
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
      return { mode: 'cluster', collectors: found.collectors }
    },
    alarms,
    now,
  })
  return away === null ? status : { ...status, alarms: [...status.alarms, away] }
}
