import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { defaultWorkRules as rules } from './rules.ts'
import type { Break, Shift } from './shift.ts'
import { sumOf, type WorkedTime, workedDays, workedInShift, workedTime } from './worked.ts'

const instant = (text: string) => Temporal.Instant.from(text).epochMilliseconds
/** Clock of the zone, `2026-10-25T02:15`; a repeated hour: name the offset. */
const inZone = (zone: string, clock: string) => Temporal.ZonedDateTime.from(`${clock}[${zone}]`).epochMilliseconds

function shift(zone: string, from: number, to: number | null, breaks: [string, number, number | null][] = []): Shift {
  return {
    id: 1,
    employeeId: 7,
    startedAt: from,
    endedAt: to,
    zone,
    startedHow: 'desk',
    endedHow: to === null ? null : 'desk',
    flags: [],
    breaks: breaks.map(([type, startedAt, endedAt], id): Break => ({ id, type, startedAt, endedAt, flags: [] })),
  }
}

const always = { from: -Infinity, to: Infinity, asOf: Infinity }
const byDay = (it: Shift, period = always) =>
  workedDays([it], period, rules).map(
    (day) => [day.day, day.presenceSeconds, day.workedSeconds, day.daySeconds, day.nightSeconds] as const,
  )
const hours = (...days: [string, number, number, number, number][]) =>
  days.map(([day, ...figures]) => [day, ...figures.map((it) => Math.round(it * 3600))])

test('E1: a day with two breaks, and with one of them paid', () => {
  const zone = 'Europe/Moscow'
  const at = (clock: string) => inZone(zone, `2026-10-13T${clock}`)
  const day = (second: string) =>
    shift(zone, at('09:00'), at('18:15'), [
      ['meal', at('13:00'), at('14:00')],
      [second, at('16:00'), at('16:15')],
    ])
  assert.deepEqual(byDay(day('meal')), hours(['2026-10-13', 9.25, 8, 8, 0]))
  assert.deepEqual(byDay(day('rest')), hours(['2026-10-13', 9.25, 8.25, 8.25, 0]))
  const { breakSeconds, unpaidBreakSeconds, workedMinutes } = workedInShift(day('rest'), always.asOf, rules)
  assert.deepEqual([breakSeconds, unpaidBreakSeconds, workedMinutes], [4500, 3600, 495])
})

test('E2: a night over the end of a month', () => {
  const zone = 'Europe/Moscow'
  const night = shift(zone, inZone(zone, '2026-03-31T20:00'), inZone(zone, '2026-04-01T08:00'), [
    ['meal', inZone(zone, '2026-04-01T01:00'), inZone(zone, '2026-04-01T02:00')],
  ])
  assert.deepEqual(byDay(night), hours(['2026-03-31', 4, 4, 2, 2], ['2026-04-01', 8, 7, 2, 5]))
  const april = { ...always, from: inZone(zone, '2026-04-01T00:00') }
  assert.deepEqual(byDay(night, april), hours(['2026-04-01', 8, 7, 2, 5]))
})

test('E3: the night in which the hour is repeated', () => {
  const zone = 'Europe/Berlin'
  const night = shift(zone, instant('2026-10-24T20:00Z'), instant('2026-10-25T05:00Z'), [
    ['meal', instant('2026-10-25T01:15Z'), instant('2026-10-25T01:45Z')],
  ])
  assert.deepEqual(byDay(night), hours(['2026-10-24', 2, 2, 0, 2], ['2026-10-25', 7, 6.5, 0, 6.5]))
})

test('the night in which an hour is left out', () => {
  const zone = 'Europe/Berlin'
  const night = shift(zone, instant('2026-03-28T21:00Z'), instant('2026-03-29T05:00Z'), [
    ['meal', instant('2026-03-29T00:30Z'), instant('2026-03-29T01:30Z')],
  ])
  // 22:00 CET to 07:00 CEST: eight hours, of which one is after 06:00.
  assert.deepEqual(byDay(night), hours(['2026-03-28', 2, 2, 0, 2], ['2026-03-29', 6, 5, 1, 4]))
})

