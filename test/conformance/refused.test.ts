import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { Call } from '../../src/domain/call.ts'
import { avayaIpOffice } from '../../src/domain/formats/avaya-ip-office/avaya-ip-office.ts'
import type { AvayaFields } from '../../src/domain/formats/avaya-ip-office/record.ts'
import type { Format } from '../../src/domain/formats/format.ts'
import { formats } from '../../src/domain/formats/formats.ts'
import { openRandom } from '../../src/domain/simulation/random.ts'
import { Importer } from '../../src/pipeline/import.ts'
import type { Formats } from '../../src/pipeline/readings.ts'
import { Sources } from '../../src/pipeline/sources.ts'
import { assertSameDump, countOf, ledgerSums } from '../support/accounts.ts'
import { replayAll, retryAll } from '../support/again.ts'
import { avayaLine } from '../support/avaya-lines.ts'
import { readingOf, streamOf, testSeed } from '../support/days.ts'
import { canonicalDump, exactDump } from '../support/dump.ts'
import { applyReading, importAll, MemoryLog } from '../support/feed.ts'
import { assertSound } from '../support/invariants.ts'
import { engines, type TestStore } from '../support/stores.ts'
import { recordTogether } from '../support/together.ts'

/** R13: what an engine refuses is one record's trouble and no other's. */

const format = 'avaya-ip-office'
/** The number that a planted record calls: no parser gives what is planted in its place. */
const planted = '66666'

/** The format, with something in each planted record that no parser would let through. */
function withPlanted(change: Partial<Pick<Format<AvayaFields>, 'pack'>> & { call?: (call: Call) => Call }): Formats {
  const isPlanted = ({ called }: AvayaFields) => called === planted
  const { pack, call } = change
  const avaya: Format<AvayaFields> = {
    ...avayaIpOffice,
    pack: (fields) => (pack && isPlanted(fields) ? pack(fields) : avayaIpOffice.pack(fields)),
    assemble: (group, reader, evidence) => {
      const made = avayaIpOffice.assemble(group, reader, evidence)
      return call && group.some((segment) => isPlanted(segment.fields)) ? call(made) : made
    },
  }
  return { ...formats, [format]: avaya as Format<unknown> }
}

/** Without digits, of which only ten would count; random, so that no engine can pack it into less. */
const longText = randomBytes(9000).toString('base64url').replaceAll(/\d/gu, '')

/** What each engine says no to. */
const plants = {
  'a number that is not whole': {
    on: ['sqlite', 'postgres'],
    formats: withPlanted({ call: (call) => ({ ...call, talkSeconds: 1.5 }) }),
  },
  'a number beyond 64 bits': {
    on: ['sqlite', 'postgres'],
    formats: withPlanted({ call: (call) => ({ ...call, talkSeconds: 1e300 }) }),
  },
  'no number at all': {
    on: ['sqlite', 'postgres'],
    formats: withPlanted({ call: (call) => ({ ...call, startedAt: Number.NaN }) }),
  },
  'U+0000 in a text': {
    on: ['postgres'],
    formats: withPlanted({ pack: (fields) => avayaIpOffice.pack(fields).replace(planted, '\0') }),
  },
  'U+0000 in a name': {
    on: ['postgres'],
    formats: withPlanted({ call: (call) => ({ ...call, fromName: 'Иван\0ов' }) }),
  },
  'a text that fits no index': {
    on: ['postgres'],
    formats: withPlanted({ call: (call) => ({ ...call, to: longText }) }),
  },
} as const satisfies Record<string, { on: readonly string[]; formats: Formats }>

const good = (n: number) => Buffer.from(avayaLine({ callId: 1_000_000 + n }))
const bad = (n: number) => Buffer.from(avayaLine({ callId: 2_000_000 + n, called: planted }))

async function asWithout(it: TestStore, lines: readonly Buffer[]): Promise<string> {
  await applyReading(it.store, 'pbx', readingOf(format))
  await importAll(it.store, 'pbx', streamOf(lines), { format })
  return canonicalDump(it)
}

async function importWith(it: TestStore, known: Formats, lines: readonly Buffer[]) {
  const importer = await Importer.open({
    store: it.store,
    sources: new Sources(it.store, known),
    now: Date.now,
    source: 'pbx',
    delivery: { uid: randomBytes(16).toString('hex'), source: 'pbx', format, how: 'import', peer: 'a', openedAt: 0 },
    progress: () => undefined,
  })
  await importer.push(streamOf(lines))
  return importer.end()
}

