import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import pg from 'pg'
import { callOf } from '../../src/adapters/store-sql/rows.ts'
import { SmenaError } from '../../src/domain/errors.ts'
import { formats } from '../../src/domain/formats/formats.ts'
import { openRandom } from '../../src/domain/simulation/random.ts'
import { type AttributeEvent, Attributor } from '../../src/pipeline/attribute.ts'
import { Sources } from '../../src/pipeline/sources.ts'
import { assertSameDump, countOf } from '../support/accounts.ts'
import { replayAll } from '../support/again.ts'
import { assertAttributed as assertParts } from '../support/attributed.ts'
import { attributeAll, attributorOf, callsOf, withTransaction } from '../support/attribution.ts'
import { avayaLine } from '../support/avaya-lines.ts'
import { dayOf, readingOf, streamOf, testSeed } from '../support/days.ts'
import { canonicalDump, exactDump } from '../support/dump.ts'
import { applyReading, feedAtRandom, importAll, sample, sampleReadings } from '../support/feed.ts'
import { assertSound } from '../support/invariants.ts'
import { engines, type TestStore } from '../support/stores.ts'
import { beforeEachStatement } from '../support/statements.ts'

/** R1: whoever changes a call leaves it due; attribute takes what is due, whatever happens meanwhile. R11: who held what. */

const format = 'avaya-ip-office'
const samples = [
  ['avaya-smdr.sample.csv', sampleReadings.avaya],
  ['asterisk-master.sample.csv', sampleReadings.asterisk],
] as const

async function withSamples(it: TestStore): Promise<void> {
  for (const [file, reading] of samples) {
    await applyReading(it.store, reading.plan, reading)
    await importAll(it.store, reading.plan, sample(file), { format: reading.format })
  }
}

/** Every call attributed, as recomputed from scratch. */
async function assertAttributed(it: TestStore): Promise<void> {
  await assertParts(it, formats, true)
  await assertSound(it)
}

const minuteMs = 60_000
const stamp = (at: number) =>
  new Date(at + 3 * 60 * minuteMs).toISOString().slice(0, 19).replaceAll('-', '/').replace('T', ' ')

/** One answered call of an extension; instants. */
const callAt = (at: number, callId: number, extension: string, connected = '00:00:30'): Buffer =>
  Buffer.from(avayaLine({ start: stamp(at), callId, connected, ring: 5, called: extension, device1: `E${extension}` }))

