import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openRandom } from '../../src/domain/simulation/random.ts'
import { dayOf, streamOf, testSeed } from '../support/days.ts'
import { canonicalDump } from '../support/dump.ts'
import { applyReading, feedAtRandom, importAll } from '../support/feed.ts'
import { assertSound } from '../support/invariants.ts'
import { type Engine, engines, type TestStore } from '../support/stores.ts'

/** Each day is a source of its own, so that one store holds a thousand of them. */
const nameOf = (n: number) => `day-${n}`

/** Days of which PostgreSQL, where each transaction costs a round trip or twenty, takes the first ones. */
const days = { sqlite: 1000, postgres: 200 } as const
const dumps = new Map<Engine['name'], string>()

/** Compares line by line, because the difference of two texts of fifty megabytes is no message. */
function assertSame(found: string, expected: string, what: string): void {
  if (found === expected) return
  const have = new Set(expected.split('\n'))
  const odd = found.split('\n').filter((line) => !have.has(line))
  assert.fail(`${what}, seed ${testSeed}: ${odd.length} lines differ, the first is ${odd[0] ?? 'missing'}`)
}

for (const engine of engines) {
  const count = days[engine.name]
  test(`${count} generated days in any order, pieces and deliveries are the days in order, on ${engine.name} (seed ${testSeed})`, {
    skip: engine.skip,
  }, async (t) => {
    const inOrder = await engine.open(t)
    const anyhow = await engine.open(t)
    for (let n = 0; n < count; n++) {
      const day = dayOf(testSeed, n)
      await applyReading(inOrder.store, nameOf(n), day.reading)
      await importAll(inOrder.store, nameOf(n), streamOf(day.lines), { format: day.reading.format })
      await applyReading(anyhow.store, nameOf(n), day.reading)
      await feedAtRandom(anyhow.store, nameOf(n), day, openRandom(testSeed * 1000 + n, 13))
    }
    const expected = await canonicalDump(inOrder)
    assertSame(await canonicalDump(anyhow), expected, 'any order')
    for (const it of [inOrder, anyhow] satisfies TestStore[]) await assertSound(it)
    const [{ calls, segments }] = (await inOrder.rows(
      'SELECT count(*) AS calls, sum(segments) AS segments FROM call',
    )) as [{ calls: number; segments: number }]
    t.diagnostic(`${calls} calls of ${segments} segments`)
    assert.ok(calls > 8 * count && segments > calls * 1.2)
    dumps.set(engine.name, expected)
  })
}

/** The number of the source stands in a column, or is what the name of a call's first record begins with. */
function sourceOf(line: string): number {
  const [, column, name] = /"source_id":(\d+)|^\{"(?:party|attribution)":"(\d+)\//u.exec(line) ?? []
  return Number(column ?? name)
}

test('both engines hold the same days, byte for byte', { skip: engines.find((it) => it.skip)?.skip ?? false }, () => {
  const linesOf = (engine: Engine['name']) => dumps.get(engine)?.split('\n') ?? []
  const ofFirst = linesOf('sqlite').filter((line) => sourceOf(line) <= days.postgres)
  assert.ok(ofFirst.length > 10_000 && ofFirst.some((line) => line.startsWith('{"party"')), `${ofFirst.length} lines`)
  assertSame(linesOf('postgres').join('\n'), ofFirst.join('\n'), 'PostgreSQL against SQLite')
})
