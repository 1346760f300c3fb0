import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inboundType, outboundType, readBoundCall } from './bound-call.ts'

const at = Date.parse('2018-03-05T10:00:00+07:00')
const read = (markId: number, comment: string | null, day = '2018-03-05') => {
  const { extension, otherNumber } = readBoundCall({ markId, at, seconds: 30, comment }, day)
  return [extension, otherNumber]
}

test('M5: the extension stands right of an incoming call and left of an outgoing one', () => {
  assert.deepEqual(read(inboundType, '89131234567 -> 4102'), ['4102', '89131234567'])
  assert.deepEqual(read(outboundType, '4102 -> 221133'), ['4102', '221133'])
})

test('M5: on the reversed days only incoming calls are the other way round', () => {
  assert.deepEqual(read(inboundType, '4102 -> 89131234567', '2018-02-01'), ['4102', '89131234567'])
  assert.deepEqual(read(inboundType, '4102 -> 89131234567', '2018-02-05'), ['4102', '89131234567'])
  assert.deepEqual(read(inboundType, '89131234567 -> 4102', '2018-02-06'), ['4102', '89131234567'])
  assert.deepEqual(read(outboundType, '4102 -> 221133', '2018-02-03'), ['4102', '221133'])
})

test('M5: only three to five digits are an extension', () => {
  for (const own of ['41', '410223', 'операт', '']) assert.equal(read(inboundType, `8913 -> ${own}`)[0], null, own)
  for (const own of ['410', '41022']) assert.equal(read(inboundType, `8913 -> ${own}`)[0], own)
})

test('M6: an address behind a number is cut off', () => {
  assert.deepEqual(read(inboundType, '79131234567@10.6.0.1 -> 4102@pbx'), ['4102', '79131234567'])
})

test('a comment that says nothing is no reason to lose the call', () => {
  assert.deepEqual(read(inboundType, null), [null, null])
  assert.deepEqual(read(outboundType, 'просто так'), [null, null])
})

test('M6: it began about its seconds before; until 16:07 on 16 February 2018 they are of ringing', () => {
  const when = (text: string) =>
    readBoundCall({ markId: 3, at: Date.parse(text), seconds: 61, comment: null }, '2018-02-16')
  assert.equal(when('2018-02-16T16:06:59.999+07:00').ringOnly, true)
  const later = when('2018-02-16T16:07:00+07:00')
  assert.equal(later.ringOnly, false)
  assert.equal(later.at, Date.parse('2018-02-16T16:05:59+07:00'))
})
