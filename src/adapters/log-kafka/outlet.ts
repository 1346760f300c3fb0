import { createAPI, initProducerIdV4, produceV9, Writer } from '@platformatic/kafka'
import { SmenaError } from '../../domain/errors.ts'
import type { LogRecord, Outlet } from '../../pipeline/ports.ts'
import { type Cluster, codeOf, kafkaCode, type Topic } from './cluster.ts'
import { IdentityWriter } from './identity.ts'
import { packBatch, type PackedBatch, type Producer, sealBatch } from './record-batch.ts'
import { ensureTopic } from './topics.ts'

/**
 * Hands records to the topics of their sources: acknowledged by all replicas in sync, one batch of a source under way at a
 * time, each batch with a sequence. A batch whose answer was lost is repeated under its sequence, so that a broker which has it
 * writes it once. Should the broker have forgotten the producer, or other records be sent instead of those, they may be written
 * twice; the store drops what has come again (R5).
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

/**
 * What a broker takes in one request by default, with room for its head (broker setting message.max.bytes: 1,048,588). Counted
 * before compression, which bounds what whoever reads a batch holds of it.
 */
const batchBytesAtMost = 1_000_000
const ackMs = 8000
const tooLarge: readonly number[] = [kafkaCode.messageTooLarge, kafkaCode.recordListTooLarge]
const producerIsUnknown: readonly number[] = [
  kafkaCode.outOfOrderSequence,
  kafkaCode.invalidProducerEpoch,
  kafkaCode.unknownProducerId,
]

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
  topic: Topic
  readonly partition: number
  /** Where the partition stands is to be asked again. */
  isStale: boolean
  producer: Producer | null
  sequence: number
  /** Sent under the sequence that is next, and perhaps written: its first and last number, and how many they are. */
  unsure: string | null
  /** The offset of what was acknowledged last. */
  offset: bigint
}

export class KafkaOutlet implements Outlet {
  readonly #options: OutletOptions
  readonly #identity: IdentityWriter
  readonly #feeds = new Map<string, Feed>()
  /** What was packed before its turn. */
  readonly #packed = new WeakMap<readonly LogRecord[], PackedBatch>()

  constructor(options: OutletOptions) {
    this.#options = options
    this.#identity = new IdentityWriter(options.journalId)
  }

  prepare(records: readonly LogRecord[]): void {
    if (records.length > 0) this.#packed.set(records, this.#pack(records))
  }

  #pack(records: readonly LogRecord[]): PackedBatch {
    return packBatch(records, this.#identity, this.#options.cluster.compression)
  }

  async send(source: string, records: readonly LogRecord[]): Promise<void> {
    try {
      await this.#sendTo(await this.#feed(source), records)
    } catch (error) {
      // Leaders move, topics are deleted and made again: what was known of it is asked anew.
      const feed = this.#feeds.get(source)
      if (feed) feed.isStale = true
      throw error
    }
  }

  async #feed(source: string): Promise<Feed> {
    const known = this.#feeds.get(source)
    if (known && !known.isStale) return known
    const { cluster, topicOf, feedOf, keepFeed, journalId } = this.#options
    const topic = await ensureTopic(cluster, topicOf(source))
    if (known?.topic.id === topic.id) {
      known.topic = topic
      known.isStale = false
      return known
    }
    let partition = feedOf(source, topic.id)
    if (partition === null) {
      partition = Number.parseInt(journalId.slice(0, 8), 16) % topic.partitions.length
      await keepFeed(source, topic.id, partition)
    }
    const feed = { topic, partition, isStale: false, producer: null, sequence: 0, unsure: null, offset: -1n }
    this.#feeds.set(source, feed)
    return feed
  }

  async #sendTo(feed: Feed, records: readonly LogRecord[]): Promise<void> {
    const { cluster } = this.#options
    const numbers = `${records[0]?.number}-${records.at(-1)?.number} ${records.length}`
    // A broker that has a sequence takes nothing else for it: other records need another producer.
    if (feed.unsure !== null && feed.unsure !== numbers) feed.producer = null
    const producer = (feed.producer ??= await this.#begin(feed))
    const packed = this.#packed.get(records) ?? this.#pack(records)
    // Its bytes belong to the connection that takes them: what is sent again is packed again.
    this.#packed.delete(records)
    if (packed.plainBytes > batchBytesAtMost && records.length > 1) return this.#sendHalves(feed, records)
    const bytes = sealBatch(packed, { producer, sequence: feed.sequence, at: Date.now() })
    const leader = feed.topic.partitions.find((it) => it.index === feed.partition)?.leader ?? null
    const connection = await cluster.node(leader)
    feed.unsure = numbers
    try {
      const answer = await cluster.attempt(() => produce.async(connection, feed.topic.name, feed.partition, bytes))
      const offset = answer.responses[0]?.partitionResponses[0]?.baseOffset ?? -1n
      if (offset <= feed.offset) {
        feed.producer = null
        throw new SmenaError('kafka-away', { cause: `offset ${offset} was acknowledged, after ${feed.offset}` })
      }
      feed.offset = offset
    } catch (error) {
      const code = codeOf(error) ?? 0
      if (tooLarge.includes(code) && records.length > 1) {
        feed.unsure = null
        return this.#sendHalves(feed, records)
      }
      if (producerIsUnknown.includes(code)) feed.producer = null
      // Written by an attempt whose answer was lost.
      if (code !== kafkaCode.duplicateSequence) throw error
    }
    feed.unsure = null
    feed.sequence = (feed.sequence + records.length) % 2 ** 31
  }

  async #begin(feed: Feed): Promise<Producer> {
    const { producerId, producerEpoch } = await this.#options.cluster.anyNode((connection) =>
      initProducerIdV4.api.async(connection, null, 0, -1n, -1),
    )
    feed.sequence = 0
    feed.unsure = null
    feed.offset = -1n
    return { id: producerId, epoch: producerEpoch }
  }

  async #sendHalves(feed: Feed, records: readonly LogRecord[]): Promise<void> {
    const half = Math.ceil(records.length / 2)
    await this.#sendTo(feed, records.slice(0, half))
    await this.#sendTo(feed, records.slice(half))
  }
}
