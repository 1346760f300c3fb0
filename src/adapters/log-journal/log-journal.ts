import { createHash } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { SmenaError } from '../../domain/errors.ts'
import {
  deliverySeed,
  entryBytes,
  foundJournalId,
  foundSource,
  journalError,
  journalFileName,
  requireJournal,
  type SourceRow,
  viewOf,
} from '../../pipeline/journal-entry.ts'
import type { JournalReader, LogBatch, LogRecord } from '../../pipeline/ports.ts'
import { requireSqlite } from '../../pipeline/sqlite-version.ts'
import {
  believable,
  foundClosings,
  type FoundRun,
  foundDelivery,
  foundRun,
  type Statements,
  statementsOf,
} from './journal-rows.ts'
import { isInstant, salvageRun, type StoredDelivery, type StoredRun, wholeRecord } from './stored-run.ts'

export interface JournalLogOptions {
  /** The data directory. The journal in it need not exist yet: until it does there are no sources and `id` is empty. */
  readonly directory: string
  /** Told of every record that fails its check, each time it is read. */
  readonly onDamage?: (damage: { readonly source: string; readonly number: number }) => void
}

/**
 * Opens the journal of a data directory for reading, beside its writer or without one. Rejects with a SmenaError when the file
 * is not ours, newer than this program, or its header is damaged.
 *
 * Reading is synchronous within the call: no statement outlives it, because a reader that stays open keeps the write-ahead
 * log from ever becoming smaller. The check of every record is verified at every reading; a record that fails is given as the
 * fragment `damaged` under the number that its place gives it, and what cannot be found at all shows as a hole.
 */
export async function openJournalLog(options: JournalLogOptions): Promise<JournalReader> {
  requireSqlite()
  const log = new JournalLog(options)
  try {
    await log.sources()
  } catch (error) {
    await log[Symbol.asyncDispose]()
    throw error
  }
  return log
}

const busyMs = 2000
const knownDeliveries = 10_000

interface Limits {
  readonly records: number
  readonly bytes: number
}

class JournalLog implements JournalReader {
  readonly #file: string
  readonly #onDamage: JournalLogOptions['onDamage']
  #db: DatabaseSync | null = null
  #statements: Statements | null = null
  #id = ''
  readonly #deliveries = new Map<number, StoredDelivery>()
  #isClosed = false

  constructor({ directory, onDamage }: JournalLogOptions) {
    this.#file = join(directory, journalFileName)
    this.#onDamage = onDamage
  }

  get id(): string {
    return this.#id
  }

  sources(): Promise<readonly string[]> {
    return this.#attempt((statements) => this.#sources(statements).map(({ name }) => name), [])
  }

  given(): Promise<ReadonlyMap<string, number>> {
    return this.#attempt(
      (statements) => new Map(this.#sources(statements).map(({ name, next }) => [name, next - 1])),
      new Map(),
    )
  }

  settled(): Promise<ReadonlyMap<string, number>> {
    return this.#attempt(
      (statements) => new Map(this.#sources(statements).map(({ name, settled }) => [name, settled])),
      new Map(),
    )
  }

