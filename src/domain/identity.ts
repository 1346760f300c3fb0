/**
 * Identity of a record (R3): (source, contentAt, hash, k). It depends on the bytes and on nothing that can change: not on a
 * zone, a setting, the receipt, or the way it came. `contentAt` and the content are the format's to name; `hash` is the first
 * 16 bytes of SHA-256(key of the installation ‖ content); `k` is counted here.
 *
 * A fragment has no content identity: its `contentAt` is 0, its `k` is 0, and its hash is made of its delivery and line. As a
 * record's `k` is at least 1, a fragment never makes a record a duplicate and never is one (R2).
 */

/** Two equal records of one delivery are two facts only when they stand this close together (R4). */
export const occurrenceReach = 256

/** The records that may stand within reach of the next one. */
const kept = occurrenceReach + 1
const buckets = 512
const none = -1
const nothing = new Uint8Array(0)
/** Of a piece of memory, when its lines are out of reach: what very long records made of it is given back. */
const pieceKeptBytes = 1 << 16

/**
 * Counts `k` of R4: 1 + k of the last equal record of the delivery if at most 256 records lie between the two, else 1. Equal
 * bytes name the same second, so two facts stand close together; farther apart it is the same line sent again.
 * Linear in time whatever comes, and never remembers more than the last 257 records. Contents are compared whole, because a k
 * that is wrong makes a record count twice; a hash only says which to compare.
 *
 * Each line has the place `line % 257`. The places of one bucket are a chain from the newest on; it is over where a place holds
 * a newer line than the one before it, or at its beginning a content of another bucket: what stood there is out of reach.
 */
export class OccurrenceCounter {
  readonly #contents = new RecentContents()
  #newest: Int16Array | null = null
  readonly #older: number[] = []
  readonly #lines: number[] = []
  readonly #hashes: number[] = []
  readonly #ks: number[] = []
  #line = 0

  /** The content is not kept. Null for a fragment, which takes a line and equals nothing. */
  next(content: Uint8Array | null): number {
    const line = ++this.#line
    const place = line % kept
    if (content === null) {
      this.#lines[place] = 0
      return 0
    }
    // A connection that brings nothing has nothing.
    const newest = (this.#newest ??= new Int16Array(buckets).fill(none))
    const hash = hashOf(content)
    const bucket = hash & (buckets - 1)
    const first = newest[bucket] as number
    const k = 1 + this.#lastOf(first, content, hash)
    newest[bucket] = place
    this.#older[place] = first
    this.#lines[place] = line
    this.#hashes[place] = hash
    this.#ks[place] = k
    this.#contents.put(line, content)
    return k
  }

  /** `k` of the last equal record within reach; 0: there is none. */
  #lastOf(first: number, content: Uint8Array, hash: number): number {
    let newer = this.#line
    for (let place = first; place !== none; place = this.#older[place] as number) {
      const line = this.#lines[place] as number
      const found = this.#hashes[place] as number
      if (line >= newer || line < this.#line - kept || ((found ^ hash) & (buckets - 1)) !== 0) return 0
      if (found === hash && this.#contents.equals(line, content)) return this.#ks[place] as number
      newer = line
    }
    return 0
  }
}

/**
 * Contents of the last lines, by place: of 257 lines in one piece of memory, of the 257 before in another. Where the third
 * begins, those of the first are out of reach.
 */
class RecentContents {
  readonly #pieces = [nothing, nothing]
  #piece = 0
  #end = 0
  readonly #from: number[] = []
  readonly #length: number[] = []

  put(line: number, content: Uint8Array): void {
    const piece = Math.floor(line / kept) & 1
    if (piece !== this.#piece) {
      this.#piece = piece
      this.#end = 0
      if ((this.#pieces[piece] as Uint8Array).length > pieceKeptBytes) this.#pieces[piece] = nothing
    }
    const end = this.#end + content.length
    this.#grow(piece, end)
    ;(this.#pieces[piece] as Uint8Array).set(content, this.#end)
    const place = line % kept
    this.#from[place] = this.#end
    this.#length[place] = content.length
    this.#end = end
  }

  equals(line: number, content: Uint8Array): boolean {
    const place = line % kept
    if (this.#length[place] !== content.length) return false
    const bytes = this.#pieces[Math.floor(line / kept) & 1] as Uint8Array
    const from = this.#from[place] as number
    for (let i = 0; i < content.length; i++) if (bytes[from + i] !== content[i]) return false
    return true
  }

  #grow(piece: number, needed: number): void {
    const before = this.#pieces[piece] as Uint8Array
    if (needed <= before.length) return
    const grown = new Uint8Array(Math.max(needed, 2 * before.length, 256))
    grown.set(before.subarray(0, this.#end))
    this.#pieces[piece] = grown
  }
}

/** FNV-1a of every fourth byte, four times: a processor works at all four at once. */
function hashOf(bytes: Uint8Array): number {
  let a = 0x811c9dc5 | 0
  let b = a
  let c = a
  let d = a
  const whole = bytes.length & ~3
  let i = 0
  for (; i < whole; i += 4) {
    a = Math.imul(a ^ (bytes[i] as number), prime)
    b = Math.imul(b ^ (bytes[i + 1] as number), prime)
    c = Math.imul(c ^ (bytes[i + 2] as number), prime)
    d = Math.imul(d ^ (bytes[i + 3] as number), prime)
  }
  for (; i < bytes.length; i++) a = Math.imul(a ^ (bytes[i] as number), prime)
  const hash = Math.imul(Math.imul(Math.imul(a ^ b, prime) ^ c, prime) ^ d, prime)
  return hash ^ (hash >>> 15)
}

const prime = 0x01000193
