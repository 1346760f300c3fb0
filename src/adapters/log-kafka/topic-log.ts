import { setTimeout as delay } from 'node:timers/promises'
import { type ErrorCode, SmenaError } from '../../domain/errors.ts'
import type { Feed, LogBatch } from '../../pipeline/ports.ts'
import { Cluster, kafkaCode, kafkaError, type Partition, refusal, type Topic } from './cluster.ts'
import { type FetchedPartition, fetch } from './fetch.ts'
import { feedName, PartitionReader } from './partition-reader.ts'

/**
 * The log of a source in a cluster: its topic, each partition of it a feed with a position of its own. Nobody joins a group
 * and nothing is committed to Kafka: who reads is decided by the store's lock, where he stands by the store's position, and an
 * offset that Kafka no longer has is never replaced in silence.
 *
 *     asking ──topic──▶ pulling, one fetch a leader under way ──5 s, or an error of one──▶ asking
 *        │ no such topic: asked again; what it is made with later begins at its first offset
 *        │ a broker away for 3 s: told as `trouble`
 */
export interface TopicLogOptions {
  readonly cluster: Cluster
  readonly source: string
  readonly topic: string
  /** A partition that is to be read. */
  readonly opened: (feed: Feed) => void
  /** Its topic was deleted, or made anew: nothing more will come of it. */
  readonly closed: (feed: Feed) => void
  /** Records of this feed have come. */
  readonly arrived: (feed: Feed) => void
  readonly closings: Feed['closings']
  readonly report: (event: TopicLogEvent) => void
}

export type TopicLogEvent =
  /** Offsets that Kafka no longer had when they were to be read: `from` to `to`, inclusive. */
  | {
      readonly kind: 'cut'
      readonly source: string
      readonly feed: string
      readonly from: number
      readonly to: number
    }
  | { readonly kind: 'trouble'; readonly source: string; readonly error: SmenaError }
  | { readonly kind: 'recovered'; readonly source: string }

const freshMs = 5000
const waitMs = 500
/** A fetch that has nothing is answered after `waitMs`. */
const overdueMs = waitMs + 1000
/** About what becomes `takenBytesAtMost` of records that collectors have compressed. */
const fetchBytes = 512 * 1024
/** Of one answer. */
const takenBytesAtMost = 4 << 20
/** After an answer that is no larger: records that come one by one are fetched together. */
const rest = { bytes: 32 * 1024, ms: 5 }
/** Held and not taken, of all partitions: what was fetched while the store was busy. */
const heldBytesAtMost = 8 << 20
const toldAfterMs = 3000
const pauseMs = { first: 100, longest: 2000 }

/** Fetches of one answer to who leads: which leaders have not answered yet, and since when others are being asked. */
interface Round {
  readonly silent: Set<number | null>
  readonly asked: Map<number | null, number>
}

export class TopicLog implements AsyncDisposable {
  readonly #options: TopicLogOptions
  #partitions = new Map<string, PartitionFeed>()
  #topic: Topic | null = null
  #troubleSince: number | null = null
  #told: ErrorCode | null = null
  #isStale = false
  readonly #ended = new AbortController()
  #room = Promise.withResolvers<void>()
  readonly #done: Promise<void>

  constructor(options: TopicLogOptions) {
    this.#options = options
    this.#done = this.#follow()
  }

  get feeds(): readonly Feed[] {
    return [...this.#partitions.values()]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort()
    this.#makeRoom()
    await this.#options.cluster[Symbol.asyncDispose]()
    await this.#done
  }

  readonly #makeRoom = (): void => {
    this.#room.resolve()
    this.#room = Promise.withResolvers()
  }

