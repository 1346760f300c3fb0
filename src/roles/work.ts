import { randomBytes } from 'node:crypto'
import { BytesCutShort } from '../adapters/owner-socket/protocol.ts'
import type { Delivery } from '../domain/record.ts'
import { readingOf, type Settings } from '../domain/settings.ts'
import type { ImportCounts } from '../pipeline/import.ts'
import type { LegacyReport } from '../pipeline/legacy/legacy-importer.ts'
import type { LegacyOptions } from '../pipeline/legacy/run.ts'
import type { ReplayCounts } from '../pipeline/replay.ts'
import type { QuarantineFilter, RetryCounts } from '../pipeline/retry.ts'
import type { WorktimeSettings } from '../pipeline/people.ts'
import { atMost } from './at-most.ts'
import type {
  AppliedReading,
  ReadingToApply,
  RecordWorker,
  LogPlace,
  RecordWorkerData,
  RecordWorkerEvent,
} from './record-worker.ts'
import type { StorePlace } from './store-place.ts'
import { asError, startThread, type Thread } from './thread.ts'

const closeAtMostMs = 5000
/** Records of a topic come in large batches, and such a process does nothing else: memory spares it a third of its time. */
const topicLimits = { heapMegabytes: 256, youngMegabytes: 96 }

/** What this process's file says of its sources. */
export const readingsOf = (settings: Settings): ReadingToApply[] =>
  settings.sources.map((source) => ({ name: source.name, reading: readingOf(source, settings), from: 'now' }))

/** The writing thread as its process sees it: what commands ask for, each with progress and an end before its time. */
export class Work implements AsyncDisposable {
  readonly #thread: Thread<RecordWorker, RecordWorkerEvent>
  readonly #progress = new Map<string, (progress: unknown) => void>()
  onRecord: (event: Extract<RecordWorkerEvent, { kind: 'record' }>['event']) => void = () => undefined
  onTopic: (event: Extract<RecordWorkerEvent, { kind: 'topic' }>['event']) => void = () => undefined
  onAttribute: (event: Extract<RecordWorkerEvent, { kind: 'attribute' }>['event']) => void = () => undefined
  onFailed: (error: Error) => void = () => undefined

  constructor(place: StorePlace, log: LogPlace | null) {
    const file = new URL(`./record-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)
    const data: RecordWorkerData = { place, log }
    const limits = log?.kind === 'kafka' ? topicLimits : { heapMegabytes: 128 }
    this.#thread = startThread<RecordWorker, RecordWorkerEvent>(file, data, limits)
    this.#thread.onEvent = (event) => {
      if (event.kind === 'record') this.onRecord(event.event)
      else if (event.kind === 'topic') this.onTopic(event.event)
      else if (event.kind === 'attribute') this.onAttribute(event.event)
      else if (event.kind === 'failed') this.onFailed(asError(event.error))
      else this.#progress.get(event.work)?.(event.progress)
    }
    void this.#thread.ended.then((cause) => {
      if (cause) this.onFailed(cause)
    })
  }

  get methods(): RecordWorker {
    return this.#thread.methods
  }

  answers(): Promise<void> {
    return this.#thread.answers()
  }

  apply(readings: readonly ReadingToApply[], now: number): Promise<readonly AppliedReading[]> {
    return this.methods.apply(readings, now)
  }

  /** Imports what `bytes` yields, to its end. An abort, or an error of `bytes`, leaves what is stored and counts no more. */
  async import(
    request: { readonly source: string; readonly format: string; readonly name: string },
    bytes: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
    progress: (counts: ImportCounts) => void,
  ): Promise<ImportCounts> {
    const { source, format, name } = request
    const openedAt = Date.now()
    const uid = randomBytes(16).toString('hex')
    const delivery: Delivery = { uid, source, format, how: 'import', peer: name, openedAt }
    return this.#watched(progress, async (work) => {
      await this.methods.importOpen(work, source, delivery)
      try {
        for await (const chunk of bytes) {
          if (signal.aborted) break
          // A copy of its own can be handed over; the piece may be a view into a larger buffer.
          await this.methods.importPush(work, chunk.slice())
        }
      } catch (error) {
        const counts = await this.methods.importStop(work)
        // Whoever interrupted the command is told what stays.
        if (error instanceof BytesCutShort) return counts
        throw error
      }
      return signal.aborted ? this.methods.importStop(work) : this.methods.importEnd(work)
    })
  }

  /** Imports the older system's rows, as `bytes` brings them; an abort leaves what is written, and another run adds the rest. */
  async legacy(
    options: LegacyOptions,
    bytes: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
    progress: (rows: { readonly rows: number }) => void,
  ): Promise<LegacyReport> {
    return this.#watched(progress, async (work) => {
      await this.methods.legacyOpen(work, options)
      try {
        for await (const chunk of bytes) {
          signal.throwIfAborted()
          await this.methods.legacyPush(work, chunk.slice())
        }
        return await this.methods.legacyEnd(work)
      } finally {
        await this.methods.legacyClose(work)
      }
    })
  }

  retry(filter: QuarantineFilter, signal: AbortSignal, progress: (counts: RetryCounts) => void): Promise<RetryCounts> {
    return this.#watched(progress, (work) => this.#stoppable(work, signal, this.methods.retry(work, filter)))
  }

  retryAsRecord(recordId: number): Promise<RetryCounts> {
    return this.methods.retryAsRecord(recordId)
  }

  replay(
    request: { readonly source: string; readonly from: number | null; readonly to: number | null },
    signal: AbortSignal,
    progress: (counts: ReplayCounts) => void,
  ): Promise<ReplayCounts> {
    const { source, from, to } = request
    return this.#watched(progress, (work) => this.#stoppable(work, signal, this.methods.replay(work, source, from, to)))
  }

  /** Gives the calls that are due to their people; `progress`: how many so far. */
  drain(settings: WorktimeSettings, signal: AbortSignal, progress: (calls: number) => void): Promise<void> {
    return this.#watched(progress, (work) => this.#stoppable(work, signal, this.methods.drain(work, settings)))
  }

  async #watched<P, T>(progress: (it: P) => void, run: (work: string) => Promise<T>): Promise<T> {
    const work = randomBytes(8).toString('hex')
    this.#progress.set(work, progress as (it: unknown) => void)
    try {
      return await run(work)
    } finally {
      this.#progress.delete(work)
    }
  }

  async #stoppable<T>(work: string, signal: AbortSignal, result: Promise<T>): Promise<T> {
    const stop = () => void this.methods.stop(work).catch(() => undefined)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop)
    try {
      return await result
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  /** Ends after the batches in hand; a store that has fallen silent is not waited for, the journal has what it did not take. */
  async [Symbol.asyncDispose](): Promise<void> {
    await atMost(closeAtMostMs, this.methods.close())
    await this.#thread.terminate()
  }
}
