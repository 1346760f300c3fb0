import assert from 'node:assert/strict'
import { after, test, type TestContext } from 'node:test'
import { randomBytes } from 'node:crypto'
import { Cluster, type Partition } from '../../src/adapters/log-kafka/cluster.ts'
import { ensureTopic } from '../../src/adapters/log-kafka/topics.ts'
import { SmenaError } from '../../src/domain/errors.ts'
import { BrokerProxy } from '../support/broker-proxy.ts'
import { type Kafka, ownKafkaMissing, startKafka } from '../support/kafka.ts'
import { Follower, recordsOf, settingsOf, TestOutlet } from '../support/kafka-log.ts'
import { until } from '../support/smena.ts'
import { configure, endOffsets, producersOf } from '../support/topics.ts'

const skip = ownKafkaMissing

/** A cluster of this file's own, each broker behind a proxy, by way of which alone the tests' clients know it. */
interface Servers {
  readonly kafka: Kafka
  readonly proxies: readonly BrokerProxy[]
  readonly brokers: string
}

let servers: Promise<Servers> | null = null

async function start(): Promise<Servers> {
  const proxies = await Promise.all([BrokerProxy.open(), BrokerProxy.open(), BrokerProxy.open()])
  const addresses = proxies.map((it) => it.address)
  const kafka = await startKafka({ advertised: addresses })
  for (const [i, it] of proxies.entries()) it.lead(kafka.behind[i] as string)
  return { kafka, proxies, brokers: addresses.join(',') }
}

after(async () => {
  const { kafka, proxies } = (await servers) ?? { kafka: null, proxies: [] }
  for (const it of proxies) await it[Symbol.asyncDispose]()
  await kafka?.[Symbol.asyncDispose]()
})

/** A topic of one partition, and who leads it. */
async function open(t: TestContext) {
  const found = await (servers ??= start())
  const topic = `t-${randomBytes(8).toString('hex')}`
  await found.kafka.createTopic(topic, 1)
  const settings = settingsOf(found.brokers)
  const leader = async () => {
    await using cluster = new Cluster(settings, 'smena-test')
    return (await ensureTopic(cluster, topic)).partitions[0]?.leader as number
  }
  const outlet = new TestOutlet(settings, topic)
  t.after(() => outlet[Symbol.asyncDispose]())
  await outlet.sendUntilThere(recordsOf(10))
  const proxy = found.proxies[(await leader()) - 1] as BrokerProxy
  return { ...found, topic, settings, leader, outlet, proxy }
}

const isAway = (error: unknown): boolean => error instanceof SmenaError && error.code === 'kafka-away'

/** Every number is there, and none came before the one before it. What was sent twice may stand there twice. */
function assertOrder(follower: Follower, last: number): void {
  let next = 1
  for (const { number } of follower.records) {
    assert.ok(number <= next, `${number} came before ${next}`)
    if (number === next) next++
  }
  assert.equal(next, last + 1)
}

const followsTo = (follower: Follower, last: number) =>
  until(
    async () => Math.max(0, ...follower.feeds.map((it) => it.records.at(-1)?.number ?? 0)),
    (it) => it >= last,
    60_000,
  )

test('a producer that was silent for so long that brokers have forgotten it goes on: each number is there once', {
  skip,
}, async (t) => {
  const { kafka, topic, settings, outlet } = await open(t)
  assert.equal(await producersOf(kafka.brokers, topic), 1)
  const key = 'producer.id.expiration.ms'
  await configure(kafka.brokers, '', key, '500')
  t.after(() => configure(kafka.brokers, '', key, null))
  for (const first of [11, 21]) {
    await until(
      () => producersOf(kafka.brokers, topic),
      (it) => it === 0,
    )
    await outlet.sendUntilThere(recordsOf(10, { first }))
  }
  await using follower = new Follower(settings, topic)
  await followsTo(follower, 30)
  assert.deepEqual(
    follower.records.map((it) => it.number),
    recordsOf(30).map((it) => it.number),
  )
})

test('a batch whose answer was lost is stored once, however often it is repeated', { skip }, async (t) => {
  const { kafka, topic, outlet, proxy } = await open(t)
  const batch = recordsOf(5, { first: 11 })
  proxy.loseProduceAnswers(2)
  await assert.rejects(outlet.send(batch), isAway)
  await assert.rejects(outlet.send(batch), isAway)
  await outlet.sendUntilThere(batch)
  await outlet.sendUntilThere(recordsOf(5, { first: 16 }))
  assert.deepEqual(await endOffsets(kafka.brokers, topic), [20])
})

test('other records than those whose answer was lost are never taken for them', { skip }, async (t) => {
  const { kafka, topic, settings, outlet, proxy } = await open(t)
  proxy.loseProduceAnswers(1)
  await assert.rejects(outlet.send(recordsOf(5, { first: 11 })), isAway)
  // As many of them, so that the broker could not tell them apart by their sequence.
  await outlet.sendUntilThere(recordsOf(5, { first: 16 }))
  await outlet.sendUntilThere(recordsOf(10, { first: 11 }))
  assert.deepEqual(await endOffsets(kafka.brokers, topic), [30])
  await using follower = new Follower(settings, topic)
  await followsTo(follower, 20)
  assert.deepEqual(
    new Set(follower.records.map((it) => it.number)),
    new Set(Array.from({ length: 20 }, (_, i) => i + 1)),
  )
})

