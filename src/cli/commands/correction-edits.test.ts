import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SmenaError } from '../../domain/errors.ts'
import type { Context } from '../context.ts'
import { openWords } from '../words/words.ts'
import { editsOf, type RequestOptions } from './correction-edits.ts'

const zone = 'Europe/Moscow'
const context = { words: openWords('en', zone), loaded: { settings: { timezone: zone } } } as unknown as Context
const read = (options: Partial<RequestOptions>) => editsOf(context, { reason: 'x', ...options }, zone)
const [start, end] = ['2024-11-24T12:00', '2024-11-24T13:00']
const [startedAt, endedAt] = [Date.parse('2024-11-24T09:00Z'), Date.parse('2024-11-24T10:00Z')]
const written = '{"edit":"remove-break","break":9}'

test('options name one thing and what it is to become; others are written out', () => {
  const cases: readonly (readonly [Partial<RequestOptions>, object])[] = [
    [
      { addShift: true, start, end },
      { edit: 'add-shift', zone, startedAt, endedAt },
    ],
    [
      { addBreak: 'meal', start, end },
      { edit: 'add-break', type: 'meal', startedAt, endedAt },
    ],
    [
      { shift: '1', end },
      { edit: 'set-shift', shift: 1, endedAt },
    ],
    [
      { break: '2', type: 'rest', start },
      { edit: 'set-break', break: 2, type: 'rest', startedAt },
    ],
    [
      { mark: '3', start },
      { edit: 'set-mark', mark: 3, at: startedAt },
    ],
    [
      { assignment: '4', start, end },
      { edit: 'set-assignment', assignment: 4, from: startedAt, to: endedAt },
    ],
    [
      { assignment: '4', remove: true },
      { edit: 'remove-assignment', assignment: 4 },
    ],
  ]
  for (const [options, edit] of cases) assert.deepEqual(read(options), [edit])
  const removed = { edit: 'remove-break', break: 9 }
  assert.deepEqual(read({ edit: [written] }), [removed])
  assert.deepEqual(read({ mark: '3', remove: true, edit: [written] }), [{ edit: 'remove-mark', mark: 3 }, removed])
})

test('an option that would go unheard is wrong usage', () => {
  const cases: readonly (readonly [Partial<RequestOptions>, RegExp])[] = [
    [{}, /nothing to correct/u],
    [{ shift: '1' }, /nothing to correct/u],
    [{ end, edit: [written] }, /nothing to correct/u],
    [{ shift: '1', break: '4', end }, /--shift, --break: one thing at a time/u],
    [{ addShift: true, addBreak: 'meal', start, end }, /--add-shift, --add-break: one thing/u],
    [{ shift: '1', end, type: 'meal' }, /--type would go unheard: with --shift goes --start, --end, --remove/u],
    [{ mark: '7', type: 'X' }, /--type would go unheard: with --mark goes --start, --remove/u],
    [{ mark: '7', end }, /--end would go unheard/u],
    [{ addBreak: 'meal', start, end, remove: true }, /--remove would go unheard/u],
    [{ shift: '1', remove: true, end }, /--end would go unheard: with --shift goes --remove/u],
  ]
  for (const [options, problem] of cases)
    assert.throws(
      () => read(options),
      (error) => error instanceof SmenaError && error.code === 'usage' && problem.test(error.message),
      JSON.stringify(options),
    )
})