for (const engine of engines) {
  const { skip } = engine

  test(`attribute drains the queue, and each own extension of a call is nobody's, on ${engine.name}`, {
    skip,
  }, async (t) => {
    const it = await engine.open(t)
    await withSamples(it)
    const calls = await countOf(it, 'call')
    const reader = await it.reader()
    assert.equal(await reader.attributionDue(), calls)
    const versions = await it.rows('SELECT id, version FROM source ORDER BY id')

    assert.equal(callsOf(await attributeAll(it.store)), calls, 'each once')
    assert.equal(await reader.attributionDue(), 0)
    await assertAttributed(it)
    assert.deepEqual(await it.rows('SELECT id, version FROM source ORDER BY id'), versions, 'attribute changes no call')
    assert.ok((await countOf(it, 'attribution')) > calls / 2)
    for (const row of (await it.rows('SELECT * FROM call')).map(callOf).slice(0, 20)) {
      const found = await reader.attributions([row.id])
      assert.deepEqual(
        [...new Set(found.map(({ extension }) => extension))].sort(),
        row.call.extensions.map(({ number }) => number).sort(),
      )
      for (const { plan, state, employeeId } of found)
        assert.deepEqual([plan, state, employeeId], [row.plan, 'no-holder', null])
    }
    assert.deepEqual(await attributeAll(it.store), [], 'nothing is left to do')
  })

  test(`a late segment that joins two calls leaves what they had until attribute takes it, on ${engine.name}`, {
    skip,
  }, async (t) => {
    const it = await engine.open(t)
    await applyReading(it.store, 'pbx', readingOf(format))
    const bring = (start: string, connected: string, continuation: number) =>
      importAll(
        it.store,
        'pbx',
        streamOf([Buffer.from(avayaLine({ start: `2026/03/16 ${start}`, connected, ring: 0, continuation }))]),
        { format },
      )
    await bring('09:01:40', '00:00:10', 0)
    await bring('09:00:00', '00:00:20', 1)
    await attributeAll(it.store)
    await assertAttributed(it)
    assert.equal(await countOf(it, 'attribution'), 2)
    // Starts in the window of the first, and has the other in its own.
    await bring('09:01:00', '00:00:30', 1)
    assert.equal(await countOf(it, 'attribution'), 2, 'the rollup still has them')
    const [call] = await it.rows('SELECT id FROM call')
    assert.equal((await (await it.reader()).attributions([call?.['id'] as number])).length, 1)
    assert.equal(await countOf(it, 'attribution_due'), 2, 'the call that changed and the one that is no more')
    await attributeAll(it.store)
    assert.equal(await countOf(it, 'call'), 1)
    assert.equal(await countOf(it, 'attribution'), 3, 'a part in each leg')
    await assertAttributed(it)
  })

  test(`a replay leaves what attribute wrote, and by another reading it is as if read so from the start, on ${engine.name}`, {
    skip,
  }, async (t) => {
    const it = await engine.open(t)
    await withSamples(it)
    await attributeAll(it.store)
    const before = await exactDump(it)
    for (const [, reading] of samples) await replayAll(it.store, reading.plan)
    await attributeAll(it.store)
    assertSameDump(await exactDump(it), before, 'replay')
    await it.execute(
      'DELETE FROM attribution; INSERT INTO attribution_due (source_id, call_id) SELECT source_id, id FROM call',
    )
    await attributeAll(it.store)
    assertSameDump(await exactDump(it), before, 'all of it once more')

    const other = await engine.open(t)
    const inside = { ...sampleReadings.avaya, plan: 'another', internal: '^\\d{3}$' }
    await applyReading(other.store, 'avaya', inside)
    await importAll(other.store, 'avaya', sample('avaya-smdr.sample.csv'), { format })
    await attributeAll(other.store)
    const same = await engine.open(t)
    await applyReading(same.store, 'avaya', sampleReadings.avaya)
    await importAll(same.store, 'avaya', sample('avaya-smdr.sample.csv'), { format })
    await attributeAll(same.store)
    await same.execute(`UPDATE reading SET body = (SELECT '${JSON.stringify(inside)}')`)
    await same.reopen()
    await replayAll(same.store, 'avaya')
    await attributeAll(same.store)
    assertSameDump(await canonicalDump(same), await canonicalDump(other), 'another reading')
    await assertAttributed(same)
  })

  test(`records and attribute by turns, in any order, end as if attributed at the end, on ${engine.name} (seed ${testSeed})`, {
    skip,
  }, async (t) => {
    const anyhow = await engine.open(t)
    const inOrder = await engine.open(t)
    const stores = [anyhow.store, ...(anyhow.another ? [await anyhow.another()] : [])]
    const events: AttributeEvent[] = []
    const attributors = stores.map((store) => attributorOf(store, events))
    const running = attributors.map((attributor) => attributor.run())
    const days = engine.name === 'sqlite' ? 40 : 12
    for (let n = 0; n < days; n++)
      for (const { store } of [inOrder, anyhow]) await applyReading(store, `day-${n}`, dayOf(testSeed + 5, n).reading)
    const feed = async (n: number) => {
      const day = dayOf(testSeed + 5, n)
      const random = openRandom(testSeed * 100 + n, 61)
      await importAll(inOrder.store, `day-${n}`, streamOf(day.lines), { format: day.reading.format })
      for (const part of [day.lines.filter(() => random.chance(0.5)), day.lines]) {
        if (part.length > 0) await feedAtRandom(anyhow.store, `day-${n}`, { ...day, lines: part }, random)
        for (const it of attributors) if (random.chance(0.7)) it.wake()
      }
      if (random.chance(0.5)) await replayAll(anyhow.store, `day-${n}`)
    }
    // Two sources at a time.
    for (let n = 0; n < days; n += 2) await Promise.race([Promise.all([feed(n), feed(n + 1)]), Promise.all(running)])
    for (const it of attributors) it.close()
    await Promise.all(running)
    const steps = events.length
    assert.deepEqual(
      events.filter((it) => it.kind === 'trouble'),
      [],
    )
    events.push(...(await attributeAll(...stores)))
    await attributeAll(inOrder.store)
    assertSameDump(await canonicalDump(anyhow), await canonicalDump(inOrder), `seed ${testSeed}`)
    await assertAttributed(anyhow)
    const calls = await countOf(anyhow, 'call')
    t.diagnostic(`${calls} calls, attributed ${callsOf(events)} times in ${steps} steps beside the records`)
    assert.ok(callsOf(events) > calls, 'some were done before they were whole')
  })

  test(`a step that fails at any of its statements leaves everything due, on ${engine.name}`, { skip }, async (t) => {
    const it = await engine.open(t)
    await applyReading(it.store, 'pbx', readingOf(format))
    const { lines } = dayOf(testSeed, 0)
    await importAll(it.store, 'pbx', streamOf(lines), { format })
    const from = Date.UTC(2026, 2, 1)
    await it.execute(`INSERT INTO attribution_due_range (plan, extension, from_at, to_at, source_id)
      SELECT plan, '201', ${from}, NULL, source_id FROM call LIMIT 1`)
    const before = await queueOf(it)
    /** Fails at the statement of that number; true when there was one. */
    const failsAt = async (fatal: number): Promise<boolean> => {
      const store = await it.reopen()
      let failed = false
      const attributor: Attributor = new Attributor({
        store,
        sources: new Sources(store, formats),
        now: Date.now,
        // It is not to try again.
        report: () => attributor.close(),
      })
      const end = beforeEachStatement(DatabaseSync, pg.Client, (n, client) => {
        if (n !== fatal) return
        failed = true
        if (!client) throw new SmenaError('store-away', { cause: 'a test' })
        ;(client as unknown as { connection: { stream: { destroy: () => void } } }).connection.stream.destroy()
      })
      try {
        await attributor.run()
      } finally {
        end()
      }
      return failed
    }
    let n = 0
    while (await failsAt(++n)) {
      // The last one is COMMIT: the answer may be lost of what was done.
      if ((await countOf(it, 'attribution_due')) === 0) break
      assert.equal(await queueOf(it), before, `statement ${n}`)
      assert.equal(await countOf(it, 'attribution'), 0)
    }
    assert.ok(n > 8, `${n} statements`)
    await attributeAll(it.store)
    await assertAttributed(it)
  })

  test(`attribute says once that the store is away and that it is back, and goes on, on ${engine.name}`, {
    skip,
  }, async (t) => {
    const it = await engine.open(t)
    await withSamples(it)
    let away = 5
    const store = withTransaction(it.store, async (run) => {
      if (away-- > 0) throw new SmenaError('store-away', { cause: 'a test' })
      return run()
    })
    const events = await attributeAll(store)
    const told = events.map((event) => event.kind)
    assert.deepEqual(
      told.filter((kind) => kind !== 'attributed'),
      ['trouble', 'recovered'],
    )
    await assertAttributed(it)
  })

  test(`a range makes exactly its calls due, on ${engine.name} (seed ${testSeed})`, { skip }, async (t) => {
    const it = await engine.open(t)
    const random = openRandom(testSeed, 62)
    const first = Date.UTC(2025, 10, 3, 6)
    const spanMs = 120 * 24 * 60 * minuteMs
    const extensions = ['201', '202', '1201']
    for (const [source, plan] of [
      ['moscow', 'city'],
      ['annex', 'city'],
      ['chita', 'chita'],
    ] as const) {
      await applyReading(it.store, source, readingOf(format, { plan }))
      const lines = Array.from({ length: 150 }, (_, i) => {
        const hours = random.chance(0.1) ? random.between(1, 90) : 0
        const connected = `${`${hours}`.padStart(2, '0')}:${random.between(10, 59)}:00`
        const at = first + Math.floor(random.below(spanMs) / 1000) * 1000
        return callAt(at, 1000 + i, random.pick(extensions), connected)
      })
      await importAll(it.store, source, streamOf(lines), { format })
    }
    await attributeAll(it.store)
    const calls = (await it.rows('SELECT * FROM call')).map(callOf)
    const reaches = (id: number, from: number, to: number | null, plan: string, extension: string) => {
      const { call, plan: own } = calls.find((row) => row.id === id) as (typeof calls)[number]
      const takesPart = own === plan && call.extensions.some(({ number }) => number === extension)
      return takesPart && call.endedAt >= from && (to === null || call.startedAt < to)
    }
    let redone = 0
    for (let round = 0; round < 12; round++) {
      const from = first - minuteMs + random.below(spanMs)
      const to = round % 4 === 0 ? null : from + random.below(random.pick([minuteMs, spanMs]))
      const [plan, extension] = [random.pick(['city', 'chita']), random.pick(extensions)]
      await it.execute(`UPDATE attribution SET state = 'stale';
        INSERT INTO attribution_due_range (plan, extension, from_at, to_at) VALUES ('${plan}', '${extension}', ${from}, ${to})`)
      const events = await attributeAll(it.store)
      const rows = await it.rows('SELECT * FROM attribution')
      const done = rows.filter((row) => row['state'] !== 'stale').map((row) => row['call_id'] as number)
      const expected = calls.filter(({ id }) => reaches(id, from, to, plan, extension)).map(({ id }) => id)
      assert.deepEqual([...new Set(done)].sort(), expected.sort(), `seed ${testSeed}, round ${round}`)
      assert.equal(callsOf(events), expected.length)
      redone += expected.length
    }
    assert.ok(redone > 0)
    assert.equal(await countOf(it, 'attribution_due_range'), 0)
  })

  test(`a range of years is expanded in pieces, and whoever stops in its middle is gone on after, on ${engine.name}`, {
    skip,
  }, async (t) => {
    const it = await engine.open(t)
    await applyReading(it.store, 'pbx', readingOf(format))
    const lines = Array.from({ length: 1300 }, (_, i) =>
      callAt(Date.UTC(2026, 2, 16, 6) + i * minuteMs, 1000 + i, '201'),
    )
    lines.push(callAt(Date.UTC(2019, 5, 3, 9), 7, '201'), callAt(Date.UTC(2026, 2, 16, 6), 8, '202'))
    await importAll(it.store, 'pbx', streamOf(lines), { format })
    await attributeAll(it.store)
    await it.execute(`UPDATE attribution SET state = 'stale';
      INSERT INTO attribution_due_range (plan, extension, from_at) VALUES ('site', '201', ${Date.UTC(2010, 0, 1)})`)
    const places: unknown[] = []
    let done = 0
    for (;;) {
      const stopped: Attributor = new Attributor({
        sources: new Sources(it.store, formats),
        store: withTransaction(it.store, async (run) => {
          const result = await run()
          stopped.close()
          return result
        }),
        now: Date.now,
        report: (event) => {
          const calls = callsOf([event])
          assert.ok(calls <= 500, `${calls} calls in one step`)
          done += calls
        },
      })
      await stopped.run()
      const ranges = await it.rows('SELECT month, after_call FROM attribution_due_range')
      places.push(...ranges)
      if (ranges.length === 0) break
    }
    assert.ok(places.length >= 3, `${places.length} places`)
    assert.equal(new Set(places.map((place) => JSON.stringify(place))).size, places.length, 'it moves on')
    const events = await attributeAll(it.store)
    assert.equal(done + callsOf(events), 1301, 'each once')
    const left = await it.rows(`SELECT extension FROM attribution WHERE state = 'stale'`)
    assert.deepEqual(
      left.map((row) => row['extension']),
      ['202'],
    )
  })
}

