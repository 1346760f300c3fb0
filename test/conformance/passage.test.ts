import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { SmenaError } from '../../src/domain/errors.ts'
import { formats } from '../../src/domain/formats/formats.ts'
import type { Delivery } from '../../src/domain/record.ts'
import { openRandom } from '../../src/domain/simulation/random.ts'
import { readCandidates } from '../../src/pipeline/candidates.ts'
import { ingest } from '../../src/pipeline/ingest.ts'
import type { LogBatch, LogRecord } from '../../src/pipeline/ports.ts'
import { SourceRecorder } from '../../src/pipeline/record.ts'
import { Sources } from '../../src/pipeline/sources.ts'
import { instantText } from '../../src/pipeline/status.ts'
import { assertSameDump, countOf, ledgerHours, ledgerSums, statusWith } from '../support/accounts.ts'
import { avayaLine } from '../support/avaya-lines.ts'
import { believableDay, readingOf, streamOf, testSeed } from '../support/days.ts'
import { canonicalDump, exactDump } from '../support/dump.ts'
import { applyReading, importAll, MemoryLog, recordAll } from '../support/feed.ts'
import { assertLedger, assertSound } from '../support/invariants.ts'
import { engines, type TestStore } from '../support/stores.ts'
import { recordTogether } from '../support/together.ts'

/** R5, R12: what has been passed is known by number and by line, and two counts that know nothing of each other agree. */

const format = 'avaya-ip-office'
const hour = 3_600_000
const lines = (n: number, first = 0) =>
  Array.from({ length: n }, (_, i) => Buffer.from(avayaLine({ callId: 1_000_000 + first + i })))

/** The books of a source as an administrator with a backup would put them back. */
const setPosition = (it: TestStore, next: number) => it.execute(`UPDATE position SET next = ${next}`)

/** One that is waited for. */
class LogOnDisk extends MemoryLog {
  override async read(source: string, after: number, limits: { records: number }): Promise<LogBatch> {
    await new Promise((resolve) => setImmediate(resolve))
    return super.read(source, after, limits)
  }
}

async function everything({ rows }: TestStore): Promise<string> {
  const tables = ['record', 'duplicate', 'quarantine', 'segment', 'call', 'ledger', 'passed', 'position', 'delivery']
  const more = ['delivery_line', 'journal', 'source', 'call_quarter', 'attribution_due', 'change', 'change_counter']
  const parts: string[] = []
  for (const table of [...tables, ...more])
    parts.push(...(await rows(`SELECT * FROM ${table}`)).map((row) => JSON.stringify([table, row])).sort())
  return parts.join('\n')
}

