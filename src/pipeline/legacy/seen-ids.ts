import { hash } from 'node:crypto'

const fullAt = 0.6

/**
 * Ids of rows that a run has read of one table. There are millions, beside records that come in: each takes some sixteen bytes
 * outside of the heap. Numbers are kept as they are; of other ids 53 bits of a hash, which no two of ten million share.
 */
export class SeenIds {
  #slots = new Float64Array(1024).fill(Number.NaN)
  #size = 0

  /** False: it is there already. */
  add(id: string | number): boolean {
    if (!this.#put(keyOf(String(id)))) return false
    if (this.#size <= this.#slots.length * fullAt) return true
    const before = this.#slots
    this.#slots = new Float64Array(before.length * 2).fill(Number.NaN)
    this.#size = 0
    for (const key of before) if (!Number.isNaN(key)) this.#put(key)
    return true
  }

  #put(key: number): boolean {
    const mask = this.#slots.length - 1
    let at = Math.imul(key ^ (key / 0x1_0000_0000), 0x9e37_79b1) & mask
    for (; !Number.isNaN(this.#slots[at]); at = (at + 1) & mask) if (this.#slots[at] === key) return false
    this.#slots[at] = key
    this.#size++
    return true
  }
}

/** Below 0 are hashes. */
function keyOf(id: string): number {
  const number = Number(id)
  if (Number.isSafeInteger(number) && number >= 0 && String(number) === id) return number
  return -1 - Number(hash('sha256', id, 'buffer').readBigUInt64BE() >> 11n)
}
