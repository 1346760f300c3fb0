import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { SmenaError } from '../../domain/errors.ts'
import {
  journalApplicationId,
  journalCheck,
  journalFileName,
  journalTables,
  journalVersion,
  requireJournal,
  type SourceRow,
  sourceCheck,
} from '../../pipeline/journal-entry.ts'
import { requireSqlite } from '../../pipeline/sqlite-version.ts'

/** Opening and making the file. Only the worker does this: there is one writing connection. */

export interface OpenedFile {
  readonly file: string
  readonly db: DatabaseSync
  readonly id: string
  readonly sources: Map<string, SourceRow>
}

/** Readers keep their statements within a turn of the event loop; longer than this nobody holds a lock that we need. */
const busyMs = 2000
/** The write-ahead log is cut back to this when it begins anew. */
const walBytes = 16 * 1_048_576

export function openJournalFile(directory: string): OpenedFile {
  requireSqlite()
  const file = join(directory, journalFileName)
  if (!existsSync(file)) {
    // SQLite would apply a log that was left behind to the new file.
    if (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size) {
      throw new SmenaError('journal-damaged', { file, found: `it is missing while ${journalFileName}-wal is there` })
    }
    makeJournalFile(file)
  } else if (statSync(file).size === 0) {
    throw new SmenaError('journal-damaged', { file, found: 'it is empty, and a journal is never made empty' })
  }
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
    return { file, db, id: journalIdOf(db, file), sources: sourcesOf(db, file) }
  } catch (error) {
    db.close()
    throw error
  }
}

export function pragma(db: DatabaseSync, name: string): number {
  return Number(Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0])
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

function syncPath(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function journalIdOf(db: DatabaseSync, file: string): string {
  const [row, more] = db.prepare('SELECT id, created_at, crc FROM journal', { readBigInts: true }).all()
  const id = String(row?.['id'])
  if (row && !more && Number(row['crc']) === journalCheck(id, Number(row['created_at']))) return id
  throw new SmenaError('journal-damaged', { file, found: 'its id fails its check' })
}

function sourcesOf(db: DatabaseSync, file: string): Map<string, SourceRow> {
  const sources = new Map<string, SourceRow>()
  for (const row of db.prepare('SELECT * FROM source', { readBigInts: true }).all()) {
    const source: SourceRow = {
      id: Number(row['id']),
      name: String(row['name']),
      next: Number(row['next']),
      settled: Number(row['settled']),
      newestAt: Number(row['newest_at']),
      bytes: Number(row['bytes']),
    }
    if (Number(row['crc']) !== sourceCheck(source)) {
      throw new SmenaError('journal-damaged', { file, found: `the numbers of source ${source.name} fail their check` })
    }
    sources.set(source.name, source)
  }
  return sources
}