for (const engine of engines)
  for (const [what, { on, formats: known }] of Object.entries(plants)) {
    if (!on.some((name) => name === engine.name)) continue
    test(`a record with ${what} is quarantined alone and the rest is stored, by both lanes on ${engine.name} (seed ${testSeed})`, {
      skip: engine.skip,
    }, async (t) => {
      const random = openRandom(testSeed, 61)
      const lines = Array.from({ length: 60 }, (_, n) => good(n))
      const expected = await asWithout(await engine.open(t), lines)
      const bads = [0, 1, 2, 3, 4]
      const mixed: Buffer[] = [...lines]
      // Somewhere, side by side, and at both ends.
      const at = random.below(mixed.length)
      mixed.splice(at, 0, bad(0), bad(1))
      mixed.splice(random.below(mixed.length), 0, bad(2))
      mixed.unshift(bad(3))
      mixed.push(bad(4))

      const live = await engine.open(t)
      await applyReading(live.store, 'pbx', readingOf(format))
      const log = new MemoryLog()
      log.deliver('pbx', streamOf(mixed), { format })
      const events = await recordTogether([{ store: live.store, log, source: 'pbx', formats: known }])
      assert.deepEqual(
        events.filter((event) => event.kind === 'trouble'),
        [],
        'it does not stand still',
      )

      const archived = await engine.open(t)
      await applyReading(archived.store, 'pbx', readingOf(format))
      const counts = await importWith(archived, known, mixed)
      assert.deepEqual([counts.received, counts.stored, counts.quarantined], [65, 60, 5])

      for (const it of [live, archived]) {
        assert.deepEqual(await ledgerSums(it), { stored: 60, duplicate: 0, quarantined: 5 })
        assertSameDump(await canonicalDump(it), expected, 'everything else is as without them')
        const kept = await it.rows(
          'SELECT q.reason, q.detail, r.bytes FROM quarantine q JOIN record r ON r.id = q.record_id',
        )
        assert.deepEqual(
          kept.map((row) => Buffer.from(row['bytes'] as Uint8Array).toString()).toSorted(),
          bads.map((n) => bad(n).toString()).toSorted(),
        )
        for (const { reason, detail } of kept) {
          assert.equal(reason, 'store-refused')
          assert.match(String(detail), /refuses/u)
        }
        await assertSound(it, { formats: known })

        // Mended: the records are there, and what came of the others stays.
        assert.equal((await retryAll(it.store)).stored, 5)
        assert.deepEqual(await ledgerSums(it), { stored: 65, duplicate: 0, quarantined: 0 })
        await assertSound(it)
      }
    })
  }

for (const engine of engines) {
  test(`whole batches of nothing but refused records go on, on ${engine.name}`, { skip: engine.skip }, async (t) => {
    const it = await engine.open(t)
    await applyReading(it.store, 'pbx', readingOf(format))
    const log = new MemoryLog()
    log.deliver('pbx', streamOf(Array.from({ length: 60 }, (_, n) => bad(n))), { format })
    log.deliver('pbx', streamOf([good(1)]), { format })
    const known = plants['a number that is not whole'].formats
    await recordTogether([{ store: it.store, log, source: 'pbx', formats: known, limit: () => 20 }])
    assert.deepEqual(await ledgerSums(it), { stored: 1, duplicate: 0, quarantined: 60 })
    await assertSound(it, { formats: known })
  })

  test(`retry and replay of what the engine refuses leave everything else right, on ${engine.name}`, {
    skip: engine.skip,
  }, async (t) => {
    const it = await engine.open(t)
    await applyReading(it.store, 'pbx', readingOf(format))
    const known = plants['a number that is not whole'].formats
    const lines = [good(0), bad(0), good(1)]
    await importWith(it, known, lines)
    // Still refused.
    const counts = await retryAll(it.store, {}, known)
    assert.deepEqual([counts.tried, counts.stored, counts.quarantined], [1, 0, 1])
    assert.deepEqual(await ledgerSums(it), { stored: 2, duplicate: 0, quarantined: 1 })
    await assertSound(it, { formats: known })
    // Read well, and refused when it is read anew.
    await retryAll(it.store)
    assert.deepEqual(await ledgerSums(it), { stored: 3, duplicate: 0, quarantined: 0 })
    await applyReading(it.store, 'pbx', readingOf(format, { plan: 'next' }))
    const replayed = await replayAll(it.store, 'pbx', { formats: known })
    assert.deepEqual([replayed.records, replayed.quarantined], [3, 1])
    assert.deepEqual(await ledgerSums(it), { stored: 2, duplicate: 0, quarantined: 1 })
    assert.equal(await countOf(it, 'call'), 2)
    await assertSound(it, { formats: known })
  })

  test(`a call of 10,000 legs takes no more, other calls do, and it can be replayed, on ${engine.name}`, {
    skip: engine.skip,
  }, async (t) => {
    const it = await engine.open(t)
    await applyReading(it.store, 'pbx', readingOf(format))
    const leg = (n: number) => Buffer.from(avayaLine({ ring: n % 30_000, hold: Math.floor(n / 30_000) }))
    const lines = Array.from({ length: 10_050 }, (_, n) => leg(n))
    await importAll(it.store, 'pbx', streamOf([...lines.slice(0, 10_000), good(1)]), { format })
    const before = await ledgerSums(it)
    assert.deepEqual(before, { stored: 10_001, duplicate: 0, quarantined: 0 })
    await importAll(it.store, 'pbx', streamOf([...lines.slice(10_000), good(2)]), { format })
    assert.deepEqual(await ledgerSums(it), { stored: 10_002, duplicate: 0, quarantined: 50 })
    assert.equal(await countOf(it, 'call'), 3)
    const dump = await exactDump(it)
    await replayAll(it.store, 'pbx')
    assertSameDump(await exactDump(it), dump, 'a replay')
    await assertSound(it)
  })
}
