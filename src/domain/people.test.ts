import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isWhollyOther, parseName } from './people.ts'

test('a name is wholly another when neither the family nor the given name is shared, however typed', () => {
  const isOther = (one: string, other: string) => isWhollyOther(parseName(one), parseName(other))
  assert.equal(isOther('Алфёрова Анна', 'Плохой'), true)
  assert.equal(isOther('Алфёрова Анна', 'Иванов Пётр'), true)
  // Neither has a given name: nothing is shared by that.
  assert.equal(isOther('Первый', 'Второй'), true)
  assert.equal(isOther('Алфёрова Анна', 'Петрова анна'), false)
  assert.equal(isOther('Алфёрова Анна', 'АЛФЕРОВА Анна-Мария'), false)
  assert.equal(isOther('Алфёрова Анна', 'Алферова Анна Петровна'), false)
})
