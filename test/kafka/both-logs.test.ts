import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SmenaError } from '../../src/domain/errors.ts'
import { formats } from '../../src/domain/formats/formats.ts'
import { openRandom, type Random } from '../../src/domain/simulation/random.ts'
import type { Feed, LogRecord } from '../../src/pipeline/ports.ts'
import { Sources } from '../../src/pipeline/sources.ts'
import type { Store } from '../../src/pipeline/store.ts'
import { assertSameDump, ledgerSums } from '../support/accounts.ts'
import { cutAtRandom, dayOf, streamOf, testSeed } from '../support/days.ts'
import { canonicalDump } from '../support/dump.ts'
import { applyReading, importAll, sample, sampleReadings } from '../support/feed.ts'
import { assertSound } from '../support/invariants.ts'
import { logs, logSource, type TestLog } from '../support/logs.ts'
import { engines, type TestStore } from '../support/stores.ts'

/** One suite over both logs, and both stores behind them: what a log is must not be seen in what comes of it. */

const samples = [
  ['avaya-smdr.sample.csv', sampleReadings.avaya],
  ['asterisk-master.sample.csv', sampleReadings.asterisk],
] as const

/** As a connection that hands its bytes over in pieces of any size. */
async function connect({ collector }: TestLog, bytes: Uint8Array, format: keyof typeof formats, random: Random) {
  const intake = collector.open(logSource, formats[format], 'tcp', '10.6.0.1')
  for (let at = 0; at < bytes.length; ) {
    await intake.ready()
    const size = random.between(1, 5000)
    intake.push(bytes.subarray(at, at + size))
    at += size
  }
  await intake.end('cut')
}

/** Everything that the journal was given has a state in the store. */
const allCounted = (log: TestLog, store: Store) => async (): Promise<boolean> => {
  const row = (await store.sources()).find((it) => it.name === logSource)
  if (!row) return false
  const { stored, duplicate, quarantined } = await store.ledgerOf(row.id, log.journal.id)
  return Number(stored) + Number(duplicate) + Number(quarantined) >= ((await log.reader.given()).get(logSource) ?? 0)
}

const inPieces =
  (random: Random) =>
  (feed: Feed): Feed => ({
    id: feed.id,
    closings: (uids) => feed.closings(uids),
    read: (name, after, limits) => feed.read(name, after, { ...limits, records: random.between(1, 12) }),
  })

/**
 * A store of which transactions fail: the first before it begins, the second after it was committed, its answer lost; then every
 * third in one of these ways.
 */
function failing(store: Store, random: Random): Store {
  let begun = 0
  const away = () => new SmenaError('store-away', { cause: 'the test says so' })
  return new Proxy(store, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      if (name !== 'transaction') return value.bind(target) as unknown
      return async (...args: Parameters<Store['transaction']>) => {
        const nth = ++begun
        if (nth === 1 || random.chance(0.15)) throw away()
        const result = await target.transaction(...args)
        if (nth === 2 || random.chance(0.15)) throw away()
        return result
      }
    },
  })
}

async function journaled({ reader }: TestLog): Promise<LogRecord[]> {
  const records: LogRecord[] = []
  for (;;) {
    const batch = await reader.read(logSource, records.at(-1)?.number ?? 0, { records: 1000, bytes: 1 << 20 })
    if (batch.records.length === 0) return records
    records.push(...batch.records)
  }
}

/** Delivery, line, receipt and bytes of each record in the store are those that the journal has. */
async function assertAsJournaled(log: TestLog, it: TestStore): Promise<void> {
  const rows = await it.rows(
    `SELECT d.uid, r.line, r.received_at, r.k, r.bytes FROM record r JOIN delivery d ON d.id = r.delivery_id`,
  )
  const there = new Map(rows.map((row) => [`${row['uid']} ${row['line']}`, row]))
  let found = 0
  for (const { delivery, line, receivedAt, fragment, occurrence, bytes } of await journaled(log)) {
    const row = there.get(`${delivery.uid} ${line}`)
    if (!row) continue
    found++
    assert.equal(row['received_at'], receivedAt)
    assert.equal(row['k'], fragment === null ? occurrence : 0)
    assert.deepEqual(Buffer.from(row['bytes'] as Uint8Array), Buffer.from(bytes))
  }
  assert.equal(found, rows.length)
}

