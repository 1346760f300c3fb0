/**
 * Opens a store as a process of its own and is killed at a statement: `node open-and-die.ts PLACE STATEMENT`. PLACE is JSON,
 * `{"file":…}` or `{"url":…}`; statements count from 1, 0: it lives, closes the store and ends well.
 */
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { openPostgresStore } from '../../src/adapters/store-sql/postgres/store.ts'
import { openSqliteStore } from '../../src/adapters/store-sql/sqlite/store.ts'
import { beforeEachStatement } from './statements.ts'

const place = JSON.parse(process.argv[2] as string) as { file: string } | { url: string }
const fatal = Number(process.argv[3])
beforeEachStatement(DatabaseSync, pg.Client, (n) => {
  if (n === fatal) process.kill(process.pid, 'SIGKILL')
})
const store = 'file' in place ? await openSqliteStore(place.file) : await openPostgresStore(place.url)
await store[Symbol.asyncDispose]()
