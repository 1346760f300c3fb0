import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FormatName } from '../../src/domain/formats/format-name.ts'
import { formats } from '../../src/domain/formats/formats.ts'
import type { Reading } from '../../src/domain/reading.ts'
import { simulate, siteOf } from '../../src/domain/simulation/simulate.ts'
import { Importer } from '../../src/pipeline/import.ts'
import { Sources } from '../../src/pipeline/sources.ts'
import { assertSameDump, countOf, ledgerSums, statusWith } from '../support/accounts.ts'
import { replayAll, retryAll } from '../support/again.ts'
import { rowText } from '../support/asterisk-rows.ts'
import { believableDay, readingOf, streamOf, testSeed } from '../support/days.ts'
import { canonicalDump, exactDump } from '../support/dump.ts'
import { applyReading, importAll, MemoryLog, recordAll } from '../support/feed.ts'
import { assertSound } from '../support/invariants.ts'
import { engines, type TestStore } from '../support/stores.ts'
import { LogWithVisitor, withVisitor } from '../support/visitors.ts'

/** R8: what gives bytes their meaning is kept with its date, and changes closed months only when it is told to. */

const day = (text: string) => Date.parse(`${text}T00:00:00Z`)

/** Six weeks of a small office, and the reading it should have. */
function weeks(format: FormatName, callsADay = 8): { lines: Buffer[]; reading: Reading } {
  const options = {
    format,
    seed: testSeed,
    from: '2026-02-10',
    days: 42,
    callsADay,
    timezone: 'Europe/Moscow',
    people: 12,
  }
  const { groups, attendants, trunks } = siteOf(options).reading
  return {
    lines: [...simulate(options)].map(({ line }) => Buffer.from(line)),
    reading: readingOf(format, { groups, attendants, trunks }),
  }
}

/** The same site described wrongly: as somebody would who does not know it yet. */
const wrongly = (reading: Reading): Reading =>
  reading.format === 'asterisk-csv'
    ? { ...reading, trunks: [], internal: '^\\d{2,4}$', encoding: 'koi8-r' }
    : { ...reading, groups: null, attendants: null, timezone: 'Asia/Novosibirsk', plan: 'old' }

const olderRules = async (it: TestStore, known = formats) => {
  const { sources } = await statusWith(await it.reader(), null, known)
  return Object.fromEntries(Object.entries(sources).map(([name, source]) => [name, source.olderRules]))
}

async function asFromTheStart(it: TestStore, reading: Reading, lines: readonly Buffer[]): Promise<string> {
  await applyReading(it.store, 'pbx', reading)
  await importAll(it.store, 'pbx', streamOf(lines), { format: reading.format })
  return canonicalDump(it)
}

