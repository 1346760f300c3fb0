import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callOf } from '../../src/adapters/store-sql/rows.ts'
import { avayaIpOffice } from '../../src/domain/formats/avaya-ip-office/avaya-ip-office.ts'
import type { Format } from '../../src/domain/formats/format.ts'
import type { FormatName } from '../../src/domain/formats/format-name.ts'
import { formats } from '../../src/domain/formats/formats.ts'
import type { DeliveryHow } from '../../src/domain/record.ts'
import { openRandom, type Random } from '../../src/domain/simulation/random.ts'
import { assertSameDump } from '../support/accounts.ts'
import { replayAll } from '../support/again.ts'
import {
  type AutumnCall,
  type AutumnKind,
  autumnNight,
  isDecided,
  isRepeated,
  repeatedHour,
} from '../support/autumn.ts'
import { avayaLine } from '../support/avaya-lines.ts'
import { readingOf, shuffled, streamOf, testSeed } from '../support/days.ts'
import { canonicalDump } from '../support/dump.ts'
import { applyReading, importAll, MemoryLog, recordAll } from '../support/feed.ts'
import { assertSound } from '../support/invariants.ts'
import { engines, type TestStore } from '../support/stores.ts'

/** R10: the hour that the clock shows twice. What decides: the record, the order of Call IDs, the receipt, in this order. */

const kinds: readonly AutumnKind[] = ['Call IDs', 'field 35', 'uniqueid']
const formatOf = (kind: AutumnKind): FormatName => (kind === 'uniqueid' ? 'asterisk-csv' : 'avaya-ip-office')
const berlinReading = (kind: AutumnKind) => readingOf(formatOf(kind), { timezone: 'Europe/Berlin' })
const minute = 60_000

/** One record on its way: by a live delivery at an instant, or by one that says nothing about it. */
interface Arrival {
  readonly call: AutumnCall
  readonly how: DeliveryHow
  readonly receivedAt: number
}

async function arrive(it: TestStore, source: string, kind: AutumnKind, arrivals: readonly Arrival[], random: Random) {
  const format = formatOf(kind)
  const log = new MemoryLog()
  for (const { call, how, receivedAt } of arrivals) {
    const bytes = streamOf([call.line])
    if (how === 'import') await importAll(it.store, source, bytes, { format, now: () => receivedAt })
    else log.deliver(source, bytes, { format, how, receivedAt })
    if (random.chance(0.2)) await recordAll(it.store, log, source, { limit: random.between(1, 5) })
  }
  await recordAll(it.store, log, source)
}

/** Instants must be the truth wherever the record or the order of Call IDs decides; elsewhere by a timely receipt, or marked. */
async function assertInstants(
  it: TestStore,
  source: string,
  kind: AutumnKind,
  night: readonly AutumnCall[],
  liveReceipts: ReadonlyMap<AutumnCall, number> | 'late',
  what: string,
) {
  const calls = (
    await it.rows(`SELECT c.* FROM call c JOIN source s ON s.id = c.source_id WHERE s.name = '${source}'`)
  ).map(callOf)
  assert.equal(calls.length, night.length, what)
  for (const truth of night) {
    const { call } = calls.find((row) => row.call.exchangeCallId === truth.callId) ?? assert.fail(truth.callId)
    const where = `${what}: ${truth.line}`
    const decided = isDecided(kind, truth, night)
    if (decided || (liveReceipts !== 'late' && liveReceipts.has(truth))) {
      assert.equal(new Date(call.startedAt).toISOString(), new Date(truth.startsAt).toISOString(), where)
      assert.deepEqual(call.doubtful, [], where)
    } else if (liveReceipts !== 'late') {
      assert.ok(call.doubtful.includes('ambiguous-hour'), `${where} is marked`)
      assert.ok(call.startedAt < repeatedHour.change, `${where} is read as the first pass`)
    }
  }
}

