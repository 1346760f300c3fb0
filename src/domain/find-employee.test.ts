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

test('a number that is the id of one and the personnel number of another means neither; their own is theirs', () => {
  assert.throws(
    () => findEmployee('1', people),
    (error) =>
      error instanceof SmenaError &&
      error.code === 'employee-unclear' &&
      error.details['byId'] === 'Петрова Анна' &&
      error.details['byNumber'] === 'Сёмин Пётр Ильич',
  )
  assert.equal(findEmployee('2', people).id, 2)
  assert.equal(findEmployee('1', [{ id: 1, personnelNumber: '1', name: 'Петрова Анна' }]).id, 1)
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

test('Артём and Артем are two names where there are both, and one where there is one', () => {
  const both = ['Юн Артём', 'Юн Артем', 'Петрова Анна'].map((name, id) => ({ id, personnelNumber: null, name }))
  for (const [text, some, id] of [
    ['Юн Артём', both, 0],
    ['юн артем', both, 1],
    // Its letter composed of two.
    ['Юн Арте\u0308м', both, 0],
    ['Юн Артем', both.slice(0, 1), 0],
    ['Юн Артём', both.slice(1), 1],
  ] as const)
    assert.equal(findEmployee(text, some).id, id, text)
  const three = [...both, { id: 9, personnelNumber: null, name: 'ЮН АРТЕМ' }]
  assert.throws(
    () => findEmployee('Юн Артем', three),
    (error) => error instanceof SmenaError && error.details['ids'] === '1, 9',
  )
})
