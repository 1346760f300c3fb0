import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  bytesOf,
  frame,
  type Framed,
  parseText,
  rowText,
  sampleBytes,
  textOf,
} from '../../../../test/support/asterisk-rows.ts'
import { recordLimitBytes } from '../../record.ts'
import { openFramer } from './frame.ts'
import { isRow } from './row.ts'

const plain = rowText({ src: '1001' })
const other = rowText({ src: '1002' })
const third = rowText({ src: '1003' })
const twoLines = rowText({ src: '1004', userfield: 'first line\nsecond line' })
/** A row that lost the quote which closes its channel. */
const open = plain.replace('000001a1"', '000001a1')

const whole = (...texts: string[]): Framed[] => texts.map((text) => ({ text, fragment: null }))
const inOne = (text: string, how: 'cut' | 'whole' = 'whole') => frame([bytesOf(text)], how)

test('the sample file is 74 records on 75 physical lines', () => {
  const records = frame([sampleBytes('asterisk-master.sample.csv')])
  assert.equal(records.length, 74)
  assert.equal(records.filter((it) => it.text.includes('\n')).length, 1)
  assert.ok(records.every((it) => it.fragment === null && parseText(it.text).kind === 'segment'))
})

test('a stream cut in two at any byte gives the same records', () => {
  const stream = bytesOf([plain, twoLines, open, other, '', 'rubbish', third].join('\r\n'))
  const expected = frame([stream])
  for (let at = 0; at <= stream.length; at++)
    assert.deepEqual(frame([stream.subarray(0, at), stream.subarray(at)]), expected)
  assert.deepEqual(frame([...stream].map((byte) => Uint8Array.of(byte))), expected)
})

test('the sample file cut in two at any byte gives the same records', () => {
  const sample = sampleBytes('asterisk-master.sample.csv')
  const expected = JSON.stringify(frame([sample]))
  for (let at = 0; at <= sample.length; at += 7)
    assert.equal(JSON.stringify(frame([sample.subarray(0, at), sample.subarray(at)])), expected)
})

test('a CR before the LF belongs to the line end, and an empty line is no record', () => {
  assert.deepEqual(inOne(`${plain}\r\n\r\n\n${other}\n`), whole(plain, other))
})

test('a line break inside quotes belongs to the record', () => {
  assert.deepEqual(inOne(`${twoLines}\n${plain}\n`), whole(twoLines, plain))
})

test('a lost quote costs its own row and no other', () => {
  const framed = inOne(`${plain}\n${open}\n${other}\n${third}\n`)
  assert.deepEqual(framed, whole(plain, open, other, third))
  const parsed = parseText(open)
  assert.ok(parsed.kind === 'bad' && parsed.reason === 'broken-quote')
})

test('a lost quote at the end of a row and CR LF line ends', () => {
  const unclosed = plain.slice(0, -1)
  assert.deepEqual(inOne(`${unclosed}\r\n${other}\r\n`), whole(unclosed, other))
})

test('two rows broken in a row cost only themselves', () => {
  const alsoOpen = other.replace('"ANSWERED', 'ANSWERED').replace('"NO ANSWER', 'NO ANSWER')
  const framed = inOne(`${plain}\n${open}\n${alsoOpen}\n${third}\n`)
  assert.deepEqual(framed, whole(plain, `${open}\n${alsoOpen}`, third))
})

test('a broken row before a genuine continuation line: reading goes on at the next whole row', () => {
  const framed = inOne(`${open}\n${twoLines}\n${other}\n${third}\n`)
  const [first, second] = twoLines.split('\n')
  assert.deepEqual(framed, whole(`${open}\n${first}`, second as string, other, third))
})

test('lines inside an open quote that are no rows stay in the broken record', () => {
  assert.deepEqual(inOne(`${open}\nsecond line\n\n${other}\n`), whole(`${open}\nsecond line\n`, other))
})

