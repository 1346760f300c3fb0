import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { pino } from 'pino'
import { openPostgresStore } from '../../src/adapters/store-sql/postgres/store.ts'
import { formats } from '../../src/domain/formats/formats.ts'
import { readingOf, readSettings, type Settings } from '../../src/domain/settings.ts'
import { Sources } from '../../src/pipeline/sources.ts'
import { requireReadings } from '../../src/roles/cluster.ts'
import { RoleProcess } from '../../src/roles/role-process.ts'
import { openReader } from '../../src/roles/store-place.ts'
import { freshDatabase, postgresMissing } from '../support/postgres.ts'
import pg from 'pg'
import { until } from '../support/smena.ts'

function settingsOf(databaseUrl: string, avaya: { internal: string }): Settings {
  const sources = { avaya: { format: 'avaya-ip-office', ...avaya }, late: { format: 'asterisk-csv' } }
  const read = readSettings({ databaseUrl, timezone: 'Europe/Moscow', sources }, { systemTimezone: 'Europe/Moscow' })
  assert.ok('settings' in read, JSON.stringify(read))
  return read.settings
}

function processOf(t: TestContext, settings: Settings) {
  const stop = new AbortController()
  t.after(() => stop.abort())
  const it = new RoleProcess({
    settings,
    version: '0',
    inContainer: false,
    runtimeDirectory: null,
    log: pino({ level: 'silent' }),
    announce: () => undefined,
    signal: stop.signal,
  })
  const over = it.untilOver().then(() => 'stopped')
  return { it, over }
}

test('a collector with a source that the store does not know goes on when another one is read otherwise later, and says so', {
  skip: postgresMissing,
}, async (t) => {
  const url = await freshDatabase(t)
  await using store = await openPostgresStore(url)
  const sources = new Sources(store, formats)
  const apply = async (settings: Settings) => {
    const [avaya] = settings.sources
    assert.ok(avaya)
    await sources.apply('avaya', readingOf(avaya, settings), 0, 'always', Date.now())
  }
  const settings = settingsOf(url, { internal: '^\\d{4}$' })
  await apply(settings)
  const { it, over } = processOf(t, settings)
  // What is loaded for the first time takes its time, and the start does not wait for long.
  await (await openReader({ url }))?.[Symbol.asyncDispose]()
  await requireReadings(it)
  await apply(settingsOf(url, { internal: '^\\d{3}$' }))
  const told = until(
    async () => it.alarms.get('readings avaya')?.code,
    (code) => code !== undefined,
  )
  assert.equal(await Promise.race([told, over]), 'reading-differs')
})

test('a collector goes on, and says so, when the store refuses it at the start or later: an exchange must find it listening', {
  skip: postgresMissing,
}, async (t) => {
  const url = await freshDatabase(t)
  await using store = await openPostgresStore(url)
  const settings = settingsOf(url, { internal: '^\\d{4}$' })
  const [avaya] = settings.sources
  assert.ok(avaya)
  await new Sources(store, formats).apply('avaya', readingOf(avaya, settings), 0, 'always', Date.now())
  const execute = async (statement: string) => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query(statement)
    await client.end()
  }
  const refused = async (process: RoleProcess, code: string | undefined, over: Promise<string>) => {
    const told = until(
      async () => process.alarms.get('readings')?.code,
      (found) => found === code,
    )
    assert.equal(await Promise.race([told, over]), code)
  }
  await (await openReader({ url }))?.[Symbol.asyncDispose]()
  const before = processOf(t, settings)
  await requireReadings(before.it)
  assert.equal(before.it.alarms.size, 0)
  // What a newer program does first.
  await execute('INSERT INTO schema_version (version, oldest_role, applied_at) VALUES (99, 99, 0)')
  await refused(before.it, 'schema-newer', before.over)
  const late = processOf(t, settings)
  await requireReadings(late.it)
  await refused(late.it, 'schema-newer', late.over)
  await execute('DELETE FROM schema_version WHERE version = 99')
  await refused(before.it, undefined, before.over)
  const nobody = new URL(url)
  nobody.username = 'nobody_of_that_name'
  const stranger = processOf(t, settingsOf(nobody.href, { internal: '^\\d{4}$' }))
  await requireReadings(stranger.it)
  await refused(stranger.it, 'store-broken', stranger.over)
})
