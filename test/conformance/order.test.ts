import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formats } from '../../src/domain/formats/formats.ts'
import { openReader, type Reading } from '../../src/domain/reading.ts'
import { openRandom, type Random } from '../../src/domain/simulation/random.ts'
import { simulate } from '../../src/domain/simulation/simulate.ts'
import { Cutter } from '../../src/pipeline/cut.ts'
import { assertSameDump, countOf, ledgerSums } from '../support/accounts.ts'
import { replayAll, retryAll } from '../support/again.ts'
import { avayaLine } from '../support/avaya-lines.ts'
import { crowdedDay, type Day, dayOf, readingOf, shuffled, streamOf, testSeed } from '../support/days.ts'
import { canonicalDump, exactDump } from '../support/dump.ts'
import { applyReading, feedAtRandom, importAll, MemoryLog, recordAll, sample, sampleReadings } from '../support/feed.ts'
import { assertSound } from '../support/invariants.ts'
import { engines, type TestStore } from '../support/stores.ts'

/** R9: calls are a function of the records, whatever the order in which these came and whatever was done to them since. */

const samples = [
  ['avaya-smdr.sample.csv', sampleReadings.avaya],
  ['asterisk-master.sample.csv', sampleReadings.asterisk],
  ['asterisk-21-columns.sample.csv', sampleReadings.asterisk],
] as const

/**
 * The records of a sample. Of rows of one call that begin in the same second and carry no number of their own the first is
 * taken: only their receipt would tell which came first.
 */
function linesOf(bytes: Buffer, reading: Reading): Buffer[] {
  const lines: Buffer[] = []
  const told = new Set<string>()
  const [format, reader] = [formats[reading.format], openReader(reading)]
  const take = (view: Uint8Array) => {
    const parsed = format.parse(format.contentOf(view, lines.length === 0), reader)
    if (parsed.kind === 'segment') {
      const { uniqueid, sequence } = parsed.fields as Record<string, unknown>
      const place = `${parsed.startWall} ${String(uniqueid)} ${String(sequence)}`
      if (uniqueid !== undefined && told.has(place)) return
      told.add(place)
    }
    lines.push(Buffer.from(view))
  }
  const cutter = new Cutter(format)
  cutter.push(bytes, take)
  cutter.end('whole', take)
  return lines
}

/** Some of the lines by any way, then all of them, some once more. */
async function subsetThenRest(it: TestStore, source: string, day: Day, random: Random): Promise<void> {
  const some = { ...day, lines: day.lines.filter(() => random.chance(0.5)) }
  if (some.lines.length > 0) await feedAtRandom(it.store, source, some, random)
  await feedAtRandom(it.store, source, day, random)
}

