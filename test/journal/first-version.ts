import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sampleJournal } from './sample-journal.ts'

/** What version 1 made. */
const tables = [
  'CREATE TABLE journal (id TEXT NOT NULL, created_at INTEGER NOT NULL, crc INTEGER NOT NULL) STRICT',
  'CREATE TABLE source (id INTEGER PRIMARY KEY, name TEXT NOT NULL, next INTEGER NOT NULL, settled INTEGER NOT NULL, newest_at INTEGER NOT NULL, bytes INTEGER NOT NULL, crc INTEGER NOT NULL) STRICT',
  'CREATE TABLE delivery (id INTEGER PRIMARY KEY AUTOINCREMENT, uid TEXT NOT NULL UNIQUE, source TEXT NOT NULL, format TEXT NOT NULL, how TEXT NOT NULL, peer TEXT NOT NULL, opened_at INTEGER NOT NULL, closed_at INTEGER, last_run INTEGER, crc INTEGER NOT NULL) STRICT',
  'CREATE TABLE run (id INTEGER PRIMARY KEY, source INTEGER NOT NULL, first INTEGER NOT NULL, count INTEGER NOT NULL, delivery INTEGER NOT NULL, line INTEGER NOT NULL, received_at INTEGER NOT NULL, start INTEGER NOT NULL, directory BLOB NOT NULL, body BLOB NOT NULL) STRICT',
  'CREATE UNIQUE INDEX run_place ON run (source, first)',
  'CREATE INDEX delivery_closed ON delivery (closed_at) WHERE closed_at IS NOT NULL',
]
const smJo = 0x53_6d_4a_6f

/** The sample journal in `directory` as version 1 would have written it; `directory` is left with that file alone. */
export async function firstVersionJournal(directory: string): Promise<string> {
  const newer = join(directory, 'newer')
  mkdirSync(newer)
  const from = await sampleJournal(newer)
  const file = join(directory, 'journal.db')
  const db = new DatabaseSync(file, { enableForeignKeyConstraints: false })
  db.exec('PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL')
  db.prepare('ATTACH ? AS newer').run(from)
  for (const sql of tables) db.exec(sql)
  for (const table of ['journal', 'source', 'delivery', 'run']) {
    db.exec(`INSERT INTO main.${table} SELECT * FROM newer.${table}`)
  }
  db.exec(`DETACH newer; PRAGMA application_id = ${smJo}; PRAGMA user_version = 1`)
  db.close()
  return file
}
