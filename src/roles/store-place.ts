import { join } from 'node:path'
import { openPostgresStore } from '../adapters/store-sql/postgres/store.ts'
import { openPostgresReader, openSqliteReader } from '../adapters/store-sql/reader.ts'
import { openSqliteStore } from '../adapters/store-sql/sqlite/store.ts'
import type { Store } from '../pipeline/store.ts'
import type { StoreReader } from '../pipeline/store-reading.ts'

/** Where the store is: a SQLite file in the data directory, or a PostgreSQL database. */
export type StorePlace = { readonly file: string } | { readonly url: string }

export const storePlace = (settings: { readonly dataDir: string; readonly databaseUrl: string | null }): StorePlace =>
  settings.databaseUrl === null ? { file: join(settings.dataDir, 'store.db') } : { url: settings.databaseUrl }

export const openStore = (place: StorePlace): Promise<Store> =>
  'url' in place ? openPostgresStore(place.url) : openSqliteStore(place.file)

/** Null when there is no store yet. */
export const openReader = (place: StorePlace): Promise<StoreReader | null> =>
  'url' in place ? openPostgresReader(place.url) : openSqliteReader(place.file)
