import { crc32 } from 'node:zlib'
import type { Delivery } from '../domain/record.ts'
import { SmenaError } from '../domain/errors.ts'

/**
 * What the journal's writer and its reader agree on: the file, its tables, and the bytes and checks of an entry.
 *
 * One row of `run` holds consecutive records of one delivery. Its `body` is the records' bytes one after the other; its
 * `directory` has 13 bytes for each record, little-endian:
 *
 *     u32 end in the body · u32 occurrence · u8 fragment code · u32 CRC-32
 *
 * The CRC-32 covers everything that the log says about a record: the delivery (the source's name when it came, uid, format,
 * how, peer, opened), the source's id, the number, line, time of receipt, occurrence and fragment, and the bytes. SQLite has
 * no checksums of its own, so whatever part of the file a bit flips in, the record either reads as it was written or fails
 * its check. The source's id and not its present name: a source that is renamed keeps its records and their checks.
 */

export const journalFileName = 'journal.db'

/** "SmJo": marks the file as ours. */
export const journalApplicationId = 0x53_6d_4a_6f
export const journalVersion = 2

/**
 * `journal`: one row, the id under which consumers keep their positions.
 * `source`: `next` is the number that the next record gets, a row and never max() + 1, so that a journal which retention has
 * emptied goes on counting; `settled`: all up to it have been passed by their consumer; `newest_at`: newest time of receipt
 * given; `bytes`: bytes ever taken, so that the size of a range of rows is the difference of two `start`.
 * `delivery`: ids are never used twice, because readers remember deliveries by id. `closed_at` and `last_run`, the newest run
 * that can be its own, are set when it closes; when its process died before that, by the next one that opens the journal.
 * `feed`, since version 2: in which partition of a topic, by Kafka's id of it, the records of a source stand; never changed.
 * `run`: ids ascend in the order of receipt; (`source`, `first`) finds a number.
 */
const firstTables: readonly string[] = [
  'CREATE TABLE journal (id TEXT NOT NULL, created_at INTEGER NOT NULL, crc INTEGER NOT NULL) STRICT',
  'CREATE TABLE source (id INTEGER PRIMARY KEY, name TEXT NOT NULL, next INTEGER NOT NULL, settled INTEGER NOT NULL, newest_at INTEGER NOT NULL, bytes INTEGER NOT NULL, crc INTEGER NOT NULL) STRICT',
  'CREATE TABLE delivery (id INTEGER PRIMARY KEY AUTOINCREMENT, uid TEXT NOT NULL UNIQUE, source TEXT NOT NULL, format TEXT NOT NULL, how TEXT NOT NULL, peer TEXT NOT NULL, opened_at INTEGER NOT NULL, closed_at INTEGER, last_run INTEGER, crc INTEGER NOT NULL) STRICT',
  'CREATE TABLE run (id INTEGER PRIMARY KEY, source INTEGER NOT NULL, first INTEGER NOT NULL, count INTEGER NOT NULL, delivery INTEGER NOT NULL, line INTEGER NOT NULL, received_at INTEGER NOT NULL, start INTEGER NOT NULL, directory BLOB NOT NULL, body BLOB NOT NULL) STRICT',
  'CREATE UNIQUE INDEX run_place ON run (source, first)',
  'CREATE INDEX delivery_closed ON delivery (closed_at) WHERE closed_at IS NOT NULL',
]
const feedTable =
  'CREATE TABLE feed (source INTEGER NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL, crc INTEGER NOT NULL, PRIMARY KEY (source, topic)) STRICT'

export const journalTables: readonly string[] = [...firstTables, feedTable]

/** Statements that make a version the next one. */
export const journalSteps: ReadonlyMap<number, readonly string[]> = new Map([[1, [feedTable]]])

/** A run that is longer is kept as several rows, so that a reader of its last record need not read all of it. */
export const rowLimits = { records: 4096, bytes: 1_048_576 } as const

export const entryBytes = 13

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

export function writeEntry(
  directory: DataView,
  index: number,
  end: number,
  occurrence: number,
  fragmentCode: number,
): void {
  const at = index * entryBytes
  directory.setUint32(at, end, true)
  directory.setUint32(at + 4, occurrence, true)
  directory.setUint8(at + 8, fragmentCode)
}

export const entryEnd = (directory: DataView, index: number): number => directory.getUint32(index * entryBytes, true)
export const entryOccurrence = (directory: DataView, index: number): number =>
  directory.getUint32(index * entryBytes + 4, true)
export const entryFragment = (directory: DataView, index: number): number => directory.getUint8(index * entryBytes + 8)
export const entryCheck = (directory: DataView, index: number): number =>
  directory.getUint32(index * entryBytes + 9, true)
export const setEntryCheck = (directory: DataView, index: number, check: number): void =>
  directory.setUint32(index * entryBytes + 9, check, true)

/** What the checks of all records of a delivery begin with, and the check of the delivery's own row. */
export function deliverySeed(delivery: Delivery): number {
  const { source, uid, format, how, peer, openedAt } = delivery
  // A file name may hold half a surrogate pair, which SQLite gives back as U+FFFD.
  return crc32(JSON.stringify([source, uid, format, how, peer.toWellFormed(), openedAt]))
}

const headerBytes = 33
const header = new Uint8Array(headerBytes)
const headerView = viewOf(header)

