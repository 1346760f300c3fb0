import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { createConnection } from 'node:net'
import { after, test, type TestContext } from 'node:test'
import { avayaLine } from '../support/avaya-lines.ts'
import { type ClusterOptions, type RunningRole, TestCluster } from '../support/cluster.ts'
import {
  createTopic,
  deleteTopic,
  type Kafka,
  ownKafkaMissing,
  type SecureBrokers,
  startKafka,
} from '../support/kafka.ts'
import { freshDatabase, postgresMissing } from '../support/postgres.ts'
import { send, smena, startSmena, statusOfInstallation, until } from '../support/smena.ts'
import { storeAt } from '../support/store-at.ts'
import { deny, endOffsets, knowTopic, replicasOf, unregister } from '../support/topics.ts'

/** What a collector does while its cluster refuses, lacks brokers or is away. */
const skip = ownKafkaMissing || postgresMissing

let kafka: Promise<Kafka> | null = null
after(async () => (await kafka)?.[Symbol.asyncDispose]())
const started = () => (kafka ??= startKafka({ secure: true }))
const all = [1, 2, 3]

const newTopic = (): string => `t-${randomBytes(6).toString('hex')}`

async function clusterOf(t: TestContext, options: Partial<ClusterOptions> & { topic?: string } = {}) {
  const { topic = newTopic(), ...more } = options
  return new TestCluster(t, {
    brokers: (await started()).brokers,
    databaseUrl: await freshDatabase(t),
    sources: { avaya: { format: 'avaya-ip-office', topic } },
    ...more,
  })
}

/** By way of TLS, as user smena. */
async function secured(password?: string): Promise<Pick<ClusterOptions, 'brokers' | 'kafka'>> {
  const { brokers, caFile, user, ...right } = (await started()).secure as SecureBrokers
  const sasl = { mechanism: 'SCRAM-SHA-512', username: user, password: password ?? right.password }
  return { brokers, kafka: { tls: { ca: caFile }, sasl } }
}

const lines = (count: number): Buffer =>
  Buffer.from(Array.from({ length: count }, (_, i) => `${avayaLine({ callId: 1_000_000 + i })}\r\n`).join(''))

const says = (role: RunningRole, what: RegExp): Promise<string> =>
  until(
    async () => role.output(),
    (text) => what.test(text),
  )

const metrics = (role: RunningRole, what: RegExp): Promise<string> =>
  until(
    async () => (await fetch(`${role.http}/metrics`)).text(),
    (text) => what.test(text),
  )

test('a collector that is asked to send records again while Kafka is away ends in time, and says so', {
  skip,
}, async (t) => {
  const cluster = await clusterOf(t)
  const it = await started()
  const collect = await cluster.start('collect')
  await send(collect.ports['avaya'] as number, lines(50))
  await metrics(collect, /^smena_lag\{role="forward"\} 0$/mu)
  await Promise.all(all.map((broker) => it.kill(broker)))
  t.after(() => Promise.all(all.map((broker) => it.start(broker))))
  const asking = startSmena(collect.installation, ['forward', '--source', 'avaya', '--from', '1', '--lang', 'en'])
  asking.child.stdin.end()
  t.after(() => asking.child.kill('SIGKILL'))
  // Long enough for the command to be asking, and for the brokers to have been found away.
  await says(collect, /"code":"numbers-unpublished"/u)
  const began = performance.now()
  assert.equal(await collect.stop(), 0, collect.output())
  const seconds = (performance.now() - began) / 1000
  assert.ok(seconds < 10, `it took ${seconds} s`)
  const { code, stderr } = await asking.finished
  assert.equal(code, 1)
  assert.match(stderr, /went away before it answered: it was stopped/u)
})

