import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Fragment, recordLimitBytes } from '../../record.ts'
import { openFramer } from './frame.ts'

interface Taken {
  readonly bytes: Uint8Array
  readonly fragment: Fragment | null
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()
const sample = readFileSync(new URL('../../../../test/samples/avaya-smdr.sample.csv', import.meta.url))

function frame(chunks: readonly Uint8Array[], how: 'cut' | 'whole' = 'cut'): Taken[] {
  const taken: Taken[] = []
  const framer = openFramer()
  const take = (bytes: Uint8Array, fragment: Fragment | null) => {
    taken.push({ bytes: Uint8Array.from(bytes), fragment })
  }
  for (const chunk of chunks) {
    // The framer may keep nothing of a chunk: it is overwritten as soon as it has been pushed.
    const lent = Uint8Array.from(chunk)
    framer.push(lent, take)
    lent.fill(0x3f)
    assert.ok(framer.heldBytes <= recordLimitBytes + 2)
  }
  framer.end(how, take)
  assert.equal(framer.heldBytes, 0)
  return taken
}

const texts = (taken: readonly Taken[]) => taken.map(({ bytes }) => decoder.decode(bytes))
const fragments = (taken: readonly Taken[]) => taken.map(({ fragment }) => fragment)
const lengths = (taken: readonly Taken[]) => taken.map(({ bytes }) => bytes.length)
const bytesOf = (...parts: (string | Uint8Array)[]) =>
  Uint8Array.from(parts.flatMap((part) => [...(typeof part === 'string' ? encoder.encode(part) : part)]))
const filled = (length: number) => new Uint8Array(length).fill(0x78)

test('the sample is 92 records wherever it is split in two', () => {
  const whole = texts(frame([sample]))
  assert.equal(whole.length, 92)
  assert.ok(whole.every((text) => text.startsWith('2024/03/0') && !text.endsWith('\r')))
  for (let at = 0; at <= sample.length; at++) {
    const taken = frame([sample.subarray(0, at), sample.subarray(at)])
    if (taken.length !== 92 || taken.some(({ bytes }, place) => decoder.decode(bytes) !== whole[place])) {
      assert.fail(`split at ${at}`)
    }
  }
})

test('the sample is the same byte by byte', () => {
  const single = Array.from(sample, (byte) => Uint8Array.of(byte))
  assert.deepEqual(texts(frame(single)), texts(frame([sample])))
})

test('LF and CR LF end a record, and a lone CR does not', () => {
  assert.deepEqual(texts(frame([bytesOf('a\nb\r\nc\rd\r\r\n')])), ['a', 'b', 'c\rd\r'])
})

test('lines of nothing but CRs and NULs are no records', () => {
  assert.deepEqual(texts(frame([bytesOf('\n\r\n\r\r\n\0\n\0\0\r\na\n\n')])), ['a'])
  assert.deepEqual(frame([bytesOf('a\n\0\r')], 'cut').length, 1)
  assert.deepEqual(frame([bytesOf('a\n\0\r')], 'whole').length, 1)
})

test('NULs before a record stay part of it', () => {
  assert.deepEqual(texts(frame([bytesOf('\0\0'), bytesOf('a\r\n')])), ['\0\0a'])
})

test('the rest of a connection is a partial record, the rest of a file is a record', () => {
  for (const rest of ['a,b', 'a,b\r']) {
    const cut = frame([bytesOf('x\n', rest)], 'cut')
    assert.deepEqual(
      [texts(cut), fragments(cut)],
      [
        ['x', rest],
        [null, 'partial'],
      ],
    )
    const whole = frame([bytesOf('x\n', rest)], 'whole')
    assert.deepEqual(
      [texts(whole), fragments(whole)],
      [
        ['x', 'a,b'],
        [null, null],
      ],
    )
  }
})

test('a last line cut after each of its bytes is one fragment, and comes whole when it is sent again', () => {
  const line = bytesOf('2024/03/04 09:00:05,00:02:35,7,74955557001,I,201\r\n')
  for (let at = 1; at < line.length; at++) {
    assert.deepEqual(fragments(frame([bytesOf('x\n'), line.subarray(0, at)])), [null, 'partial'])
    assert.deepEqual(fragments(frame([line])), [null])
  }
  assert.deepEqual(fragments(frame([line])), [null])
})

test('a record of exactly the limit is whole, with either line end and however it is split', () => {
  for (const end of ['\n', '\r\n']) {
    const line = bytesOf(filled(recordLimitBytes), end, 'next\n')
    const splits = [0, 1, recordLimitBytes - 1, recordLimitBytes, recordLimitBytes + 1, recordLimitBytes + 2]
    for (const at of splits) {
      const taken = frame([line.subarray(0, at), line.subarray(at)])
      assert.deepEqual(lengths(taken), [recordLimitBytes, 4], `${JSON.stringify(end)} split at ${at}`)
      assert.deepEqual(fragments(taken), [null, null])
    }
  }
  assert.deepEqual(fragments(frame([filled(recordLimitBytes)], 'whole')), [null])
  assert.deepEqual(fragments(frame([bytesOf(filled(recordLimitBytes), '\r')], 'whole')), [null])
  const cut = frame([bytesOf(filled(recordLimitBytes), '\r')], 'cut')
  assert.deepEqual([lengths(cut), fragments(cut)], [[recordLimitBytes], ['partial']])
})

test('a longer record is cut into pieces up to the one that the next LF ends, and framing is normal again', () => {
  const lineEnds = ['\n', '\r\n']
  for (const end of lineEnds) {
    const taken = frame([bytesOf(filled(recordLimitBytes + 1), end, 'next', end)])
    assert.deepEqual(lengths(taken), [recordLimitBytes, 1, 4])
    assert.deepEqual(fragments(taken), ['too-long', 'too-long', null])
  }
  const twice = frame([bytesOf(filled(2 * recordLimitBytes), '\r\n', 'next\n')])
  assert.deepEqual(lengths(twice), [recordLimitBytes, recordLimitBytes, 4])
  const strayCr = frame([bytesOf(filled(recordLimitBytes), '\r\r\nnext\n')])
  assert.deepEqual(lengths(strayCr), [recordLimitBytes, 1, 4])
  assert.deepEqual(fragments(strayCr), ['too-long', 'too-long', null])
})

test('the rest of a cut line that was too long is too long as well', () => {
  const taken = frame([filled(recordLimitBytes + 100)], 'cut')
  assert.deepEqual(
    [lengths(taken), fragments(taken)],
    [
      [recordLimitBytes, 100],
      ['too-long', 'too-long'],
    ],
  )
})

test('a line of a megabyte loses no byte, in chunks of any size', () => {
  const line = Uint8Array.from({ length: 1_000_000 }, (_, place) => 0x30 + (place % 77))
  const stream = bytesOf('a\r\n', line, '\r\nb\n')
  for (const size of [stream.length, 65_537, 65_536, 4_096, 999]) {
    const chunks: Uint8Array[] = []
    for (let at = 0; at < stream.length; at += size) chunks.push(stream.subarray(at, at + size))
    const taken = frame(chunks)
    const pieces = taken.slice(1, -1)
    assert.ok(pieces.every(({ fragment }) => fragment === 'too-long'))
    assert.deepEqual(lengths(pieces), [
      ...Array.from({ length: 15 }, () => recordLimitBytes),
      1_000_000 % recordLimitBytes,
    ])
    assert.deepEqual(Buffer.concat(pieces.map(({ bytes }) => bytes)).equals(line), true)
    assert.deepEqual([texts(taken)[0], texts(taken).at(-1)], ['a', 'b'])
  }
})

test('held bytes are exactly those of the line that has not ended', () => {
  const framer = openFramer()
  const take = () => {}
  assert.equal(framer.heldBytes, 0)
  framer.push(bytesOf('abc'), take)
  assert.equal(framer.heldBytes, 3)
  framer.push(bytesOf('d\nxy'), take)
  assert.equal(framer.heldBytes, 2)
  framer.push(bytesOf('\n'), take)
  assert.equal(framer.heldBytes, 0)
  framer.push(filled(recordLimitBytes + 10), take)
  assert.equal(framer.heldBytes, 10)
})

test('a record that lies whole in a chunk is a view into it', () => {
  const chunk = bytesOf('abc\r\ndef\n')
  const framer = openFramer()
  framer.push(chunk, (record) => assert.equal(record.buffer, chunk.buffer))
})

test('what comes out depends on the bytes alone, never on the chunks', () => {
  const piece = fc.oneof(
    fc.constantFrom('\n', '\r', '\0', '\r\n', 'a', 'Я,'),
    fc.constantFrom(recordLimitBytes - 1, recordLimitBytes, recordLimitBytes + 1).map((length) => filled(length)),
  )
  const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 })
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), cuts, fc.constantFrom('cut', 'whole'), (pieces, where, how) => {
      const stream = Buffer.concat(pieces.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)))
      const offsets = where.map((share) => Math.floor(share * stream.length)).sort((a, b) => a - b)
      const chunks = [0, ...offsets].map((from, place) => stream.subarray(from, offsets[place] ?? stream.length))
      const atOnce = frame([stream], how)
      const inChunks = frame(chunks, how)
      assert.deepEqual(fragments(inChunks), fragments(atOnce))
      assert.ok(inChunks.every(({ bytes }, place) => Buffer.compare(bytes, atOnce[place]!.bytes) === 0))
    }),
    { numRuns: 150 },
  )
})
