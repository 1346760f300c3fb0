import { Kysely, PostgresDialect, sql } from 'kysely'
import type { ReportReading } from '../../../pipeline/report-reading.ts'
import type { StoreReader } from '../../../pipeline/store-reading.ts'
import { checkSchemaVersion } from '../migrations.ts'
import { SqlReader } from '../reader.ts'
import { SqlReportReader } from '../report-reader.ts'
import type { ReportTables } from '../report-tables.ts'
import { postgresDialect } from '../schema.ts'
import type { Tables } from '../tables.ts'
import { openPool, postgresError } from './connection.ts'

// A question without SQLSTATE failed on its connection: the pool gives each one of its own.
const translate = (error: unknown) => postgresError(error, true)

/** Opens the store in PostgreSQL for reading; null when there is none in it yet. */
export async function openPostgresReader(url: string, connections = 2): Promise<StoreReader | null> {
  const db = await openForReading<Tables>(url, connections)
  return db && new SqlReader(db, translate)
}

/** The same for reports. */
export async function openPostgresReports(url: string): Promise<ReportReading | null> {
  const db = await openForReading<ReportTables>(url, 2)
  return db && new SqlReportReader(db, translate)
}

async function openForReading<T>(url: string, connections: number): Promise<Kysely<T> | null> {
  const db = new Kysely<T>({ dialect: new PostgresDialect({ pool: openPool(url, 'read', connections) }) })
  try {
    const { rows } = await sql.raw(postgresDialect.schemaTable).execute(db)
    if (rows.length > 0) {
      await checkSchemaVersion(db)
      return db
    }
  } catch (error) {
    await db.destroy()
    throw translate(error)
  }
  await db.destroy()
  return null
}