for (const engine of engines) {
  test(`numbers that come again with a known delivery and line are dropped and not counted, on ${engine.name}`, {
    skip: engine.skip,
  }, async (t) => {
    const it = await engine.open(t)
    await applyReading(it.store, 'pbx', readingOf(format))
    const log = new MemoryLog()
    const twice = lines(10)
    log.deliver('pbx', streamOf([...lines(20), ...twice]), { format })
    log.deliver('pbx', Buffer.concat([streamOf(lines(10, 100)), Buffer.from('half a rec')]), { format })
    await recordAll(it.store, log, 'pbx')
    // Thirty calls; of the ten lines that are equal to the first ten each is a second fact; the rest is a fragment.
    assert.deepEqual(await ledgerSums(it), { stored: 40, duplicate: 0, quarantined: 1 })
    const [books, dump] = [await ledgerHours(it), await exactDump(it)]
    for (const [position, limit] of [
      [0, 2000],
      [17, 3],
      [40, 1],
    ] as const) {
      await setPosition(it, position)
      const events = await recordAll(it.store, log, 'pbx', { limit })
      for (const event of events)
        if (event.kind === 'passed')
          assert.deepEqual(event.counts, { stored: 0, duplicate: 0, quarantined: 0, suspect: 0, rolledBack: [] })
      assert.deepEqual(await ledgerHours(it), books)
      assertSameDump(await exactDump(it), dump, `from ${position} again`)
    }
    // New ones in the same batch as old ones.
    log.deliver('pbx', streamOf([...lines(2, 200), ...lines(1)]), { format })
    await setPosition(it, 30)
    await recordAll(it.store, log, 'pbx')
    assert.deepEqual(await ledgerSums(it), { stored: 42, duplicate: 1, quarantined: 1 })
    await assertSound(it)
  })

  test(`holes show as gaps with their numbers and since when, and late arrivals fill them, on ${engine.name}`, {
    skip: engine.skip,
  }, async (t) => {
    const it = await engine.open(t)
    const whole = await engine.open(t)
    const reader = await it.reader()
    for (const { store } of [it, whole]) await applyReading(store, 'pbx', readingOf(format))
    const log = new MemoryLog()
    const all = log.deliver('pbx', streamOf(lines(60)), { format, receivedAt: 50 * hour })
    await recordAll(whole.store, log, 'pbx')

    const list = log.of('pbx')
    const keep = (there: (number: number) => boolean, upTo: number) => {
      list.length = 0
      list.push(...all.filter(({ number }) => number <= upTo && there(number)))
    }
    const [t1, t2, t3, t4] = [1, 2, 3, 4].map((n) => n * 1_000_000) as [number, number, number, number]
    const gapsOf = async () => {
      const { gaps, sources, alarms } = await statusWith(reader, log)
      const { received, stored, duplicate, quarantined, pending } = sources['pbx'] as NonNullable<typeof sources.x>
      assert.equal(received, stored + duplicate + quarantined + pending)
      assert.equal(alarms.filter(({ code, source }) => code === 'gap' && source === 'pbx').length, gaps.length)
      return gaps.map(({ source, journal, from, to, since }) => {
        assert.deepEqual([source, journal], ['pbx', log.id])
        return [from, to, since]
      })
    }

    const missing = [1, 2, 11, 12, 13, 20, 41, 42, 43, 44]
    keep((number) => !missing.includes(number), 30)
    await recordAll(it.store, log, 'pbx', { now: () => t1, limit: 7 })
    const first = [
      [1, 2, instantText(t1)],
      [11, 13, instantText(t1)],
      [20, 20, instantText(t1)],
    ]
    assert.deepEqual(await gapsOf(), first)
    keep((number) => !missing.includes(number), 60)
    await recordAll(it.store, log, 'pbx', { now: () => t2 })
    assert.deepEqual(await gapsOf(), [...first, [41, 44, instantText(t2)]])
    await assertSound(it, { holes: true })

    // Some come: the rest of their gaps has been missing since it was first missed.
    keep((number) => ![1, 11, 13, 42, 43].includes(number), 60)
    await setPosition(it, 0)
    await recordAll(it.store, log, 'pbx', { now: () => t3, limit: 9 })
    assert.deepEqual(await gapsOf(), [
      [1, 1, instantText(t1)],
      [11, 11, instantText(t1)],
      [13, 13, instantText(t1)],
      [42, 43, instantText(t2)],
    ])
    await assertSound(it, { holes: true })

    keep(() => true, 60)
    await setPosition(it, 0)
    await recordAll(it.store, log, 'pbx', { now: () => t4, limit: 9 })
    assert.deepEqual(await gapsOf(), [])
    await assertSound(it)
    assertSameDump(await canonicalDump(it), await canonicalDump(whole), 'filled')
    assert.deepEqual(await ledgerHours(it), await ledgerHours(whole))
  })

  test(`a commit from a stale position fails and changes nothing, on ${engine.name}`, {
    skip: engine.skip,
  }, async (t) => {
    const it = await engine.open(t)
    const { source } = await applyReading(it.store, 'pbx', readingOf(format))
    const log = new MemoryLog()
    const records = log.deliver('pbx', streamOf(lines(30)), { format })
    await recordAll(it.store, log, 'pbx')
    // Not told by its number, line or identity that it is late: only the position can say so.
    const late: LogRecord[] = records.slice(0, 5).map((record, i) => ({
      ...record,
      number: 31 + i,
      delivery: { ...record.delivery, uid: randomBytes(16).toString('hex') },
      bytes: avayaLineBytes(500 + i),
    }))
    const before = await everything(it)
    for (const expected of [0, 1, 29, 31]) {
      await it.store.prepareMonths([])
      const commit = it.store.transaction(source.id, 'live', async (tx) => {
        const locked = await tx.lockSource()
        const journal = await tx.ensureJournal(log.id, 'journal')
        const candidates = readCandidates(source, it.store.hashKey, late)
        // Also when it finds out after everything else was written.
        if (expected % 2 === 1) await ingest(tx, source, locked, journal, candidates, Date.now())
        await tx.movePosition(journal, expected, 35)
      })
      await assert.rejects(
        () => commit,
        (error) => error instanceof SmenaError && error.code === 'position-moved' && error.remedy === 'retry',
      )
      assertSameDump(await everything(it), before, `expected ${expected}`)
    }
    // A recorder that began when nothing was passed goes on from where the other stands.
    log.deliver('pbx', streamOf(lines(10, 100)), { format })
    const store = it.another ? await it.another() : it.store
    const other = { store, log, source: 'pbx' }
    await recordTogether([
      { store: it.store, log, source: 'pbx', limit: () => 3 },
      { ...other, limit: () => 4 },
      { ...other, limit: () => 1 },
    ])
    assert.deepEqual(await ledgerSums(it), { stored: 40, duplicate: 0, quarantined: 0 })
    await assertSound(it)
  })

  test(`the ledger is kept by hour of receipt, whatever the records say, on ${engine.name}`, {
    skip: engine.skip,
  }, async (t) => {
    const it = await engine.open(t)
    await applyReading(it.store, 'pbx', readingOf(format))
    const log = new MemoryLog()
    const deliver = (receivedAt: number, ...what: Buffer[]) =>
      log.deliver('pbx', streamOf(what), { format, receivedAt })
    deliver(100 * hour, ...lines(3))
    deliver(101 * hour - 1, ...lines(2), Buffer.from('nothing'))
    deliver(101 * hour, ...lines(4))
    deliver(300 * hour + 1, Buffer.from('nothing'), Buffer.from('else'))
    await recordAll(it.store, log, 'pbx', { limit: 2 })
    assert.deepEqual(await ledgerHours(it), [
      [100, 3, 2, 1],
      [101, 1, 3, 0],
      [300, 0, 1, 1],
    ])
    const archive = streamOf([...lines(5), Buffer.from('nothing')])
    await importAll(it.store, 'pbx', archive, { format, now: () => 301 * hour })
    assert.deepEqual((await ledgerHours(it)).at(-1), [301, 1, 5, 0])
    await assertLedger(it)
    await assertSound(it)

    const reader = await it.reader()
    const { counts, passed } = await reader.accounts()
    const lossy = Object.assign(Object.create(reader) as typeof reader, {
      accounts: async () => ({ counts: counts.map((one) => ({ ...one, duplicate: 0 })), passed }),
    })
    const {
      received = 0,
      stored = 0,
      quarantined = 0,
      pending = 0,
    } = (await statusWith(lossy, log)).sources['pbx'] ?? {}
    assert.equal(received - stored - quarantined - pending, 11, 'what the ledger does not say is seen')
  })

  test(`status sampled without a pause while batches are written always balances, on ${engine.name} (seed ${testSeed})`, {
    skip: engine.skip,
  }, async (t) => {
    const it = await engine.open(t)
    const reader = await it.reader()
    const log = new LogOnDisk()
    const names = ['one', 'two', 'three']
    for (const [n, name] of names.entries()) {
      const day = believableDay(format, testSeed + n, 400)
      await applyReading(it.store, name, day.reading)
      const again = [...day.lines, ...day.lines.slice(0, 50), Buffer.from('no record')]
      log.deliver(name, streamOf(again), { format })
    }
    const given = await log.given()
    let writing = true
    const random = openRandom(testSeed, 33)
    const writers = Promise.all(
      names.map((name) => recordAll(it.store, log, name, { limit: random.between(15, 40) })),
    ).finally(() => {
      writing = false
    })
    let samples = 0
    let inBetween = 0
    while (writing) {
      const { sources, gaps } = await statusWith(reader, log)
      for (const name of names) {
        const { received, stored, duplicate, quarantined, pending } = sources[name] as NonNullable<typeof sources.x>
        const passed = stored + duplicate + quarantined
        assert.equal(received, passed + pending)
        assert.equal(received, given.get(name), `sample ${samples}, ${name}: ${passed} passed, ${pending} pending`)
        if (passed > 0 && pending > 0) inBetween++
      }
      assert.deepEqual(gaps, [])
      samples++
      await new Promise((resolve) => setImmediate(resolve))
    }
    await writers
    t.diagnostic(`${samples} samples, ${inBetween} of a source in the middle of its records`)
    assert.ok(inBetween > 10)
    const { sources, roles } = await statusWith(reader, log)
    assert.equal(roles.record.lag, 0)
    assert.deepEqual(
      Object.values(sources).map((source) => source.received),
      [...given.values()],
    )
    await assertSound(it)
  })

  test(`a store that has passed more than its journal gave says so and takes nothing from it, on ${engine.name}`, {
    skip: engine.skip,
  }, async (t) => {
    const it = await engine.open(t)
    const { source } = await applyReading(it.store, 'pbx', readingOf(format))
    const log = new MemoryLog()
    log.deliver('pbx', streamOf(lines(20)), { format })
    await recordAll(it.store, log, 'pbx')
    // Rolled back by eight numbers, then written on: two of them have other records now.
    log.of('pbx').length = 12
    log.deliver('pbx', streamOf(lines(2, 700)), { format })
    const given = (await log.given()).get('pbx') as number
    assert.equal(given, 14)
    assert.equal(await it.store.position(source.id, log.id), 20, 'who asks can see that the journal is behind')
    const before = await everything(it)
    await recordAll(it.store, log, 'pbx')
    assertSameDump(await everything(it), before, 'nothing is taken')
    const { sources, gaps } = await statusWith(await it.reader(), log)
    assert.deepEqual([sources['pbx']?.received, sources['pbx']?.pending, gaps], [20, 0, []])
    // A journal of another id is another journal: its first number is new.
    const next = new MemoryLog()
    next.deliver('pbx', streamOf(lines(2, 700)), { format })
    await recordAll(it.store, next, 'pbx')
    assert.deepEqual(await ledgerSums(it), { stored: 22, duplicate: 0, quarantined: 0 })
    await assertSound(it)
  })
}

