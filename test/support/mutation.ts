import type { FormatName } from '../../src/domain/formats/format-name.ts'
import { simulate } from '../../src/domain/simulation/simulate.ts'

/** A seeded generator (mulberry32): the same seed, the same mutations. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let it = Math.imul(state ^ (state >>> 15), state | 1)
    it ^= it + Math.imul(it ^ (it >>> 7), it | 61)
    return ((it ^ (it >>> 14)) >>> 0) / 4_294_967_296
  }
}

export function believableLines(format: FormatName, records: number, seed = 7): Buffer[] {
  const options = {
    format,
    seed,
    from: '2026-03-02',
    days: Number.POSITIVE_INFINITY,
    callsADay: 900,
    timezone: 'Europe/Moscow',
  }
  return [...simulate({ ...options, records })].map((it) => Buffer.from(it.line))
}

const nasty = [0x00, 0x0d, 0x22, 0x2c, 0x27, 0x5c, 0x7f, 0x80, 0xc3, 0xd0, 0xed, 0xa0, 0xff, 0xef, 0xbb, 0xbf, 0x0a]
const digits = [
  '0',
  '-1',
  '99999999999999999999',
  '1e308',
  'NaN',
  '２',
  '4294967296',
  '9007199254740993',
  '0x10',
  '2026-13-45 25:61:61',
]

/** One record as a bad line, a bad memory or a bad neighbour would leave it. May hold line breaks: then it is several records. */
export function mutated(line: Buffer, others: readonly Buffer[], random: () => number): Buffer {
  const at = (length: number) => Math.floor(random() * length)
  let it = Buffer.from(line)
  const times = 1 + at(3)
  for (let i = 0; i < times; i++) {
    switch (at(9)) {
      case 0:
        if (it.length > 0) it[at(it.length)]! ^= 1 << at(8)
        break
      case 1: {
        const from = at(it.length)
        it = Buffer.concat([it.subarray(0, from), it.subarray(Math.min(it.length, from + 1 + at(12)))])
        break
      }
      case 2: {
        const from = at(it.length)
        it = Buffer.concat([it.subarray(0, from), Buffer.from([nasty[at(nasty.length)]!]), it.subarray(from)])
        break
      }
      case 3:
        it = it.subarray(at(it.length))
        break
      case 4:
        it = it.subarray(0, at(it.length))
        break
      case 5: {
        const fields = it.toString('latin1').split(',')
        fields[at(fields.length)] = digits[at(digits.length)]!
        it = Buffer.from(fields.join(','), 'latin1')
        break
      }
      case 6: {
        const fields = it.toString('latin1').split(',')
        fields.splice(at(fields.length), 1)
        it = Buffer.from(fields.join(','), 'latin1')
        break
      }
      case 7: {
        const other = others[at(others.length)]!
        it = Buffer.concat([it.subarray(0, at(it.length)), other.subarray(at(other.length))])
        break
      }
      default: {
        const field = Buffer.alloc(1 + at(400), 0x30 + at(70))
        const from = at(it.length)
        it = Buffer.concat([it.subarray(0, from), field, it.subarray(from)])
      }
    }
  }
  return it
}
