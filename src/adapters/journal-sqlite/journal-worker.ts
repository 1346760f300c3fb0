import { join } from 'node:path'
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { SmenaError } from '../../domain/errors.ts'
import { isDiskFull, journalError, journalFileName, sqliteResult } from '../../pipeline/journal-entry.ts'
import type { JournalState, KeptFeed } from '../../pipeline/ports.ts'
import { Committer } from './committer.ts'
import { DiskSpace } from './disk-space.ts'
import { Housekeeping } from './housekeeping.ts'
import { type OpenedFile, openJournalFile, truncateLog, unlessFull } from './journal-file.ts'
import type { Batch, Failure, FromWorker, ToWorker, WorkerOptions } from './messages.ts'
import { Retention } from './retention.ts'

/**
 * The thread that owns the writing connection: a commit blocks it for as long as the disk takes, and nobody else.
 *
 *     idle ──batch──▶ committing ──more came──▶ committing … ──nothing waits──▶ idle
 *                       │  ▲
 *               disk full  └── every quarter of a second
 *                       ▼  │
 *                      paused
 *
 * Whatever came while a commit was under way is the next group, so a lone record waits for one fsync and a flood shares them.
 * An error that is not a full disk is told once; after it nothing is written any more: after a failed fsync the kernel may
 * have dropped the very pages that it could not write.
 */

/** A group is cut here, so that nobody waits for megabytes of others. */
const groupBytes = 8 * 1_048_576
const retryMs = 250
/** How often settled rows are looked for when nothing comes: soon after something happened, rarely else. */
const busyTickMs = 1000
const idleTickMs = 5000
const tickBytes = 4 * 1_048_576
const pruneMs = 60_000

const port = parentPort!

class Writer {
  readonly #options: WorkerOptions
  readonly #committer: Committer
  readonly #housekeeping: Housekeeping
  readonly #space: DiskSpace
  readonly #opened: OpenedFile
  #waiting: Batch[] = []
  #keeping: KeptFeed[] = []
  #paused = false
  #commitSeconds = 0
  #closeBy: number | null = null
  #retry: NodeJS.Timeout | undefined
  #tick: NodeJS.Timeout | undefined
  #tickDue = Number.POSITIVE_INFINITY
  #tickedAt = performance.now()
  #prunedAt = performance.now()
  #isOver = false

  constructor(options: WorkerOptions) {
    this.#options = options
    this.#opened = openJournalFile(options.directory)
    const { db, file } = this.#opened
    this.#committer = new Committer(this.#opened, new Retention(db, options.keepMs, options.keepBytes))
    this.#housekeeping = new Housekeeping(db)
    this.#space = new DiskSpace(file)
    tell({
      kind: 'opened',
      id: this.#opened.id,
      given: this.#committer.given,
      feeds: this.#opened.feeds,
      state: this.#state(),
    })
    this.#scheduleTick(busyTickMs)
  }

