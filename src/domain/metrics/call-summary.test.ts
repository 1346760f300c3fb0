import assert from 'node:assert/strict'
import { test } from 'node:test'
import { summarise } from './call-summary.ts'
import { callOf } from '../../../test/support/counted-call.ts'
import { ratio } from './ratio.ts'
import { repeatRate } from './repeats.ts'

const rules = { serviceLevelSeconds: 20, shortSeconds: 5 }

test('offered calls are answered, abandoned, voicemail, busy and failed ones, and nothing else', () => {
  const calls = (['answered', 'missed', 'automated', 'voicemail', 'busy', 'failed'] as const).map((outcome) =>
    callOf({ outcome }),
  )
  const it = summarise(
    [...calls, callOf(), callOf({ direction: 'outbound' }), callOf({ direction: 'internal' })],
    rules,
  )
  assert.equal(it.calls, 9)
  assert.equal(it.inbound, 7)
  assert.equal(it.answered + it.abandoned + it.missedBy.voicemail + it.missedBy.busy + it.missedBy.failed, it.inbound)
  assert.equal(it.abandoned, 2, 'missed and menu only')
  assert.equal(it.missed, 5)
  assert.deepEqual(it.answerRate, ratio(2, 7))
})

test('averages are sums divided by calls, and the longest call weighs as much as it lasted', () => {
  const it = summarise(
    [
      callOf({ waitSeconds: 4, talkSeconds: 10, holdSeconds: 2 }),
      callOf({ waitSeconds: 8, talkSeconds: 100, answeredOutside: true }),
      callOf({ outcome: 'missed', waitSeconds: 60 }),
    ],
    rules,
  )
  assert.deepEqual(it.averageTalk, { value: 55, numerator: 110, denominator: 2 })
  assert.deepEqual(it.averageWait, { value: 6, numerator: 12, denominator: 2 })
  assert.equal(it.answeredOutside, 1)
})

const talker = [{ number: '201', part: 'answered' }] as const

test('handling is talk, hold and wrap-up of the calls in which somebody here talked, any direction', () => {
  const calls = [
    callOf({ talkSeconds: 10, holdSeconds: 2, extensions: talker }),
    callOf({ talkSeconds: 500, answeredOutside: true, extensions: [{ number: '202', part: 'offered' }] }),
    callOf({ direction: 'outbound', talkSeconds: 30, extensions: [{ number: '201', part: 'caller' }] }),
    callOf({ direction: 'outbound', outcome: 'missed', extensions: [{ number: '201', part: 'caller' }] }),
    callOf({
      direction: 'internal',
      talkSeconds: 18,
      extensions: [{ number: '203', part: 'caller' }, ...talker],
    }),
    callOf({ outcome: 'voicemail', extensions: [{ number: '202', part: 'offered' }] }),
  ]
  const it = summarise(calls, rules)
  assert.deepEqual([it.handled, it.wrapUpSeconds], [3, 0])
  assert.deepEqual(it.averageHandling, ratio(60, 3))
  const marked = summarise(calls, rules, { perCallSeconds: 0, marked: [{ from: 0, to: 45_000 }] })
  assert.deepEqual([marked.wrapUpSeconds, marked.averageHandling], [45, ratio(105, 3)])
  const fixed = summarise(calls, rules, { perCallSeconds: 20, marked: [{ from: 0, to: 45_000 }] })
  assert.deepEqual([fixed.wrapUpSeconds, fixed.averageHandling], [60, ratio(120, 3)], 'in place of the marks')
})

test('the four service levels and both abandon rates, with hang-ups at 5 s short and answers at 20 s in time', () => {
  const answered = [3, 20, 21, 40].map((waitSeconds) => callOf({ waitSeconds }))
  const abandoned = [2, 5, 6, 20, 30].map((waitSeconds) => callOf({ outcome: 'missed', waitSeconds }))
  const it = summarise([...answered, ...abandoned, callOf({ outcome: 'voicemail', waitSeconds: 9 })], rules)
  assert.deepEqual(it.abandonRate, ratio(5, 9))
  assert.deepEqual(it.abandonRateNet, ratio(3, 7))
  assert.deepEqual(it.serviceLevel, ratio(2, 7))
  assert.deepEqual(it.serviceLevel2, ratio(2, 9))
  assert.deepEqual(it.serviceLevel3, ratio(2, 4))
  assert.deepEqual(it.serviceLevel4, ratio(6, 9))
  const strict = summarise([...answered, ...abandoned], { serviceLevelSeconds: 19, shortSeconds: 1 })
  assert.deepEqual(strict.serviceLevel, ratio(1, 9))
})

test('without calls every ratio is unknown, never 0 and never 100 %', () => {
  const it = summarise([], rules)
  for (const value of Object.values(it))
    if (typeof value === 'object' && 'denominator' in value) assert.deepEqual(value, ratio(0, 0))
  assert.equal(it.answerRate.value, null)
})

test('a call is transferred when two own extensions talked outside a conference', () => {
  const two = [
    { number: '201', part: 'answered' },
    { number: '202', part: 'transferred' },
  ] as const
  const it = summarise(
    [
      callOf({ extensions: two }),
      callOf({ extensions: two, conference: '700' }),
      callOf({ extensions: [two[0], { number: '203', part: 'offered' }] }),
      callOf({ direction: 'internal', extensions: two }),
    ],
    rules,
  )
  assert.deepEqual(it.transferRate, ratio(1, 3))
})

test('outbound calls are reached or not, and their talk is an average of its own', () => {
  const it = summarise(
    [
      callOf({ direction: 'outbound', talkSeconds: 30, answeredOutside: true }),
      callOf({ direction: 'outbound', outcome: 'missed' }),
      callOf({ direction: 'outbound', outcome: 'busy' }),
    ],
    rules,
  )
  assert.deepEqual(it.reachedRate, ratio(1, 3))
  assert.deepEqual(it.averageTalkOut, ratio(30, 1))
  assert.equal(it.missed, 0, 'outbound is never missed')
})

test('a call repeats when its number called in the 24 h before, however it is written; calls without a number are in no count', () => {
  const hour = 3_600_000
  const day = 24 * hour
  const at = (startedAt: number, from: string | null) => callOf({ startedAt, from })
  const calls = [
    at(day - 24 * hour, '+7 495 555-01-01'),
    at(day - hour, '84955550102'),
    at(day, '84955550101'),
    at(day + hour, '84955550102'),
    at(day + 2 * hour, '84955550103'),
    at(day + 3 * hour, null),
    at(day + 26 * hour + 1, '84955550102'),
  ]
  assert.deepEqual(
    repeatRate(calls, day, 3 * day, () => true),
    ratio(2, 4),
  )
})
