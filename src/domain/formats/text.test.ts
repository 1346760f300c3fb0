import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cleanText, decodeField, isUtf8 } from './text.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)
const bytes = (...values: number[]) => Uint8Array.from(values)
/** Иванов in windows-1251. */
const cp1251 = bytes(0xc8, 0xe2, 0xe0, 0xed, 0xee, 0xe2)

test('a field in UTF-8 is read as UTF-8 whatever the encoding of the source', () => {
  assert.equal(decodeField(utf8('Смирнов Д'), 'windows-1251'), 'Смирнов Д')
  assert.equal(decodeField(utf8('😀'), 'koi8-r'), '😀')
})

test('a field that is not UTF-8 is read in the encoding of the source', () => {
  assert.equal(decodeField(cp1251, 'windows-1251'), 'Иванов')
  assert.equal(decodeField(bytes(0xe9, 0xd7, 0xc1, 0xce), 'koi8-r'), 'Иван')
})

test('a name in UTF-8 that was cut inside its last letter loses that letter only', () => {
  for (const name of ['Иван', 'Ваня€', 'Ян😀']) {
    const whole = utf8(name)
    const letters = Array.from(name)
    const last = utf8(letters.at(-1) as string).length
    for (let missing = 1; missing < last; missing++) {
      const cut = whole.subarray(0, whole.length - missing)
      assert.equal(decodeField(cut, 'windows-1251'), letters.slice(0, -1).join(''))
    }
  }
})

test('half a letter without a whole one before it is a letter of the 8-bit set', () => {
  assert.equal(decodeField(bytes(0x41, 0xd0), 'windows-1251'), 'AР')
  assert.equal(decodeField(bytes(0xd0), 'windows-1251'), 'Р')
})

test('a broken letter in the middle is no cut', () => {
  const middle = bytes(0xd0, 0x90, 0xd0, 0x41, 0xd0, 0x91)
  assert.equal(decodeField(middle, 'windows-1251'), 'РђРAР‘')
})

test('a cut is also found before an offset that is named', () => {
  const field = Uint8Array.of(0x22, ...utf8('Анн'), 0xd0, 0x22, ...utf8(' <202>'))
  const quote = field.length - ' <202>'.length - 1
  assert.equal(decodeField(field, 'windows-1251', [quote]), '"Анн" <202>')
  assert.equal(decodeField(field, 'windows-1251', [2, quote, 500]), '"Анн" <202>')
  assert.notEqual(decodeField(field, 'windows-1251'), '"Анн" <202>')
  assert.equal(decodeField(field.subarray(1, quote), 'windows-1251'), 'Анн')
})

test('NUL and lone surrogates become the replacement character', () => {
  assert.equal(decodeField(bytes(0x41, 0, 0x42), 'windows-1251'), 'A\uFFFDB')
  assert.equal(cleanText('a\0\uD800b\uDC00'), 'a\uFFFD\uFFFDb\uFFFD')
  assert.equal(cleanText('😀'), '😀')
})

test('what counts as UTF-8 is what a strict decoder accepts, for any bytes', () => {
  const strict = new TextDecoder('utf-8', { fatal: true })
  const pieces = fc.oneof(
    fc.uint8Array({ maxLength: 6 }),
    fc.string({ unit: 'grapheme', maxLength: 3 }).map(utf8),
    fc.constantFrom(bytes(0xe0, 0x80, 0x80), bytes(0xed, 0xa0, 0x80), bytes(0xf4, 0x90, 0x80, 0x80), bytes(0xc0, 0x80)),
  )
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 6 }), (parts) => {
      const field = Uint8Array.from(parts.flatMap((part) => [...part]))
      let accepted = true
      try {
        strict.decode(field)
      } catch {
        accepted = false
      }
      assert.equal(isUtf8(field), accepted)
      const text = decodeField(field, 'windows-1251', [field.length >> 1])
      assert.ok(text.isWellFormed() && !text.includes('\0'))
    }),
    { numRuns: 3000 },
  )
})
