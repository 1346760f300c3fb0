import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SmenaError } from '../domain/errors.ts'
import { type Status, unreadKafka } from '../pipeline/status.ts'
import { Metrics } from './metrics.ts'
import type { Process } from './ports.ts'

const source = { received: 9, stored: 5, duplicate: 1, quarantined: 1, pending: 2 }
const statusIn = (mode: Status['mode']): Status => ({
  sources: {
    avaya: { ...source, lastRecordAt: '2026-11-24T09:00:00Z', connections: 3, clockErrorSeconds: -2, olderRules: 0 },
  },
  gaps: [{ source: 'avaya', journal: 'j', from: 4, to: 5, since: '2026-11-24T09:00:00Z' }],
  collectors: [],
  roles: { record: { lag: 2 }, attribute: { lag: 1 } },
  mode,
  version: '1',
  alarms: [],
  unread: [],
})

const processOf = (it: Partial<Process>): Process => ({
  version: '1',
  status: async () => statusIn('cluster'),
  tellsOfAll: false,
  dependencies: ['store'],
  notReady: () => [],
  journal: null,
  ...it,
})
const journal: Process['journal'] = {
  state: () => ({ sizeBytes: 10, freeBytes: 20, paused: null, commitSeconds: 0 }),
  oldestSeconds: async () => 4,
}
const processes = {
  serve: processOf({ status: async () => statusIn('solo'), tellsOfAll: true, journal }),
  collect: processOf({
    status: null,
    journal,
    collected: async () => ({ avaya: { given: 7, unforwarded: 6, connections: 2 } }),
  }),
  record: processOf({}),
  web: processOf({ tellsOfAll: true }),
}

/** Values by name and labels, of what Smena tells. */
async function told(process: Process): Promise<Record<string, number>> {
  const text = await new Metrics('1').scrape(process)
  const samples = text.split('\n').filter((line) => line.startsWith('smena_') && !line.includes('build_info'))
  return Object.fromEntries(
    samples.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]),
  )
}

const names = (it: Record<string, number>) =>
  [...new Set(Object.keys(it).map((key) => key.replace(/(?:_bucket|_sum|_count)?(?:\{.*)?$/u, '')))].toSorted()

const ofAll = [
  'smena_calls_older_rules',
  'smena_clock_error_seconds',
  'smena_gap_records',
  'smena_lag',
  'smena_last_record_timestamp_seconds',
  'smena_ledger_records',
]
const ofIntake = [
  'smena_connections',
  'smena_fsync_duration_seconds',
  'smena_journal_free_bytes',
  'smena_journal_oldest_unforwarded_seconds',
  'smena_journal_paused',
  'smena_journal_size_bytes',
  'smena_records_received_total',
]

test('each role tells what is its own, and who has no journal nothing of one', async () => {
  const up = 'smena_dependency_up'
  assert.deepEqual(names(await told(processes.record)), [up])
  assert.deepEqual(names(await told(processes.web)), [up, ...ofAll].toSorted())
  assert.deepEqual(names(await told(processes.collect)), [up, 'smena_lag', ...ofIntake].toSorted())
  assert.deepEqual(names(await told(processes.serve)), [up, ...ofAll, ...ofIntake].toSorted())
  const text = await new Metrics('1').scrape(processes.record)
  assert.doesNotMatch(text, /smena_(?:ledger|journal|gap|lag|connections|fsync|records_received)/u)
})

test('received is what came to the process itself, in the cluster and where it is all in one', async () => {
  const received = 'smena_records_received_total{source="avaya"}'
  const [collect, serve] = [await told(processes.collect), await told(processes.serve)]
  assert.deepEqual([collect[received], collect['smena_lag{role="forward"}']], [7, 6])
  assert.deepEqual([collect['smena_connections{source="avaya"}'], collect['smena_journal_free_bytes']], [2, 20])
  assert.deepEqual([serve[received], serve['smena_connections{source="avaya"}']], [9, 3])
  assert.equal(serve['smena_ledger_records{source="avaya",state="received"}'], 9)
  assert.equal(serve['smena_gap_records{source="avaya"}'], 2)
})

test('while the store is away, what only it knows is left out and the rest is there', async () => {
  const status = async () => {
    throw new SmenaError('store-away', { cause: 'the test says so' })
  }
  assert.deepEqual(await told({ ...processes.web, status }), { 'smena_dependency_up{dependency="store"}': 0 })
  const serve = await told({ ...processes.serve, status })
  assert.equal(serve['smena_journal_oldest_unforwarded_seconds'], 4)
  assert.deepEqual(
    names(serve).filter((name) => ofAll.includes(name)),
    [],
  )
})

test('while Kafka cannot be read, what the collectors took in is left out and no zero stands for it', async () => {
  const status = async (): Promise<Status> => ({ ...statusIn('cluster'), unread: [unreadKafka] })
  const web = await told({ ...processes.web, dependencies: ['store', 'kafka'], status })
  assert.deepEqual(
    Object.keys(web).filter((it) => /ledger|lag|up/u.test(it)),
    [
      'smena_ledger_records{source="avaya",state="stored"}',
      'smena_ledger_records{source="avaya",state="duplicate"}',
      'smena_ledger_records{source="avaya",state="quarantined"}',
      'smena_lag{role="attribute"}',
      'smena_dependency_up{dependency="store"}',
      'smena_dependency_up{dependency="kafka"}',
    ],
  )
  assert.equal(web['smena_dependency_up{dependency="kafka"}'], 0)
})
