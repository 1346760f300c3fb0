import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { packedCharactersAtMost } from '../../pipeline/reports/frozen.ts'
import { type OwnerRequest, readLine, requestLine } from './protocol.ts'

test('a request with the largest frozen report goes over the socket, and a longer one is refused on both sides', async () => {
  const requestOf = (characters: number): OwnerRequest => ({ do: 'rename', old: 'x'.repeat(characters), new: 'y' })
  const fits = requestLine(requestOf(packedCharactersAtMost))
  assert.equal(await readLine(Readable.from([fits])), fits.toString().trimEnd())
  const tooMuch = packedCharactersAtMost + (9 << 20)
  assert.throws(() => requestLine(requestOf(tooMuch)), { code: 'request-too-long' })
  await assert.rejects(readLine(Readable.from([Buffer.alloc(tooMuch, 120)])), { code: 'request-too-long' })
})
