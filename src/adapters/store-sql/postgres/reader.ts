import { Kysely, PostgresDialect } from 'kysely'
import type { StoreReader } from '../../../pipeline/store-reading.ts'
import { SqlReader } from '../reader.ts'
import type { Tables } from '../tables.ts'
import { openPool, postgresError } from './connection.ts'

/** Opens the store in PostgreSQL for reading; it is not asked anything yet. */
export async function openPostgresReader(url: string, connections = 2): Promise<StoreReader> {
  const dialect = new PostgresDialect({ pool: openPool(url, 'read', connections) })
  // A question without SQLSTATE failed on its connection: the pool gives each one of its own.
  return new SqlReader(new Kysely<Tables>({ dialect }), (error) => postgresError(error, true))
}
