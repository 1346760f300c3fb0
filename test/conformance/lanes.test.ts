import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { formats } from '../../src/domain/formats/formats.ts'
import { openRandom } from '../../src/domain/simulation/random.ts'
import { simulate } from '../../src/domain/simulation/simulate.ts'
import { type ImportCounts, Importer } from '../../src/pipeline/import.ts'
import { Sources } from '../../src/pipeline/sources.ts'
import type { Lane, Store, StoreTransaction } from '../../src/pipeline/store.ts'
import { assertSameDump, countOf, ledgerSums } from '../support/accounts.ts'
import { avayaLine } from '../support/avaya-lines.ts'
import { cutAtRandom, readingOf, streamOf, testSeed } from '../support/days.ts'
import { canonicalDump, exactDump } from '../support/dump.ts'
import { applyReading, importAll, MemoryLog } from '../support/feed.ts'
import { assertSound } from '../support/invariants.ts'
import { engines, type TestStore } from '../support/stores.ts'
import { recordTogether } from '../support/together.ts'

/** R16: archives have a lane of their own, in which they wait for the exchange and can be left and begun again. */

const format = 'avaya-ip-office'
const source = 'pbx'

const believable = (records: number): Buffer[] => {
  const options = {
    format,
    seed: testSeed,
    from: '2026-03-16',
    days: 60,
    callsADay: 500,
    timezone: 'Europe/Moscow',
  } as const
  return [...simulate({ ...options, records })].map(({ line }) => Buffer.from(line))
}

const openImport = (store: Store, progress: (counts: ImportCounts) => void = () => undefined): Promise<Importer> => {
  const uid = randomBytes(16).toString('hex')
  const delivery = { uid, source, format, how: 'import', peer: 'archive', openedAt: Date.now() } as const
  return Importer.open({ store, sources: new Sources(store, formats), now: Date.now, source, delivery, progress })
}

async function prepared(it: TestStore): Promise<TestStore> {
  await applyReading(it.store, source, readingOf(format))
  return it
}

/** The store, telling when a lane asked for its turn and when it got it. */
function watched(store: Store, told: (what: 'wants' | 'begins', lane: Lane) => void): Store {
  return new Proxy(store, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      if (name !== 'transaction') return value.bind(target) as unknown
      return <T>(sourceId: number, lane: Lane, work: (tx: StoreTransaction) => Promise<T>) => {
        told('wants', lane)
        return target.transaction(sourceId, lane, (tx) => {
          told('begins', lane)
          return work(tx)
        })
      }
    },
  })
}

/** A log that fills while it is read: a delivery of some lines each time it is asked. */
class LineByLine extends MemoryLog {
  readonly #waiting: Buffer[][]

  constructor(lines: readonly Buffer[], parts: number) {
    super()
    this.#waiting = cutAtRandom(lines, parts, openRandom(testSeed, 71))
  }

  override async read(name: string, after: number, limits: { records: number }) {
    await new Promise((resolve) => setImmediate(resolve))
    const next = this.#waiting.shift()
    if (next) this.deliver(name, streamOf(next), { format })
    return super.read(name, after, limits)
  }

  override async given(): Promise<ReadonlyMap<string, number>> {
    const waiting = this.#waiting.reduce((sum, part) => sum + part.length, 0)
    return new Map([[source, this.of(source).length + waiting]])
  }
}

