import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, customRowText, rowText, type Tail } from '../../../../test/support/asterisk-rows.ts'
import { contentAt, contentOf, cutColumns, isRow, mayRepeat } from './row.ts'

const wall = Date.UTC(2024, 2, 11, 9, 0, 0)
const tails: readonly Tail[] = [16, '17 uniqueid', '17 userfield', 18, 19, '20 uniqueid', '20 userfield', 21]

test('a byte order mark is dropped at the start of the stream and nowhere else', () => {
  const marked = bytesOf(`\uFEFF${rowText({})}`)
  assert.deepEqual(contentOf(marked, true), bytesOf(rowText({})))
  assert.equal(contentOf(marked, false), marked)
  const plain = bytesOf(rowText({}))
  assert.equal(contentOf(plain, true), plain)
})

test('the start of a row is its date, whatever columns it has', () => {
  for (const tail of tails) assert.equal(contentAt(bytesOf(rowText({}, tail))), wall)
  assert.equal(contentAt(bytesOf(customRowText({}))), wall)
  assert.equal(contentAt(bytesOf(customRowText({ answer: '09:00:05' }))), wall)
})

test('a row without a start that can be read is undated', () => {
  for (const start of [
    '',
    '2024-03-11',
    '2024-02-30 09:00:00',
    '1969-12-31 23:59:59',
    '2100-01-01 00:00:00',
    '2024-03-11T09:00:00',
    '2024-03-11 24:00:00',
  ])
    assert.equal(
      contentAt(bytesOf(rowText({ end: '09:01:00', duration: 60 }).replace('2024-03-11 09:00:00', start))),
      0,
    )
  assert.equal(contentAt(bytesOf('')), 0)
  assert.equal(contentAt(bytesOf(rowText({}).slice(0, 60))), 0)
})

test('the first and the last second that can be written are dates', () => {
  const at = (start: string) => contentAt(bytesOf(rowText({ start, duration: 0 })))
  assert.equal(at('1970-01-01 00:00:01'), 1000)
  assert.equal(at('2099-12-31 23:59:59'), Date.UTC(2099, 11, 31, 23, 59, 59))
})

test('a damaged row is dated when its start stands before the damage', () => {
  assert.equal(contentAt(bytesOf(`${rowText({})}x`)), wall)
  assert.equal(contentAt(bytesOf(rowText({}).replace('000001a1"', '000001a1'))), 0)
})

test('an argument that looks like a time does not make a row one of cdr_custom', () => {
  const row = bytesOf(rowText({ accountcode: '<sales>', lastdata: '2020-01-01 00:00:00' }))
  assert.equal(contentAt(row), wall)
})

test('only a row that carries its own number can not repeat', () => {
  for (const tail of [16, '17 uniqueid', '17 userfield', 18] as const)
    assert.equal(mayRepeat(bytesOf(rowText({ userfield: '7', uniqueid: '1.2' }, tail))), true, `${tail}`)
  for (const tail of [19, '20 uniqueid', '20 userfield', 21] as const) {
    assert.equal(mayRepeat(bytesOf(rowText({ sequence: 7 }, tail))), false, `${tail}`)
    assert.equal(mayRepeat(bytesOf(rowText({ sequence: '"7"' }, tail))), false, `${tail}`)
    for (const sequence of ['', 'x', '-1', '1.5', '99999999999999999999'])
      assert.equal(mayRepeat(bytesOf(rowText({ sequence }, tail))), true, `${tail} ${sequence}`)
  }
  assert.equal(mayRepeat(bytesOf(rowText({ accountcode: 'sales', sequence: 7 }, 21))), false)
})

test('a row of cdr_custom carries its own number in column 19', () => {
  assert.equal(mayRepeat(bytesOf(customRowText({ sequence: 7 }))), false)
  assert.equal(mayRepeat(bytesOf(customRowText({ sequence: '' }))), true)
  assert.equal(mayRepeat(bytesOf(customRowText({ sequence: 7 }).replace(/,7$/u, ''))), true)
  assert.equal(mayRepeat(bytesOf(`${customRowText({ sequence: 7 })},"own"`)), false)
})

test('bytes that are no row may repeat', () => {
  for (const text of ['', '7', '"7"', ',,,7', `${rowText({})},1,2,3,4`, `"${rowText({}, 21)}`])
    assert.equal(mayRepeat(bytesOf(text)), true)
})

test('a column is quoted as a whole or bare; anything else is damage', () => {
  const cut = (text: string) => {
    const { count, damage } = cutColumns(bytesOf(text))
    return [count, damage]
  }
  assert.deepEqual(cut('a,"b,""c""",,"",'), [5, null])
  assert.deepEqual(cut(''), [1, null])
  assert.deepEqual(cut('a,"b'), [1, 'unclosed'])
  assert.deepEqual(cut('a,"b""'), [1, 'unclosed'])
  assert.deepEqual(cut('a,"b" ,c'), [1, 'text-after-quote'])
  assert.deepEqual(cut('a,b"c"'), [1, 'quote-inside'])
  assert.deepEqual(cut(`${','.repeat(40)}"`), [40, 'unclosed'])
  assert.deepEqual(cut(','.repeat(40)), [41, null])
})

test('a whole row by itself has 16 to 21 columns and its times where one of the orders has them', () => {
  for (const tail of tails) assert.ok(isRow(bytesOf(rowText({}, tail))))
  assert.ok(isRow(bytesOf(customRowText({}))))
  assert.ok(!isRow(bytesOf(rowText({}, 16).replace('"","', '"'))))
  assert.ok(!isRow(bytesOf(`${rowText({}, 21)},`)))
  assert.ok(!isRow(bytesOf(rowText({ duration: 60 }).replace('09:01:00', '9:01:00'))))
  assert.ok(!isRow(bytesOf('second line')))
})
