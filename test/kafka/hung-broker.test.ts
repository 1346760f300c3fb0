import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import { Cluster } from '../../src/adapters/log-kafka/cluster.ts'
import { freshTopic, kafkaMissing, sharedBrokers } from '../support/kafka.ts'
import { settingsOf } from '../support/kafka-log.ts'

/** `status` waits three seconds for what collectors have published (`roles/cluster.ts`). */
const statusWaitsMs = 3000

test('a broker that takes connections and says nothing is passed over before whoever asks for the status gives up', {
  skip: kafkaMissing,
}, async (t) => {
  const topic = await freshTopic(t)
  const brokers = await sharedBrokers()
  const hung = createServer((socket) => t.after(() => socket.destroy())).listen(0, '127.0.0.1')
  t.after(() => hung.close())
  await once(hung, 'listening')
  const { port } = hung.address() as AddressInfo
  await using cluster = new Cluster(settingsOf(`127.0.0.1:${port},${brokers}`), 'smena-test')
  const began = performance.now()
  const known = await cluster.topics([topic])
  assert.equal(known.get(topic)?.name, topic)
  assert.ok(performance.now() - began < statusWaitsMs - 500)
})
