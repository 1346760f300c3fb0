import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openWords } from '../words/words.ts'
import { changeTexts, deedText } from './trail.ts'

test('the tick of a call that the old system bound is told with its id, as it was and as it is', () => {
  const tick = (excluded: boolean) => JSON.stringify({ boundCall: 12, excluded })
  const line = { at: 0, who: 'x', what: 'legacy-exclude', employeeId: 1, before: tick(false), after: tick(true) }
  const told = (language: 'en' | 'ru') => {
    const words = openWords(language, 'UTC')
    return [deedText(line.what, words), ...changeTexts(line, { units: [], markTypes: [] }, words)]
  }
  assert.deepEqual(told('en'), [
    'counting of a call of the old system changed',
    'call 12 of the old system: in reports → not in reports',
  ])
  assert.deepEqual(told('ru'), [
    'учёт звонка старой системы изменён',
    'звонок 12 старой системы: в отчётах → не в отчётах',
  ])
})
