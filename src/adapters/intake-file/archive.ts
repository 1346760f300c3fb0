import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { Transform, type TransformCallback } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { SmenaError } from '../../domain/errors.ts'

export interface Archive {
  readonly file: string
  /** Bytes on disk, packed or not. */
  readonly sizeBytes: number
  /** The records' bytes; `read` says how many bytes on disk have been read so far. */
  readonly bytes: (read: (bytesRead: number) => void) => AsyncIterable<Uint8Array>
}

const chunkBytes = 64 * 1024

/** An archive of records, plain or packed by gzip: known by its first bytes, not by its name. */
export async function openArchive(file: string): Promise<Archive> {
  const unreadable = (error: unknown): SmenaError => {
    const cause = (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.message : String(error))
    return new SmenaError('archive-unreadable', { file, cause }, { cause: error })
  }
  let sizeBytes: number
  let isGzip: boolean
  try {
    await using handle = await open(file)
    const facts = await handle.stat()
    if (facts.isDirectory()) throw new SmenaError('archive-unreadable', { file, cause: 'EISDIR' })
    sizeBytes = facts.size
    const { buffer, bytesRead } = await handle.read(new Uint8Array(2), 0, 2, 0)
    isGzip = bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b
  } catch (error) {
    throw error instanceof SmenaError ? error : unreadable(error)
  }
  return {
    file,
    sizeBytes,
    bytes: async function* (read) {
      const counted = new Counter(read)
      const last: Transform = isGzip ? createGunzip({ chunkSize: chunkBytes }) : new Counter(() => undefined)
      const done = pipeline(createReadStream(file, { highWaterMark: chunkBytes }), counted, last)
      // The reader below learns of a failure by the end of the stream; the cause is thrown after it.
      done.catch(() => undefined)
      try {
        for await (const chunk of last) yield chunk as Uint8Array
        await done
      } catch (error) {
        throw unreadable(error)
      }
    },
  }
}

class Counter extends Transform {
  #total = 0
  readonly #read: (bytesRead: number) => void

  constructor(read: (bytesRead: number) => void) {
    super({ highWaterMark: chunkBytes })
    this.#read = read
  }

  override _transform(chunk: Uint8Array, _: BufferEncoding, done: TransformCallback): void {
    this.#total += chunk.length
    this.#read(this.#total)
    done(null, chunk)
  }
}
