import { createHash } from 'node:crypto'
import type { Interval } from '../../domain/intervals.ts'
import { recordLimitBytes, type Delivery } from '../../domain/record.ts'
import type { LogRecord } from '../../pipeline/ports.ts'
import { IdentityReader } from './identity.ts'
import { type Message, type ReadBatch, readBatches } from './record-batch.ts'
import { type AbortedTransaction, AbortedTransactions } from './transactions.ts'

/** Messages that lie together in a partition, made into records; only the last piece that is held may have none. */
interface Piece {
  readonly first: number
  /** The offset after its last. */
  readonly next: number
  readonly records: readonly LogRecord[]
  /** Of the records alone. */
  readonly bytes: number
  /** What it takes as long as it is held. */
  readonly heldBytes: number
}

export interface Taken {
  readonly records: readonly LogRecord[]
  readonly spans: Interval
}

/**
 * What was fetched of one partition and not taken yet. Whoever takes says from where: when that is not where this stands (a
 * transaction failed, or somebody else went on), what is held is thrown away and fetched again from there.
 */
export class PartitionReader {
  readonly feed: string
  readonly partition: number
  readonly #topicName: string
  readonly #source: string
  readonly #identity: IdentityReader
  readonly #foreign = new Map<number, Delivery>()
  #pieces: Piece[] = []
  #heldBytes = 0
  /** The position of who takes; below zero: nobody has asked yet. */
  #takenTo = -1
  /** Where the next fetch begins. */
  fetchAt = -1
  /** Raised when what is under way must not be kept. */
  age = 0

  constructor(source: string, topic: { readonly id: string; readonly name: string }, partition: number) {
    this.feed = feedName(topic.id, partition)
    this.partition = partition
    this.#topicName = topic.name
    this.#source = source
    this.#identity = new IdentityReader(source)
  }

  get heldBytes(): number {
    return this.#heldBytes
  }

  get holdsRecords(): boolean {
    return this.#pieces.some((it) => it.records.length > 0)
  }

  /** Goes on elsewhere, with what is held: what lay between is not there any more. */
  skipTo(offset: number): void {
    this.fetchAt = offset
    this.age++
  }

  /**
   * Takes in what a broker sent, as far as `atMost` bytes of it are held: what was compressed may become any number of bytes,
   * and the rest is fetched again. What is of an aborted transaction has no records, and its offsets are passed like any others.
   */
  hold(bytes: Buffer, abortedInIt: readonly AbortedTransaction[] = [], atMost = Number.POSITIVE_INFINITY): void {
    const aborted = new AbortedTransactions(abortedInIt)
    const full = this.#heldBytes + atMost
    for (const batch of readBatches(bytes)) {
      const isAborted = aborted.has(batch)
      if (batch.last < this.fetchAt) continue
      const records = isAborted ? [] : this.#recordsOf(batch)
      let piece: Piece = {
        first: Math.max(batch.first, this.fetchAt),
        next: batch.last + 1,
        records,
        bytes: records.reduce((sum, it) => sum + it.bytes.length, 0),
        // Whatever has no records is not kept.
        heldBytes: records.length > 0 ? batch.heldBytes : 0,
      }
      this.#heldBytes += piece.heldBytes
      const before = this.#pieces.at(-1)
      if (before && before.records.length === 0 && before.next === piece.first) {
        this.#pieces.pop()
        piece = { ...piece, first: before.first }
      }
      this.#pieces.push(piece)
      this.fetchAt = piece.next
      if (this.#heldBytes >= full) return
    }
  }

  /** Records from `position` on, within the limits, as far as they lie together; null: there are none, or not yet. */
  take(position: number, limits: { readonly records: number; readonly bytes: number }): Taken | null {
    if (position !== this.#takenTo) {
      this.#reset(position)
      return null
    }
    // What has no records, and after which something is missing, waits for nothing.
    while (this.#pieces.length > 1 && this.#pieces[0]?.records.length === 0) this.#drop()
    const records: LogRecord[] = []
    const first = this.#pieces[0]?.first ?? 0
    let next = first
    let bytes = 0
    for (let piece = this.#pieces[0]; piece && piece.records.length > 0; piece = this.#pieces[0]) {
      const isFull = records.length + piece.records.length > limits.records || bytes + piece.bytes > limits.bytes
      if (records.length > 0 && (isFull || piece.first !== next)) break
      for (const record of piece.records) records.push(record)
      bytes += piece.bytes
      next = piece.next
      this.#drop()
    }
    const last = records.pop()
    if (!last) return null
    // The position after the last of them is that after all that was taken.
    records.push({ ...last, position: next })
    this.#takenTo = next
    return { records, spans: { from: first, to: next - 1 } }
  }

  #reset(offset: number): void {
    this.#pieces = []
    this.#heldBytes = 0
    this.#takenTo = offset
    this.fetchAt = offset
    this.age++
  }

  #drop(): void {
    this.#heldBytes -= this.#pieces.shift()?.heldBytes ?? 0
  }

