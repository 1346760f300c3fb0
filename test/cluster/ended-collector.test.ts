import assert from 'node:assert/strict'
import { test } from 'node:test'
import { avayaLine } from '../support/avaya-lines.ts'
import { TestCluster } from '../support/cluster.ts'
import { freshTopic, kafkaMissing, sharedBrokers } from '../support/kafka.ts'
import { freshDatabase, postgresMissing } from '../support/postgres.ts'
import { send, smena, statusOfInstallation, until } from '../support/smena.ts'

const skip = kafkaMissing || postgresMissing

test('a collector that was asked to end is no alarm, one that was killed is; what both found about a topic is told once', {
  skip,
}, async (t) => {
  const brokers = await sharedBrokers()
  const topic = await freshTopic(t, 1, { 'min.insync.replicas': '1' })
  const cluster = new TestCluster(t, {
    brokers,
    databaseUrl: await freshDatabase(t),
    sources: { avaya: { format: 'avaya-ip-office', topic } },
  })
  const asked = await cluster.start('collect')
  const killed = await cluster.start('collect')
  for (const [i, role] of [asked, killed].entries())
    await until(
      async () => role.output(),
      (text) => text.includes('"code":"topic-unsafe"'),
    ).then(() => send(role.ports['avaya'] as number, Buffer.from(`${avayaLine({ callId: 1_000_001 + i })}\r\n`)))
  const status = () => statusOfInstallation(cluster.commands)
  const since = Date.now() + 100
  const { alarms } = await until(
    status,
    ({ collectors }) => collectors.length === 2 && collectors.every(({ asOf }) => Date.parse(asOf) > since),
  )
  const unsafe = alarms.filter(({ code, details }) => code === 'topic-unsafe' && details['topic'] === topic)
  assert.deepEqual(
    unsafe.map(({ details }) => details['key']),
    ['min.insync.replicas'],
  )

  // Stopped at once after a line: what is on its way is waited for.
  await send(asked.ports['avaya'] as number, Buffer.from(`${avayaLine({ callId: 1_000_009 })}\r\n`))
  assert.equal(await asked.stop(), 0, asked.output())
  await killed.kill()
  const silent = await until(status, (it) => it.alarms.some(({ code }) => code === 'collector-silent'), 60_000)
  const [ended, ...others] = silent.collectors.filter((it) => it.hasEnded)
  assert.deepEqual([ended?.sources['avaya']?.given, others.length], [2, 0])
  // Both have been silent for as long.
  const told = await until(status, ({ collectors }) =>
    collectors.every(({ asOf }) => Date.now() - Date.parse(asOf) > 16_000),
  )
  const missed = told.alarms.flatMap(({ code, details }) => (code === 'collector-silent' ? [details['journal']] : []))
  assert.deepEqual(
    missed,
    told.collectors.filter((it) => !it.hasEnded).map((it) => it.journal),
  )
  assert.equal(missed.length, 1)
  const { stdout } = await smena(cluster.commands, ['status', '--lang', 'en'])
  assert.match(stdout.replaceAll(/\s+/gu, ' '), /: ended as it was asked to .* ago, everything it took is in Kafka/u)
})
