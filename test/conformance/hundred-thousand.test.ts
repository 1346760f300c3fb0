import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callOf } from '../../src/adapters/store-sql/rows.ts'
import type { FormatName } from '../../src/domain/formats/format-name.ts'
import { dirty } from '../../src/domain/simulation/dirty/dirty.ts'
import { openRandom, type Random } from '../../src/domain/simulation/random.ts'
import { simulate, siteOf } from '../../src/domain/simulation/simulate.ts'
import type { SimulatedCall } from '../../src/domain/simulation/simulated-call.ts'
import type { LogBatch } from '../../src/pipeline/ports.ts'
import { ledgerSums } from '../support/accounts.ts'
import { readingOf, streamOf, testSeed } from '../support/days.ts'
import { rollupsAsRecomputed } from '../support/dump.ts'
import { storeAt } from '../support/store-at.ts'
import { applyReading, importAll, MemoryLog, recordAll } from '../support/feed.ts'
import { assertSound } from '../support/invariants.ts'
import { engines, type TestStore } from '../support/stores.ts'

/** A month of two busy exchanges: the set that went in is the set that comes out, field by field. */

const formatOf = { avaya: 'avaya-ip-office', asterisk: 'asterisk-csv' } as const satisfies Record<string, FormatName>

function month(format: FormatName, days: number) {
  const options = { format, seed: testSeed, from: '2026-03-02', days, callsADay: 2000, timezone: 'Asia/Novosibirsk' }
  const { groups, attendants, trunks } = siteOf(options).reading
  const truth: SimulatedCall[] = []
  const records = [...simulate(options, (call) => (truth[call.index] = call))]
  return { truth, records, reading: readingOf(format, { timezone: options.timezone, groups, attendants, trunks }) }
}

/** Reads of any size, as a journal that is being written gives them. */
class UnevenLog extends MemoryLog {
  readonly #random: Random

  constructor(random: Random) {
    super()
    this.#random = random
  }

  override read(source: string, after: number, limits: { records: number }): Promise<LogBatch> {
    return super.read(source, after, { ...limits, records: this.#random.between(1, limits.records) })
  }
}

const nameOf = ({ exchangeCallId, startedAt }: { exchangeCallId: string; startedAt: number }) =>
  `${exchangeCallId} ${startedAt}`

async function assertSameCalls(
  it: TestStore,
  sourceId: number,
  truth: readonly SimulatedCall[],
  leaveOut: ReadonlySet<number>,
) {
  const found = (await it.rows(`SELECT * FROM call WHERE source_id = ${sourceId}`)).map((row) => callOf(row).call)
  assert.equal(found.length, truth.length, 'calls')
  const byName = new Map(found.map((call) => [nameOf(call), call]))
  assert.equal(byName.size, found.length)
  for (const { index, scenario, handling, startedWall: _, ...expected } of truth) {
    const call = byName.get(nameOf(expected))
    assert.ok(call, `seed ${testSeed}: no call ${nameOf(expected)}, ${scenario}`)
    const { completeAt, ...rest } = call
    assert.notEqual(completeAt, null)
    if (!leaveOut.has(index)) assert.deepEqual(rest, expected, `seed ${testSeed}: ${scenario}, ${handling}`)
  }
}

for (const engine of engines) {
  const [days, calls] = engine.name === 'sqlite' ? [30, 100_000] : [8, 20_000]
  test(`${calls} simulated calls come out as they went in, and every figure with them, on ${engine.name} (seed ${testSeed})`, {
    skip: engine.skip,
  }, async (t) => {
    const it = await engine.open(t)
    const avaya = month(formatOf.avaya, days)
    const asterisk = month(formatOf.asterisk, days)
    assert.ok(avaya.truth.length + asterisk.truth.length >= calls, `${avaya.truth.length} + ${asterisk.truth.length}`)
    await applyReading(it.store, 'avaya', avaya.reading)
    await applyReading(it.store, 'asterisk', asterisk.reading)

    // One live, over a line on which everything happens that can; the other by its archive.
    const log = new UnevenLog(openRandom(testSeed, 111))
    const stream = dirty(avaya.records, { format: formatOf.avaya, seed: testSeed })
    let pieces: Uint8Array[] = []
    for (const event of stream.events) {
      if (event.kind === 'connect') pieces = []
      else if (event.kind === 'bytes') pieces.push(event.bytes)
      else log.deliver('avaya', Buffer.concat(pieces), { format: formatOf.avaya, receivedAt: event.dueAt })
    }
    const began = performance.now()
    await recordAll(it.store, log, 'avaya')
    const live = performance.now()
    const lines = asterisk.records.map(({ line }) => Buffer.from(line))
    const counts = await importAll(it.store, 'asterisk', streamOf(lines, '\n'), { format: formatOf.asterisk })
    const ended = performance.now()
    const rate = (records: number, ms: number) => `${Math.round(records / (ms / 1000))} records/s`
    t.diagnostic(
      `live ${stream.ledger.received}: ${rate(stream.ledger.received, live - began)}; archive ${counts.received}: ${rate(counts.received, ended - live)}`,
    )

    const { stored, duplicate, quarantined, received } = stream.ledger
    assert.deepEqual(await ledgerSums(it, 'avaya'), { stored, duplicate, quarantined })
    assert.equal(log.of('avaya').length, received)
    const reasons = await it.rows('SELECT reason, count(*) AS n FROM quarantine GROUP BY reason')
    assert.deepEqual(Object.fromEntries(reasons.map((row) => [row['reason'], row['n']])), {
      ...stream.ledger.quarantinedByReason,
    })
    assert.deepEqual(await ledgerSums(it, 'asterisk'), { stored: lines.length, duplicate: 0, quarantined: 0 })

    await assertSameCalls(it, 1, avaya.truth, stream.repeatedCalls)
    await assertSameCalls(it, 2, asterisk.truth, new Set())
    await rollupsAsRecomputed(storeAt(it.place))
    await assertSound(it)
  })
}
