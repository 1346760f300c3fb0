import assert from 'node:assert/strict'
import { test } from 'node:test'
import { frozenBytesAtMost, packReport, unpackReport } from './frozen.ts'

const rowsOf = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ call: String(2 ** 40 + i * 7919), name: 'Петрова Анна', wait: i % 97 }))

test('a report is kept whole in a small part of its size, with its total, and comes back as it was', () => {
  const report = { rows: rowsOf(200_000), total: { calls: 200_000, rate: { value: null } } }
  const size = Buffer.byteLength(JSON.stringify(report))
  const packed = packReport(report)
  assert.ok(packed !== null && size > 12_000_000 && packed.length < size / 5, `${packed?.length} of ${size}`)
  assert.deepEqual(unpackReport(packed), report)
  assert.equal(frozenBytesAtMost, 134_217_728)
})

test('what is too large is not kept in part: to the byte', () => {
  const report = { rows: rowsOf(3), total: null }
  const size = Buffer.byteLength(JSON.stringify(report))
  assert.equal(packReport(report, size - 1), null)
  assert.deepEqual(unpackReport(packReport(report, size) ?? ''), report)
  assert.deepEqual(unpackReport(packReport({ rows: [], total: null }) ?? ''), { rows: [], total: null })
})

test('reports that were kept before they were packed are read as they stand, those of the older system too', () => {
  assert.deepEqual(unpackReport('{"rows":[{"a":1}],"total":{"a":2}}'), { rows: [{ a: 1 }], total: { a: 2 } })
  assert.deepEqual(unpackReport('[{"a":1}]'), { rows: [{ a: 1 }], total: null })
})