test('a row in the order of cdr_custom ends a broken record too', () => {
  const custom = `"""A"" <1>","1","2","c","SIP/1-1","SIP/2-2","Dial","x","2024-03-11 09:00:00","","2024-03-11 09:00:05","5","0","NO ANSWER","DOCUMENTATION","","1.1","",7`
  assert.deepEqual(inOne(`${open}\n${custom}\n`), whole(open, custom))
})

test('a record open inside quotes at the end of a file is a record', () => {
  assert.deepEqual(inOne(`${plain}\n${open}`), whole(plain, open))
  assert.deepEqual(inOne(`${plain}\n${open}\nmore`), whole(plain, `${open}\nmore`))
  assert.deepEqual(inOne(`${open}\n${other}`), whole(open, other))
  assert.deepEqual(inOne(`${open}\n${other}\r`), whole(open, other))
})

test('the end of a file counts as a line end', () => {
  assert.deepEqual(inOne(plain), whole(plain))
  assert.deepEqual(inOne(`${plain}\r`), whole(plain))
})

test('a stream cut after each of its bytes leaves one partial fragment of the last record', () => {
  const last = bytesOf(`${other}\r`)
  for (let length = 1; length <= last.length; length++) {
    const framed = frame([bytesOf(`${plain}\n`), last.subarray(0, length)], 'cut')
    assert.deepEqual(framed, [...whole(plain), { text: textOf(last.subarray(0, length)), fragment: 'partial' }])
  }
  assert.deepEqual(inOne(`${plain}\n`, 'cut'), whole(plain))
  assert.deepEqual(inOne(`${plain}\n\r`, 'cut'), whole(plain))
  assert.deepEqual(inOne('', 'cut'), [])
})

test('a cut inside a record of several lines is one partial fragment', () => {
  assert.deepEqual(inOne(`${open}\nmore`, 'cut'), [{ text: `${open}\nmore`, fragment: 'partial' }])
})

const sized = (length: number) => 'x'.repeat(length)
const pieces = (...lengths: number[]) => lengths.map((length) => ({ length, fragment: 'too-long' }))
const lengthsOf = (framed: readonly Framed[]) => framed.map(({ text, fragment }) => ({ length: text.length, fragment }))

for (const lineEnd of ['\n', '\r\n'])
  test(`65,536 bytes are a record, one more is two pieces, before ${JSON.stringify(lineEnd)}`, () => {
    const rest = `${lineEnd}${plain}\n`
    const after = { length: plain.length, fragment: null }
    assert.deepEqual(lengthsOf(inOne(sized(recordLimitBytes) + rest)), [
      { length: recordLimitBytes, fragment: null },
      after,
    ])
    assert.deepEqual(lengthsOf(inOne(sized(recordLimitBytes + 1) + rest)), [...pieces(recordLimitBytes, 1), after])
    assert.deepEqual(lengthsOf(inOne(sized(2 * recordLimitBytes) + rest)), [
      ...pieces(recordLimitBytes, recordLimitBytes),
      after,
    ])
  })

test('a CR beyond 65,536 bytes that no LF follows is part of the record', () => {
  assert.deepEqual(lengthsOf(inOne(`${sized(recordLimitBytes)}\rx\n`)), pieces(recordLimitBytes, 2))
})

test('a record that is too long inside quotes ends at the next LF, and quotes are counted anew', () => {
  const framed = inOne(`"${sized(recordLimitBytes)}\n${plain}\n${other}\n`)
  assert.deepEqual(lengthsOf(framed), [
    ...pieces(recordLimitBytes, 1),
    { length: plain.length, fragment: null },
    { length: other.length, fragment: null },
  ])
})

test('a line break inside quotes at the limit ends the record', () => {
  for (const lineEnd of ['\n', '\r\n'])
    assert.deepEqual(lengthsOf(inOne(`"${sized(recordLimitBytes - 1)}${lineEnd}${plain}\n`)), [
      ...pieces(recordLimitBytes),
      { length: plain.length, fragment: null },
    ])
})