for (const { name, skip, open } of logs)
  for (const engine of engines) {
    const over = `over ${name} into ${engine.name}`

    test(`the calls are those of the archive, whatever fails on the way, ${over} (seed ${testSeed})`, {
      skip: skip || engine.skip,
    }, async (t) => {
      for (const [file, reading] of samples) {
        const random = openRandom(testSeed, 5)
        const [log, it, archive] = [await open(t), await engine.open(t), await engine.open(t)]
        const bytes = sample(file)
        for (const { store } of [it, archive]) await applyReading(store, logSource, reading)
        await importAll(archive.store, logSource, bytes, { format: reading.format })
        await connect(log, bytes, reading.format, random)
        const events = await log.record(failing(it.store, random), allCounted(log, it.store), inPieces(random))
        assert.ok(events.some((event) => event.kind === 'trouble'))
        assertSameDump(await canonicalDump(it), await canonicalDump(archive), file)
        await assertSound(it)
        await assertAsJournaled(log, it)
      }
    })

    test(`several connections, a line cut and sent again, everything sent twice, ${over} (seed ${testSeed})`, {
      skip: skip || engine.skip,
    }, async (t) => {
      const random = openRandom(testSeed, 6)
      const day = dayOf(testSeed, 0)
      const { format } = day.reading
      const [log, it, archive] = [await open(t), await engine.open(t), await engine.open(t)]
      for (const { store } of [it, archive]) await applyReading(store, logSource, day.reading)
      await importAll(archive.store, logSource, streamOf(day.lines), { format })
      const once = (await ledgerSums(archive)).stored
      const cut = streamOf(day.lines.slice(-1))
      await connect(log, cut.subarray(0, cut.length - 3), format, random)
      // Others record while it comes.
      const recording = log.record(it.store, async () => (await ledgerSums(it)).quarantined > 0)
      for (const piece of [...cutAtRandom(day.lines, 4, random), day.lines])
        await connect(log, streamOf(piece), format, random)
      await recording
      await log.record(it.store, allCounted(log, it.store))
      const { stored, duplicate, quarantined } = await ledgerSums(it)
      const given = (await log.reader.given()).get(logSource)
      assert.deepEqual(
        { stored, quarantined, all: stored + duplicate + quarantined },
        { stored: once, quarantined: 1, all: given },
      )
      await assertSound(it)
      await assertAsJournaled(log, it)
    })

    test(`a recorder goes on where another stood, and its reading is the store's, ${over}`, {
      skip: skip || engine.skip,
    }, async (t) => {
      const random = openRandom(testSeed, 7)
      const [log, it] = [await open(t), await engine.open(t)]
      const [file, reading] = samples[0]
      await applyReading(it.store, logSource, reading)
      const bytes = sample(file)
      const half = bytes.indexOf('\n', bytes.length / 2) + 1
      await connect(log, bytes.subarray(0, half), reading.format, random)
      const first = await log.record(it.store, allCounted(log, it.store), inPieces(random))
      // Made by somebody else while nobody recorded.
      const changed = { ...reading, groups: null }
      await new Sources(it.store, formats).apply(logSource, changed, null, 'always', Date.now())
      await connect(log, bytes.subarray(half), reading.format, random)
      const second = await log.record(it.store, allCounted(log, it.store), inPieces(random))
      const passed = (events: typeof first) =>
        events.reduce((sum, event) => sum + (event.kind === 'passed' ? event.counts.stored : 0), 0)
      assert.equal(passed(first) + passed(second), (await ledgerSums(it)).stored)
      const made = await it.rows(`SELECT r.version, count(*) AS n FROM segment s JOIN reading r ON r.id = s.reading_id
        GROUP BY r.version ORDER BY r.version`)
      assert.deepEqual(
        made.map((row) => [Number(row['version']), Number(row['n'])]),
        [
          [1, passed(first)],
          [2, passed(second)],
        ],
      )
      await assertSound(it)
    })
  }
