import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Writer } from '@platformatic/kafka'
import fc from 'fast-check'
import { putVarint, takeVarint, takeZigzag, varintBytes, zigzag } from './varint.ts'

const whole = fc.oneof(fc.maxSafeNat(), fc.nat(300))
const signed = fc.oneof(fc.integer(), fc.constantFrom(-(2 ** 31), 2 ** 31 - 1))

function written(value: number): Buffer {
  const bytes = Buffer.alloc(16)
  return bytes.subarray(0, putVarint(bytes, 0, value))
}

test('a number is read as it was written, and has as many bytes as were said', () => {
  fc.assert(
    fc.property(whole, (value) => {
      const bytes = written(value)
      const cursor = { bytes, at: 0 }
      assert.equal(varintBytes(value), bytes.length)
      assert.deepEqual([takeVarint(cursor), cursor.at], [value, bytes.length])
      assert.equal(takeVarint({ bytes: bytes.subarray(0, -1), at: 0 }), null)
    }),
  )
})

test('signed numbers are written as Kafka writes them', () => {
  fc.assert(
    fc.property(signed, (value) => {
      const bytes = written(zigzag(value))
      assert.deepEqual(bytes, Writer.create().appendVarInt(value).buffer)
      assert.equal(takeZigzag({ bytes, at: 0 }), value)
    }),
  )
})

test('what is 2^53 or more, or never ends, is no number', () => {
  assert.equal(takeVarint({ bytes: written(Number.MAX_SAFE_INTEGER), at: 0 }), Number.MAX_SAFE_INTEGER)
  assert.equal(takeVarint({ bytes: written(2 ** 53), at: 0 }), null)
  assert.equal(takeVarint({ bytes: Buffer.alloc(100, 0xff), at: 0 }), null)
})
