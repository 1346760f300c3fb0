import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AttributedPart } from './attribution.ts'
import { personQuarterDeltas, personQuarters } from './person-quarter.ts'

const quarter = 1_000_000
const begin = quarter * 900_000

/** A part of a call that began 60 s before the end of a quarter hour, answered at once, 100 s of talk. */
const part = (changes: Partial<AttributedPart> = {}): AttributedPart => {
  const startedAt = begin + 840_000
  const { talkSeconds = 100, holdSeconds = 0 } = changes
  return {
    callId: 1,
    position: 0,
    sourceId: 1,
    startedAt,
    direction: 'inbound',
    counted: true,
    employeeId: 7,
    plan: 'site',
    extension: '201',
    role: 'answered',
    state: 'on-shift',
    at: startedAt,
    recordId: 1,
    ringSeconds: 0,
    talkSeconds,
    holdSeconds,
    busy: { from: startedAt, to: startedAt + (talkSeconds + holdSeconds) * 1000 },
    offer: 'talked',
    ...changes,
  }
}

const counts = { calls: 1, handled: 1, answered: 1, offered: 1, missed: 0 }
const none = { calls: 0, handled: 0, answered: 0, offered: 0, missed: 0 }
const key = { employeeId: 7, quarter, direction: 'inbound', state: 'on-shift' }

test('a call counts where it starts, its seconds where they lie, talk before hold', () => {
  assert.deepEqual(personQuarters([part({ holdSeconds: 900 })]), [
    { ...key, ...counts, talk: 60, hold: 0 },
    { ...key, quarter: quarter + 1, ...none, talk: 40, hold: 860 },
    { ...key, quarter: quarter + 2, ...none, talk: 0, hold: 40 },
  ])
})

test('two telephones of a person in a call are one call with the seconds of both', () => {
  const other = part({ position: 1, extension: '202', offer: 'elsewhere', busy: null, talkSeconds: 0 })
  assert.deepEqual(personQuarters([part({ talkSeconds: 50 }), other]), [{ ...key, ...counts, talk: 50, hold: 0 }])
  const talked = part({ position: 1, extension: '202', talkSeconds: 10, role: 'transferred' })
  assert.deepEqual(personQuarters([part({ talkSeconds: 50 }), talked]), [{ ...key, ...counts, talk: 60, hold: 0 }])
})

test('a call partly on a break is a call on shift, its seconds on the break are marked', () => {
  const rest = part({ position: 1, state: 'on-break', talkSeconds: 20 })
  assert.deepEqual(personQuarters([rest, part({ talkSeconds: 30 })]), [
    { ...key, state: 'on-break', ...none, talk: 20, hold: 0 },
    { ...key, ...counts, talk: 30, hold: 0 },
  ])
  assert.deepEqual(personQuarters([rest]), [{ ...key, state: 'on-break', ...counts, talk: 20, hold: 0 }])
})

test('what is off shift, nobody’s or no call stands nowhere', () => {
  assert.deepEqual(
    personQuarters([
      part({ state: 'off-shift' }),
      part({ callId: 2, state: 'no-holder', employeeId: null }),
      part({ callId: 3, counted: false }),
    ]),
    [],
  )
})

test('a caller is offered nothing, and an offer that nobody took is missed', () => {
  const caller = part({ role: 'caller', direction: 'outbound', offer: null, talkSeconds: 5 })
  const missed = part({ callId: 2, role: 'offered', offer: 'missed', busy: null, talkSeconds: 0 })
  assert.deepEqual(personQuarters([caller, missed]), [
    { ...key, ...none, calls: 1, offered: 1, missed: 1, talk: 0, hold: 0 },
    { ...key, direction: 'outbound', ...none, calls: 1, handled: 1, talk: 5, hold: 0 },
  ])
})

test('the difference takes exactly what there was, and rows that do not change are left out', () => {
  const before = [part(), part({ callId: 2, employeeId: 8, talkSeconds: 3 })]
  const after = [part({ employeeId: 9 }), part({ callId: 2, employeeId: 8, talkSeconds: 3 })]
  assert.deepEqual(personQuarterDeltas(before, before), [])
  const rows = personQuarterDeltas(before, after)
  assert.deepEqual(
    rows.map((it) => [it.employeeId, it.quarter - quarter, it.calls, it.talk]),
    [
      [7, 0, -1, -60],
      [7, 1, 0, -40],
      [9, 0, 1, 60],
      [9, 1, 0, 40],
    ],
  )
})
