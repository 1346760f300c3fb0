import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { SeenIds } from './seen-ids.ts'

test('each id is new once, of numbers and of others, however many there are', () => {
  const ids = Array.from({ length: 20_000 }, (_, n) => (n % 2 === 0 ? n * 7 : randomUUID()))
  const seen = new SeenIds()
  for (const id of ids) assert.equal(seen.add(id), true)
  for (const id of ids) assert.equal(seen.add(String(id)), false)
  assert.deepEqual([seen.add(3), seen.add('03'), seen.add('3')], [true, true, false])
})
