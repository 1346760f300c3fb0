import assert from 'node:assert/strict'
import { test } from 'node:test'
import { notEmployedOn } from './employed.ts'

test('somebody is there from the day hired to the day left, both included', () => {
  const known = { hiredOn: '2026-11-10', leftOn: '2026-11-20', active: true }
  const on = (day: string, it = known) => notEmployedOn(it, day)
  assert.deepEqual(
    ['2026-11-09', '2026-11-10', '2026-11-20', '2026-11-21'].map((day) => on(day)),
    ['not-hired', null, null, 'left'],
  )
  assert.equal(notEmployedOn({ hiredOn: null, leftOn: null, active: true }, '2026-11-24'), null)
  // On which day who is no longer active left is known, or nothing begins any more.
  assert.equal(on('2026-11-20', { ...known, active: false }), null)
  assert.equal(notEmployedOn({ hiredOn: null, leftOn: null, active: false }, '2026-11-24'), 'inactive')
})
