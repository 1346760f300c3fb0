import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { openPostgresStore } from '../../src/adapters/store-sql/postgres/store.ts'
import { openSqliteReader } from '../../src/adapters/store-sql/sqlite/reader.ts'
import { openSqliteStore } from '../../src/adapters/store-sql/sqlite/store.ts'
import { SmenaError } from '../../src/domain/errors.ts'
import { openRandom } from '../../src/domain/simulation/random.ts'
import type { Store } from '../../src/pipeline/store.ts'
import { avayaLine } from '../support/avaya-lines.ts'
import { readingOf, shuffled, streamOf, testSeed } from '../support/days.ts'
import { applyReading, importAll } from '../support/feed.ts'
import { assertSound } from '../support/invariants.ts'
import { emptyDatabase, freshDatabase, postgresMissing } from '../support/postgres.ts'
import { beforeEachStatement } from '../support/statements.ts'
import { storeAt } from '../support/store-at.ts'
import { engines, openPostgresAt, type TestStore, temporaryDirectory } from '../support/stores.ts'

/** R18: the schema is brought up wholly or not at all, whoever dies when and however many try. */

type Place = { readonly file: string } | { readonly url: string }

const openAt = (place: Place): Promise<Store> =>
  'file' in place ? openSqliteStore(place.file) : openPostgresStore(place.url)

/** Places for new stores: each time nothing is there. */
async function newPlaces(t: TestContext, name: 'sqlite' | 'postgres'): Promise<() => Promise<Place>> {
  if (name === 'sqlite') {
    const directory = temporaryDirectory(t)
    let n = 0
    return async () => ({ file: join(directory, `store-${n++}.db`) })
  }
  const url = await freshDatabase(t)
  return async () => {
    await emptyDatabase(url)
    return { url }
  }
}

/** What is there can be opened, holds one schema, and takes records. */
async function assertUsable(place: Place, what: string): Promise<void> {
  const store = await openAt(place)
  const { rows } = storeAt(place)
  try {
    for (const table of ['installation', 'schema_version', 'change_counter'])
      assert.equal((await rows(`SELECT * FROM ${table}`)).length, 1, `${what}: ${table}`)
    assert.equal(store.hashKey.length, 32)
    await applyReading(store, 'pbx', readingOf('avaya-ip-office'))
    const counts = await importAll(store, 'pbx', streamOf([Buffer.from(avayaLine())]), { format: 'avaya-ip-office' })
    assert.equal(counts.stored, 1, what)
    await assertSound({ rows } as TestStore)
    if ('file' in place) {
      const [vacuum] = await rows('PRAGMA auto_vacuum')
      assert.equal(vacuum?.['auto_vacuum'], 2, `${what}: room is given back step by step, which cannot be set later`)
      assert.equal(statSync(place.file).mode & 0o777, 0o600, `${what}: nobody else may read it`)
      assert.deepEqual(
        await rows('PRAGMA integrity_check'),
        [{ integrity_check: 'ok' }].map((it) => Object.assign(Object.create(null), it)),
      )
    }
  } finally {
    await store[Symbol.asyncDispose]()
  }
}

const script = fileURLToPath(new URL('../support/open-and-die.ts', import.meta.url))

