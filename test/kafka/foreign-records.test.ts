import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kcat as kcatTo, kcatMissing } from '../support/kcat.ts'
import { freshTopic, kafkaMissing, sharedBrokers } from '../support/kafka.ts'
import { Follower, recordsOf, settingsOf, TestOutlet } from '../support/kafka-log.ts'
import { sendIn, TransactionalProducer } from '../support/kafka-transactions.ts'
import { until } from '../support/smena.ts'

const kcat = async (topic: string, lines: readonly string[], options?: readonly string[]): Promise<void> =>
  kcatTo(await sharedBrokers(), topic, lines, options)

const skip = kafkaMissing || kcatMissing

for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd'])
  test(`lines of kcat with compression ${compression} are records of their partition, numbered by offset`, {
    skip,
  }, async (t) => {
    const topic = await freshTopic(t)
    const lines = Array.from({ length: 300 }, (_, i) => `2026/03/02 10:00:00,line ${i},${'again and '.repeat(i % 9)}`)
    await kcat(topic, lines, ['-z', compression])
    await using follower = new Follower(settingsOf(await sharedBrokers()), topic)
    await until(
      async () => follower.records.length,
      (it) => it >= lines.length,
    )
    assert.deepEqual(follower.lines, lines)
    const [{ feed } = assert.fail('no partition')] = follower.feeds
    for (const [i, it] of follower.records.entries()) {
      assert.deepEqual([it.journal, it.number, it.line, it.occurrence, it.fragment], [feed.id, i, i, 1, null])
      assert.deepEqual([it.delivery.how, it.delivery.peer], ['kafka', `${topic}/0`])
      assert.ok(Math.abs(Date.now() - it.receivedAt) < 600_000)
    }
  })

test('lines of another producer and records of ours stand in one partition, and each keeps its own number', {
  skip,
}, async (t) => {
  const topic = await freshTopic(t)
  const settings = settingsOf(await sharedBrokers())
  await using outlet = new TestOutlet(settings, topic)
  await using follower = new Follower(settings, topic)
  await kcat(topic, ['theirs 0', 'theirs 1'])
  await outlet.sendUntilThere(recordsOf(2))
  await kcat(topic, ['theirs 4', 'theirs 5'], ['-k', 'some key'])
  await outlet.sendUntilThere(recordsOf(1, { first: 3 }))
  await until(
    async () => follower.records.length,
    (it) => it >= 7,
  )
  const { id } = follower.feeds[0]?.feed ?? {}
  assert.deepEqual(
    follower.records.map((it) => [it.journal, it.number]),
    [
      [id, 0],
      [id, 1],
      [outlet.journal, 1],
      [outlet.journal, 2],
      [id, 4],
      [id, 5],
      [outlet.journal, 3],
    ],
  )
})

test('the ends of transactions are passed, and what stands between them is read', { skip: kafkaMissing }, async (t) => {
  const topic = await freshTopic(t)
  const brokers = await sharedBrokers()
  const producer = new TransactionalProducer(t, brokers)
  const inTransaction = async (...lines: readonly string[]) => {
    const transaction = await producer.begin(topic, ...lines)
    await transaction.commit()
  }
  await using follower = new Follower(settingsOf(brokers), topic)
  await inTransaction('a', 'b')
  await inTransaction('c')
  await inTransaction('d', 'e')
  await until(
    async () => follower.records.length,
    (it) => it >= 5,
  )
  assert.deepEqual(
    follower.records.map((it) => [it.number, Buffer.from(it.bytes).toString()]),
    // The third, the fifth and the last message are markers.
    [
      [0, 'a'],
      [1, 'b'],
      [3, 'c'],
      [5, 'd'],
      [6, 'e'],
    ],
  )
  assertNothingMissing(follower)
  assert.deepEqual(follower.events, [])
})

