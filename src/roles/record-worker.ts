import { parentPort, workerData } from 'node:worker_threads'
import { renameJournalSource } from '../adapters/journal-sqlite/rename-source.ts'
import { openJournalLog } from '../adapters/log-journal/log-journal.ts'
import type { TopicLogEvent } from '../adapters/log-kafka/topic-log.ts'
import { openZone } from '../domain/clock.ts'
import { type ErrorCode, SmenaError } from '../domain/errors.ts'
import { formats } from '../domain/formats/formats.ts'
import type { Reading } from '../domain/reading.ts'
import type { Delivery } from '../domain/record.ts'
import type { KafkaSettings } from '../domain/settings.ts'
import { type AttributeEvent, Attributor } from '../pipeline/attribute.ts'
import { type ImportCounts, Importer } from '../pipeline/import.ts'
import type { LegacyReport } from '../pipeline/legacy/legacy-importer.ts'
import type { LegacyIntake } from '../pipeline/legacy/legacy-intake.ts'
import type { LegacyOptions } from '../pipeline/legacy/run.ts'
import { closeOverdueShifts, doPeople, type Told as ToldOfPeople, type WorktimeSettings } from '../pipeline/people.ts'
import type { LogReader } from '../pipeline/ports.ts'
import { type RecordEvent, SourceRecorder } from '../pipeline/record.ts'
import { replay, type ReplayCounts } from '../pipeline/replay.ts'
import { type QuarantineFilter, retry, retryAsRecord, type RetryCounts } from '../pipeline/retry.ts'
import { Sources } from '../pipeline/sources.ts'
import type { SourceRow, Store } from '../pipeline/store.ts'
import { openClaims, openStore, type StorePlace } from './store-place.ts'
import { answerCalls, carried, type CarriedError, tellEvent } from './thread.ts'
import type { TopicRecorders } from './topic-recorders.ts'

/**
 * The thread that writes the store: the loops from the journal, and the lanes of import, retry and replay. It is a thread of
 * its own because a commit blocks, and because reading and assembling records is work that would keep sockets waiting.
 */
export interface RecordWorkerData {
  readonly place: StorePlace
  /** Null: no log is read (a command, or a role that works without one). */
  readonly log: LogPlace | null
}

/** Where records come from: the journal of this process, or the topics of a cluster, by source. */
export type LogPlace =
  | { readonly kind: 'journal'; readonly directory: string }
  | { readonly kind: 'kafka'; readonly kafka: KafkaSettings; readonly topics: Readonly<Record<string, string>> }

export type RecordWorkerEvent =
  | { readonly kind: 'record'; readonly event: Told<RecordEvent> }
  | { readonly kind: 'topic'; readonly event: Told<TopicLogEvent> }
  | { readonly kind: 'attribute'; readonly event: Told<AttributeEvent> }
  | { readonly kind: 'progress'; readonly work: string; readonly progress: unknown }
  | { readonly kind: 'failed'; readonly error: CarriedError }

/** Errors do not travel between threads; what is told of them does. */
export type Told<E extends { readonly kind: string }> =
  | Exclude<E, { readonly kind: 'trouble' }>
  | {
      readonly kind: 'trouble'
      /** Null: of no single source. */
      readonly source: string | null
      readonly code: ErrorCode
      readonly message: string
      readonly details: Readonly<Record<string, string | number>>
    }

export interface ReadingToApply {
  readonly name: string
  readonly reading: Reading
  /** From which wall time on a new version holds; null: for all time; `now`: what the exchange's clock should show now. */
  readonly from: number | null | 'now'
}

export interface AppliedReading {
  readonly name: string
  readonly change: 'none' | 'first' | 'new-version'
  readonly from: number | null
}

export type RecordWorker = RecordWorkerMethods

const tidyMs = 60_000
const data = workerData as RecordWorkerData
const port = parentPort

class RecordWorkerMethods {
  #store: Store | null = null
  #sources: Sources | null = null
  #log: LogReader | null = null
  #topics: TopicRecorders | null = null
  #attributing: { readonly attributor: Attributor; readonly done: Promise<void> } | null = null
  #tidy: NodeJS.Timeout | null = null
  #overdue: NodeJS.Timeout | null = null
  readonly #recorders = new Map<string, { recorder: SourceRecorder; done: Promise<void> }>()
  readonly #imports = new Map<string, Importer>()
  readonly #legacies = new Map<string, LegacyIntake>()
  readonly #works = new Map<string, AbortController>()

