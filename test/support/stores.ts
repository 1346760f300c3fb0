import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { TestContext } from 'node:test'
import { openPostgresReader } from '../../src/adapters/store-sql/postgres/reader.ts'
import { openPostgresStore } from '../../src/adapters/store-sql/postgres/store.ts'
import { openSqliteReader } from '../../src/adapters/store-sql/sqlite/reader.ts'
import { openSqliteStore } from '../../src/adapters/store-sql/sqlite/store.ts'
import type { Store } from '../../src/pipeline/store.ts'
import type { StoreReader } from '../../src/pipeline/store-reading.ts'
import { databaseOfStore, postgresMissing } from './postgres.ts'
import { storeAt } from './store-at.ts'

/** A store of a test's own, with a way to look at its tables. */
export interface TestStore {
  readonly store: Store
  readonly reader: () => Promise<StoreReader>
  /** Rows of a query that both engines understand. */
  readonly rows: (sql: string) => Promise<Record<string, unknown>[]>
  /** A statement past the store, as an administrator would type it. */
  readonly execute: (sql: string) => Promise<void>
  readonly place: { readonly file: string } | { readonly url: string }
  /** The store as another process has it; null where one process owns the file. */
  readonly another: (() => Promise<Store>) | null
  /** Closes the store and opens it again. */
  readonly reopen: () => Promise<Store>
}

export interface Engine {
  readonly name: 'sqlite' | 'postgres'
  readonly skip: string | false
  readonly open: (t: TestContext) => Promise<TestStore>
}

/** Both engines: every suite over stores loops over these. */
export const engines: readonly Engine[] = [
  { name: 'sqlite', skip: false, open: openSqlite },
  { name: 'postgres', skip: postgresMissing, open: openPostgres },
]

export function temporaryDirectory(t: Pick<TestContext, 'after'>): string {
  const directory = mkdtempSync(join(tmpdir(), 'smena-test-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

async function openSqlite(t: TestContext): Promise<TestStore> {
  const file = join(temporaryDirectory(t), 'store.db')
  let store = await openSqliteStore(file)
  t.after(() => store[Symbol.asyncDispose]())
  return {
    get store() {
      return store
    },
    place: { file },
    reader: async () => {
      const reader = await openSqliteReader(file)
      if (!reader) throw new Error('no store')
      t.after(() => reader[Symbol.asyncDispose]())
      return reader
    },
    another: null,
    execute: async (sql) => {
      const db = new DatabaseSync(file, { timeout: 5000 })
      try {
        db.exec(sql)
      } finally {
        db.close()
      }
    },
    rows: storeAt({ file }).rows,
    reopen: async () => {
      await store[Symbol.asyncDispose]()
      store = await openSqliteStore(file)
      return store
    },
  }
}

async function openPostgres(t: TestContext): Promise<TestStore> {
  return openPostgresAt(t, await databaseOfStore(t))
}

/** The same for a database on a server that a test started for itself. */
export async function openPostgresAt(t: TestContext, url: string): Promise<TestStore> {
  let store = await openPostgresStore(url)
  const { rows } = storeAt({ url })
  t.after(() => store[Symbol.asyncDispose]())
  return {
    get store() {
      return store
    },
    place: { url },
    reader: async () => {
      const reader = await openPostgresReader(url)
      assert.ok(reader)
      t.after(() => reader[Symbol.asyncDispose]())
      return reader
    },
    another: async () => {
      const other = await openPostgresStore(url)
      t.after(() => other[Symbol.asyncDispose]())
      return other
    },
    execute: async (sql) => {
      await rows(sql)
    },
    rows,
    reopen: async () => {
      await store[Symbol.asyncDispose]()
      store = await openPostgresStore(url)
      return store
    },
  }
}
