import assert from 'node:assert/strict'
import { test } from 'node:test'
import { oldReportFigures, oldShiftFigures } from './old-figures.ts'
import { defaultWorkRules as rules } from './rules.ts'
import type { Shift } from './shift.ts'

const minute = 60_000
const shift = (
  id: number,
  employeeId: number,
  from: number,
  to: number | null,
  breaks: [number, number | null][] = [],
): Shift => ({
  id,
  employeeId,
  startedAt: from * minute,
  endedAt: to === null ? null : to * minute,
  zone: 'UTC',
  startedHow: 'legacy',
  endedHow: to === null ? null : 'legacy',
  flags: [],
  breaks: breaks.map(([a, b], at) => ({
    id: at,
    type: 'legacy',
    startedAt: a * minute,
    endedAt: b === null ? null : b * minute,
    flags: [],
  })),
})

test('three shifts of 7:59 were 21 hours, and are 23:57 (F21)', () => {
  const shifts = [0, 1440, 2880].map((from, id) => shift(id + 1, id % 2, from, from + 479, [[from + 60, from + 75.75]]))
  const now = (2880 + 600) * minute
  assert.deepEqual(oldReportFigures(shifts, now, rules), {
    people: 2,
    hours: 21,
    breakMinutes: 45,
    presenceSeconds: (23 * 60 + 57) * 60,
    breakSeconds: 3 * 15.75 * 60,
    from: 0,
    to: (2880 + 479) * minute,
  })
})

test('what is to come is counted by neither', () => {
  const told = shift(1, 7, 0, 600, [
    [100, 160],
    [500, 560],
  ])
  const figures = oldShiftFigures(told, 130 * minute, rules)
  assert.deepEqual([figures.hours, figures.breakMinutes, figures.presenceSeconds / 60], [2, 30, 130])
})

test('an open shift and an open break ran on until now', () => {
  const open = shift(1, 7, 0, null, [[30, null]])
  const figures = oldShiftFigures(open, 14.5 * 60 * minute, rules)
  assert.deepEqual([figures.hours, figures.breakMinutes, figures.presenceSeconds / 3600], [14, 840, 12])
  assert.deepEqual(oldReportFigures([], 0, rules).from, null)
})
