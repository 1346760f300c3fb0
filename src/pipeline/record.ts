import { setImmediate as turn } from 'node:timers/promises'
import { SmenaError } from '../domain/errors.ts'
import { type Candidate, readCandidates, refusedCandidate } from './candidates.ts'
import { ingest, type Ingested } from './ingest.ts'
import type { Feed, LogBatch, LogRecord } from './ports.ts'
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
 * While the store takes one batch in, the next is read and parsed, a little at a time, in the pauses in which the store works:
 * not before it has been told all of it, or it would wait for what it needs now. The
 * position moves by compare-and-set in the transaction that stores the records, so a batch whose commit nobody saw is
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
  /** Another process reads the source from now on: what troubled this one with it is over for this one. */
  | { readonly kind: 'left'; readonly source: string }

/** Of a batch. What is behind is taken in larger ones, as long as a transaction of them does not take long. */
const recordsAtFirst = 2000
const recordsAtMost = 8000
const bytesAtMost = 1 << 20
const quickSeconds = 0.5
/** With so many in a batch, more will have come before they are stored. */
const recordsOfOneBehind = 1000
/** Parsed between two looks at what the store has answered. */
const recordsATurn = 25
const idleMs = 1000
const firstPauseMs = 100
const longestPauseMs = 5000
const openAtMost = 1000

/** A batch and what its records say. */
interface ReadBatch {
  readonly batch: LogBatch
  readonly candidates: readonly Candidate[]
}

const positionAfter = (record: LogRecord): number => record.position ?? record.number

export class SourceRecorder {
  readonly #options: RecordOptions
  readonly #name: string
  #wake: (() => void) | null = null
  #woken = false
  #closed = false
  #position = 0
  #size = recordsAtFirst
  /** Deliveries of what was passed here, which may be open, or open again. */
  readonly #open = new Set<string>()
  /** Of those that the store believes open, the last that was asked about. */
  #askedTo = 0

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
    const { store, sources, log } = this.#options
    let source = await sources.named(this.#name)
    this.#position = await store.position(source.id, log.id)
    let ahead: ReadBatch | null = null
    while (!this.#closed) {
      this.#woken = false
      const read: ReadBatch = ahead ?? (await this.#read(source, this.#position))
      ahead = null
      // Both were asked and answered: the store and the log are there.
      succeeded()
      const last = read.batch.records.at(-1)
      if (!last) return this.#noteClosings(source)
      // An engine that works in this thread leaves no pauses to read in.
      const isBehind = store.engine === 'postgres' && read.batch.records.length >= recordsOfOneBehind
      const by = source
      let reading: Promise<ReadBatch> | null = null
      const [written] = await Promise.allSettled([
        this.#write(by, read, () => {
          if (isBehind) reading ??= this.#read(by, positionAfter(last))
          // It is awaited only when these are stored.
          reading?.catch(() => undefined)
        }),
      ])
      const [next] = await Promise.allSettled([reading as Promise<ReadBatch> | null])
      if (written.status === 'fulfilled') {
        read.batch.release?.()
        if (next.status === 'rejected') throw next.reason
        // Where there was nothing there may be something by now.
        if (next.value && next.value.batch.records.length > 0) ahead = next.value
        continue
      }
      const error: unknown = written.reason
      if (error instanceof SmenaError && error.code === 'reading-changed') source = await sources.again(source)
      else throw error
    }
  }

  async #read(source: SourceReadings, after: number): Promise<ReadBatch> {
    const { log, store } = this.#options
    const batch = await log.read(this.#name, after, { records: this.#size, bytes: bytesAtMost })
    const candidates: Candidate[] = []
    for (let at = 0; at < batch.records.length; at += recordsATurn) {
      // Also before the first: on an engine that works in this thread other sources would not be heard until this one has no more.
      await turn()
      for (const it of readCandidates(source, store.hashKey, batch.records.slice(at, at + recordsATurn)))
        candidates.push(it)
    }
    return { batch, candidates }
  }

  /** `asked`: the store has been told all that it is to do with the records, and is at it. */
  async #write(
    source: SourceReadings,
    { batch: { records, spans }, candidates: all }: ReadBatch,
    asked: () => void,
  ): Promise<void> {
    const { store, log, now, report } = this.#options
    let spanned = spans?.from ?? 0
    const commit = async (candidates: readonly Candidate[]) => {
      const started = performance.now()
      const { record: last } = candidates.at(-1) as Candidate
      const number = positionAfter(last)
      const isLast = last === records.at(-1)
      const read = spans ? { after: this.#position, from: spanned, to: isLast ? spans.to : number - 1 } : null
      await store.prepareMonths(candidates.map((it) => it.identity.contentAt))
      const counts = await store.transaction(source.id, 'live', async (tx) => {
        const locked = await tx.lockSource()
        requireNewestReading(source, locked.readingVersion)
        const journalId = await tx.ensureJournal(log.id, 'journal')
        await tx.movePosition(journalId, this.#position, number)
        const counts = await ingest(tx, source, locked, journalId, candidates, now(), read)
        asked()
        return counts
      })
      const seconds = (performance.now() - started) / 1000
      this.#position = number
      spanned = number
      for (const it of counts.rolledBack) report({ kind: 'rolled-back', source: this.#name, ...it })
      for (const { record } of candidates) this.#mayBeOpen(record.delivery.uid)
      this.#suit(candidates.length, seconds)
      report({ kind: 'passed', source: this.#name, number, counts, seconds })
    }
    await inHalves(all, commit, (only, { message }) => commit([refusedCandidate(only, message)]))
  }

  /** The size of the next batches: as many records as the store takes in the time. */
  #suit(records: number, seconds: number): void {
    if (records * 2 <= this.#size && seconds < quickSeconds) return
    const fitting = Math.min(records * 2, (records * quickSeconds) / seconds)
    this.#size = Math.round(Math.min(recordsAtMost, Math.max(recordsAtFirst, fitting)))
  }

  /** Whichever are forgotten, the oldest first, the store believes open. */
  #mayBeOpen(uid: string): void {
    this.#open.add(uid)
    for (const oldest of this.#open) {
      if (this.#open.size <= openAtMost) break
      this.#open.delete(oldest)
    }
  }

  /**
   * A connection that ended says so in the log alone; the store keeps it for ever (R4). However many it believes open, they are
   * asked about a page at a time, over and over.
   */
  async #noteClosings(source: SourceReadings): Promise<void> {
    const { log, store, now } = this.#options
    const page = await store.openDeliveries(source.id, this.#askedTo, openAtMost)
    this.#askedTo = page.length < openAtMost ? 0 : (page.at(-1)?.id ?? 0)
    const asked = new Set([...this.#open, ...page.map((it) => it.uid)])
    if (asked.size === 0) return
    const closings = await log.closings([...asked])
    const closed = new Map([...closings].filter((it): it is [string, number] => it[1] !== null))
    if (closed.size > 0)
      await store.transaction(source.id, 'live', async (tx) => {
        await tx.lockSource()
        await tx.closeDeliveries(closed)
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
