import { recordLimitBytes } from '../../record.ts'
import type { Framer, TakeRecord } from '../format.ts'

/**
 * Framing: a record ends at LF; one CR before it belongs to the line end. A line with nothing in it but CRs and NULs is no
 * record. A line longer than the limit is cut into pieces of exactly that length, the last one shorter, all `too-long`.
 *
 * Invariants: what comes out does not depend on where the chunks were cut. `held` keeps the line that has not ended yet, never
 * a view of a chunk; it is longer than the limit by at most one byte, and then that byte is a CR which may still turn out to
 * belong to the line end. `tooLong` says that pieces of the held line have been taken already; then `held` is not empty.
 */

const lf = 10
const cr = 13
const capacity = recordLimitBytes + 1
const nothing = new Uint8Array(0)

export function openFramer(): Framer {
  let held = nothing
  let heldBytes = 0
  let tooLong = false

  function hold(chunk: Uint8Array, from: number, to: number, take: TakeRecord): void {
    for (let at = from; at < to; ) {
      const end = Math.min(to, at + capacity - heldBytes)
      grow(heldBytes + end - at)
      held.set(chunk.subarray(at, end), heldBytes)
      heldBytes += end - at
      at = end
      // The byte beyond the limit is part of the line unless it is a CR and an LF is the next thing to come.
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
    const grown = new Uint8Array(Math.min(capacity, Math.max(needed, 2 * held.length, 256)))
    grown.set(held.subarray(0, heldBytes))
    held = grown
  }

  function endLine(take: TakeRecord): void {
    const line = withoutCr(held, 0, heldBytes)
    if (tooLong) take(line, 'too-long')
    else if (!isBlank(line)) take(line, null)
    release()
  }

  function release(): void {
    held = nothing
    heldBytes = 0
    tooLong = false
  }

  return {
    push: (chunk, take) => {
      let from = 0
      for (let end = chunk.indexOf(lf); end >= 0; end = chunk.indexOf(lf, from)) {
        if (heldBytes === 0 && end - from <= recordLimitBytes) {
          const line = withoutCr(chunk, from, end)
          if (!isBlank(line)) take(line, null)
        } else {
          hold(chunk, from, end, take)
          endLine(take)
        }
        from = end + 1
      }
      hold(chunk, from, chunk.length, take)
    },
    end: (how, take) => {
      if (heldBytes === 0) return
      if (how === 'whole') return endLine(take)
      const rest = held.subarray(0, Math.min(heldBytes, recordLimitBytes))
      if (!isBlank(rest)) take(rest, tooLong ? 'too-long' : 'partial')
      release()
    },
    get heldBytes() {
      return heldBytes
    },
  }
}

const withoutCr = (bytes: Uint8Array, from: number, to: number): Uint8Array =>
  bytes.subarray(from, to > from && bytes[to - 1] === cr ? to - 1 : to)

function isBlank(line: Uint8Array): boolean {
  for (const byte of line) if (byte !== 0 && byte !== cr) return false
  return true
}
