import type { Readable } from 'node:stream'
import { SmenaError } from '../../domain/errors.ts'
import type { Told } from '../../pipeline/people.ts'
import { packedCharactersAtMost } from '../../pipeline/reports/frozen.ts'

/**
 * How a command talks to the process that owns the data directory, over a local socket. The command sends one line of JSON,
 * the request. The owner answers with lines of JSON: `ready` when it takes the request (bytes may follow, if the request
 * brings any), `progress` any number of times, and at last `result` or `error`. Bytes go one way only, after `ready`, in pieces:
 * length (32 bits, big-endian), then so many bytes. A piece of length 0 ends them. A connection that ends without it is a
 * command that was interrupted or killed: what it sent so far is not the whole, and must not be taken for it.
 */
export type OwnerRequest =
  | { readonly do: 'status' }
  | { readonly do: 'stdin'; readonly source: string; readonly peer: string }
  | { readonly do: 'import'; readonly source: string; readonly name: string }
  | {
      readonly do: 'retry'
      readonly source: string | null
      readonly reason: string | null
      readonly ids: readonly number[] | null
      readonly asRecord: boolean
    }
  | { readonly do: 'replay'; readonly source: string; readonly from: number | null; readonly to: number | null }
  | { readonly do: 'forward'; readonly source: string; readonly from: number; readonly to: number | null }
  | { readonly do: 'apply'; readonly readings: readonly unknown[] }
  | {
      readonly do: 'legacy'
      readonly source: string
      readonly timezone: string
      readonly breaks: 'paid' | 'unpaid' | null
      readonly dryRun: boolean
    }
  | { readonly do: 'rename'; readonly old: string; readonly new: string }
  | { readonly do: 'people'; readonly told: Told }

export type OwnerAnswer =
  | { readonly is: 'ready' }
  | { readonly is: 'progress'; readonly progress: unknown }
  | { readonly is: 'result'; readonly result: unknown }
  | {
      readonly is: 'error'
      readonly code: string
      readonly message: string
      readonly details: Record<string, string | number>
    }

/** A list of people comes as one request, and so does a report that is frozen, with its filter and its shifts. */
const requestBytesAtMost = packedCharactersAtMost + (8 << 20)

/** Throws `request-too-long`: the owner would read no more of it than that. */
export function requestLine(request: OwnerRequest): Buffer {
  const line = Buffer.from(`${JSON.stringify(request)}\n`)
  if (line.length > requestBytesAtMost) throw requestTooLong()
  return line
}

const requestTooLong = (): SmenaError => new SmenaError('request-too-long', { limit: requestBytesAtMost >> 20 })

/** The first line of a stream; what came after it is put back. Null when the stream ends; throws `request-too-long`. */
export async function readLine(stream: Readable): Promise<string | null> {
  const held: Buffer[] = []
  let length = 0
  for (;;) {
    const chunk = stream.read() as Buffer | null
    if (chunk === null) {
      if (stream.readableEnded || stream.destroyed) return null
      await new Promise<void>((resolve) => {
        const done = () => {
          for (const event of ['readable', 'end', 'close', 'error']) stream.off(event, done)
          resolve()
        }
        for (const event of ['readable', 'end', 'close', 'error']) stream.on(event, done)
      })
      continue
    }
    const end = chunk.indexOf(10)
    if (end >= 0) {
      if (end + 1 < chunk.length) stream.unshift(chunk.subarray(end + 1))
      return Buffer.concat([...held, chunk.subarray(0, end)]).toString('utf8')
    }
    held.push(chunk)
    length += chunk.length
    if (length > requestBytesAtMost) throw requestTooLong()
  }
}

export class BytesCutShort extends Error {
  override readonly name = 'BytesCutShort'
}

/** A piece as it goes over the socket. */
export function piece(bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt32BE(bytes.length)
  return bytes.length === 0 ? head : Buffer.concat([head, bytes])
}

/** The bytes of a request; throws `BytesCutShort` when the command went away before their end. */
export async function* pieces(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let head = Buffer.alloc(0)
  let left = 0
  for await (let chunk of stream) {
    while (chunk.length > 0) {
      if (left > 0) {
        const part = chunk.subarray(0, left)
        left -= part.length
        chunk = chunk.subarray(part.length)
        yield part
        continue
      }
      const need = 4 - head.length
      head = Buffer.concat([head, chunk.subarray(0, need)])
      chunk = chunk.subarray(need)
      if (head.length < 4) continue
      left = head.readUInt32BE()
      head = Buffer.alloc(0)
      if (left === 0) return
    }
  }
  throw new BytesCutShort('the command went away before the end of what it was sending')
}
