import { constants, gunzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { compressionsAlgorithmsByBitmask, crc32c } from '@platformatic/kafka'
import type { Delivery } from '../../domain/record.ts'
import type { KafkaSettings } from '../../domain/settings.ts'
import type { LogRecord } from '../../pipeline/ports.ts'
import { type Cursor, putVarint, takeZigzag, varintBytes, zigzag } from './varint.ts'

/**
 * Kafka's record batch, version 2 (kafka.apache.org/documentation, "Record Batch"), written and read in one pass over one
 * buffer. The library makes one writer for each record, which is two thirds of the time of sending it.
 *
 *     base offset i64 · length i32 · leader epoch i32 · magic i8 · CRC-32C u32 · attributes i16 · last offset delta i32 ·
 *     base timestamp i64 · max timestamp i64 · producer id i64 · producer epoch i16 · base sequence i32 · count i32 · records
 *
 * What follows the count may be compressed; the lowest bits of the attributes say how.
 */
const batchHeadBytes = 61
const crcAt = 17
const checkedFrom = 21
const compressionBits = 0b111
/** Of a batch that others compressed, which zstd and gzip make of some kilobytes. */
const plainBytesAtMost = 128 << 20
const zstdBits = 4
/** Below it nothing is won, and the broker has to unpack what it checks. */
const compressedFromBytes = 1024
/** What most batches become at most: each piece more is memory and a copy more. */
const packedBytes = 1 << 17
const zstdParams = { [constants.ZSTD_c_compressionLevel]: 1 }
const transactionalBit = 1 << 4
const controlBit = 1 << 5

export interface Producer {
  readonly id: bigint
  readonly epoch: number
}

/** What becomes the key of a record's message. */
export interface KeyWriter {
  /** Bytes that it takes at most. */
  roomFor(delivery: Delivery): number
  /** Writes at `at` and returns where it ends. */
  write(target: Buffer, at: number, record: LogRecord): number
}

export interface BatchHead {
  readonly producer: Producer
  readonly sequence: number
  /** Its time, milliseconds. */
  readonly at: number
}

/** A batch whose head is not written yet. */
export interface PackedBatch {
  readonly bytes: Buffer
  readonly records: number
  readonly isCompressed: boolean
  /** Its length without compression: what it takes with whoever reads it. */
  readonly plainBytes: number
}

/** The records in their order; compressed only where that makes it shorter. */
export function packBatch(
  records: readonly LogRecord[],
  identity: KeyWriter,
  compression: KafkaSettings['compression'],
): PackedBatch {
  let room = batchHeadBytes
  // Lengths, delta of the offset, attributes and the like.
  for (const { delivery, bytes } of records) room += identity.roomFor(delivery) + bytes.length + 24
  const batch = Buffer.allocUnsafe(room)
  let end = batchHeadBytes
  const key = Buffer.allocUnsafe(4096)
  let i = 0
  for (const record of records) {
    const keyLength = identity.write(key, 0, record)
    const { bytes } = record
    const delta = zigzag(i++)
    const length =
      2 +
      varintBytes(delta) +
      varintBytes(zigzag(keyLength)) +
      keyLength +
      varintBytes(zigzag(bytes.length)) +
      bytes.length +
      1
    end = putVarint(batch, end, zigzag(length))
    // No attributes; the batch's own time.
    batch[end++] = 0
    batch[end++] = 0
    end = putVarint(batch, end, delta)
    end = putVarint(batch, end, zigzag(keyLength))
    end += key.copy(batch, end, 0, keyLength)
    end = putVarint(batch, end, zigzag(bytes.length))
    batch.set(bytes, end)
    end += bytes.length
    // No headers.
    batch[end++] = 0
  }
  const plainBytes = end
  const packed = compression === 'zstd' ? compressed(batch.subarray(batchHeadBytes, end)) : null
  if (packed) end = batchHeadBytes + packed.copy(batch, batchHeadBytes)
  return { bytes: batch.subarray(0, end), records: records.length, isCompressed: packed !== null, plainBytes }
}

/** The whole batch, with its head: in the bytes that were packed. */
export function sealBatch({ bytes: batch, records, isCompressed }: PackedBatch, head: BatchHead): Buffer {
  batch.writeBigInt64BE(0n, 0)
  batch.writeInt32BE(batch.length - 12, 8)
  batch.writeInt32BE(-1, 12)
  batch.writeInt8(2, 16)
  batch.writeInt16BE(isCompressed ? zstdBits : 0, 21)
  batch.writeInt32BE(records - 1, 23)
  batch.writeBigInt64BE(BigInt(head.at), 27)
  batch.writeBigInt64BE(BigInt(head.at), 35)
  batch.writeBigInt64BE(head.producer.id, 43)
  batch.writeInt16BE(head.producer.epoch, 51)
  batch.writeInt32BE(head.sequence, 53)
  batch.writeInt32BE(records, 57)
  batch.writeUInt32BE(crc32c(batch.subarray(checkedFrom)), crcAt)
  return batch
}

/** Null: it is no shorter. */
function compressed(body: Buffer): Buffer | null {
  if (body.length < compressedFromBytes) return null
  // With its length at the beginning, without which some readers only guess how much room it needs.
  const packed = zstdCompressSync(body, { params: zstdParams, pledgedSrcSize: body.length, chunkSize: packedBytes })
  return packed.length < body.length ? packed : null
}

export interface Message {
  readonly offset: number
  /** Milliseconds since 1970. */
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
}

/** `messages` null: the batch cannot be read, and `bytes` is it as found. A control batch has no messages. */
export interface ReadBatch {
  readonly first: number
  readonly last: number
  readonly messages: readonly Message[] | null
  readonly bytes: Buffer
  /** What is kept in memory with its messages. */
  readonly heldBytes: number
  readonly timestamp: number
  /** Grows with every election: whose batch it was. */
  readonly leaderEpoch: number
  /** Whose transaction it is of; null: of none, or it cannot be read. */
  readonly transactionOf: bigint | null
  /** Ends that transaction. */
  readonly isControl: boolean
}

/** The whole batches at the beginning of `bytes`; a broker may cut the last one short, which then comes again. */
export function* readBatches(bytes: Buffer): Generator<ReadBatch> {
  let at = 0
  while (at + batchHeadBytes <= bytes.length) {
    const length = bytes.readInt32BE(at + 8)
    if (length < batchHeadBytes - 12 || at + 12 + length > bytes.length) return
    yield readBatch(bytes.subarray(at, at + 12 + length))
    at += 12 + length
  }
}

function readBatch(bytes: Buffer): ReadBatch {
  const first = Number(bytes.readBigInt64BE(0))
  const isOurVersion = bytes.readInt8(16) === 2
  const delta = isOurVersion ? bytes.readInt32BE(23) : 0
  // Below zero it is damaged, and nothing would ever come after it.
  const last = first + Math.max(0, delta)
  const attributes = bytes.readInt16BE(21)
  const baseTime = Number(bytes.readBigInt64BE(27))
  // Bit 3: the time is that of the append, one for all.
  const appendTime = (attributes & 0b1000) === 0 ? null : Number(bytes.readBigInt64BE(35))
  const timestamp = appendTime ?? baseTime
  const head = { first, last, bytes, heldBytes: bytes.length, timestamp, leaderEpoch: bytes.readInt32BE(12) }
  if (!isOurVersion || crc32c(bytes.subarray(checkedFrom)) !== bytes.readUInt32BE(crcAt))
    return { ...head, transactionOf: null, isControl: false, messages: null }
  const transactionOf = (attributes & transactionalBit) === 0 ? null : bytes.readBigInt64BE(43)
  const found = { ...head, transactionOf, isControl: (attributes & controlBit) !== 0 }
  if (found.isControl) return { ...found, messages: [] }
  const body = uncompressed(bytes.subarray(batchHeadBytes), attributes & compressionBits)
  if (!body) return { ...found, messages: null }
  const messages: Message[] = []
  const cursor: Cursor = { bytes: body, at: 0 }
  for (let i = bytes.readInt32BE(57); i > 0; i--) {
    const message = readMessage(cursor, first, baseTime, appendTime)
    if (!message) return { ...found, messages: null }
    messages.push(message)
  }
  return { ...found, heldBytes: batchHeadBytes + body.length, messages }
}

/** Null: it cannot be unpacked, or would become more than any batch of records is. */
function uncompressed(body: Buffer, bits: number): Buffer | null {
  if (bits === 0) return body
  try {
    if (bits === 1) return gunzipSync(body, { maxOutputLength: plainBytesAtMost })
    if (bits === 4) return zstdDecompressSync(body, { maxOutputLength: plainBytesAtMost })
    const algorithm = compressionsAlgorithmsByBitmask[bits]
    return algorithm ? algorithm.decompressSync(body) : null
  } catch {
    return null
  }
}

function readMessage(cursor: Cursor, first: number, baseTime: number, appendTime: number | null): Message | null {
  const length = takeZigzag(cursor)
  if (length === null) return null
  const end = cursor.at + length
  cursor.at++
  const timeDelta = takeZigzag(cursor)
  const offsetDelta = takeZigzag(cursor)
  const key = takeBytes(cursor)
  const value = takeBytes(cursor)
  if (timeDelta === null || offsetDelta === null || key === undefined || value === undefined) return null
  if (end < cursor.at || end > cursor.bytes.length) return null
  // Headers are nobody's of ours.
  cursor.at = end
  return { offset: first + offsetDelta, timestamp: appendTime ?? baseTime + timeDelta, key, value }
}

/** Null as written; undefined: what stands there is no such field. */
function takeBytes(cursor: Cursor): Buffer | null | undefined {
  const length = takeZigzag(cursor)
  if (length === null || length < -1) return undefined
  if (length === -1) return null
  const end = cursor.at + length
  if (end > cursor.bytes.length) return undefined
  const bytes = cursor.bytes.subarray(cursor.at, end)
  cursor.at = end
  return bytes
}
