import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { avayaLine } from '../support/avaya-lines.ts'
import { type RoleName, TestCluster } from '../support/cluster.ts'
import { freshTopic, kafkaMissing, sharedBrokers } from '../support/kafka.ts'
import { Link } from '../support/link.ts'
import { freshDatabase, postgresMissing } from '../support/postgres.ts'
import { send, smena, until } from '../support/smena.ts'
import { storeAt } from '../support/store-at.ts'

/** Two files that read the same bytes otherwise never work side by side (R8). */
const skip = kafkaMissing || postgresMissing
const differs = /configuration of source avaya differs from its newest reading in the store in: internal/u

async function twoFiles(t: TestContext) {
  const topic = await freshTopic(t)
  const databaseUrl = await freshDatabase(t)
  const brokers = await sharedBrokers()
  const withInternal = (internal: string, url = databaseUrl) =>
    new TestCluster(t, {
      brokers,
      databaseUrl: url,
      sources: { avaya: { format: 'avaya-ip-office', topic, internal } },
    })
  return { databaseUrl, ours: withInternal('^\\d{4}$'), other: (url?: string) => withInternal('^\\d{3}$', url) }
}

for (const name of ['collect', 'record', 'attribute', 'web'] as const satisfies readonly RoleName[])
  test(`${name} does not start with a file that differs from the readings in the store`, { skip }, async (t) => {
    const { ours, other } = await twoFiles(t)
    const record = await ours.start('record')
    await record.stop()
    // Its own file is as good as before.
    await (await ours.start(name)).stop()
    await assert.rejects(other().start(name), ({ message }: Error) => {
      assert.match(message, /ended before it was ready/u)
      assert.match(message, differs)
      assert.doesNotMatch(message, /^Ready\./mu)
      return true
    })
  })

test('a collector that came before the readings ends when they are there and differ from its file', {
  skip,
}, async (t) => {
  const { ours, other } = await twoFiles(t)
  const collect = await other().start('collect')
  await ours.start('record')
  assert.equal((await collect.running.finished).code, 1)
  assert.match(collect.output(), differs)
})

test('a collector whose store was away ends when it comes and its readings differ', { skip }, async (t) => {
  const { databaseUrl, ours, other } = await twoFiles(t)
  await (await ours.start('record')).stop()
  await using link = await Link.open()
  const url = new URL(databaseUrl)
  const { host } = url
  url.host = link.address
  const collect = await other(url.href).start('collect')
  link.lead(host)
  assert.equal((await collect.running.finished).code, 1)
  assert.match(collect.output(), differs)
})

test('roles that run with another file than the one that is applied end as they write; a collector says so and takes records on', {
  skip,
}, async (t) => {
  const { databaseUrl, ours, other } = await twoFiles(t)
  const { rows } = storeAt({ url: databaseUrl })
  const [record, attribute, collect] = [
    await ours.start('record'),
    await ours.start('attribute'),
    await ours.start('collect'),
  ]
  // Knows nothing of the store, and takes records whatever they mean.
  const blind = await ours.start('collect', { environment: { SMENA_DATABASE_URL: '' } })
  const { code, stderr } = await smena(other().commands, ['config', 'apply'])
  assert.equal(code, 0, stderr)
  await send(blind.ports['avaya'] as number, Buffer.from(`${avayaLine()}\r\n`))
  await rows(`INSERT INTO attribution_due_range (plan, extension, from_at) VALUES ('avaya', '201', 0)`)
  for (const { name, running, output } of [record, attribute]) {
    assert.equal((await running.finished).code, 1, name)
    assert.match(output(), differs, name)
  }
  await until(
    async () => collect.output(),
    (told) => told.includes('"code":"reading-differs"'),
  )
  await send(collect.ports['avaya'] as number, Buffer.from(`${avayaLine({ ring: 9 })}\r\n`))
  assert.deepEqual(await rows('SELECT id FROM record'), [])
  // With that file they begin, and the records are stored by its reading.
  await other().start('record')
  await until(
    () => rows('SELECT id FROM record'),
    (found) => found.length === 2,
  )
})
