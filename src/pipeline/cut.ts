import type { Format, Framer } from '../domain/formats/format.ts'
import { OccurrenceCounter } from '../domain/identity.ts'
import type { Fragment } from '../domain/record.ts'

/** `bytes` is valid only during the call. `line` counts the delivery's records from 1; `occurrence` is k of R4, 0 for a fragment. */
export type TakeCut = (bytes: Uint8Array, line: number, occurrence: number, fragment: Fragment | null) => void

/**
 * One delivery on its way in: cuts its bytes into records and counts for each its line and its place among equal ones. This
 * is the only place where k is counted; from here on it is carried (R4).
 */
export class Cutter {
  readonly #format: Format<unknown>
  readonly #framer: Framer
  readonly #counter = new OccurrenceCounter()
  #line = 0

  constructor(format: Format<unknown>) {
    this.#format = format
    this.#framer = format.openFramer()
  }

  get heldBytes(): number {
    return this.#framer.heldBytes
  }

  get lines(): number {
    return this.#line
  }

  push(chunk: Uint8Array, take: TakeCut): void {
    this.#framer.push(chunk, (bytes, fragment) => this.#count(bytes, fragment, take))
  }

  end(how: 'cut' | 'whole', take: TakeCut): void {
    this.#framer.end(how, (bytes, fragment) => this.#count(bytes, fragment, take))
  }

  #count(bytes: Uint8Array, fragment: Fragment | null, take: TakeCut): void {
    const line = ++this.#line
    if (fragment) {
      this.#counter.next(null)
      take(bytes, line, 0, fragment)
      return
    }
    const content = this.#format.contentOf(bytes, line === 1)
    if (this.#format.mayRepeat(content)) take(bytes, line, this.#counter.next(content), null)
    else {
      this.#counter.next(null)
      take(bytes, line, 1, null)
    }
  }
}
