import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs'
import { SmenaError } from '../../domain/errors.ts'
import { viewOf } from '../../pipeline/journal-entry.ts'

/**
 * SQLite reads its write-ahead log up to the first frame whose checksum is wrong and takes the rest for the torn end of a
 * crash. A bit that flipped in the middle would so undo records that were on the disk, and their numbers would be given
 * again. The two can be told apart: each commit is synced before the next one is written, so a crash tears the last one only.
 *
 * The file (sqlite.org/fileformat2.html#walformat), big-endian: a header of 32 bytes (magic, version, page size, sequence, two
 * salts, two checksums), then frames of 24 bytes (page, pages of the file after a commit or 0, the salts, two checksums) and
 * a page. Checksums go on from frame to frame; frames with other salts are of an earlier round.
 */
const headerBytes = 32
const frameBytes = 24
/** The magic says of which words the checksums are. */
const littleEndianMagic = 0x377f0682
const bigEndianMagic = 0x377f0683

/** Throws when a commit that was followed by another one cannot be read. Called before SQLite looks at the log. */
export function requireWholeLog(file: string): void {
  const log = `${file}-wal`
  if (!existsSync(log)) return
  const descriptor = openSync(log, 'r')
  try {
    const size = fstatSync(descriptor).size
    if (size <= headerBytes) return
    const header = read(descriptor, 0, headerBytes)
    const view = viewOf(header)
    const [magic, pageBytes] = [view.getUint32(0), view.getUint32(8)]
    const sums = new Sums(magic === littleEndianMagic)
    sums.add(header, 0, 24)
    const isMagic = magic === littleEndianMagic || magic === bigEndianMagic
    const isHeader = isMagic && pageBytes >= 512 && sums.equal(view, 24)
    // The header is synced before the first frame is written.
    if (!isHeader) throw damaged(file, 'the header of its write-ahead log fails its check')
    const lost = commitsPastTheEnd(descriptor, size, pageBytes, view, sums)
    if (lost > 1) throw damaged(file, `its write-ahead log has ${lost} commits that cannot be read`)
  } finally {
    closeSync(descriptor)
  }
}

/** Commits of this round that stand after the first frame that fails its check. */
function commitsPastTheEnd(descriptor: number, size: number, pageBytes: number, header: DataView, sums: Sums): number {
  const frame = frameBytes + pageBytes
  let commits = 0
  let isPastEnd = false
  for (let at = headerBytes; at + frame <= size; at += frame) {
    const bytes = read(descriptor, at, isPastEnd ? frameBytes : frame)
    const view = viewOf(bytes)
    const isOfThisRound = view.getUint32(8) === header.getUint32(16) && view.getUint32(12) === header.getUint32(20)
    if (!isPastEnd) {
      sums.add(bytes, 0, 8)
      sums.add(bytes, frameBytes, frame)
      isPastEnd = !isOfThisRound || !sums.equal(view, 16)
    }
    if (isPastEnd && isOfThisRound && view.getUint32(4) !== 0) commits++
  }
  return commits
}

/** SQLite's own checksum: two sums over pairs of 32-bit words. */
class Sums {
  readonly #littleEndian: boolean
  #first = 0
  #second = 0

  constructor(littleEndian: boolean) {
    this.#littleEndian = littleEndian
  }

  add(bytes: Uint8Array, from: number, to: number): void {
    const view = viewOf(bytes)
    let [first, second] = [this.#first, this.#second]
    for (let at = from; at < to; at += 8) {
      first = (first + view.getUint32(at, this.#littleEndian) + second) | 0
      second = (second + view.getUint32(at + 4, this.#littleEndian) + first) | 0
    }
    this.#first = first
    this.#second = second
  }

  equal(view: DataView, at: number): boolean {
    return view.getInt32(at) === this.#first && view.getInt32(at + 4) === this.#second
  }
}

function read(descriptor: number, at: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  readSync(descriptor, bytes, 0, length, at)
  return bytes
}

const damaged = (file: string, found: string): SmenaError => new SmenaError('journal-damaged', { file, found })
