import { randomBytes } from 'node:crypto'
import { Cluster } from '../../src/adapters/log-kafka/cluster.ts'
import { KafkaOutlet } from '../../src/adapters/log-kafka/outlet.ts'
import { TopicLog, type TopicLogEvent } from '../../src/adapters/log-kafka/topic-log.ts'
import { SmenaError } from '../../src/domain/errors.ts'
import type { KafkaSettings } from '../../src/domain/settings.ts'
import type { Interval } from '../../src/domain/intervals.ts'
import type { Feed, LogRecord } from '../../src/pipeline/ports.ts'

/** Both ends of a topic, for tests of what happens between them. */
export const source = 'pbx'

export const settingsOf = (brokers: string): KafkaSettings => ({
  brokers: brokers.split(','),
  tls: null,
  sasl: null,
  replicas: 3,
  compression: 'zstd',
})

/** Records 1 … `count` of a delivery, or those from another number on; `bytes`: as long as this, and no compression makes them shorter. */
export function recordsOf(count: number, options: { first?: number; bytes?: number } = {}): LogRecord[] {
  const { first = 1, bytes = 0 } = options
  return Array.from({ length: count }, (_, i) => ({
    number: first + i,
    delivery,
    line: first + i,
    occurrence: 1,
    receivedAt: 1_700_000_000_000 + first + i,
    fragment: null,
    bytes: withNoise(Buffer.from(`record ${first + i} `), bytes),
  }))
}

const withNoise = (bytes: Buffer, length: number): Buffer =>
  Buffer.concat([bytes, randomBytes(Math.max(0, length - bytes.length))])

const delivery = {
  uid: 'cd'.repeat(16),
  source,
  format: 'avaya-ip-office',
  how: 'tcp',
  peer: '10.0.0.1:5000',
  openedAt: 1_700_000_000_000,
} as const

/** A collector's outlet with what it keeps of its choices. */
export class TestOutlet implements AsyncDisposable {
  readonly cluster: Cluster
  readonly journal: string
  /** Partitions by topic id. */
  readonly kept: Map<string, number>
  readonly #outlet: KafkaOutlet

  /** `kept`: those of a process before this one. */
  constructor(settings: KafkaSettings, topic: string, options: { journal?: string; kept?: Map<string, number> } = {}) {
    this.cluster = new Cluster(settings, 'smena-test')
    this.journal = options.journal ?? randomBytes(16).toString('hex')
    this.kept = options.kept ?? new Map()
    this.#outlet = new KafkaOutlet({
      cluster: this.cluster,
      journalId: this.journal,
      topicOf: () => topic,
      feedOf: (_, topicId) => this.kept.get(topicId) ?? null,
      keepFeed: async (_, topicId, partition) => void this.kept.set(topicId, partition),
    })
  }

  send(records: readonly LogRecord[]): Promise<void> {
    return this.#outlet.send(source, records)
  }

  /** As the forwarder does it: until it is there. A cluster that has just begun has leaders that are being chosen. */
  async sendUntilThere(records: readonly LogRecord[]): Promise<number> {
    for (let failures = 0; ; failures++)
      try {
        await this.send(records)
        return failures
      } catch (error) {
        if (!(error instanceof SmenaError) || error.remedy !== 'retry') throw error
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cluster[Symbol.asyncDispose]()
  }
}

export interface Followed {
  readonly feed: Feed
  position: number
  readonly records: LogRecord[]
  readonly spans: Interval[]
  /** One after the other. */
  reading: Promise<void>
}

/** Follows a topic as a recorder does and keeps what comes. */
export class Follower implements AsyncDisposable {
  readonly events: TopicLogEvent[] = []
  readonly feeds: Followed[] = []
  readonly closed: string[] = []
  readonly #log: TopicLog

  /** `from`: positions of feeds that were read before. */
  constructor(settings: KafkaSettings, topic: string, from: ReadonlyMap<string, number> = new Map()) {
    this.#log = new TopicLog({
      cluster: new Cluster(settings, 'smena-test'),
      source,
      topic,
      opened: (feed) => {
        const position = from.get(feed.id) ?? 0
        const it = { feed, position, records: [], spans: [], reading: Promise.resolve() }
        this.feeds.push(it)
        this.#wake(it)
      },
      closed: (feed) => this.closed.push(feed.id),
      arrived: (feed) => this.#wake(this.feeds.find((it) => it.feed === feed) as Followed),
      closings: async () => new Map(),
      report: (event) => this.events.push(event),
    })
  }

  #wake(it: Followed): void {
    it.reading = it.reading.then(() => this.#read(it))
  }

  async #read(it: Followed): Promise<void> {
    for (;;) {
      const { records, spans } = await it.feed.read(source, it.position, { records: 2000, bytes: 1 << 20 })
      const last = records.at(-1)
      if (!last) return
      it.records.push(...records)
      if (spans) it.spans.push(spans)
      it.position = last.position ?? last.number
    }
  }

  get records(): readonly LogRecord[] {
    return this.feeds.flatMap((it) => it.records)
  }

  get lines(): readonly string[] {
    return this.records.map((it) => Buffer.from(it.bytes).toString('latin1'))
  }

  get positions(): ReadonlyMap<string, number> {
    return new Map(this.feeds.map((it) => [it.feed.id, it.position]))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#log[Symbol.asyncDispose]()
  }
}
