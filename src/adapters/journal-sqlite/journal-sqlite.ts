import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { SmenaError } from '../../domain/errors.ts'
import type { Delivery } from '../../domain/record.ts'
import { journalFileName } from '../../pipeline/journal-entry.ts'
import { fragmentCodes, type JournalState, type JournalWriter, type KeptFeed, type Run } from '../../pipeline/ports.ts'
import type { Failure, FromWorker, ToWorker, WorkerOptions } from './messages.ts'
import { Staging } from './staging.ts'

export interface JournalOptions {
  /** The data directory, which this process owns. */
  readonly directory: string
  /** With less free space than this the journal takes nothing. */
  readonly freeSpaceFloorBytes: number
  /** How long, and how much of, what has been settled is kept; whichever ends first. */
  readonly keepMs: number
  readonly keepBytes: number
  /** How long closing waits for a full disk; default 2 s. */
  readonly closeWaitMs?: number
  /** Told the seconds of each group commit, fsync included. */
  readonly onCommit?: (seconds: number) => void
  /** Told when the journal begins or ceases to wait for space. */
  readonly onState?: (state: JournalState) => void
  /** Told once when the journal has become unusable, also when nothing was under way. */
  readonly onFailure?: (error: SmenaError) => void
}

const closeWaitMs = 2000
/** A group starts with the turn of the event loop in which it came, or earlier when so much waits or has waited so long. */
const eagerRecords = 1000
const eagerBytes = 1_048_576
const eagerMs = 5
/** Settled numbers alone are no reason for a message more often than this. */
const settleMs = 250

interface Waiter {
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/**
 * Opens the journal of a data directory, or makes it; its thread has the one connection that writes. Rejects with a
 * SmenaError when the file is not ours, newer than this program, or damaged.
 *
 * `append`, `close` and `keepFeed` resolve when the disk has it. With a full disk they wait. After any other error every one of
 * them, and every later one, rejects with that error, whose remedy is `stop`. A run's buffers may be used again when `append`
 * returns. What cannot be right (a run whose parts do not fit, another partition for a feed) rejects with a RangeError.
 * Disposing waits for what is under way; it throws when records are not kept, and when the journal failed and nobody was told.
 */
export async function openJournal(options: JournalOptions): Promise<JournalWriter> {
  const journal = new SqliteJournal(options)
  await journal.opened
  return journal
}

class SqliteJournal implements JournalWriter {
  readonly opened: Promise<void>
  readonly #options: JournalOptions
  readonly #file: string
  readonly #worker: Worker
  readonly #opening = Promise.withResolvers<void>()
  readonly #exited = Promise.withResolvers<void>()
  readonly #staging = new Staging()
  /** What was handed in and is not on the disk yet, oldest first from `#head`; null: a part whose run ends later. */
  #waiting: (Waiter | null)[] = []
  #head = 0
  #stagedAt = 0
  #posting: NodeJS.Immediate | undefined
  #settling: NodeJS.Timeout | undefined
  #id = ''
  #given = new Map<string, number>()
  /** Feeds on the disk, and those that are on their way there, oldest first. */
  readonly #feeds: KeptFeed[] = []
  readonly #keeping: (Waiter & { readonly feed: KeptFeed })[] = []
  /** What was chosen for a source and topic, by `feedKey`, and when it is on the disk. */
  readonly #choices = new Map<string, { readonly partition: number; readonly kept: Promise<void> }>()
  /** Who asked whether the thread answers, oldest first. */
  readonly #pinging: (() => void)[] = []
  #state: JournalState = { paused: null, freeBytes: 0, commitSeconds: 0, sizeBytes: 0 }
  #error: SmenaError | null = null
  #isErrorTold = false
  #closing: Promise<void> | null = null
  #isClosed = false

