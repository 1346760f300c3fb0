import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { avayaLine, avayaReader } from '../../../../test/support/avaya-lines.ts'
import { type AvayaFields, contentAt, contentOf, pack, parse, unpack } from './record.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()
const reader = avayaReader()

function read(line: string | Uint8Array) {
  const parsed = parse(typeof line === 'string' ? encoder.encode(line) : line, reader)
  assert.equal(parsed.kind, 'segment', JSON.stringify(parsed))
  return parsed.kind === 'segment' ? parsed : assert.fail()
}

function refuse(line: string | Uint8Array): [string, string] {
  const parsed = parse(typeof line === 'string' ? encoder.encode(line) : line, reader)
  return parsed.kind === 'bad' ? [parsed.reason, parsed.detail] : assert.fail(JSON.stringify(parsed))
}

/** A line with its names in an encoding of one byte a letter. */
function inBytes(line: string, names: Readonly<Record<string, readonly number[]>>): Uint8Array {
  const bytes: number[] = []
  for (const part of line.split(/(<\w+>)/u)) bytes.push(...(names[part] ?? encoder.encode(part)))
  return Uint8Array.from(bytes)
}

test('every field that makes a call is read', () => {
  const { fields, startWall, endWall, suspect } = read(
    avayaLine({ hold: 2, park: 3, cause: 'U fnr', recordTime: '2024/03/04 06:02:52' }),
  )
  assert.equal(startWall, Date.UTC(2024, 2, 4, 9, 0, 5))
  assert.equal(endWall, startWall + 1000 * (155 + 7 + 2 + 3))
  assert.deepEqual(suspect, [])
  assert.deepEqual(fields, {
    callId: 1_000_241,
    continued: false,
    connectedSeconds: 155,
    ringSeconds: 7,
    holdSeconds: 2,
    parkSeconds: 3,
    caller: '74955557001',
    inbound: true,
    internal: false,
    called: '201',
    dialled: '5550101',
    device1: 'E201',
    name1: 'Иванов И',
    device2: 'T9001',
    name2: 'Line 1.1',
    cause: 'U fnr',
    targeter: '',
    targetedNumber: '',
    recordWall: Date.UTC(2024, 2, 4, 6, 2, 52),
  } satisfies AvayaFields)
})

test('the number of fields does not matter from 17 on', () => {
  const { fields } = read(avayaLine({ fields: 30 }))
  for (const count of [17, 27, 31, 34, 35, 37, 40, 60]) {
    assert.deepEqual(read(avayaLine({ fields: count })).fields, fields, `${count} fields`)
  }
  assert.deepEqual(read(`${avayaLine()},`).fields, fields)
  assert.deepEqual(refuse(avayaLine({ fields: 16 })), ['too-few-fields', '16 fields, expected at least 17'])
})

test('seconds of Call Start may be missing, spaces around a value do not count', () => {
  assert.equal(read(avayaLine({ start: '2024/03/04 09:00' })).startWall, Date.UTC(2024, 2, 4, 9, 0))
  assert.equal(read(avayaLine({ ring: ' 7 ', called: ' 201' })).fields.called, '201')
})

test('blank is absent and not 0', () => {
  const { fields } = read(avayaLine({ hold: '', park: '' }))
  assert.deepEqual([fields.holdSeconds, fields.parkSeconds, fields.recordWall], [null, null, null])
  assert.equal(read(avayaLine({ recordTime: 'yesterday' })).fields.recordWall, null)
})

test('I in the place of Is Internal means yes', () => {
  assert.equal(read(avayaLine({ internal: 'I' })).fields.internal, true)
})

test('a line that does not begin with date and time is no record', () => {
  const lines = [
    'Call Start,Connected Time,Ring Time',
    '04.03.2024 09:00:05,00:02:35',
    '2024-03-04 09:00:05,00:02:35',
    ' 2024/03/04 09:00:05,00:02:35',
    '2024/03/04 09:00:5,00:02:35',
    '2024/03/04 09:00:05',
    '\uFEFF2024/03/04 09:00:05,',
    '',
  ]
  for (const line of lines) {
    const [reason, detail] = refuse(line)
    assert.equal(reason, 'not-a-record', line)
    assert.match(detail, /^begins with ".*", expected a date and time/u)
  }
  assert.ok(refuse('x'.repeat(65_536))[1].length < 200)
})

