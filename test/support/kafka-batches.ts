import { crc32c, createRecordsBatch } from '@platformatic/kafka'

/** Record batches as producers that are not ours make them, written by the client library. */
export interface ForeignBatch {
  /** Offset of the first message. */
  readonly first?: number
  readonly leaderEpoch?: number
  readonly compression?: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  /** A marker of a transaction's end instead of messages. */
  readonly control?: boolean
  /** Whose transaction it is of. */
  readonly transactionOf?: bigint
  /** The broker's time, which then is that of all. */
  readonly appendedAt?: number
}

export interface ForeignMessage {
  readonly key?: Buffer | null
  readonly value: string | Buffer | null
  readonly timestamp?: number
}

const attributesAt = 21

export function foreignBatch(messages: readonly (string | ForeignMessage)[], batch: ForeignBatch = {}): Buffer {
  const written = messages.map((it) => {
    const { key, value, timestamp = 1_700_000_000_000 } = typeof it === 'string' ? { key: null, value: it } : it
    const bytes = typeof value === 'string' ? Buffer.from(value) : value
    return { topic: 't', key: key as Buffer, value: bytes as Buffer, timestamp: BigInt(timestamp) }
  })
  const bytes = Buffer.from(createRecordsBatch(written, { compression: batch.compression ?? 'none' }).buffer)
  bytes.writeBigInt64BE(BigInt(batch.first ?? 0), 0)
  bytes.writeInt32BE(batch.leaderEpoch ?? 0, 12)
  let attributes = bytes.readInt16BE(attributesAt)
  if (batch.control) attributes |= 1 << 5
  if (batch.transactionOf !== undefined) {
    attributes |= 1 << 4
    bytes.writeBigInt64BE(batch.transactionOf, 43)
  }
  if (batch.appendedAt !== undefined) {
    attributes |= 1 << 3
    bytes.writeBigInt64BE(BigInt(batch.appendedAt), 35)
  }
  bytes.writeInt16BE(attributes, attributesAt)
  bytes.writeUInt32BE(crc32c(bytes.subarray(attributesAt)), 17)
  return bytes
}
