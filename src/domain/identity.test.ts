import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { OccurrenceCounter, occurrenceReach } from './identity.ts'

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

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
        contents.map((it) => counter.next(it === null ? null : bytesOf(it))),
        byTheBook(contents),
      )
    }),
    { numRuns: 60 },
  )
})

test('exactly 256 records between two equal ones are near enough, 257 are not', () => {
  const counter = new OccurrenceCounter()
  assert.equal(counter.next(bytesOf('x')), 1)
  for (let i = 0; i < 256; i++) counter.next(bytesOf(`n${i}`))
  assert.equal(counter.next(bytesOf('x')), 2)
  for (let i = 0; i < 257; i++) counter.next(bytesOf(`m${i}`))
  assert.equal(counter.next(bytesOf('x')), 1)
})

test('a million equal lines take linear time', () => {
  const time = (n: number) => {
    const counter = new OccurrenceCounter()
    const same = bytesOf('the same line')
    const start = performance.now()
    let k = 0
    for (let i = 0; i < n; i++) k = counter.next(same)
    assert.equal(k, n)
    return performance.now() - start
  }
  time(100_000)
  const tenth = Math.max(time(100_000), 1)
  assert.ok(time(1_000_000) < 40 * tenth)
})

/** FNV-1a gives these words the same hash, and so it does where only every fourth byte is looked at. */
const alike = ['declinate', 'macallums'].map((word) => bytesOf(word.replaceAll(/./gu, '$&...'))) as [
  Uint8Array,
  Uint8Array,
]

test('contents that differ are never taken for equal ones, whatever a hash says of them', () => {
  const counter = new OccurrenceCounter()
  assert.deepEqual(
    [alike[0], alike[1], alike[0], alike[1], alike[1]].map((it) => counter.next(it)),
    [1, 1, 2, 2, 3],
  )
})

test('bytes that come again in the same memory are compared with what stood there', () => {
  const counter = new OccurrenceCounter()
  const memory = bytesOf('first')
  assert.equal(counter.next(memory), 1)
  memory.set(bytesOf('other'))
  assert.equal(counter.next(memory), 1)
  memory.set(bytesOf('first'))
  assert.equal(counter.next(memory), 2)
})

test('long records of which none is kept longer than it can be met again', () => {
  const counter = new OccurrenceCounter()
  const long = (n: number) => new Uint8Array(60_000).fill(n % 251)
  for (let i = 0; i < 251 * 3; i++) assert.equal(counter.next(long(i)), 1 + Math.floor(i / 251))
})
