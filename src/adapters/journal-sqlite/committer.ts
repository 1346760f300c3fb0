import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Delivery, DeliveryHow } from '../../domain/record.ts'
import { SmenaError } from '../../domain/errors.ts'
import {
  deliverySeed,
  entryBytes,
  entryEnd,
  feedCheck,
  recordCheck,
  type SourceRow,
  setEntryCheck,
  sourceCheck,
  viewOf,
} from '../../pipeline/journal-entry.ts'
import type { KeptFeed } from '../../pipeline/ports.ts'
import { bringUp, type OpenedFile } from './journal-file.ts'
import { type Batch, itemFields, itemLength } from './messages.ts'
import type { Retention } from './retention.ts'

/** Settled rows that go with a commit: at most this many, and not many more bytes than came. */
const trimRows = 1000
const trimBytes = 262_144

interface KnownDelivery {
  readonly delivery: Delivery
  /** 0: its row was not looked up or made yet. */
  rowId: number
  seed: number
  /** Id of its newest run that was written by this process; 0: none. */
  lastRun: number
  refusal: SmenaError | null
}

export interface Committed {
  readonly items: number
  /** Items that were not taken, by their place in the group. */
  readonly refused: ReadonlyMap<number, SmenaError>
  /** Sources whose numbers went on, and how far. */
  readonly given: ReadonlyMap<string, number>
}

/**
 * Writes groups of batches, each as one transaction with a real fsync. Numbers, times and deliveries that a transaction gave
 * become known to the process when it has been committed; a group whose transaction was rolled back can be written again.
 */
export class Committer {
  readonly #file: string
  readonly #db: DatabaseSync
  readonly #retention: Retention
  readonly #sources: Map<string, SourceRow>
  #newestAt: number
  #nextSourceId: number
  #nextRunId: number
  readonly #known = new Map<number, KnownDelivery>()
  /** Sources as the running transaction leaves them, and the deliveries whose row it looked up or made. */
  #changed = new Map<string, SourceRow>()
  #looked: KnownDelivery[] = []
  /** Sources whose row does not say yet how far they are settled. */
  readonly #unsaved = new Set<string>()
  #forgottenBelow = 0
  readonly #begin: StatementSync
  readonly #commit: StatementSync
  readonly #insertRun: StatementSync
  readonly #insertSource: StatementSync
  readonly #updateSource: StatementSync
  readonly #findDelivery: StatementSync
  readonly #insertDelivery: StatementSync
  readonly #reopenDelivery: StatementSync
  readonly #closeDelivery: StatementSync

