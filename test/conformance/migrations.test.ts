import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { openPostgresReader } from '../../src/adapters/store-sql/postgres/reader.ts'
import { openPostgresStore } from '../../src/adapters/store-sql/postgres/store.ts'
import { openSqliteReader } from '../../src/adapters/store-sql/sqlite/reader.ts'
import { openSqliteStore } from '../../src/adapters/store-sql/sqlite/store.ts'
import { SmenaError } from '../../src/domain/errors.ts'
import { formats } from '../../src/domain/formats/formats.ts'
import { openRandom } from '../../src/domain/simulation/random.ts'
import type { Store } from '../../src/pipeline/store.ts'
import type { CallFilter } from '../../src/pipeline/store-reading.ts'
import { openReports } from '../../src/roles/store-place.ts'
import { attributeAll } from '../support/attribution.ts'
import { avayaLine } from '../support/avaya-lines.ts'
import { readingOf, shuffled, streamOf, testSeed } from '../support/days.ts'
import { exactDump } from '../support/dump.ts'
import { applyReading, importAll } from '../support/feed.ts'
import { assertAttributed } from '../support/attributed.ts'
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
    for (const table of ['installation', 'change_counter'])
      assert.equal((await rows(`SELECT * FROM ${table}`)).length, 1, `${what}: ${table}`)
    for (const table of ['schema_version', 'kysely_migration'])
      assert.equal((await rows(`SELECT * FROM ${table}`)).length, 5, `${what}: ${table}`)
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

/** Makes the new place a store that a program of the first schema left, with the records of two exchanges. */
async function leftByTheFirst(place: Place): Promise<Place> {
  const engine = 'file' in place ? 'sqlite' : 'postgres'
  await executeAt(place, readFileSync(new URL(`../samples/store-1.${engine}.sql`, import.meta.url), 'utf8'))
  return place
}

