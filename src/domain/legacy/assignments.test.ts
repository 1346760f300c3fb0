import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type OldHolding, planAssignments } from './assignments.ts'

const people = new Map([1, 2, 3].map((id) => [id, { name: `Человек ${id}` }]))
const held = (key: string, userId: number, from: number, to: number | null, more: Partial<OldHolding> = {}) => {
  return { table: 'working_working_log', key, userId, extension: '4100', from, to, ...more } as const
}
const plan = (...holdings: OldHolding[]) => {
  const { assignments, issues } = planAssignments(holdings, people)
  const rows = assignments.map(({ key, from, to, confirmed }) => [key, from, to, confirmed])
  return { rows, issues: issues.map((it) => [it.kind, it.ids, it.people.length]) }
}

test('M5: one after the other on one extension, each is confirmed', () => {
  assert.deepEqual(plan(held('a', 1, 0, 10), held('b', 2, 10, 20)), {
    rows: [
      ['a', 0, 10, true],
      ['b', 10, 20, true],
    ],
    issues: [],
  })
})

test('M5: two people at once are both unconfirmed, and whoever has it at another time is not touched', () => {
  assert.deepEqual(plan(held('a', 1, 0, 10), held('b', 2, 9, 20), held('c', 3, 20, 30)), {
    rows: [
      ['a', 0, 10, false],
      ['b', 9, 20, false],
      ['c', 20, 30, true],
    ],
    issues: [['same-extension', ['a', 'b'], 2]],
  })
})

test('M5: a dispute takes in everybody whom its time touches, and the next one is a dispute of its own', () => {
  const { rows, issues } = plan(
    held('a', 1, 0, 10),
    held('b', 2, 5, 15),
    held('c', 3, 14, 16),
    held('d', 1, 20, 30),
    held('e', 2, 25, 35),
  )
  assert.ok(rows.every(([, , , confirmed]) => confirmed === false))
  assert.deepEqual(issues, [
    ['same-extension', ['a', 'b', 'c'], 3],
    ['same-extension', ['d', 'e'], 2],
  ])
})

test('the profile of a person goes before what a comment of the same person says', () => {
  const profile = held('p', 1, 8, null, { table: 'monitor_profile' })
  assert.deepEqual(plan(held('a', 1, 5, 12), profile, held('b', 1, 9, 11)).rows, [
    ['a', 5, 8, true],
    ['p', 8, null, true],
  ])
})

test('the same number of another extension is no dispute', () => {
  assert.deepEqual(plan(held('a', 1, 0, 10), held('b', 2, 0, 10, { extension: '4101' })).issues, [])
})
