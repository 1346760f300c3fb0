import { createAPI, initProducerIdV4, produceV9, Writer } from '@platformatic/kafka'
import { SmenaError } from '../../domain/errors.ts'
import type { LogRecord, Outlet } from '../../pipeline/ports.ts'
import { type Cluster, codeOf, kafkaCode, type Topic } from './cluster.ts'
import { IdentityWriter } from './identity.ts'
import { type Producer, writeBatch } from './record-batch.ts'
import { ensureTopic } from './topics.ts'

/**
 * Hands records to the topics of their sources: acknowledged by all replicas in sync, one batch of a source under way at a
 * time, each batch with a sequence, so that a broker which has it already writes it once. Should a broker have forgotten the
 * producer, a batch may be written twice; the store drops what has come again (R5).
 */
export interface OutletOptions {
  readonly cluster: Cluster
  readonly journalId: string
  readonly topicOf: (source: string) => string
  /** Partition in which this journal's records of the source stand in this topic, if one was chosen. */
  readonly feedOf: (source: string, topicId: string) => number | null
  /** Keeps the choice. Resolves when it is on the disk. */
  readonly keepFeed: (source: string, topicId: string, partition: number) => Promise<void>
}

/** What a broker takes in one request by default, with room for its head (broker setting message.max.bytes: 1,048,588). */
const batchBytesAtMost = 1_000_000
const ackMs = 8000

export const produce = createAPI(
  0,
  9,
  (topic: string, partition: number, batch: Buffer) =>
    Writer.create()
      .appendString(null)
      .appendInt16(-1)
      .appendInt32(ackMs)
      .appendArray([topic], (w, name) => {
        w.appendString(name).appendArray([partition], (p, index) => {
          p.appendInt32(index)
            .appendUnsignedVarInt(batch.length + 1)
            .append(batch)
        })
      })
      .appendTaggedFields(),
  produceV9.parseResponse,
)

interface Feed {
  readonly topic: Topic
  readonly partition: number
  producer: Producer | null
  sequence: number
}

export class KafkaOutlet implements Outlet {
  readonly #options: OutletOptions
  readonly #identity: IdentityWriter
  readonly #feeds = new Map<string, Feed>()

  constructor(options: OutletOptions) {
    this.#options = options
    this.#identity = new IdentityWriter(options.journalId)
  }

  async send(source: string, records: readonly LogRecord[]): Promise<void> {
    try {
      await this.#sendTo(await this.#feed(source), records)
    } catch (error) {
      // Leaders move, topics are deleted and made again: what was known of it is asked anew.
      this.#feeds.delete(source)
      throw error
    }
  }

  async #feed(source: string): Promise<Feed> {
    const known = this.#feeds.get(source)
    if (known) return known
    const { cluster, topicOf, feedOf, keepFeed, journalId } = this.#options
    const topic = await ensureTopic(cluster, topicOf(source))
    let partition = feedOf(source, topic.id)
    if (partition === null) {
      partition = Number.parseInt(journalId.slice(0, 8), 16) % topic.partitions.length
      await keepFeed(source, topic.id, partition)
    }
    const feed: Feed = { topic, partition, producer: null, sequence: 0 }
    this.#feeds.set(source, feed)
    return feed
  }

  async #sendTo(feed: Feed, records: readonly LogRecord[]): Promise<void> {
    const { cluster } = this.#options
    feed.producer ??= await cluster.anyNode(async (connection) => {
      const { producerId, producerEpoch } = await initProducerIdV4.api.async(connection, null, 0, -1n, -1)
      return { id: producerId, epoch: producerEpoch }
    })
    const batch = writeBatch(records, this.#identity, feed.producer, feed.sequence, Date.now())
    if (batch.length > batchBytesAtMost && records.length > 1) return this.#sendHalves(feed, records)
    const leader = feed.topic.partitions.find((it) => it.index === feed.partition)?.leader ?? null
    const connection = await cluster.node(leader)
    try {
      const answer = await cluster.attempt(() => produce.async(connection, feed.topic.name, feed.partition, batch))
      const offset = answer.responses[0]?.partitionResponses[0]?.baseOffset ?? -1n
      if (offset < 0n) throw new SmenaError('kafka-away', { cause: 'an acknowledgement without an offset' })
    } catch (error) {
      const code = codeOf(error)
      const tooLarge = code === kafkaCode.messageTooLarge || code === kafkaCode.recordListTooLarge
      if (tooLarge && records.length > 1) return this.#sendHalves(feed, records)
      // Written by an attempt whose answer was lost.
      if (code !== kafkaCode.duplicateSequence) throw error
    }
    feed.sequence = (feed.sequence + records.length) % 2 ** 31
  }

  async #sendHalves(feed: Feed, records: readonly LogRecord[]): Promise<void> {
    const half = Math.ceil(records.length / 2)
    await this.#sendTo(feed, records.slice(0, half))
    await this.#sendTo(feed, records.slice(half))
  }
}
