import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fillingOf } from './busy.ts'
import { defaultWorkRules as rules } from './rules.ts'
import type { Shift } from './shift.ts'

const day = Date.UTC(2026, 9, 13)
const at = (clock: string) => Date.parse(`2026-10-13T${clock}:00Z`)

const shift = (from: number, to: number | null, breaks: [number, number][]): Shift => ({
  id: from,
  employeeId: 7,
  startedAt: from,
  endedAt: to,
  zone: 'UTC',
  startedHow: 'desk',
  endedHow: to === null ? null : 'desk',
  flags: [],
  breaks: breaks.map(([startedAt, endedAt], id) => ({ id, type: 'meal', startedAt, endedAt, flags: [] })),
})

const e1 = shift(at('09:00'), at('18:15'), [
  [at('13:00'), at('14:00')],
  [at('16:00'), at('16:15')],
])
const whole = { from: -Infinity, to: Infinity, asOf: Infinity }

test('E1: 5:30 of calls and work after them in 9:15 with 1:15 of breaks', () => {
  const busy = [
    { from: at('09:00'), to: at('12:00') },
    { from: at('11:00'), to: at('12:30') },
    { from: at('14:00'), to: at('16:00') },
  ]
  const filling = fillingOf([e1], busy, whole, rules)
  assert.deepEqual(filling, { presenceSeconds: 33_300, breakSeconds: 4500, busySeconds: 19_800, idleSeconds: 9000 })
  assert.equal((100 * filling.busySeconds) / (filling.busySeconds + filling.idleSeconds), 68.75)
  assert.equal(Math.round((10_000 * filling.busySeconds) / filling.presenceSeconds) / 100, 59.46)
})

test('a call on a break is busy and takes nothing from idle; what lies off shift is neither', () => {
  const busy = [
    { from: at('08:00'), to: at('09:10') },
    { from: at('13:10'), to: at('13:20') },
    { from: at('18:00'), to: at('19:00') },
  ]
  const { busySeconds, idleSeconds } = fillingOf([e1], busy, whole, rules)
  assert.deepEqual([busySeconds, idleSeconds], [35 * 60, 28_800 - 25 * 60])
})

test('an open shift fills up to the asking', () => {
  const open = shift(at('09:00'), null, [])
  const asOf = at('10:30')
  assert.equal(fillingOf([open], [], { ...whole, asOf }, rules).idleSeconds, 5400)
})

test('a period cut anywhere adds up', () => {
  const instant = fc.integer({ min: 0, max: 86_400 }).map((seconds) => day + seconds * 1000)
  const busy = fc.array(fc.tuple(instant, instant).map(([from, to]) => ({ from, to })))
  fc.assert(
    fc.property(busy, instant, (spans, cut) => {
      const [all, first, second] = [whole, { ...whole, to: cut }, { ...whole, from: cut }].map((period) =>
        fillingOf([e1], spans, period, rules),
      )
      assert.ok(all && first && second)
      for (const name of ['presenceSeconds', 'breakSeconds', 'busySeconds', 'idleSeconds'] as const)
        assert.equal(first[name] + second[name], all[name])
    }),
  )
})
