import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { SmenaError } from '../../domain/errors.ts'
import type { Delivery, DeliveryHow } from '../../domain/record.ts'
import {
  deliverySeed,
  describeSqlite,
  entryBytes,
  entryCheck,
  entryEnd,
  entryFragment,
  entryOccurrence,
  journalFileName,
  journalTrouble,
  recordCheck,
  requireJournal,
  sqliteResult,
  viewOf,
} from '../../pipeline/journal-entry.ts'
import { requireSqlite } from '../../pipeline/sqlite-version.ts'
import { fragmentCodes, type LogBatch, type LogReader, type LogRecord } from '../../pipeline/ports.ts'

export interface JournalLogOptions {
  readonly directory: string
  /** Told of every record whose check is wrong, once each time it is read. */
  readonly onDamage?: (damage: { readonly source: string; readonly number: number }) => void
}

/**
 * Reads the journal of a data directory as a log, over a read-only connection of its own. Every record is checked each time it
 * is read; one that fails is given as the fragment `damaged` with its bytes as found and the number that its place gives it.
 * There may be no journal yet: then there is nothing in the log, and its id is empty.
 */
export async function openJournalLog(options: JournalLogOptions): Promise<LogReader> {
  return new JournalLog(options)
}

interface Statements {
  readonly db: DatabaseSync
  readonly source: StatementSync
  readonly sources: StatementSync
  readonly runs: StatementSync
  readonly delivery: StatementSync
}

interface RunRow {
  readonly first: number
  readonly count: number
  readonly delivery: number
  readonly line: number
  readonly receivedAt: number
  readonly directory: Uint8Array
  readonly body: Uint8Array
}

/** What stands for a delivery whose row is gone or fails its check; records under it fail theirs. */
const unknownDelivery: Delivery = { uid: '', source: '', format: '', how: 'tcp', peer: '', openedAt: 0 }
const runsAtOnce = 64
const busyMs = 2000

class JournalLog implements LogReader {
  readonly #options: JournalLogOptions
  readonly #file: string
  #id = ''
  #statements: Statements | null = null
  readonly #deliveries = new Map<number, { delivery: Delivery; seed: number }>()

  constructor(options: JournalLogOptions) {
    this.#options = options
    this.#file = join(options.directory, journalFileName)
    this.#guarded(() => this.#open())
  }

  get id(): string {
    return this.#id
  }

  #open(): Statements | null {
    if (this.#statements) return this.#statements
    if (!existsSync(this.#file)) return null
    requireSqlite()
    const db = new DatabaseSync(this.#file, { readOnly: true, timeout: busyMs, enableForeignKeyConstraints: false })
    const pragma = (name: string) => Number(Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0])
    try {
      requireJournal(this.#file, {
        applicationId: pragma('application_id'),
        version: pragma('user_version'),
        autoVacuum: pragma('auto_vacuum'),
        tables: db
          .prepare('SELECT sql FROM sqlite_schema')
          .all()
          .map(({ sql }) => sql),
      })
      this.#id = String(db.prepare('SELECT id FROM journal').get()?.['id'] ?? '')
      // A bit flip can make any integer too large for a number: it must fail a check, not a statement.
      const prepare = (sql: string) => db.prepare(sql, { readBigInts: true })
      this.#statements = {
        db,
        source: prepare('SELECT id FROM source WHERE name = ?'),
        sources: prepare('SELECT name, next FROM source ORDER BY id'),
        runs: prepare(
          `SELECT first, count, delivery, line, received_at, directory, body FROM run
           WHERE source = ? AND first >= coalesce((SELECT max(first) FROM run WHERE source = ? AND first <= ?), 0)
           ORDER BY first LIMIT ?`,
        ),
        delivery: prepare('SELECT uid, source, format, how, peer, opened_at FROM delivery WHERE id = ?'),
      }
      return this.#statements
    } catch (error) {
      db.close()
      throw error
    }
  }

  #guarded<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      const result = sqliteResult(error)
      if (error instanceof SmenaError || result === null) throw error
      const code = journalTrouble(result) === 'damaged' ? 'journal-damaged' : 'journal-failed'
      throw new SmenaError(code, { file: this.#file, found: describeSqlite(error) }, { cause: error })
    }
  }

