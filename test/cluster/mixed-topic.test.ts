import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Status } from '../../src/pipeline/status.ts'
import { avayaLine } from '../support/avaya-lines.ts'
import { spread, tellReport } from './rig.ts'
import { TestCluster } from '../support/cluster.ts'
import { freshTopic, kafkaMissing, sharedBrokers } from '../support/kafka.ts'
import { kcat, kcatMissing } from '../support/kcat.ts'
import { freshDatabase, postgresMissing } from '../support/postgres.ts'
import { send, smena, until } from '../support/smena.ts'
import { deleteRecords, endOffsets } from '../support/topics.ts'

const skip = kafkaMissing || postgresMissing || kcatMissing

test('what Kafka lost of a topic of two kinds of producers is a gap of the journal where all of it was the journal’s, else of the partition', {
  skip,
}, async (t) => {
  const topic = await freshTopic(t)
  const brokers = await sharedBrokers()
  const cluster = new TestCluster(t, {
    brokers,
    databaseUrl: await freshDatabase(t),
    sources: { avaya: { format: 'avaya-ip-office', topic } },
  })
  const collect = await cluster.start('collect')
  let record = await cluster.start('record')
  const web = await cluster.start('web')
  const status = async (): Promise<Status> => {
    const answer = await until(
      () => fetch(`${web.http}/api/v1/status`),
      ({ ok }) => ok,
    )
    return (await answer.json()) as Status
  }
  const gapsOf = ({ gaps }: Status) =>
    gaps.map(({ journal, from, to }) => [journal.replace(/^.*\//u, 'partition '), from, to])
  let lines = 0
  const next = (count: number) =>
    Array.from({ length: count }, () => {
      const callId = 1_000_000 + ++lines
      const [minute, second] = [Math.floor(lines / 60), lines % 60].map((it) => String(it).padStart(2, '0'))
      return avayaLine({ caller: `8495555${callId % 10_000}`, start: `2024/03/04 09:${minute}:${second}`, callId })
    })
  const ours = (count: number) =>
    send(
      collect.ports['avaya'] as number,
      Buffer.from(
        next(count)
          .map((it) => `${it}\r\n`)
          .join(''),
      ),
    )
  const theirs = (count: number) => kcat(brokers, topic, next(count))
  const endIs = (offset: number) =>
    until(
      () => endOffsets(brokers, topic),
      ([end]) => end === offset,
    )
  const storedIs = (count: number) =>
    until(status, ({ sources }) => sources['avaya']?.stored === count && sources['avaya'].pending === 0)
  const stopped = async () => assert.equal(await record.stop(), 0, record.output())
  const startAgain = async () =>
    void (record = await cluster.start('record', { directory: record.installation.directory }))

  await ours(20)
  await endIs(20)
  await theirs(10)
  await storedIs(30)
  const { journal } = (await status()).collectors[0] ?? assert.fail('no collector')

  // Offsets 30 to 49 are gone, all of them the journal's 21 to 40.
  await stopped()
  await ours(30)
  await endIs(60)
  await deleteRecords(brokers, topic, 50)
  await startAgain()
  const lost = await until(status, ({ gaps, sources }) => gaps.length > 0 && sources['avaya']?.stored === 40)
  assert.deepEqual(gapsOf(lost), [[journal, 21, 40]])
  const forwarded = await smena(collect.installation, ['forward', '--source', 'avaya', '--from', '21', '--to', '40'])
  assert.equal(forwarded.code, 0, forwarded.stderr)
  assert.deepEqual((await storedIs(60)).gaps, [])
  await endIs(80)

  // The end of the partition, of the other producer: told though nothing comes behind it, and whether or not somebody reads.
  await stopped()
  await theirs(5)
  await endIs(85)
  await deleteRecords(brokers, topic, 85)
  const isTold = [['partition 0', 80, 84]]
  const cut = await until(status, ({ gaps }) => gaps.length > 0)
  assert.deepEqual(gapsOf(cut), isTold)
  assert.ok(cut.alarms.some(({ code, details }) => code === 'gap' && details['from'] === 80 && details['to'] === 84))
  assert.match(await (await fetch(`${web.http}/metrics`)).text(), /^smena_gap_records\{source="avaya"\} 5$/mu)
  await startAgain()
  await theirs(1)
  assert.deepEqual(gapsOf(await storedIs(61)), isTold)

  // Some of both: what was the other's nobody can send again, and nothing may hide it; what was ours is told by its numbers.
  await stopped()
  await ours(3)
  await endIs(89)
  await theirs(2)
  await endIs(91)
  await deleteRecords(brokers, topic, 91)
  await ours(1)
  await startAgain()
  const theirsLost = [...isTold, ['partition 0', 89, 90]]
  const found = await until(status, ({ gaps, sources }) => gaps.length > 1 && sources['avaya']?.stored === 62)
  assert.deepEqual(gapsOf(found).toSorted(), [[journal, 51, 53], ...theirsLost].toSorted())
  const again = await smena(collect.installation, ['forward', '--source', 'avaya', '--from', '51', '--to', '53'])
  assert.equal(again.code, 0, again.stderr)
  const since = performance.now()
  const last = await storedIs(65)
  assert.deepEqual(gapsOf(last).toSorted(), theirsLost.toSorted())
  const { stored = 0, duplicate = 0 } = last.sources['avaya'] ?? {}
  tellReport(t, {
    faults: 3,
    sent: lines,
    // What nobody can send again is told as lost above.
    lost: lines - stored - theirsLost.reduce((sum, [, from, to]) => sum + Number(to) - Number(from) + 1, 0),
    doubled: duplicate,
    recoveryMs: spread([performance.now() - since]),
  })
})
