import { parentPort, workerData } from 'node:worker_threads'
import { openJournalLog } from '../adapters/log-journal/log-journal.ts'
import { Cluster } from '../adapters/log-kafka/cluster.ts'
import { publishNumbers } from '../adapters/log-kafka/collectors.ts'
import { KafkaOutlet } from '../adapters/log-kafka/outlet.ts'
import { collectorsTopic, ensureTopic, unsafeTopics } from '../adapters/log-kafka/topics.ts'
import { type ErrorCode, SmenaError } from '../domain/errors.ts'
import type { KafkaSettings } from '../domain/settings.ts'
import type { CollectorNumbers } from '../pipeline/collectors.ts'
import { type ForwardEvent, SourceForwarder } from '../pipeline/forward.ts'
import type { KeptFeed, LogReader } from '../pipeline/ports.ts'
import { answerCalls, carried, type CarriedError, tellEvent } from './thread.ts'

/**
 * The thread that hands a collector's journal on to Kafka: reading, checking and packing records is work that would keep
 * sockets waiting. It has no writing hand in the journal: what is to be kept there is told to the process.
 */
export interface ForwardWorkerData {
  /** The data directory. */
  readonly directory: string
  readonly kafka: KafkaSettings
  readonly topics: Readonly<Record<string, string>>
  /** Partitions that were chosen before, by source and topic id. */
  readonly feeds: readonly KeptFeed[]
}

export type ForwardWorkerEvent =
  | { readonly kind: 'forwarded'; readonly source: string; readonly number: number }
  | { readonly kind: 'keep-feed'; readonly feed: KeptFeed }
  | {
      readonly kind: 'trouble'
      readonly source: string
      readonly code: ErrorCode
      readonly message: string
      readonly details: Readonly<Record<string, string | number>>
    }
  | { readonly kind: 'recovered'; readonly source: string }
  | { readonly kind: 'refilled'; readonly work: number; readonly records: number }
  | { readonly kind: 'failed'; readonly error: CarriedError }

export type ForwardWorker = ForwardWorkerMethods

const data = workerData as ForwardWorkerData
const port = parentPort

class ForwardWorkerMethods {
  readonly #forwarders = new Map<string, { forwarder: SourceForwarder; done: Promise<void> }>()
  readonly #feeds = new Map(data.feeds.map((it) => [feedKey(it.source, it.topicId), it.partition]))
  readonly #keeping = new Map<string, () => void>()
  readonly #clusters: Cluster[] = []
  readonly #refills = new Map<number, AbortController>()
  #log: LogReader | null = null
  #publishing: Cluster | null = null

  /** Begins to forward these sources from where the journal says. */
  async open(journalId: string, sources: readonly string[]): Promise<void> {
    const log = (this.#log ??= await openJournalLog({ directory: data.directory }))
    const settled = await log.settled()
    for (const name of sources) {
      // Each on connections of its own: an answer takes as long as the slowest replica.
      const cluster = this.#cluster(name)
      const outlet = new KafkaOutlet({
        cluster,
        journalId,
        topicOf: () => data.topics[name] ?? name,
        feedOf: (source, topicId) => this.#feeds.get(feedKey(source, topicId)) ?? null,
        keepFeed: (source, topicId, partition) => this.#keepFeed(source, topicId, partition),
      })
      const forwarder = new SourceForwarder(name, settled.get(name) ?? 0, { log, outlet, report: tellForward })
      this.#forwarders.set(name, { forwarder, done: forwarder.run().catch(tellFailure) })
    }
  }

  #cluster(name: string): Cluster {
    const cluster = new Cluster(data.kafka, `smena-collect-${name}`)
    this.#clusters.push(cluster)
    return cluster
  }

  #keepFeed(source: string, topicId: string, partition: number): Promise<void> {
    return new Promise((resolve) => {
      this.#keeping.set(feedKey(source, topicId), () => {
        this.#feeds.set(feedKey(source, topicId), partition)
        resolve()
      })
      tell({ kind: 'keep-feed', feed: { source, topicId, partition } })
    })
  }

  /** The journal has kept it. */
  async feedKept(source: string, topicId: string): Promise<void> {
    const key = feedKey(source, topicId)
    this.#keeping.get(key)?.()
    this.#keeping.delete(key)
  }

  async wake(name: string): Promise<void> {
    this.#forwarders.get(name)?.forwarder.wake()
  }

  async positions(): Promise<Readonly<Record<string, number>>> {
    return Object.fromEntries([...this.#forwarders].map(([name, { forwarder }]) => [name, forwarder.position]))
  }

  async publish(numbers: CollectorNumbers): Promise<void> {
    await publishNumbers((this.#publishing ??= this.#cluster('numbers')), numbers)
  }

  /** How the topics of these sources, and that of the numbers, fall short of what keeps records safe. */
  async unsafe() {
    const cluster = (this.#publishing ??= this.#cluster('numbers'))
    const topics = []
    for (const name of this.#forwarders.keys()) topics.push(await ensureTopic(cluster, data.topics[name] ?? name))
    return unsafeTopics(cluster, [...topics, await ensureTopic(cluster, collectorsTopic)])
  }

  /**
   * Sends numbers of a source again (R12). Rejects with `forward-not-kept` when the journal does not have all of them, with
   * `forward-stopped` when it is ended before they are there.
   */
  async refill(work: number, journal: string, source: string, from: number, to: number): Promise<number> {
    const { forwarder } = this.#forwarders.get(source) ?? {}
    const log = this.#log
    if (!log || !forwarder)
      throw new SmenaError('source-unknown', { source, known: [...this.#forwarders.keys()].join(', ') })
    const last = (await log.given()).get(source) ?? 0
    const first = (await log.read(source, 0, { records: 1, bytes: 1 })).records[0]?.number ?? last + 1
    if (from < first || to > last || from > to)
      throw new SmenaError('forward-not-kept', { directory: data.directory, first, last, source, from, to, journal })
    const abort = new AbortController()
    this.#refills.set(work, abort)
    try {
      return await forwarder.refill(from, to, abort.signal, (records) => tell({ kind: 'refilled', work, records }))
    } finally {
      this.#refills.delete(work)
    }
  }

  async stopRefill(work: number): Promise<void> {
    this.#refills.get(work)?.abort()
  }

  /** Ends after the batches in hand. */
  async close(): Promise<void> {
    for (const { forwarder } of this.#forwarders.values()) forwarder.close()
    await Promise.all([...this.#forwarders.values()].map((it) => it.done))
    await Promise.all(this.#clusters.map((it) => it[Symbol.asyncDispose]()))
    await this.#log?.[Symbol.asyncDispose]()
    port?.close()
  }
}

const feedKey = (source: string, topicId: string): string => `${source} ${topicId}`

function tell(event: ForwardWorkerEvent): void {
  if (port) tellEvent(port, event)
}

function tellForward(event: ForwardEvent): void {
  if (event.kind !== 'trouble') return tell(event)
  const { code, message, details } = event.error
  tell({ kind: 'trouble', source: event.source, code, message, details: { ...details } })
}

function tellFailure(error: unknown): void {
  tell({ kind: 'failed', error: carried(error) })
}

if (port) answerCalls(port, new ForwardWorkerMethods())
