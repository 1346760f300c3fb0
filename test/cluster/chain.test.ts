import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Status } from '../../src/pipeline/status.ts'
import { TestCluster } from '../support/cluster.ts'
import { avayaLine } from '../support/avaya-lines.ts'
import { kcat, kcatMissing } from '../support/kcat.ts'
import { freshTopic, kafkaMissing, sharedBrokers } from '../support/kafka.ts'
import { TransactionalProducer } from '../support/kafka-transactions.ts'
import { freshDatabase, postgresMissing } from '../support/postgres.ts'
import { Link } from '../support/link.ts'
import { send, smenaJson, statusOfInstallation, until } from '../support/smena.ts'

const skip = kafkaMissing || postgresMissing || kcatMissing

const balances = ({ sources }: Status): boolean =>
  Object.values(sources).every((it) => it.received === it.stored + it.duplicate + it.quarantined + it.pending)

const isSettled = (it: Status): boolean => balances(it) && it.roles.record.lag === 0 && it.roles.attribute.lag === 0

test('records go from sockets through Kafka into calls; status says so from any host', { skip }, async (t) => {
  const avaya = await freshTopic(t)
  const cluster = new TestCluster(t, {
    brokers: await sharedBrokers(),
    databaseUrl: await freshDatabase(t),
    sources: { avaya: { format: 'avaya-ip-office', topic: avaya, groups: '^300$', attendants: '^706$' } },
  })
  const collect = await cluster.start('collect')
  const record = await cluster.start('record')
  const attribute = await cluster.start('attribute')
  const web = await cluster.start('web')
  await send(collect.ports['avaya'] as number, Buffer.from(`${avayaLine({ caller: '84955550101' })}\r\n`))
  const status = await until(
    () => statusOfInstallation(cluster.commands),
    (it) => isSettled(it) && (it.sources['avaya']?.stored ?? 0) === 1,
  )
  assert.equal(status.mode, 'cluster')
  assert.equal(status.collectors.length, 1)
  assert.deepEqual(status.gaps, [])
  const calls = await smenaJson<{ from: string }>(cluster.commands, ['calls', '--json'])
  assert.deepEqual(
    calls.map((it) => it.from),
    ['84955550101'],
  )

  // A line of another producer.
  const line = avayaLine({ caller: '84955550102', start: '2024/03/04 09:10:05', callId: 1_000_242 })
  await kcat(await sharedBrokers(), avaya, [line])
  await until(
    () => smenaJson<{ from: string }>(cluster.commands, ['calls', '--json']),
    (it) => it.length === 2 && it[1]?.from === '84955550102',
  )
  // What another producer takes back is no record and no gap, what it sends behind it is one.
  const producer = new TransactionalProducer(t, await sharedBrokers())
  const lineAt = (second: number, caller: string) =>
    avayaLine({ caller, start: `2024/03/04 09:20:0${second}`, callId: 1_000_300 + second })
  await (await producer.begin(avaya, lineAt(1, '84955550103'), lineAt(2, '84955550104'))).abort()
  await (await producer.begin(avaya, lineAt(3, '84955550105'))).commit()
  await until(
    () => smenaJson<{ from: string }>(cluster.commands, ['calls', '--json']),
    (it) => it.length >= 3 && it.at(-1)?.from === '84955550105',
  )
  const after = await statusOfInstallation(cluster.commands)
  assert.deepEqual([after.sources['avaya']?.stored, after.gaps], [3, []])
  for (const { http, name } of [collect, record, attribute, web]) {
    assert.equal((await fetch(`${http}/livez`)).status, 200, name)
    assert.match(await (await fetch(`${http}/metrics`)).text(), /smena_build_info/u)
  }
  const overHttp = (await (await fetch(`${web.http}/api/v1/status`)).json()) as Status
  assert.ok(balances(overHttp))
  for (const it of [web, attribute, record, collect]) {
    const started = Date.now()
    assert.equal(await it.stop(), 0, it.output())
    assert.ok(Date.now() - started < 10_000, `${it.name} took ${Date.now() - started} ms to stop`)
  }
})

test('a record process whose source another one took while its database was away is ready again when that is back', {
  skip,
}, async (t) => {
  const databaseUrl = new URL(await freshDatabase(t))
  await using link = await Link.open()
  link.lead(databaseUrl.host)
  const behindLink = new URL(databaseUrl)
  behindLink.host = link.address
  const cluster = new TestCluster(t, {
    brokers: await sharedBrokers(),
    databaseUrl: databaseUrl.href,
    sources: { avaya: { format: 'avaya-ip-office', topic: await freshTopic(t) } },
  })
  const collect = await cluster.start('collect')
  const cutOff = await cluster.start('record', { environment: { SMENA_DATABASE_URL: behindLink.href } })
  const readiness = async () => (await fetch(`${cutOff.http}/readyz`)).status
  assert.equal(await until(readiness, (it) => it === 200), 200)
  const sends = (callId: number) =>
    send(collect.ports['avaya'] as number, Buffer.from(`${avayaLine({ callId, caller: `8${callId}` })}\r\n`))
  const stored = (count: number) =>
    until(
      () => statusOfInstallation(cluster.commands),
      ({ sources }) => sources['avaya']?.stored === count,
    )
  await sends(1_000_001)
  await stored(1)
  link.away(true)
  await sends(1_000_002)
  await until(
    async () => cutOff.output(),
    (it) => /"source":"avaya","code":"store-away"|"code":"store-away","source":"avaya"/u.test(it),
  )
  assert.equal(await readiness(), 503)
  await cluster.start('record')
  await stored(2)
  link.away(false)
  assert.equal(await until(readiness, (it) => it === 200), 200)
  await sends(1_000_003)
  await stored(3)
})