async function queueOf({ rows }: TestStore): Promise<string> {
  const queue = await rows('SELECT * FROM attribution_due ORDER BY source_id, call_id')
  return JSON.stringify([
    queue,
    await rows('SELECT * FROM attribution_due_range ORDER BY id'),
    await rows('SELECT * FROM change'),
  ])
}

const postgres = engines.find((it) => it.name === 'postgres') as (typeof engines)[number]
const anotherStore = (it: TestStore) => (it.another as NonNullable<TestStore['another']>)()

test('several processes that come for one source do each call once, and wait without asking', {
  skip: postgres.skip,
}, async (t) => {
  const it = await postgres.open(t)
  await withSamples(it)
  const calls = await countOf(it, 'call')
  const sources = await it.store.sources()
  const stores = [await anotherStore(it), await anotherStore(it), await anotherStore(it)]
  const letGo = Promise.withResolvers<void>()
  const held: Promise<void>[] = []
  const holders = sources.map(({ id }) => {
    const locked = Promise.withResolvers<void>()
    held.push(locked.promise)
    return it.store.transaction(id, 'live', async (tx) => {
      await tx.holdSource()
      locked.resolve()
      await letGo.promise
    })
  })
  await Promise.all(held)
  let statements = 0
  const end = beforeEachStatement(DatabaseSync, pg.Client, () => void statements++)
  const events: AttributeEvent[] = []
  const attributors = stores.map((store) => attributorOf(store, events))
  const running = attributors.map((attributor) => attributor.run())
  await new Promise((resolve) => setTimeout(resolve, 300))
  const asked = statements
  end()
  assert.ok(asked > 0 && asked < 10 * stores.length, `${asked} statements while the sources were held`)
  assert.equal(callsOf(events), 0)
  letGo.resolve()
  await Promise.all(holders)
  while ((await it.store.dueSources()).length > 0) await new Promise((resolve) => setTimeout(resolve, 5))
  for (const attributor of attributors) attributor.close()
  await Promise.all(running)
  assert.equal(callsOf(events), calls)
  await assertAttributed(it)
})

