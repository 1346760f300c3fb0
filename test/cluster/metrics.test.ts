import assert from 'node:assert/strict'
import { test } from 'node:test'
import { avayaLine } from '../support/avaya-lines.ts'
import { type RunningRole, TestCluster } from '../support/cluster.ts'
import { kcat, kcatMissing } from '../support/kcat.ts'
import { freshTopic, kafkaMissing, sharedBrokers } from '../support/kafka.ts'
import { freshDatabase, postgresMissing } from '../support/postgres.ts'
import { send, until } from '../support/smena.ts'

const skip = kafkaMissing || postgresMissing || kcatMissing

test('a sum over the metrics of every process of a cluster counts each record once', { skip }, async (t) => {
  const topic = await freshTopic(t)
  const cluster = new TestCluster(t, {
    brokers: await sharedBrokers(),
    databaseUrl: await freshDatabase(t),
    sources: { avaya: { format: 'avaya-ip-office', topic } },
  })
  const [one, other] = [await cluster.start('collect'), await cluster.start('collect')]
  const [record, attribute] = [await cluster.start('record'), await cluster.start('attribute')]
  const roles = [one, other, record, attribute, await cluster.start('web')]
  let calls = 0
  const lines = (count: number) =>
    Array.from({ length: count }, () => {
      const callId = 1_000_000 + ++calls
      return avayaLine({ callId, caller: `8495555${callId % 10_000}` })
    })
  const sendTo = async (role: RunningRole, count: number) => {
    const bytes = Buffer.from(`${lines(count).join('\r\n')}\r\n`)
    await send(role.ports['avaya'] as number, bytes)
  }
  await sendTo(one, 5)
  await sendTo(other, 3)
  await kcat(await sharedBrokers(), topic, lines(2))

  const scraped = () => Promise.all(roles.map(async ({ http }) => (await fetch(`${http}/metrics`)).text()))
  /** As `sum by (…)` over all that is scraped. */
  const sumOf = (texts: readonly string[], sample: string) =>
    texts
      .flatMap((text) => text.split('\n'))
      .filter((line) => line.startsWith(`${sample} `))
      .reduce((sum, line) => sum + Number(line.slice(sample.length)), 0)
  const ledger = (state: string) => `smena_ledger_records{source="avaya",state="${state}"}`
  const settled = await until(
    scraped,
    (texts) => sumOf(texts, ledger('stored')) === 10 && sumOf(texts, 'smena_lag{role="attribute"}') === 0,
  )
  const sums = ['received', 'stored', 'duplicate', 'quarantined', 'pending'].map((it) => sumOf(settled, ledger(it)))
  assert.deepEqual(sums, [10, 10, 0, 0, 0])
  assert.equal(sumOf(settled, 'smena_records_received_total{source="avaya"}'), 8)
  const tellingOf = (name: RegExp) => roles.filter((_, i) => name.test(settled[i] as string)).map((it) => it.name)
  assert.deepEqual(tellingOf(/smena_(?:ledger|gap)_records/u), ['web'])
  assert.deepEqual(tellingOf(/smena_(?:journal_|fsync_|records_received_|connections)/u), ['collect', 'collect'])
  assert.deepEqual(tellingOf(/smena_lag/u), ['collect', 'collect', 'web'])
})
