import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { contains, holes, type Interval, runsOf, union } from './intervals.ts'

const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 60 })).map((list) => list.toSorted((a, b) => a - b))

test('runs hold exactly their numbers', () => {
  fc.assert(
    fc.property(numbers, (list) => {
      const runs = runsOf(list)
      for (let n = 0; n <= 61; n++) assert.equal(contains(runs, n), list.includes(n))
    }),
  )
})

test('a union is the union, and its changes lead from the old intervals to the new', () => {
  fc.assert(
    fc.property(numbers, numbers, (a, b) => {
      const before = runsOf(a)
      const { remove, add, result } = union<Interval>(before, runsOf(b))
      const key = ({ from, to }: Interval) => `${from}-${to}`
      assert.deepEqual(result, runsOf([...new Set([...a, ...b])].sort((x, y) => x - y)))
      const applied = [...before.filter((it) => !remove.some((gone) => key(gone) === key(it))), ...add]
      assert.deepEqual(applied.map(key).sort(), result.map(key).sort())
    }),
  )
})

test('holes are what is missing from 1 on', () => {
  assert.deepEqual(holes([]), [])
  assert.deepEqual(holes([{ from: 1, to: 100 }]), [])
  assert.deepEqual(
    holes([
      { from: 3, to: 4 },
      { from: 9, to: 9 },
    ]),
    [
      { from: 1, to: 2 },
      { from: 5, to: 8 },
    ],
  )
})
