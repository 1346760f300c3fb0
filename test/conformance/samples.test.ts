import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callJson } from '../../src/pipeline/call-view.ts'
import type { StoreReader } from '../../src/pipeline/store-reading.ts'
import { applyReading, importAll, MemoryLog, recordAll, sample, sampleReadings } from '../support/feed.ts'
import { engines } from '../support/stores.ts'

const files = { avaya: 'avaya-smdr.sample.csv', asterisk: 'asterisk-master.sample.csv' } as const

interface Expected {
  readonly scenario: string
  readonly key: { readonly day: string; readonly callId: number } | string | { readonly uniqueid: string }
  readonly kind: string
  readonly [field: string]: unknown
}

const allCalls = {
  from: null,
  to: null,
  source: null,
  extension: null,
  employeeId: null,
  number: null,
  kind: 'all',
  direction: null,
  outcome: null,
} as const

async function callsOf(reader: StoreReader) {
  const names = new Map((await reader.sources()).map((it) => [it.id, it.name]))
  const rows = await reader.pageCalls(allCalls, null, 10_000)
  return rows.map((row) => callJson(row, names.get(row.sourceId) as string, [], Date.UTC(2026, 10, 24)))
}

for (const engine of engines) {
  for (const source of ['avaya', 'asterisk'] as const) {
    test(`every sample of ${source} is the expected call, field by field, from ${engine.name}`, {
      skip: engine.skip,
    }, async (t) => {
      const it = await engine.open(t)
      const reading = sampleReadings[source]
      await applyReading(it.store, source, reading)
      const log = new MemoryLog()
      log.deliver(source, sample(files[source]), { format: reading.format })
      await recordAll(it.store, log, source)
      const calls = await callsOf(await it.reader())
      const expected = JSON.parse(sample(`${source}.calls.json`).toString('utf8')) as Expected[]
      assert.equal(calls.length, expected.length)
      for (const { scenario, key, ...fields } of expected) {
        const found = calls.find((call) =>
          typeof key === 'object' && 'callId' in key
            ? call.exchangeCallId === String(key.callId) && call.startedAt?.startsWith(key.day.replaceAll('/', '-'))
            : call.exchangeCallId === (typeof key === 'string' ? key : key.uniqueid),
        )
        assert.ok(found, `${scenario}: no call ${JSON.stringify(key)}`)
        for (const [field, value] of Object.entries(fields))
          assert.deepEqual((found as Record<string, unknown>)[field], value, `${scenario}: ${field}`)
      }

      const again = await importAll(it.store, source, sample(files[source]), { format: reading.format })
      assert.deepEqual([again.stored, again.duplicate, again.quarantined], [0, again.received, 0])
      assert.deepEqual(await callsOf(await it.reader()), calls, 'the archive of what came live changes nothing')
    })
  }
}
