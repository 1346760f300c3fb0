import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changedPresence, changedTime, presenceOf, situationAt, stateAt, stretchesOf } from './presence.ts'
import { defaultWorkRules as rules } from './rules.ts'
import type { Shift } from './shift.ts'

const hour = 3_600_000

function shift(from: number, to: number | null, breaks: [number, number | null][] = [], type = 'rest'): Shift {
  return {
    id: from,
    employeeId: 7,
    startedAt: from * hour,
    endedAt: to === null ? null : to * hour,
    zone: 'UTC',
    startedHow: 'desk',
    endedHow: to === null ? null : 'desk',
    flags: [],
    breaks: breaks.map(([startedAt, endedAt], id) => ({
      id,
      type,
      startedAt: startedAt * hour,
      endedAt: endedAt === null ? null : endedAt * hour,
      flags: [],
    })),
  }
}

const inHours = (spans: readonly { from: number; to: number }[]) =>
  spans.map(({ from, to }) => [from / hour, to / hour])

test('a state holds from its instant on and up to the next', () => {
  const day = [shift(33, 40), shift(9, 18, [[13, 14]])]
  const at = presenceOf(day, rules)
  const states = [9 * hour - 1, 9 * hour, 13 * hour - 1, 13 * hour, 14 * hour, 18 * hour - 1, 18 * hour, 33 * hour]
  assert.deepEqual(states.map(at), [
    'off-shift',
    'on-shift',
    'on-shift',
    'on-break',
    'on-shift',
    'on-shift',
    'off-shift',
    'on-shift',
  ])
  assert.deepEqual(
    states.map((it) => stateAt(day, it, rules)),
    states.map(at),
  )
  assert.deepEqual(inHours(stretchesOf(day, rules)), [
    [9, 13],
    [13, 14],
    [14, 18],
    [33, 40],
  ])
})

test('since when somebody is where he is', () => {
  const day = [shift(9, 18, [[13, 14]])]
  const since = (at: number) => {
    const it = situationAt(day, at * hour, rules).since
    return it === null ? null : it / hour
  }
  assert.deepEqual([8, 9, 13.5, 15, 20].map(since), [null, 9, 13, 14, 18])
})

test('calls are attributed anew where the state changes, and nowhere else', () => {
  const changed = (before: Shift[], after: Shift[]) => inHours(changedPresence(before, after, rules))
  assert.deepEqual(changed([], [shift(9, null)]), [[9, 21]])
  assert.deepEqual(changed([shift(9, null)], [shift(9, 21)]), [], 'closing at the limit changes nothing')
  assert.deepEqual(changed([shift(9, 21)], [shift(9, 18)]), [[18, 21]])
  assert.deepEqual(changed([shift(9, 18, [[13, 14]])], [shift(8, 18, [[13, 15]])]), [
    [8, 9],
    [14, 15],
  ])
  assert.deepEqual(changed([shift(9, 13), shift(13, 18)], [shift(9, 18)]), [])
  assert.deepEqual(changed([shift(9, 18, [[12, 13]])], []), [[9, 18]])
})

test('another kind of break is another time, but the same state', () => {
  const [rest, meal] = [[shift(9, 18, [[13, 14]])], [shift(9, 18, [[13, 14]], 'meal')]]
  assert.deepEqual(changedPresence(rest, meal, rules), [])
  assert.deepEqual(inHours(changedTime(rest, meal, rules)), [[13, 14]])
  const moved = rest.map((it) => ({ ...it, zone: 'Asia/Chita' }))
  assert.deepEqual(changedPresence(rest, moved, rules), [])
  assert.deepEqual(inHours(changedTime(rest, moved, rules)), [[9, 18]])
})
