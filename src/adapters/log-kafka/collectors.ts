import { SmenaError } from '../../domain/errors.ts'
import type { Delivery } from '../../domain/record.ts'
import { type CollectorNumbers, readCollectorNumbers } from '../../pipeline/collectors.ts'
import { type Cluster, kafkaCode, refusal, type Topic } from './cluster.ts'
import { fetch } from './fetch.ts'
import { produce } from './outlet.ts'
import { type KeyWriter, packBatch, readBatches, sealBatch } from './record-batch.ts'
import { collectorsTopic, ensureTopic } from './topics.ts'

/**
 * The compacted topic in which each collector says how far it is: key = id of its journal, value = its numbers as JSON. Only
 * the newest of each counts, so nothing here is idempotent or in order of importance: what is lost is said again a second later.
 */
const nobody = { id: -1n, epoch: -1 }
const anyDelivery: Delivery = { uid: '', source: '', format: '', how: 'kafka', peer: '', openedAt: 0 }
const fetchBytes = 1 << 20
/** What is there is answered at once; nobody waits for more. */
const waitMs = 0

export async function publishNumbers(cluster: Cluster, numbers: CollectorNumbers): Promise<void> {
  const topic = await ensureTopic(cluster, collectorsTopic)
  const journal: KeyWriter = {
    roomFor: () => numbers.journal.length,
    write: (target, at) => at + target.write(numbers.journal, at, 'latin1'),
  }
  const bytes = Buffer.from(JSON.stringify(numbers))
  const now = Date.now()
  const record = { number: 0, delivery: anyDelivery, line: 0, occurrence: 0, receivedAt: now, fragment: null, bytes }
  const connection = await cluster.node(topic.partitions[0]?.leader ?? null)
  const head = { producer: nobody, sequence: -1, at: now }
  const batch = sealBatch(packBatch([record], journal, 'none'), head)
  await cluster.attempt(() => produce.async(connection, topic.name, 0, batch))
}

/** The newest numbers of every collector; each reading asks only for what has come since the one before. */
export class PublishedNumbers {
  readonly #cluster: Cluster
  readonly #newest = new Map<string, CollectorNumbers>()
  readonly #next = new Map<string, number>()
  readonly #closed: (uid: string, closedAt: number) => void

  /** `closed`: told of every end of a delivery in all that is read, again and again. */
  constructor(cluster: Cluster, closed: (uid: string, closedAt: number) => void = () => undefined) {
    this.#cluster = cluster
    this.#closed = closed
  }

  async read(): Promise<readonly CollectorNumbers[]> {
    const topic = (await this.#cluster.topics([collectorsTopic])).get(collectorsTopic)
    // No collector has ever begun.
    if (!topic) return []
    for (const { index } of topic.partitions) await this.#readPartition(topic, index)
    return [...this.#newest.values()]
  }

  async #readPartition(topic: Topic, partition: number): Promise<void> {
    const of = topic.partitions.find((it) => it.index === partition)
    const key = `${topic.id}/${partition}`
    const connection = await this.#cluster.node(of?.leader ?? null)
    for (;;) {
      const offset = this.#next.get(key) ?? 0
      const answer = await this.#cluster.attempt(() =>
        fetch(connection, [{ topicId: topic.id, partition, offset }], { waitMs, bytes: fetchBytes }),
      )
      const found = answer.partitions[0]
      const code = answer.errorCode || found?.errorCode || 0
      if (of && code === kafkaCode.offsetOutOfRange) {
        this.#next.set(key, await this.#cluster.offset(topic, of, 'earliest'))
        continue
      }
      if (code !== 0) throw refusal(code, `topic ${collectorsTopic}`)
      if (!found) throw new SmenaError('kafka-away', { cause: `an answer lacks topic ${collectorsTopic}` })
      const next = this.#take(found.batches) ?? offset
      this.#next.set(key, next)
      if (next === offset || next >= found.highWatermark) return
    }
  }

  /** The offset after what was taken; null: there was nothing. */
  #take(bytes: Buffer): number | null {
    let next: number | null = null
    for (const batch of readBatches(bytes)) {
      for (const { value } of batch.messages ?? []) {
        const numbers = value === null ? null : readCollectorNumbers(value.toString('utf8'))
        if (!numbers) continue
        this.#newest.set(numbers.journal, numbers)
        for (const [uid, closedAt] of Object.entries(numbers.closings)) this.#closed(uid, closedAt)
      }
      next = batch.last + 1
    }
    return next
  }
}
