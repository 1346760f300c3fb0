import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { openWords } from '../words/words.ts'
import { showWaiting } from './waiting.ts'

function shown(terminal: { isTTY?: boolean; columns?: number }, language: 'ru' | 'en', ...seconds: (number | null)[]) {
  let text = ''
  const stream = new Writable({
    write: (chunk: Buffer, _, done) => {
      text += chunk.toString()
      done()
    },
  })
  const show = showWaiting(Object.assign(stream, terminal), openWords(language, 'UTC'), '/var/lib/smena')
  for (const it of seconds) show(it)
  return text
}

test('away from a terminal waiting is one line, however long it is', () => {
  const line = 'С /var/lib/smena работает другая команда, ждём её.\n'
  assert.equal(shown({}, 'ru', 2.1, 2.2, 3, 29, null), line)
  assert.equal(shown({}, 'en', null), '')
})

test('on a terminal waiting counts the seconds on one line, which fits and goes away', () => {
  const line = (waited: string) => `\rAnother command works with /var/lib/smena, waiting for it: ${waited}\u001b[K`
  assert.equal(shown({ isTTY: true, columns: 80 }, 'en', 2.1, 2.9, 3, null), `${line('0:02')}${line('0:03')}\r\u001b[K`)
  for (const frame of shown({ isTTY: true, columns: 30 }, 'en', 2, null).split('\r'))
    assert.ok(frame.replace('\u001b[K', '').length < 30, frame)
})
