import { setImmediate as turn } from 'node:timers/promises'
import { type ErrorCode, SmenaError } from '../domain/errors.ts'
import type { Feed, LogBatch, LogRecord, Outlet } from './ports.ts'

/**
 * The loop from a source's journal to the cluster. Its states:
 *
 *     reading ──records──▶ sending ──acknowledged──▶ reading, and the journal is told how far it has come
 *        │                    │ cluster away: wait, then the same records again
 *        ▼ none               ▼
 *     waiting ──woken──▶ reading
 *
 * One batch is under way at a time, so what is sent again because an answer was lost stands behind what was sent before, and
 * the store knows it by number and line (R5). While a large batch is under way the next one is read and packed.
 */
export interface ForwardOptions {
  readonly log: Feed
  readonly outlet: Outlet
  readonly report: (event: ForwardEvent) => void
}

export type ForwardEvent =
  /** All records up to this number are safe in the cluster. */
  | { readonly kind: 'forwarded'; readonly source: string; readonly number: number }
  | { readonly kind: 'trouble'; readonly source: string; readonly error: SmenaError }
  | { readonly kind: 'recovered'; readonly source: string }

/** Numbers of a journal that are sent again to fill a gap. */
interface Refill {
  readonly from: number
  readonly to: number
  readonly signal: AbortSignal
  readonly progress: (records: number) => void
  readonly done: PromiseWithResolvers<number>
}

/** With what the identity takes, a batch stays below what a broker takes in one request. */
const batchLimits = { records: 4000, bytes: 480 * 1024 }
/** More of them wait: they are read while these are under way, and nothing rests. */
const isLarge = (records: readonly LogRecord[]): boolean => records.length >= batchLimits.records / 4
const restMs = 5
const idleMs = 1000
const pauseMs = { first: 100, longest: 5000 }
/** Leaders are elected within seconds: only what lasts is told. */
const toldAfterMs = 3000

export class SourceForwarder {
  readonly #options: ForwardOptions
  readonly #name: string
  #position: number
  #wake: (() => void) | null = null
  #woken = false
  readonly #ended = new AbortController()
  readonly #refills: Refill[] = []
  #troubleSince: number | null = null
  /** Of the trouble that was told; another one is told too. */
  #told: ErrorCode | null = null

  /** `position`: what is known to be forwarded. */
  constructor(name: string, position: number, options: ForwardOptions) {
    this.#name = name
    this.#position = position
    this.#options = options
  }

  get #isClosed(): boolean {
    return this.#ended.signal.aborted
  }

  get position(): number {
    return this.#position
  }

  /** There may be new records in the journal. */
  wake(): void {
    this.#woken = true
    this.#wake?.()
  }

  /** Ends `run` after the batch under way. */
  close(): void {
    this.#ended.abort()
  }

  /**
   * Sends what the journal keeps of these numbers again, between two batches; resolves with how many that were. An abort, or
   * the end of `run`, rejects it with `forward-stopped` at once: what is on its way may arrive all the same.
   */
  async refill(from: number, to: number, signal: AbortSignal, progress: (records: number) => void): Promise<number> {
    const done = Promise.withResolvers<number>()
    let sent = 0
    const stop = () => done.reject(new SmenaError('forward-stopped', { source: this.#name, sent }))
    const ended = AbortSignal.any([signal, this.#ended.signal])
    ended.addEventListener('abort', stop)
    if (ended.aborted) stop()
    this.#refills.push({ from, to, signal: ended, progress: (records) => progress((sent = records)), done })
    this.wake()
    try {
      return await done.promise
    } finally {
      ended.removeEventListener('abort', stop)
    }
  }

  /** Runs until closed. Throws only what must end the process. */
  async run(): Promise<void> {
    while (!this.#isClosed) {
      this.#woken = false
      await this.#refillAll()
      await this.#forward()
      if (!this.#woken && !this.#isClosed) await this.#pause(idleMs, true)
    }
  }

  async #forward(): Promise<void> {
    let ahead: Promise<LogBatch> | null = null
    for (;;) {
      const batch: LogBatch = await (ahead ?? this.#read(this.#position))
      const { records } = batch
      if (records.length === 0 || this.#isClosed) return
      const { number } = records.at(-1) as LogRecord
      const isFull = isLarge(records)
      const sent = this.#send(records, this.#ended.signal)
      ahead = isFull ? this.#readAhead(number) : null
      // It is awaited only after what goes before it is safe.
      ahead?.catch(() => undefined)
      if (!(await sent)) return
      batch.release?.()
      this.#position = number
      this.#options.report({ kind: 'forwarded', source: this.#name, number })
      if (this.#refills.length > 0) return
      // Records that come one by one go together: each batch costs three brokers a write.
      if (!isFull) await this.#pause(restMs, false)
    }
  }

  async #readAhead(after: number): Promise<LogBatch> {
    // Reading and packing take this thread: not before what goes before them is on its way.
    await turn()
    const batch = await this.#read(after)
    this.#options.outlet.prepare(batch.records)
    return batch
  }

  #read(after: number): Promise<LogBatch> {
    return this.#options.log.read(this.#name, after, batchLimits)
  }

  /** Until it is safe; false: it was ended before. */
  async #send(records: readonly LogRecord[], signal: AbortSignal): Promise<boolean> {
    for (let ms = pauseMs.first; !signal.aborted; ms = Math.min(ms * 2, pauseMs.longest)) {
      try {
        await this.#options.outlet.send(this.#name, records)
        this.#succeeded()
        return true
      } catch (error) {
        if (!(error instanceof SmenaError) || error.remedy !== 'retry') throw error
        this.#failed(error)
        // Not woken by new records: those wait behind these.
        await this.#pause(ms, false)
      }
    }
    return false
  }

  async #refillAll(): Promise<void> {
    for (const { from, to, signal, progress, done } of this.#refills.splice(0)) {
      let sent = 0
      for (let after = from - 1; after < to && !signal.aborted; ) {
        const batch = await this.#read(after)
        const records = batch.records.filter((it) => it.number <= to)
        const last = records.at(-1)
        if (!last || !(await this.#send(records, signal))) break
        batch.release?.()
        sent += records.length
        after = last.number
        progress(sent)
      }
      done.resolve(sent)
    }
  }

  #succeeded(): void {
    this.#troubleSince = null
    if (this.#told) this.#options.report({ kind: 'recovered', source: this.#name })
    this.#told = null
  }

  #failed(error: SmenaError): void {
    this.#troubleSince ??= performance.now()
    if (this.#told === error.code || performance.now() - this.#troubleSince < toldAfterMs) return
    this.#told = error.code
    this.#options.report({ kind: 'trouble', source: this.#name, error })
  }

  async #pause(ms: number, mayWake: boolean): Promise<void> {
    // A promise of the end that every pause waits for as well would remember each of them for as long as the process lives.
    const { promise, resolve } = Promise.withResolvers<void>()
    const over = () => resolve()
    const timer = setTimeout(over, ms)
    if (mayWake) this.#wake = over
    this.#ended.signal.addEventListener('abort', over)
    if (this.#isClosed) over()
    await promise
    this.#ended.signal.removeEventListener('abort', over)
    clearTimeout(timer)
    this.#wake = null
  }
}
