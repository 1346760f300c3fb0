import assert from 'node:assert/strict'
import { test } from 'node:test'
import { storeMends } from '../../domain/store-mends.ts'
import type { Alarm } from '../../pipeline/alarm.ts'
import { openWords } from '../words/words.ts'
import { alarmText } from './alarm.ts'

test('an error that a collector tells as an alarm is in the reader’s language, unless an older one lacks what it takes', () => {
  const words = openWords('ru', 'Europe/Moscow')
  const alarm = (details: Alarm['details']) => ({
    code: 'store-broken' as Alarm['code'],
    source: null,
    message: 'as it was told',
    details,
  })
  assert.equal(
    alarmText(alarm({ cause: 'no (28P01)', mend: storeMends.account }), words),
    'Хранилище не работает: no (28P01). Повтора не было. Исправьте учётную запись и её пароль в SMENA_DATABASE_URL или впустите её на сервере (pg_hba.conf), затем повторите.',
  )
  assert.equal(alarmText(alarm({ cause: 'no (28P01)' }), words), 'as it was told')
})
