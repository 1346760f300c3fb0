import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { OccurrenceCounter, occurrenceReach } from './identity.ts'

/** The rule as it is written, by looking back over everything. */
function byTheBook(contents: readonly (string | null)[]): number[] {
  const ks: number[] = []
  for (const [i, content] of contents.entries()) {
    let k = content === null ? 0 : 1
    for (let j = i - 1; j >= 0 && content !== null; j--)
      if (contents[j] === content) {
        if (i - j - 1 <= occurrenceReach) k = (ks[j] as number) + 1
        break
      }
    ks.push(k)
  }
  return ks
}

test('k is 1 + k of the last equal record at most 256 records before, else 1', () => {
  const record = fc.oneof(
    { arbitrary: fc.constantFrom('a', 'b', 'c'), weight: 1 },
    { arbitrary: fc.integer({ min: 0, max: 5000 }).map(String), weight: 60 },
    { arbitrary: fc.constant(null), weight: 2 },
  )
  fc.assert(
    fc.property(fc.array(record, { maxLength: 900, size: 'max' }), (contents) => {
      const counter = new OccurrenceCounter()
      assert.deepEqual(
        contents.map((it) => counter.next(it)),
        byTheBook(contents),
      )
    }),
    { numRuns: 60 },
  )
})

test('exactly 256 records between two equal ones are near enough, 257 are not', () => {
  const counter = new OccurrenceCounter()
  assert.equal(counter.next('x'), 1)
  for (let i = 0; i < 256; i++) counter.next(`n${i}`)
  assert.equal(counter.next('x'), 2)
  for (let i = 0; i < 257; i++) counter.next(`m${i}`)
  assert.equal(counter.next('x'), 1)
})

test('a million equal lines take linear time', () => {
  const time = (n: number) => {
    const counter = new OccurrenceCounter()
    const start = performance.now()
    let k = 0
    for (let i = 0; i < n; i++) k = counter.next('the same line')
    assert.equal(k, n)
    return performance.now() - start
  }
  time(100_000)
  const tenth = Math.max(time(100_000), 1)
  assert.ok(time(1_000_000) < 40 * tenth)
})
