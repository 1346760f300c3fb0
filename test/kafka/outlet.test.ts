import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cluster } from '../../src/adapters/log-kafka/cluster.ts'
import { fetch } from '../../src/adapters/log-kafka/fetch.ts'
import { readBatches } from '../../src/adapters/log-kafka/record-batch.ts'
import { SmenaError } from '../../src/domain/errors.ts'
import { kcatMissing, kcatRead } from '../support/kcat.ts'
import { freshTopic, kafkaMissing, sharedBrokers } from '../support/kafka.ts'
import { Follower, recordsOf, settingsOf, TestOutlet } from '../support/kafka-log.ts'
import { until } from '../support/smena.ts'

const skip = kafkaMissing

test('records of 64 KiB are sent and read, and a batch that is too large for a broker goes in halves', {
  skip,
}, async (t) => {
  const settings = settingsOf(await sharedBrokers())
  // More than a broker takes by default; and more than this topic takes, which only the broker knows.
  for (const limit of [null, 300_000]) {
    const topic = await freshTopic(t, 1, limit === null ? {} : { 'max.message.bytes': String(limit) })
    const sent = recordsOf(40, { bytes: 65_536 })
    await using outlet = new TestOutlet(settings, topic)
    await outlet.sendUntilThere(sent)
    await using follower = new Follower(settings, topic)
    await until(
      async () => follower.records.length,
      (it) => it >= sent.length,
    )
    assert.deepEqual(
      follower.records.map((it) => it.number),
      sent.map((it) => it.number),
    )
    for (const [i, it] of follower.records.entries()) assert.deepEqual(Buffer.from(it.bytes), sent[i]?.bytes)
  }
})

test('a record that the topic does not take is refused, with the reason', { skip }, async (t) => {
  const topic = await freshTopic(t, 1, { 'max.message.bytes': '1000' })
  await using outlet = new TestOutlet(settingsOf(await sharedBrokers()), topic)
  await outlet.sendUntilThere(recordsOf(2))
  await assert.rejects(outlet.send(recordsOf(1, { bytes: 2000 })), (error) => {
    assert.ok(error instanceof SmenaError)
    assert.deepEqual([error.code, error.remedy], ['kafka-refused', 'retry'])
    assert.match(error.message, /MESSAGE_TOO_LARGE/u)
    return true
  })
  await outlet.sendUntilThere(recordsOf(1, { first: 3 }))
})

/** The first batches of a topic, as they lie with the broker. */
async function batchesOf(brokers: string, name: string): Promise<Buffer> {
  await using cluster = new Cluster(settingsOf(brokers), 'smena-test')
  const topic = (await cluster.topics([name])).get(name)
  const connection = await cluster.node(topic?.partitions[0]?.leader ?? null)
  const asked = [{ topicId: topic?.id ?? '', partition: 0, offset: 0 }]
  const { partitions } = await fetch(connection, asked, { waitMs: 500, bytes: 1 << 20 })
  return partitions[0]?.batches ?? assert.fail('no partition')
}

/** What the attributes of a batch say of its compression. */
const bitsOf = { zstd: 4, none: 0 } as const

for (const compression of ['zstd', 'none'] as const)
  test(`with compression ${compression} other programs read the lines, and so do we`, {
    skip: skip || kcatMissing,
  }, async (t) => {
    const brokers = await sharedBrokers()
    const settings = { ...settingsOf(brokers), compression }
    const topic = await freshTopic(t)
    const sent = recordsOf(2000)
    const lines = sent.map((it) => Buffer.from(it.bytes).toString())
    await using outlet = new TestOutlet(settings, topic)
    await outlet.sendUntilThere(sent.slice(0, 1500))
    await outlet.sendUntilThere(sent.slice(1500))
    assert.equal((await batchesOf(brokers, topic)).readInt16BE(21) & 0b111, bitsOf[compression])
    assert.deepEqual(await kcatRead(brokers, topic), lines)
    await using follower = new Follower(settings, topic)
    await until(
      async () => follower.records.length,
      (it) => it >= sent.length,
    )
    assert.deepEqual(follower.lines, lines)
  })

test('a topic that takes little takes what was compressed to less', { skip }, async (t) => {
  const topic = await freshTopic(t, 1, { 'max.message.bytes': '4000' })
  const [record] = recordsOf(1)
  assert.ok(record)
  await using outlet = new TestOutlet(settingsOf(await sharedBrokers()), topic)
  await outlet.sendUntilThere([{ ...record, bytes: Buffer.alloc(60_000, 'again ') }])
})

test('what becomes far more when it is read comes whole and in order, no batch of it more than a broker takes', {
  skip,
}, async (t) => {
  const brokers = await sharedBrokers()
  const settings = settingsOf(brokers)
  const topic = await freshTopic(t)
  const sent = recordsOf(1200).map((it) => ({ ...it, bytes: Buffer.alloc(20_000, it.bytes) }))
  await using outlet = new TestOutlet(settings, topic)
  for (let i = 0; i < sent.length; i += 100) await outlet.sendUntilThere(sent.slice(i, i + 100))
  for (const it of readBatches(await batchesOf(brokers, topic))) {
    assert.ok(it.bytes.length < 20_000 && it.heldBytes > 500_000)
    assert.ok(it.heldBytes <= 1_000_000)
  }
  await using follower = new Follower(settings, topic)
  await until(
    async () => follower.records.length,
    (it) => it >= sent.length,
  )
  assert.deepEqual(
    follower.records.map((it) => it.number),
    sent.map((it) => it.number),
  )
})
