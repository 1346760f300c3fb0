import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SmenaError } from '../../src/domain/errors.ts'
import { openRandom, type Random } from '../../src/domain/simulation/random.ts'
import { assertSameDump, countOf, ledgerSums } from '../support/accounts.ts'
import { avayaLine } from '../support/avaya-lines.ts'
import { crowdedDay, dayOf, readingOf, streamOf, testSeed } from '../support/days.ts'
import { canonicalDump } from '../support/dump.ts'
import { applyReading, importAll, MemoryLog, recordAll } from '../support/feed.ts'
import { assertSound } from '../support/invariants.ts'
import { engines, type TestStore } from '../support/stores.ts'
import { type Recording, recordTogether } from '../support/together.ts'

/** R6: derived rows of a source change under its lock, whoever changes them; sources do not disturb each other. */

const format = 'avaya-ip-office'
const postgres = engines.find((it) => it.name === 'postgres') as (typeof engines)[number]
const options = { skip: postgres.skip }

const anotherStore = (it: TestStore) => (it.another as NonNullable<TestStore['another']>)()

/** Deals the lines out to logs, each line to one of them, in pieces of one to three. */
function deal(lines: readonly Buffer[], logs: readonly MemoryLog[], source: string, random: Random) {
  for (let at = 0; at < lines.length; ) {
    const next = at + random.between(1, 3)
    random.pick(logs).deliver(source, streamOf(lines.slice(at, next)), { format, how: 'kafka' })
    at = next
  }
}

test(
  `two recorders on one source, legs of one call spread over two logs, are one process (seed ${testSeed})`,
  options,
  async (t) => {
    const alone = await postgres.open(t)
    const both = await postgres.open(t)
    const other = await anotherStore(both)
    const days = 10
    let legs = 0
    for (let n = 0; n < days; n++) {
      const random = openRandom(testSeed * 100 + n, 41)
      // Crowded days: a call has its legs all over the day.
      const { lines, reading } = n % 2 === 0 ? crowdedDay(format, testSeed * 100 + n) : dayOf(testSeed, 4 * n)
      const source = `day-${n}`
      await applyReading(alone.store, source, reading)
      await importAll(alone.store, source, streamOf(lines), { format })
      await applyReading(both.store, source, reading)
      const logs = [new MemoryLog(), new MemoryLog()]
      deal(lines, logs, source, random)
      legs += lines.length
      const recordings = logs.map((log, i): Recording => {
        return { store: i === 0 ? both.store : other, log, source, limit: () => random.between(1, 3) }
      })
      await recordTogether(recordings)
    }
    assertSameDump(await canonicalDump(both), await canonicalDump(alone), `seed ${testSeed}`)
    assert.deepEqual(await ledgerSums(both), { stored: legs, duplicate: 0, quarantined: 0 })
    const [spread] = await both.rows(
      `SELECT count(*) AS n FROM (SELECT s.call_id FROM segment s JOIN delivery d ON d.id = s.delivery_id
     JOIN record r ON r.id = s.id GROUP BY s.call_id HAVING count(DISTINCT r.journal_id) = 2) c`,
    )
    assert.ok((spread?.['n'] as number) >= days, `calls with legs from both logs: ${spread?.['n']}`)
    t.diagnostic(`${legs} legs, ${await countOf(both, 'call')} calls, ${spread?.['n']} of them made by two recorders`)
    await assertSound(both)
  },
)

test(`two recorders of one log pass each record once (seed ${testSeed})`, options, async (t) => {
  const it = await postgres.open(t)
  const stores = [it.store, await anotherStore(it), await anotherStore(it)]
  const random = openRandom(testSeed, 42)
  await applyReading(it.store, 'pbx', readingOf(format))
  const log = new MemoryLog()
  const n = 400
  const lines = Array.from({ length: n }, (_, i) => Buffer.from(avayaLine({ callId: 1_000_000 + i })))
  log.deliver('pbx', streamOf(lines), { format })
  const events = await recordTogether(
    stores.map((store) => ({ store, log, source: 'pbx', limit: () => random.between(1, 12) })),
  )
  assert.deepEqual(await ledgerSums(it), { stored: n, duplicate: 0, quarantined: 0 })
  const stored = events.reduce((sum, event) => sum + (event.kind === 'passed' ? event.counts.stored : 0), 0)
  assert.equal(stored, n, 'what they reported is what there is')
  assert.deepEqual(
    events.filter((event) => event.kind === 'trouble'),
    [],
    'losing the race is no trouble',
  )
  await assertSound(it)
})

