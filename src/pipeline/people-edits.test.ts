import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SmenaError } from '../domain/errors.ts'
import { readEdit } from './people-edits.ts'

const read = (raw: unknown) => readEdit(raw, (text) => Date.parse(text))

test('instants are read from texts, ids from texts of digits, and what is not named stays away', () => {
  assert.deepEqual(read({ edit: 'set-shift', shift: '12', endedAt: '2026-11-24T18:30:00Z' }), {
    edit: 'set-shift',
    shift: 12,
    endedAt: Date.parse('2026-11-24T18:30:00Z'),
  })
  assert.deepEqual(read({ edit: 'set-break', break: 3, endedAt: null }), { edit: 'set-break', break: 3, endedAt: null })
  const breaks = [{ type: 'meal', startedAt: 2, endedAt: 3 }]
  const shift = { edit: 'add-shift', startedAt: 1, endedAt: 4, zone: 'UTC', breaks }
  assert.deepEqual(read(shift), shift)
})

test('what is no edit is refused with what is expected', () => {
  for (const raw of [
    null,
    'remove-shift',
    [],
    {},
    { edit: 'remove' },
    { edit: 'toString' },
    { edit: 'remove-shift' },
    { edit: 'remove-shift', shift: 1.5 },
    { edit: 'remove-shift', shift: 1, endedAt: 2 },
    { edit: 'set-shift', shift: 1, startedAt: null },
    { edit: 'set-mark', mark: 1, excluded: 'yes' },
    { edit: 'add-shift', startedAt: 1, endedAt: 2, zone: '' },
    { edit: 'add-shift', startedAt: 1, endedAt: 2, zone: 'UTC', breaks: [{}] },
    { edit: 'add-shift', startedAt: 1, endedAt: 2, zone: 'UTC', breaks: [null] },
  ])
    assert.throws(
      () => read(raw),
      (error) => error instanceof SmenaError && error.code === 'value-unreadable',
      JSON.stringify(raw),
    )
})
