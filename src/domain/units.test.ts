import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findUnit, unitsAbove, unitsWithin } from './units.ts'

const units = [
  { id: 1, name: 'Офис', parentId: null },
  { id: 2, name: 'Отдел связи', parentId: 1 },
  { id: 3, name: 'Ночная смена', parentId: 2 },
  { id: 4, name: '2', parentId: null },
]

test('a unit is found by its name, however it is typed, else by its id', () => {
  assert.equal(findUnit('  отдел  СВЯЗИ ', units).id, 2)
  assert.equal(findUnit('3', units).id, 3)
  assert.equal(findUnit('2', units).id, 4)
  assert.throws(() => findUnit('Склад', units), { code: 'name-unknown' })
})

test('a unit has those above it and those below it, and itself among both', () => {
  assert.deepEqual(unitsAbove(3, units), [3, 2, 1])
  assert.deepEqual(unitsAbove(null, units), [])
  assert.deepEqual(unitsWithin(1, units), [1, 2, 3])
  assert.deepEqual(unitsWithin(4, units), [4])
})

test('units that contain each other are walked once', () => {
  const round = [
    { id: 1, name: 'a', parentId: 2 },
    { id: 2, name: 'b', parentId: 1 },
  ]
  assert.deepEqual(unitsAbove(1, round), [1, 2])
  assert.deepEqual(unitsWithin(1, round), [1, 2])
})
