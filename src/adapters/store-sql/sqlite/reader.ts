import { Kysely } from 'kysely'
import type { ReportReading } from '../../../pipeline/report-reading.ts'
import type { StoreReader } from '../../../pipeline/store-reading.ts'
import { SqlReader } from '../reader.ts'
import { SqlReportReader } from '../report-reader.ts'
import type { ReportTables } from '../report-tables.ts'
import type { Tables } from '../tables.ts'
import { NodeSqliteDialect } from './dialect.ts'
import { openStoreFileForReading } from './file.ts'
import { sqliteError } from './store.ts'

/** Opens the store in a SQLite file for reading; null when there is none yet. */
export async function openSqliteReader(file: string): Promise<StoreReader | null> {
  const db = await openStoreFileForReading(file)
  return db && new SqlReader(new Kysely<Tables>({ dialect: new NodeSqliteDialect(db) }), sqliteError)
}

/** The same for reports. */
export async function openSqliteReports(file: string): Promise<ReportReading | null> {
  const db = await openStoreFileForReading(file)
  return db && new SqlReportReader(new Kysely<ReportTables>({ dialect: new NodeSqliteDialect(db) }), sqliteError)
}
