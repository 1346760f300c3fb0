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

/** A group is cut here, so that nobody waits for megabytes of others. The log is moved into the file when it has as much. */
const groupBytesAtMost = 8 * 1_048_576
/**
 * The file grows by what the log holds before the disk has the log's space back: what stands in the log, a group more, and what
 * goes to make room shall fit under a floor however low it is.
 */
const shareOfFloor = 1 / 4
const groupBytesAtLeast = 262_144
const retryMs = 250
/** How often settled rows are looked for when nothing comes: soon after something happened, rarely else. */
const busyTickMs = 1000
const idleTickMs = 5000
const tickBytes = 4 * 1_048_576
/** Of a disk that is short of room: less at a time, because what goes is written to the log before it gives room. */
const shortTickBytes = 262_144
/** What may come in a quarter of a second. */
const nearFloorBytes = 64 * 1_048_576
/** Room is made before the floor is reached: an eighth of it above. */
const shortOfFloor = 9 / 8
const pruneMs = 60_000

const port = parentPort!

class Writer {
  readonly #options: WorkerOptions
  readonly #committer: Committer
  readonly #housekeeping: Housekeeping
  readonly #space: DiskSpace
  readonly #groupBytes: number
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
    const share = options.freeSpaceFloorBytes * shareOfFloor || groupBytesAtMost
    this.#groupBytes = Math.min(groupBytesAtMost, Math.max(groupBytesAtLeast, share))
    this.#housekeeping = new Housekeeping(db, this.#groupBytes)
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
    if (message.kind === 'ping') {
      tell({ kind: 'pong' })
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
    for (let bytes = 0; count < this.#waiting.length && bytes < this.#groupBytes; count++) {
      bytes += this.#waiting[count]!.bytes
      records += this.#waiting[count]!.records
    }
    const group = this.#waiting.slice(0, count)
    // The floor keeps records out; that a delivery is over may still be written.
    if (records > 0 && this.#isBelowFloor) return this.#pause()
    const startedAt = performance.now()
    try {
      // While the disk is full nothing is deleted along with a commit: that takes space before it gives any.
      const { items, refused, given } = this.#committer.commit(group, { trim: !this.#paused, isShort: this.#isShort })
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
    // What is settled makes room meanwhile.
    this.#scheduleTick(retryMs)
  }

  /** What was known a quarter of a second ago is not enough where the floor is near. */
  get #isBelowFloor(): boolean {
    const { freeSpaceFloorBytes: floor } = this.#options
    const isNear = this.#space.refresh().freeBytes < floor + nearFloorBytes
    return (isNear ? this.#space.look() : this.#space).freeBytes < floor
  }

  /** The free space that is to be there, so that records are not kept out. */
  get #room(): number {
    return Math.max(this.#options.freeSpaceFloorBytes * shortOfFloor, this.#paused ? this.#groupBytes : 0)
  }

  /** Less than that is free, and will be when the disk has back what the file no longer needs. */
  get #isShort(): boolean {
    const { freeBytes, sizeBytes } = this.#space.refresh()
    return freeBytes < this.#room && freeBytes + sizeBytes - this.#housekeeping.usedBytes < this.#room
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
    try {
      const { freeBytes, sizeBytes, walBytes } = this.#space.look()
      let more = false
      if (freeBytes >= this.#room) more = this.#housekeeping.step(walBytes)
      else {
        this.#housekeeping.giveBack()
        more = this.#space.look().sizeBytes < sizeBytes
      }
      const isShort = this.#isShort
      more = this.#committer.trim(Date.now(), isShort ? shortTickBytes : tickBytes, isShort) || more
      this.#committer.saveSettled()
      if (this.#tickedAt - this.#prunedAt > pruneMs) {
        this.#prunedAt = this.#tickedAt
        this.#committer.pruneDeliveries(Date.now())
      }
      this.#housekeeping.checkpointWhenLarge()
      return more
    } catch (error) {
      // A full disk stops only what makes room; what comes in is told of it by its own commit.
      if (!this.#isFull(error)) throw error
      return false
    }
  }

  #close(): void {
    unlessFull(() => {
      this.#committer.saveSettled()
      this.#committer.pruneDeliveries(Date.now())
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