test('many short lines inside quotes are cut at the limit as well', () => {
  const framed = inOne(`"${'ab\n'.repeat(30_000)}`)
  assert.deepEqual(lengthsOf(framed.slice(0, 2)), pieces(recordLimitBytes, 2))
  assert.ok(framed.slice(2).every((it) => it.text === 'ab' && it.fragment === null))
  assert.equal(framed.length, 2 + 30_000 - 21_846)
})

test('the end of a connection inside a record that is too long leaves its pieces', () => {
  assert.deepEqual(lengthsOf(inOne(sized(recordLimitBytes + 5), 'cut')), pieces(recordLimitBytes, 5))
  assert.deepEqual(lengthsOf(inOne(sized(recordLimitBytes), 'cut')), [
    { length: recordLimitBytes, fragment: 'partial' },
  ])
  assert.deepEqual(lengthsOf(inOne(`${sized(recordLimitBytes)}\r`, 'cut')), [
    { length: recordLimitBytes, fragment: 'partial' },
  ])
})

test('too long records come out the same however they are chunked', () => {
  const stream = bytesOf(`${plain}\n"${sized(recordLimitBytes - 3)}\r\n${sized(70_000)}\r\n${other}\n`)
  const expected = lengthsOf(frame([stream]))
  for (const size of [1, 2, 3, 1000, 65_535, 65_536, 65_537]) {
    const chunks: Uint8Array[] = []
    for (let at = 0; at < stream.length; at += size) chunks.push(stream.subarray(at, at + size))
    assert.deepEqual(lengthsOf(frame(chunks)), expected)
  }
})

test('heldBytes is what has come of the open record', () => {
  const framer = openFramer()
  const none = () => undefined
  framer.push(bytesOf(`${plain}\nabc`), none)
  assert.equal(framer.heldBytes, 3)
  framer.push(bytesOf('"de\nf'), none)
  assert.equal(framer.heldBytes, 8)
  framer.push(new Uint8Array(3 * recordLimitBytes).fill(65), none)
  assert.ok(framer.heldBytes <= recordLimitBytes + 1)
  framer.push(bytesOf('\n'), none)
  assert.equal(framer.heldBytes, 0)
})

test('the rest of a chunk is copied: the chunk may be used again', () => {
  const framer = openFramer()
  const framed: string[] = []
  const chunk = bytesOf(plain)
  framer.push(chunk, () => undefined)
  chunk.fill(0)
  framer.push(bytesOf('\n'), (bytes) => framed.push(textOf(bytes)))
  assert.deepEqual(framed, [plain])
})

/** The rule as it is written, over the whole stream at once and without the limit. */
function byTheBook(stream: string): string[] {
  const records: string[] = []
  let record: string[] = []
  let quotes = 0
  const withoutCr = (line: string) => (line.endsWith('\r') ? line.slice(0, -1) : line)
  const lines = stream.split('\n')
  for (const [i, line] of lines.entries()) {
    const isOpen = quotes % 2 === 1
    quotes += line.split('"').length - 1
    if (isOpen && isRow(bytesOf(withoutCr(line)))) {
      records.push(withoutCr(record.join('\n')), withoutCr(line))
      record = []
      quotes = 0
      continue
    }
    record.push(line)
    if (quotes % 2 === 0 || i === lines.length - 1) {
      records.push(withoutCr(record.join('\n')))
      record = []
      quotes = 0
    }
  }
  return records.filter((it) => it !== '')
}

test('framing is the rule as written, whatever comes and however it is chunked', () => {
  const piece = fc.constantFrom(plain, other, open, twoLines, '"', '""', ',', 'x', '\r', '\n', '\r\n', '\n', '\n')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), fc.array(fc.integer({ min: 1, max: 400 })), (parts, sizes) => {
      const stream = bytesOf(parts.join(''))
      const chunks: Uint8Array[] = []
      let at = 0
      for (const size of sizes) {
        chunks.push(stream.slice(at, at + size))
        at += size
      }
      chunks.push(stream.slice(at))
      assert.deepEqual(
        frame(chunks).map((it) => it.text),
        byTheBook(parts.join('')),
      )
    }),
    { numRuns: 2000 },
  )
})
