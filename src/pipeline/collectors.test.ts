import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { runsOf } from '../domain/intervals.ts'
import { type CollectorNumbers, collectorsOf, readCollectorNumbers, unpassed } from './collectors.ts'

const numbers: CollectorNumbers = {
  journal: '0123456789abcdef0123456789abcdef',
  asOf: 1_790_000_000_000,
  host: 'gate-1',
  sources: { avaya: { topic: 'avaya', given: 10, unforwarded: 2, connections: 1 } },
  closings: { ffffffffffffffffffffffffffffffff: 1_790_000_000_001 },
  alarms: [{ code: 'disk-full', source: null, message: 'full', details: { freeBytes: 1 } }],
  hasEnded: true,
}

test('what a collector publishes is read as it was', () => {
  assert.deepEqual(readCollectorNumbers(JSON.stringify(numbers)), numbers)
  // An older collector does not say whether it has ended.
  const { hasEnded: _, ...older } = numbers
  assert.deepEqual(readCollectorNumbers(JSON.stringify(older)), { ...older, hasEnded: false })
})

test('whatever else stands in the topic is nobody’s numbers', () => {
  const without = (key: keyof CollectorNumbers) => JSON.stringify({ ...numbers, [key]: undefined })
  const { hasEnded: _, ...needed } = numbers
  for (const key of Object.keys(needed) as (keyof CollectorNumbers)[])
    assert.equal(readCollectorNumbers(without(key)), null, key)
  for (const sources of [{ avaya: {} }, { avaya: { given: -1, unforwarded: 0, connections: 0 } }, { avaya: null }, []])
    assert.equal(readCollectorNumbers(JSON.stringify({ ...numbers, sources })), null)
  fc.assert(fc.property(fc.string(), (text) => readCollectorNumbers(text) === null))
  fc.assert(fc.property(fc.json(), (text) => readCollectorNumbers(text) === null))
})

test('installations in one cluster are told apart by the topics of their sources', () => {
  const another = {
    ...numbers,
    sources: { avaya: { ...numbers.sources['avaya'], topic: 'avaya-2' } },
  } as CollectorNumbers
  const both = {
    ...numbers,
    sources: { ...numbers.sources, x: { topic: 'x', given: 1, unforwarded: 0, connections: 0 } },
  }
  assert.deepEqual(collectorsOf([numbers, another, both], { avaya: 'avaya' }), [numbers, numbers])
  assert.deepEqual(collectorsOf([numbers, another], { asterisk: 'avaya' }), [])
})

test('what was given and not passed is counted over all that a journal gave again', () => {
  assert.equal(unpassed(10, []), 10)
  assert.equal(unpassed(10, [[{ from: 1, to: 10 }]]), 0)
  assert.equal(
    unpassed(10, [
      [
        { from: 1, to: 3 },
        { from: 6, to: 10 },
      ],
    ]),
    2,
  )
  // Rolled back from 100 to 60, and 70 given since.
  assert.equal(unpassed(70, [[{ from: 1, to: 100 }], [{ from: 61, to: 68 }]]), 2)
  // Rolled back, and nothing given since.
  assert.equal(unpassed(60, [[{ from: 1, to: 100 }]]), 0)
})

test('a journal that was never rolled back has as many as are missing', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 200 })), fc.integer({ min: 0, max: 250 }), (passed, more) => {
      const given = Math.max(0, ...passed) + more
      const intervals = runsOf(passed.toSorted((a, b) => a - b))
      assert.equal(unpassed(given, [intervals]), given - passed.length)
    }),
  )
})
