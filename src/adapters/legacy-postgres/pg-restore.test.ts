import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sizeIn } from './pg-restore.ts'

test('a file of a tar of 8 GiB and more has its size in base 256, a smaller one in octal digits', () => {
  const header = new Uint8Array(512)
  header.set(Buffer.from('00000001000\0'), 124)
  assert.equal(sizeIn(header), 512)
  const size = 9 * 2 ** 30 + 5
  const field = Buffer.alloc(12)
  field.writeBigUInt64BE(BigInt(size), 4)
  field[0] = 0x80
  header.set(field, 124)
  assert.equal(sizeIn(header), size)
})