async function openInProcess(
  place: Place,
  fatal: number,
): Promise<{ code: number | null; signal: string | null; stderr: string }> {
  const child = spawn(process.execPath, [script, JSON.stringify(place), String(fatal)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  return { code, signal, stderr }
}

/** How many statements it takes to make a store. */
async function statementsAt(place: Place): Promise<number> {
  let statements = 0
  const end = beforeEachStatement(DatabaseSync, pg.Client, (n) => {
    statements = n
  })
  try {
    await (await openAt(place))[Symbol.asyncDispose]()
  } finally {
    end()
  }
  return statements
}

for (const { name, skip } of engines) {
  test(`a store whose making fails at any of its statements is made the next time, on ${name} (seed ${testSeed})`, {
    skip,
  }, async (t) => {
    const newPlace = await newPlaces(t, name)
    const statements = await statementsAt(await newPlace())
    assert.ok(statements > 25)
    const every = Array.from({ length: statements }, (_, n) => n + 1)
    const tried = name === 'sqlite' ? every : shuffled(every, openRandom(testSeed, 91)).slice(0, 16)
    for (const fatal of tried) {
      const place = await newPlace()
      const end = beforeEachStatement(DatabaseSync, pg.Client, (n, client) => {
        if (n !== fatal) return
        if (!client) throw new Error('the disk is gone')
        ;(client as unknown as { connection: { stream: { destroy: () => void } } }).connection.stream.destroy()
      })
      try {
        await assert.rejects(
          () => openAt(place),
          (error) => name === 'sqlite' || (error instanceof SmenaError && error.code === 'store-away'),
          `statement ${fatal}`,
        )
      } finally {
        end()
      }
      if ('file' in place) {
        const reader = await openSqliteReader(place.file)
        await reader?.[Symbol.asyncDispose]()
      }
      await assertUsable(place, `failed at statement ${fatal}`)
    }
    t.diagnostic(`${tried.length} of ${statements} statements`)
  })

  test(`a store whose maker is killed at a statement is made the next time, on ${name} (seed ${testSeed})`, {
    skip,
  }, async (t) => {
    const newPlace = await newPlaces(t, name)
    const statements = await statementsAt(await newPlace())
    const random = openRandom(testSeed, 92)
    // The first are those at which a file is there and nothing is in it.
    const kills = [2, 3, 4, random.between(5, statements), random.between(5, statements), statements]
    for (const fatal of kills) {
      const place = await newPlace()
      const { signal, stderr } = await openInProcess(place, fatal)
      assert.equal(signal, 'SIGKILL', `statement ${fatal}: ${stderr}`)
      await assertUsable(place, `killed at statement ${fatal} of ${statements}`)
    }
  })

  test(`a store that several make at once is one store for all of them, on ${name}`, { skip }, async (t) => {
    const newPlace = await newPlaces(t, name)
    for (let round = 0; round < 3; round++) {
      const place = await newPlace()
      const ends = await Promise.all([0, 1, 2, 3].map(() => openInProcess(place, 0)))
      for (const { code, stderr } of ends) assert.equal(code, 0, stderr)
      await assertUsable(place, `round ${round}`)
    }
  })

  test(`a store of a newer program is left to it, unless that says that this one may work on it, on ${name}`, {
    skip,
  }, async (t) => {
    const place = await (await newPlaces(t, name))()
    await (await openAt(place))[Symbol.asyncDispose]()
    const execute = async (sql: string) => {
      if ('url' in place) {
        const client = new pg.Client({ connectionString: place.url })
        await client.connect()
        await client.query(sql)
        await client.end()
      } else {
        const db = new DatabaseSync(place.file)
        db.exec(sql)
        db.close()
      }
    }
    // What a later migration leaves behind.
    await execute(`INSERT INTO schema_version (version, oldest_role, applied_at) VALUES (2, 1, 0)`)
    await execute(`INSERT INTO kysely_migration (name, timestamp) VALUES ('0002-later', '2027-01-01T00:00:00Z')`)
    await execute('CREATE TABLE later (id bigint)')
    await (await openAt(place))[Symbol.asyncDispose]()

    await execute('UPDATE schema_version SET oldest_role = 2 WHERE version = 2')
    const isNewer = (error: unknown) =>
      error instanceof SmenaError &&
      error.code === 'schema-newer' &&
      error.remedy === 'refuse' &&
      error.details['found'] === 2 &&
      error.details['expected'] === 1
    await assert.rejects(() => openAt(place), isNewer)
    if ('file' in place) await assert.rejects(() => openSqliteReader(place.file), isNewer)
    const { rows } = storeAt(place)
    assert.equal((await rows('SELECT * FROM kysely_migration')).length, 2)
    assert.equal((await rows('SELECT * FROM later')).length, 0)
  })
}

test('a file that is no store is refused and left alone', async (t) => {
  const directory = temporaryDirectory(t)
  const isForeign = (error: unknown) =>
    error instanceof SmenaError && error.code === 'not-a-store' && error.remedy === 'refuse'
  const foreign: Record<string, (file: string) => void> = {
    'another database': (file) => {
      const db = new DatabaseSync(file)
      db.exec('PRAGMA application_id = 17; CREATE TABLE notes (text TEXT)')
      db.close()
    },
    'a database without a name': (file) => {
      const db = new DatabaseSync(file)
      db.exec('CREATE TABLE source (id INTEGER)')
      db.close()
    },
    'a text': (file) => writeFileSync(file, '2026/03/16 09:00:00,00:00:01,5\n'.repeat(100)),
    'a short text': (file) => writeFileSync(file, 'store'),
  }
  for (const [what, make] of Object.entries(foreign)) {
    const file = join(directory, `${what}.db`)
    make(file)
    const before = readFileSync(file)
    await assert.rejects(() => openSqliteStore(file), isForeign, what)
    await assert.rejects(() => openSqliteReader(file), isForeign, what)
    assert.deepEqual(readFileSync(file), before, `${what} is as it was`)
  }
  assert.equal(await openSqliteReader(join(directory, 'nothing.db')), null)
  const empty = join(directory, 'empty.db')
  writeFileSync(empty, '')
  assert.equal(await openSqliteReader(empty), null)
  await assertUsable({ file: empty }, 'an empty file')
})

test('a store that is closed and opened again goes on with the same key', { skip: postgresMissing }, async (t) => {
  for (const place of [{ file: join(temporaryDirectory(t), 'store.db') }, { url: await freshDatabase(t) }]) {
    await assertUsable(place, 'new')
    const before = await openAt(place)
    const key = Buffer.from(before.hashKey)
    await before[Symbol.asyncDispose]()
    const after = await openAt(place)
    assert.deepEqual(Buffer.from(after.hashKey), key)
    const again = await importAll(after, 'pbx', streamOf([Buffer.from(avayaLine())]), { format: 'avaya-ip-office' })
    assert.equal(again.duplicate, 1)
    await after[Symbol.asyncDispose]()
  }
  const it = await openPostgresAt(t, await freshDatabase(t))
  assert.notDeepEqual(Buffer.from(it.store.hashKey), Buffer.alloc(32))
})