  #recordsOf(batch: ReadBatch): LogRecord[] {
    // What nobody can read is kept as it was found, under its first offset.
    if (!batch.messages) return [this.#foreignRecord(batch, batch.first, batch.timestamp, batch.bytes, 'damaged')]
    const records: LogRecord[] = []
    for (const message of batch.messages) {
      // A batch is sent whole, though its beginning was read before.
      if (message.offset < this.fetchAt) continue
      const record = this.#recordOf(batch, message)
      if (record) records.push(record)
    }
    return records
  }

  #recordOf(batch: ReadBatch, { offset, timestamp, key, value }: Message): LogRecord | null {
    const identity = value === null ? null : this.#identity.read(key)
    if (identity && value) return { ...identity, bytes: value, position: offset + 1 }
    const line = value === null ? null : withoutLineEnd(value)
    // As on a socket, an empty line is no record.
    if (line === null || line.length === 0) return null
    const fragment = line.length > recordLimitBytes ? 'too-long' : null
    return this.#foreignRecord(batch, offset, timestamp, line, fragment)
  }

  /** A record without our identity: the partition is its journal, its offset the number (R20). */
  #foreignRecord(
    { leaderEpoch }: ReadBatch,
    offset: number,
    timestamp: number,
    bytes: Buffer,
    fragment: LogRecord['fragment'],
  ): LogRecord {
    return {
      journal: this.feed,
      number: offset,
      position: offset + 1,
      delivery: this.#foreignDelivery(leaderEpoch),
      line: offset,
      occurrence: fragment === null ? 1 : 0,
      receivedAt: believable(timestamp),
      fragment,
      bytes,
    }
  }

  /**
   * One for each reign of a leader: where a partition lost its end, its offsets are given anew under another leader, and what
   * stands there now is not what stood there before.
   */
  #foreignDelivery(leaderEpoch: number): Delivery {
    const known = this.#foreign.get(leaderEpoch)
    if (known) return known
    const delivery: Delivery = {
      // The topic's id is as random as any delivery's.
      uid: createHash('sha256').update(`${this.feed} ${leaderEpoch}`).digest('hex').slice(0, 32),
      source: this.#source,
      format: '',
      how: 'kafka',
      peer: `${this.#topicName}/${this.partition}`,
      openedAt: 0,
    }
    this.#foreign.set(leaderEpoch, delivery)
    return delivery
  }
}

/** Name under which the position in a partition is kept. */
export const feedName = (topicId: string, partition: number): string => `${topicId}/${partition}`

const year2100 = Date.UTC(2100)

/** A producer may name any time, or none (−1), or count in nanoseconds; the same is read whenever it is read. */
const believable = (timestamp: number): number => (timestamp >= 0 && timestamp < year2100 ? timestamp : 0)

const withoutLineEnd = (line: Buffer): Buffer => {
  let end = line.length
  while (end > 0 && (line[end - 1] === 10 || line[end - 1] === 13)) end--
  return line.subarray(0, end)
}
