import { SmenaError } from '../../../domain/errors.ts'
import type { Value } from '../rows.ts'

/**
 * Rows in the binary format of COPY (PostgreSQL manual, "COPY", "Binary Format"), in the messages that carry them (manual,
 * "Message Formats", CopyData), which may end anywhere:
 *
 *     'PGCOPY\n' 0xff '\r\n\0' · flags i32 · length of the rest of the head i32 · rows · −1 i16
 *     row: number of fields i16 · for each: length i32, or −1 for null · its bytes
 *
 * A whole number is big-endian in as many bytes as its column has, a text UTF-8, bytes are themselves.
 */
const head = Buffer.from('PGCOPY\n\u00ff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')
const messageHeadBytes = 5
const pieceBytes = 1 << 17
/** A longer text is encoded by the system's own means; one that is short costs less byte by byte. */
const shortText = 40

export class BinaryRows {
  readonly #numberBytes: readonly number[]
  #piece: Buffer = Buffer.allocUnsafeSlow(pieceBytes)
  #at = messageHeadBytes
  #full: Buffer | null = null

  /** `numberBytes`: how many bytes a whole number has in each column. */
  constructor(numberBytes: readonly number[]) {
    this.#numberBytes = numberBytes
    this.#at += head.copy(this.#piece, this.#at)
  }

  /** Throws `store-refused` for a value that its column cannot hold. */
  add(values: readonly Value[]): void {
    this.#makeRoom(2)
    this.#putShort(values.length)
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as Value
      if (value === null) {
        this.#makeRoom(4)
        this.#putInt(-1)
      } else if (typeof value === 'number') this.#addNumber(value, this.#numberBytes[i] as number)
      else if (typeof value === 'string') this.#addText(value)
      else {
        this.#makeRoom(4 + value.length)
        this.#putInt(value.length)
        this.#piece.set(value, this.#at)
        this.#at += value.length
      }
    }
  }

  /** Messages that are complete; null: none is yet. */
  takeFull(): Buffer | null {
    const full = this.#full
    this.#full = null
    return full
  }

  /** The last message of the rows, and the one that says so. */
  end(): Buffer {
    this.#makeRoom(2 + 5)
    this.#putShort(-1)
    this.#close()
    this.#at = this.#piece.writeUInt8(0x63, this.#at)
    this.#putInt(4)
    const last = this.#piece.subarray(0, this.#at)
    const full = this.takeFull()
    return full ? Buffer.concat([full, last]) : last
  }

  #addNumber(value: number, bytes: number): void {
    this.#makeRoom(12)
    this.#putInt(bytes)
    const limit = bytes === 8 ? Number.MAX_SAFE_INTEGER : 2 ** (8 * bytes - 1) - 1
    if (!Number.isInteger(value) || value > limit || value < -limit)
      throw new SmenaError('store-refused', { cause: `${value} is no whole number of ${bytes} bytes` })
    if (bytes === 2) return this.#putShort(value)
    if (bytes === 8) this.#putInt(Math.floor(value / 2 ** 32))
    this.#putInt(value)
  }

  #addText(text: string): void {
    const { length } = text
    this.#makeRoom(4 + 3 * length)
    const piece = this.#piece
    const start = this.#at + 4
    let end = start
    let i = 0
    if (length <= shortText)
      for (; i < length; i++) {
        const code = text.charCodeAt(i)
        if (code > 0x7f) break
        piece[end++] = code
      }
    if (i < length) end = start + piece.write(text, start, 'utf8')
    this.#putInt(end - start)
    this.#at = end
  }

  #putShort(value: number): void {
    const piece = this.#piece
    piece[this.#at++] = value >>> 8
    piece[this.#at++] = value
  }

  /** The lowest 32 bits. */
  #putInt(value: number): void {
    const piece = this.#piece
    const at = this.#at
    piece[at] = value >>> 24
    piece[at + 1] = value >>> 16
    piece[at + 2] = value >>> 8
    piece[at + 3] = value
    this.#at = at + 4
  }

  #makeRoom(bytes: number): void {
    if (this.#at + bytes <= this.#piece.length) return
    this.#close()
    const full = this.#piece.subarray(0, this.#at)
    this.#full = this.#full ? Buffer.concat([this.#full, full]) : full
    this.#piece = Buffer.allocUnsafeSlow(Math.max(pieceBytes, messageHeadBytes + bytes))
    this.#at = messageHeadBytes
  }

  #close(): void {
    this.#piece.writeUInt8(0x64, 0)
    this.#piece.writeInt32BE(this.#at - 1, 1)
  }
}
