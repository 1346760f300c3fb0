import assert from 'node:assert/strict'
import { test } from 'node:test'
import { quarterMs } from '../person-quarter.ts'
import { differenceOf, figuresOf, lockedBy } from './period.ts'
import { defaultWorkRules as rules } from './rules.ts'
import type { Shift } from './shift.ts'

const at = (text: string) => Date.parse(`${text}Z`)
const shift = (id: number, employeeId: number, from: string, to: string): Shift => ({
  id,
  employeeId,
  startedAt: at(from),
  endedAt: at(to),
  zone: 'UTC',
  startedHow: 'desk',
  endedHow: 'desk',
  flags: [],
  breaks: [],
})
const march = { from: at('2026-03-01T00:00'), to: at('2026-04-01T00:00'), asOf: Infinity }

test('a version has the figures of every person and day in the period, of a night over its end the part inside', () => {
  const shifts = [
    shift(1, 8, '2026-03-31T20:00', '2026-04-01T08:00'),
    shift(2, 7, '2026-03-02T09:00', '2026-03-02T17:00'),
    shift(3, 7, '2026-03-02T18:00', '2026-03-02T19:00'),
  ]
  assert.deepEqual(
    figuresOf(shifts, [], march, 'UTC', rules).map(({ employeeId, day, figures }) => [
      employeeId,
      day,
      figures['workedSeconds'],
    ]),
    [
      [7, '2026-03-02', 9 * 3600],
      [8, '2026-03-31', 4 * 3600],
    ],
  )
})

test('the difference of two versions names what changed, with what came and went', () => {
  const first = figuresOf([shift(1, 7, '2026-03-02T09:00', '2026-03-02T17:00')], [], march, 'UTC', rules)
  const second = figuresOf(
    [shift(1, 7, '2026-03-02T09:00', '2026-03-02T17:00:30'), shift(2, 9, '2026-03-03T23:00', '2026-03-03T23:30')],
    [],
    march,
    'UTC',
    rules,
  )
  assert.deepEqual(differenceOf(first, first), [])
  const brief = differenceOf(first, second)
    .filter(({ figure }) => /^(worked|night)/u.test(figure))
    .map(({ employeeId, day, figure, before, after }) => `${employeeId} ${day} ${figure} ${before} → ${after}`)
  assert.deepEqual(brief, [
    '7 2026-03-02 workedSeconds 28800 → 28830',
    '9 2026-03-03 workedSeconds 0 → 1800',
    '9 2026-03-03 nightSeconds 0 → 1800',
    '9 2026-03-03 workedMinutes 0 → 30',
    '9 2026-03-03 nightMinutes 0 → 30',
  ])
  assert.equal(differenceOf(second, first).length, differenceOf(first, second).length)
})

test('a locked period is touched by what changes inside it, of the people whom it is for', () => {
  const of = (id: number, unitId: number | null, unlockedAt: number | null) => ({ ...march, id, unitId, unlockedAt })
  const periods = [of(1, null, null), of(2, 5, null), of(3, 6, null), of(4, null, 1)]
  const touched = (from: string, to: string, units: number[], keptIn: number[] = []) =>
    lockedBy(periods, { units, keptIn }, [{ from: at(from), to: at(to) }]).map(({ id }) => id)
  assert.deepEqual(touched('2026-03-31T23:59:59', '2026-04-01T00:00', [5, 1]), [1, 2])
  assert.deepEqual(touched('2026-04-01T00:00', '2026-04-02T00:00', [5, 1]), [])
  assert.deepEqual(touched('2026-02-28T00:00', '2026-03-01T00:00', []), [])
  assert.deepEqual(touched('2026-02-28T00:00', '2026-03-01T00:00:01', []), [1])
  assert.deepEqual(lockedBy(periods, { units: [5], keptIn: [2] }, []), [])
  // Of another unit now: what keeps the figures is touched, and what is of the other unit is not.
  assert.deepEqual(touched('2026-03-02T00:00', '2026-03-03T00:00', [6], [2]), [1, 2])
  assert.deepEqual(touched('2026-03-02T00:00', '2026-03-03T00:00', [6], [2, 3]), [1, 2, 3])
  assert.deepEqual(touched('2026-03-02T00:00', '2026-03-03T00:00', [], [4]), [1])
})

test('calls and talk stand on the days of the site’s clock, beside what was worked on the shift’s', () => {
  const quarter = (text: string) => Math.floor(at(text) / quarterMs)
  const calls = [
    { employeeId: 7, quarter: quarter('2026-03-02T18:30'), calls: 2, talk: 60 },
    { employeeId: 7, quarter: quarter('2026-03-02T18:15'), calls: 1, talk: 30 },
    { employeeId: 9, quarter: quarter('2026-03-02T18:00'), calls: 1, talk: 5 },
  ]
  const worked = [shift(1, 7, '2026-03-02T09:00', '2026-03-02T17:00')]
  // Kathmandu is 5:45 ahead: its day begins at 18:15.
  const figures = figuresOf(worked, calls, march, 'Asia/Kathmandu', rules).map(({ employeeId, day, figures: it }) => [
    employeeId,
    day,
    it['workedMinutes'],
    it['calls'],
    it['talkSeconds'],
  ])
  assert.deepEqual(figures, [
    [7, '2026-03-02', 480, undefined, undefined],
    [7, '2026-03-03', undefined, 3, 90],
    [9, '2026-03-02', undefined, 1, 5],
  ])
})
