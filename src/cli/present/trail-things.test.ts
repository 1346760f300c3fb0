import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openWords } from '../words/words.ts'
import { changeTexts, deedText } from './trail.ts'

const words = openWords('ru', 'Asia/Krasnoyarsk')

const told = (what: string, after: object) => {
  const row = { at: 0, who: 'legacy import', what, employeeId: null, before: null, after: JSON.stringify(after) }
  return [deedText(what, words), ...changeTexts(row, { units: [], markTypes: [] }, words)].join('; ')
}

test('what an import of the older system did that is of nobody is told in words', () => {
  const key = Buffer.from('0123456789ab', 'hex').toString('base64url')
  assert.equal(told('legacy-report', { id: 1, name: 'Ноябрь' }), 'отчёт взят из старой системы; Имя: – → Ноябрь')
  assert.equal(told('legacy-events', { rows: 7, first: 1, last: 9 }), 'события взяты из старой системы; Строк: – → 7')
  assert.equal(
    told('legacy-decide', { key, kind: 'x', table: 'y', ids: [], people: [], how: 'верно' }),
    'вопрос импорта решён; Id: – → 01234567; Как: – → верно',
  )
  assert.equal(told('legacy-issues-gone', { keys: [key] }), 'вопросы импорта отпали сами; Id: – → 01234567')
})

test('a deed of a newer program stands by its own name', () => {
  assert.equal(told('tariff-set', { name: 'x' }), 'tariff-set')
})
