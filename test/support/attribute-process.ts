/**
 * Attribute as a process of its own that is killed at a statement: `node attribute-process.ts PLACE STATEMENT`. PLACE is JSON,
 * `{"file":…}` or `{"url":…}`; statements of attribute count from 1, 0: it lives until nothing is due and ends well. It prints
 * `calls N` for each step and, at a good end, `statements N`.
 */
import { DatabaseSync, StatementSync } from 'node:sqlite'
import pg from 'pg'
import { openPostgresStore } from '../../src/adapters/store-sql/postgres/store.ts'
import { openSqliteStore } from '../../src/adapters/store-sql/sqlite/store.ts'
import { Attributor } from '../../src/pipeline/attribute.ts'
import { formats } from '../../src/domain/formats/formats.ts'
import { Sources } from '../../src/pipeline/sources.ts'

const place = JSON.parse(process.argv[2] as string) as { file: string } | { url: string }
const fatal = Number(process.argv[3])
const store = 'file' in place ? await openSqliteStore(place.file) : await openPostgresStore(place.url)

let n = 0
for (const [prototype, name] of [
  [DatabaseSync.prototype, 'exec'],
  [StatementSync.prototype, 'run'],
  [StatementSync.prototype, 'all'],
  [StatementSync.prototype, 'get'],
  [pg.Client.prototype, 'query'],
] as const) {
  const original = Reflect.get(prototype, name) as (this: unknown, ...args: unknown[]) => unknown
  Reflect.set(prototype, name, function (this: unknown, ...args: unknown[]) {
    const answer = original.apply(this, args)
    // After the statement was sent: of a commit nobody knows then whether it was done.
    if (++n === fatal) process.kill(process.pid, 'SIGKILL')
    return answer
  })
}

const attributor = new Attributor({
  store,
  sources: new Sources(store, formats),
  now: Date.now,
  report: (event) => process.stdout.write(event.kind === 'attributed' ? `calls ${event.calls}\n` : `${event.kind}\n`),
})
const running = attributor.run()
await store.dealDueRanges()
while ((await store.dueSources()).length > 0) await new Promise((resolve) => setTimeout(resolve, 5))
attributor.close()
await running
process.stdout.write(`statements ${n}\n`)
await store[Symbol.asyncDispose]()
