import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { SmenaError } from '../../domain/errors.ts'
import {
  foundFeed,
  foundJournalId,
  foundSource,
  isDiskFull,
  journalApplicationId,
  journalCheck,
  journalFileName,
  journalSteps,
  journalTables,
  journalVersion,
  requireJournal,
  type SourceRow,
} from '../../pipeline/journal-entry.ts'
import type { KeptFeed } from '../../pipeline/ports.ts'
import { requireSqlite } from '../../pipeline/sqlite-version.ts'
import { requireWholeLog } from './write-ahead-log.ts'

/** Opening and making the file. There is one writing connection: that of the journal's thread, or of a command under the lock. */

export interface OpenedFile {
  readonly file: string
  readonly db: DatabaseSync
  readonly id: string
  readonly sources: Map<string, SourceRow>
  readonly feeds: readonly KeptFeed[]
}

/** Readers keep their statements within a turn of the event loop; longer than this nobody holds a lock that we need. */
const busyMs = 2000
/** The write-ahead log is cut back to this when it begins anew. */
const walBytes = 16 * 1_048_576

/** Opens the journal of a data directory that this process owns; makes it when there is none. */
export function openJournalFile(directory: string): OpenedFile {
  requireSqlite()
  const file = join(directory, journalFileName)
  if (!existsSync(file)) {
    // SQLite would apply a log that was left behind to the new file.
    if (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size) {
      throw new SmenaError('journal-damaged', { file, found: `it is missing while ${journalFileName}-wal is there` })
    }
    makeJournalFile(file)
  }
  requireSomeBytes(file)
  requireWholeLog(file)
  const db = new DatabaseSync(file, { enableForeignKeyConstraints: false, timeout: busyMs })
  try {
    requireJournal(file, {
      applicationId: pragma(db, 'application_id'),
      version: pragma(db, 'user_version'),
      autoVacuum: pragma(db, 'auto_vacuum'),
      tables: db
        .prepare('SELECT sql FROM sqlite_schema')
        .all()
        .map(({ sql }) => sql),
    })
    // Checkpoints are ours, because SQLite keeps an error of its automatic ones to itself.
    db.exec(
      `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA wal_autocheckpoint = 0;
       PRAGMA journal_size_limit = ${walBytes}; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8192`,
    )
    const all = (sql: string) => db.prepare(sql, { readBigInts: true }).all()
    const id = foundJournalId(file, all('SELECT id, created_at, crc FROM journal'))
    const rows = all('SELECT * FROM source').map((row) => foundSource(file, row))
    // On a full disk it stays as it is until there is something that only the newer version can keep.
    unlessFull(() => bringUp(db))
    const feeds = pragma(db, 'user_version') < journalVersion ? [] : feedsOf(file, db, rows)
    closeDeliveriesOfTheDead(db)
    // A commit whose fsync failed may still stand in the log: what is read from here on shall be on the disk.
    truncateLog(db)
    return { file, db, id, sources: new Map(rows.map((source) => [source.name, source])), feeds }
  } catch (error) {
    db.close()
    throw error
  }
}

export function pragma(db: DatabaseSync, name: string): number {
  return Number(Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0])
}

/** Everything that was committed goes into the file and the log becomes empty, unless a reader is under way for longer. */
export function truncateLog(db: DatabaseSync, patienceMs = 0): void {
  withPatience(db, patienceMs, () => unlessFull(() => db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()))
}

/** Waits no longer than `ms` for those who hold locks. */
export function withPatience(db: DatabaseSync, ms: number, work: () => void): void {
  db.exec(`PRAGMA busy_timeout = ${ms}`)
  try {
    work()
  } finally {
    db.exec(`PRAGMA busy_timeout = ${busyMs}`)
  }
}

/** A full disk stops only what makes room; what comes in is told of it by its own commit. */
export function unlessFull(work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!isDiskFull(error)) throw error
  }
}

/** Makes an older file one of this version. A crash leaves the version that was there or the next one, each with its tables. */
export function bringUp(db: DatabaseSync): void {
  for (let version = pragma(db, 'user_version'); version < journalVersion; version++) {
    db.exec('BEGIN IMMEDIATE')
    try {
      for (const sql of journalSteps.get(version) ?? []) db.exec(sql)
      db.exec(`PRAGMA user_version = ${version + 1}; COMMIT`)
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK')
      throw error
    }
  }
}

/**
 * The feeds that were kept. A row that was lost would be chosen anew, and no check of other rows would tell: that of the table
 * against its index does, because they stand on different pages.
 */
function feedsOf(file: string, db: DatabaseSync, sources: readonly SourceRow[]): KeptFeed[] {
  const [found] = Object.values(db.prepare('PRAGMA integrity_check(feed)').get() ?? {})
  if (found !== 'ok') throw new SmenaError('journal-damaged', { file, found: `its feeds: ${String(found)}` })
  const names = new Map(sources.map(({ id, name }) => [id, name]))
  const rows = db.prepare('SELECT source, topic, partition, crc FROM feed', { readBigInts: true }).all()
  return rows.map((row) => {
    const { sourceId, topicId, partition } = foundFeed(file, row)
    const source = names.get(sourceId)
    if (source !== undefined) return { source, topicId, partition }
    throw new SmenaError('journal-damaged', { file, found: `a feed is of source ${sourceId}, which is not there` })
  })
}

/** Deliveries whose process died before they ended: else their rows would stay for ever. One that goes on is opened again. */
function closeDeliveriesOfTheDead(db: DatabaseSync): void {
  const close = db.prepare(
    `UPDATE delivery SET closed_at = ?, last_run = (SELECT coalesce(max(id), 0) FROM run) WHERE closed_at IS NULL`,
  )
  unlessFull(() => close.run(Date.now()))
}

/** Made under another name and then renamed: a crash leaves a whole journal or none, so an empty one is always damage. */
function makeJournalFile(file: string): void {
  const made = `${file}.new`
  for (const end of ['', '-wal', '-shm', '-journal']) rmSync(made + end, { force: true })
  closeSync(openSync(made, 'wx', 0o600))
  const db = new DatabaseSync(made, { enableForeignKeyConstraints: false })
  try {
    // auto_vacuum cannot be turned on once the file has a page.
    db.exec('PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; BEGIN')
    for (const sql of journalTables) db.exec(sql)
    const id = randomBytes(16).toString('hex')
    const createdAt = Date.now()
    db.prepare('INSERT INTO journal VALUES (?, ?, ?)').run(id, createdAt, journalCheck(id, createdAt))
    db.exec(`PRAGMA application_id = ${journalApplicationId}; PRAGMA user_version = ${journalVersion}; COMMIT`)
  } finally {
    db.close()
  }
  syncPath(made)
  renameSync(made, file)
  syncPath(dirname(file))
}

function requireSomeBytes(file: string): void {
  if (statSync(file).size > 0) return
  throw new SmenaError('journal-damaged', { file, found: 'it is empty, and a journal is never made empty' })
}

function syncPath(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
