import { Worker } from 'node:worker_threads'
import { SmenaError } from '../../domain/errors.ts'
import type { Delivery } from '../../domain/record.ts'
import type { JournalState, JournalWriter, Run } from '../../pipeline/ports.ts'
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
}

const closeWaitMs = 2000
/** Batches handed to the worker and not answered yet: one being committed and one that is ready when it is done. */
const batchesAtOnce = 2
const recordsAtOnce = 1000

/** Opens the journal of a data directory, or makes it. Its thread has the one connection that writes. */
export async function openJournal(options: JournalOptions): Promise<JournalWriter> {
  const file = new URL(`./journal-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)
  const { directory, freeSpaceFloorBytes, keepMs, keepBytes } = options
  const workerData: WorkerOptions = {
    directory,
    freeSpaceFloorBytes,
    keepMs,
    keepBytes,
    closeWaitMs: options.closeWaitMs ?? closeWaitMs,
  }
  const worker = new Worker(file, {
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8 },
  })
  const opened = await new Promise<Extract<FromWorker, { kind: 'opened' }>>((resolve, reject) => {
    worker.once('error', reject)
    worker.once('message', (message: FromWorker) => {
      if (message.kind === 'opened') resolve(message)
      else reject(message.kind === 'failed' ? asError(message.failure) : new Error(`unexpected ${message.kind}`))
    })
  })
  worker.removeAllListeners('error')
  return new SqliteJournal(worker, opened, options)
}

interface Waiter {
  items: number
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/**
 * The writing side: gathers what comes in one turn of the event loop and hands it to the thread. Nothing waits while the
 * thread is idle, so a single record costs one commit; under load each commit takes all that came during the one before.
 */
class SqliteJournal implements JournalWriter {
  readonly id: string
  readonly #worker: Worker
  readonly #options: JournalOptions
  readonly #staging = new Staging()
  readonly #waiters: Waiter[] = []
  readonly #ended = Promise.withResolvers<void>()
  #given: ReadonlyMap<string, number>
  #state: JournalState
  #inFlight = 0
  #posting: NodeJS.Immediate | null = null
  #failure: Error | null = null
  #closing = false

  constructor(worker: Worker, opened: Extract<FromWorker, { kind: 'opened' }>, options: JournalOptions) {
    this.id = opened.id
    this.#worker = worker
    this.#options = options
    this.#given = opened.given
    this.#state = opened.state
    worker.on('message', (message: FromWorker) => this.#onMessage(message))
    worker.on('error', (error: Error) => this.#fail(this.#broken(error.stack ?? error.message)))
    worker.on('exit', (code) => {
      if (!this.#closing || code !== 0) this.#fail(this.#broken(`its thread ended with code ${code}`))
      this.#ended.resolve()
    })
  }

  append(run: Run): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure)
    if (this.#closing) return Promise.reject(new SmenaError('journal-closed', { file: this.#options.directory }))
    return this.#enqueue(this.#staging.add(run))
  }

  close(delivery: Delivery, closedAt: number): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure)
    if (this.#closing) return Promise.reject(new SmenaError('journal-closed', { file: this.#options.directory }))
    this.#staging.close(delivery, closedAt)
    return this.#enqueue(1)
  }

  settle(source: string, number: number): void {
    this.#staging.settle(source, number)
    this.#postSoon()
  }

  async given(): Promise<ReadonlyMap<string, number>> {
    return this.#given
  }

  state(): JournalState {
    return this.#state
  }

  #enqueue(items: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ items, resolve, reject })
      this.#postSoon()
    })
  }

  #postSoon(): void {
    const isFull = this.#staging.records >= recordsAtOnce
    if (this.#inFlight >= batchesAtOnce && !isFull) return
    this.#posting ??= setImmediate(() => this.#post())
  }

  #post(): void {
    this.#posting = null
    if (this.#failure || this.#staging.isEmpty) return
    const batch = this.#staging.take()
    this.#inFlight++
    this.#worker.postMessage(batch satisfies ToWorker, [batch.items.buffer, batch.directory.buffer, batch.body.buffer])
  }

  #onMessage(message: FromWorker): void {
    switch (message.kind) {
      case 'opened':
      case 'closed':
        break
      case 'state':
        this.#state = message.state
        this.#options.onState?.(message.state)
        break
      case 'failed':
        this.#fail(asError(message.failure))
        break
      case 'done': {
        this.#given = message.given
        this.#state = message.state
        this.#options.onCommit?.(message.state.commitSeconds)
        this.#staging.reuse(message.spent)
        // One answer may be for several batches; at most `batchesAtOnce` are ever out.
        this.#inFlight = 0
        this.#answer(message.items, message.refused)
        this.#postSoon()
        break
      }
    }
  }

  /** The oldest items that waited are on the disk, but for those refused, which are counted within this answer. */
  #answer(items: number, refused: ReadonlyMap<number, Failure>): void {
    let left = items
    let at = 0
    while (left > 0) {
      const waiter = this.#waiters[0]
      if (!waiter) return
      const part = Math.min(left, waiter.items)
      const failure = [...refused].find(([item]) => item >= at && item < at + part)?.[1]
      left -= part
      at += part
      waiter.items -= part
      if (failure) {
        // What is left of a refused run is refused with it.
        this.#waiters.shift()
        waiter.reject(asError(failure))
      } else if (waiter.items === 0) {
        this.#waiters.shift()
        waiter.resolve()
      }
    }
  }

  #fail(error: Error): void {
    this.#failure ??= error
    for (const { reject } of this.#waiters.splice(0)) reject(this.#failure)
  }

  #broken(found: string): SmenaError {
    return new SmenaError('journal-failed', { file: this.#options.directory, found })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#closing) {
      this.#closing = true
      if (this.#posting) clearImmediate(this.#posting)
      this.#post()
      this.#worker.postMessage({ kind: 'close' } satisfies ToWorker)
    }
    await this.#ended.promise
    if (this.#failure) throw this.#failure
  }
}

function asError({ code, details, cause }: Failure): SmenaError {
  return new SmenaError(code, details as never, cause === '' ? undefined : { cause })
}
