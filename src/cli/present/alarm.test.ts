import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Alarm } from '../../pipeline/alarm.ts'
import { openWords } from '../words/words.ts'
import { alarmText } from './alarm.ts'

const ru = openWords('ru', 'UTC')

test('that the numbers of a collector are not published is told in the reader’s language to its end', () => {
  const alarm: Alarm = { code: 'numbers-unpublished', source: null, message: '', details: {} }
  const told = (details: Alarm['details']) => alarmText({ ...alarm, details }, ru)
  assert.equal(
    told({ error: 'kafka-refused', cause: 'MESSAGE_TOO_LARGE' }),
    'сборщик этой машины не может сообщить свои числа, и другим машинам не видно, что здесь ждёт: Kafka отказывает: MESSAGE_TOO_LARGE. Повторы этого не исправят: проверьте брокеров, права и пароль учётной записи и топик. Тем временем ничего не теряется. Проверьте топик smena-collectors',
  )
  // An older collector gave the message alone.
  assert.match(told({ cause: 'Kafka refuses: x.' }), /ждёт: Kafka refuses: x\. Проверьте/u)
})
