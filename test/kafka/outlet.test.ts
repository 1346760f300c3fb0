import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SmenaError } from '../../src/domain/errors.ts'
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
