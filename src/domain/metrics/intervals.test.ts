import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callOf } from '../../../test/support/counted-call.ts'
import { openZone } from '../clock.ts'
import { intervalFigures } from './call-intervals.ts'
import { peakConcurrency } from './concurrency.ts'
import { clockDays, type ClockInterval, clockIntervals, type IntervalMinutes } from './intervals.ts'
import { ratio } from './ratio.ts'

const hour = 3_600_000
const rules = { serviceLevelSeconds: 20, shortSeconds: 5 }
const shown = ({ wall, offsetMs }: ClockInterval) =>
  `${new Date(wall).toISOString().slice(11, 16)}${offsetMs < 0 ? '-' : '+'}${Math.abs(offsetMs) / hour}`
const intervalsOf = (zone: string, from: string, hours: number, minutes: IntervalMinutes) => {
  const start = Date.parse(from)
  return clockIntervals(openZone(zone), start, start + hours * hour, minutes)
}

test('the repeated autumn hour is two intervals with one clock time, told apart by their offset', () => {
  const night = intervalsOf('Europe/Berlin', '2026-10-24T23:00:00Z', 4, 60)
  assert.deepEqual(night.map(shown), ['01:00+2', '02:00+2', '02:00+1', '03:00+1'])
  assert.deepEqual(
    night.map((it) => it.isRepeated),
    [false, true, true, false],
  )
})

test('the hour that spring leaves out has no interval', () => {
  assert.deepEqual(intervalsOf('Europe/Berlin', '2026-03-29T00:00:00Z', 2, 60).map(shown), ['01:00+1', '03:00+2'])
})

test('where the clock is put back half an hour, an interval ends at the change and one of half an hour follows', () => {
  const night = intervalsOf('Australia/Lord_Howe', '2026-04-04T14:00:00Z', 3, 60)
  assert.deepEqual(night.map(shown), ['01:00+11', '01:30+10.5', '02:00+10.5', '03:00+10.5'])
  assert.deepEqual(
    night.map(({ from, to }) => (to - from) / 60_000),
    [60, 30, 60, 30],
  )
})

test('a zone at three quarters of an hour has intervals by its own clock, over its change too', () => {
  assert.deepEqual(intervalsOf('Asia/Kathmandu', '2026-05-05T18:15:00Z', 1, 30).map(shown), [
    '00:00+5.75',
    '00:30+5.75',
  ])
  const night = intervalsOf('Pacific/Chatham', '2026-04-04T13:15:00Z', 3, 60)
  assert.deepEqual(night.map(shown), ['03:00+13.75', '02:45+12.75', '03:00+12.75', '04:00+12.75'])
})

test('intervals cover the period without a hole, in every zone and size, and days have 23, 24 and 25 hours', () => {
  for (const name of ['Europe/Berlin', 'Australia/Lord_Howe', 'Pacific/Chatham', 'Asia/Kathmandu', 'America/St_Johns'])
    for (const minutes of [15, 30, 60] as const) {
      const from = Date.UTC(2026, 0, 1, 0, 7)
      const to = Date.UTC(2027, 0, 1, 0, 3)
      const all = clockIntervals(openZone(name), from, to, minutes)
      assert.equal(all[0]?.from, from)
      assert.equal(all.at(-1)?.to, to)
      all.forEach((it, i) => {
        assert.ok(it.to > it.from && it.to - it.from <= minutes * 60_000)
        assert.equal(it.to, all[i + 1]?.from ?? to)
      })
    }
  const days = clockDays(
    openZone('Europe/Berlin'),
    Date.parse('2026-01-01T00:00:00+01:00'),
    Date.parse('2027-01-01T00:00:00+01:00'),
  )
  assert.equal(days.length, 365)
  const lengths = Map.groupBy(days, ({ from, to }) => (to - from) / hour)
  assert.deepEqual([lengths.get(23)?.length, lengths.get(24)?.length, lengths.get(25)?.length], [1, 363, 1])
})

