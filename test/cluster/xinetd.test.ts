import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Status } from '../../src/pipeline/status.ts'
import { avayaLine } from '../support/avaya-lines.ts'
import { TestCluster } from '../support/cluster.ts'
import { sample } from '../support/feed.ts'
import { freshTopic, kafkaMissing, sharedBrokers } from '../support/kafka.ts'
import { freshDatabase, postgresMissing } from '../support/postgres.ts'
import { smenaJson, until } from '../support/smena.ts'
import { spread, tellReport } from './rig.ts'
import { closed, connected, sendAll, xinetd, xinetdMissing } from '../support/xinetd.ts'

test('a collector without listeners behind xinetd is killed while both exchanges talk, and their records become calls', {
  skip: xinetdMissing || kafkaMissing || postgresMissing,
}, async (t) => {
  const none = { listen: undefined }
  const cluster = new TestCluster(t, {
    brokers: await sharedBrokers(),
    databaseUrl: await freshDatabase(t),
    sources: {
      avaya: { format: 'avaya-ip-office', topic: await freshTopic(t), ...none },
      asterisk: { format: 'asterisk-csv', topic: await freshTopic(t), ...none },
    },
  })
  const roles = ['collect', 'record', 'attribute'] as const
  const [collect, , attribute] = await Promise.all(roles.map((it) => cluster.start(it)))
  if (!collect || !attribute) throw new Error('not all have started')
  const { installation } = collect
  assert.deepEqual(collect.ports, {})
  const ports = await xinetd(t, installation, 'the shim')
  const stored = (avaya: number, asterisk: number) =>
    until(
      async () => (await (await fetch(`${attribute.http}/api/v1/status`)).json()) as Status,
      ({ sources, roles }) =>
        sources['avaya']?.stored === avaya && sources['asterisk']?.stored === asterisk && roles.record.lag === 0,
    )
  const lines = (first: number) =>
    Array.from({ length: 50 }, (_, i) => `${avayaLine({ callId: first + i, caller: `84${first + i}` })}\r\n`).join('')

  const first = await connected(ports.avaya)
  first.write(lines(1_000_000))
  assert.equal(await sendAll(ports.asterisk, sample('asterisk-master.sample.csv')), '')
  await stored(50, 74)
  const lost = closed(first)
  await collect.kill()
  await lost
  const killedAt = performance.now()
  // What the exchange tells now stays in the kernel, unread, until there is a collector again.
  const second = await connected(ports.avaya)
  second.write(lines(1_000_050))
  await cluster.start('collect', { directory: installation.directory })
  await stored(100, 74)
  const recovery = performance.now() - killedAt
  second.end(lines(1_000_100))
  await closed(second)
  const { sources, gaps } = await stored(150, 74)
  assert.deepEqual([sources['avaya']?.duplicate, sources['asterisk']?.duplicate, gaps], [0, 0, []])
  const calls = await smenaJson<{ from: string }>(cluster.commands, ['calls', '--json', '--source', 'avaya'])
  const callers = new Set(calls.map((it) => it.from))
  tellReport(t, {
    faults: 1,
    sent: 150 + 74,
    lost: 150 - callers.size,
    doubled: calls.length - callers.size,
    recoveryMs: spread([recovery]),
  })
})
