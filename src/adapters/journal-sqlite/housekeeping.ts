import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { pragma, truncateLog, unlessFull, withPatience } from './journal-file.ts'

const patienceMs = 100
/** Free pages that stay in the file for what comes next, and how many are given back at a time. */
const sparePages = 1024
const vacuumPages = 256
/** The same of a disk that is short of room: what is moved is written to the log first. */
const shortVacuumPages = 64
/** A log file that is larger is cut when nothing is to be done. */
const idleWalBytes = 8 * 1_048_576

/** Keeps the file and its log small. Errors other than a full disk and a busy reader are the caller's to end on. */
export class Housekeeping {
  readonly #db: DatabaseSync
  readonly #look: StatementSync
  readonly #checkpoint: StatementSync
  readonly #restart: StatementSync
  /** Pages in the write-ahead log after which they are moved into the file. */
  readonly #checkpointPages: number
  /** With more pages than this a checkpoint waits a moment for readers to step aside, so that the log can begin anew. */
  readonly #patiencePages: number
  /** Pages in the log at the last attempt. */
  #attemptedAt = 0

  constructor(db: DatabaseSync, checkpointBytes: number) {
    this.#db = db
    this.#checkpointPages = Math.floor(checkpointBytes / pragma(db, 'page_size'))
    this.#patiencePages = 2 * this.#checkpointPages
    this.#look = db.prepare('PRAGMA wal_checkpoint(NOOP)')
    this.#checkpoint = db.prepare('PRAGMA wal_checkpoint(PASSIVE)')
    this.#restart = db.prepare('PRAGMA wal_checkpoint(RESTART)')
  }

  /** After a commit. A reader that is under way holds some pages back, or all that come after it when it stands still. */
  checkpointWhenLarge(): void {
    const found = this.#look.get() ?? {}
    const [pages, done] = [Number(found['log']), Number(found['checkpointed'])]
    if (pages < this.#attemptedAt) this.#attemptedAt = 0
    if (pages - done < this.#checkpointPages || pages - this.#attemptedAt < this.#checkpointPages) return
    this.#attemptedAt = pages
    if (pages < this.#patiencePages) unlessFull(() => this.#checkpoint.get())
    else withPatience(this.#db, patienceMs, () => unlessFull(() => this.#restart.get()))
  }

  /** Bytes of the file that hold something. */
  get usedBytes(): number {
    const pages = pragma(this.#db, 'page_count') - pragma(this.#db, 'freelist_count')
    return pages * pragma(this.#db, 'page_size')
  }

  /** One small step of giving space back, when nothing else is to be done; true when there is more. */
  step(walBytes: number): boolean {
    const free = pragma(this.#db, 'freelist_count')
    if (free > sparePages + vacuumPages) {
      unlessFull(() => this.#db.exec(`PRAGMA incremental_vacuum(${vacuumPages})`))
      this.checkpointWhenLarge()
      return pragma(this.#db, 'freelist_count') < free
    }
    if (walBytes > idleWalBytes) truncateLog(this.#db)
    return false
  }

  /** The same for a disk that is short of room: nothing is spared, and unless a reader stands still the disk has it at once. */
  giveBack(): void {
    unlessFull(() => this.#db.exec(`PRAGMA incremental_vacuum(${shortVacuumPages})`))
    truncateLog(this.#db, patienceMs)
  }
}
