import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { SmenaError } from '../../domain/errors.ts'
import type { DumpFile } from './legacy-source.ts'

/** Formats of pg_dump that are no text. */
type PackedFormat = 'custom' | 'tar'

export function packedFormat(head: Uint8Array): PackedFormat | null {
  const text = new TextDecoder('latin1').decode(head.subarray(0, 8))
  return text.startsWith('PGDMP') ? 'custom' : text.startsWith('toc.dat') ? 'tar' : null
}

/** The text that pg_restore makes of such a dump, each time that it is read. */
export async function unpackedDump(archive: DumpFile, format: PackedFormat): Promise<DumpFile> {
  // In a tar that is cut, or has lost the name of a file, pg_restore looks for the rest without end.
  if (format === 'tar') await requireWholeTar(archive)
  return { ...archive, bytes: (read) => restored(archive, format, read) }
}

async function* restored(
  archive: DumpFile,
  format: PackedFormat,
  read: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  const child = spawn('pg_restore', ['-f', '-'], { stdio: ['pipe', 'pipe', 'pipe'] })
  const ended = Promise.withResolvers<number | string | null>()
  child.once('close', (code, signal) => ended.resolve(code ?? signal))
  try {
    await once(child, 'spawn')
  } catch (error) {
    throw new SmenaError('legacy-dump-packed', { file: archive.file, format }, { cause: error })
  }
  // It may have seen enough before the end, or have died: what it says of that is looked at last.
  const fed = pipeline(Readable.from(archive.bytes(read)), child.stdin).catch((error: unknown) => error)
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    if (said.length < 2000) said += chunk.toString('utf8')
  })
  try {
    for await (const chunk of child.stdout) yield chunk as Uint8Array
    const [how, failure] = await Promise.all([ended.promise, fed])
    if (failure instanceof SmenaError) throw failure
    if (how !== 0) throw damaged(archive, said.trim().split('\n').at(-1) || `pg_restore ended with ${how}`)
  } finally {
    child.kill()
  }
}

export const damaged = ({ file }: DumpFile, cause: string): SmenaError =>
  new SmenaError('legacy-dump-damaged', { file, cause })

const blockBytes = 512

/** Goes from header to header: each says how long its file is, and two empty blocks are the end. */
async function requireWholeTar(archive: DumpFile): Promise<void> {
  let header = new Uint8Array()
  let toSkip = 0
  let empty = 0
  for await (const chunk of archive.bytes(() => undefined)) {
    let at = 0
    while (at < chunk.length && empty < 2) {
      const skipped = Math.min(toSkip, chunk.length - at)
      toSkip -= skipped
      at += skipped
      const part = chunk.subarray(at, at + blockBytes - header.length)
      at += part.length
      header = Uint8Array.of(...header, ...part)
      if (header.length < blockBytes) continue
      if (header.every((byte) => byte === 0)) empty++
      else {
        if (octal(header, 148, 8) !== checksumOf(header))
          throw damaged(archive, 'a header of the tar is not as it was written')
        toSkip = Math.ceil(sizeIn(header) / blockBytes) * blockBytes
        empty = 0
      }
      header = new Uint8Array()
    }
  }
  if (empty < 2) throw damaged(archive, 'the tar ends before its end')
}

/** What eleven octal digits do not hold, 8 GiB or more, stands there as a number of base 256 behind a bit that says so. */
export function sizeIn(header: Uint8Array): number {
  const size = header.subarray(124, 136)
  const [first = 0] = size
  return first & 0x80
    ? size.reduce((sum, byte, at) => sum * 256 + (at === 0 ? byte & 0x7f : byte), 0)
    : octal(header, 124, 12)
}

const octal = (header: Uint8Array, at: number, length: number): number =>
  Number.parseInt(new TextDecoder('latin1').decode(header.subarray(at, at + length)), 8)

/** The sum of the bytes, those of the sum itself as spaces. */
const checksumOf = (header: Uint8Array): number =>
  header.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 32 : byte), 0)