const avayaLineBytes = (n: number): Uint8Array => Buffer.from(avayaLine({ callId: 1_000_000 + n }))

for (const engine of engines) {
  test(`a passed number of an unknown delivery is a record that never came before, on ${engine.name}`, {
    skip: engine.skip,
  }, async (t) => {
    const it = await engine.open(t)
    const { source } = await applyReading(it.store, 'pbx', readingOf('avaya-ip-office'))
    const log = new MemoryLog()
    log.deliver('pbx', streamOf([1, 2, 3].map((n) => Buffer.from(avayaLine({ callId: 1e6 + n })))), {
      format: 'avaya-ip-office',
    })
    await recordAll(it.store, log, 'pbx')
    const other = new MemoryLog()
    const again = other.deliver('pbx', streamOf([Buffer.from(avayaLine({ callId: 2e6 }))]), {
      format: 'avaya-ip-office',
    })
    const ready = await new Sources(it.store, formats).named('pbx')
    const counts = await it.store.transaction(source.id, 'live', async (tx) => {
      const locked = await tx.lockSource()
      const journal = await tx.ensureJournal(log.id, 'journal')
      return ingest(tx, ready, locked, journal, readCandidates(ready, it.store.hashKey, again), Date.now())
    })
    assert.equal(counts.stored, 1)
    assert.equal(await countOf(it, 'call'), 4)
  })
}