test('what was aborted is no record, what was committed or in no transaction is, each under its own offset', {
  skip: kafkaMissing,
}, async (t) => {
  const topic = await freshTopic(t)
  const brokers = await sharedBrokers()
  const settings = settingsOf(brokers)
  const [one, other] = [new TransactionalProducer(t, brokers), new TransactionalProducer(t, brokers)]
  await using outlet = new TestOutlet(settings, topic)
  await using follower = new Follower(settings, topic)
  // Their batches lie between each other's, and ours between theirs.
  const aborted = await one.begin(topic, 'aborted 0', 'aborted 1')
  const committed = await other.begin(topic, 'committed 2')
  await sendIn(aborted, topic, 'aborted 3')
  await outlet.sendUntilThere(recordsOf(2))
  await sendIn(committed, topic, 'committed 6')
  await aborted.abort()
  await committed.commit()
  await endIs(outlet, topic, 9)
  // The same producer again, first with what counts, then with what does not, and something of ours behind it.
  const again = await one.begin(topic, 'committed 9')
  await again.commit()
  await endIs(outlet, topic, 11)
  const never = await one.begin(topic, 'aborted 11')
  await never.abort()
  await endIs(outlet, topic, 13)
  await outlet.sendUntilThere(recordsOf(1, { first: 3 }))
  const expected = [
    [2, 'committed 2'],
    [1, 'record 1 '],
    [2, 'record 2 '],
    [6, 'committed 6'],
    [9, 'committed 9'],
    [3, 'record 3 '],
  ]
  const found = (it: Follower) => it.records.map(({ number, bytes }) => [number, Buffer.from(bytes).toString()])
  await until(
    async () => found(follower),
    (it) => it.some(([, line]) => line === 'record 3 '),
  )
  assert.deepEqual(found(follower), expected)
  assertNothingMissing(follower)
  // Whoever begins within it, as a process does that comes after another, has the rest of it.
  const { feed } = follower.feeds[0] ?? assert.fail('no partition')
  const offsets = [2, 4, 5, 6, 9, 13]
  for (const position of [1, 3, 4, 7, 11, 13]) {
    await using late = new Follower(settings, topic, new Map([[feed.id, position]]))
    await until(
      async () => found(late),
      (it) => it.some(([, line]) => line === 'record 3 '),
    )
    assert.deepEqual(
      found(late),
      expected.filter((_, i) => (offsets[i] as number) >= position),
    )
    assertNothingMissing(late, position)
  }
})

test('behind the beginning of a transaction that is open nothing is read, and all of it once that has ended', {
  skip: kafkaMissing,
}, async (t) => {
  const topic = await freshTopic(t)
  const brokers = await sharedBrokers()
  const settings = settingsOf(brokers)
  const producer = new TransactionalProducer(t, brokers)
  await using outlet = new TestOutlet(settings, topic)
  await using follower = new Follower(settings, topic)
  await outlet.sendUntilThere(recordsOf(1))
  const open = await producer.begin(topic, 'of it')
  await outlet.sendUntilThere(recordsOf(1, { first: 2 }))
  await until(
    async () => follower.lines,
    (it) => it.length > 0,
  )
  // A partition that is read beside it has its records meanwhile: there was time enough.
  const beside = await freshTopic(t)
  await using besideOutlet = new TestOutlet(settings, beside)
  await using besideFollower = new Follower(settings, beside)
  await besideOutlet.sendUntilThere(recordsOf(1))
  await until(
    async () => besideFollower.lines,
    (it) => it.length > 0,
  )
  assert.deepEqual(follower.lines, ['record 1 '])
  await open.abort()
  await until(
    async () => follower.lines,
    (it) => it.length > 1,
  )
  assert.deepEqual(follower.lines, ['record 1 ', 'record 2 '])
  assertNothingMissing(follower)
})

/** That a transaction has ended is said before it is written into the partition: until all that was said is in it. */
async function endIs({ cluster }: TestOutlet, name: string, offset: number): Promise<void> {
  const topic = (await cluster.topics([name])).get(name) ?? assert.fail('no topic')
  const [partition = assert.fail('no partition')] = topic.partitions
  await until(
    () => cluster.offset(topic, partition, 'latest'),
    (it) => it === offset,
  )
}

function assertNothingMissing({ feeds }: Follower, from = 0): void {
  let next = from
  for (const it of feeds[0]?.spans ?? []) {
    assert.equal(it.from, next, 'nothing is missing between what is spanned')
    next = it.to + 1
  }
}
