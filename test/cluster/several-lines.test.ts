import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { rowText } from '../support/asterisk-rows.ts'
import { avayaLine } from '../support/avaya-lines.ts'
import { TestCluster } from '../support/cluster.ts'
import { kcat, kcatMissing } from '../support/kcat.ts'
import { freshTopic, kafkaMissing, sharedBrokers } from '../support/kafka.ts'
import { freshDatabase, postgresMissing } from '../support/postgres.ts'
import { smena, smenaJson, statusOfInstallation, until } from '../support/smena.ts'

const skip = kafkaMissing || postgresMissing || kcatMissing

interface InQuarantine {
  readonly source: string
  readonly reason: string
  readonly detail: string
  readonly rawBase64: string
}

test('several lines that another producer put into one message stand in quarantine whole, and are calls once they are imported', {
  skip,
}, async (t) => {
  const brokers = await sharedBrokers()
  const topics = { avaya: await freshTopic(t), asterisk: await freshTopic(t) }
  const cluster = new TestCluster(t, {
    brokers,
    databaseUrl: await freshDatabase(t),
    sources: {
      avaya: { format: 'avaya-ip-office', topic: topics.avaya },
      asterisk: { format: 'asterisk-csv', topic: topics.asterisk },
    },
  })
  await cluster.start('record')
  const lines = [1, 2, 3, 4].map((it) =>
    avayaLine({ callId: 1_000_000 + it, start: `2024/03/04 09:0${it}:05`, caller: `8495555010${it}` }),
  )
  const [one, two, three, four] = lines as [string, string, string, string]
  const twoLines = rowText({ src: '1001', userfield: 'first line\nsecond line' })
  const rows = [
    rowText({ src: '1002', start: '09:10:00', end: '09:11:00' }),
    rowText({ src: '1003', start: '09:20:00', end: '09:21:00' }),
  ].join('\n')
  const byBar = ['-D', '|']
  await kcat(brokers, topics.avaya, [Buffer.from(`${one}\r\n|${two}\n${three}\r\n|${four}`)], byBar)
  await kcat(brokers, topics.asterisk, [Buffer.from(`${twoLines}\n|${rows}\n`)], byBar)

  const status = await until(
    () => statusOfInstallation(cluster.commands),
    ({ sources }) => sources['avaya']?.received === 3 && sources['asterisk']?.received === 2,
  )
  const counts = Object.values(status.sources).map((it) => [it.received, it.stored, it.quarantined])
  assert.deepEqual(counts.toSorted(), [
    [2, 1, 1],
    [3, 2, 1],
  ])
  const froms = async () =>
    (await smenaJson<{ from: string }>(cluster.commands, ['calls', '--json'])).map((it) => it.from).toSorted()
  assert.deepEqual(await froms(), ['1001', '84955550101', '84955550104'])
  const inQuarantine = () => smenaJson<InQuarantine>(cluster.commands, ['quarantine', 'list', '--json'])
  const bytesOf = (it: InQuarantine) => Buffer.from(it.rawBase64, 'base64')
  const said = (await inQuarantine()).map((it) => [it.source, it.reason, it.detail.split(':')[0], `${bytesOf(it)}`])
  const holdsTwo = ['not-a-record', 'holds 2 records, expected one']
  const expected = [
    ['asterisk', ...holdsTwo, rows],
    ['avaya', ...holdsTwo, `${two}\n${three}`],
  ]
  assert.deepEqual(said.toSorted(), expected)

  // Reading it again makes no call of its first line; its bytes as a file are the calls that it holds.
  assert.equal((await smena(cluster.commands, ['quarantine', 'retry'])).code, 0)
  assert.equal((await inQuarantine()).length, 2)
  for (const it of await inQuarantine()) {
    const file = join(cluster.commands.directory, `${it.source}.csv`)
    await writeFile(file, bytesOf(it))
    const imported = await smena(cluster.commands, ['import', file, '--source', it.source])
    assert.equal(imported.code, 0, imported.stderr)
  }
  const all = ['1001', '1002', '1003', '84955550101', '84955550102', '84955550103', '84955550104']
  assert.deepEqual(await froms(), all)
})
