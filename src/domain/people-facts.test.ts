import assert from 'node:assert/strict'
import { test } from 'node:test'
import { peopleFacts, type ShiftTimes } from './people-facts.ts'
import { shiftAtMostMs } from './worktime/shift.ts'

const hour = 3_600_000
const shift = (startedAt: number, endedAt: number | null, breaks: ShiftTimes['breaks'] = []): ShiftTimes => ({
  employeeId: 1,
  startedAt,
  endedAt,
  breaks,
})
const presence = (...shifts: ShiftTimes[]) => {
  const { presenceAt } = peopleFacts([], shifts, shiftAtMostMs)
  return (at: number) => presenceAt(1, at)
}

test('an extension is its holder’s from the first instant to before the last, in its own plan', () => {
  const held = { extension: '201', plan: 'msk' }
  const { holderAt } = peopleFacts(
    [
      { ...held, employeeId: 2, from: 200, to: null },
      { ...held, employeeId: 1, from: 50, to: 100 },
      { ...held, plan: 'chita', employeeId: 3, from: 0, to: null },
    ],
    [],
    shiftAtMostMs,
  )
  const holders = [49, 50, 99, 100, 199, 200, 9999].map((at) => holderAt('msk', '201', at))
  assert.deepEqual(holders, [null, 1, 1, null, null, 2, 2])
  assert.equal(holderAt('chita', '201', 0), 3)
  assert.equal(holderAt('msk', '202', 60), null)
})

test('a shift lasts from its start to before its end, and a break in it likewise', () => {
  const at = presence(
    shift(8 * hour, 17 * hour, [{ startedAt: 12 * hour, endedAt: 13 * hour }]),
    shift(20 * hour, null),
  )
  assert.deepEqual(
    [8 * hour - 1, 8 * hour, 12 * hour - 1, 12 * hour, 13 * hour - 1, 13 * hour, 17 * hour - 1, 17 * hour].map(at),
    ['off-shift', 'on-shift', 'on-shift', 'on-break', 'on-break', 'on-shift', 'on-shift', 'off-shift'],
  )
  assert.equal(at(20 * hour), 'on-shift')
})

test('a shift that nobody ended is over at the limit, and the break that is open in it too', () => {
  const at = presence(shift(0, null, [{ startedAt: 11 * hour, endedAt: null }]))
  assert.deepEqual([11 * hour - 1, 11 * hour, 12 * hour - 1, 12 * hour].map(at), [
    'on-shift',
    'on-break',
    'on-break',
    'off-shift',
  ])
})

test('a person of whom nothing is known is off shift', () => {
  assert.equal(presence()(0), 'off-shift')
})
