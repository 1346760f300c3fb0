import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCsv } from './read-csv.ts'

const columns = { name: ['name', 'ФИО'], extension: ['extension', 'номер'] }
const read = (text: string) => readCsv(new TextEncoder().encode(text), columns)

test('columns are known by their names, in any order and either language, whatever separates them', () => {
  const line = [{ line: 2, cells: { name: 'Петрова Анна', extension: '201' } }]
  assert.deepEqual(read('name,extension\nПетрова Анна,201\n'), line)
  assert.deepEqual(read('\uFEFFНомер;x; фио \r\n201;;Петрова Анна\r\n'), line)
  assert.equal(read('x,y\n1,2\n'), null)
  assert.equal(read(''), null)
})

test('quotes may hold separators, quotes and line breaks; lines are counted as an editor does', () => {
  assert.deepEqual(read('name,extension\n"a, ""b""\nc",1\n\n,\nd,2'), [
    { line: 2, cells: { name: 'a, "b"\nc', extension: '1' } },
    { line: 6, cells: { name: 'd', extension: '2' } },
  ])
})

test('a file that is not UTF-8 is read as a spreadsheet in Russian writes it', () => {
  // "ФИО\nИя" in windows-1251.
  const bytes = Uint8Array.from([0xd4, 0xc8, 0xce, 0x0a, 0xc8, 0xff])
  assert.deepEqual(readCsv(bytes, columns), [{ line: 2, cells: { name: 'Ия', extension: '' } }])
})