  async sources(): Promise<readonly string[]> {
    return this.#guarded(() => (this.#open()?.sources.all() ?? []).map((row) => String(row['name'])))
  }

  async given(): Promise<ReadonlyMap<string, number>> {
    return this.#guarded(
      () => new Map((this.#open()?.sources.all() ?? []).map((row) => [String(row['name']), Number(row['next']) - 1])),
    )
  }

  async read(source: string, after: number, limits: { records: number; bytes: number }): Promise<LogBatch> {
    const records = this.#guarded(() => this.#records(source, after, limits))
    return { source, records }
  }

  #records(source: string, after: number, limits: { records: number; bytes: number }): LogRecord[] {
    const statements = this.#open()
    const id = statements?.source.get(source)?.['id']
    if (!statements || id === undefined || id === null) return []
    const sourceId = Number(id)
    const records: LogRecord[] = []
    let bytes = 0
    const rows = statements.runs.all(sourceId, sourceId, after + 1, Math.min(runsAtOnce, limits.records + 1))
    for (const row of rows) {
      const run = runOf(row)
      for (const record of this.#recordsOf(statements, source, run)) {
        if (record.number <= after) continue
        // Two rows that claim the same numbers: the later one is out of its place, and each number is given once.
        const last = records.at(-1)
        if (last && record.number <= last.number) continue
        if (records.length >= limits.records || (records.length > 0 && bytes + record.bytes.length > limits.bytes))
          return records
        bytes += record.bytes.length
        records.push(record)
      }
    }
    return records
  }

  *#recordsOf(statements: Statements, source: string, run: RunRow): Generator<LogRecord> {
    const { delivery, seed } = this.#delivery(statements, run.delivery)
    const { directory, body } = run
    const view = viewOf(directory)
    const entries = Math.floor(directory.length / entryBytes)
    const isWhole = entries === run.count && directory.length === run.count * entryBytes
    // How many records there are is told by the row and by the directory: when they differ the larger hides nothing.
    const count = Math.min(isWhole ? run.count : Math.max(entries, 1), maxRecordsOfRow)
    let start = 0
    for (let i = 0; i < count; i++) {
      const inDirectory = i < entries
      const end = inDirectory ? Math.min(Math.max(entryEnd(view, i), start), body.length) : body.length
      const bytes = body.subarray(start, end)
      const [number, line] = [run.first + i, run.line + i]
      const isGood =
        isWhole &&
        entryEnd(view, i) === end &&
        (i < count - 1 || end === body.length) &&
        recordCheck(seed, number, line, run.receivedAt, view, i, bytes) === entryCheck(view, i)
      if (!isGood) this.#options.onDamage?.({ source, number })
      start = end
      yield {
        number,
        delivery,
        line,
        occurrence: isGood ? entryOccurrence(view, i) : 0,
        receivedAt: run.receivedAt,
        fragment: isGood ? (fragmentCodes[entryFragment(view, i)] ?? null) : 'damaged',
        bytes,
      }
    }
  }

  #delivery(statements: Statements, id: number): { delivery: Delivery; seed: number } {
    const known = this.#deliveries.get(id)
    if (known) return known
    const row = statements.delivery.get(id)
    if (!row) return { delivery: { ...unknownDelivery, uid: `unknown-${id}` }, seed: 0 }
    const delivery: Delivery = {
      uid: String(row['uid']),
      source: String(row['source']),
      format: String(row['format']),
      how: String(row['how']) as DeliveryHow,
      peer: String(row['peer']),
      openedAt: Number(row['opened_at']),
    }
    const found = { delivery, seed: deliverySeed(delivery) }
    if (this.#deliveries.size > 10_000) this.#deliveries.clear()
    this.#deliveries.set(id, found)
    return found
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#statements?.db.close()
    this.#statements = null
  }
}

const maxRecordsOfRow = 1_000_000

function runOf(row: Record<string, unknown>): RunRow {
  return {
    first: Number(row['first']),
    count: Number(row['count']),
    delivery: Number(row['delivery']),
    line: Number(row['line']),
    receivedAt: Number(row['received_at']),
    directory: row['directory'] instanceof Uint8Array ? row['directory'] : new Uint8Array(),
    body: row['body'] instanceof Uint8Array ? row['body'] : new Uint8Array(),
  }
}
