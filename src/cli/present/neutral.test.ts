import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cut, neutralise, widthOf, wrap } from './neutral.ts'

test('plain names stand as they are', () => {
  for (const name of ['', 'Ivanov, Petr', 'Петрова Анна', 'Łukasz Ñandú', '+7 (495) 555‑01‑01', '中文', '😀', 'Ё́лка']) {
    assert.equal(neutralise(name), name.normalize('NFC'))
  }
})

test('what a terminal would obey is shown, not obeyed', () => {
  assert.equal(neutralise('\u001b[31mred\u0007\r\nnext\ttab\u007f'), '␛[31mred␇␍␊next␉tab␡')
  assert.equal(neutralise('\u009b2J\u0085'), '\uFFFD2J\uFFFD')
  assert.equal(neutralise('\u001b]0;title\u0007\u001b]8;;http://x\u001b\\'), '␛]0;title␇␛]8;;http://x␛\\')
})

test('marks of direction, invisible and private characters are shown', () => {
  for (const code of [
    0x200b, 0x200d, 0x200e, 0x200f, 0x202a, 0x202e, 0x2066, 0x2069, 0x00ad, 0xfeff, 0x2028, 0x2029, 0xe000, 0xf0000,
    0xe0041, 0xffff,
  ]) {
    assert.equal(neutralise(`a${String.fromCodePoint(code)}b`), 'a\uFFFDb', code.toString(16))
  }
  assert.equal(neutralise('a\ud800b'), 'a\uFFFDb')
})

test('a pile of marks on one letter is cut down', () => {
  assert.equal(neutralise(`x${'\u0335'.repeat(50)}y`), 'x\u0335\u0335y')
})

test('nothing dangerous survives, whatever comes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const clean = neutralise(text)
      assert.doesNotMatch(clean, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/u)
      assert.equal(neutralise(clean), clean)
    }),
    { numRuns: 2000 },
  )
})

test('East Asian letters and pictures take two cells, marks none', () => {
  assert.equal(widthOf('abc'), 3)
  assert.equal(widthOf('Петрова'), 7)
  assert.equal(widthOf('中文'), 4)
  assert.equal(widthOf('한글'), 4)
  assert.equal(widthOf('ﾊﾛ') <= 4, true)
  assert.equal(widthOf('😀\u{1FAE0}'), 4)
  assert.equal(widthOf('и\u0301'), 1)
  assert.equal(widthOf('␛–…'), 3)
})

test('a cut text fits and says that it was cut', () => {
  assert.equal(cut('Петрова', 7), 'Петрова')
  assert.equal(cut('Петрова', 6), 'Петро…')
  assert.equal(cut('Петрова Анна', 9), 'Петрова…')
  assert.equal(cut('中文字', 4), '中…')
  assert.equal(cut('abc', 1), '…')
  assert.equal(cut('abc', 0), '')
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(20), (text, width) => {
      assert.ok(widthOf(cut(neutralise(text), width)) <= width)
    }),
  )
})

test('a long sentence is broken at spaces', () => {
  assert.equal(wrap('one two three four', 9), 'one two\n  three\n  four')
  assert.equal(wrap('short', 9), 'short')
  assert.equal(wrap('', 9), '')
})
