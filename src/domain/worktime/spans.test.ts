import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { commonOf, lengthOf, type Span, unionOf, withoutOf } from './spans.ts'

const spans = fc.array(
  fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 40 })).map(([from, to]) => ({ from, to })),
  { maxLength: 8 },
)
const has = (all: readonly Span[], n: number) => all.some(({ from, to }) => from <= n && n < to)

test('union, common part and remainder hold exactly their instants', () => {
  fc.assert(
    fc.property(spans, spans, (left, right) => {
      const [a, b] = [unionOf(left), unionOf(right)]
      const [common, rest] = [commonOf(a, b), withoutOf(a, b)]
      for (let n = 0; n <= 40; n++) {
        assert.equal(has(a, n), has(left, n))
        assert.equal(has(common, n), has(left, n) && has(right, n))
        assert.equal(has(rest, n), has(left, n) && !has(right, n))
      }
      for (const some of [a, common, rest])
        for (const [index, { from, to }] of some.entries()) {
          assert.ok(from < to)
          const next = some[index + 1]
          if (next) assert.ok(to <= next.from)
        }
      assert.equal(lengthOf(common) + lengthOf(rest), lengthOf(a))
    }),
  )
})