async function executeAt(place: Place, statements: string): Promise<void> {
  if ('file' in place) {
    const db = new DatabaseSync(place.file)
    // Those of the first were made so, before there was a page.
    db.exec('PRAGMA auto_vacuum = INCREMENTAL')
    db.exec(statements)
    db.close()
    chmodSync(place.file, 0o600)
    return
  }
  const client = new pg.Client({ connectionString: place.url })
  await client.connect()
  await client.query(statements)
  await client.end()
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

/** The statement of that number fails. Returns how to end it. */
const failAt = (fatal: number): (() => void) =>
  beforeEachStatement(DatabaseSync, pg.Client, (n, client) => {
    if (n !== fatal) return
    if (!client) throw new Error('the disk is gone')
    ;(client as unknown as { connection: { stream: { destroy: () => void } } }).connection.stream.destroy()
  })

const everyCall: CallFilter = {
  from: null,
  to: null,
  source: null,
  extension: null,
  employeeId: null,
  number: null,
  kind: 'all',
  direction: null,
  outcome: null,
}

/** Takes the fifth schema away. */
const withoutPeriods = (place: Place): string =>
  `DROP TABLE period_person; ${'file' in place ? 'DROP TRIGGER audit_no_replace;' : ''}`

/** As a store without the tables of later schemas is asked. */
const withoutLater =
  (rows: TestStore['rows']): TestStore['rows'] =>
  async (text) =>
    /attribution |person_quarter/u.test(text) ? [] : rows(text)

for (const { name, skip } of engines) {
  test(`a store whose making fails at any of its statements is made the next time, on ${name} (seed ${testSeed})`, {
    skip,
  }, async (t) => {
    const newPlace = await newPlaces(t, name)
    const statements = await statementsAt(await newPlace())
    assert.ok(statements > 25)
    const every = Array.from({ length: statements }, (_, n) => n + 1)
    const tried = shuffled(every, openRandom(testSeed, 91)).slice(0, name === 'sqlite' ? 40 : 16)
    for (const fatal of tried) {
      const place = await newPlace()
      const end = failAt(fatal)
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

  test(`a store of the first schema is brought up with what it has, and is read before that, on ${name}`, {
    skip,
  }, async (t) => {
    const place = await leftByTheFirst(await (await newPlaces(t, name))())
    const { rows } = storeAt(place)
    const reader = 'file' in place ? await openSqliteReader(place.file) : await openPostgresReader(place.url)
    assert.ok(reader)
    const [call] = await reader.pageCalls(everyCall, null, 1)
    assert.ok(call)
    assert.deepEqual(await reader.attributions([call.id]), [], 'nobody has given it to anybody')
    const due = (await rows('SELECT call_id, source_id FROM attribution_due ORDER BY call_id')).map((it) => ({ ...it }))
    assert.equal(due.length, (await rows('SELECT id FROM call')).length)
    assert.ok(due.length > 5)
    await executeAt(place, `INSERT INTO attribution_due_range (plan, extension, from_at) VALUES ('avaya', '201', 0)`)
    const derived = await exactDump({ rows: withoutLater(rows) } as TestStore)

    const store = await openAt(place)
    const found = await rows('SELECT call_id, source_id FROM attribution_due ORDER BY call_id')
    assert.deepEqual(
      found.map((it) => ({ ...it })),
      due,
    )
    assert.equal(await exactDump({ rows } as TestStore), derived)
    await assertSound({ rows } as TestStore)
    await attributeAll(store)
    await assertAttributed({ rows } as TestStore, formats, true)
    const own = call.call.extensions.map(({ number }) => number)
    assert.deepEqual([...new Set((await reader.attributions([call.id])).map((it) => it.extension))], own)
    await reader[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
    await assertUsable(place, 'brought up')
  })

  test(`a store of the third schema is read as one in which nobody said anything, and brought up with what it has, on ${name}`, {
    skip,
  }, async (t) => {
    const place = await (await newPlaces(t, name))()
    await (await openAt(place))[Symbol.asyncDispose]()
    await executeAt(
      place,
      `DROP TABLE missed_done;
       DROP TABLE call_exclusion;
       ALTER TABLE directory DROP COLUMN service_level_seconds;
       ALTER TABLE directory DROP COLUMN short_seconds;
       ${withoutPeriods(place)}
       DELETE FROM schema_version WHERE version >= 4;
       DELETE FROM kysely_migration WHERE name >= '0004';
       INSERT INTO directory (plan, number, is_group, label) VALUES ('avaya', '300', 1, 'Отдел');
       INSERT INTO employee (id, family, given, patronymic, name, name_key, created_at)
         VALUES (1, 'Анна', '', '', 'Анна', 'анна', 0)`,
    )
    const entry = { plan: 'avaya', number: '300', isGroup: true, label: 'Отдел', site: null }
    const none = { serviceLevelSeconds: null, shortSeconds: null }
    const assertRead = async () => {
      const reader = 'file' in place ? await openSqliteReader(place.file) : await openPostgresReader(place.url)
      const reports = await openReports(place)
      assert.ok(reader && reports)
      assert.deepEqual(await reader.directory(), [{ ...entry, ...none, groups: [] }])
      assert.deepEqual(await reports.directory(), [{ ...entry, ...none }])
      assert.deepEqual([await reader.missedDone(null, 9), await reader.excludedCalls(1)], [[], []])
      assert.deepEqual([await reports.missedDone(['4955550101']), await reports.excludedCalls([1])], [[], []])
      return { reader, reports }
    }
    const before = await assertRead()
    const store = await openAt(place)
    // Those that were open before see what is said from now on.
    const tick = { site: '', number: '1', numberKey: '1', until: 1, doneAt: 2, who: 'a', how: 'spam' }
    await store.people((tx) => tx.addMissedDone(tick))
    assert.deepEqual(await before.reader.missedDone(null, 9), [{ id: 1, ...tick }])
    assert.deepEqual(await before.reports.missedDone(['1']), [{ id: 1, ...tick }])
    await store.people((tx) => tx.removeMissedDone(1))
    const after = await assertRead()
    for (const { reader, reports } of [before, after]) {
      await reader[Symbol.asyncDispose]()
      await reports[Symbol.asyncDispose]()
    }
    await store[Symbol.asyncDispose]()
    await assertUsable(place, 'brought up')
  })

  test(`people of a unit whose period an older program locked stay its people, on ${name}`, { skip }, async (t) => {
    const place = await (await newPlaces(t, name))()
    await (await openAt(place))[Symbol.asyncDispose]()
    const person = (id: number, unit: number | null) => `(${id}, 'Анна', '', '', 'Анна', 'анна', ${unit}, 0)`
    await executeAt(
      place,
      `${withoutPeriods(place)}
       DELETE FROM schema_version WHERE version = 5;
       DELETE FROM kysely_migration WHERE name = '0005-periods';
       INSERT INTO unit (id, name, name_key, parent_id) VALUES (1, 'А', 'а', NULL), (2, 'Б', 'б', 1), (3, 'В', 'в', NULL);
       INSERT INTO employee (id, family, given, patronymic, name, name_key, unit_id, created_at)
         VALUES ${[person(1, 1), person(2, 2), person(3, 3), person(4, null)].join(', ')};
       INSERT INTO period (id, unit_id, from_at, to_at, locked_by, locked_at)
         VALUES (1, 1, 0, 9, 'x', 0), (2, 2, 0, 9, 'x', 0), (3, NULL, 0, 9, 'x', 0)`,
    )
    const reader = 'file' in place ? await openSqliteReader(place.file) : await openPostgresReader(place.url)
    assert.equal(await reader?.seeing(async () => 'judged'), null, 'not before it is brought up')
    await (await openAt(place))[Symbol.asyncDispose]()
    assert.equal(await reader?.seeing(async () => 'judged'), 'judged')
    await reader?.[Symbol.asyncDispose]()
    const { rows } = storeAt(place)
    const kept = await rows('SELECT period_id, employee_id FROM period_person ORDER BY period_id, employee_id')
    assert.deepEqual(
      kept.map((it) => [it['period_id'], it['employee_id']]),
      [
        [1, 1],
        [1, 2],
        [2, 2],
      ],
    )
  })

  test(`a store of the first schema whose bringing up fails at any statement is brought up the next time, on ${name} (seed ${testSeed})`, {
    skip,
  }, async (t) => {
    const newPlace = await newPlaces(t, name)
    const statements = await statementsAt(await leftByTheFirst(await newPlace()))
    const every = Array.from({ length: statements }, (_, n) => n + 1)
    const tried = shuffled(every, openRandom(testSeed, 93)).slice(0, name === 'sqlite' ? 30 : 12)
    for (const fatal of tried) {
      const place = await leftByTheFirst(await newPlace())
      const end = failAt(fatal)
      try {
        await assert.rejects(() => openAt(place), `statement ${fatal}`)
      } finally {
        end()
      }
      const { rows } = storeAt(place)
      const calls = (await rows('SELECT id FROM call')).length
      await assertUsable(place, `failed at statement ${fatal}`)
      assert.equal((await rows('SELECT call_id FROM attribution_due')).length, calls + 1, `statement ${fatal}`)
    }
    t.diagnostic(`${tried.length} of ${statements} statements`)
  })

  test(`a store of a newer program is left to it, unless that says that this one may work on it, on ${name}`, {
    skip,
  }, async (t) => {
    const place = await (await newPlaces(t, name))()
    await (await openAt(place))[Symbol.asyncDispose]()
    const execute = (statements: string) => executeAt(place, statements)
    // What a later migration leaves behind.
    await execute(`INSERT INTO schema_version (version, oldest_role, applied_at) VALUES (6, 1, 0)`)
    await execute(`INSERT INTO kysely_migration (name, timestamp) VALUES ('0006-later', '2027-01-01T00:00:00Z')`)
    await execute('CREATE TABLE later (id bigint)')
    await (await openAt(place))[Symbol.asyncDispose]()

    await execute('UPDATE schema_version SET oldest_role = 6 WHERE version = 6')
    const isNewer = (error: unknown) =>
      error instanceof SmenaError &&
      error.code === 'schema-newer' &&
      error.remedy === 'refuse' &&
      error.details['found'] === 6 &&
      error.details['expected'] === 5
    await assert.rejects(() => openAt(place), isNewer)
    if ('file' in place) await assert.rejects(() => openSqliteReader(place.file), isNewer)
    const { rows } = storeAt(place)
    assert.equal((await rows('SELECT * FROM kysely_migration')).length, 6)
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
