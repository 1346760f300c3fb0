import type { QuarantineReason } from '../../record.ts'

/** What a source's figures must be once everything sent has been passed: `received` = `stored` + `duplicate` + `quarantined`. */
export interface Ledger {
  readonly received: number
  readonly stored: number
  readonly duplicate: number
  readonly quarantined: number
  readonly quarantinedByReason: Readonly<Partial<Record<QuarantineReason, number>>>
}

/** Two equal records of one delivery are two facts if at most so many records lie between them. */
const reach = 256

/**
 * Keeps the ledger that a stream must have, from what was sent and from the rules alone:
 * - A record is (content, k). k is 1 + k of the last equal record of the same delivery if at most 256 records lie between
 *   the two, else 1; a record that carries a number of its own always has k = 1. The first of a kind has the fate of its
 *   content, every other one is a duplicate.
 * - A fragment is never equal to anything: always quarantined. It counts as a record between two others.
 * Remembers every content by a 53-bit hash.
 */
export class ExpectedLedger implements Ledger {
  received = 0
  stored = 0
  duplicate = 0
  quarantined = 0
  readonly quarantinedByReason: Partial<Record<QuarantineReason, number>> = {}
  /** Greatest k that any delivery has seen. */
  readonly #seen = new Map<number, number>()
  /** Line and k of the last record of a content, of this delivery. */
  readonly #here = new Map<number, { line: number; k: number }>()
  #line = 0

  /** A delivery begins. */
  open(): void {
    this.#here.clear()
    this.#line = 0
  }

  /** Returns whether the record is a new one. `numbered`: it carries a number of its own. */
  record(content: Uint8Array, fate: 'stored' | QuarantineReason, numbered: boolean): boolean {
    this.received++
    const line = ++this.#line
    const key = hashOf(content)
    const last = this.#here.get(key)
    const k = !numbered && last !== undefined && line - last.line - 1 <= reach ? last.k + 1 : 1
    this.#here.set(key, { line, k })
    if (k <= (this.#seen.get(key) ?? 0)) {
      this.duplicate++
      return false
    }
    this.#seen.set(key, k)
    if (fate === 'stored') this.stored++
    else this.#quarantine(fate)
    return true
  }

  fragment(reason: 'partial' | 'too-long'): void {
    this.received++
    this.#line++
    this.#quarantine(reason)
  }

  #quarantine(reason: QuarantineReason): void {
    this.quarantined++
    this.quarantinedByReason[reason] = (this.quarantinedByReason[reason] ?? 0) + 1
  }
}

/** cyrb53 (bryc, public domain) over bytes. */
function hashOf(bytes: Uint8Array): number {
  let a = 0xdead_beef
  let b = 0x41c6_ce57
  for (const byte of bytes) {
    a = Math.imul(a ^ byte, 2_654_435_761)
    b = Math.imul(b ^ byte, 1_597_334_677)
  }
  a = Math.imul(a ^ (a >>> 16), 2_246_822_507) ^ Math.imul(b ^ (b >>> 13), 3_266_489_909)
  b = Math.imul(b ^ (b >>> 16), 2_246_822_507) ^ Math.imul(a ^ (a >>> 13), 3_266_489_909)
  return 4_294_967_296 * (b & 0x1f_ffff) + (a >>> 0)
}
