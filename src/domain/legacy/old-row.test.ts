import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Columns, parseOldInstant } from './old-row.ts'

test('an instant is read with whatever offset it is written, finer parts than milliseconds cut off', () => {
  const instant = Date.UTC(2018, 1, 16, 9, 7, 0, 123)
  for (const text of [
    '2018-02-16 09:07:00.123999+00',
    '2018-02-16 16:07:00.123+07',
    '2018-02-16T09:07:00.1239Z',
    '2018-02-16 14:37:00.123+05:30',
    '2018-02-16 09:07:00.123',
    '2018-02-16 16:07:00.123+0700',
    '2018-02-16 05:07:00.123-04',
  ])
    assert.equal(parseOldInstant(text), instant, text)
})

test('what is no instant is none', () => {
  for (const text of ['', 'infinity', '2018-02-30 00:00:00+00', '2018-02-16', '-', '1900-01-01 00:00:00+00'])
    assert.equal(parseOldInstant(text), null, text)
})

test('truth values are read as COPY and as INSERT write them; an absent column is what it is taken for', () => {
  const it = new Columns({ a: 't', b: 'true', c: 'f', d: 'False', e: null })
  assert.deepEqual(
    ['a', 'b', 'c', 'd', 'x'].map((name) => it.flag(name, true)),
    [true, true, false, false, true],
  )
  assert.equal(it.problem, null)
})

test('the first column that cannot be read is named', () => {
  const it = new Columns({ id: 'seven', user_id: '9999999999999999999', at: 'never', text: 'a\u0000b' })
  it.whole('id')
  it.whole('user_id')
  it.instant('at')
  assert.deepEqual(it.problem, { unreadable: 'id' })
  assert.equal(it.text('text'), 'a\uFFFDb')
})
