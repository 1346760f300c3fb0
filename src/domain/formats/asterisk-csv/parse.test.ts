import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  asteriskReader,
  bytesOf,
  customRowText,
  moscow,
  parseText,
  rowText,
  type RowText,
  segmentOf,
  type Tail,
} from '../../../../test/support/asterisk-rows.ts'
import { callerName } from './caller-id.ts'
import { pack, unpack } from './fields.ts'
import { parse } from './parse.ts'
import { readUniqueId } from './unique-id.ts'

const fieldsOf = (row: RowText, tail?: Tail) => segmentOf(rowText(row, tail)).fields
const badOf = (text: string) => {
  const parsed = parseText(text)
  return parsed.kind === 'bad' ? [parsed.reason, parsed.detail] : [parsed.kind]
}

const ids: RowText = { uniqueid: '1710136805.101', userfield: 'crm=1', linkedid: '1710136800.99', sequence: 7 }

describe('columns', () => {
  const expected: readonly [Tail, string, string, number | null][] = [
    [16, '', '', null],
    ['17 uniqueid', '1710136805.101', '', null],
    ['17 userfield', '', '', null],
    [18, '1710136805.101', '', null],
    [19, '', '1710136800.99', 7],
    ['20 uniqueid', '1710136805.101', '1710136800.99', 7],
    ['20 userfield', '', '1710136800.99', 7],
    [21, '1710136805.101', '1710136800.99', 7],
  ]
  for (const [tail, uniqueid, linkedid, sequence] of expected)
    test(`a row with ${tail} columns`, () => {
      const fields = fieldsOf(ids, tail)
      assert.deepEqual([fields.uniqueid, fields.linkedid, fields.sequence], [uniqueid, linkedid, sequence])
      assert.equal(fields.dst, '5550101')
    })

  test('the only one of two columns is a uniqueid with a system name too', () => {
    const uniqueid = 'pbx-chita-2-1710136805.101'
    assert.equal(fieldsOf({ uniqueid }, '17 uniqueid').uniqueid, uniqueid)
    assert.equal(fieldsOf({ userfield: 'rate=1.5' }, '17 userfield').uniqueid, '')
  })

  test('fewer than 16 and more than 21', () => {
    const fifteen = rowText({}, 16).slice(0, rowText({}, 16).lastIndexOf(','))
    assert.deepEqual(badOf(fifteen), ['too-few-fields', 'found 15 columns, expected 16 to 21'])
    assert.deepEqual(badOf(`${rowText({}, 21)},`), ['too-many-fields', 'found 22 columns, expected 16 to 21'])
    assert.deepEqual(badOf(''), ['too-few-fields', 'found 1 columns, expected 16 to 21'])
  })

  test('the order of cdr_custom is mapped by name', () => {
    const row: RowText = {
      ...ids,
      clid: '"Иванов И" <201>',
      src: '201',
      dst: '202',
      answer: '09:00:05',
      accountcode: 'acc',
    }
    const custom = segmentOf(customRowText(row))
    const csv = segmentOf(rowText(row, 21))
    assert.deepEqual(custom, { ...csv, fields: { ...csv.fields, linkedid: '' } })
  })

  test('cdr_custom without its newest columns, and with columns of a site behind them', () => {
    const custom = customRowText(ids)
    assert.equal(segmentOf(`${custom},"own"`).fields.sequence, 7)
    assert.equal(segmentOf(custom.replace(/,7$/u, '')).fields.uniqueid, '1710136805.101')
    assert.equal(segmentOf(custom.replace(/,"1710136805\.101".*$/u, '')).fields.uniqueid, '')
    assert.equal(segmentOf(custom.replace(/,7$/u, ',"own"')).fields.sequence, null)
  })
})

describe('damage', () => {
  test('quotes that do not close, or close too early', () => {
    assert.deepEqual(badOf(rowText({}).slice(0, -1)), ['broken-quote', 'column 18 opens a quote that never closes'])
    assert.equal(badOf(`${rowText({})} `)[0], 'broken-quote')
    assert.equal(badOf(rowText({}).replace('"5550101"', '555"0101"'))[0], 'broken-quote')
  })

  test('a record cut at the front', () => {
    const cut = `2018-09-07 11:05:20","2018-09-07 11:05:25","2018-09-07 11:06:00",40,35,"ANSWERED","DOCUMENTATION","1.1",""`
    assert.equal(badOf(cut)[0], 'broken-quote')
  })
})

