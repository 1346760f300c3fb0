import assert from 'node:assert/strict'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { formats } from '../../src/domain/formats/formats.ts'
import { statusOf } from '../../src/pipeline/status.ts'
import type { StoreReader } from '../../src/pipeline/store-reading.ts'
import { CollectorsView } from '../../src/roles/cluster.ts'

const sources = ['north', 'south', 'east']

/** Takes connections and answers nothing. */
async function silentBroker(t: TestContext): Promise<string> {
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    for (const it of open) it.destroy()
    server.close()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('what a silent Kafka keeps is asked for all sources at once, under one limit', async (t) => {
  const kafka = { brokers: [await silentBroker(t)], tls: null, sasl: null, replicas: 3, compression: 'zstd' } as const
  const many = Array.from({ length: 20 }, (_, i) => `exchange-${i}`)
  const place = { kafka, sources: many.map((name) => ({ name, topic: name })) }
  await using view = new CollectorsView(place, 'smena-test')
  // The library is loaded with the first question.
  await view.kept(new Set())
  const began = performance.now()
  assert.deepEqual(await view.kept(new Set(many)), new Map())
  // One after the other they would take 20 s.
  assert.ok(performance.now() - began < 10_000)
})

test('the end of a journal that Kafka keeps no more is a gap, and none while Kafka does not say', async () => {
  const asked: string[][] = []
  const ended = { feed: 'topic/0', from: 12, to: 12 }
  const kept = async (names: ReadonlySet<string>) => {
    asked.push([...names])
    return new Map([...names].filter((it) => it !== 'south').map((it) => [it, [ended]]))
  }
  const gapsWith = async (answer: typeof kept | null) => {
    const status = await statusOf({
      reader,
      configured: sources,
      formats,
      version: '0',
      collected: async () => ({ mode: 'cluster', collectors: [numbers], kept: answer }),
      alarms: [],
      now: Date.now(),
    })
    return status.gaps.map(({ source, from, to }) => ({ source, from, to }))
  }
  assert.deepEqual(await gapsWith(null), [])
  assert.deepEqual(await gapsWith(kept), [{ source: 'north', from: 11, to: 20 }])
  assert.deepEqual(asked, [['north', 'south']])
})

const journal = 'ab'.repeat(16)
const given = (topic: string, number: number) => ({ topic, given: number, unforwarded: 0, connections: 0 })
const numbers = {
  journal,
  asOf: Date.now(),
  host: 'gate',
  sources: { north: given('north', 20), south: given('south', 20), east: given('east', 10) },
  closings: {},
  hasEnded: false,
  alarms: [],
}

/** Ten records of each source were passed, and all offsets below 12 were read. */
const reader = {
  sources: async () => sources.map((name, i) => ({ id: i + 1, name, lastReceivedAt: null, clockSamples: [] })),
  accounts: async () => ({
    counts: [],
    passed: sources.map((_, i) => ({
      sourceId: i + 1,
      journalUid: journal,
      kind: 'journal',
      generation: 1,
      intervals: [{ from: 1, to: 10, since: 0 }],
    })),
  }),
  positions: async () => sources.map((_, i) => ({ sourceId: i + 1, feed: 'topic/0', next: 12 })),
  attributionDue: async () => 0,
  made: async () => [],
  readings: async () => [],
} as Partial<StoreReader> as StoreReader