test('numbers that nobody can read elsewhere are an alarm of the collector, until they are published', {
  skip,
}, async (t) => {
  const { brokers } = await started()
  await deleteTopic(brokers, 'smena-collectors')
  await createTopic(brokers, 'smena-collectors', 1, { 'max.message.bytes': '100' })
  const cluster = await clusterOf(t)
  const collect = await cluster.start('collect')
  await says(collect, /"code":"numbers-unpublished".*MESSAGE_TOO_LARGE/u)
  await metrics(collect, /^smena_dependency_up\{dependency="kafka"\} 0$/mu)
  const { stdout } = await smena(collect.installation, ['status', '--lang', 'en'])
  assert.match(stdout.replaceAll(/\s+/gu, ' '), /cannot publish its numbers.*MESSAGE_TOO_LARGE/u)
  await deleteTopic(brokers, 'smena-collectors')
  await says(collect, /the numbers of this collector are published again/u)
  await metrics(collect, /^smena_dependency_up\{dependency="kafka"\} 1$/mu)
})

test('a topic that is made while a broker is down has its three replicas all the same', { skip }, async (t) => {
  const it = await started()
  const topic = newTopic()
  const cluster = await clusterOf(t, { topic })
  await it.kill(3)
  t.after(() => it.start(3))
  const collect = await cluster.start('collect')
  await send(collect.ports['avaya'] as number, lines(5))
  await metrics(collect, /^smena_lag\{role="forward"\} 0$/mu)
  assert.equal(await replicasOf(it.brokers, topic), 3)
})

test('a cluster with too few brokers for a topic is waited for, and says what is missing', { skip }, async (t) => {
  const it = await started()
  const topic = newTopic()
  // One address is enough to find them all, and says nothing of how many there are.
  const [brokers = ''] = it.brokers.split(',')
  const cluster = await clusterOf(t, { topic, brokers })
  await it.kill(3)
  let isBack = false
  t.after(() => isBack || it.start(3))
  await until(
    () =>
      unregister(it.brokers, 3).then(
        () => 'forgotten',
        (error: unknown) => String(error),
      ),
    (is) => is === 'forgotten',
  )
  const collect = await cluster.start('collect')
  await send(collect.ports['avaya'] as number, lines(5))
  await says(collect, /"code":"kafka-too-few".*to have 3 replicas, and 2 brokers are up/u)
  assert.equal(await replicasOf(it.brokers, topic), 0)
  await it.start(3)
  isBack = true
  await metrics(collect, /^smena_lag\{role="forward"\} 0$/mu)
  assert.equal(await replicasOf(it.brokers, topic), 3)
})

test('records are sent again where no collector runs, and what waits in the journal goes with them', {
  skip,
}, async (t) => {
  const { brokers } = await started()
  const topic = newTopic()
  const cluster = await clusterOf(t, { topic })
  const collect = await cluster.start('collect')
  await send(collect.ports['avaya'] as number, lines(50))
  await metrics(collect, /^smena_lag\{role="forward"\} 0$/mu)
  assert.equal(await collect.stop(), 0, collect.output())
  // It takes records and cannot hand them on.
  const apart = await cluster.start('collect', { directory: collect.installation.directory, brokers: '127.0.0.1:1' })
  await send(apart.ports['avaya'] as number, lines(7))
  assert.equal(await apart.stop(), 0, apart.output())
  const again = ['forward', '--source', 'avaya', '--from', '11', '--to', '30', '--lang', 'en']
  const { code, stdout, stderr } = await smena(cluster.installation(collect.installation.directory), again)
  assert.deepEqual([code, stdout], [0, '20 records of avaya were sent again.\n'], stderr)
  await until(
    () => endOffsets(brokers, topic),
    ([end]) => end === 77,
  )
  // Where there is no journal nothing is made.
  const elsewhere = await smena(cluster.commands, again)
  assert.equal(elsewhere.code, 1)
  assert.match(elsewhere.stderr, /No process owns the data directory/u)
  assert.ok(!existsSync(cluster.commands.environment['SMENA_DATA_DIR'] as string))
})