for (const engine of engines)
  for (const kind of kinds) {
    test(`both passes of the repeated hour by ${kind}: live, archived at any minute, out of a buffer, on ${engine.name} (seed ${testSeed})`, {
      skip: engine.skip,
    }, async (t) => {
      const random = openRandom(testSeed, 21)
      const night = autumnNight(kind, random)
      const bytes = streamOf(night.map((it) => it.line))
      const undecided = night.filter((it) => !isDecided(kind, it, night)).length
      t.diagnostic(`${night.filter(isRepeated).length} calls in the hour, ${undecided} of them undecided by themselves`)
      assert.ok(night.filter(isRepeated).length >= 20)
      if (kind === 'uniqueid') assert.equal(undecided, 0)

      const live = await engine.open(t)
      await applyReading(live.store, 'pbx', berlinReading(kind))
      const liveReceipts = new Map(night.map((call) => [call, call.endsAt + 1000]))
      const arrivals: Arrival[] = night.map((call) => ({ call, how: 'tcp', receivedAt: call.endsAt + 1000 }))
      await arrive(live, 'pbx', kind, arrivals, random)
      await assertInstants(live, 'pbx', kind, night, liveReceipts, 'live')
      await assertSound(live)

      const archived = await engine.open(t)
      const minutes = engine.name === 'sqlite' ? Array.from({ length: 121 }, (_, i) => i) : [0, 40, 59, 61, 100, 120]
      for (const after of minutes) {
        const now = repeatedHour.from + after * minute + 17_000
        const source = `at-${after}`
        await applyReading(archived.store, source, berlinReading(kind))
        await importAll(archived.store, source, bytes, { format: formatOf(kind), now: () => now })
        await assertInstants(archived, source, kind, night, new Map(), `archive at minute ${after}`)
      }
      await assertSound(archived)

      const buffered = await engine.open(t)
      await applyReading(buffered.store, 'pbx', berlinReading(kind))
      const late = night.map((call) => ({ call, how: 'tcp' as const, receivedAt: call.endsAt + 60 * minute }))
      await arrive(buffered, 'pbx', kind, late, random)
      await assertInstants(buffered, 'pbx', kind, night, 'late', 'buffer emptied an hour later')
      await assertSound(buffered)
    })

    test(`the order in which records of the repeated hour come by ${kind} does not matter, on ${engine.name} (seed ${testSeed})`, {
      skip: engine.skip,
    }, async (t) => {
      const random = openRandom(testSeed, 22)
      // Few calls, so that there are some that nothing but a receipt decides.
      const night = autumnNight(kind, random, 20)
      const liveReceipts = new Map<AutumnCall, number>()
      const arrivals: Arrival[] = []
      for (const call of night) {
        const ways = [random.chance(0.6), random.chance(0.5), random.chance(0.3)]
        if (!ways.includes(true)) ways[random.below(3)] = true
        if (ways[0]) {
          arrivals.push({ call, how: random.pick(['tcp', 'stdin', 'follow']), receivedAt: call.endsAt + 1000 })
          liveReceipts.set(call, call.endsAt + 1000)
        }
        if (ways[1]) arrivals.push({ call, how: 'import', receivedAt: repeatedHour.from + random.below(120) * minute })
        if (ways[2]) arrivals.push({ call, how: 'http', receivedAt: call.endsAt + 60 * minute })
      }
      let expected: string | null = null
      for (let order = 0; order < (engine.name === 'sqlite' ? 12 : 3); order++) {
        const it = await engine.open(t)
        await applyReading(it.store, 'pbx', berlinReading(kind))
        await arrive(it, 'pbx', kind, order === 0 ? arrivals : shuffled(arrivals, random), random)
        await assertInstants(it, 'pbx', kind, night, liveReceipts, `order ${order}`)
        await assertSound(it)
        const dump = await canonicalDump(it)
        expected ??= dump
        assert.ok(dump === expected, `order ${order} gives other calls`)
      }
    })
  }

for (const engine of engines) {
  test(`a call that goes out of the repeated hour takes its evidence with it, on ${engine.name}`, {
    skip: engine.skip,
  }, async (t) => {
    const format = 'avaya-ip-office'
    const reading = readingOf(format, { timezone: 'Europe/Berlin' })
    const line = (time: string, callId: number) =>
      Buffer.from(avayaLine({ start: `2026/10/25 ${time}`, callId, connected: '00:00:30', ring: 2 }))
    const witness = line('02:10:00', 1_000_105)
    const lines = [line('02:30:00', 1_000_100), witness, line('02:50:00', 1_000_110)]
    // A mended parser, to which the witness is no record any more.
    const mended = {
      ...formats,
      [format]: {
        ...avayaIpOffice,
        parse: (content, reader) =>
          Buffer.from(content).equals(witness)
            ? { kind: 'bad', reason: 'bad-field', detail: 'x' }
            : avayaIpOffice.parse(content, reader),
      } as Format<unknown>,
    }
    const it = await engine.open(t)
    await applyReading(it.store, 'pbx', reading)
    await importAll(it.store, 'pbx', streamOf(lines), { format })
    const wall = Date.UTC(2026, 9, 25, 2, 10)
    await replayAll(it.store, 'pbx', { from: wall, to: wall + 1000, formats: mended })
    const whole = await engine.open(t)
    await applyReading(whole.store, 'pbx', reading)
    await importAll(whole.store, 'pbx', streamOf(lines), { format })
    await replayAll(whole.store, 'pbx', { formats: mended })
    assertSameDump(await canonicalDump(it), await canonicalDump(whole), 'replay of the one record against that of all')
  })

  test(`crowded calls about the repeated hour are the same in any order, on ${engine.name} (seed ${testSeed})`, {
    skip: engine.skip,
  }, async (t) => {
    const inOrder = await engine.open(t)
    const anyhow = await engine.open(t)
    const rounds = engine.name === 'sqlite' ? 200 : 30
    for (let n = 0; n < rounds; n++) {
      const random = openRandom(testSeed * 1000 + n, 71)
      const reading = readingOf('avaya-ip-office', { timezone: 'Europe/Berlin' })
      const runs = new Set<string>()
      const lines: Buffer[] = []
      for (let i = random.between(6, 18); i > 0; i--) {
        const second = 3600 + random.below(2.5 * 3600)
        const callId = (random.chance(0.3) ? 1_000_900 : 1_000_000) + random.below(8)
        if (runs.has(`${callId} ${second}`)) continue
        runs.add(`${callId} ${second}`)
        const two = (x: number) => `${x}`.padStart(2, '0')
        const start = `2026/10/25 ${two(Math.floor(second / 3600))}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)}`
        const long = random.chance(0.3)
        lines.push(
          Buffer.from(
            avayaLine({
              start,
              callId,
              connected: long ? '01:20:00' : '00:01:05',
              continuation: long ? 1 : random.below(2),
            }),
          ),
        )
      }
      for (const it of [inOrder, anyhow]) await applyReading(it.store, `n-${n}`, reading)
      await importAll(inOrder.store, `n-${n}`, streamOf(lines), { format: 'avaya-ip-office' })
      for (const part of [shuffled(lines, random).slice(0, 5), shuffled(lines, random)])
        for (const one of part) await importAll(anyhow.store, `n-${n}`, streamOf([one]), { format: 'avaya-ip-office' })
    }
    assertSameDump(await canonicalDump(anyhow), await canonicalDump(inOrder), `seed ${testSeed}`)
  })
}