describe('values', () => {
  test('a row that was never answered has nothing between its commas', () => {
    const segment = segmentOf(rowText({}))
    assert.equal(segment.fields.answerAfterSeconds, null)
    assert.equal(segment.fields.lastsSeconds, 60)
    assert.equal(segment.endWall - segment.startWall, 60_000)
    assert.equal(segment.startWall, Date.UTC(2024, 2, 11, 9))
  })

  const wrong: readonly [string, string, string][] = [
    ['start', '2024-03-11 09:00:00', '2024-03-11 09:60:00'],
    ['answer', '2024-03-11 09:00:05', 'soon'],
    ['end', '2024-03-11 09:01:00', ''],
    ['duration', ',60,55,', ',-60,55,'],
    ['duration', ',60,55,', ',,55,'],
    ['duration', ',60,55,', ',99999999999999999999,55,'],
    ['billsec', ',60,55,', ',60,5.5,'],
    ['billsec', ',60,55,', ',60,62,'],
  ]
  for (const [name, from, to] of wrong)
    test(`${name} written as ${JSON.stringify(to)}`, () => {
      const [reason, detail] = badOf(rowText({ answer: '09:00:05' }).replace(from, to))
      assert.equal(reason, 'bad-field')
      assert.match(detail as string, new RegExp(`\\(${name}\\): found .*, expected `, 'u'))
    })

  test('a sequence beyond what the stores hold, and one that is no number', () => {
    for (const sequence of ['9007199254740992', '12345678901234567890', 'x'])
      assert.equal(badOf(rowText({ sequence }, 21))[0], 'bad-field')
    assert.equal(fieldsOf({ sequence: '9007199254740991' }, 21).sequence, Number.MAX_SAFE_INTEGER)
    assert.equal(fieldsOf({ sequence: '' }, 21).sequence, null)
  })

  test('billsec may be one more than duration, which is rounding', () => {
    assert.equal(fieldsOf({ answer: '09:00:00', billsec: 61 }).billSeconds, 61)
  })

  test('a call that leaves the years that can be stored', () => {
    assert.equal(badOf(rowText({ duration: 9_000_000_000_000_000 }))[0], 'bad-field')
    assert.equal(badOf(rowText({ start: '1970-01-01 00:00:00', end: '1970-01-01 00:00:10' }))[0], 'bad-field')
    const gmt = parse(
      bytesOf(rowText({ start: '1970-01-01 00:00:00', end: '1970-01-01 00:00:10' })),
      asteriskReader({ timezone: 'UTC' }),
    )
    assert.equal(gmt.kind, 'segment')
  })

  test('a disposition nobody knows is read as UNKNOWN and named as suspect', () => {
    const parsed = parseText(rowText({ disposition: 'HAPPY' }))
    assert.ok(parsed.kind === 'segment')
    assert.equal(parsed.fields.disposition, 'UNKNOWN')
    assert.deepEqual(parsed.suspect, ['disposition'])
  })

  test('numbers are cut at @', () => {
    const { src, dst } = fieldsOf({ src: '74955557001@10.6.0.1', dst: '101@default' })
    assert.deepEqual([src, dst], ['74955557001', '101'])
  })

  test('183 s measured where the clock shows 184', () => {
    const row = { start: '09:48:19', answer: '09:48:19', end: '09:51:23', duration: 183, billsec: 183 }
    const { lastsSeconds, answerAfterSeconds, jumpSeconds, billSeconds } = fieldsOf(row)
    assert.deepEqual([lastsSeconds, answerAfterSeconds, jumpSeconds, billSeconds], [184, 0, 0, 183])
  })

  const jumps: readonly [string, RowText, number, number][] = [
    [
      'after the answer',
      { start: '02:50:00', answer: '02:50:10', end: '02:10:00', duration: 1200, billsec: 1190 },
      10,
      -3600,
    ],
    [
      'before the answer',
      { start: '02:59:50', answer: '02:00:10', end: '02:10:00', duration: 610, billsec: 590 },
      20,
      -3600,
    ],
    [
      'before the answer, in spring',
      { start: '01:59:50', answer: '03:00:10', end: '03:10:00', duration: 610, billsec: 590 },
      20,
      3600,
    ],
    [
      'after the answer, in spring',
      { start: '01:50:00', answer: '01:50:07', end: '03:10:00', duration: 1200, billsec: 1193 },
      7,
      3600,
    ],
    ['in a call that nobody answered', { start: '01:59:50', end: '03:00:10', duration: 20, billsec: 0 }, -1, 3600],
  ]
  for (const [what, row, after, jump] of jumps)
    test(`the clock jumps ${what}`, () => {
      const { answerAfterSeconds, jumpSeconds, lastsSeconds } = fieldsOf(row)
      assert.equal(answerAfterSeconds ?? -1, after)
      assert.equal(jumpSeconds, jump)
      assert.equal(lastsSeconds, row.duration)
    })

  test('a clock that was set in mid-call is named as suspect, a change of the zone is not', () => {
    const suspectOf = (end: string) => {
      const parsed = parseText(rowText({ end, duration: 60 }))
      return parsed.kind === 'segment' ? parsed.suspect : null
    }
    assert.deepEqual(suspectOf('10:01:00'), [])
    assert.deepEqual(suspectOf('09:17:42'), ['duration'])
    assert.deepEqual(suspectOf('09:01:02'), [])
  })
})