  read(source: string, after: number, limits: Limits): Promise<LogBatch> {
    const nothing = { source, records: [] }
    return this.#attempt((statements) => {
      const row = this.#sources(statements).find(({ name }) => name === source)
      return row ? this.#batch(statements, row, after, limits) : nothing
    }, nothing)
  }

  closings(uids: readonly string[]): Promise<ReadonlyMap<string, number | null>> {
    return this.#attempt(({ closing }) => {
      const closings = new Map<string, number | null>()
      for (const uid of uids) {
        const row = closing.get(uid)
        const closedAt = Number(row?.['closed_at'] ?? -1)
        if (row) closings.set(uid, isInstant(closedAt) ? closedAt : null)
      }
      return closings
    }, new Map())
  }

  newestClosings(atMost: number): Promise<ReadonlyMap<string, number>> {
    return this.#attempt(({ newestClosings }) => foundClosings(newestClosings.all(atMost).toReversed()), new Map())
  }

  closingsInTurn(place: number, atMost: number): ReturnType<JournalReader['closingsInTurn']> {
    return this.#attempt(
      ({ closingsAfter }) => {
        const rows = closingsAfter.all(place, atMost)
        return { closings: foundClosings(rows), place: rows.length < atMost ? 0 : Number(rows.at(-1)?.['id']) }
      },
      { closings: new Map(), place: 0 },
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    this.#statements = null
    this.#db?.close()
    this.#db = null
  }

  /** Works on one state of the file, within this turn of the event loop. */
  async #attempt<T>(work: (statements: Statements) => T, absent: T): Promise<T> {
    if (this.#isClosed) throw new SmenaError('journal-closed', { file: this.#file })
    try {
      const statements = this.#open()
      if (!statements) return absent
      this.#db?.exec('BEGIN')
      try {
        return work(statements)
      } finally {
        if (this.#db?.isTransaction) this.#db.exec('ROLLBACK')
      }
    } catch (error) {
      throw journalError(error, this.#file)
    }
  }

  #open(): Statements | null {
    if (this.#statements || !existsSync(this.#file)) return this.#statements
    if (statSync(this.#file).size === 0) throw this.#damaged('it is empty, and a journal is never made empty')
    const db = new DatabaseSync(this.#file, { readOnly: true, timeout: busyMs, enableForeignKeyConstraints: false })
    try {
      const number = (name: string) => Number(Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0])
      const schema = db.prepare('SELECT sql FROM sqlite_schema').all()
      requireJournal(this.#file, {
        applicationId: number('application_id'),
        version: number('user_version'),
        autoVacuum: number('auto_vacuum'),
        tables: schema.map(({ sql }) => sql),
      })
      const ids = db.prepare('SELECT id, created_at, crc FROM journal', { readBigInts: true })
      this.#id = foundJournalId(this.#file, ids.all())
      this.#statements = statementsOf(db)
      this.#db = db
      return this.#statements
    } catch (error) {
      db.close()
      throw error
    }
  }

  /** Not found by an index: there are few, and each is checked. */
  #sources({ sources }: Statements): SourceRow[] {
    return sources.all().map((row) => foundSource(this.#file, row))
  }

  #batch(statements: Statements, source: SourceRow, after: number, limits: Limits): LogBatch {
    const bodies: Uint8Array[] = []
    const records = this.#records(statements, source, after, limits, bodies)
    return { source: source.name, records, release: () => bodies.forEach(free) }
  }

  #records(
    statements: Statements,
    source: SourceRow,
    after: number,
    limits: Limits,
    bodies: Uint8Array[],
  ): LogRecord[] {
    const taken: LogRecord[] = []
    let bytes = 0
    let reached = after
    const rows = statements.runs.iterate(source.id, after + 1)
    try {
      for (let row = rows.next(), following: typeof row | null = null; !row.done; row = following ?? rows.next()) {
        following = null
        const nextPlace = () => {
          following = rows.next()
          return Math.min(following.done ? source.next : Number(following.value['place']), source.next)
        }
        const found = foundRun(row.value, source.id)
        bodies.push(found.run.body)
        for (const record of this.#recordsOf(statements, source, found, reached, nextPlace)) {
          const isFull = taken.length >= limits.records || bytes + record.bytes.length > limits.bytes
          if (isFull && taken.length > 0) return taken
          if (record.fragment === 'damaged') this.#onDamage?.({ source: source.name, number: record.number })
          taken.push(record)
          bytes += record.bytes.length
          reached = record.number
        }
      }
      return taken
    } finally {
      rows.return?.()
    }
  }

  /** Its records after `reached`, in ascending order. */
  #recordsOf(
    statements: Statements,
    source: SourceRow,
    found: FoundRun,
    reached: number,
    nextPlace: () => number,
  ): LogRecord[] {
    const stored = this.#delivery(statements, found.delivery)
    // The index and the row say the same, and each record is proved by its own check.
    const records = stored && found.run.first === found.place ? wholeRun(found.run, stored, reached) : null
    return records ?? this.#oddRecordsOf(statements, source, found, nextPlace()).filter((it) => it.number > reached)
  }

  /**
   * Of a row in which something is wrong. Its first number stands in the index and in the row; the one under which records
   * pass their check is right, else that of the index is believed. Its numbers end where the next row's begin, so that
   * nothing here takes the number of a record that is whole there, or leads past it. A row of another source, to which the
   * index leads by mistake, has nothing for us.
   */
  #oddRecordsOf(statements: Statements, source: SourceRow, found: FoundRun, next: number): LogRecord[] {
    const { run, place } = found
    // What is remembered of the delivery may be of a row that was there before.
    this.#deliveries.delete(found.delivery)
    const stored = this.#delivery(statements, found.delivery)
    const unknown = this.#unknownDelivery(statements, source, found)
    const byRow = salvageRun(run, stored ?? unknown, next - run.first)
    const records = byRow.some(isWhole) ? byRow : salvageRun({ ...run, first: place }, stored ?? unknown, next - place)
    const isProved = records.some(isWhole)
    if (!isProved && found.source !== source.id) return []
    const isOurs = stored !== null && (stored.isSound || isProved)
    const given = isOurs ? records : records.map((record) => ({ ...record, delivery: unknown.delivery }))
    return given.filter(({ number }) => number < next)
  }

  /** Null when there is no such row. */
  #delivery(statements: Statements, id: number): StoredDelivery | null {
    const known = this.#deliveries.get(id)
    if (known) return known
    const row = statements.delivery.get(id)
    if (!row) return null
    const delivery = foundDelivery(row)
    const seed = deliverySeed(delivery)
    const stored = { delivery, seed, isSound: seed === Number(row['crc']) }
    if (this.#deliveries.size >= knownDeliveries) this.#deliveries.clear()
    this.#deliveries.set(id, stored)
    return stored
  }

  /** Its uid is the same at every reading, because a fragment is known by its delivery and line. */
  #unknownDelivery(statements: Statements, source: SourceRow, { delivery: id }: FoundRun): StoredDelivery {
    const row = statements.delivery.get(id)
    const uid = createHash('sha256').update(`${this.#id} ${id}`).digest('hex').slice(0, 32)
    const delivery = believable(row ? foundDelivery(row) : null, source.name, uid)
    return { delivery, seed: deliverySeed(delivery), isSound: false }
  }

  #damaged(found: string): SmenaError {
    return new SmenaError('journal-damaged', { file: this.#file, found })
  }
}

/** Now, and not when garbage is collected: a flood of large records would be a hundred megabytes by then. */
function free({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength >= 16_384) buffer.transfer(0)
}

const isWhole = ({ fragment }: LogRecord): boolean => fragment !== 'damaged'

/** All records after `reached` when every one of the row passes its check, else null. */
function wholeRun(run: StoredRun, stored: StoredDelivery, reached: number): LogRecord[] | null {
  const { directory, count } = run
  if (directory.length !== count * entryBytes) return null
  const view = viewOf(directory)
  const records: LogRecord[] = []
  let end = 0
  for (let index = Math.max(reached + 1 - run.first, 0); index < count; index++) {
    const record = wholeRecord(run, view, index, stored)
    if (!record) return null
    records.push(record)
    end = record.bytes.byteOffset + record.bytes.length
  }
  return records.length === 0 || end === run.body.byteOffset + run.body.length ? records : null
}