test('a field that must be read and cannot be is named with what was found', () => {
  const cases: [Parameters<typeof avayaLine>[0], RegExp][] = [
    [{ start: '2024/02/30 09:00:05' }, /^Call Start is "2024\/02\/30 09:00:05", expected a date/u],
    [{ start: '1969/12/31 23:59:59' }, /^Call Start /u],
    [{ start: '2100/01/01 00:00:00' }, /^Call Start /u],
    [{ start: '2024/03/04 24:00:00' }, /^Call Start /u],
    [{ connected: '' }, /^Connected Time is "", expected hours/u],
    [{ connected: '0:02:35' }, /^Connected Time /u],
    [{ connected: '00:60:00' }, /^Connected Time /u],
    [{ connected: '10000:00:00' }, /^Connected Time /u],
    [{ ring: '' }, /^Ring Time is "", expected a whole number/u],
    [{ ring: '-1' }, /^Ring Time /u],
    [{ ring: '1.5' }, /^Ring Time /u],
    [{ ring: '9007199254740992' }, /^Ring Time /u],
    [{ ring: '9007199254740991' }, /^Connected Time, Ring Time, Hold Time and Park Time add up/u],
    [{ callId: '' }, /^Call ID /u],
    [{ callId: '99999999999999999999' }, /^Call ID /u],
    [{ hold: '99999999999999999999' }, /^Hold Time /u],
    [{ direction: 'L' }, /^Direction is "L", expected I or O$/u],
    [{ internal: '' }, /^Is Internal is "", expected 1 or I or 0$/u],
    [{ continuation: '2' }, /^Continuation is "2", expected 1 or 0$/u],
    [{ caller: '7'.repeat(251) }, /^Caller is "7+…", expected at most 250 characters$/u],
  ]
  for (const [line, expected] of cases) {
    const [reason, detail] = refuse(avayaLine(line))
    assert.equal(reason, 'bad-field', detail)
    assert.match(detail, expected)
    assert.ok(detail.length < 200)
  }
})

test('hours of Connected Time have two to four digits', () => {
  assert.equal(read(avayaLine({ connected: '26:00:01' })).fields.connectedSeconds, 93_601)
  assert.equal(read(avayaLine({ connected: '9999:59:59' })).fields.connectedSeconds, 35_999_999)
})

test('values beyond belief are read and named', () => {
  const { suspect } = read(
    avayaLine({ connected: '24:00:01', ring: 36_001, hold: 36_001, park: 36_001, callId: 999_999 }),
  )
  assert.deepEqual(suspect, ['Connected Time', 'Ring Time', 'Hold Time', 'Park Time', 'Call ID'])
  const edge = avayaLine({ connected: '24:00:00', ring: 36_000, hold: 36_000, park: 36_000, callId: 1_000_000 })
  assert.deepEqual(read(edge).suspect, [])
})

test('commas in either name, up to four in each, are put together again', () => {
  const names = ['Иванов, И', 'Отдел, 2', ',', 'a,b,c,d,e', 'Иванов,', ',И', 'V,V']
  for (const name1 of names) {
    for (const name2 of ['Line 1.1', 'Петрова, А', 'a,b,c,d,e', '']) {
      const { fields } = read(avayaLine({ name1, name2, hold: 1, park: 2 }))
      assert.deepEqual(
        [fields.name1, fields.device2, fields.name2, fields.holdSeconds, fields.parkSeconds],
        [name1, 'T9001', name2, 1, 2],
      )
    }
  }
  const noSecond = read(avayaLine({ name1: 'Иванов, И', device2: '', name2: '' })).fields
  assert.deepEqual([noSecond.name1, noSecond.device2, noSecond.holdSeconds], ['Иванов, И', '', 0])
})

test('a name with a comma keeps the fields behind it in their place', () => {
  const parts = avayaLine({ cause: 'U MT', recordTime: '2024/03/04 06:02:52' }).split(',')
  parts[12] = 'Иванов, И'
  const { fields } = read(parts.join(','))
  assert.deepEqual([fields.cause, fields.recordWall], ['U MT', Date.UTC(2024, 2, 4, 6, 2, 52)])
})

