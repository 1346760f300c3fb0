import { chmodSync, existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import { SmenaError } from '../../../domain/errors.ts'
import { requireSqlite } from '../../../pipeline/sqlite-version.ts'
import { bringUp, checkSchemaVersion } from '../migrations.ts'
import { sqliteDialect } from '../schema.ts'
import { NodeSqliteDialect } from './dialect.ts'

/** "Smst" as a number: tells our store from any other SQLite file. */
const applicationId = 0x53_6d_73_74
/** SQLite's result for a file of another kind (sqlite.org/rescode.html). */
const notADatabase = 26

/** Opens the store's file for writing: brings up the schema under the write lock, so a kill at any step leaves the step undone. */
export async function openStoreFile(file: string): Promise<DatabaseSync> {
  requireSqlite()
  const db = new DatabaseSync(file, { timeout: 5000 })
  try {
    checkOwnership(db, file)
    // Also when a process was killed after it had made the file: what is set here cannot be set once there is a page.
    if (db.prepare('PRAGMA page_count').get()?.['page_count'] === 0) {
      chmodSync(file, 0o600)
      db.exec('PRAGMA auto_vacuum = INCREMENTAL')
    }
    db.exec(`PRAGMA journal_mode = WAL`)
    db.exec(
      'PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000',
    )
    const kysely = new Kysely<unknown>({ dialect: new NodeSqliteDialect(db) })
    await kysely.connection().execute(async (connection) => {
      db.exec('BEGIN IMMEDIATE')
      try {
        await bringUp(connection, sqliteDialect)
        db.exec(`PRAGMA application_id = ${applicationId}`)
        db.exec('COMMIT')
      } catch (error) {
        db.exec('ROLLBACK')
        throw error
      }
    })
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** Opens the store's file for reading only; null when there is none yet. */
export async function openStoreFileForReading(file: string): Promise<DatabaseSync | null> {
  if (!existsSync(file)) return null
  requireSqlite()
  const db = new DatabaseSync(file, { readOnly: true, timeout: 5000 })
  try {
    checkOwnership(db, file)
    db.exec('PRAGMA cache_size = -16000')
    const [table] = db.prepare(sqliteDialect.schemaTable).all()
    // Made this very moment by a process that has not brought up the schema: there is nothing to read yet.
    if (!table) {
      db.close()
      return null
    }
    await checkSchemaVersion(new Kysely<unknown>({ dialect: new NodeSqliteDialect(db) }))
    return db
  } catch (error) {
    if (db.isOpen) db.close()
    throw error
  }
}

function checkOwnership(db: DatabaseSync, file: string): void {
  try {
    const { application_id: found } = db.prepare('PRAGMA application_id').get() as { application_id: number }
    const tables = (db.prepare('SELECT count(*) AS n FROM sqlite_master').get() as { n: number }).n
    if (found === applicationId || tables === 0) return
  } catch (error) {
    if (!(error instanceof Error && 'errcode' in error && error.errcode === notADatabase)) throw error
  }
  throw new SmenaError('not-a-store', { file })
}
