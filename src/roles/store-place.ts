import { join } from 'node:path'
import type { Claims, Store } from '../pipeline/store.ts'
import type { ReportReading } from '../pipeline/report-reading.ts'
import type { StoreReader } from '../pipeline/store-reading.ts'

/** Where the store is: a SQLite file in the data directory, or a PostgreSQL database. */
export type StorePlace = { readonly file: string } | { readonly url: string }

export const storePlace = (settings: { readonly dataDir: string; readonly databaseUrl: string | null }): StorePlace =>
  settings.databaseUrl === null ? { file: join(settings.dataDir, 'store.db') } : { url: settings.databaseUrl }

/** Only what the place needs is loaded: each thread has its own copy of a library in memory. */
export async function openStore(place: StorePlace): Promise<Store> {
  if ('url' in place) return (await import('../adapters/store-sql/postgres/store.ts')).openPostgresStore(place.url)
  return (await import('../adapters/store-sql/sqlite/store.ts')).openSqliteStore(place.file)
}

/** Null when there is no store yet. */
export async function openReader(place: StorePlace): Promise<StoreReader | null> {
  if ('url' in place) return (await import('../adapters/store-sql/postgres/reader.ts')).openPostgresReader(place.url)
  return (await import('../adapters/store-sql/sqlite/reader.ts')).openSqliteReader(place.file)
}

/** Null when there is no store yet. */
export async function openReports(place: StorePlace): Promise<ReportReading | null> {
  if ('url' in place) return (await import('../adapters/store-sql/postgres/reader.ts')).openPostgresReports(place.url)
  return (await import('../adapters/store-sql/sqlite/reader.ts')).openSqliteReports(place.file)
}

/** Null: whoever has the file is the only one. */
export async function openClaims(place: StorePlace): Promise<Claims | null> {
  if (!('url' in place)) return null
  const { PostgresClaims } = await import('../adapters/store-sql/postgres/claims.ts')
  return new PostgresClaims(place.url)
}
