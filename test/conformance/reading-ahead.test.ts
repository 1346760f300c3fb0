import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formats } from '../../src/domain/formats/formats.ts'
import { simulate } from '../../src/domain/simulation/simulate.ts'
import type { Feed } from '../../src/pipeline/ports.ts'
import { SourceRecorder } from '../../src/pipeline/record.ts'
import { Sources } from '../../src/pipeline/sources.ts'
import type { Store, StoreTransaction } from '../../src/pipeline/store.ts'
import { countOf } from '../support/accounts.ts'
import { readingOf, streamOf, testSeed } from '../support/days.ts'
import { applyReading, MemoryLog } from '../support/feed.ts'
import { engines } from '../support/stores.ts'

const format = 'avaya-ip-office'
const source = 'pbx'
const records = 5000

/** It, telling when this method is called. */
const watched = <T extends object>(it: T, name: string, called: (args: unknown[]) => unknown[]): T =>
  new Proxy(it, {
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key, target)
      if (typeof value !== 'function') return value
      if (key !== name) return value.bind(target) as unknown
      return (...args: unknown[]) => Reflect.apply(value, target, called(args)) as unknown
    },
  })

for (const engine of engines.filter((it) => it.name === 'postgres'))
  test('a batch is read when the store has been told all of the one before, and is at it', {
    skip: engine.skip,
  }, async (t) => {
    const it = await engine.open(t)
    await applyReading(it.store, source, readingOf(format))
    const log = new MemoryLog()
    const simulated = simulate({
      format,
      seed: testSeed,
      from: '2026-03-16',
      days: 60,
      callsADay: 500,
      timezone: 'Europe/Moscow',
      records,
    })
    log.deliver(source, streamOf([...simulated].map(({ line }) => Buffer.from(line))), { format })

    const events: string[] = []
    const onLast = (tx: StoreTransaction) =>
      watched(tx, 'addChange', (args) => {
        events.push('told')
        return args
      })
    const store: Store = watched(it.store, 'transaction', ([id, lane, work]) => [
      id,
      lane,
      (tx: StoreTransaction) => (work as (tx: StoreTransaction) => Promise<unknown>)(onLast(tx)),
    ])
    const feed: Feed = watched(log, 'read', (args) => {
      events.push('read')
      return args
    })
    const recorder = new SourceRecorder(source, {
      log: feed,
      store,
      sources: new Sources(store, formats),
      now: Date.now,
      report: (event) => {
        if (event.kind !== 'passed') return
        events.push('stored')
        if (event.number === records) recorder.close()
      },
    })
    await recorder.run()
    assert.equal(await countOf(it, 'record'), records)
    const batches = events.filter((event) => event === 'stored').length
    assert.ok(batches > 1)
    const each = ['told', 'read', 'stored']
    const expected = ['read', ...Array.from({ length: batches }, () => each).flat()]
    // The last may be too small for more to be expected behind it.
    assert.deepEqual(events.slice(0, 3 * batches - 2), expected.slice(0, 3 * batches - 2))
  })
