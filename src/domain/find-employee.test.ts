import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SmenaError } from './errors.ts'
import { findEmployee } from './find-employee.ts'

const people = [
  { id: 1, personnelNumber: '0042', name: 'Петрова Анна' },
  { id: 2, personnelNumber: '1', name: 'Сёмин Пётр Ильич' },
  { id: 3, personnelNumber: null, name: 'Петрова  Анна' },
]

test('a person is found by id, by personnel number, by full name however it is typed', () => {
  for (const [text, id] of [
    ['3', 3],
    ['0042', 1],
    [' семин  ПЕТР ильич ', 2],
  ] as const)
    assert.equal(findEmployee(text, people).id, id, text)
})

test('a number that is an id is that, whoever has it as personnel number', () => {
  assert.equal(findEmployee('1', people).id, 1)
})

test('a name of several is refused and names them, and one of nobody is refused', () => {
  const refused = (text: string, code: string, ids?: string) =>
    assert.throws(
      () => findEmployee(text, people),
      (error) => error instanceof SmenaError && error.code === code && error.details['ids'] === ids,
    )
  refused('петрова анна', 'employee-ambiguous', '1, 3')
  refused('Петрова', 'employee-unknown')
  refused('', 'employee-unknown')
})
