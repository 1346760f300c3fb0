import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formats } from '../../src/domain/formats/formats.ts'
import type { Reading } from '../../src/domain/reading.ts'
import { Attributor } from '../../src/pipeline/attribute.ts'
import { Importer } from '../../src/pipeline/import.ts'
import { SourceRecorder } from '../../src/pipeline/record.ts'
import { replay } from '../../src/pipeline/replay.ts'
import { Sources } from '../../src/pipeline/sources.ts'
import type { Store } from '../../src/pipeline/store.ts'
import { countOf } from '../support/accounts.ts'
import { avayaLine } from '../support/avaya-lines.ts'
import { readingOf, streamOf } from '../support/days.ts'
import { applyReading, type MemoryLog } from '../support/feed.ts'
import { assertSound } from '../support/invariants.ts'
import { engines, type TestStore } from '../support/stores.ts'
import { LogWithVisitor, withVisitor } from '../support/visitors.ts'

/** R8: two files that read a source otherwise never both go on, whenever the second one comes. */

const format = 'avaya-ip-office'
const ours = readingOf(format, { internal: '^2\\d\\d$' })
const theirs = readingOf(format, { internal: '^\\d{4}$' })
const differs = { code: 'reading-differs', details: { source: 'pbx', keys: 'internal' } }

const lines = Array.from({ length: 100 }, (_, i) => Buffer.from(avayaLine({ callId: 1_000_000 + i })))
const half = 50

/** Readings as a process that has a file keeps them: it gave the source its reading, or found the same. */
async function sourcesOf(store: Store, reading: Reading): Promise<Sources> {
  const sources = new Sources(store, formats)
  await sources.begin('pbx', reading, 0)
  return sources
}

/** To the end of the log, in batches of which one ends at the half. */
function recorderOf(store: Store, sources: Sources, log: MemoryLog): SourceRecorder {
  const read: MemoryLog['read'] = (source, after) => log.read(source, after, { records: 10 })
  const closings: MemoryLog['closings'] = (uids) => log.closings(uids)
  const recorder = new SourceRecorder('pbx', {
    store,
    sources,
    log: { id: log.id, read, closings },
    now: Date.now,
    report: (event) => {
      if (event.kind === 'passed' && event.number === lines.length) recorder.close()
    },
  })
  return recorder
}

/** A log with all lines, whose reader waits at the half until the visit is over. */
function logWith(visit: () => Promise<unknown>): LogWithVisitor {
  const log = new LogWithVisitor(half, visit)
  log.deliver('pbx', streamOf(lines), { format })
  return log
}

const another = async (it: TestStore): Promise<Store> => (it.another ? it.another() : it.store)
const internals = async (it: TestStore) =>
  (await it.rows('SELECT body FROM reading ORDER BY id')).map(
    (row) => (JSON.parse(row['body'] as string) as Reading).internal,
  )

for (const engine of engines) {
  const options = { skip: engine.skip }

  test(`of two processes that begin a source at one moment one goes on, on ${engine.name}`, options, async (t) => {
    const it = await engine.open(t)
    const other = new Sources(await another(it), formats)
    let visits = 0
    // The other one begins it after this one has seen that it has no reading.
    const visited = withVisitor(it.store, 'readings', async () => {
      if (++visits === 1) await other.begin('pbx', theirs, 0)
    })
    await assert.rejects(new Sources(visited, formats).begin('pbx', ours, 0), differs)
    assert.deepEqual(await internals(it), [theirs.internal])
    await other.begin('pbx', theirs, 0)
    await assert.rejects(new Sources(it.store, formats).compare('pbx', ours), differs)
    assert.deepEqual(await internals(it), [theirs.internal])
  })

  test(
    `whoever has another file than the newest reading ends before it writes, on ${engine.name}`,
    options,
    async (t) => {
      const it = await engine.open(t)
      const { store } = it
      const sources = await sourcesOf(store, ours)
      const attributing = new Sources(store, formats)
      await attributing.compare('pbx', ours)
      const attribute = () =>
        new Attributor({ store, sources: attributing, now: Date.now, report: () => undefined }).drain()
      const uid = 'f'.repeat(32)
      const delivery = { uid, source: 'pbx', format, how: 'import', peer: 'archive', openedAt: 0 } as const
      const base = { store, sources, now: Date.now, source: 'pbx', progress: () => undefined }
      const importer = await Importer.open({ ...base, delivery })
      const visitor = await another(it)
      const log = logWith(async () => {
        await attribute()
        await it.execute('INSERT INTO attribution_due (source_id, call_id) SELECT source_id, id FROM call')
        await applyReading(visitor, 'pbx', theirs)
      })
      await assert.rejects(recorderOf(store, sources, log).run(), differs)
      await assert.rejects(attribute(), differs)
      await assert.rejects(async () => {
        await importer.push(streamOf(lines))
        await importer.end()
      }, differs)
      const all = { from: null, to: null, signal: new AbortController().signal }
      await assert.rejects(replay({ ...base, ...all }), differs)
      assert.equal(await countOf(it, 'record'), half)
      assert.equal(await countOf(it, 'attribution_due'), half)
      const readings = await it.rows('SELECT reading_id, count(*) AS n FROM segment GROUP BY reading_id')
      assert.deepEqual(
        readings.map((row) => row['n']),
        [half],
        'by one reading',
      )
      await assertSound(it)
      // Who comes with that file goes on where the others ended.
      await recorderOf(
        store,
        await sourcesOf(store, theirs),
        logWith(async () => undefined),
      ).run()
      assert.equal(await countOf(it, 'record'), lines.length)
      await assertSound(it)
    },
  )
}

const postgres = engines.find((it) => it.name === 'postgres') as (typeof engines)[number]

test('two recorders with two files, and two with one file when another is applied', {
  skip: postgres.skip,
}, async (t) => {
  const it = await postgres.open(t)
  const stores = [it.store, await another(it)]
  for (let round = 0; round < 10; round++) {
    const began = await Promise.allSettled(
      stores.map((store, i) => new Sources(store, formats).begin(`pbx-${round}`, i === 0 ? ours : theirs, 0)),
    )
    assert.deepEqual(began.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  }
  assert.equal(await countOf(it, 'reading'), 10)

  // Both have come to the half when the other file is applied.
  const waiting = stores.map(() => Promise.withResolvers<void>())
  const applied = Promise.all(waiting.map((there) => there.promise)).then(() => applyReading(it.store, 'pbx', theirs))
  const runs = stores.map(async (store, i) => {
    const log = logWith(() => {
      waiting[i]?.resolve()
      return applied
    })
    return recorderOf(store, await sourcesOf(store, ours), log).run()
  })
  for (const run of await Promise.allSettled(runs)) {
    assert.ok(run.status === 'rejected')
    assert.equal((run.reason as { code?: unknown }).code, 'reading-differs')
  }
  const readings = await it.rows('SELECT reading_id, count(*) AS n FROM segment GROUP BY reading_id')
  assert.deepEqual(
    readings.map((row) => row['n']),
    [half],
    'the first half, by one reading',
  )
  assert.equal(await countOf(it, 'duplicate'), half)
  await assertSound(it)
})
