import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTopic, deleteTopic, freshTopic, kafkaMissing, sharedBrokers } from '../support/kafka.ts'
import { Follower, recordsOf, settingsOf, TestOutlet } from '../support/kafka-log.ts'
import { until } from '../support/smena.ts'
import { addPartitions, deleteRecords } from '../support/topics.ts'

const skip = kafkaMissing

const numbersOf = (follower: Follower): number[] => follower.records.map((it) => it.number)
const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, i) => first + i)
const has = (follower: Follower, count: number) =>
  until(
    async () => follower.records.length,
    (it) => it >= count,
  )

test('partitions that are added while a topic is followed are followed too; a journal keeps its own', {
  skip,
}, async (t) => {
  const topic = await freshTopic(t)
  const brokers = await sharedBrokers()
  const settings = settingsOf(brokers)
  await using follower = new Follower(settings, topic)
  await using before = new TestOutlet(settings, topic)
  await before.sendUntilThere(recordsOf(10))
  await has(follower, 10)
  await addPartitions(brokers, topic, 4)
  await until(
    async () => follower.feeds.length,
    (it) => it === 4,
  )
  // The same journal in another process, and another journal that begins now and would stand in the last partition.
  await using again = new TestOutlet(settings, topic, before)
  await using late = new TestOutlet(settings, topic, { journal: '00000003'.repeat(4) })
  await before.sendUntilThere(recordsOf(10, { first: 11 }))
  await again.sendUntilThere(recordsOf(10, { first: 21 }))
  await late.sendUntilThere(recordsOf(5))
  await has(follower, 35)
  const [first, , , last] = follower.feeds
  assert.deepEqual(
    first?.records.map((it) => it.number),
    upTo(30),
  )
  assert.deepEqual(
    last?.records.map((it) => [it.journal, it.number]),
    upTo(5).map((it) => [late.journal, it]),
  )
  assert.deepEqual([...late.kept.values()], [3])
})

test('records of many partitions arrive, those of each in their order', { skip }, async (t) => {
  const topic = await freshTopic(t, 8)
  const settings = settingsOf(await sharedBrokers())
  for (let i = 0; i < 8; i++) {
    await using outlet = new TestOutlet(settings, topic, { journal: `0000000${i}`.repeat(4) })
    await outlet.sendUntilThere(recordsOf(i === 0 ? 300 : 20, { bytes: 4000 }))
  }
  await using follower = new Follower(settings, topic)
  await has(follower, 440)
  for (const it of follower.feeds)
    assert.deepEqual(
      it.records.map((record) => record.number),
      upTo(it.records.length),
    )
})

test('a topic that was deleted and made again is another one, and is read from its first offset', {
  skip,
}, async (t) => {
  const topic = await freshTopic(t)
  const brokers = await sharedBrokers()
  const settings = settingsOf(brokers)
  await using follower = new Follower(settings, topic)
  await using outlet = new TestOutlet(settings, topic)
  await outlet.sendUntilThere(recordsOf(20))
  await has(follower, 20)
  await deleteTopic(brokers, topic)
  // Whether the follower looked while there was none decides only when it hears of the end.
  await createTopic(brokers, topic, 2)
  await outlet.sendUntilThere(recordsOf(7, { first: 21 }))
  assert.equal(outlet.kept.size, 2, 'it has chosen a partition in each of the two')
  const [, [newId, chosen] = assert.fail()] = outlet.kept
  const madeAgain = (partition: number) => follower.feeds.find((it) => it.feed.id === `${newId}/${partition}`)
  await until(
    async () => madeAgain(chosen)?.records.length ?? 0,
    (it) => it >= 7,
  )
  const [old] = follower.feeds
  assert.deepEqual(follower.closed, [old?.feed.id])
  assert.notEqual(old?.feed.id.split('/')[0], newId)
  const filled = madeAgain(chosen)
  // The first attempt was still for the old topic, and went to the new one all the same: Kafka knows them by their name here.
  assert.deepEqual([...new Set(filled?.records.map((it) => it.number))], upTo(27, 21))
  assert.equal(filled?.spans[0]?.from, 0)
  // What was kept decides, in whatever process.
  const other = chosen === 0 ? 1 : 0
  const kept = new Map([[newId, other]])
  await using another = new TestOutlet(settings, topic, { journal: outlet.journal, kept })
  await another.sendUntilThere(recordsOf(1, { first: 28 }))
  await until(
    async () => madeAgain(other)?.records.at(-1)?.number,
    (it) => it === 28,
  )
  assert.equal(kept.size, 1)
})