test('topics that are less safe than they could be are told in status, that of the numbers among them', {
  skip,
}, async (t) => {
  const { brokers } = await started()
  const topic = newTopic()
  await createTopic(brokers, topic, 1, { 'min.insync.replicas': '1', 'retention.ms': '86400000' })
  await deleteTopic(brokers, 'smena-collectors')
  t.after(() => deleteTopic(brokers, 'smena-collectors'))
  await until(
    () => knowTopic(brokers, 'smena-collectors'),
    (count) => count === 0,
  )
  await createTopic(brokers, 'smena-collectors', 1, { 'cleanup.policy': 'delete' })
  const cluster = await clusterOf(t, { topic })
  const collect = await cluster.start('collect')
  const { alarms } = await until(
    () => statusOfInstallation(collect.installation),
    (it) => it.alarms.some(({ code, details }) => code === 'topic-unsafe' && details['topic'] === 'smena-collectors'),
    90_000,
  )
  const unsafe = alarms.flatMap(({ code, details }) => (code === 'topic-unsafe' ? [details] : []))
  const told = unsafe.map((it) => `${it['topic']} ${it['key']} ${it['found']}, not ${it['expected']}`)
  for (const it of [
    `${topic} min.insync.replicas 1, not 2`,
    `${topic} retention.ms 86400000, not 604800000`,
    'smena-collectors cleanup.policy delete, not compact',
  ])
    assert.ok(told.includes(it), `${it}: ${told.join('; ')}`)
})

test('a wrong password is told as a refusal, by who sends and by who reads', { skip }, async (t) => {
  const cluster = await clusterOf(t, await secured('not-this-one'))
  const collect = await cluster.start('collect')
  await send(collect.ports['avaya'] as number, lines(1))
  await says(collect, /"source":"avaya","code":"kafka-refused".*Authentication/iu)
  const record = await cluster.start('record')
  await says(record, /"source":"avaya","code":"kafka-refused".*Authentication/iu)
  const ready = await fetch(`${record.http}/readyz`)
  assert.match(await ready.text(), /"dependency":"kafka"/u)
})

test('a topic that the account may not use is told by the name of its refusal', { skip }, async (t) => {
  const { brokers } = await started()
  const { user } = (await started()).secure as SecureBrokers
  const topic = newTopic()
  await createTopic(brokers, topic, 1)
  await deny(brokers, user, topic, 'DESCRIBE')
  const cluster = await clusterOf(t, { topic, ...(await secured()) })
  const collect = await cluster.start('collect')
  const record = await cluster.start('record')
  await send(collect.ports['avaya'] as number, lines(1))
  for (const it of [collect, record])
    await says(it, new RegExp(`"code":"kafka-refused".*topic ${topic}: TOPIC_AUTHORIZATION_FAILED`, 'u'))
  const { stdout } = await smena(cluster.commands, ['status', '--lang', 'ru'])
  assert.match(stdout.replaceAll(/\s+/gu, ' '), /Kafka отказывает: .*TOPIC_AUTHORIZATION_FAILED/u)
})

test('deliveries that ended with a collector that was killed, and those that end while nobody reads, are all closed in the store', {
  skip,
  timeout: 180_000,
}, async (t) => {
  const databaseUrl = await freshDatabase(t)
  const cluster = await clusterOf(t, { databaseUrl })
  const { rows } = storeAt({ url: databaseUrl })
  const each = 250
  const received = (role: RunningRole, count: number) =>
    metrics(role, new RegExp(`^smena_records_received_total\\{source="avaya"\\} ${count}$`, 'mu'))
  const lineOf = (n: number) => Buffer.from(`${avayaLine({ callId: 1_000_000 + n })}\r\n`)
  const collect = await cluster.start('collect')
  for (let n = 0; n < each; n++) {
    const socket = createConnection({ host: '127.0.0.1', port: collect.ports['avaya'] as number })
    socket.on('error', () => undefined)
    t.after(() => socket.destroy())
    socket.write(lineOf(n))
  }
  await received(collect, each)
  await collect.kill()
  const again = await cluster.start('collect', { directory: collect.installation.directory })
  for (let n = 0; n < each; n++) await send(again.ports['avaya'] as number, lineOf(each + n))
  await received(again, 2 * each)
  await cluster.start('record')
  const count = 'SELECT count(*) AS all, count(closed_at) AS closed FROM delivery'
  await until(
    () => rows(count),
    ([it]) => it?.['all'] === 2 * each && it['closed'] === 2 * each,
    60_000,
  )
})
