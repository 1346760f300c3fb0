import { randomBytes } from 'node:crypto'
import { type Kysely, type QueryExecutorProvider, sql } from 'kysely'
import { type Migration, type MigrationProvider, Migrator } from 'kysely/migration'
import { SmenaError } from '../../domain/errors.ts'
import { people } from './schema-people.ts'
import { periods } from './schema-periods.ts'
import { ticks } from './schema-ticks.ts'
import { attribution, type Dialect, spine } from './schema.ts'

interface Step {
  readonly version: number
  readonly name: string
  /** The oldest schema whose programs may work on this one. */
  readonly oldestRole: number
  readonly statements: (dialect: Dialect) => string[]
}

/** What was released is never changed: a store may stand at any of these. */
const steps: readonly Step[] = [
  { version: 1, name: '0001-spine', oldestRole: 1, statements: spine },
  // A program of the first leaves what it takes away due, and so puts nothing wrong that attribute does not put right.
  { version: 2, name: '0002-attribution', oldestRole: 1, statements: attribution },
  // An older program would look for what nobody held in a table that is no more.
  { version: 3, name: '0003-people', oldestRole: 3, statements: people },
  // A program of the third leaves alone what it does not know.
  { version: 4, name: '0004-ticks', oldestRole: 3, statements: ticks },
  // An older program would lock a unit without its people.
  { version: 5, name: '0005-periods', oldestRole: 5, statements: periods },
]

/** Version of the schema that this program writes. */
const schemaVersion = Math.max(...steps.map((it) => it.version))

/**
 * The schema is brought up by Kysely's migrator, which keeps its own account of what was done. On PostgreSQL it takes an
 * advisory lock and one transaction by itself; on SQLite it does neither, so the caller hands over a connection that has
 * already begun a writing transaction (R18).
 */
function migrationsOf(dialect: Dialect): MigrationProvider {
  const migration = ({ version, oldestRole, statements }: Step): Migration => ({
    up: async (db: Kysely<unknown>) => {
      for (const statement of statements(dialect)) await sql.raw(statement).execute(db)
      await sql`INSERT INTO schema_version (version, oldest_role, applied_at)
                VALUES (${version}, ${oldestRole}, ${Date.now()})`.execute(db)
      if (version === 1)
        await sql`INSERT INTO installation (id, uid, hash_key, created_at)
                  VALUES (1, ${randomBytes(16).toString('hex')}, ${randomBytes(32)}, ${Date.now()})`.execute(db)
    },
  })
  return { getMigrations: async () => Object.fromEntries(steps.map((it) => [it.name, migration(it)])) }
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
