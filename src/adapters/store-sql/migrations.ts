import { randomBytes } from 'node:crypto'
import { type Kysely, type QueryExecutorProvider, sql } from 'kysely'
import { type Migration, type MigrationProvider, Migrator } from 'kysely/migration'
import { SmenaError } from '../../domain/errors.ts'
import { type Dialect, oldestRole, schemaVersion, spine } from './schema.ts'

/**
 * The schema is brought up by Kysely's migrator, which keeps its own account of what was done. On PostgreSQL it takes an
 * advisory lock and one transaction by itself; on SQLite it does neither, so the caller hands over a connection that has
 * already begun a writing transaction (R18).
 */
function migrationsOf(dialect: Dialect): MigrationProvider {
  const spineMigration: Migration = {
    up: async (db: Kysely<unknown>) => {
      for (const statement of spine(dialect)) await sql.raw(statement).execute(db)
      await sql`INSERT INTO schema_version (version, oldest_role, applied_at)
                VALUES (${schemaVersion}, ${oldestRole}, ${Date.now()})`.execute(db)
      await sql`INSERT INTO installation (id, uid, hash_key, created_at)
                VALUES (1, ${randomBytes(16).toString('hex')}, ${randomBytes(32)}, ${Date.now()})`.execute(db)
    },
  }
  return { getMigrations: async () => ({ '0001-spine': spineMigration }) }
}

/**
 * Brings the schema up to what this program writes. A newer one is left as it is, whether this program may work on it or not:
 * the migrator would take the migrations that it does not know for damage.
 */
export async function bringUp(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const { rows } = await sql.raw(dialect.schemaTable).execute(db)
  if (rows.length > 0 && (await checkSchemaVersion(db)) >= schemaVersion) return
  const { error } = await new Migrator({ db, provider: migrationsOf(dialect) }).migrateToLatest()
  if (error !== undefined) throw error instanceof Error ? error : new Error('migration failed', { cause: error })
  await checkSchemaVersion(db)
}

/** The version of the schema. Throws when it was made by a newer program that this one would harm. */
export async function checkSchemaVersion(db: QueryExecutorProvider): Promise<number> {
  const { rows } = await sql<{ version: number; oldest_role: number }>`
    SELECT version, oldest_role FROM schema_version ORDER BY version DESC LIMIT 1`.execute(db)
  const newest = rows[0]
  if (!newest) return 0
  if (Number(newest.oldest_role) > schemaVersion)
    throw new SmenaError('schema-newer', { found: Number(newest.version), expected: schemaVersion })
  return Number(newest.version)
}