test('zones that are not whole hours from UTC, and a clock that is set by half an hour', () => {
  const nepal = shift('Asia/Kathmandu', instant('2026-05-01T17:15Z'), instant('2026-05-02T01:15Z'))
  assert.deepEqual(byDay(nepal), hours(['2026-05-01', 1, 1, 0, 1], ['2026-05-02', 7, 7, 1, 6]))
  // Lord Howe, 4 October 2026: 02:00 +10:30 becomes 02:30 +11:00.
  const zone = 'Australia/Lord_Howe'
  const spring = shift(zone, inZone(zone, '2026-10-03T23:00'), inZone(zone, '2026-10-04T07:00'))
  assert.deepEqual(byDay(spring), hours(['2026-10-03', 1, 1, 0, 1], ['2026-10-04', 6.5, 6.5, 1, 5.5]))
  const autumn = shift(zone, inZone(zone, '2026-04-04T23:00'), inZone(zone, '2026-04-05T07:00'))
  assert.deepEqual(byDay(autumn), hours(['2026-04-04', 1, 1, 0, 1], ['2026-04-05', 7.5, 7.5, 1, 6.5]))
})

test('a day that has no midnight begins where its clock begins', () => {
  // Beirut, 30 March 2025: 00:00 becomes 01:00.
  const zone = 'Asia/Beirut'
  const night = shift(zone, inZone(zone, '2025-03-29T23:00'), inZone(zone, '2025-03-30T03:00'))
  assert.deepEqual(byDay(night), hours(['2025-03-29', 1, 1, 0, 1], ['2025-03-30', 2, 2, 0, 2]))
})

test('minutes are of the starts and ends cut down to their whole minute, seconds are exact', () => {
  const zone = 'Asia/Krasnoyarsk'
  const at = (clock: string) => inZone(zone, `2026-11-24T${clock}`)
  const short = shift(zone, at('09:00:59'), at('09:10:01'), [['meal', at('09:05:50'), at('09:06:10')]])
  const time = workedInShift(short, always.asOf, rules)
  assert.deepEqual([time.presenceSeconds, time.workedSeconds, time.breakSeconds], [542, 522, 20])
  assert.deepEqual([time.presenceMinutes, time.workedMinutes, time.breakMinutes], [10, 9, 1])
})

test('an open shift counts up to the asking, and never beyond its limit', () => {
  const zone = 'UTC'
  const at = (clock: string) => inZone(zone, `2026-11-24T${clock}`)
  const open = shift(zone, at('08:00'), null, [['meal', at('10:00'), null]])
  const worked = (asOf: number) => {
    const { presenceSeconds, workedSeconds, breakSeconds } = workedInShift(open, asOf, rules)
    return [presenceSeconds / 3600, workedSeconds / 3600, breakSeconds / 3600]
  }
  assert.deepEqual(worked(at('07:00')), [0, 0, 0])
  assert.deepEqual(worked(at('09:30')), [1.5, 1.5, 0])
  assert.deepEqual(worked(at('11:00')), [3, 2, 1])
  assert.deepEqual(worked(at('23:00')), [12, 2, 10])
})

test('what is to come counts in no figure, also where its end is told already', () => {
  const at = (clock: string) => inZone('UTC', `2026-11-24T${clock}`)
  const tonight = shift('UTC', at('08:00'), at('18:00'), [
    ['meal', at('12:00'), at('13:00')],
    ['meal', at('16:00'), at('17:00')],
  ])
  const worked = (asOf: number) => {
    const { presenceSeconds, workedSeconds, breakSeconds, workedMinutes } = workedInShift(tonight, asOf, rules)
    return [presenceSeconds / 3600, workedSeconds / 3600, breakSeconds / 3600, workedMinutes / 60]
  }
  assert.deepEqual(worked(at('07:00')), [0, 0, 0, 0])
  assert.deepEqual(worked(at('12:30')), [4.5, 4, 0.5, 4])
  assert.deepEqual(worked(at('16:15')), [8.25, 7, 1.25, 7])
  assert.deepEqual(worked(at('19:00')), [10, 8, 2, 8])
})

test('a break of which nobody knows whether it is paid is not', () => {
  const zone = 'UTC'
  const at = (clock: string) => inZone(zone, `2026-11-24T${clock}`)
  const unknown = { ...rules, breakTypes: [{ ...rules.breakTypes[1]!, name: 'legacy', paid: null }] }
  for (const type of ['legacy', 'nobody has heard of it'])
    assert.equal(
      workedInShift(shift(zone, at('08:00'), at('10:00'), [[type, at('09:00'), at('09:30')]]), always.asOf, unknown)
        .workedSeconds,
      5400,
    )
})

