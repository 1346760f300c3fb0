import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Status } from '../../src/pipeline/status.ts'
import { TestCluster } from '../support/cluster.ts'
import { reservePorts } from '../support/ports.ts'
import { freshDatabase, postgresMissing } from '../support/postgres.ts'
import { smena, smenaJson } from '../support/smena.ts'

const archive = new URL('../samples/avaya-smdr.sample.csv', import.meta.url).pathname

test('status of a cluster whose Kafka cannot be read says so, and what is not known then', {
  skip: postgresMissing,
}, async (t) => {
  const { base: port, release } = await reservePorts([0])
  t.after(release)
  const cluster = new TestCluster(t, {
    brokers: `127.0.0.1:${port}`,
    databaseUrl: await freshDatabase(t),
    sources: { avaya: { format: 'avaya-ip-office', groups: '^300$', attendants: '^706$' } },
  })
  const imported = await smena(cluster.commands, ['import', archive, '--source', 'avaya'])
  assert.equal(imported.code, 0, imported.stderr)

  const [status = assert.fail('no status')] = await smenaJson<Status>(cluster.commands, ['status', '--json'])
  const { received, stored, duplicate, quarantined, pending } = status.sources['avaya'] ?? assert.fail('no source')
  assert.ok(stored > 70)
  assert.equal(received, stored + duplicate + quarantined + pending)
  assert.deepEqual(status.unread, [
    { what: 'kafka', hides: ['received', 'pending', 'connections', 'gaps', 'collectors', 'roles.record.lag'] },
  ])
  assert.ok(status.alarms.some(({ code }) => code === 'kafka-away'))

  const said = async (language: string) => {
    const { code, stdout } = await smena(cluster.commands, ['status', '--lang', language])
    assert.equal(code, 0)
    return stdout.replaceAll(/\s+/gu, ' ')
  }
  const english = await said('en')
  assert.match(english, /! Kafka could not be read, and so it is not known which collectors there are, /u)
  assert.match(english, /lag: record unknown, attribute \d/u)
  assert.match(english, / ≥ \d\d /u)
  assert.doesNotMatch(english, /no collector has published|no gaps/u)
  const russian = await said('ru')
  assert.match(russian, /! Kafka прочитать не удалось, поэтому неизвестно, какие есть сборщики/u)
  assert.match(russian, /отставание: запись неизвестно, привязка \d/u)
  assert.doesNotMatch(russian, /ни один сборщик не сообщил|пропусков нет/u)
})
