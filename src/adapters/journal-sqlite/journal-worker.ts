import { statfsSync, statSync } from 'node:fs'
import type { StatementSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { type ErrorCode, SmenaError } from '../../domain/errors.ts'
import type { Delivery } from '../../domain/record.ts'
import {
  deliverySeed,
  describeSqlite,
  entryBytes,
  entryEnd,
  journalTrouble,
  recordCheck,
  setEntryCheck,
  type SourceRow,
  sourceCheck,
  sqliteResult,
  viewOf,
} from '../../pipeline/journal-entry.ts'
import type { JournalState } from '../../pipeline/ports.ts'
import { openJournalFile, type OpenedFile } from './journal-file.ts'
import {
  type Batch,
  type Failure,
  type FromWorker,
  itemFields,
  itemLength,
  type ToWorker,
  type WorkerOptions,
} from './messages.ts'
import { Retention } from './retention.ts'

/**
 * The journal's thread: the one connection that writes. Batches that wait are committed together; every commit is on the disk
 * (WAL, synchronous FULL) before it is told. States:
 *
 *     idle ──batch──▶ committing ──done──▶ idle
 *                        │ full disk: rolled back, nothing is let go
 *                        ▼
 *                     paused ──every 250 ms──▶ committing
 *
 * Any other error ends the thread: what failed once is never tried again, because after a failed fsync the kernel may have
 * dropped the very pages that it could not write.
 */
const pausedMs = 250
const idleMs = 1000
const spaceMs = 250
const checkpointBytes = 4 << 20
const trimRows = 1000
const trimBytes = 64 << 20
const recordsTogether = 20_000

interface KnownDelivery {
  readonly delivery: Delivery
  readonly seed: number
  /** Null until its row is written. */
  id: number | null
}

class DiskFull extends Error {}

/** What a rolled back transaction must leave as it was. */
interface Change {
  readonly sources: Map<string, SourceRow>
  readonly deliveryIds: Map<KnownDelivery, number>
  readonly refused: Map<number, Failure>
}

class JournalWorker {
  readonly #options: WorkerOptions
  readonly #opened: OpenedFile
  readonly #retention: Retention
  readonly #known = new Map<number, KnownDelivery>()
  readonly #waiting: Batch[] = []
  readonly #insertRun: StatementSync
  readonly #insertSource: StatementSync
  readonly #updateSource: StatementSync
  readonly #insertDelivery: StatementSync
  readonly #findDelivery: StatementSync
  readonly #closeDelivery: StatementSync
  #closing: { since: number } | null = null
  #timer: NodeJS.Timeout | null = null
  #spaceAt = Number.NEGATIVE_INFINITY
  #walBytes = 0
  #forgotBelow = 0
  /** Id of the newest run: a delivery that closes now has no later one. */
  #lastRun = 0
  #state: JournalState = { paused: null, freeBytes: 0, commitSeconds: 0, sizeBytes: 0 }

  constructor(options: WorkerOptions) {
    this.#options = options
    this.#opened = openJournalFile(options.directory)
    const { db } = this.#opened
    this.#retention = new Retention(db, options.keepMs, options.keepBytes)
    this.#insertRun = db.prepare(
      'INSERT INTO run (source, first, count, delivery, line, received_at, start, directory, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    )
    this.#insertSource = db.prepare(
      'INSERT INTO source (name, next, settled, newest_at, bytes, crc) VALUES (?, 1, 0, 0, 0, 0) RETURNING id',
    )
    this.#updateSource = db.prepare(
      'UPDATE source SET next = ?, settled = ?, newest_at = ?, bytes = ?, crc = ? WHERE id = ?',
    )
    this.#insertDelivery = db.prepare(
      'INSERT INTO delivery (uid, source, format, how, peer, opened_at, crc) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id',
    )
    this.#findDelivery = db.prepare('SELECT id, source FROM delivery WHERE uid = ?')
    this.#closeDelivery = db.prepare('UPDATE delivery SET closed_at = ?, last_run = ? WHERE id = ?')
    this.#look()
  }

  get opened(): { id: string; given: ReadonlyMap<string, number>; state: JournalState } {
    return { id: this.#opened.id, given: this.#given(), state: this.#state }
  }

  take(message: ToWorker): void {
    if (message.kind === 'close') this.#closing = { since: Date.now() }
    else this.#waiting.push(message)
    this.#schedule(0)
  }

  #given(): ReadonlyMap<string, number> {
    return new Map([...this.#opened.sources.values()].map((it) => [it.name, it.next - 1]))
  }

  /** Works when what came in has been taken: messages of one moment are committed together. */
  #schedule(ms: number): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#work(), ms)
  }

  #work(): void {
    try {
      while (this.#waiting.length > 0) this.#commitNext()
      if (this.#state.paused !== null) this.#tellState({ ...this.#state, paused: null })
      if (this.#closing) return this.#close()
      this.#tidy()
      this.#schedule(idleMs)
    } catch (error) {
      if (!(error instanceof DiskFull)) return this.#fail(error)
      this.#tellState({ ...this.#state, paused: 'disk-full' })
      if (this.#closing && Date.now() - this.#closing.since > this.#options.closeWaitMs) {
        const records = this.#waiting.reduce((sum, it) => sum + it.records, 0)
        return this.#fail(new SmenaError('journal-disk-full', { file: this.#opened.file, records }))
      }
      this.#schedule(pausedMs)
    }
  }

  /** Commits the batches that wait, as many as make a transaction; they leave the queue only when it is on the disk. */
  #commitNext(): void {
    const batches: Batch[] = []
    let records = 0
    for (const batch of this.#waiting) {
      if (batches.length > 0 && records + batch.records > recordsTogether) break
      batches.push(batch)
      records += batch.records
    }
    if (records > 0) this.#needSpace()
    for (const batch of batches)
      for (const [number, delivery] of batch.introduced)
        if (!this.#known.has(number)) this.#known.set(number, { delivery, seed: deliverySeed(delivery), id: null })
    const started = performance.now()
    const change = this.#transaction((into) => {
      let item = 0
      for (const batch of batches) item = this.#write(batch, into, item)
      this.#retention.trim(into.sources.values(), Date.now(), trimRows, trimBytes)
    })
    const commitSeconds = (performance.now() - started) / 1000
    this.#waiting.splice(0, batches.length)
    this.#forget(batches.at(-1)?.forgetBelow ?? 0)
    this.#state = { ...this.#state, commitSeconds }
    this.#look()
    const spent = batches.flatMap((it) => [it.directory.buffer, it.body.buffer])
    const items = batches.reduce((sum, it) => sum + it.itemCount, 0)
    tell({ kind: 'done', items, refused: change.refused, given: this.#given(), state: this.#state, spent }, spent)
    this.#checkpointWhenLarge(batches.reduce((sum, it) => sum + it.bytes, 0))
  }

  #forget(below: number): void {
    if (below <= this.#forgotBelow) return
    this.#forgotBelow = below
    for (const number of this.#known.keys()) if (number < below) this.#known.delete(number)
  }

  #transaction(work: (change: Change) => void): Change {
    const { db, sources } = this.#opened
    const change: Change = { sources: new Map(sources), deliveryIds: new Map(), refused: new Map() }
    try {
      db.exec('BEGIN IMMEDIATE')
      work(change)
      for (const [name, row] of change.sources) {
        if (sources.get(name) === row) continue
        const { id, next, settled, newestAt, bytes } = row
        this.#updateSource.run(next, settled, newestAt, bytes, sourceCheck(row), id)
      }
      db.exec('COMMIT')
    } catch (error) {
      this.#retention.forget()
      const result = sqliteResult(error)
      if (result === null || journalTrouble(result) !== 'disk-full') throw error
      if (db.isTransaction) db.exec('ROLLBACK')
      throw new DiskFull('SQLite found the disk full', { cause: error })
    }
    for (const [name, row] of change.sources) sources.set(name, row)
    for (const [known, id] of change.deliveryIds) known.id = id
    return change
  }

  /** `item`: how many items of this transaction came before the batch. Returns how many there are with it. */
  #write(batch: Batch, change: Change, item: number): number {
    const { items, itemCount, directory, body } = batch
    let entryAt = 0
    let bodyAt = 0
    let index = item
    for (let i = 0; i < itemCount; i++, index++) {
      const base = i * itemLength
      const known = this.#known.get(items[base + itemFields.delivery] as number) as KnownDelivery
      const at = items[base + itemFields.at] as number
      const count = items[base + itemFields.records] as number
      const bytes = items[base + itemFields.bytes] as number
      const id = this.#deliveryId(known, change, index)
      if (id !== null && count === 0) this.#closeDelivery.run(at, this.#lastRun, id)
      else if (id !== null) {
        const entries = directory.subarray(entryAt, entryAt + count * entryBytes)
        this.#writeRun(
          change,
          known,
          id,
          items[base + itemFields.firstLine] as number,
          at,
          count,
          entries,
          body.subarray(bodyAt, bodyAt + bytes),
        )
      }
      entryAt += count * entryBytes
      bodyAt += bytes
    }
    for (const [name, number] of batch.settled) {
      const source = change.sources.get(name)
      if (!source || number <= source.settled) continue
      change.sources.set(name, { ...source, settled: Math.min(number, source.next - 1) })
    }
    return index
  }

  #writeRun(
    change: Change,
    { delivery, seed }: KnownDelivery,
    deliveryId: number,
    line: number,
    at: number,
    count: number,
    entries: Uint8Array,
    body: Uint8Array,
  ): void {
    const source = this.#sourceOf(delivery.source, change)
    const receivedAt = Math.max(at, source.newestAt)
    const view = viewOf(entries)
    let start = 0
    for (let i = 0; i < count; i++) {
      const end = entryEnd(view, i)
      setEntryCheck(
        view,
        i,
        recordCheck(seed, source.next + i, line + i, receivedAt, view, i, body.subarray(start, end)),
      )
      start = end
    }
    this.#lastRun = Number(
      this.#insertRun.run(source.id, source.next, count, deliveryId, line, receivedAt, source.bytes, entries, body)
        .lastInsertRowid,
    )
    this.#retention.appended(source.id)
    const bytes = source.bytes + body.length + entries.length
    change.sources.set(source.name, { ...source, next: source.next + count, newestAt: receivedAt, bytes })
  }

  #sourceOf(name: string, change: Change): SourceRow {
    const known = change.sources.get(name)
    if (known) return known
    const id = Number(this.#insertSource.get(name)?.['id'])
    const source = { id, name, next: 1, settled: 0, newestAt: 0, bytes: 0 }
    change.sources.set(name, source)
    return source
  }

  /** Null when the delivery belongs to another source: its items are refused, the others are not. */
  #deliveryId(known: KnownDelivery, change: Change, item: number): number | null {
    const made = known.id ?? change.deliveryIds.get(known)
    if (made !== undefined && made !== null) return made
    const { uid, source, format, how, peer, openedAt } = known.delivery
    const found = this.#findDelivery.get(uid)
    if (found && found['source'] !== source) {
      const details = { uid, expected: String(found['source']), found: source }
      change.refused.set(item, { code: 'delivery-taken', details, cause: '' })
      return null
    }
    const row = found ?? this.#insertDelivery.get(uid, source, format, how, peer.toWellFormed(), openedAt, known.seed)
    const id = Number(row?.['id'])
    change.deliveryIds.set(known, id)
    return id
  }

  /** Throws DiskFull below the floor. */
  #needSpace(): void {
    if (performance.now() - this.#spaceAt > spaceMs) this.#look()
    if (this.#state.freeBytes < this.#options.freeSpaceFloorBytes) {
      this.#look()
      if (this.#state.freeBytes < this.#options.freeSpaceFloorBytes) throw new DiskFull('below the floor')
    }
  }

  /** Free space and size, looked at no more often than every 250 ms. */
  #look(): void {
    if (performance.now() - this.#spaceAt < spaceMs && this.#state.paused === null) return
    this.#spaceAt = performance.now()
    const { bavail, bsize } = statfsSync(this.#options.directory)
    const { file } = this.#opened
    const sizeBytes = ['', '-wal'].reduce(
      (sum, end) => sum + (statSync(file + end, { throwIfNoEntry: false })?.size ?? 0),
      0,
    )
    this.#state = { ...this.#state, freeBytes: bavail * bsize, sizeBytes }
  }

  #checkpointWhenLarge(bytes: number): void {
    this.#walBytes += bytes
    if (this.#walBytes < checkpointBytes) return
    this.#checkpoint('PASSIVE')
  }

  #checkpoint(how: 'PASSIVE' | 'TRUNCATE'): void {
    this.#walBytes = 0
    try {
      this.#opened.db.exec(`PRAGMA wal_checkpoint(${how})`)
    } catch (error) {
      const result = sqliteResult(error)
      // A full disk does not keep records out of the log; the next checkpoint finds it emptied.
      if (result === null || journalTrouble(result) !== 'disk-full') throw error
    }
  }

  /** What waits for a quiet moment: rows that are due to go, free pages, a log that grew. */
  #tidy(): void {
    const { db, sources } = this.#opened
    const now = Date.now()
    this.#look()
    if (this.#retention.isDue(sources.values(), now)) {
      this.#transaction(({ sources: rows }) => {
        this.#retention.trim(rows.values(), now, trimRows, trimBytes)
        this.#retention.pruneDeliveries(now)
      })
      db.exec('PRAGMA incremental_vacuum(500)')
    }
    if (this.#walBytes > 0) this.#checkpoint('TRUNCATE')
  }

  #tellState(state: JournalState): void {
    const isNews = state.paused !== this.#state.paused
    this.#state = state
    if (isNews) tell({ kind: 'state', state })
  }

  #close(): void {
    if (this.#timer) clearTimeout(this.#timer)
    try {
      this.#opened.db.close()
    } catch (error) {
      return this.#fail(error)
    }
    tell({ kind: 'closed' })
    parentPort?.close()
  }

  #fail(error: unknown): void {
    if (this.#timer) clearTimeout(this.#timer)
    tell({ kind: 'failed', failure: failureOf(error, this.#opened.file) })
    parentPort?.close()
  }
}

function failureOf(error: unknown, file: string): Failure {
  if (error instanceof SmenaError) return { code: error.code, details: error.details, cause: '' }
  const result = sqliteResult(error)
  const code: ErrorCode = result !== null && journalTrouble(result) === 'damaged' ? 'journal-damaged' : 'journal-failed'
  const cause = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { code, details: { file, found: describeSqlite(error) }, cause }
}

function tell(message: FromWorker, transfer: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, [...transfer])
}

if (parentPort) {
  const options = workerData as WorkerOptions
  try {
    const worker = new JournalWorker(options)
    parentPort.on('message', (message: ToWorker) => worker.take(message))
    tell({ kind: 'opened', ...worker.opened })
  } catch (error) {
    tell({ kind: 'failed', failure: failureOf(error, options.directory) })
    parentPort.close()
  }
}