const zones = [
  'Europe/Berlin',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Chatham',
  'America/Havana',
  'Asia/Beirut',
]
const base = instant('2026-03-26T00:00Z')
const year = 366 * 86_400

const randomShifts: fc.Arbitrary<Shift[]> = fc.array(
  fc
    .record({
      zone: fc.constantFrom(...zones),
      start: fc.oneof(fc.integer({ min: 0, max: year }), fc.integer({ min: 0, max: 7 * 86_400 })),
      length: fc.integer({ min: 1, max: 90_000 }),
      cuts: fc.array(fc.integer({ min: 0, max: 90_000 }), { maxLength: 6 }),
      open: fc.boolean(),
    })
    .map(({ zone, start, length, cuts, open }) => {
      const from = base + start * 1000
      const marks = [...new Set(cuts.filter((it) => it < length))].sort((a, b) => a - b).map((it) => from + it * 1000)
      const breaks: [string, number, number][] = []
      for (let i = 0; i + 1 < marks.length; i += 2)
        breaks.push([i % 4 ? 'rest' : 'meal', marks[i] as number, marks[i + 1] as number])
      return shift(zone, from, open ? null : from + length * 1000, open ? [] : breaks)
    }),
  { maxLength: 6 },
)

const asOf = base + year * 500

test('day and night are what was worked, paid or not; days add up to the whole', () => {
  fc.assert(
    fc.property(randomShifts, (shifts) => {
      const period = { ...always, asOf }
      const days = workedDays(shifts, period, rules)
      const whole = workedTime(shifts, period, rules)
      assert.deepEqual(sumOf(days), whole)
      for (const it of [...days, whole] as WorkedTime[]) {
        assert.equal(it.daySeconds + it.nightSeconds, it.workedSeconds)
        assert.equal(it.presenceSeconds - it.unpaidBreakSeconds, it.workedSeconds)
        assert.equal(it.dayMinutes + it.nightMinutes, it.workedMinutes)
        assert.ok(it.unpaidBreakSeconds <= it.breakSeconds && it.breakSeconds <= it.presenceSeconds)
        assert.ok(it.nightSeconds >= 0 && it.daySeconds >= 0 && it.nightMinutes >= 0 && it.dayMinutes >= 0)
      }
      const elapsed = shifts.reduce((sum, it) => {
        const end = Math.min(asOf, it.endedAt ?? it.startedAt + rules.shiftAtMostSeconds * 1000)
        return sum + Math.max(0, end - it.startedAt) / 1000
      }, 0)
      assert.equal(whole.presenceSeconds, elapsed)
    }),
    { numRuns: 300 },
  )
})

test('a period cut anywhere adds up, by seconds and by minutes', () => {
  fc.assert(
    fc.property(
      randomShifts,
      fc.integer({ min: 0, max: year * 1000 }),
      fc.integer({ min: 0, max: 90_000_000 }),
      (shifts, a, b) => {
        const cut = (from: number, to: number) => workedTime(shifts, { from, to, asOf }, rules)
        const [first, second] = [base + a, base + a + b]
        const parts = [cut(-Infinity, first), cut(first, second), cut(second, Infinity)]
        assert.deepEqual(sumOf(parts), cut(-Infinity, Infinity))
      },
    ),
    { numRuns: 300 },
  )
})

test('a second is of the day and of the night that its own clock shows', () => {
  fc.assert(
    fc.property(randomShifts, (shifts) => {
      for (const it of shifts.slice(0, 2)) {
        const end = Math.min(it.endedAt ?? asOf, asOf, it.startedAt + 40_000_000)
        for (let at = it.startedAt; at < end; at += 97_000) {
          const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(it.zone)
          const worked = it.breaks.some((b) => b.type === 'meal' && b.startedAt <= at && at < (b.endedAt ?? end))
            ? 0
            : 1
          const [day, ...more] = workedDays([it], { from: at, to: at + 1000, asOf }, rules)
          assert.deepEqual(more, [])
          assert.equal(day?.day, local.toPlainDate().toString())
          assert.equal(day?.workedSeconds, worked)
          assert.equal(day?.nightSeconds, local.hour >= 6 && local.hour < 22 ? 0 : worked)
        }
      }
    }),
    { numRuns: 50 },
  )
})
