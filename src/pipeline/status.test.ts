import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formats } from '../domain/formats/formats.ts'
import type { Alarm } from './alarm.ts'
import type { CollectorNumbers } from './collectors.ts'
import { statusOf } from './status.ts'

const now = 1_790_000_000_000

const collector = (journal: string, it: Partial<CollectorNumbers> = {}): CollectorNumbers => ({
  journal: journal.repeat(32),
  asOf: now,
  host: `gate-${journal}`,
  sources: { avaya: { topic: 'avaya', given: 10, unforwarded: 0, connections: 0 } },
  closings: {},
  alarms: [],
  hasEnded: false,
  ...it,
})

const statusWith = (...collectors: readonly CollectorNumbers[]) =>
  statusOf({
    reader: null,
    configured: ['avaya'],
    formats,
    version: '1',
    collected: async () => ({ mode: 'cluster', collectors, kept: null }),
    alarms: [],
    now,
  })

test('a collector that ended as it was asked to, with everything in Kafka, is no alarm; one that fell silent is', async () => {
  const asOf = now - 60_000
  const waiting = { avaya: { topic: 'avaya', given: 10, unforwarded: 1, connections: 0 } }
  const { alarms, collectors } = await statusWith(
    collector('a', { asOf, hasEnded: true }),
    collector('b', { asOf }),
    collector('c', { asOf, hasEnded: true, sources: waiting }),
    collector('d'),
  )
  const silent = alarms.filter(({ code }) => code === 'collector-silent').map(({ details }) => details['host'])
  assert.deepEqual(silent, ['gate-b', 'gate-c'])
  assert.deepEqual(
    collectors.map((it) => it.hasEnded),
    [true, false, false, false],
  )
})

test('what every collector finds about a topic is told once, what concerns its own disk by each', async () => {
  const unsafe = (topic: string, key: string): Alarm => ({
    code: 'topic-unsafe',
    source: null,
    message: `topic ${topic} has ${key} 1, expected 2`,
    details: { topic, key, found: '1', expected: '2' },
  })
  const full: Alarm = { code: 'disk-full', source: null, message: 'full', details: { freeBytes: 1 } }
  const found = [unsafe('avaya', 'min.insync.replicas'), unsafe('avaya', 'replicas'), full]
  const { alarms } = await statusWith(collector('a', { alarms: found }), collector('b', { alarms: found }))
  const told = alarms.map(({ code, details }) => [code, details['key'] ?? details['host']])
  assert.deepEqual(told, [
    ['topic-unsafe', 'min.insync.replicas'],
    ['topic-unsafe', 'replicas'],
    ['disk-full', 'gate-a'],
    ['disk-full', 'gate-b'],
  ])
})