describe('text', () => {
  const bytesWith = (clid: Uint8Array): Uint8Array => {
    const [before, after] = rowText({ clid: '¤' }).split('¤') as [string, string]
    return Uint8Array.from([...bytesOf(before), ...clid, ...bytesOf(after)])
  }
  const nameOf = (clid: Uint8Array, encoding = 'windows-1251') => {
    const parsed = parse(bytesWith(clid), asteriskReader({ encoding }))
    assert.ok(parsed.kind === 'segment')
    return parsed.fields.name
  }
  const ivanov = bytesOf('Иванов')

  test('UTF-8', () => {
    assert.equal(nameOf(bytesOf('""Иванов"" <201>')), 'Иванов')
  })

  test('windows-1251, and another encoding where the source names it', () => {
    const cp1251 = Uint8Array.from([0xc8, 0xe2, 0xe0, 0xed, 0xee, 0xe2])
    const koi8 = Uint8Array.from([0xe9, 0xd7, 0xc1, 0xce, 0xcf, 0xd7])
    const quoted = (name: Uint8Array) => Uint8Array.from([34, 34, ...name, ...bytesOf('"" <201>')])
    assert.equal(nameOf(quoted(cp1251)), 'Иванов')
    assert.equal(nameOf(quoted(koi8), 'koi8-r'), 'Иванов')
  })

  test('UTF-8 cut inside a letter before the closing quote', () => {
    const cut = Uint8Array.from([34, 34, ...ivanov.subarray(0, -1), ...bytesOf('"" <201>')])
    assert.equal(nameOf(cut), 'Ивано')
  })

  test('UTF-8 cut inside a letter at the end of the field, closing quote and number lost', () => {
    assert.equal(nameOf(Uint8Array.from([34, 34, ...ivanov.subarray(0, -1)])), 'Ивано')
    assert.equal(nameOf(bytesOf('""Иванов')), 'Иванов')
  })

  test('U+0000 becomes U+FFFD', () => {
    const { fields } = segmentOf(rowText({ src: '1\u00002', channel: 'SIP/2\u00001-1' }))
    assert.equal(fields.src, '1\uFFFD2')
    assert.equal(fields.channel, 'SIP/2\uFFFD1-1')
  })

  test('doubled quotes around letters that are not ASCII', () => {
    assert.equal(fieldsOf({ clid: '"Петрова, Анна \\"Бух\\"" <202>' }).name, 'Петрова, Анна "Бух"')
  })

  test('packed fields come back as they were', () => {
    const rows = [
      rowText(ids, 21),
      rowText({ ...ids, linkedid: '1710136805.101' }, 21),
      rowText({ clid: '"Я" <1>' }, 16),
    ]
    for (const { fields } of rows.map((text) => segmentOf(text))) {
      assert.deepEqual(unpack(pack(fields)), fields)
      assert.equal(pack(unpack(pack(fields))), pack(fields))
    }
  })

  test('the room of a conference is the first argument of its application', () => {
    const roomOf = (lastapp: string, lastdata: string) => fieldsOf({ lastapp, lastdata }).conference
    assert.equal(roomOf('ConfBridge', '1000,default_bridge'), '1000')
    assert.equal(roomOf('MeetMe', '1000|dM'), '1000')
    assert.equal(roomOf('ConfBridge', ''), null)
    assert.equal(roomOf('Dial', '1000'), null)
  })
})