test('a shifted record is refused, never stored', () => {
  const lines = [
    avayaLine({ device1: 'X201' }),
    avayaLine({ device1: '' }),
    avayaLine({ device2: 'X99' }),
    avayaLine({ device2: '', name2: 'Line 1.1' }),
    avayaLine({ name1: 'a,b,c,d,e,f' }),
    avayaLine({ name2: 'a,b,c,d,e,f' }),
    avayaLine({ hold: 'x' }),
    avayaLine({ park: 'x' }),
    avayaLine({ account: 'A,1' }),
    avayaLine({ called: '2,01' }),
  ]
  for (const line of lines) {
    const [reason, detail] = refuse(line)
    assert.equal(reason, 'fields-shifted', line)
    assert.match(detail, /^(?:Party[12]Device|Hold Time|Park Time) is ".*, expected /u)
  }
})

test('a wake-up call passes with any device code', () => {
  assert.equal(read(avayaLine({ device1: 'X1', name1: 'Wakeup Call' })).fields.device1, 'X1')
  assert.equal(read(avayaLine({ device1: '', name1: 'Wakeup Call' })).fields.name1, 'Wakeup Call')
})

test('device codes have as many digits as the dial plan gives, and stars', () => {
  for (const device2 of ['E2', 'E12345678', 'E*17#', 'T9161', 'V11001', 'Barred']) {
    assert.equal(read(avayaLine({ device2 })).fields.device2, device2)
  }
})

test('names are decoded each by itself: windows-1251, UTF-8 cut in half, UTF-8', () => {
  const line = avayaLine({ name1: '<a>', device2: 'E202', name2: '<b>' })
  const ivanov = [0xc8, 0xe2, 0xe0, 0xed, 0xee, 0xe2]
  const cut = [...encoder.encode('Петров'), 0xd0]
  const mixed = read(inBytes(line, { '<a>': ivanov, '<b>': cut })).fields
  assert.deepEqual([mixed.name1, mixed.name2], ['Иванов', 'Петров'])
  const withUtf8 = read(inBytes(line, { '<a>': ivanov, '<b>': [...encoder.encode('Кузнецова О')] })).fields
  assert.deepEqual([withUtf8.name1, withUtf8.name2], ['Иванов', 'Кузнецова О'])
  const withComma = read(inBytes(line, { '<a>': [...ivanov, 0x2c, 0x20, 0xc8], '<b>': cut })).fields
  assert.deepEqual([withComma.name1, withComma.name2], ['Иванов, И', 'Петров'])
})

test('content is the record without NULs, a BOM at the start of the stream and CRs at its end', () => {
  const content = (text: string, atStart = false) => decoder.decode(contentOf(encoder.encode(text), atStart))
  assert.equal(content('\0\0a\0b\r'), 'ab')
  assert.equal(content('ab\r\0\r'), 'ab')
  assert.equal(content('a\rb'), 'a\rb')
  assert.equal(contentOf(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61), true).length, 1)
  assert.equal(contentOf(Uint8Array.of(0, 0xef, 0xbb, 0xbf, 0x61), true).length, 1)
  assert.equal(contentOf(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61), false).length, 4)
  const plain = encoder.encode(avayaLine())
  assert.equal(contentOf(plain, true), plain)
})

test('the time of the content is Call Start as written, or 0', () => {
  const at = (text: string) => contentAt(encoder.encode(text))
  assert.equal(at(avayaLine()), Date.UTC(2024, 2, 4, 9, 0, 5))
  assert.equal(at('2024/03/04 09:00,'), Date.UTC(2024, 2, 4, 9, 0))
  for (const text of [
    '',
    'x',
    '2024/03/04 09:00:05',
    '2024/02/30 09:00:05,',
    '1969/12/31 00:00:00,',
    '2024/03/04 09:00:5,',
  ]) {
    assert.equal(at(text), 0, text)
  }
})

test('what is packed comes back exactly', () => {
  const seconds = fc.integer({ min: 0, max: 100_000 })
  const text = fc.string({ unit: 'binary', maxLength: 12 })
  const blank = fc.oneof(text, fc.constant(''))
  const fields: fc.Arbitrary<AvayaFields> = fc.record({
    callId: fc.maxSafeNat(),
    continued: fc.boolean(),
    connectedSeconds: seconds,
    ringSeconds: seconds,
    holdSeconds: fc.option(seconds),
    parkSeconds: fc.option(seconds),
    caller: blank,
    inbound: fc.boolean(),
    internal: fc.boolean(),
    called: blank,
    dialled: blank,
    device1: blank,
    name1: blank,
    device2: blank,
    name2: blank,
    cause: blank,
    targeter: blank,
    targetedNumber: blank,
    recordWall: fc.option(fc.maxSafeNat()),
  })
  fc.assert(fc.property(fields, (one) => assert.deepEqual(unpack(pack(one)), { ...one })))
  assert.ok(pack(read(avayaLine()).fields).length < 150)
})