  constructor({ file, db, sources }: OpenedFile, retention: Retention) {
    this.#file = file
    this.#db = db
    this.#retention = retention
    this.#sources = sources
    const rows = [...sources.values()]
    this.#newestAt = Math.max(0, ...rows.map(({ newestAt }) => newestAt))
    this.#nextSourceId = Math.max(0, ...rows.map(({ id }) => id)) + 1
    this.#nextRunId = nextRunIdOf(db)
    this.#begin = db.prepare('BEGIN IMMEDIATE')
    this.#commit = db.prepare('COMMIT')
    this.#insertRun = db.prepare(
      `INSERT INTO run (id, source, first, count, delivery, line, received_at, start, directory, body)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#insertSource = db.prepare(
      'INSERT INTO source (id, name, next, settled, newest_at, bytes, crc) VALUES (?, ?, ?, ?, ?, ?, ?)',
    )
    this.#updateSource = db.prepare(
      'UPDATE source SET next = ?, settled = ?, newest_at = ?, bytes = ?, crc = ? WHERE id = ?',
    )
    this.#findDelivery = db.prepare('SELECT * FROM delivery WHERE uid = ?', { readBigInts: true })
    this.#insertDelivery = db.prepare(
      'INSERT INTO delivery (uid, source, format, how, peer, opened_at, crc) VALUES (?, ?, ?, ?, ?, ?, ?)',
    )
    this.#reopenDelivery = db.prepare('UPDATE delivery SET closed_at = NULL, last_run = NULL WHERE id = ?')
    this.#closeDelivery = db.prepare(
      `UPDATE delivery SET closed_at = ?2, last_run = coalesce(nullif(?3, 0), (SELECT max(id) FROM run), 0)
       WHERE uid = ?1 AND source = ?4 AND closed_at IS NULL`,
    )
  }

  get given(): ReadonlyMap<string, number> {
    return givenOf(this.#sources.values())
  }

  /** Makes deliveries known that a later group names by number. */
  introduce(deliveries: Batch['introduced']): void {
    for (const [number, delivery] of deliveries) {
      this.#known.set(number, { delivery, rowId: 0, seed: 0, lastRun: 0, refusal: null })
    }
  }

  /** Kept in memory until the source's row is written for another reason or `saveSettled` is called. */
  settle(settled: ReadonlyMap<string, number>): void {
    for (const [name, number] of settled) {
      const source = this.#sources.get(name)
      const reached = Math.min(number, (source?.next ?? 1) - 1)
      if (!source || reached <= source.settled) continue
      this.#sources.set(name, { ...source, settled: reached })
      this.#unsaved.add(name)
    }
  }

  /**
   * `trim`: settled rows may go in the same transaction; `isShort`: those too that there was room for. Throws what SQLite
   * throws; then nothing of the group is written.
   */
  commit(group: readonly Batch[], { trim, isShort }: { readonly trim: boolean; readonly isShort: boolean }): Committed {
    const refused = new Map<number, SmenaError>()
    let items = 0
    let bytes = 0
    this.#transact(() => {
      for (const batch of group) {
        this.#write(batch, items, refused)
        items += batch.itemCount
        bytes += batch.bytes
      }
      const now = Date.now()
      if (trim && this.#retention.isDue(this.#current(), now, isShort)) {
        this.#retention.trim(this.#current(), now, trimRows, 2 * bytes + trimBytes, isShort)
        // What lets rows go is kept with their going.
        for (const source of this.#unsavedSources())
          if (!this.#changed.has(source.name)) this.#changed.set(source.name, source)
      }
      this.#saveSources(this.#changed.values())
    })
    const given = givenOf(this.#changed.values())
    this.#acceptChanged()
    for (const batch of group) this.#forgetDeliveries(batch)
    return { items, refused, given }
  }

  /** Keeps feeds of which none is kept yet. Throws what SQLite throws; then none of them is. */
  keepFeeds(feeds: readonly KeptFeed[]): void {
    // The disk may have been full when the file was opened.
    bringUp(this.#db)
    const insert = this.#db.prepare('INSERT INTO feed (source, topic, partition, crc) VALUES (?, ?, ?, ?)')
    this.#transact(() => {
      for (const { source: name, topicId, partition } of feeds) {
        const source = this.#sourceNamed(name)
        this.#changed.set(name, source)
        insert.run(source.id, topicId, partition, feedCheck(source.id, topicId, partition))
      }
      this.#saveSources(this.#changed.values())
    })
    this.#acceptChanged()
  }

  /** Lets settled rows go although nothing came; true when more are due. */
  trim(now: number, bytes: number, isShort: boolean): boolean {
    if (!this.#retention.isDue(this.#sources.values(), now, isShort)) return false
    this.#transact(() => {
      this.#retention.trim(this.#sources.values(), now, trimRows, bytes, isShort)
      this.#saveSources(this.#unsavedSources())
    })
    this.#unsaved.clear()
    return this.#retention.isDue(this.#sources.values(), now, isShort)
  }

  /** Lets the rows of deliveries go that are over and have no record here any more. */
  pruneDeliveries(now: number): void {
    this.#transact(() => this.#retention.pruneDeliveries(now))
  }

  /** Keeps what is settled, for the next process. */
  saveSettled(): void {
    if (this.#unsaved.size === 0) return
    this.#transact(() => this.#saveSources(this.#unsavedSources()))
    this.#unsaved.clear()
  }

  #unsavedSources(): SourceRow[] {
    return [...this.#unsaved].flatMap((name) => this.#sources.get(name) ?? [])
  }

  #transact(write: () => void): void {
    const newestAt = this.#newestAt
    this.#begin.run()
    try {
      write()
      this.#commit.run()
    } catch (error) {
      // SQLite has rolled back by itself after the graver errors.
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      this.#newestAt = newestAt
      this.#changed.clear()
      for (const known of this.#looked) Object.assign(known, { rowId: 0, lastRun: 0, refusal: null })
      this.#looked = []
      this.#retention.forget()
      throw error
    }
    this.#looked = []
  }

  #write(batch: Batch, place: number, refused: Map<number, SmenaError>): void {
    const { items } = batch
    let directoryAt = 0
    let bodyAt = 0
    for (let i = 0; i < batch.itemCount; i++) {
      const base = i * itemLength
      const known = this.#known.get(items[base + itemFields.delivery]!)!
      const at = items[base + itemFields.at]!
      const count = items[base + itemFields.records]!
      if (count === 0) {
        this.#closeDelivery.run(known.delivery.uid, at, known.lastRun, known.delivery.source)
        continue
      }
      const directory = batch.directory.subarray(directoryAt, directoryAt + count * entryBytes)
      const length = items[base + itemFields.bytes]!
      const body = batch.body.subarray(bodyAt, bodyAt + length)
      directoryAt += directory.length
      bodyAt += length
      if (known.rowId === 0) this.#lookUp(known)
      if (known.refusal) refused.set(place + i, known.refusal)
      else this.#writeRun(known, items[base + itemFields.firstLine]!, at, count, directory, body)
    }
  }

  #writeRun(
    known: KnownDelivery,
    line: number,
    at: number,
    count: number,
    directory: Uint8Array,
    body: Uint8Array,
  ): void {
    const source = this.#sourceNamed(known.delivery.source)
    const receivedAt = Math.max(at, this.#newestAt)
    this.#newestAt = receivedAt
    const view = viewOf(directory)
    let start = 0
    for (let i = 0; i < count; i++) {
      const end = entryEnd(view, i)
      const bytes = body.subarray(start, end)
      setEntryCheck(view, i, recordCheck(known.seed, source.id, source.next + i, line + i, receivedAt, view, i, bytes))
      start = end
    }
    const id = this.#nextRunId++
    const { next, bytes } = source
    this.#insertRun.run(id, source.id, next, count, known.rowId, line, receivedAt, bytes, directory, body)
    known.lastRun = id
    this.#retention.appended(source.id)
    this.#changed.set(source.name, {
      ...source,
      next: next + count,
      newestAt: receivedAt,
      bytes: bytes + body.length + directory.length,
    })
  }

  #sourceNamed(name: string): SourceRow {
    const source = this.#changed.get(name) ?? this.#sources.get(name)
    if (source) return source
    const made: SourceRow = { id: this.#nextSourceId++, name, next: 1, settled: 0, newestAt: 0, bytes: 0 }
    this.#insertSource.run(made.id, name, 1, 0, 0, 0, sourceCheck(made))
    return made
  }

  /** Finds the delivery's row or makes it; a delivery that goes on after it was closed is open again. */
  #lookUp(known: KnownDelivery): void {
    const { uid, source, format, how, peer, openedAt } = known.delivery
    const row = this.#findDelivery.get(uid)
    this.#looked.push(known)
    if (!row) {
      known.seed = deliverySeed(known.delivery)
      known.rowId = Number(
        this.#insertDelivery.run(uid, source, format, how, peer, openedAt, known.seed).lastInsertRowid,
      )
      return
    }
    const kept: Delivery = {
      uid: String(row['uid']),
      source: String(row['source']),
      format: String(row['format']),
      how: String(row['how']) as DeliveryHow,
      peer: String(row['peer']),
      openedAt: Number(row['opened_at']),
    }
    known.seed = deliverySeed(kept)
    if (known.seed !== Number(row['crc'])) {
      throw new SmenaError('journal-damaged', { file: this.#file, found: `delivery ${uid} fails its check` })
    }
    known.rowId = Number(row['id'])
    if (kept.source !== source) {
      known.refusal = new SmenaError('delivery-taken', { uid, expected: kept.source, found: source })
    } else if (row['closed_at'] !== null) this.#reopenDelivery.run(known.rowId)
  }

  #forgetDeliveries(batch: Batch): void {
    for (let i = 0; i < batch.itemCount; i++) {
      const base = i * itemLength
      if (batch.items[base + itemFields.records] === 0) this.#known.delete(batch.items[base + itemFields.delivery]!)
    }
    if (batch.forgetBelow <= this.#forgottenBelow) return
    this.#forgottenBelow = batch.forgetBelow
    for (const number of this.#known.keys()) if (number < batch.forgetBelow) this.#known.delete(number)
  }

  /** The transaction is committed: its sources are what the next one goes on from. */
  #acceptChanged(): void {
    for (const [name, source] of this.#changed) {
      this.#sources.set(name, source)
      this.#unsaved.delete(name)
    }
    this.#changed.clear()
  }

  *#current(): Iterable<SourceRow> {
    for (const [name, source] of this.#sources) yield this.#changed.get(name) ?? source
    for (const [name, source] of this.#changed) if (!this.#sources.has(name)) yield source
  }

  #saveSources(sources: Iterable<SourceRow>): void {
    for (const source of sources) {
      const { id, next, settled, newestAt, bytes } = source
      this.#updateSource.run(next, settled, newestAt, bytes, sourceCheck(source), id)
    }
  }
}

/** Past every id that a run has or that a delivery remembers, so that ids ascend although retention may empty the table. */
function nextRunIdOf(db: DatabaseSync): number {
  const newest = db.prepare('SELECT (SELECT max(id) FROM run) AS run, (SELECT max(last_run) FROM delivery) AS last', {
    readBigInts: true,
  })
  // What no id can be is damage, and no reason to count on from there.
  const ids = Object.values(newest.get() ?? {}).map((id) => Number(id ?? 0))
  return Math.max(0, ...ids.filter(Number.isSafeInteger)) + 1
}

const givenOf = (sources: Iterable<SourceRow>): Map<string, number> =>
  new Map([...sources].map(({ name, next }) => [name, next - 1]))