test('a topic that is deleted is closed, and one that is made later is opened', { skip }, async (t) => {
  const topic = await freshTopic(t)
  const brokers = await sharedBrokers()
  await using follower = new Follower(settingsOf(brokers), topic)
  await until(
    async () => follower.feeds.length,
    (it) => it === 1,
  )
  await deleteTopic(brokers, topic)
  await until(
    async () => follower.closed.length,
    (it) => it === 1,
  )
  await createTopic(brokers, topic, 1)
  await until(
    async () => follower.feeds.length,
    (it) => it === 2,
  )
})

test('what was deleted under a stopped reader is told with its exact numbers, and reading goes on behind it', {
  skip,
}, async (t) => {
  const topic = await freshTopic(t)
  const brokers = await sharedBrokers()
  const settings = settingsOf(brokers)
  await using outlet = new TestOutlet(settings, topic)
  await outlet.sendUntilThere(recordsOf(100))
  let positions: ReadonlyMap<string, number>
  {
    await using before = new Follower(settings, topic)
    await has(before, 100)
    positions = before.positions
  }
  await outlet.sendUntilThere(recordsOf(50, { first: 101 }))
  await deleteRecords(brokers, topic, 130)
  await using after = new Follower(settings, topic, positions)
  await has(after, 20)
  const [{ feed, spans } = assert.fail('no partition')] = after.feeds
  assert.deepEqual(after.events, [{ kind: 'cut', source: 'pbx', feed: feed.id, from: 100, to: 129 }])
  assert.deepEqual(numbersOf(after), upTo(150, 131))
  assert.equal(spans[0]?.from, 130)
  // Who never read it has missed nothing that anybody knows of.
  await using fresh = new Follower(settings, topic)
  await has(fresh, 20)
  assert.deepEqual([numbersOf(fresh), fresh.events], [upTo(150, 131), []])
})

test('all of a topic deleted under a stopped reader: told, and what comes next is read', { skip }, async (t) => {
  const topic = await freshTopic(t)
  const brokers = await sharedBrokers()
  const settings = settingsOf(brokers)
  await using outlet = new TestOutlet(settings, topic)
  await outlet.sendUntilThere(recordsOf(30))
  await deleteRecords(brokers, topic, 30)
  await using probe = new Follower(settings, topic)
  await until(
    async () => probe.feeds.length,
    (it) => it === 1,
  )
  const id = probe.feeds[0]?.feed.id as string
  await using follower = new Follower(settings, topic, new Map([[id, 12]]))
  await until(
    async () => follower.events.length,
    (it) => it === 1,
  )
  assert.deepEqual(follower.events, [{ kind: 'cut', source: 'pbx', feed: id, from: 12, to: 29 }])
  await outlet.sendUntilThere(recordsOf(1, { first: 31 }))
  await has(follower, 1)
  assert.deepEqual([numbersOf(follower), follower.events.length], [[31], 1])
})

test('a position beyond the end is that of a partition which lost its end: all that is kept is read again', {
  skip,
}, async (t) => {
  const topic = await freshTopic(t)
  const settings = settingsOf(await sharedBrokers())
  await using outlet = new TestOutlet(settings, topic)
  await outlet.sendUntilThere(recordsOf(10))
  await using probe = new Follower(settings, topic)
  await has(probe, 10)
  const id = probe.feeds[0]?.feed.id as string
  await using follower = new Follower(settings, topic, new Map([[id, 500]]))
  await has(follower, 10)
  assert.deepEqual(numbersOf(follower), upTo(10))
  assert.deepEqual(follower.events, [{ kind: 'cut', source: 'pbx', feed: id, from: 500, to: 499 }])
})