  receive(message: ToWorker): void {
    this.#guard(() => {
      this.#take(message)
      this.#work()
    })
  }

  #take(message: ToWorker): void {
    if (message.kind === 'close') {
      this.#closeBy = performance.now() + this.#options.closeWaitMs
      return
    }
    if (message.kind === 'keep-feed') {
      this.#keeping.push(message.feed)
      return
    }
    this.#committer.introduce(message.introduced)
    this.#committer.settle(message.settled)
    if (message.itemCount > 0) this.#waiting.push(message)
  }

  #takeAllThatCame(): void {
    for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) this.#take(next.message)
  }

  #work(): void {
    this.#takeAllThatCame()
    while (!this.#isDone && !this.#retry) {
      if (this.#keeping.length > 0) this.#keepFeeds()
      else this.#commitGroup()
      this.#takeAllThatCame()
      // Under unbroken load no timer comes to its turn.
      if (performance.now() - this.#tickedAt > busyTickMs) this.#housekeep()
    }
    if (this.#closeBy === null) this.#scheduleTick(busyTickMs)
    else if (this.#isDone) this.#close()
    else if (performance.now() >= this.#closeBy) this.#giveUp()
  }

  get #isDone(): boolean {
    return this.#waiting.length === 0 && this.#keeping.length === 0
  }

  #commitGroup(): void {
    let count = 0
    let records = 0
    for (let bytes = 0; count < this.#waiting.length && bytes < groupBytes; count++) {
      bytes += this.#waiting[count]!.bytes
      records += this.#waiting[count]!.records
    }
    const group = this.#waiting.slice(0, count)
    // The floor keeps records out; that a delivery is over may still be written.
    if (records > 0 && this.#space.refresh().freeBytes < this.#options.freeSpaceFloorBytes) return this.#pause()
    const startedAt = performance.now()
    try {
      // While the disk is full nothing is deleted along with a commit: that takes space before it gives any.
      const { items, refused, given } = this.#committer.commit(group, !this.#paused)
      this.#paused = false
      this.#waiting.splice(0, count)
      this.#commitSeconds = (performance.now() - startedAt) / 1000
      const failures = new Map([...refused].map(([place, error]) => [place, failureOf(error, this.#opened.file)]))
      const spent = group.flatMap(({ items: fields, directory, body }) => [
        fields.buffer,
        directory.buffer,
        body.buffer,
      ])
      tell({ kind: 'done', items, refused: failures, given, state: this.#state(), spent }, spent)
    } catch (error) {
      if (!this.#isFull(error)) throw error
      return this.#pause()
    }
    this.#housekeeping.checkpointWhenLarge()
  }

  /** Not held up by the floor: they are small, and records that wait are forwarded only with them. */
  #keepFeeds(): void {
    try {
      this.#committer.keepFeeds(this.#keeping)
      // Whether records have space is found by their own commit.
      if (this.#waiting.length === 0) this.#paused = false
      tell({ kind: 'kept', feeds: this.#keeping.splice(0).length, state: this.#state() })
    } catch (error) {
      if (!this.#isFull(error)) throw error
      this.#pause()
    }
  }

  #isFull(error: unknown): boolean {
    // SQLITE_IOERR_SHMSIZE: the log's index cannot grow by its 32 KiB, for a reason that SQLite does not tell. The commit is
    // rolled back; its frames in the log are written over by the next attempt, or stand with all their numbers after a crash.
    const indexCannotGrow = 4874
    if (isDiskFull(error)) return true
    return sqliteResult(error) === indexCannotGrow && this.#space.look().freeBytes < 65_536
  }

  #pause(): void {
    const isNews = !this.#paused
    this.#paused = true
    this.#retry = setTimeout(() => {
      this.#retry = undefined
      this.#guard(() => this.#work())
    }, retryMs)
    if (isNews) tell({ kind: 'state', state: this.#state() })
  }

  /** The sooner of what was planned and `ms` from now. */
  #scheduleTick(ms: number): void {
    const due = performance.now() + ms
    if (due >= this.#tickDue) return
    clearTimeout(this.#tick)
    this.#tickDue = due
    this.#tick = setTimeout(() => {
      this.#tickDue = Number.POSITIVE_INFINITY
      this.#guard(() => {
        const more = this.#housekeep()
        tell({ kind: 'state', state: this.#state() })
        this.#scheduleTick(more ? 0 : idleTickMs)
      })
    }, ms)
  }

  /** A small step of what can wait; true when there is more of it. */
  #housekeep(): boolean {
    this.#tickedAt = performance.now()
    let more = false
    unlessFull(() => {
      more = this.#committer.trim(Date.now(), tickBytes)
      this.#committer.saveSettled()
      if (this.#tickedAt - this.#prunedAt > pruneMs) {
        this.#prunedAt = this.#tickedAt
        this.#committer.pruneDeliveries()
      }
      this.#housekeeping.checkpointWhenLarge()
    })
    return this.#housekeeping.step(this.#space.refresh().walBytes) || more
  }

  #close(): void {
    unlessFull(() => {
      this.#committer.saveSettled()
      this.#committer.pruneDeliveries()
    })
    truncateLog(this.#opened.db)
    this.#opened.db.close()
    this.#end()
    tell({ kind: 'closed' })
    port.close()
  }

  /** The journal closes and the disk stays full: what waits is refused, so that nobody takes it for kept. */
  #giveUp(): void {
    const records = this.#waiting.reduce((sum, batch) => sum + batch.records, 0)
    if (records > 0) return this.#fail(new SmenaError('journal-disk-full', { file: this.#opened.file, records }))
    // Only feeds and the ends of deliveries wait. The next process chooses those anew, finds these open and closes them.
    const items = this.#waiting.reduce((sum, batch) => sum + batch.itemCount, 0)
    tell({ kind: 'done', items, refused: new Map(), given: new Map(), state: this.#state(), spent: [] })
    this.#close()
  }

  #guard(work: () => void): void {
    if (this.#isOver) return
    try {
      work()
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    this.#end()
    tell({ kind: 'failed', failure: failureOf(error, this.#opened.file) })
  }

  #end(): void {
    this.#isOver = true
    clearTimeout(this.#retry)
    clearTimeout(this.#tick)
  }

  #state(): JournalState {
    const { freeBytes, sizeBytes } = this.#space.refresh()
    return { paused: this.#paused ? 'disk-full' : null, freeBytes, commitSeconds: this.#commitSeconds, sizeBytes }
  }
}

function tell(message: FromWorker, transfer: readonly ArrayBuffer[] = []): void {
  port.postMessage(message, [...transfer])
}

function failureOf(error: unknown, file: string): Failure {
  if (error instanceof SmenaError) return { code: error.code, details: error.details, cause: null }
  const cause = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const known = journalError(error, file)
  if (known instanceof SmenaError) return { code: known.code, details: known.details, cause }
  return { code: 'journal-failed', details: { file, found: String(error) }, cause }
}

const options = workerData as WorkerOptions
try {
  const writer = new Writer(options)
  port.on('message', (message: ToWorker) => writer.receive(message))
} catch (error) {
  tell({ kind: 'failed', failure: failureOf(error, join(options.directory, journalFileName)) })
}
