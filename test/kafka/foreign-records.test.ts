import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { Producer } from '@platformatic/kafka'
import { freshTopic, kafkaMissing, sharedBrokers } from '../support/kafka.ts'
import { Follower, recordsOf, settingsOf, TestOutlet } from '../support/kafka-log.ts'
import { until } from '../support/smena.ts'

/** Each line of the input a message, as `tail -f Master.csv | kcat` sends them. */
async function kcat(topic: string, lines: readonly string[], options: readonly string[] = []): Promise<void> {
  const running = promisify(execFile)('kcat', ['-P', '-b', await sharedBrokers(), '-t', topic, ...options])
  running.child.stdin?.end(lines.map((it) => `${it}\n`).join(''))
  await running
}

const kcatMissing = await promisify(execFile)('kcat', ['-V']).then(
  () => false as const,
  () => 'kcat is not installed (Debian: apt-get install kcat)',
)
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
  const producer = new Producer({
    clientId: 'smena-test',
    bootstrapBrokers: brokers.split(','),
    transactionalId: randomBytes(8).toString('hex'),
    idempotent: true,
    retries: 20,
    retryDelay: 200,
  })
  t.after(() => producer.close())
  const inTransaction = async (...lines: readonly string[]) => {
    const transaction = await producer.beginTransaction()
    await transaction.send({ messages: lines.map((it) => ({ topic, value: Buffer.from(it) })) })
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
  let next = 0
  for (const it of follower.feeds[0]?.spans ?? []) {
    assert.equal(it.from, next, 'nothing is missing between what is spanned')
    next = it.to + 1
  }
  assert.deepEqual(follower.events, [])
})
