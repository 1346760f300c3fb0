import { Kysely, PostgresDialect, sql } from 'kysely'
import type { StoreReader } from '../../../pipeline/store-reading.ts'
import { checkSchemaVersion } from '../migrations.ts'
import { SqlReader } from '../reader.ts'
import { postgresDialect } from '../schema.ts'
import type { Tables } from '../tables.ts'
import { openPool, postgresError } from './connection.ts'

/** Opens the store in PostgreSQL for reading; null when there is none in it yet. */
export async function openPostgresReader(url: string, connections = 2): Promise<StoreReader | null> {
  // A question without SQLSTATE failed on its connection: the pool gives each one of its own.
  const translate = (error: unknown) => postgresError(error, true)
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: openPool(url, 'read', connections) }) })
  try {
    const { rows } = await sql.raw(postgresDialect.schemaTable).execute(db)
    if (rows.length > 0) {
      await checkSchemaVersion(db)
      return new SqlReader(db, translate)
    }
  } catch (error) {
    await db.destroy()
    throw translate(error)
  }
  await db.destroy()
  return null
}
