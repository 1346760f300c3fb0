import { createAPI, fetchV13, Reader } from '@platformatic/kafka'
import type { AbortedTransaction } from './transactions.ts'

/**
 * Asks a broker for records of partitions, by the topic's id: a topic that was made anew under the same name is noticed. The
 * record batches come as bytes, and an error of one partition does not throw away the answers of the others. What lies behind
 * the beginning of a transaction that has not ended is not sent yet; of those that ended the broker names the aborted ones.
 */
export interface FetchedPartition {
  readonly topicId: string
  readonly partition: number
  readonly errorCode: number
  readonly highWatermark: number
  readonly batches: Buffer
  /** Transactions of which there may be batches in the answer, and which do not count. */
  readonly aborted: readonly AbortedTransaction[]
}

interface PartitionToFetch {
  readonly topicId: string
  readonly partition: number
  readonly offset: number
}

interface FetchLimits {
  readonly waitMs: number
  readonly bytes: number
}

const nothing = Buffer.alloc(0)
const readCommitted = 1

const fetchApi = createAPI(
  1,
  13,
  (partitions: readonly PartitionToFetch[], { waitMs, bytes }: FetchLimits) => {
    const topics = Map.groupBy(partitions, (it) => it.topicId)
    return fetchV13.createRequest(
      waitMs,
      1,
      bytes,
      readCommitted,
      0,
      -1,
      [...topics].map(([topicId, asked]) => ({
        topicId,
        partitions: asked.map(({ partition, offset }) => ({
          partition,
          currentLeaderEpoch: -1,
          fetchOffset: BigInt(offset),
          lastFetchedEpoch: -1,
          partitionMaxBytes: bytes,
        })),
      })),
      [],
      '',
    )
  },
  (_correlationId: number, _apiKey: number, _apiVersion: number, reader: Reader) => fetchedOf(reader),
)

export const fetch = fetchApi.async

function fetchedOf(reader: Reader): { readonly errorCode: number; readonly partitions: FetchedPartition[] } {
  reader.readInt32()
  const errorCode = reader.readInt16()
  reader.readInt32()
  const topics = reader.readArray((r) => {
    const topicId = r.readUUID()
    return r.readArray(
      (p) => {
        const partition = p.readInt32()
        const code = p.readInt16()
        const highWatermark = Number(p.readInt64())
        p.readInt64()
        p.readInt64()
        const aborted = p.readNullableArray((a) => ({ producerId: a.readInt64(), first: Number(a.readInt64()) }))
        p.readInt32()
        const size = p.readUnsignedVarInt()
        const batches = size > 1 ? p.buffer.slice(p.position, p.position + size - 1) : nothing
        if (size > 1) p.skip(size - 1)
        p.readTaggedFields()
        return { topicId, partition, errorCode: code, highWatermark, batches, aborted: aborted ?? [] }
      },
      true,
      false,
    )
  })
  return { errorCode, partitions: topics.flat() }
}