test('a call counts where it starts, and its talk lies where it lies', () => {
  const intervals = clockIntervals(openZone('UTC'), 0, 2 * hour, 60)
  const over = callOf({
    startedAt: hour - 60_000,
    answeredAt: hour - 30_000,
    endedAt: hour + 90_000,
    waitSeconds: 30,
    talkSeconds: 120,
  })
  const before = callOf({ startedAt: -60_000, answeredAt: -50_000, endedAt: 10_000, talkSeconds: 60 })
  const [first, second] = intervalFigures([before, over], intervals, rules)
  assert.deepEqual([first?.calls, second?.calls], [1, 0])
  assert.deepEqual([first?.talkSeconds, second?.talkSeconds], [120, 0])
  assert.deepEqual([first?.talkWithinSeconds, second?.talkWithinSeconds], [40, 90])
  assert.deepEqual([first?.peak, second?.peak], [1, 1])
})

test('marked wrap-up is split over the intervals in which it lies, a fixed one stands where its call starts', () => {
  const intervals = intervalsOf('UTC', '1970-01-01T00:00:00Z', 2, 60)
  const call = callOf({ startedAt: hour - 1000, extensions: [{ number: '201', part: 'answered' }] })
  const marked = [{ from: hour - 40_000, to: hour + 20_000 }]
  const secondsOf = (perCall: number) =>
    intervalFigures([call], intervals, rules, { wrapUp: { perCallSeconds: perCall, marked } }).map(
      (it) => it.wrapUpSeconds,
    )
  assert.deepEqual(secondsOf(0), [40, 20])
  assert.deepEqual(secondsOf(15), [15, 0])
})

test('the peak counts calls at one instant: one that ends where another begins is over', () => {
  const spans = [
    { from: 0, to: 10 },
    { from: 10, to: 20 },
    { from: 12, to: 14 },
    { from: 13, to: 13 },
    { from: -5, to: 50 },
  ]
  assert.deepEqual(
    peakConcurrency(spans, [
      { from: 0, to: 11 },
      { from: 11, to: 15 },
      { from: 15, to: 30 },
      { from: 60, to: 70 },
    ]),
    [2, 4, 2, 0],
  )
})

test('who is on shift and not on a break is the staff, on average over the interval and cut down; what is to come is no time', () => {
  const intervals = clockIntervals(openZone('UTC'), 0, 2 * hour, 60)
  const calls = Array.from({ length: 20 }, () =>
    callOf({
      startedAt: hour / 4,
      answeredAt: hour / 4,
      endedAt: hour / 2,
      talkSeconds: 180,
      extensions: [{ number: '201', part: 'answered' }],
    }),
  )
  const staffed = [
    { from: 0, to: hour },
    { from: 0, to: hour },
    { from: hour / 2, to: 2 * hour },
  ]
  const [first, second] = intervalFigures(calls, intervals, rules, { staffed })
  assert.deepEqual([first?.staffSeconds, first?.erlangC.staff], [2.5 * 3600, 2])
  assert.deepEqual(first?.erlangC.load, ratio(20 * 180, 3600))
  assert.ok(Math.abs((first?.erlangC.waiting ?? 0) - 1 / 3) < 1e-12, 'C of 1 erlang and 2 people')
  assert.deepEqual([second?.erlangC.staff, second?.erlangC.waiting], [1, null])
  const [entered] = intervalFigures(calls, intervals, rules, { staffed, staff: 3, now: hour / 2 })
  assert.equal(entered?.erlangC.staff, 3)
  assert.deepEqual(entered?.erlangC.load, ratio(20 * 180, 1800), 'of the half hour that has been')
  const [nobody] = intervalFigures(calls, intervals, rules, { staffed: [] })
  assert.deepEqual([nobody?.staffSeconds, nobody?.erlangC.staff], [0, null])
  const [unknown] = intervalFigures(calls, intervals, rules, { staffed: null })
  assert.deepEqual([unknown?.staffSeconds, unknown?.erlangC.staff], [null, null])
})

test('in the middle of a second the staff of the running interval is whole: no one of two is lost to the milliseconds', () => {
  const intervals = clockIntervals(openZone('UTC'), 0, hour, 60)
  const call = callOf({ talkSeconds: 180, extensions: [{ number: '201', part: 'answered' }] })
  const person = { from: 0, to: hour / 2 }
  for (const staff of [1, 2]) {
    const staffed = Array.from({ length: staff }, () => person)
    const [running] = intervalFigures([call], intervals, rules, { staffed, now: hour / 2 + 500 })
    assert.equal(running?.erlangC.staff, staff)
    assert.deepEqual(running?.erlangC.load, ratio(180, 1800))
  }
})
