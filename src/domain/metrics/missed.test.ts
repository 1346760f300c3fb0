import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callOf } from '../../../test/support/counted-call.ts'
import { doneFinder, type MissedDone } from './missed-done.ts'
import { missedCalls, missedNumbers, missedReturnedRate, type MissedRules } from './missed.ts'
import { ratio } from './ratio.ts'

const minute = 60_000
const hour = 60 * minute
const rules: MissedRules = { windowMs: 24 * hour, now: 10 * hour, doneBy: () => null, siteOf: () => '' }

const missedAt = (startedAt: number, from: string | null = '84955550101') =>
  callOf({ outcome: 'missed', from, startedAt, endedAt: startedAt + 30_000 })
const outAt = (startedAt: number, outcome: 'answered' | 'missed' = 'answered', to = '+74955550101') =>
  callOf({ direction: 'outbound', outcome, to, from: '201', startedAt, endedAt: startedAt + minute })
const numbersOf = (...asked: Parameters<typeof missedCalls>) => missedNumbers(missedCalls(...asked))
const inAt = (startedAt: number) => callOf({ startedAt, from: '74955550101', endedAt: startedAt + minute })

test('a call back that is answered settles every earlier missed call of its number, however it is dialled', () => {
  const back = outAt(hour)
  const [it, ...others] = numbersOf([missedAt(0), missedAt(20 * minute)], [back], rules)
  assert.deepEqual(others, [])
  assert.equal(it?.state, 'returned')
  assert.equal(it.missed, 2)
  assert.equal(it.by, back)
  assert.equal(it.afterSeconds, 40 * 60 - 30, 'from the end of the last one')
  assert.deepEqual([it.firstAt, it.lastAt], [0, 20 * minute])
})

test('a call missed after the return is open again', () => {
  const [it] = numbersOf([missedAt(0), missedAt(2 * hour)], [outAt(hour)], rules)
  assert.equal(it?.state, 'open')
  assert.equal(it.by, null)
  assert.equal(it.allReturned, false)
})

test('whoever calls again and is answered is settled, after a return that was not there', () => {
  const again = inAt(hour)
  const [it] = numbersOf([missedAt(0)], [again], rules)
  assert.equal(it?.state, 'called-again')
  assert.equal(it.by, again)
  const [both] = numbersOf([missedAt(0)], [again, outAt(2 * hour)], rules)
  assert.equal(both?.state, 'returned', 'the return comes first in the list, whenever it was')
})

test('attempts that nobody answered are told with how many and when last; a call that began before the end is none', () => {
  const [it] = numbersOf([missedAt(0)], [outAt(10_000), outAt(hour, 'missed'), outAt(2 * hour, 'missed')], rules)
  assert.equal(it?.state, 'tried')
  assert.deepEqual([it.attempts, it.lastAttemptAt], [2, 2 * hour])
})

test('after the window what was not settled is expired and stays; a later return changes nothing', () => {
  const late = { ...rules, now: 30 * hour }
  assert.equal(numbersOf([missedAt(0)], [outAt(hour, 'missed')], late)[0]?.state, 'expired')
  assert.equal(numbersOf([missedAt(0)], [outAt(24 * hour + 30_001)], late)[0]?.state, 'expired')
  assert.equal(numbersOf([missedAt(0)], [outAt(24 * hour + 30_000)], late)[0]?.state, 'returned')
  const short = { ...rules, windowMs: 15 * minute }
  assert.equal(numbersOf([missedAt(0)], [outAt(hour)], short)[0]?.state, 'expired')
})

const tick = (fields: Partial<MissedDone>): MissedDone => ({
  id: 1,
  site: '',
  number: '+7 495 555-01-01',
  numberKey: '4955550101',
  until: hour,
  doneAt: 2 * hour,
  who: 'Анна',
  how: 'spam',
  ...fields,
})