for (const engine of engines)
  for (const format of ['asterisk-csv', 'avaya-ip-office'] as const) {
    test(`a reading for later changes no byte of last month, and one for all time is as from the start, for ${format} on ${engine.name} (seed ${testSeed})`, {
      skip: engine.skip,
    }, async (t) => {
      const { lines, reading } = weeks(format)
      const expected = await asFromTheStart(await engine.open(t), reading, lines)
      const it = await engine.open(t)
      await asFromTheStart(it, wrongly(reading), lines)
      const calls = await countOf(it, 'call')
      const before = await exactDump(it)

      await applyReading(it.store, 'pbx', reading, day('2026-12-01'))
      const march = await replayAll(it.store, 'pbx', { from: day('2026-03-01'), to: day('2026-04-01') })
      assert.ok(march.records > 150 && march.records < lines.length)
      assertSameDump(await exactDump(it), before, 'a replay of March after a trunk was added')
      await replayAll(it.store, 'pbx')
      assertSameDump(await exactDump(it), before, 'a replay of everything after a trunk was added')
      assert.deepEqual(await olderRules(it), { pbx: 0 })

      await applyReading(it.store, 'pbx', reading)
      assertSameDump(await exactDump(it), before, 'before the replay')
      assert.deepEqual(await olderRules(it), { pbx: calls })
      const done = await replayAll(it.store, 'pbx')
      assert.deepEqual([done.records, done.quarantined], [lines.length, 0])
      assertSameDump(await canonicalDump(it), expected, 'as if configured so from the start')
      assert.deepEqual(await olderRules(it), { pbx: 0 })

      const again = await exactDump(it)
      await replayAll(it.store, 'pbx')
      assertSameDump(await exactDump(it), again, 'a second replay')
      await assertSound(it)
    })

    test(`a reading holds from its date on, live and by replay, for ${format} on ${engine.name} (seed ${testSeed})`, {
      skip: engine.skip,
    }, async (t) => {
      const { lines, reading } = weeks(format)
      const old = wrongly(reading)
      const date = day('2026-03-03') + 11 * 3_600_000
      const [byOld, byNew] = [await engine.open(t), await engine.open(t)]
      const dumps = [await asFromTheStart(byOld, old, lines), await asFromTheStart(byNew, reading, lines)] as const
      const expected = [
        ...partOf(dumps[0], (wall) => wall < date),
        ...partOf(dumps[1], (wall) => wall >= date),
      ].toSorted()
      const late = (await byOld.rows(`SELECT count(*) AS n FROM call WHERE start_wall >= ${date}`))[0]?.['n'] as number

      const it = await engine.open(t)
      await applyReading(it.store, 'pbx', old)
      await applyReading(it.store, 'pbx', reading, date)
      await importAll(it.store, 'pbx', streamOf(lines), { format })
      const asStored = partOf(await canonicalDump(it), () => true).toSorted()
      assertSameDump(asStored.join('\n'), expected.join('\n'), 'stored under both')
      assert.deepEqual(await olderRules(it), { pbx: 0 })

      // The same by replay, after the fact.
      await applyReading(byOld.store, 'pbx', reading, date)
      assert.deepEqual(await olderRules(byOld), { pbx: late })
      await replayAll(byOld.store, 'pbx', { from: day('2026-03-10') })
      const [rest] = await byOld.rows(
        `SELECT count(*) AS n FROM call WHERE start_wall >= ${date} AND reading_id = (SELECT min(id) FROM reading)`,
      )
      assert.deepEqual(await olderRules(byOld), { pbx: rest?.['n'] })
      assert.ok((rest?.['n'] as number) < late)
      await replayAll(byOld.store, 'pbx')
      assertSameDump(await canonicalDump(byOld), await canonicalDump(it), 'replayed under both')
      assert.deepEqual(await olderRules(byOld), { pbx: 0 })
      await assertSound(it)
      await assertSound(byOld)
    })

    test(`a source of ${format} that was configured as another exchange is set right by retry, on ${engine.name} (seed ${testSeed})`, {
      skip: engine.skip,
    }, async (t) => {
      const day = believableDay(format, testSeed, 60)
      const { reading } = day
      // At a line break inside quotes another exchange's framing cuts, and no retry puts the pieces together.
      const lines = day.lines.filter((line) => !line.includes('\n'))
      const wrong = format === 'asterisk-csv' ? 'avaya-ip-office' : 'asterisk-csv'
      const expected = await asFromTheStart(await engine.open(t), reading, lines)
      const it = await engine.open(t)
      await applyReading(it.store, 'pbx', readingOf(wrong))
      const log = new MemoryLog()
      log.deliver('pbx', streamOf(lines), { format: wrong })
      await recordAll(it.store, log, 'pbx')
      const n = lines.length
      assert.deepEqual(await ledgerSums(it), { stored: 0, duplicate: 0, quarantined: n })
      assert.equal((await retryAll(it.store)).stored, 0)

      await applyReading(it.store, 'pbx', reading)
      assert.deepEqual(await retryAll(it.store), { tried: n, stored: n, duplicate: 0, quarantined: 0, fragments: 0 })
      assertSameDump(await canonicalDump(it), expected, 'after the retry')
      await assertSound(it)
      const archive = await importAll(it.store, 'pbx', streamOf(lines), { format })
      assert.deepEqual([archive.stored, archive.duplicate], [0, n])

      // Wrong once more, by a slip of the pen that was replayed as well; nothing is lost by it.
      await applyReading(it.store, 'pbx', readingOf(wrong))
      assert.equal((await replayAll(it.store, 'pbx')).quarantined, n)
      assert.deepEqual(await ledgerSums(it), { stored: 0, duplicate: n, quarantined: n })
      assert.deepEqual(
        [await countOf(it, 'call'), await countOf(it, 'segment'), await countOf(it, 'call_quarter')],
        [0, 0, 0],
      )
      await assertSound(it)
      await applyReading(it.store, 'pbx', reading)
      assert.equal((await retryAll(it.store)).stored, n)
      assertSameDump(await canonicalDump(it), expected, 'after the second retry')
      assert.deepEqual(await ledgerSums(it), { stored: n, duplicate: n, quarantined: 0 })
      await assertSound(it)
    })
  }

/** Segments, calls and parties of a dump whose call, or whose own, start is in a part of time. */
function partOf(dump: string, isIn: (wall: number) => boolean): string[] {
  const rows = dump.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
  const starts = new Map<unknown, number>()
  for (const row of rows) if ('complete_at' in row) starts.set(row['call'], row['start_wall'] as number)
  return rows
    .filter((row) => {
      if ('party' in row) return isIn(starts.get(row['party']) as number)
      return ('segment' in row || 'complete_at' in row) && isIn(row['start_wall'] as number)
    })
    .map((row) => JSON.stringify(row))
}

