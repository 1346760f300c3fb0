import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { Cluster } from '../../src/adapters/log-kafka/cluster.ts'
import { KafkaOutlet } from '../../src/adapters/log-kafka/outlet.ts'
import { TopicLog } from '../../src/adapters/log-kafka/topic-log.ts'
import type { KafkaSettings } from '../../src/domain/settings.ts'
import type { Feed, LogRecord, Outlet } from '../../src/pipeline/ports.ts'
import { collectorsTopic, ensureTopic, unsafeTopics } from '../../src/adapters/log-kafka/topics.ts'
import { SmenaError } from '../../src/domain/errors.ts'
import { MemoryLog } from '../support/feed.ts'
import { deleteTopic as removeTopic, freshTopic, kafkaMissing, sharedBrokers } from '../support/kafka.ts'

const skip = kafkaMissing
const format = 'avaya-ip-office'

const open = async (): Promise<KafkaSettings> => ({
  brokers: (await sharedBrokers()).split(','),
  tls: null,
  sasl: null,
  replicas: 3,
  compression: 'zstd',
})

/** A cluster that has just begun has coordinators that load, and leaders that are being chosen. */
async function untilTaken(work: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await work()
      return
    } catch (error) {
      if (!(error instanceof SmenaError) || error.remedy !== 'retry') throw error
    }
  }
}

test('what a collector hands to a topic comes out of it as it was, with what the journal knows of it', {
  skip,
}, async (t) => {
  const topic = await freshTopic(t)
  const settings = await open()
  const journal = randomBytes(16).toString('hex')
  await using cluster = new Cluster(settings, 'test')
  const outlet: Outlet = new KafkaOutlet({
    cluster,
    journalId: journal,
    topicOf: () => topic,
    feedOf: () => null,
    keepFeed: async () => undefined,
  })
  const memory = new MemoryLog()
  const sent = memory.deliver('pbx', Buffer.from('first line\r\nsecond line\r\n\r\nthird, cut'), { format })
  await untilTaken(() => outlet.send('pbx', sent.slice(0, 2)))
  await untilTaken(() => outlet.send('pbx', sent.slice(2)))

  const arrived = Promise.withResolvers<Feed>()
  await using log = new TopicLog({
    cluster: new Cluster(settings, 'test'),
    source: 'pbx',
    topic,
    opened: (feed) => void feed.read('pbx', 0, { records: 100, bytes: 1 << 20 }),
    closed: () => undefined,
    arrived: (feed) => arrived.resolve(feed),
    closings: async () => new Map(),
    report: (event) => assert.fail(JSON.stringify(event)),
  })
  const feed = await arrived.promise
  assert.deepEqual(log.feeds, [feed])
  const found: LogRecord[] = []
  for (let after = 0; found.length < sent.length; ) {
    const { records } = await feed.read('pbx', after, { records: 100, bytes: 1 << 20 })
    found.push(...records)
    after = records.at(-1)?.position ?? after
  }
  for (const [i, it] of found.entries()) {
    const { journal: of, position, bytes, ...rest } = it
    const { bytes: was, ...known } = sent[i] as LogRecord
    assert.deepEqual([of, position, rest], [journal, i + 1, known])
    assert.deepEqual(Buffer.from(bytes), Buffer.from(was))
  }
})

test('a topic that is made for a source has the replicas that are asked for, and one that is less safe says in what', {
  skip,
}, async (t) => {
  await using cluster = new Cluster(await open(), 'test')
  const told = (found: Awaited<ReturnType<typeof unsafeTopics>>) => found.map(({ key, found: is }) => [key, is])
  const tooFew = [
    [],
    [['replication.factor', '2']],
    [
      ['replication.factor', '1'],
      ['min.insync.replicas', '1'],
    ],
  ]
  for (const [i, replicas] of [3, 2, 1].entries()) {
    await using asking = new Cluster({ ...(await open()), replicas }, 'test')
    const name = `t-${randomBytes(8).toString('hex')}`
    const made = await ensureTopic(asking, name)
    t.after(async () => removeTopic(await sharedBrokers(), name))
    assert.deepEqual(
      made.partitions.map((it) => it.replicas),
      [replicas],
    )
    assert.deepEqual(told(await unsafeTopics(cluster, [made])), tooFew[i])
  }
  assert.deepEqual(await ensureTopic(cluster, collectorsTopic).then((it) => it.name), collectorsTopic)
  const short = await freshTopic(t, 2, { 'retention.ms': '86400000', 'min.insync.replicas': '1' })
  const found = told(await unsafeTopics(cluster, [await ensureTopic(cluster, short)]))
  // Made by the cluster's own default of replicas, which is not ours to know.
  assert.deepEqual(
    found.filter(([key]) => key !== 'replication.factor'),
    [
      ['min.insync.replicas', '1'],
      ['retention.ms', '86400000'],
    ],
  )
})
