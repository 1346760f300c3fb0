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

/**
 * Counts `k` of R4: 1 + k of the last equal record of the delivery if at most 256 records lie between the two, else 1. Equal
 * bytes name the same second, so two facts stand close together; farther apart it is the same line sent again.
 * Linear in time whatever comes, and never remembers more than the last 257 records. Texts are compared whole, because a k
 * that is wrong makes a record count twice.
 */
export class OccurrenceCounter {
  readonly #places = new Map<string, { line: number; k: number }>()
  readonly #recent: (string | undefined)[] = []
  #line = 0

  /** `content` as text with one character a byte; null for a fragment, which takes a line and equals nothing. */
  next(content: string | null): number {
    const line = ++this.#line
    let k = 0
    if (content !== null) {
      const last = this.#places.get(content)
      k = last && line - last.line - 1 <= occurrenceReach ? last.k + 1 : 1
      this.#places.set(content, { line, k })
    }
    const slot = line % (occurrenceReach + 1)
    const leaving = this.#recent[slot]
    // The record that stood 257 lines ago is out of reach now, unless an equal one came after it.
    if (leaving !== undefined && this.#places.get(leaving)?.line === line - occurrenceReach - 1)
      this.#places.delete(leaving)
    this.#recent[slot] = content ?? undefined
    return k
  }
}
