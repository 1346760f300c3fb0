import assert from 'node:assert/strict'
import { test } from 'node:test'
import { placeBreaks } from './breaks.ts'
import type { OldBreak, OldSpan } from './old-tables.ts'
import { openCover, placeShifts } from './shifts.ts'

const people = new Map([
  [1, { name: 'Анна' }],
  [2, { name: 'Иван' }],
])
const hour = 3_600_000
const now = 100 * hour

const row = (id: number, begin: number, end: number | null, more: Partial<OldBreak> = {}): OldBreak => {
  return {
    id,
    userId: 1,
    begin: begin * hour,
    end: end === null ? null : end * hour,
    current: false,
    shiftId: null,
    ...more,
  }
}
const place = (rows: readonly OldSpan[]) =>
  placeShifts(rows, people, now).shifts.map((it) => [
    it.ids,
    it.startedAt / hour,
    it.endedAt === null ? null : it.endedAt / hour,
    it.flags,
  ])

test('M2: open is what is current, whatever its end says', () => {
  assert.deepEqual(place([row(1, 95, 95.1, { current: true })]), [[[1], 95, null, []]])
})

test('M3: from 12 hours on the job probably ended it', () => {
  assert.deepEqual(place([row(1, 0, 11.99), row(2, 20, 32)]), [
    [[1], 0, 11.99, []],
    [[2], 20, 32, ['probably-closed-by-job']],
  ])
})

test('M3: of shifts over each other the earlier begin is kept and the end that a person gave', () => {
  assert.deepEqual(place([row(2, 9.1, 18), row(1, 9, 22)]), [[[1, 2], 9, 18, ['merged']]])
  assert.deepEqual(place([row(1, 9, 12), row(2, 11, 15), row(3, 14, 17)]), [[[1, 2, 3], 9, 17, ['merged']]])
  assert.deepEqual(place([row(1, 9, 12), row(2, 12, 15)]).length, 2)
})

test('M3: one that ran on for days by mistake swallows none of the shifts after it, and is cut where the next begins', () => {
  assert.deepEqual(place([row(1, 9, 40), row(2, 33, 38), row(3, 57, 66)]), [
    [[1], 9, 33, ['probably-closed-by-job']],
    [[2], 33, 38, []],
    [[3], 57, 66, []],
  ])
})

test('M3: one that nobody ended ends at the limit from the begin that is kept', () => {
  const open = { current: true }
  assert.deepEqual(place([row(1, 9, 9, open), row(2, 9.5, 9.5, open)]), [
    [[1, 2], 9, 21, ['merged', 'closed-by-system']],
  ])
})

test('shifts of two people have nothing to do with each other', () => {
  assert.equal(place([row(1, 9, 18), row(2, 9, 18, { userId: 2 })]).length, 2)
})

const withBreaks = (shifts: readonly OldSpan[], breaks: readonly OldBreak[]) => {
  const placed = placeShifts(shifts, people, now)
  const result = placeBreaks(breaks, placed, openCover(placed.shifts), people)
  const stand = placed.shifts.flatMap((shift) =>
    shift.breaks.map((it) => [
      shift.ids[0],
      it.ids,
      it.startedAt / hour,
      it.endedAt === null ? null : it.endedAt / hour,
      it.flags,
    ]),
  )
  return { stand, result }
}

test('M4: an open break in a shift that is over ends with it, in an open one it is open', () => {
  const open = { current: true, shiftId: 1 }
  assert.deepEqual(withBreaks([row(1, 9, 18)], [row(7, 17, null, open)]).stand, [
    [1, [7], 17, 18, ['closed-with-shift']],
  ])
  assert.deepEqual(withBreaks([row(1, 95, 95, { current: true })], [row(7, 96, 96, open)]).stand, [
    [1, [7], 96, null, []],
  ])
})

test('M4: a break goes to the shift that covers its begin, and no farther than its end', () => {
  const { stand, result } = withBreaks(
    [row(1, 9, 18), row(2, 33, 42)],
    [row(7, 17.5, 33.5, { shiftId: 2 }), row(8, 20, 21, { shiftId: 1 }), row(9, 10, 10.5)],
  )
  assert.deepEqual(stand, [
    [1, [9], 10, 10.5, []],
    [1, [7], 17.5, 18, ['closed-with-shift']],
  ])
  assert.deepEqual(result.skipped, [{ id: 8, reason: 'no-shift-then' }])
  assert.deepEqual([...(result.touched.get(2) ?? [])], ['moved', 'cut-at-shift-end'])
})

test('breaks of one press are one, ended by the end that a person gave', () => {
  const { stand, result } = withBreaks(
    [row(1, 9, 18)],
    [row(7, 12, null, { current: true, shiftId: 1 }), row(8, 12.001, 12.5, { shiftId: 1 })],
  )
  assert.deepEqual(stand, [[1, [7, 8], 12, 12.5, []]])
  assert.deepEqual(result.merged, [8])
})

test('M4: a break in the shift of somebody else is placed by its own person', () => {
  const { stand } = withBreaks([row(1, 9, 18), row(2, 9, 18, { userId: 2 })], [row(7, 12, 13, { shiftId: 2 })])
  assert.deepEqual(stand, [[1, [7], 12, 13, []]])
})