test(
  `live, archive and both again at once, by four processes, count each record once (seed ${testSeed})`,
  options,
  async (t) => {
    const alone = await postgres.open(t)
    const it = await postgres.open(t)
    const [second, third] = [await anotherStore(it), await anotherStore(it)]
    const { lines, reading } = dayOf(testSeed + 7, 0)
    const all = streamOf(lines)
    for (const { store } of [alone, it]) await applyReading(store, 'pbx', reading)
    await importAll(alone.store, 'pbx', all, { format })
    const logs = [new MemoryLog(), new MemoryLog()] as const
    for (const log of logs) for (const line of lines) log.deliver('pbx', streamOf([line]), { format })
    await Promise.all([
      recordTogether([
        { store: it.store, log: logs[0], source: 'pbx', limit: () => 3 },
        { store: second, log: logs[1], source: 'pbx', limit: () => 5 },
      ]),
      importAll(second, 'pbx', all, { format, chunk: 300 }),
      importAll(third, 'pbx', all, { format, chunk: 1000 }),
    ])
    assertSameDump(await canonicalDump(it), await canonicalDump(alone), `seed ${testSeed}`)
    assert.deepEqual(await ledgerSums(it), { stored: lines.length, duplicate: 3 * lines.length, quarantined: 0 })
    await assertSound(it)
  },
)

test(`sources that are written side by side do not disturb each other (seed ${testSeed})`, options, async (t) => {
  const alone = await postgres.open(t)
  const it = await postgres.open(t)
  const stores = [it.store, await anotherStore(it)]
  const log = new MemoryLog()
  const days = Array.from({ length: 8 }, (_, n) => dayOf(testSeed + 3, 4 * n))
  for (const [n, { reading, lines }] of days.entries()) {
    for (const { store } of [alone, it]) await applyReading(store, `s${n}`, reading)
    log.deliver(`s${n}`, streamOf(lines), { format })
    await recordAll(alone.store, log, `s${n}`)
  }
  const random = openRandom(testSeed, 43)
  await recordTogether(
    days.flatMap((_, n) => stores.map((store) => ({ store, log, source: `s${n}`, limit: () => random.between(1, 8) }))),
  )
  assertSameDump(await canonicalDump(it), await canonicalDump(alone), `seed ${testSeed}`)
  await assertSound(it)
})

test('a source that is held does not keep another one waiting, and a held one is waited for', options, async (t) => {
  const it = await postgres.open(t)
  const other = await anotherStore(it)
  for (const source of ['slow', 'quick']) await applyReading(it.store, source, readingOf(format))
  const log = new MemoryLog()
  for (const source of ['slow', 'quick']) log.deliver(source, streamOf([Buffer.from(avayaLine())]), { format })
  const [slow] = await it.store.sources()
  const letGo = Promise.withResolvers<void>()
  const locked = Promise.withResolvers<void>()
  const holder = other.transaction((slow as NonNullable<typeof slow>).id, 'live', async (tx) => {
    await tx.lockSource()
    locked.resolve()
    await letGo.promise
  })
  await locked.promise
  const waiting = recordAll(it.store, log, 'slow')
  await recordAll(it.store, log, 'quick')
  assert.equal((await ledgerSums(it, 'quick')).stored, 1)
  assert.equal((await ledgerSums(it, 'slow')).stored, 0)
  letGo.resolve()
  await Promise.all([holder, waiting])
  assert.equal((await ledgerSums(it, 'slow')).stored, 1)
  await assertSound(it)
})

for (const engine of engines)
  test(`a new source is there, though the batch beside which it was made is taken back, on ${engine.name}`, {
    skip: engine.skip,
  }, async (t) => {
    const it = await engine.open(t)
    const { source } = await applyReading(it.store, 'pbx', readingOf(format))
    const refused = it.store.transaction(source.id, 'live', async (tx) => {
      await tx.lockSource()
      for (let i = 0; i < 50; i++) await tx.ensureJournal(`journal ${i}`, 'journal')
      throw new SmenaError('store-refused', { cause: 'a test' })
    })
    const making = (async () => {
      // Wherever the other one is by now.
      for (let i = 0; i < 20; i++) await Promise.resolve()
      return [await it.store.ensureSource('first'), await it.store.ensureSource('second')]
    })()
    await assert.rejects(() => refused)
    const made = await making
    assert.deepEqual((await it.store.sources()).slice(1), made)
    await applyReading(it.store, 'first', readingOf(format))
    await importAll(it.store, 'first', streamOf([Buffer.from(avayaLine())]), { format })
    assert.equal(await countOf(it, 'journal'), 1)
    await assertSound(it)
  })
