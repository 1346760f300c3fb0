import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formats } from '../../src/domain/formats/formats.ts'
import { SourceRecorder } from '../../src/pipeline/record.ts'
import { Sources } from '../../src/pipeline/sources.ts'
import { applyReading, MemoryLog, sampleReadings } from '../support/feed.ts'
import { avayaLine } from '../support/avaya-lines.ts'
import { engines } from '../support/stores.ts'

/** R23: a source with a backlog, of however few and large records a batch, keeps no other source waiting. */
for (const engine of engines)
  test(`a record of one exchange is stored in the midst of another one's backlog, on ${engine.name}`, {
    skip: engine.skip,
  }, async (t) => {
    const it = await engine.open(t)
    const reading = sampleReadings.avaya
    for (const name of ['mad', 'calm']) await applyReading(it.store, name, reading)
    const log = new MemoryLog()
    log.deliver('mad', Buffer.alloc(65_536 * 200, 'x'), reading)
    const passed: string[] = []
    const recorderOf = (source: string, end: () => number) => {
      const recorder: SourceRecorder = new SourceRecorder(source, {
        log: Object.assign(Object.create(log) as MemoryLog, {
          read: (name: string, after: number) => log.read(name, after, { records: 10 }),
        }),
        store: it.store,
        sources: new Sources(it.store, formats),
        now: Date.now,
        report: (event) => {
          if (event.kind !== 'passed') return
          passed.push(source)
          if (event.number >= end()) recorder.close()
        },
      })
      return recorder
    }
    const mad = recorderOf('mad', () => log.of('mad').length)
    const calm = recorderOf('calm', () => 1)
    const [madRuns, calmRuns] = [mad.run(), calm.run()]
    // As a collector says it, from another thread.
    await new Promise<void>((resolve) => setImmediate(resolve))
    log.deliver('calm', Buffer.from(`${avayaLine()}\r\n`), reading)
    calm.wake()
    await Promise.all([madRuns, calmRuns])
    assert.ok(passed.length > 20)
    assert.ok(passed.indexOf('calm') < 10, passed.join(' '))
  })
