import assert from 'node:assert/strict'
import { test } from 'node:test'
import { erlangB, erlangC } from './erlang.ts'
import { ratio } from './ratio.ts'

/** To so many decimals as the tables have. */
const near = (found: number | null, expected: number, decimals: number) =>
  assert.ok(found !== null && Math.abs(found - expected) <= 0.5 * 10 ** -decimals, `${found}, expected ${expected}`)

test('the share of calls that find all lines taken is that of the traffic tables', () => {
  // Loads at 1 % and 2 % of loss, as traffic tables print them.
  for (const [lines, load, lost] of [
    [5, 1.657, 0.02],
    [10, 4.461, 0.01],
    [20, 12.03, 0.01],
    [100, 84.06, 0.01],
  ] as const)
    near(erlangB(load, lines), lost, 4)
  near(erlangB(10, 10), 0.2146, 4)
  assert.deepEqual([erlangB(3, 0), erlangB(0, 5)], [1, 0])
})

test('waiting, service level and wait of a queue are those of published examples', () => {
  // 100 calls in half an hour of 3 minutes: with 13 people 79.6 % within 20 s, with 14 88.8 %.
  const hundred = { calls: 100, averageHandling: ratio(18_000, 100), seconds: 1800, withinSeconds: 20 }
  const fourteen = erlangC({ ...hundred, staff: 14 })
  assert.equal(fourteen.load.value, 10)
  near(fourteen.waiting, 0.174, 3)
  near(fourteen.serviceLevel, 0.888, 3)
  near(fourteen.averageWaitSeconds, 7.8, 1)
  near(erlangC({ ...hundred, staff: 13 }).serviceLevel, 0.796, 3)
  // 360 calls in half an hour of 4 minutes, 55 people.
  const many = erlangC({ staff: 55, calls: 360, averageHandling: ratio(240, 1), seconds: 1800, withinSeconds: 15 })
  near(many.waiting, 0.239, 3)
  near(many.serviceLevel, 0.846, 3)
  near(many.averageWaitSeconds, 8.2, 1)
  // Tables of Erlang C: 8 erlangs and 10 servers.
  const ten = erlangC({ staff: 10, calls: 8, averageHandling: ratio(60, 1), seconds: 60, withinSeconds: 0 })
  near(ten.waiting, 0.409, 3)
  near(ten.serviceLevel, 1 - 0.409, 3)
})

test('nothing is expected where the load is not below the staff, nor where either is not known', () => {
  const queue = { calls: 100, averageHandling: ratio(18_000, 100), seconds: 1800, withinSeconds: 20 }
  const none = { waiting: null, serviceLevel: null, averageWaitSeconds: null }
  assert.deepEqual(erlangC({ ...queue, staff: 10 }), { staff: 10, load: ratio(18_000, 1800), ...none })
  assert.deepEqual(erlangC({ ...queue, staff: null }), { staff: null, load: ratio(18_000, 1800), ...none })
  assert.deepEqual(erlangC({ ...queue, calls: 0, staff: 3 }), { staff: 3, load: ratio(0, 1800), ...none })
  assert.deepEqual(erlangC({ ...queue, averageHandling: ratio(0, 0), staff: 3 }).load, ratio(0, 0))
  assert.deepEqual(erlangC({ ...queue, seconds: 0, staff: 3 }).load.value, null, 'of a time that is to come')
})