  constructor(options: JournalOptions) {
    this.#options = options
    const { directory, freeSpaceFloorBytes, keepMs, keepBytes } = options
    this.#file = join(directory, journalFileName)
    this.opened = this.#opening.promise
    const workerData: WorkerOptions = {
      directory,
      freeSpaceFloorBytes,
      keepMs,
      keepBytes,
      closeWaitMs: options.closeWaitMs ?? closeWaitMs,
    }
    // The compiler rewrites import paths, but not this one.
    const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
    this.#worker = new Worker(new URL(`./journal-worker${extension}`, import.meta.url), {
      name: 'journal',
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8 },
    })
    this.#worker.on('message', (message: FromWorker) => this.#receive(message))
    this.#worker.on('error', (error) => this.#fail(this.#unexpected(String(error), error)))
    this.#worker.on('exit', (code) => {
      if (!this.#isClosed) this.#fail(this.#unexpected(`its thread ended with code ${code}`))
      // Only now is its connection gone, and the directory free for another.
      if (this.#error && this.#id === '') this.#opening.reject(this.#error)
      this.#exited.resolve()
    })
  }

  get id(): string {
    return this.#id
  }

  append(run: Run): Promise<void> {
    const refusal = this.#refusal() ?? misshapen(run)
    if (refusal) return Promise.reject(refusal)
    const items = this.#staging.add(run)
    for (let i = 1; i < items; i++) this.#waiting.push(null)
    return this.#wait()
  }

  close(delivery: Delivery, closedAt: number): Promise<void> {
    const refusal = this.#refusal() ?? misshapenDelivery(delivery) ?? notWhole('closedAt', closedAt, 0)
    if (refusal) return Promise.reject(refusal)
    this.#staging.close(delivery, closedAt)
    return this.#wait()
  }

  settle(source: string, number: number): void {
    if (this.#refusal()) return
    this.#staging.settle(source, number)
    this.#settling ??= setTimeout(() => this.#post(), settleMs)
  }

  async given(): Promise<ReadonlyMap<string, number>> {
    if (this.#error) throw this.#error
    return new Map(this.#given)
  }

  feeds(): readonly KeptFeed[] {
    return this.#feeds
  }

  keepFeed(feed: KeptFeed): Promise<void> {
    const choice = this.#choices.get(feedKey(feed))
    const refusal = this.#refusal() ?? misshapenFeed(feed) ?? otherwise(feed, choice?.partition ?? feed.partition)
    if (refusal) return Promise.reject(refusal)
    if (choice) return choice.kept
    const { promise: kept, resolve, reject } = Promise.withResolvers<void>()
    this.#choices.set(feedKey(feed), { partition: feed.partition, kept })
    this.#keeping.push({ feed: { ...feed }, resolve, reject })
    this.#worker.postMessage({ kind: 'keep-feed', feed } satisfies ToWorker)
    return kept
  }

  state(): JournalState {
    return this.#state
  }

  answers(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#pinging.push(resolve)
    this.#worker.postMessage({ kind: 'ping' } satisfies ToWorker)
    return promise
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#dispose()
    return this.#closing
  }

  async #dispose(): Promise<void> {
    if (!this.#error) {
      this.#post()
      this.#worker.postMessage({ kind: 'close' } satisfies ToWorker)
    }
    await this.#exited.promise
    if (this.#error && (!this.#isErrorTold || this.#error.code === 'journal-disk-full')) throw this.#error
  }

  #refusal(): Error | null {
    if (this.#error) this.#isErrorTold = true
    return this.#error ?? (this.#closing ? new SmenaError('journal-closed', { file: this.#file }) : null)
  }

  #wait(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#waiting.push({ resolve, reject })
    const now = performance.now()
    if (this.#posting === undefined) {
      this.#stagedAt = now
      this.#posting = setImmediate(() => this.#post())
    }
    const { records, bytes } = this.#staging
    if (records >= eagerRecords || bytes >= eagerBytes || now - this.#stagedAt >= eagerMs) this.#post()
    return promise
  }

  #post(): void {
    clearImmediate(this.#posting)
    clearTimeout(this.#settling)
    this.#posting = this.#settling = undefined
    if (this.#error || this.#staging.isEmpty) return
    const batch = this.#staging.take()
    this.#worker.postMessage(batch satisfies ToWorker, [batch.items.buffer, batch.directory.buffer, batch.body.buffer])
  }

  #receive(message: FromWorker): void {
    switch (message.kind) {
      case 'opened':
        this.#id = message.id
        this.#given = new Map(message.given)
        for (const feed of message.feeds) this.#knowFeed(feed)
        this.#state = message.state
        this.#opening.resolve()
        break
      case 'done':
        this.#done(message)
        break
      case 'kept':
        for (const { feed, resolve } of this.#keeping.splice(0, message.feeds)) {
          this.#knowFeed(feed)
          resolve()
        }
        this.#know(message.state)
        break
      case 'pong':
        this.#pinging.shift()?.()
        break
      case 'state':
        this.#know(message.state)
        break
      case 'failed':
        this.#fail(errorOf(message.failure))
        break
      case 'closed':
        this.#isClosed = true
        // Nothing is lost by a feed that was not kept: no record was sent to it.
        for (const { reject } of this.#keeping.splice(0)) reject(new SmenaError('journal-closed', { file: this.#file }))
        break
    }
  }

  #done({ items, refused, given, state, spent }: Extract<FromWorker, { kind: 'done' }>): void {
    for (const [source, number] of given) this.#given.set(source, number)
    this.#staging.reuse(spent)
    for (let i = 0; i < items; i++) {
      const waiter = this.#waiting[this.#head++]
      const failure = refused.get(i)
      if (failure) waiter?.reject(errorOf(failure))
      else waiter?.resolve()
    }
    if (this.#head === this.#waiting.length || this.#head > 4096) {
      this.#waiting.splice(0, this.#head)
      this.#head = 0
    }
    this.#know(state)
    this.#options.onCommit?.(state.commitSeconds)
  }

  #knowFeed(feed: KeptFeed): void {
    this.#feeds.push(feed)
    this.#choices.set(feedKey(feed), { partition: feed.partition, kept: Promise.resolve() })
  }

  #know(state: JournalState): void {
    const isNews = state.paused !== this.#state.paused
    this.#state = state
    if (isNews) this.#options.onState?.(state)
  }

  #unexpected(found: string, cause?: unknown): SmenaError {
    return new SmenaError('journal-failed', { file: this.#file, found }, { cause })
  }

  /** Once. The thread is stopped without another write: what SQLite did not commit is not tried again. */
  #fail(error: SmenaError): void {
    if (this.#error || this.#isClosed) return
    this.#error = error
    const waiting = [...this.#waiting.slice(this.#head), ...this.#keeping.splice(0)]
    this.#isErrorTold = waiting.length > 0 || this.#options.onFailure !== undefined
    for (const waiter of waiting) waiter?.reject(error)
    this.#waiting = []
    this.#head = 0
    clearImmediate(this.#posting)
    clearTimeout(this.#settling)
    void this.#worker.terminate()
    if (this.#id !== '') this.#options.onFailure?.(error)
  }
}

function errorOf({ code, details, cause }: Failure): SmenaError {
  // The details were those of the same code in the other thread.
  return new SmenaError(code, details as never, cause === null ? {} : { cause: new Error(cause) })
}

function notWhole(name: string, value: number, least: number): RangeError | null {
  const isWhole = Number.isSafeInteger(value) && value >= least
  return isWhole ? null : new RangeError(`${name} is ${value}, expected a whole number from ${least} on`)
}

/** An id of Kafka has no space in it. */
const feedKey = ({ source, topicId }: KeptFeed): string => `${topicId} ${source}`

function misshapenFeed({ source, topicId, partition }: KeptFeed): RangeError | null {
  if (!/^[\w-]{1,64}$/u.test(topicId)) return new RangeError(`the topic's id is ${topicId}, expected an id of Kafka`)
  if (source === '' || !source.isWellFormed()) return new RangeError('the feed names no source')
  return notWhole('partition', partition, 0)
}

function otherwise({ source, topicId, partition }: KeptFeed, chosen: number): RangeError | null {
  if (partition === chosen) return null
  return new RangeError(`records of ${source} stand in partition ${chosen} of topic ${topicId}, not in ${partition}`)
}

function misshapenDelivery({ uid, source, openedAt }: Delivery): RangeError | null {
  if (!/^[0-9a-f]{32}$/u.test(uid)) return new RangeError(`the delivery's uid is ${uid}, expected 32 hex digits`)
  if (source === '' || !source.isWellFormed()) return new RangeError('the delivery names no source')
  return notWhole('openedAt', openedAt, 0)
}

/** A run whose parts do not fit together is a mistake in the program: it is refused before it could become a record. */
function misshapen({ delivery, firstLine, receivedAt, bytes, ends, occurrences, fragments }: Run): RangeError | null {
  const count = ends.length
  if (count === 0 || occurrences.length !== count || fragments.length !== count) {
    const found = `${count} ends, ${occurrences.length} occurrences, ${fragments.length} fragments`
    return new RangeError(`a run has ${found}, expected the same number of each`)
  }
  let start = 0
  for (let i = 0; i < count; i++) {
    const end = ends[i]!
    if (end < start || fragments[i]! >= fragmentCodes.length) return new RangeError(`record ${i} of a run is misshapen`)
    start = end
  }
  if (start !== bytes.length) return new RangeError(`a run's records end at ${start} of ${bytes.length} bytes`)
  return misshapenDelivery(delivery) ?? notWhole('firstLine', firstLine, 1) ?? notWhole('receivedAt', receivedAt, 0)
}
