import { recordLimitBytes } from '../../record.ts'
import type { Framer, TakeRecord } from '../format.ts'
import { isRow } from './row.ts'

/**
 * Framing: a record ends at an LF outside quotes; one CR before it belongs to the line end. An empty line is no record. Quotes are
 * counted, not understood: an odd number of them so far means "inside".
 *
 * **Resynchronisation.** After a quote was lost every LF would look quoted. So while a record is open inside quotes, each further
 * physical line is looked at by itself: if it is a whole row, everything before it is one record (its quotes do not close, so it
 * goes to quarantine as such) and reading goes on at that line. A genuine continuation of a field is never a whole row. Each
 * physical line is looked at once.
 *
 * **Limit.** A record longer than 65,536 bytes is cut into pieces of that length, `too-long`, the last of which ends at the next LF,
 * quoted or not; then quotes are counted anew.
 *
 * Invariants: what comes out does not depend on where the chunks were cut. `held` is the open record as far as it has come when a
 * chunk or a physical line inside quotes has ended, never a view of a chunk; it is longer than the limit by at most one byte, and
 * then that byte is a CR which may still turn out to belong to a line end. `lineStart` is where its last physical line begins.
 * `tooLong` says that pieces of the held line have been taken already; then `held` is not empty.
 */

const lf = 10
const cr = 13
const quote = 34
const capacity = recordLimitBytes + 1
const nothing = new Uint8Array(0)

export function openFramer(): Framer {
  let held = nothing
  let heldBytes = 0
  let lineStart = 0
  let quoted = false
  let tooLong = false

  function hold(chunk: Uint8Array, from: number, to: number, take: TakeRecord): void {
    for (let at = from; at < to; ) {
      const end = Math.min(to, at + capacity - heldBytes)
      grow(heldBytes + end - at)
      held.set(chunk.subarray(at, end), heldBytes)
      heldBytes += end - at
      at = end
      // The byte beyond the limit is part of the record unless it is a CR and an LF is the next thing to come.
      if (heldBytes === capacity && (at < to || held[recordLimitBytes] !== cr)) {
        const first = held[recordLimitBytes] as number
        take(held.subarray(0, recordLimitBytes), 'too-long')
        held[0] = first
        heldBytes = 1
        tooLong = true
      }
    }
  }

  function grow(needed: number): void {
    if (needed <= held.length) return
    const grown = new Uint8Array(Math.min(capacity, Math.max(needed, 2 * held.length, 512)))
    grown.set(held.subarray(0, heldBytes))
    held = grown
  }

  function release(): void {
    held = nothing
    heldBytes = 0
    lineStart = 0
    quoted = false
    tooLong = false
  }

  /** The last physical line has ended, by an LF or with the stream. True when the record goes on behind it. */
  function endLine(take: TakeRecord, streamEnds: boolean): boolean {
    const end = withoutCr(held, 0, heldBytes)
    // Inside quotes before and after: the line's own quotes are even, so that it may be a row.
    if (quoted && !tooLong && lineStart > 0) {
      const line = held.subarray(lineStart, end)
      if (isRow(line)) {
        take(held.subarray(0, withoutCr(held, 0, lineStart - 1)), null)
        take(line, null)
        release()
        return false
      }
    }
    if (quoted && !tooLong && !streamEnds && heldBytes < recordLimitBytes) return true
    const goesBeyond = quoted && !streamEnds
    if (end > 0) take(held.subarray(0, end), tooLong || goesBeyond ? 'too-long' : null)
    release()
    return false
  }

  function holdLineEnd(): void {
    grow(heldBytes + 1)
    held[heldBytes++] = lf
    lineStart = heldBytes
  }

  return {
    push: (chunk, take) => {
      let from = 0
      const length = chunk.length
      for (let at = 0; at < length; at++) {
        const byte = chunk[at]
        if (byte === quote) quoted = !quoted
        else if (byte === lf) {
          if (heldBytes === 0 && !quoted && at - from <= recordLimitBytes) {
            const end = withoutCr(chunk, from, at)
            if (end > from) take(chunk.subarray(from, end), null)
          } else {
            hold(chunk, from, at, take)
            if (endLine(take, false)) holdLineEnd()
          }
          from = at + 1
        }
      }
      hold(chunk, from, length, take)
    },
    end: (how, take) => {
      if (how === 'whole') endLine(take, true)
      else {
        const rest = held.subarray(0, Math.min(heldBytes, recordLimitBytes))
        const isEmptyLine = rest.length === 0 || (rest.length === 1 && rest[0] === cr)
        if (tooLong || !isEmptyLine) take(rest, tooLong ? 'too-long' : 'partial')
        release()
      }
    },
    get heldBytes() {
      return heldBytes
    },
  }
}

/** Where `bytes[from … to)` ends when a CR at its end belongs to the line end. */
const withoutCr = (bytes: Uint8Array, from: number, to: number): number =>
  to > from && bytes[to - 1] === cr ? to - 1 : to