test('the name in a caller id', () => {
  const cases: readonly [string, string | null][] = [
    ['"Иванов И" <201>', 'Иванов И'],
    ['"Петрова, Анна \\"Бух\\"" <202>', 'Петрова, Анна "Бух"'],
    ['"a\\\\b" <202>', 'a\\b'],
    ['"DOMAIN\\user" <202>', 'DOMAIN\\user'],
    ['"" <201>', null],
    ['" " <201>', null],
    ['"201" <201>', null],
    ['"201@host" <201>', null],
    ['"Anonymous" <anonymous>', 'Anonymous'],
    ['201', null],
    ['', null],
    ['"', null],
    ['"Иванов Ив', 'Иванов Ив'],
    ['"Анна \\"Бух\\', 'Анна "Бух'],
    ['"Анна \\"Бух\\\\', 'Анна "Бух\\'],
    ['"Иванов"', 'Иванов'],
    ['"Иванов" ', 'Иванов'],
    ['"Иванов" <20', 'Иванов'],
    ['"Анна "Бух"" <202>', 'Анна "Бух"'],
    ['"x \\" <1" <202>', 'x " <1'],
    ['"x \\" <1', 'x " <1'],
  ]
  for (const [callerId, name] of cases) assert.equal(callerName(callerId, '201'), name, callerId)
  assert.equal(callerName('"Anonymous" <anonymous>', 'anonymous'), null)
})

test('a uniqueid is read from its end', () => {
  assert.deepEqual(readUniqueId('1710136805.101'), { epochSeconds: 1_710_136_805, counter: 101 })
  assert.deepEqual(readUniqueId('pbx-2-1710136805.7'), { epochSeconds: 1_710_136_805, counter: 7 })
  for (const text of [
    '',
    '.',
    '1.',
    '.1',
    '1.x',
    'x1.1',
    '1,1',
    '99999999999.1',
    '4102444800.1',
    `1.${'1'.repeat(16)}`,
  ])
    assert.equal(readUniqueId(text), null, text)
})

test('a text that no release can have written is refused, a long one that is not read is not', () => {
  const read = ['src', 'dst', 'clid', 'channel', 'dstchannel', 'lastapp', 'uniqueid', 'linkedid'] as const
  for (const name of read) {
    const [reason, detail] = badOf(rowText({ [name]: 'x'.repeat(513) }, 21))
    assert.equal(reason, 'bad-field')
    assert.match(detail as string, new RegExp(`\\(${name}\\)`, 'u'))
    assert.equal(fieldsOf({ [name]: 'x'.repeat(512) }, 21).billSeconds, 0)
  }
  const long = { lastdata: 'x'.repeat(20_000), userfield: 'x'.repeat(20_000), accountcode: 'x'.repeat(20_000) }
  assert.equal(fieldsOf({ ...long, lastapp: 'ConfBridge' }).conference, null)
})

test('hostile fields are read like any other', () => {
  for (const piece of ['"', '\\', ' <', '\\"', '""', '1', '@', '.', '-']) {
    const field = piece.repeat(250 / piece.length)
    const row = {
      clid: `"${field}`,
      src: field,
      dst: field,
      channel: field,
      dstchannel: `Local/${field}`,
      uniqueid: field,
    }
    assert.equal(parse(bytesOf(rowText(row)), moscow).kind, 'segment')
    const name = `"${piece.repeat(200_000 / piece.length)}`
    assert.equal(typeof callerName(name, '1'), 'string')
    assert.equal(readUniqueId(name), null)
  }
})