  /** Once, however often it is asked for: what came after it may have failed and be tried again. */
  async open(): Promise<void> {
    if (this.#store) return
    this.#store = await openStore(data.place)
    this.#sources = new Sources(this.#store, formats)
    this.#tidy = setInterval(() => void this.#store?.tidy(Date.now()).catch(() => undefined), tidyMs)
  }

  get #opened(): { store: Store; sources: Sources } {
    if (!this.#store || !this.#sources) throw new Error('the store is not open')
    return { store: this.#store, sources: this.#sources }
  }

  /** Brings the store's readings to those of the configuration (R8). */
  async apply(readings: readonly ReadingToApply[], now: number): Promise<readonly AppliedReading[]> {
    const applied: AppliedReading[] = []
    for (const { name, reading, from } of readings) {
      const wall = from === 'now' ? openZone(reading.timezone).wallAt(now) : from
      const { sources } = this.#opened
      const { change } = await sources.apply(name, reading, wall, from === 'now' ? 'if-changed' : 'always', now)
      applied.push({ name, change, from: change === 'first' ? null : wall })
    }
    return applied
  }

  /** Gives sources that have no reading their first; throws `reading-differs` for one that has another (R8). */
  async begin(readings: readonly ReadingToApply[], now: number): Promise<void> {
    for (const { name, reading } of readings) await this.#opened.sources.begin(name, reading, now)
  }

  /** For a role that gives sources no reading. */
  async compare(readings: readonly ReadingToApply[]): Promise<void> {
    for (const { name, reading } of readings) await this.#opened.sources.compare(name, reading)
  }

  /** The same source under another name: its records, calls and readings stay its own. */
  async rename(directory: string, old: string, next: string): Promise<void> {
    const { sources } = this.#opened
    const names = new Set((await this.#opened.store.sources()).map((it) => it.name))
    // From the machine of another collector of the cluster it was done to the store already.
    if (!names.has(old) && names.has(next) && renameJournalSource(directory, old, next)) return
    await sources.checkRename(old, next)
    // In this order a command that was interrupted can be given again.
    renameJournalSource(directory, old, next)
    await sources.rename(old, next, Date.now())
  }

  /** Throws when the store has passed numbers that the journal has not given: it was rolled back or swapped (R15). */
  async checkJournal(journalId: string, given: ReadonlyMap<string, number>, file: string): Promise<void> {
    const { store } = this.#opened
    for (const { id, name } of await store.sources()) {
      const passed = await store.position(id, journalId)
      const has = given.get(name) ?? 0
      if (passed > has) throw new SmenaError('journal-behind-store', { passed, given: has, source: name, file })
    }
  }

  async positions(): Promise<Readonly<Record<string, number>>> {
    return Object.fromEntries([...this.#recorders].map(([name, { recorder }]) => [name, recorder.position]))
  }

  /**
   * Begins to read the log for these sources. Returns those whose records must wait: the log has them, but no configuration
   * ever told the store how to read them.
   */
  async record(names: readonly string[]): Promise<readonly string[]> {
    if (data.log === null) throw new Error('this thread has no log')
    const known = (await this.#opened.store.sources()).filter((it) => names.includes(it.name))
    if (data.log.kind === 'kafka') await this.#recordTopics(data.log, known)
    else {
      const log = (this.#log ??= await openJournalLog({ directory: data.log.directory }))
      for (const { name } of known) {
        const recorder = new SourceRecorder(name, { ...this.#opened, log, now: Date.now, report: this.#tellRecord })
        this.#recorders.set(name, { recorder, done: recorder.run().catch(tellFailure) })
      }
    }
    return names.filter((name) => !known.some((it) => it.name === name))
  }

  readonly #tellRecord = (event: RecordEvent): void => {
    // Calls have changed: they are due.
    if (event.kind === 'passed') this.#attributing?.attributor.wake()
    tell({ kind: 'record', event: told(event) })
  }

  async #recordTopics(log: Extract<LogPlace, { kind: 'kafka' }>, sources: readonly SourceRow[]): Promise<void> {
    const claims = await openClaims(data.place)
    if (!claims) throw new Error('a cluster has its store in PostgreSQL')
    const { TopicRecorders } = await import('./topic-recorders.ts')
    this.#topics = new TopicRecorders({
      ...this.#opened,
      ...log,
      claims,
      report: this.#tellRecord,
      reportTopic: (event) => tell({ kind: 'topic', event: told(event) }),
      fail: tellFailure,
    })
    this.#topics.start(sources)
  }

  /** Begins to take calls from the queue of those that are due (R1). */
  async attribute(settings: WorktimeSettings): Promise<void> {
    const report = (event: AttributeEvent) => tell({ kind: 'attribute', event: told(event) })
    const attributor = new Attributor({
      ...this.#opened,
      now: Date.now,
      report,
      shiftAtMostMs: settings.shiftAtMostSeconds * 1000,
    })
    this.#attributing = { attributor, done: attributor.run().catch(tellFailure) }
    const close = () => void this.#closeOverdue(settings).catch(() => undefined)
    close()
    this.#overdue = setInterval(close, tidyMs)
  }

  /** Takes what is due to its end, for a command after which no process does. */
  async drain(work: string, settings: WorktimeSettings): Promise<void> {
    return this.#work(work, async (signal, progress) => {
      await this.#closeOverdue(settings)
      let calls = 0
      const attributor = new Attributor({
        ...this.#opened,
        now: Date.now,
        report: (event) => {
          if (event.kind === 'attributed') progress((calls += event.calls))
        },
        shiftAtMostMs: settings.shiftAtMostSeconds * 1000,
      })
      signal.addEventListener('abort', () => attributor.close(), { once: true })
      if (!signal.aborted) await attributor.drain()
    })
  }

  /** Whoever forgot to end a shift has it ended by the rule. A store that is away is asked again in a minute. */
  async #closeOverdue(settings: WorktimeSettings): Promise<void> {
    const { store } = this.#opened
    if ((await closeOverdueShifts({ store, now: Date.now, settings })) > 0) this.#attributing?.attributor.wake()
  }

  /** Does what is asked of people and their time; their calls are attributed anew. */
  async people(told: ToldOfPeople, settings: WorktimeSettings): Promise<unknown> {
    const answer = await doPeople({ store: this.#opened.store, now: Date.now, settings }, told)
    this.#attributing?.attributor.wake()
    return answer
  }

  async wake(name: string): Promise<void> {
    this.#recorders.get(name)?.recorder.wake()
  }

  async importOpen(work: string, source: string, delivery: Delivery): Promise<void> {
    const progress = (counts: ImportCounts) => tell({ kind: 'progress', work, progress: counts })
    this.#imports.set(work, await Importer.open({ ...this.#opened, now: Date.now, source, delivery, progress }))
  }

  async importPush(work: string, chunk: Uint8Array): Promise<void> {
    await this.#import(work).push(chunk)
  }

  async importEnd(work: string): Promise<ImportCounts> {
    const counts = await this.#import(work).end()
    this.#imports.delete(work)
    return counts
  }

  /** Ends an import where it stands. */
  async importStop(work: string): Promise<ImportCounts> {
    const importer = this.#import(work)
    this.#imports.delete(work)
    await importer.close()
    return importer.counts
  }

  #import(work: string): Importer {
    const importer = this.#imports.get(work)
    if (!importer) throw new Error(`no import ${work}`)
    return importer
  }

  async legacyOpen(work: string, options: LegacyOptions): Promise<void> {
    const progress = (rows: number) => tell({ kind: 'progress', work, progress: { rows } })
    // Few installations ever need it.
    const { LegacyIntake } = await import('../pipeline/legacy/legacy-intake.ts')
    this.#legacies.set(work, new LegacyIntake(this.#opened.store, options, progress))
  }

  async legacyPush(work: string, chunk: Uint8Array): Promise<void> {
    await this.#legacies.get(work)?.push(chunk)
  }

  async legacyEnd(work: string): Promise<LegacyReport> {
    const intake = this.#legacies.get(work)
    if (!intake) throw new Error(`no import ${work}`)
    const report = await intake.end()
    // Telephones of people and their time have changed: calls are due.
    this.#attributing?.attributor.wake()
    return report
  }

  async legacyClose(work: string): Promise<void> {
    this.#legacies.delete(work)
  }

  async retry(work: string, filter: QuarantineFilter): Promise<RetryCounts> {
    return this.#work(work, (signal, progress) => retry({ ...this.#opened, now: Date.now, filter, signal, progress }))
  }

  async retryAsRecord(recordId: number): Promise<RetryCounts> {
    return retryAsRecord({ ...this.#opened, now: Date.now }, recordId)
  }

  async replay(work: string, source: string, from: number | null, to: number | null): Promise<ReplayCounts> {
    return this.#work(work, (signal, progress) =>
      replay({ ...this.#opened, now: Date.now, source, from, to, signal, progress }),
    )
  }

  async stop(work: string): Promise<void> {
    this.#works.get(work)?.abort()
  }

  async #work<T>(work: string, run: (signal: AbortSignal, progress: (it: unknown) => void) => Promise<T>): Promise<T> {
    const abort = new AbortController()
    this.#works.set(work, abort)
    try {
      return await run(abort.signal, (progress) => tell({ kind: 'progress', work, progress }))
    } finally {
      this.#works.delete(work)
    }
  }

  /** Ends after the batches in hand. */
  async close(): Promise<void> {
    if (this.#tidy) clearInterval(this.#tidy)
    if (this.#overdue) clearInterval(this.#overdue)
    for (const abort of this.#works.values()) abort.abort()
    for (const { recorder } of this.#recorders.values()) recorder.close()
    await Promise.all([...this.#recorders.values()].map((it) => it.done))
    this.#attributing?.attributor.close()
    await this.#attributing?.done
    await this.#topics?.[Symbol.asyncDispose]()
    await this.#log?.[Symbol.asyncDispose]()
    await this.#store?.[Symbol.asyncDispose]()
    port?.close()
  }
}

function tell(event: RecordWorkerEvent): void {
  if (port) tellEvent(port, event)
}

function told<E extends { readonly kind: string }>(event: E): Told<E> {
  if (event.kind !== 'trouble') return event as Told<E>
  const { source = null, error } = event as unknown as { readonly source?: string; readonly error: SmenaError }
  return { kind: 'trouble', source, code: error.code, message: error.message, details: { ...error.details } }
}

const tellFailure = (error: unknown): void => tell({ kind: 'failed', error: carried(error) })

if (port) answerCalls(port, new RecordWorkerMethods())