for (const engine of engines) {
  const rounds = engine.name === 'sqlite' ? 40 : 6
  for (const [file, reading] of samples)
    test(`the records of ${file} in any order, pieces and subsets are the same calls, on ${engine.name} (seed ${testSeed})`, {
      skip: engine.skip,
    }, async (t) => {
      const day: Day = { reading, lines: linesOf(sample(file), reading) }
      const inOrder = await engine.open(t)
      const anyhow = await engine.open(t)
      for (let round = 0; round < rounds; round++) {
        const random = openRandom(testSeed * 100 + round, 51)
        for (const it of [inOrder, anyhow]) await applyReading(it.store, `round-${round}`, reading)
        await importAll(inOrder.store, `round-${round}`, streamOf(day.lines), { format: reading.format })
        if (random.chance(0.5)) await feedAtRandom(anyhow.store, `round-${round}`, day, random)
        else await subsetThenRest(anyhow, `round-${round}`, day, random)
      }
      assertSameDump(await canonicalDump(anyhow), await canonicalDump(inOrder), `seed ${testSeed}`)
      await assertSound(anyhow)
    })

  test(`a subset of generated days and then the rest are the days, on ${engine.name} (seed ${testSeed})`, {
    skip: engine.skip,
  }, async (t) => {
    const inOrder = await engine.open(t)
    const anyhow = await engine.open(t)
    const days = engine.name === 'sqlite' ? 120 : 16
    let older = 0
    for (let n = 0; n < days; n++) {
      const day = dayOf(testSeed + 1, n)
      const source = `day-${n}`
      const random = openRandom(testSeed * 100 + n, 52)
      for (const it of [inOrder, anyhow]) await applyReading(it.store, source, day.reading)
      await importAll(inOrder.store, source, streamOf(day.lines), { format: day.reading.format })

      const some = { ...day, lines: day.lines.filter(() => random.chance(0.4)) }
      if (some.lines.length > 0) await feedAtRandom(anyhow.store, source, some, random)
      const printed = await anyhow.rows('SELECT id FROM call WHERE source_id = (SELECT max(id) FROM source)')
      await feedAtRandom(anyhow.store, source, day, random)
      // An id once printed finds the call that has its record, which may have got an older name since.
      const reader = await anyhow.reader()
      for (const row of printed) {
        const id = row['id'] as number
        const found = await reader.call(id)
        if (!found) assert.fail(`seed ${testSeed}: no call ${id} of ${source}`)
        assert.ok(found.segments.some((segment) => segment.id === id))
        assert.equal(found.row.id, Math.min(...found.segments.map((segment) => segment.id)))
        if (found.row.id !== id) older++
      }
      await reader[Symbol.asyncDispose]()
    }
    assertSameDump(await canonicalDump(anyhow), await canonicalDump(inOrder), `seed ${testSeed}`)
    t.diagnostic(`${older} calls were joined to an older one after they had been printed`)
    await assertSound(anyhow)
  })

  test(`a late record makes one call of two, on ${engine.name}`, { skip: engine.skip }, async (t) => {
    const it = await engine.open(t)
    const format = 'avaya-ip-office'
    await applyReading(it.store, 'pbx', readingOf(format))
    const leg = (start: string, connected: string, continuation: number) =>
      streamOf([Buffer.from(avayaLine({ start: `2026/03/16 ${start}`, connected, ring: 0, continuation }))])
    const bring = async (bytes: Buffer) => {
      await importAll(it.store, 'pbx', bytes, { format })
      return (await it.rows('SELECT id FROM call ORDER BY id')).map((row) => row['id'])
    }
    const [second] = await bring(leg('09:01:40', '00:00:10', 0))
    const [, first] = await bring(leg('09:00:00', '00:00:20', 1))
    assert.ok(second !== undefined && first !== undefined && first !== second)
    await it.execute('DELETE FROM attribution_due')
    // Starts in the window of the first, and has the other in its own.
    assert.deepEqual(await bring(leg('09:01:00', '00:00:30', 1)), [second], 'the oldest record names the call')
    const due = (await it.rows('SELECT call_id FROM attribution_due ORDER BY call_id')).map((row) => row['call_id'])
    assert.deepEqual(due, [second, first], 'both are due: the one that changed and the one that is no more')
    const [call] = await it.rows('SELECT segments, started_at, talk_seconds FROM call')
    assert.deepEqual({ ...call }, { segments: 3, started_at: Date.UTC(2026, 2, 16, 6), talk_seconds: 60 })
    const reader = await it.reader()
    for (const id of [first, second]) assert.equal((await reader.call(id as number))?.row.id, second)
    await assertSound(it)
  })

  test(`every call that changes or ends is due for attribution, on ${engine.name} (seed ${testSeed})`, {
    skip: engine.skip,
  }, async (t) => {
    const it = await engine.open(t)
    const random = openRandom(testSeed, 53)
    const log = new MemoryLog()
    const days = engine.name === 'sqlite' ? 16 : 4
    let changes = 0
    const changed = async (what: string, work: () => Promise<unknown>, exactly = true) => {
      await it.execute('DELETE FROM attribution_due')
      const before = await callTexts(it)
      await work()
      const after = await callTexts(it)
      const expected = [...new Set([...before.keys(), ...after.keys()])].filter(
        (id) => before.get(id) !== after.get(id),
      )
      const due = new Set((await it.rows('SELECT call_id FROM attribution_due')).map((row) => row['call_id'] as number))
      const missing = expected.filter((id) => !due.has(id))
      assert.deepEqual(missing, [], `seed ${testSeed}, ${what}: of ${expected.length} changed calls`)
      if (exactly) assert.equal(due.size, expected.length, `seed ${testSeed}, ${what}: due without a change`)
      changes += expected.length
    }
    for (let n = 0; n < days; n++) {
      const source = `day-${n}`
      const { lines, reading } =
        n % 2 === 0 ? crowdedDay(n % 4 === 0 ? 'avaya-ip-office' : 'asterisk-csv', testSeed + n) : dayOf(testSeed, n)
      const { format } = reading
      await applyReading(it.store, source, reading)
      for (const [i, line] of shuffled(lines, random).slice(0, 14).entries()) {
        const bytes = streamOf([line])
        if (i % 2 === 0) await changed('import', () => importAll(it.store, source, bytes, { format }))
        else {
          log.deliver(source, bytes, { format })
          await changed('record', () => recordAll(it.store, log, source))
        }
      }
      await changed(
        'the rest',
        () => importAll(it.store, source, streamOf(shuffled(lines, random)), { format, chunk: 99 }),
        false,
      )
      await changed('replay of what has not changed', () => replayAll(it.store, source))
      const other: Reading = { ...reading, timezone: 'Asia/Kathmandu', plan: 'other' }
      await applyReading(it.store, source, other)
      await changed('replay by another reading', () => replayAll(it.store, source))
      const wrong = readingOf(format === 'asterisk-csv' ? 'avaya-ip-office' : 'asterisk-csv')
      await applyReading(it.store, source, wrong)
      await changed('replay by a wrong reading', () => replayAll(it.store, source))
      await applyReading(it.store, source, reading)
      await changed('retry', () => retryAll(it.store, { source }), false)
    }
    t.diagnostic(`${changes} changes of calls`)
    // The queue was emptied by the test, and nothing has been attributed.
    await it.execute('DELETE FROM attribution_due')
    await it.execute('INSERT INTO attribution_due (source_id, call_id) SELECT source_id, id FROM call')
    await assertSound(it)
  })

  test(`a replay that is ended after each of its chunks and begun again is a replay, on ${engine.name} (seed ${testSeed})`, {
    skip: engine.skip,
  }, async (t) => {
    const interrupted = await engine.open(t)
    const whole = await engine.open(t)
    const { reading, lines } = manyLines(engine.name === 'sqlite' ? 6500 : 4500)
    const { format } = reading
    for (const { store } of [interrupted, whole]) {
      await applyReading(store, 'pbx', reading)
      const log = new MemoryLog()
      log.deliver('pbx', streamOf(lines), { format, receivedAt: 1_800_000_000_000 })
      await recordAll(store, log, 'pbx')
    }
    const chunks = Math.ceil(lines.length / 2000)
    for (let after = 1; after < chunks; after++) {
      const next = { ...reading, plan: `plan ${after}`, internal: after % 2 === 0 ? reading.internal : '^20\\d$' }
      for (const { store } of [interrupted, whole]) await applyReading(store, 'pbx', next)
      const end = new AbortController()
      let done = 0
      const progress = () => {
        if (++done === after) end.abort()
      }
      const counts = await replayAll(interrupted.store, 'pbx', { signal: end.signal, progress })
      assert.equal(counts.records, 2000 * after)
      const [old] = await interrupted.rows(
        `SELECT count(*) AS n FROM segment WHERE reading_id <> (SELECT max(id) FROM reading)`,
      )
      assert.equal(old?.['n'], lines.length - 2000 * after, 'what was done is done, the rest is as it was')
      if (after === 1) await assertSound(interrupted)
      await replayAll(interrupted.store, 'pbx')
      await replayAll(whole.store, 'pbx')
      assertSameDump(await exactDump(interrupted), await exactDump(whole), `ended after chunk ${after}`)
    }
    assert.deepEqual(await ledgerSums(interrupted), { stored: lines.length, duplicate: 0, quarantined: 0 })
    await assertSound(interrupted)
  })

  test(`replays of parts of time, cut through calls and in any order, are a replay of the whole, on ${engine.name} (seed ${testSeed})`, {
    skip: engine.skip,
  }, async (t) => {
    const random = openRandom(testSeed, 54)
    const parts = await engine.open(t)
    const whole = await engine.open(t)
    for (let n = 0; n < (engine.name === 'sqlite' ? 20 : 4); n++) {
      const source = `day-${n}`
      const { lines, reading } = dayOf(testSeed + 2, n)
      const next: Reading = { ...reading, internal: '^20[0-4]$', plan: 'next', encoding: 'koi8-r' }
      for (const { store } of [parts, whole]) {
        await applyReading(store, source, reading)
        await importAll(store, source, streamOf(lines), { format: reading.format })
        await applyReading(store, source, next)
      }
      await replayAll(whole.store, source)
      const walls = (await parts.rows(`SELECT start_wall FROM segment WHERE source_id = ${n + 1}`)).map(
        (row) => row['start_wall'] as number,
      )
      const cuts = Array.from({ length: 5 }, () => random.pick(walls) + random.below(2)).toSorted((a, b) => a - b)
      const edges = [null, ...cuts, null]
      const ranges = edges.slice(1).map((to, i) => ({ from: edges[i] ?? null, to: to ?? null }))
      for (const { from, to } of shuffled(ranges, random)) {
        await replayAll(parts.store, source, { ...(from === null ? {} : { from }), ...(to === null ? {} : { to }) })
        if (n % 10 === 0) await assertSound(parts)
      }
    }
    assertSameDump(await canonicalDump(parts), await canonicalDump(whole), `seed ${testSeed}`)
    assert.ok((await countOf(parts, 'call')) > 40)
    await assertSound(parts)
  })
}

/** So many records of a believable exchange. */
function manyLines(records: number): Day {
  const options = {
    format: 'avaya-ip-office',
    seed: testSeed,
    from: '2026-03-16',
    days: Number.POSITIVE_INFINITY,
    callsADay: 900,
    timezone: 'Europe/Moscow',
    records,
  } as const
  return { reading: readingOf('avaya-ip-office'), lines: [...simulate(options)].map(({ line }) => Buffer.from(line)) }
}

/** Each call with its parties, as text. */
async function callTexts({ rows }: TestStore): Promise<Map<number, string>> {
  const texts = new Map<number, string>()
  for (const row of await rows('SELECT * FROM call')) texts.set(row['id'] as number, JSON.stringify(row))
  for (const row of await rows('SELECT * FROM call_party ORDER BY call_id, position')) {
    const id = row['call_id'] as number
    texts.set(id, `${texts.get(id)}\n${JSON.stringify(row)}`)
  }
  return texts
}