test('a range that two processes deal out at once is dealt once to each source', { skip: postgres.skip }, async (t) => {
  const it = await postgres.open(t)
  const other = await anotherStore(it)
  for (let n = 0; n < 5; n++) await applyReading(it.store, `pbx-${n}`, readingOf(format))
  for (let round = 1; round <= 5; round++) {
    await it.execute(
      `INSERT INTO attribution_due_range (plan, extension, from_at) VALUES ('site', '${200 + round}', 0)`,
    )
    await Promise.all([it.store.dealDueRanges(), other.dealDueRanges(), it.store.dealDueRanges()])
    assert.equal(await countOf(it, 'attribution_due_range'), 5 * round)
    assert.equal(await countOf(it, 'attribution_due_range WHERE source_id IS NULL'), 0)
  }
})

test('a correction that is held open while a call comes and is attributed has that call done again', {
  skip: postgres.skip,
}, async (t) => {
  const it = await postgres.open(t)
  await applyReading(it.store, 'pbx', readingOf(format))
  const { url } = it.place as { url: string }
  const correction = new pg.Client({ connectionString: url })
  await correction.connect()
  try {
    await correction.query('BEGIN')
    await correction.query(`INSERT INTO attribution_due_range (plan, extension, from_at) VALUES ('site', '201', 0)`)
    await importAll(it.store, 'pbx', streamOf([callAt(Date.UTC(2026, 2, 16, 6), 7, '201')]), { format })
    assert.equal(callsOf(await attributeAll(it.store)), 1)
    await correction.query('COMMIT')
  } finally {
    await correction.end()
  }
  assert.equal(callsOf(await attributeAll(it.store)), 1)
  await assertAttributed(it)
})
