import type { Delivery } from '../../domain/record.ts'
import { entryBytes, rowLimits, viewOf, writeEntry } from '../../pipeline/journal-entry.ts'
import type { Run } from '../../pipeline/ports.ts'
import { type Batch, itemFields, itemLength } from './messages.ts'

/** Deliveries that are known by a small number at one time; beyond it they are introduced anew. */
const knownDeliveries = 10_000
/** Buffers kept for use again, and the largest of them: those of a few batches as large as the pipeline lets them become. */
const spareBuffers = 12
const spareBytes = 1_048_576
const smallestBytes = 4096

const powerOfTwo = (length: number): number => 2 ** Math.ceil(Math.log2(length))

/**
 * Gathers runs into a batch that is handed to the worker whole. A run's bytes are copied once, into the batch's buffer, so
 * that its owner may use its own buffers again at once; the batch then changes threads without a copy. (A transfer per run
 * costs more than the copy of some kilobytes, and would take the buffer from under whoever framed the run.)
 */
export class Staging {
  #items = new Float64Array(smallestBytes / 8)
  #itemCount = 0
  #directory = new Uint8Array(smallestBytes)
  #directoryView = viewOf(this.#directory)
  #records = 0
  #body = new Uint8Array(smallestBytes)
  #bytes = 0
  #introduced: [number, Delivery][] = []
  #forgetBelow = 0
  readonly #known = new Map<string, number>()
  #nextNumber = 0
  #settled = new Map<string, number>()
  readonly #spare: ArrayBuffer[] = []

  get records(): number {
    return this.#records
  }

  get bytes(): number {
    return this.#bytes
  }

  get isEmpty(): boolean {
    return this.#itemCount === 0 && this.#settled.size === 0
  }

  /** Takes a run; returns the number of items that it became: one for each row that it will be. */
  add(run: Run): number {
    const { ends, occurrences, fragments } = run
    const delivery = this.#numberOf(run.delivery)
    let items = 0
    for (let from = 0; from < ends.length; ) {
      const start = from === 0 ? 0 : ends[from - 1]!
      let to = from + 1
      while (to < ends.length && to - from < rowLimits.records && ends[to]! - start <= rowLimits.bytes) to++
      const length = ends[to - 1]! - start
      this.#reserve(to - from, length)
      for (let i = from; i < to; i++) {
        writeEntry(this.#directoryView, this.#records++, ends[i]! - start, occurrences[i]!, fragments[i]!)
      }
      this.#body.set(run.bytes.subarray(start, start + length), this.#bytes)
      this.#bytes += length
      this.#item(delivery, run.firstLine + from, run.receivedAt, to - from, length)
      items++
      from = to
    }
    return items
  }

  close(delivery: Delivery, closedAt: number): void {
    this.#item(this.#numberOf(delivery), 0, closedAt, 0, 0)
    this.#known.delete(keyOf(delivery))
  }

  settle(source: string, number: number): void {
    if (number > (this.#settled.get(source) ?? 0)) this.#settled.set(source, number)
  }

  take(): Batch {
    const batch: Batch = {
      kind: 'batch',
      items: this.#items,
      itemCount: this.#itemCount,
      records: this.#records,
      directory: this.#directory,
      body: this.#body,
      bytes: this.#bytes,
      introduced: this.#introduced,
      forgetBelow: this.#forgetBelow,
      settled: this.#settled,
    }
    this.#items = new Float64Array(this.#bufferLike(this.#itemCount * itemLength * 8))
    this.#directory = new Uint8Array(this.#bufferLike(this.#records * entryBytes))
    this.#directoryView = viewOf(this.#directory)
    this.#body = new Uint8Array(this.#bufferLike(this.#bytes))
    this.#itemCount = this.#records = this.#bytes = 0
    this.#introduced = []
    this.#settled = new Map()
    return batch
  }

  reuse(buffers: readonly ArrayBuffer[]): void {
    for (const buffer of buffers) if (buffer.byteLength <= spareBytes) this.#spare.push(buffer)
    // The oldest are of sizes that are asked for no more.
    this.#spare.splice(0, this.#spare.length - spareBuffers)
  }

  /** For a batch like the last one, which used `length` bytes. */
  #bufferLike(length: number): ArrayBuffer {
    return this.#buffer(Math.min(Math.max(length, smallestBytes), spareBytes))
  }

  #buffer(length: number): ArrayBuffer {
    const wanted = powerOfTwo(length)
    const index = this.#spare.findIndex(({ byteLength }) => byteLength === wanted)
    const [spare] = index < 0 ? [] : this.#spare.splice(index, 1)
    return spare ?? new ArrayBuffer(wanted)
  }

  #numberOf(delivery: Delivery): number {
    const key = keyOf(delivery)
    const known = this.#known.get(key)
    if (known !== undefined) return known
    if (this.#known.size >= knownDeliveries) {
      this.#known.clear()
      this.#forgetBelow = this.#nextNumber
    }
    const number = this.#nextNumber++
    this.#known.set(key, number)
    this.#introduced.push([number, delivery])
    return number
  }

  #item(delivery: number, firstLine: number, at: number, records: number, bytes: number): void {
    if ((this.#itemCount + 1) * itemLength > this.#items.length) {
      const grown = new Float64Array(this.#items.length * 2)
      grown.set(this.#items)
      this.#items = grown
    }
    const base = this.#itemCount++ * itemLength
    this.#items[base + itemFields.delivery] = delivery
    this.#items[base + itemFields.firstLine] = firstLine
    this.#items[base + itemFields.at] = at
    this.#items[base + itemFields.records] = records
    this.#items[base + itemFields.bytes] = bytes
  }

  #grown(bytes: Uint8Array<ArrayBuffer>, length: number): Uint8Array<ArrayBuffer> {
    if (length <= bytes.length) return bytes
    const grown = new Uint8Array(this.#buffer(length))
    grown.set(bytes)
    this.reuse([bytes.buffer])
    return grown
  }

  #reserve(records: number, bytes: number): void {
    const directory = this.#grown(this.#directory, (this.#records + records) * entryBytes)
    if (directory !== this.#directory) {
      this.#directory = directory
      this.#directoryView = viewOf(directory)
    }
    this.#body = this.#grown(this.#body, this.#bytes + bytes)
  }
}

/** Not the uid alone: another source that uses it is refused, and not taken for its owner. */
const keyOf = ({ uid, source }: Delivery): string => `${uid} ${source}`