  async #follow(): Promise<void> {
    const { signal } = this.#ended
    const pause = (ms: number) => delay(ms, undefined, { signal }).catch(() => undefined)
    for (let ms = pauseMs.first; !signal.aborted; ) {
      try {
        const topic = await this.#askTopic()
        if (topic) await this.#pullAll(topic)
        else {
          this.#succeeded()
          await pause(pauseMs.longest)
        }
        ms = pauseMs.first
      } catch (error) {
        if (signal.aborted) return
        this.#failed(error)
        await pause(ms)
        ms = Math.min(ms * 2, pauseMs.longest)
      }
    }
  }

  #succeeded(): void {
    this.#troubleSince = null
    if (this.#told) this.#options.report({ kind: 'recovered', source: this.#options.source })
    this.#told = null
  }

  /** An election of a leader takes seconds and heals by itself: only what lasts is told. */
  #failed(error: unknown): void {
    this.#troubleSince ??= performance.now()
    const trouble = asTrouble(error)
    if (this.#told === trouble.code || performance.now() - this.#troubleSince < toldAfterMs) return
    this.#told = trouble.code
    const { report, source } = this.#options
    report({ kind: 'trouble', source, error: trouble })
  }

  async #askTopic(): Promise<Topic | null> {
    const { cluster, topic: name, source, opened, closed, closings } = this.#options
    const topic = (await cluster.topics([name])).get(name) ?? null
    if (topic?.id !== this.#topic?.id) {
      for (const it of this.#partitions.values()) closed(it)
      this.#partitions = new Map()
    }
    this.#topic = topic
    for (const { index } of topic?.partitions ?? []) {
      const feed = feedName(topic?.id ?? '', index)
      if (this.#partitions.has(feed)) continue
      const reader = new PartitionReader(source, topic as Topic, index)
      const partition = new PartitionFeed(reader, closings, this.#makeRoom)
      this.#partitions.set(feed, partition)
      opened(partition)
    }
    return topic
  }

  /** Fetches of all leaders until what is known of the topic is old. */
  async #pullAll(topic: Topic): Promise<void> {
    this.#isStale = false
    const grow = () => {
      this.#isStale = true
      this.#makeRoom()
    }
    const round: Round = { silent: new Set(), asked: new Map() }
    const look = () => {
      const isOverdue = (since: number) => performance.now() - since > overdueMs
      // While a broker hangs the others are read on; its answer, or the end of waiting for it, ends the round.
      if ([...round.asked.values()].some(isOverdue)) timer = setTimeout(look, overdueMs)
      else grow()
    }
    let timer = setTimeout(look, freshMs)
    const pull = async (leader: number | null, partitions: readonly Partition[]) => {
      try {
        await this.#pull(topic, leader, partitions, round)
      } catch (error) {
        // The others end after their fetch; then it is asked who leads now.
        grow()
        throw error
      }
    }
    const byLeader = Map.groupBy(topic.partitions, (it) => it.leader)
    for (const leader of byLeader.keys()) round.silent.add(leader)
    const ends = await Promise.allSettled([...byLeader].map(([leader, partitions]) => pull(leader, partitions)))
    clearTimeout(timer)
    for (const it of ends) if (it.status === 'rejected') throw it.reason
  }

  async #pull(
    topic: Topic,
    leader: number | null,
    partitions: readonly Partition[],
    { silent, asked: underWay }: Round,
  ): Promise<void> {
    const { cluster, arrived } = this.#options
    underWay.set(leader, performance.now())
    const connection = await cluster.node(leader)
    underWay.delete(leader)
    for (let turn = 0; !this.#isStale && !this.#ended.signal.aborted; turn++) {
      const room = this.#room.promise
      const held = [...this.#partitions.values()].reduce((sum, it) => sum + it.reader.heldBytes, 0)
      // An answer is filled in the order of the question: each comes first in its turn.
      const first = turn % partitions.length
      const asked = [...partitions.slice(first), ...partitions.slice(0, first)].flatMap(({ index }) => {
        const feed = this.#partitions.get(feedName(topic.id, index))
        if (!feed || feed.reader.fetchAt < 0) return []
        const { age, fetchAt: offset } = feed.reader
        return [{ feed, age, topicId: topic.id, partition: index, offset }]
      })
      if (asked.length === 0 || held > heldBytesAtMost) {
        await room
        continue
      }
      underWay.set(leader, performance.now())
      const answer = await cluster.attempt(() => fetch(connection, asked, { waitMs, bytes: fetchBytes }))
      underWay.delete(leader)
      if (answer.errorCode !== 0) throw refusal(answer.errorCode, `a fetch of topic ${topic.name}`)
      for (const it of answer.partitions) {
        const of = asked.find(({ partition }) => partition === it.partition)
        // Where its reader stood has moved meanwhile: this was for the old place.
        if (!of || of.feed.reader.age !== of.age) continue
        await this.#take(topic, of.feed, it)
        if (of.feed.reader.holdsRecords) arrived(of.feed)
      }
      silent.delete(leader)
      if (silent.size === 0) this.#succeeded()
      const bytes = answer.partitions.reduce((sum, it) => sum + it.batches.length, 0)
      if (bytes > 0 && bytes <= rest.bytes) await delay(rest.ms)
    }
  }

  async #take(topic: Topic, { reader }: PartitionFeed, found: FetchedPartition): Promise<void> {
    if (found.errorCode === kafkaCode.offsetOutOfRange) return this.#goOnWhereItBegins(topic, reader)
    if (found.errorCode !== 0) throw refusal(found.errorCode, `partition ${reader.partition} of topic ${topic.name}`)
    reader.hold(found.batches, found.aborted, takenBytesAtMost)
  }

  /**
   * What stood at the position is gone. Below what is kept: retention was shorter than our lag. Beyond it: the partition lost
   * its end, and its offsets are given anew; all that is kept is read again, and what has come before is known by its number.
   */
  async #goOnWhereItBegins(topic: Topic, reader: PartitionReader): Promise<void> {
    const { cluster, report, source } = this.#options
    const partition = topic.partitions.find((it) => it.index === reader.partition)
    if (!partition) return
    const { age, fetchAt: position } = reader
    const earliest = await cluster.offset(topic, partition, 'earliest')
    // Whoever takes has gone elsewhere meanwhile.
    if (reader.age !== age) return
    // A partition that was never read begins where it begins.
    if (position > 0)
      report({ kind: 'cut', source, feed: reader.feed, from: position, to: Math.max(earliest, position) - 1 })
    reader.skipTo(earliest)
  }
}

class PartitionFeed implements Feed {
  readonly id: string
  readonly reader: PartitionReader
  readonly closings: Feed['closings']
  readonly #changed: () => void

  constructor(reader: PartitionReader, closings: Feed['closings'], changed: () => void) {
    this.id = reader.feed
    this.reader = reader
    this.closings = closings
    this.#changed = changed
  }

  async read(
    source: string,
    after: number,
    limits: { readonly records: number; readonly bytes: number },
  ): Promise<LogBatch> {
    const taken = this.reader.take(after, limits)
    this.#changed()
    return taken ? { source, ...taken } : { source, records: [] }
  }
}

function asTrouble(error: unknown): SmenaError {
  const known = kafkaError(error)
  if (known instanceof SmenaError) return known
  const cause = known instanceof Error ? known.message : String(known)
  return new SmenaError('kafka-away', { cause }, { cause: error })
}