test('a connection that does not answer is given up, and never used again', { skip }, async (t) => {
  const { outlet, proxy, settings, topic } = await open(t)
  const follower = new Follower(settings, topic)
  await followsTo(follower, 10)
  proxy.silent(true)
  const began = performance.now()
  const sending = outlet.send(recordsOf(5, { first: 11 }))
  await assert.rejects(sending, isAway)
  const seconds = (performance.now() - began) / 1000
  assert.ok(seconds > 5 && seconds < 15, `given up after ${seconds} s`)
  proxy.silent(false)
  const { connections } = proxy
  await outlet.sendUntilThere(recordsOf(5, { first: 11 }))
  assert.ok(proxy.connections > connections)
  await followsTo(follower, 15)
  assertOrder(follower, 15)
  await follower[Symbol.asyncDispose]()
})

test('while one broker is silent the partitions of the others are read on', { skip }, async () => {
  const { kafka, proxies, brokers } = await (servers ??= start())
  const topic = `t-${randomBytes(8).toString('hex')}`
  await kafka.createTopic(topic, 3)
  const settings = settingsOf(brokers)
  await using cluster = new Cluster(settings, 'smena-test')
  const { partitions } = await ensureTopic(cluster, topic)
  const [read, silent] = partitions.toSorted((a, b) => (a.leader ?? 0) - (b.leader ?? 0)) as [Partition, Partition]
  assert.notEqual(read.leader, silent.leader)
  await using outlet = new TestOutlet(settings, topic, { journal: `0000000${read.index}`.repeat(4) })
  await outlet.sendUntilThere(recordsOf(1))
  await using follower = new Follower(settings, topic)
  await followsTo(follower, 1)
  const proxy = proxies[(silent.leader as number) - 1] as BrokerProxy
  proxy.silent(true)
  const began = performance.now()
  let slowest = 0
  for (let number = 2; performance.now() - began < 9000; number++) {
    await outlet.sendUntilThere(recordsOf(1, { first: number }))
    const sent = performance.now()
    await followsTo(follower, number)
    slowest = Math.max(slowest, performance.now() - sent)
  }
  proxy.silent(false)
  assert.ok(slowest < 3000, `a record took ${Math.round(slowest)} ms`)
})

test('brokers that let nobody in are told as trouble, and their return too', { skip }, async (t) => {
  const { proxies, settings, topic, outlet } = await open(t)
  await using follower = new Follower(settings, topic)
  await followsTo(follower, 10)
  for (const it of proxies) it.away(true)
  await assert.rejects(outlet.send(recordsOf(1, { first: 11 })), isAway)
  const [trouble] = await until(
    async () => follower.events,
    (it) => it.length > 0,
  )
  assert.ok(trouble?.kind === 'trouble' && trouble.error.code === 'kafka-away')
  for (const it of proxies) it.away(false)
  await outlet.sendUntilThere(recordsOf(1, { first: 11 }))
  await followsTo(follower, 11)
  assert.deepEqual(
    follower.events.map((it) => it.kind),
    ['trouble', 'recovered'],
  )
})

/** Sends batches, a few hundred records a second, until `act` has returned; resolves with the last number when all are there. */
async function sendWhile(outlet: TestOutlet, act: () => Promise<void>): Promise<number> {
  let last = 10
  let isOver = false
  const acting = act().finally(() => (isOver = true))
  while (!isOver) {
    await outlet.sendUntilThere(recordsOf(50, { first: last + 1 }))
    last += 50
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  await acting
  await outlet.sendUntilThere(recordsOf(50, { first: last + 1 }))
  return last + 50
}

test('a leader that is killed while records are sent loses none of them, and their order stays', {
  skip,
}, async (t) => {
  const { kafka, settings, topic, outlet, leader } = await open(t)
  await using follower = new Follower(settings, topic)
  const last = await sendWhile(outlet, async () => {
    const broker = await leader()
    await kafka.kill(broker)
    await until(leader, (it) => it > 0 && it !== broker)
    await kafka.start(broker)
  })
  await followsTo(follower, last)
  assertOrder(follower, last)
  assert.deepEqual(
    follower.events.filter((it) => it.kind === 'cut'),
    [],
  )
})

test('a leader that is frozen is replaced, and what it knew when it thaws harms nothing', { skip }, async (t) => {
  const { kafka, settings, topic, outlet, leader } = await open(t)
  await using follower = new Follower(settings, topic)
  const last = await sendWhile(outlet, async () => {
    const broker = await leader()
    await kafka.pause(broker)
    t.after(() => kafka.resume(broker))
    await until(leader, (it) => it > 0 && it !== broker, 60_000)
    await kafka.resume(broker)
  })
  await followsTo(follower, last)
  assertOrder(follower, last)
})

const within2s = async (it: AsyncDisposable, what: string) => {
  const began = performance.now()
  await it[Symbol.asyncDispose]()
  const ms = performance.now() - began
  assert.ok(ms < 2000, `${what} took ${Math.round(ms)} ms to end`)
}

test('everything ends at once, whatever the brokers do', { skip }, async (t) => {
  const { kafka, settings, topic, outlet, leader } = await open(t)
  const follower = new Follower(settings, topic)
  await followsTo(follower, 10)
  const broker = await leader()
  await kafka.pause(broker)
  t.after(() => kafka.resume(broker))
  const sending = assert.rejects(outlet.send(recordsOf(1, { first: 11 })), isEnded)
  const late = new Follower(settings, topic)
  await within2s(follower, 'a follower of a frozen broker')
  await within2s(late, 'a follower that begins')
  await within2s(outlet, 'an outlet')
  await sending
  // Nobody answers there, and nobody says so (RFC 5737).
  const nowhere = settingsOf('192.0.2.1:9092')
  const lost = new TestOutlet(nowhere, topic)
  const waiting = assert.rejects(lost.send(recordsOf(1)), isEnded)
  await within2s(new Follower(nowhere, topic), 'a follower of nowhere')
  await within2s(lost, 'an outlet to nowhere')
  await waiting
})

const isEnded = (error: unknown): boolean => error instanceof SmenaError && error.remedy === 'retry'