for (const engine of engines) {
  const records = engine.name === 'sqlite' ? 6000 : 2500

  test(`whoever is live goes before whoever waits with an archive, on ${engine.name}`, {
    skip: engine.skip,
  }, async (t) => {
    const it = await prepared(await engine.open(t))
    const [row] = await it.store.sources()
    const id = (row as NonNullable<typeof row>).id
    const order: string[] = []
    const letGo = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    const holder = it.store.transaction(id, 'bulk', async (tx) => {
      await tx.lockSource()
      begun.resolve()
      await letGo.promise
    })
    await begun.promise
    const turn = (lane: Lane, name: string) =>
      it.store.transaction(id, lane, async (tx) => {
        await tx.lockSource()
        order.push(name)
      })
    const waiting = [turn('bulk', 'bulk 1'), turn('bulk', 'bulk 2')]
    await new Promise((resolve) => setTimeout(resolve, 20))
    waiting.push(turn('live', 'live 1'), turn('bulk', 'bulk 3'), turn('live', 'live 2'))
    await new Promise((resolve) => setTimeout(resolve, 20))
    letGo.resolve()
    await Promise.all([holder, ...waiting])
    assert.deepEqual(order, ['live 1', 'live 2', 'bulk 1', 'bulk 2', 'bulk 3'])
    assert.ok(it.store.liveIsBusy())
  })

  test(`an archive between live batches is the same as before or after them, and no batch waits for two, on ${engine.name} (seed ${testSeed})`, {
    skip: engine.skip,
  }, async (t) => {
    const lines = believable(records)
    const archive = lines.slice(0, Math.floor(records * 0.8))
    const live = lines.slice(Math.floor(records * 0.7))
    const dumps: string[] = []
    for (const order of ['archive first', 'live first', 'at once'] as const) {
      const it = await prepared(await engine.open(t))
      const turns: { lane: Lane; waitedFor: number }[] = []
      const wanting: { lane: Lane; waitedFor: number }[] = []
      const store = watched(it.store, (what, lane) => {
        if (what === 'wants') wanting.push({ lane, waitedFor: 0 })
        else {
          const at = wanting.findIndex((other) => other.lane === lane)
          turns.push(...wanting.splice(at, 1))
          if (lane === 'bulk') for (const other of wanting) other.waitedFor++
        }
      })
      const importing = async () => {
        const importer = await openImport(store)
        const bytes = streamOf(archive)
        for (let at = 0; at < bytes.length; at += 10_000) await importer.push(bytes.subarray(at, at + 10_000))
        await importer.end()
      }
      const recording = () => recordTogether([{ store, log: new LineByLine(live, 60), source }])
      if (order === 'archive first') await importing().then(recording)
      else if (order === 'live first') await recording().then(importing)
      else await Promise.all([importing(), recording()])
      dumps.push(await canonicalDump(it))
      const [stored, overlap] = [records, archive.length + live.length - records]
      assert.deepEqual(await ledgerSums(it), { stored, duplicate: overlap, quarantined: 0 }, order)
      await assertSound(it)
      if (order !== 'at once') continue
      const liveTurns = turns.filter(({ lane }) => lane === 'live')
      const worst = Math.max(...liveTurns.map(({ waitedFor }) => waitedFor))
      t.diagnostic(`${liveTurns.length} live batches, ${turns.length - liveTurns.length} of the archive`)
      assert.ok(worst <= 1, `a live batch let ${worst} batches of the archive go first`)
    }
    for (const dump of dumps) assertSameDump(dump, dumps[0] as string, `seed ${testSeed}`)
  })

  test(`an archive that is stopped in its middle, or whose process dies, and is read again changes nothing, on ${engine.name} (seed ${testSeed})`, {
    skip: engine.skip,
  }, async (t) => {
    const lines = believable(records)
    const bytes = streamOf(lines)
    const alone = await prepared(await engine.open(t))
    await importAll(alone.store, source, bytes, { format })
    const it = await prepared(await engine.open(t))
    const part = (share: number) => bytes.subarray(0, Math.floor(bytes.length * share))

    // Somebody types Ctrl-C.
    const stopped = await openImport(it.store)
    await stopped.push(part(0.5))
    await stopped.close()
    const { received, stored } = stopped.counts
    assert.ok(received > 400 && received < lines.length && received === stored)
    assert.equal(await countOf(it, 'record'), stored)
    assert.equal(await countOf(it, 'delivery WHERE closed_at IS NOT NULL'), 1)
    await assertSound(it)

    // The process dies: nobody closes anything.
    const killed = await openImport(it.store)
    await killed.push(part(0.8))
    await killed.close()
    await it.execute(
      `UPDATE delivery SET closed_at = NULL WHERE uid = (SELECT uid FROM delivery ORDER BY id DESC LIMIT 1)`,
    )
    await it.reopen()
    await assertSound(it)

    const whole = await importAll(it.store, source, bytes, { format })
    assert.equal(whole.received, lines.length)
    assert.ok(whole.stored > 0 && whole.stored < lines.length - stored + 1)
    assert.equal(whole.stored + whole.duplicate, lines.length)
    assertSameDump(await canonicalDump(it), await canonicalDump(alone), `seed ${testSeed}`)
    const before = await exactDump(it)
    const twice = await importAll(it.store, source, bytes, { format, chunk: 1000 })
    assert.deepEqual([twice.stored, twice.duplicate], [0, lines.length])
    assertSameDump(await exactDump(it), before, 'the same file twice')
    await assertSound(it)
  })

  test(`batches of an archive stay within their limits, and are short while live ones come, on ${engine.name} (seed ${testSeed})`, {
    skip: engine.skip,
  }, async (t) => {
    const lines = believable(engine.name === 'sqlite' ? 16_000 : 6000)
    const bytes = streamOf(lines)
    const sizesOf = async (before: (store: Store) => Promise<unknown>) => {
      const it = await prepared(await engine.open(t))
      const sizes: number[] = []
      let received = 0
      const importer = await openImport(it.store, (counts) => {
        sizes.push(counts.received - received)
        received = counts.received
      })
      for (let at = 0; at < bytes.length; at += 65_536) {
        await before(it.store)
        await importer.push(bytes.subarray(at, at + 65_536))
      }
      assert.equal((await importer.end()).stored, lines.length)
      assert.equal(received, lines.length)
      return sizes
    }
    // The reading was applied live a moment ago.
    const quiet = await sizesOf(async (store) => {
      while (store.liveIsBusy()) await new Promise((resolve) => setTimeout(resolve, 20))
    })
    const busy = await sizesOf(async (store) => {
      const [row] = await store.sources()
      await store.transaction((row as NonNullable<typeof row>).id, 'live', async (tx) => {
        await tx.lockSource()
        await tx.addChange([], Date.now())
      })
    })
    t.diagnostic(`quiet: ${quiet.join(' ')}; busy: ${busy.join(' ')}`.slice(0, 300))
    for (const sizes of [quiet, busy]) {
      const [first, ...others] = sizes.slice(0, -1)
      assert.equal(first, 500)
      for (const [i, size] of others.entries()) {
        assert.ok(size >= 20 && size <= 5000, `${size} records`)
        assert.ok(size <= 4 * (sizes[i] as number), 'it grows by four at most')
      }
    }
    assert.ok(Math.max(...busy.slice(3)) < Math.max(...quiet), 'shorter while the exchange sends')
    assert.ok(busy.length > quiet.length)
  })

  test(`batches of long lines stay within eight megabytes, on ${engine.name}`, { skip: engine.skip }, async (t) => {
    const it = await prepared(await engine.open(t))
    const line = (n: number) => Buffer.from(`${avayaLine()},${n},${'x'.repeat(60_000)}`)
    const sizes: number[] = []
    let received = 0
    const importer = await openImport(it.store, (counts) => {
      sizes.push(counts.received - received)
      received = counts.received
    })
    for (let n = 0; n < 300; n++) await importer.push(streamOf([line(n)]))
    const counts = await importer.end()
    assert.equal(counts.received, 300)
    assert.ok(Math.max(...sizes) * 60_000 <= 8 * 1_048_576 + 65_536, `${Math.max(...sizes)} records`)
    await assertSound(it)
  })
}