test('what was ticked off is done, whenever that was, and neither open nor returned', () => {
  const done = tick({})
  const ticked = { ...rules, doneBy: doneFinder([done], () => '') }
  const [it] = numbersOf([missedAt(0), missedAt(hour)], [], ticked)
  assert.deepEqual([it?.state, it?.done, it?.allReturned], ['done', done, false])
  assert.equal(numbersOf([missedAt(0)], [], { ...ticked, now: 30 * hour })[0]?.state, 'done', 'of expired calls too')
  const [returned] = numbersOf([missedAt(0)], [outAt(2 * hour)], ticked)
  assert.deepEqual([returned?.state, returned?.done], ['returned', null], 'what calls show comes first')
})

test('a call that rings after the tick is open again', () => {
  const ticked = { ...rules, doneBy: doneFinder([tick({})], () => '') }
  const [it] = numbersOf([missedAt(0), missedAt(hour + 1000)], [], ticked)
  assert.deepEqual([it?.state, it?.done, it?.missed], ['open', null, 2])
})

test('a tick is of its number however it is written and of its site; the one told first decides; one without a site is of all', () => {
  const [late, first, none] = [
    tick({ id: 1, site: 'a', until: 3 * hour, who: 'Анна' }),
    tick({ id: 2, site: 'a', until: hour, who: 'Олег' }),
    tick({ id: 3, numberKey: '200', who: 'Ян' }),
  ]
  const find = doneFinder([late, first, none], (id) => (id === 1 ? 'a' : 'b'))
  const found = (from: string | null, sourceId: number, startedAt = 0) =>
    find({ from, sourceId, startedAt })?.who ?? null
  assert.equal(found('84955550101', 1), 'Анна')
  assert.equal(found('84955550101', 1, 4 * hour), null)
  assert.equal(found('84955550101', 2), null, 'another site')
  assert.equal(found('200', 2), 'Ян')
  assert.equal(found('84955550102', 1), null)
  assert.equal(found(null, 1), null)
})

test('calls without a number stand together at the end and in no per cent; another site does not settle', () => {
  const sites = { ...rules, siteOf: (id: number) => (id === 1 ? 'a' : 'b') }
  const elsewhere = { ...outAt(hour), sourceId: 2 }
  const numbers = numbersOf(
    [missedAt(0, null), missedAt(minute, null), missedAt(0), missedAt(0, '200')],
    [elsewhere, outAt(hour, 'answered', '200')],
    sites,
  )
  assert.deepEqual(
    numbers.map(({ number, missed, state }) => [number, missed, state]),
    [
      ['84955550101', 1, 'open'],
      ['200', 1, 'returned'],
      [null, 2, 'unknown'],
    ],
  )
  assert.deepEqual(missedReturnedRate(numbers), ratio(1, 2))
})

test('each missed call has a fate of its own; those without a number too, each by itself', () => {
  const back = outAt(hour)
  const calls = missedCalls([missedAt(2 * hour), missedAt(30_000, null), missedAt(0), missedAt(0, null)], [back], rules)
  assert.deepEqual(
    calls.map(({ call, state, by, afterSeconds }) => [call.startedAt, call.from, state, by, afterSeconds]),
    [
      [0, '84955550101', 'returned', back, 3600 - 30],
      [0, null, 'unknown', null, null],
      [30_000, null, 'unknown', null, null],
      [2 * hour, '84955550101', 'open', null, null],
    ],
  )
})

test('a number that was missed at two sites is a number of each', () => {
  const sites = { ...rules, siteOf: (id: number) => (id === 1 ? 'a' : 'b') }
  const numbers = numbersOf([missedAt(0), { ...missedAt(minute), sourceId: 2 }], [outAt(hour)], sites)
  assert.deepEqual(
    numbers.map(({ number, site, state }) => [number, site, state]),
    [
      ['84955550101', 'a', 'returned'],
      ['84955550101', 'b', 'open'],
    ],
  )
})