/** The check of record `index` of a run: its occurrence and fragment are read from the directory. */
export function recordCheck(
  seed: number,
  sourceId: number,
  number: number,
  line: number,
  receivedAt: number,
  directory: DataView,
  index: number,
  bytes: Uint8Array,
): number {
  headerView.setFloat64(0, number, true)
  headerView.setFloat64(8, line, true)
  headerView.setFloat64(16, receivedAt, true)
  headerView.setUint32(24, entryOccurrence(directory, index), true)
  headerView.setUint8(28, entryFragment(directory, index))
  headerView.setUint32(29, sourceId, true)
  return crc32(bytes, crc32(header, seed))
}

export interface SourceRow {
  readonly id: number
  readonly name: string
  readonly next: number
  readonly settled: number
  readonly newestAt: number
  readonly bytes: number
}

/** A wrong number here would give numbers twice or skip them, so the row has a check of its own. */
export const sourceCheck = ({ id, name, next, settled, newestAt, bytes }: SourceRow): number =>
  crc32(JSON.stringify([id, name, next, settled, newestAt, bytes]))

export const feedCheck = (sourceId: number, topicId: string, partition: number): number =>
  crc32(JSON.stringify(['feed', sourceId, topicId, partition]))

export const journalCheck = (id: string, createdAt: number): number => crc32(JSON.stringify([id, createdAt]))

/** What a result of SQLite means for the journal; by number (sqlite.org/rescode.html), never by its text. */
type JournalTrouble = 'disk-full' | 'damaged' | 'failed'

const primary = { error: 1, corrupt: 11, full: 13, tooBig: 18, constraint: 19, mismatch: 20, notADatabase: 26 } as const

function journalTrouble(errcode: number): JournalTrouble {
  switch (errcode & 0xff) {
    case primary.full:
      return 'disk-full'
    // Our statements are right for our tables: SQL that no longer fits them, or a number that is there already, says that
    // the file changed under us.
    case primary.error:
    case primary.corrupt:
    case primary.tooBig:
    case primary.constraint:
    case primary.mismatch:
    case primary.notADatabase:
      return 'damaged'
    default:
      return 'failed'
  }
}

/** The numeric result of an error that SQLite raised; null for any other error. */
export function sqliteResult(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error)) return null
  return typeof error.errcode === 'number' ? error.errcode : null
}

export const isDiskFull = (error: unknown): boolean => {
  const result = sqliteResult(error)
  return result !== null && journalTrouble(result) === 'disk-full'
}

/** An error of SQLite or of the file system as an error of the journal; any other is a mistake in the program. */
export function journalError(error: unknown, file: string): unknown {
  if (error instanceof SmenaError || !(error instanceof Error)) return error
  const result = sqliteResult(error)
  if (result === null && !('syscall' in error)) return error
  const code = result !== null && journalTrouble(result) === 'damaged' ? 'journal-damaged' : 'journal-failed'
  // The number leads to the cause (sqlite.org/rescode.html), the text is for the reader.
  const found = result === null ? error.message : `${error.message} (SQLite result ${result})`
  return new SmenaError(code, { file, found }, { cause: error })
}

/** A row as SQLite gives it, integers as bigint: a bit flip may have put any value, of any type, in any column. */
type FoundRow = Readonly<Record<string, unknown>>

/** The journal's id. Throws when it fails its check. */
export function foundJournalId(file: string, rows: readonly FoundRow[]): string {
  const [row, more] = rows
  const id = String(row?.['id'])
  if (row && !more && Number(row['crc']) === journalCheck(id, Number(row['created_at']))) return id
  throw new SmenaError('journal-damaged', { file, found: 'its id fails its check' })
}

/** A row of `source`. Throws when it fails its check. */
export function foundSource(file: string, row: FoundRow): SourceRow {
  const source: SourceRow = {
    id: Number(row['id']),
    name: String(row['name']),
    next: Number(row['next']),
    settled: Number(row['settled']),
    newestAt: Number(row['newest_at']),
    bytes: Number(row['bytes']),
  }
  if (Number(row['crc']) === sourceCheck(source)) return source
  throw new SmenaError('journal-damaged', { file, found: `the numbers of source ${source.name} fail their check` })
}

/** A row of `feed`. Throws when it fails its check: in another partition the records of a source would lose their order. */
export function foundFeed(file: string, row: FoundRow): { sourceId: number; topicId: string; partition: number } {
  const [sourceId, topicId, partition] = [Number(row['source']), String(row['topic']), Number(row['partition'])]
  if (Number(row['crc']) === feedCheck(sourceId, topicId, partition)) return { sourceId, topicId, partition }
  throw new SmenaError('journal-damaged', { file, found: `the partition of topic ${topicId} fails its check` })
}

/** The header and tables of an opened file, as read from it. */
export interface FoundFile {
  readonly applicationId: number
  readonly version: number
  readonly autoVacuum: number
  readonly tables: readonly unknown[]
}

/** Throws when the file is not a journal that this program may touch. An older version is brought up by whoever writes it. */
export function requireJournal(file: string, found: FoundFile): void {
  if (found.applicationId !== journalApplicationId) {
    const hex = (id: number) => `0x${(id >>> 0).toString(16)}`
    throw new SmenaError('journal-foreign', {
      file,
      found: hex(found.applicationId),
      expected: hex(journalApplicationId),
    })
  }
  if (found.version > journalVersion) {
    throw new SmenaError('journal-newer', { file, found: found.version, expected: journalVersion })
  }
  const tables = new Set(found.tables)
  const isKnown = found.version === journalVersion || journalSteps.has(found.version)
  const expected = found.version === 1 ? firstTables : journalTables
  if (!isKnown || found.autoVacuum !== 2 || !expected.every((sql) => tables.has(sql))) {
    throw new SmenaError('journal-damaged', { file, found: 'its header or its tables are not as they were made' })
  }
}