for (const engine of engines) {
  test(`a reading that changes while a recorder, an import or a replay runs is noticed, on ${engine.name} (seed ${testSeed})`, {
    skip: engine.skip,
  }, async (t) => {
    const format = 'avaya-ip-office'
    const { lines, reading } = weeks(format, 55)
    const half = lines.length >> 1
    const read = async (it: TestStore) =>
      (
        await it.rows(
          'SELECT r.version AS v, count(*) AS n FROM segment s JOIN reading r ON r.id = s.reading_id GROUP BY v ORDER BY v',
        )
      ).map((row) => [row['v'], row['n']])
    // The visitor is another process where there can be one.
    const visitorOf = async (it: TestStore) => (it.another ? await it.another() : it.store)

    const live = await engine.open(t)
    const visitor = await visitorOf(live)
    const log = new LogWithVisitor(half, () => applyReading(visitor, 'pbx', reading))
    await applyReading(live.store, 'pbx', wrongly(reading))
    log.deliver('pbx', streamOf(lines), { format })
    await recordAll(live.store, log, 'pbx', { limit: 50 })
    const first = Math.ceil(half / 50) * 50
    assert.deepEqual(await read(live), [
      [1, first],
      [2, lines.length - first],
    ])
    await assertSound(live)

    const archived = await engine.open(t)
    const other = await visitorOf(archived)
    await applyReading(archived.store, 'pbx', wrongly(reading))
    const importer = await Importer.open({
      store: archived.store,
      sources: new Sources(archived.store, formats),
      now: Date.now,
      source: 'pbx',
      delivery: { uid: 'f'.repeat(32), source: 'pbx', format, how: 'import', peer: 'archive', openedAt: 0 },
      progress: () => undefined,
    })
    await importer.push(streamOf(lines.slice(0, half)))
    await applyReading(other, 'pbx', reading)
    await importer.push(streamOf(lines.slice(half)))
    const counts = await importer.end()
    assert.equal(counts.stored, lines.length)
    const [old, rest] = await read(archived)
    assert.ok((old?.[1] as number) <= half && (rest?.[1] as number) >= lines.length - half, JSON.stringify([old, rest]))
    await assertSound(archived)

    // A replay has done a chunk of 2,000 by one reading when another is applied: the rest is by that.
    const third = { ...reading, plan: 'third' }
    let pages = 0
    const between = withVisitor(archived.store, 'pageRecords', async () => {
      if (++pages === 2) await applyReading(other, 'pbx', third)
    })
    await replayAll(between, 'pbx')
    assert.deepEqual(await read(archived), [
      [2, 2000],
      [3, lines.length - 2000],
    ])
    await replayAll(archived.store, 'pbx')
    assert.deepEqual(await read(archived), [[3, lines.length]])
    await applyReading(live.store, 'pbx', third)
    await replayAll(live.store, 'pbx')
    assertSameDump(await canonicalDump(live), await canonicalDump(archived), 'in the end')
  })

  test(`calls of older rules are counted until they are replayed, on ${engine.name} (seed ${testSeed})`, {
    skip: engine.skip,
  }, async (t) => {
    const it = await engine.open(t)
    const names = ['avaya', 'asterisk'] as const
    for (const [n, name] of names.entries()) {
      const { lines, reading } = believableDay(n === 0 ? 'avaya-ip-office' : 'asterisk-csv', testSeed + n)
      await applyReading(it.store, name, reading)
      await importAll(it.store, name, streamOf(lines), { format: reading.format })
    }
    const calls = await it.rows('SELECT count(*) AS n FROM call GROUP BY source_id ORDER BY source_id')
    const [avaya, asterisk] = calls.map((row) => row['n'])
    assert.deepEqual(await olderRules(it), { avaya: 0, asterisk: 0 })
    const next = {
      ...formats,
      'asterisk-csv': { ...formats['asterisk-csv'], rules: formats['asterisk-csv'].rules + 1 },
    }
    assert.deepEqual(await olderRules(it, next), { avaya: 0, asterisk })
    await replayAll(it.store, 'avaya', { formats: next })
    assert.deepEqual(await olderRules(it, next), { avaya: 0, asterisk })
    await replayAll(it.store, 'asterisk', { formats: next })
    assert.deepEqual(await olderRules(it, next), { avaya: 0, asterisk: 0 })
    assert.deepEqual(await olderRules(it), { avaya: 0, asterisk }, 'to the older program they are of other rules')
    assert.ok((avaya as number) > 5)
    await assertSound(it, { formats: next })
  })
}

for (const engine of engines) {
  test(`rows that were counted while they were read as another exchange are one record by their own number, on ${engine.name}`, {
    skip: engine.skip,
  }, async (t) => {
    const it = await engine.open(t)
    await applyReading(it.store, 'pbx', readingOf('avaya-ip-office'))
    const row = Buffer.from(rowText({ uniqueid: '1710136800.17', linkedid: '1710136800.17', sequence: 7 }, 21))
    const log = new MemoryLog()
    log.deliver('pbx', streamOf([row, row]), { format: 'avaya-ip-office' })
    await recordAll(it.store, log, 'pbx')
    await applyReading(it.store, 'pbx', readingOf('asterisk-csv'))
    await retryAll(it.store)
    assert.deepEqual(await ledgerSums(it), { stored: 1, duplicate: 1, quarantined: 0 })
  })
}
