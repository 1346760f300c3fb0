import { Cluster } from '../adapters/log-kafka/cluster.ts'
import { PublishedNumbers } from '../adapters/log-kafka/collectors.ts'
import { TopicLog, type TopicLogEvent } from '../adapters/log-kafka/topic-log.ts'
import { SmenaError } from '../domain/errors.ts'
import type { KafkaSettings } from '../domain/settings.ts'
import { type RecordEvent, SourceRecorder } from '../pipeline/record.ts'
import type { Sources } from '../pipeline/sources.ts'
import type { Claims, Store } from '../pipeline/store.ts'
import { delay } from './at-most.ts'

/**
 * The loops from a cluster's topics to the store: one for each partition of the sources that this process has claimed. Every
 * two seconds the claims are renewed, and what came with them begins, what went with them ends after the batch in hand.
 */
export interface TopicRecordersOptions {
  readonly store: Store
  readonly sources: Sources
  readonly claims: Claims
  readonly kafka: KafkaSettings
  /** By source. */
  readonly topics: Readonly<Record<string, string>>
  readonly report: (event: RecordEvent) => void
  readonly reportTopic: (event: TopicLogEvent) => void
  readonly fail: (error: unknown) => void
}

interface Running {
  readonly recorder: SourceRecorder
  readonly done: Promise<void>
}

interface SourceTopic {
  readonly log: TopicLog
  readonly running: Map<string, Running>
  /** Loops whose partition is gone, until they have ended. */
  readonly ending: Set<Promise<void>>
}

const renewMs = 2000
const numbersMs = 1000
const closingsAtMost = 10_000

export class TopicRecorders implements AsyncDisposable {
  readonly #options: TopicRecordersOptions
  readonly #open = new Map<string, SourceTopic>()
  readonly #cluster: Cluster
  readonly #published: PublishedNumbers
  #numbers: { readonly at: number; readonly read: Promise<unknown> } | null = null
  /** What collectors said last of ends of deliveries. */
  readonly #closedAt = new Map<string, number>()
  #isClosed = false

  constructor(options: TopicRecordersOptions) {
    this.#options = options
    this.#cluster = new Cluster(options.kafka, 'smena-record-numbers')
    this.#published = new PublishedNumbers(this.#cluster, (uid, closedAt) => this.#closed(uid, closedAt))
  }

  /** Begins to read these sources, as far as this process gets them. */
  start(sources: readonly { readonly id: number; readonly name: string }[]): void {
    void this.#follow(sources).catch(this.#options.fail)
  }

  async #follow(sources: readonly { readonly id: number; readonly name: string }[]): Promise<void> {
    const ids = sources.map((it) => it.id)
    for (; !this.#isClosed; await delay(renewMs)) {
      let held: ReadonlySet<number>
      try {
        held = await this.#options.claims.renew(ids)
      } catch (error) {
        if (!(error instanceof SmenaError) || error.remedy !== 'retry') throw error
        // Who reads is still the same: the store is away for the others too, and tells so itself.
        continue
      }
      if (this.#isClosed) return
      for (const { id, name } of sources) {
        const topic = this.#open.get(name)
        if (held.has(id) && !topic) this.#begin(name)
        else if (!held.has(id) && topic) await this.#end(name, topic)
      }
    }
  }

  #begin(name: string): void {
    const { kafka, topics, report, reportTopic, fail, store, sources } = this.#options
    const running = new Map<string, Running>()
    const ending = new Set<Promise<void>>()
    const log = new TopicLog({
      // A fetch waits for records and holds its connection meanwhile: each source has its own.
      cluster: new Cluster(kafka, `smena-record-${name}`),
      source: name,
      topic: topics[name] ?? name,
      opened: (feed) => {
        const recorder = new SourceRecorder(name, { store, sources, log: feed, now: Date.now, report })
        running.set(feed.id, { recorder, done: recorder.run().catch(fail) })
      },
      closed: (feed) => {
        const it = running.get(feed.id)
        running.delete(feed.id)
        if (!it) return
        it.recorder.close()
        const done = it.done.finally(() => ending.delete(done))
        ending.add(done)
      },
      arrived: (feed) => running.get(feed.id)?.recorder.wake(),
      closings: (uids) => this.#closings(uids),
      report: reportTopic,
    })
    this.#open.set(name, { log, running, ending })
  }

  async #end(name: string, { log, running, ending }: SourceTopic): Promise<void> {
    this.#open.delete(name)
    for (const { recorder } of running.values()) recorder.close()
    await Promise.all([...running.values()].map((it) => it.done).concat([...ending]))
    await log[Symbol.asyncDispose]()
    this.#options.report({ kind: 'left', source: name })
  }

  /** What is forgotten is said again. */
  #closed(uid: string, closedAt: number): void {
    this.#closedAt.delete(uid)
    this.#closedAt.set(uid, closedAt)
    for (const oldest of this.#closedAt.keys()) {
      if (this.#closedAt.size <= closingsAtMost) break
      this.#closedAt.delete(oldest)
    }
  }

  /** What collectors say of the ends of deliveries; one of which nobody has said anything may still be open. */
  async #closings(uids: readonly string[]): Promise<ReadonlyMap<string, number | null>> {
    const now = performance.now()
    if (!this.#numbers || now - this.#numbers.at > numbersMs)
      this.#numbers = { at: now, read: this.#published.read().catch(() => undefined) }
    await this.#numbers.read
    return new Map(uids.map((uid) => [uid, this.#closedAt.get(uid) ?? null]))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    await Promise.all([...this.#open].map(([name, it]) => this.#end(name, it)))
    await this.#options.claims[Symbol.asyncDispose]()
    await this.#cluster[Symbol.asyncDispose]()
  }
}
