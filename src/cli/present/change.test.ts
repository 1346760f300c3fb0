import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChangeJson } from '../../pipeline/people-correction-sight.ts'
import { openWords } from '../words/words.ts'
import { changeText } from './change.ts'

test('what somebody said of a mark stands in the quotes of the reader’s language', () => {
  const mark = { type: 'Почта', at: '2026-11-24T10:00:00Z', count: 1, seconds: null, comment: 'ответ', excluded: false }
  const change: ChangeJson = { what: 'mark', id: '1', before: null, after: mark }
  const told = (language: 'en' | 'ru') => changeText(change, openWords(language, 'UTC'))
  assert.match(told('en'), /× 1, "ответ"$/u)
  assert.match(told('ru'), /× 1, «ответ»$/u)
})
