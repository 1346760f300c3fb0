import { SmenaError } from '../domain/errors.ts'
import { type Candidate, readCandidates, refusedCandidate } from './candidates.ts'
import { ingest, type Ingested } from './ingest.ts'
import type { Feed, LogBatch } from './ports.ts'
import type { SourceReadings } from './readings.ts'
import { inHalves } from './refusal.ts'
import { requireNewestReading, type Sources } from './sources.ts'
import type { Store } from './store.ts'

/**
 * The loop from a feed to the store: one for a source's journal, one for each partition of its topic. Its states:
 *
 *     reading ──records──▶ writing ──committed──▶ reading
 *        │                    │ store away: wait, then read again from the stored position
 *        ▼ none               ▼ refused (R13): the batch is halved; a single record is quarantined
 *     waiting ──woken──▶ reading
 *
 * The position moves by compare-and-set in the transaction that stores the records, so a batch whose commit nobody saw is
 * either wholly in or wholly out, and reading again from the stored position is always right.
 */
export interface RecordOptions {
  readonly log: Feed
  readonly store: Store
  readonly sources: Sources
  readonly now: () => number
  readonly report: (event: RecordEvent) => void
}

export type RecordEvent =
  | {
      readonly kind: 'passed'
      readonly source: string
      readonly number: number
      readonly counts: Ingested
      readonly seconds: number
    }
  /** A journal gave numbers again that were passed: its records count to its next generation from there on (R5). */
  | { readonly kind: 'rolled-back'; readonly source: string; readonly journal: string; readonly number: number }
  | { readonly kind: 'trouble'; readonly source: string; readonly error: SmenaError }
  | { readonly kind: 'recovered'; readonly source: string }

const batchLimits = { records: 2000, bytes: 1 << 20 }
const idleMs = 1000
const firstPauseMs = 100
const longestPauseMs = 5000
const openAtMost = 10_000

export class SourceRecorder {
  readonly #options: RecordOptions
  readonly #name: string
  #wake: (() => void) | null = null
  #woken = false
  #closed = false
  #position = 0
  /** Deliveries that may still be open: those that the store believes so, and those of what was passed here. */
  readonly #open = new Set<string>()
  #isOpenKnown = false

  constructor(name: string, options: RecordOptions) {
    this.#name = name
    this.#options = options
  }

  /** There may be new records in the log. */
  wake(): void {
    this.#woken = true
    this.#wake?.()
  }

  /** Ends `run` after the batch under way. */
  close(): void {
    this.#closed = true
    this.wake()
  }

  get position(): number {
    return this.#position
  }

  /** Runs until closed. Throws only what must end the process. */
  async run(): Promise<void> {
    let pauseMs = 0
    while (!this.#closed) {
      try {
        await this.#readOn(() => {
          if (pauseMs > 0) this.#options.report({ kind: 'recovered', source: this.#name })
          pauseMs = 0
        })
        await this.#wait(idleMs)
      } catch (error) {
        if (!(error instanceof SmenaError) || error.remedy !== 'retry') throw error
        // Another version of the reading, or of the position, is read at once; a store that is away needs time.
        const quick = error.code === 'reading-changed' || error.code === 'position-moved'
        if (!quick && pauseMs === 0) this.#options.report({ kind: 'trouble', source: this.#name, error })
        if (!quick) {
          pauseMs = Math.min(longestPauseMs, Math.max(firstPauseMs, pauseMs * 2))
          await this.#pause(pauseMs)
        }
      }
    }
  }

  async #readOn(succeeded: () => void): Promise<void> {
    const { log, store, sources } = this.#options
    let source = await sources.named(this.#name)
    this.#position = await store.position(source.id, log.id)
    while (!this.#closed) {
      this.#woken = false
      const batch = await log.read(this.#name, this.#position, batchLimits)
      // Both were asked and answered: the store and the log are there.
      succeeded()
      if (batch.records.length === 0) return this.#noteClosings(source)
      try {
        await this.#write(source, batch)
        batch.release?.()
      } catch (error) {
        if (error instanceof SmenaError && error.code === 'reading-changed') source = await sources.again(source)
        else throw error
      }
    }
  }

  async #write(source: SourceReadings, { records, spans }: LogBatch): Promise<void> {
    const { store, log, now, report } = this.#options
    let spanned = spans?.from ?? 0
    const commit = async (candidates: readonly Candidate[]) => {
      const started = performance.now()
      const { record: last } = candidates.at(-1) as Candidate
      const number = last.position ?? last.number
      const isLast = last === records.at(-1)
      const span = spans ? { from: spanned, to: isLast ? spans.to : number - 1 } : null
      await store.prepareMonths(candidates.map((it) => it.identity.contentAt))
      const counts = await store.transaction(source.id, 'live', async (tx) => {
        const locked = await tx.lockSource()
        requireNewestReading(source, locked.readingVersion)
        const journalId = await tx.ensureJournal(log.id, 'journal')
        await tx.movePosition(journalId, this.#position, number)
        return ingest(tx, source, locked, journalId, candidates, now(), span)
      })
      this.#position = number
      spanned = number
      for (const it of counts.rolledBack) report({ kind: 'rolled-back', source: this.#name, ...it })
      for (const { record } of candidates) this.#mayBeOpen(record.delivery.uid)
      report({ kind: 'passed', source: this.#name, number, counts, seconds: (performance.now() - started) / 1000 })
    }
    await inHalves(readCandidates(source, store.hashKey, records), commit, (only, { message }) =>
      commit([refusedCandidate(only, message)]),
    )
  }

  /** Of deliveries whose end nobody ever tells the oldest are forgotten. */
  #mayBeOpen(uid: string): void {
    this.#open.add(uid)
    for (const oldest of this.#open) {
      if (this.#open.size <= openAtMost) break
      this.#open.delete(oldest)
    }
  }

  /** A connection that ended says so in the log alone; the store keeps it for ever (R4). */
  async #noteClosings(source: SourceReadings): Promise<void> {
    const { log, store, now } = this.#options
    if (!this.#isOpenKnown) for (const uid of await store.openDeliveries(source.id)) this.#open.add(uid)
    this.#isOpenKnown = true
    if (this.#open.size === 0) return
    const closings = await log.closings([...this.#open])
    const closed = [...closings].filter((it): it is [string, number] => it[1] !== null)
    if (closed.length > 0)
      await store.transaction(source.id, 'live', async (tx) => {
        await tx.lockSource()
        for (const [uid, closedAt] of closed) await tx.closeDelivery(uid, closedAt)
        await tx.addChange([], now())
      })
    for (const uid of this.#open) if (closings.get(uid) !== null) this.#open.delete(uid)
  }

  #wait(ms: number): Promise<void> {
    if (this.#woken || this.#closed) return Promise.resolve()
    return this.#pause(ms)
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        this.#wake = null
        resolve()
      }
      const timer = setTimeout(done, ms)
      this.#wake = done
    })
  }
}
