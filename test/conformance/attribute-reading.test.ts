import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attributorOf } from '../support/attribution.ts'
import { applyReading, importAll, sample, sampleReadings } from '../support/feed.ts'
import { engines } from '../support/stores.ts'

for (const engine of engines)
  test(`a source whose newest reading is not there ends attribute, which does not look for it for ever, on ${engine.name}`, {
    skip: engine.skip,
    timeout: 60_000,
  }, async (t) => {
    const it = await engine.open(t)
    const { avaya } = sampleReadings
    await applyReading(it.store, avaya.plan, avaya)
    await importAll(it.store, avaya.plan, sample('avaya-smdr.sample.csv'), { format: avaya.format })
    await it.execute('UPDATE source SET reading_version = 9')
    await assert.rejects(attributorOf(it.store).run(), { code: 'store-broken', message: /no reading of version 9/u })
  })