for (const engine of engines) {
  test(`the store knows for ever when a delivery was closed, on ${engine.name}`, { skip: engine.skip }, async (t) => {
    const it = await engine.open(t)
    const { source } = await applyReading(it.store, 'pbx', readingOf(format))
    const log = new MemoryLog()
    const [ended, goesOn, forgotten] = [lines(1), lines(1, 1), lines(1, 2)].map(
      (of) => log.deliver('pbx', streamOf(of), { format, receivedAt: 1_760_000_000_000 })[0]?.delivery.uid ?? '',
    ) as [string, string, string]
    const sources = new Sources(it.store, formats)
    const running = (reader: MemoryLog) => {
      const recorder = new SourceRecorder('pbx', { log: reader, store: it.store, sources, now: Date.now, report() {} })
      return { recorder, done: recorder.run() }
    }
    const closings = async () =>
      new Map((await it.rows('SELECT uid, closed_at FROM delivery')).map((row) => [row['uid'], row['closed_at']]))
    const open = async () => (await it.store.openDeliveries(source.id, 0, 10)).map(({ uid }) => uid)
    const until = async (uid: string, closedAt: number) => {
      while ((await closings()).get(uid) !== closedAt) await new Promise((resolve) => setTimeout(resolve, 20))
    }
    // Closed while nobody was there to see it.
    await recordAll(it.store, log, 'pbx')
    log.closed.set(ended, 1_760_000_000_500)
    const { recorder, done } = running(log)
    await until(ended, 1_760_000_000_500)
    assert.equal((await open()).length, 2)
    // Closed while it is watched, and opened once more after that.
    log.closed.set(goesOn, 1_760_000_000_600)
    recorder.wake()
    await until(goesOn, 1_760_000_000_600)
    const again = log.records.get('pbx')?.find(({ delivery }) => delivery.uid === goesOn)?.delivery as Delivery
    log.deliver('pbx', streamOf(lines(1, 3)), { format, delivery: { ...again } })
    log.closed.set(goesOn, 1_760_000_000_900)
    recorder.wake()
    await until(goesOn, 1_760_000_000_900)
    recorder.close()
    await done
    assert.deepEqual((await closings()).get(forgotten), null)
    assert.deepEqual(await open(), [forgotten])
  })
}
