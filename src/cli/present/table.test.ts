import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import fc from 'fast-check'
import { openWords } from '../words/words.ts'
import { callTable, type ListedCall } from './call-table.ts'
import { widthOf } from './neutral.ts'
import { type Column, table, type TableOptions } from './table.ts'

interface Row {
  readonly name: string
  readonly number: string
  readonly day?: string
}

const columns: readonly Column<Row>[] = [
  { head: 'Name', priority: 1, least: 6, cell: ({ name }) => name },
  { head: 'Number', priority: 2, align: 'right', cell: ({ number }) => number, style: () => 'red' },
]

async function textOf(chunks: AsyncIterable<string>): Promise<string> {
  let text = ''
  for await (const chunk of chunks) text += chunk
  return text
}

async function render<R>(
  of: readonly Column<R>[],
  rows: Iterable<R> | AsyncIterable<R>,
  options: TableOptions<R>,
): Promise<string[]> {
  const text = await textOf(table(of, rows, options))
  return text === '' ? [] : text.replace(/\n$/u, '').split('\n')
}

const terminal = (width: number) => ({ width, colour: false })
const pipe = { width: null, colour: false }

test('columns stand under their heads, numbers to the right', async () => {
  const rows = [
    { name: 'Ivanov', number: '1' },
    { name: 'Петрова Анна', number: '1001' },
  ]
  assert.deepEqual(await render(columns, rows, terminal(80)), [
    'Name          Number',
    '────────────────────',
    'Ivanov             1',
    'Петрова Анна    1001',
  ])
})

test('without rows nothing is printed', async () => {
  assert.deepEqual(await render(columns, [], terminal(80)), [])
})

test('on a narrow terminal a column is shortened, then left out', async () => {
  const rows = [{ name: 'Петрова Анна', number: '1001' }]
  assert.equal((await render(columns, rows, terminal(19)))[2], 'Петрова Ан…    1001')
  assert.equal((await render(columns, rows, terminal(14)))[2], 'Петро…    1001')
  assert.deepEqual(await render(columns, rows, terminal(13)), ['Number', '──────', '  1001'])
  assert.deepEqual(await render(columns, rows, terminal(3)), ['Nu…', '───', '10…'])
})

test('small wants are met before large ones', async () => {
  const three: Column<null>[] = ['aaaaaaaaaaaaaaaaaaaa', 'bbbbbb', 'cccc'].map((text, i) => ({
    head: 'x',
    priority: 3 - i,
    least: 3,
    cell: () => text,
  }))
  assert.equal((await render(three, [null], terminal(24)))[2], 'aaaaaaaaa…  bbbbbb  cccc')
})

test('into a pipe nothing is cut, there is no rule and no colour', async () => {
  const name = 'x'.repeat(300)
  assert.deepEqual(await render(columns, [{ name, number: '1' }], pipe), [
    `Name${' '.repeat(298)}Number`,
    `${name}       1`,
  ])
})

test('colour surrounds what is shown and does not count as width', async () => {
  const lines = await render(columns, [{ name: 'a', number: '12345678' }], { width: 14, colour: true })
  assert.ok(lines[2]?.includes('\u001b[31m12345678\u001b[39m'))
  assert.deepEqual(
    lines.map((line) => stripVTControlCharacters(line)),
    ['Name    Number', '──────────────', 'a     12345678'],
  )
})

test('hostile names can do nothing but stand there', async () => {
  const rows = [
    { name: '\u001b[2J\u202eevil\n\r', number: '1' },
    { name: '中'.repeat(9) + '\u{1FAE0}'.repeat(9), number: '2' },
  ]
  const lines = await render(columns, rows, { width: 30, colour: true })
  assert.equal(lines.length, 4)
  for (const line of lines) {
    assert.doesNotMatch(stripVTControlCharacters(line), /[\p{Cc}\p{Cf}]/u)
    assert.ok(widthOf(stripVTControlCharacters(line)) <= 30)
  }
  assert.match(lines[2] ?? '', /^␛\[2J\uFFFDevil␊␍/u)
})

test('no line is wider than the terminal, whatever stands in it', async () => {
  const cell = fc.string({ unit: 'grapheme', maxLength: 40 })
  const rows = fc.array(fc.record({ name: cell, number: cell, day: cell }), { maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(rows, fc.integer({ min: 1, max: 60 }), fc.boolean(), async (list, width, isGrouped) => {
      const group = isGrouped ? { group: (row: Row) => row.day ?? '' } : {}
      const lines = await render(columns, list, { ...terminal(width), ...group })
      for (const line of lines) assert.ok(widthOf(line) <= width, JSON.stringify(line))
      const groups = isGrouped ? new Set(lines).size : 0
      assert.ok(
        lines.length >= (list.length === 0 ? 0 : list.length + 2) && lines.length <= list.length * 2 + 2 + groups,
      )
    }),
  )
})

test('rows of one day stand under it on a terminal, and carry it themselves in a pipe', async () => {
  const dated: Column<Row>[] = [
    { head: 'Time', priority: 1, cell: ({ name, day }) => `${day ?? ''} ${name}`, grouped: ({ name }) => name },
  ]
  const rows = [
    { name: '10:00', number: '', day: 'Mon' },
    { name: '11:00', number: '', day: 'Mon' },
    { name: '09:00', number: '', day: 'Tue' },
  ]
  const group = (row: Row) => row.day ?? ''
  assert.deepEqual(await render(dated, rows, { ...terminal(80), group }), [
    'Time',
    '─────',
    'Mon',
    '10:00',
    '11:00',
    'Tue',
    '09:00',
  ])
  assert.deepEqual(await render(dated, rows, { ...pipe, group }), ['Time', 'Mon 10:00', 'Mon 11:00', 'Tue 09:00'])
})

test('an optional column appears with the first page that has something in it', async () => {
  const note: Column<number>[] = [
    { head: 'N', priority: 2, cell: String },
    { head: 'Note', priority: 1, optional: true, cell: (n) => (n === 250 ? 'x' : '') },
  ]
  const lines = await render(
    note,
    Array.from({ length: 400 }, (_, i) => i),
    pipe,
  )
  assert.equal(lines[0], 'N')
  assert.equal(lines[201], 'N    Note')
  assert.equal(lines.indexOf('250  x'), 252)
})

test('what is never cut widens its column on a later page, the rest keeps the widths of the first', async () => {
  const rows = [
    ...Array.from({ length: 200 }, () => ({ name: 'short', number: '1' })),
    { name: 'a very long name indeed', number: '123456789' },
  ]
  const lines = await render(columns, rows, terminal(20))
  assert.equal(lines.at(-1), 'a ve…  123456789')
  assert.ok(lines.every((line) => widthOf(line) <= 20))
})

test('a list without end is printed page by page', async () => {
  let taken = 0
  let isClosed = false
  async function* endless(): AsyncGenerator<Row> {
    try {
      for (;;) {
        taken++
        yield { name: 'x', number: String(taken) }
      }
    } finally {
      isClosed = true
    }
  }
  for await (const page of table(columns, endless(), terminal(80))) {
    assert.match(page, /^Name/u)
    break
  }
  assert.equal(taken, 200)
  assert.ok(isClosed)
})

const call: ListedCall = {
  id: '1049601',
  source: 'avaya',
  plan: 'avaya',
  exchangeCallId: '1000241',
  kind: 'call',
  direction: 'inbound',
  outcome: 'answered',
  from: '+74955557001',
  fromName: 'Смирнов Дмитрий',
  to: '5550101',
  targets: ['201'],
  answeredBy: '201',
  answeredOutside: false,
  extensions: ['201'],
  employees: [],
  startedAt: '2026-11-23T08:26:19Z',
  answeredAt: '2026-11-23T08:26:26Z',
  endedAt: '2026-11-23T08:29:01Z',
  ringSeconds: 7,
  waitSeconds: 7,
  talkSeconds: 5400,
  holdSeconds: 0,
  parkSeconds: 0,
  machineSeconds: 0,
  conference: null,
  segments: 1,
  doubtful: [],
  complete: true,
}
const callList: readonly ListedCall[] = [
  call,
  {
    ...call,
    direction: 'outbound',
    outcome: 'missed',
    from: '1001',
    fromName: 'Петрова Анна',
    to: '89123456789',
    answeredBy: null,
    talkSeconds: 0,
  },
  {
    ...call,
    direction: 'internal',
    outcome: 'voicemail',
    from: null,
    fromName: null,
    to: '1002',
    answeredBy: null,
    startedAt: '2026-11-24T08:26:19Z',
    machineSeconds: 9,
  },
]

for (const language of ['ru', 'en'] as const) {
  for (const width of [40, 80, 100, 140]) {
    test(`the list of calls fits ${width} columns in ${language} and says its zone and its sum`, async () => {
      const text = await textOf(callTable(callList, openWords(language, 'Asia/Krasnoyarsk'), { width, colour: false }))
      const lines = text.split('\n')
      for (const line of lines) assert.ok(widthOf(line) <= width, line)
      assert.match(
        text.replaceAll(/\n +/gu, ' '),
        language === 'ru'
          ? /^3 звонка = принят 1 \+ не дозвонились 1 \+ голосовая почта 1$/mu
          : /^3 calls = answered 1 \+ not reached 1 \+ voicemail 1$/mu,
      )
      assert.match(text.replaceAll(/\n +/gu, ' '), /Asia\/Krasnoyarsk, UTC\+7\./u)
      if (width < 80) return
      for (const part of ['1049601', '15:26:19', '1:30:00', '89123456789', '0:07']) assert.ok(text.includes(part), part)
      assert.ok(text.includes(language === 'ru' ? 'вт 24.11.2026' : 'Tue 24 Nov 2026'))
    })
  }
}

test('a list of calls without calls says so', async () => {
  assert.deepEqual(await textOf(callTable([], openWords('ru', 'UTC'), pipe)), 'Звонков нет.\n')
})

test('when the clocks were changed within the list the zone is named without an offset', async () => {
  const words = openWords('en', 'Europe/Berlin')
  const text = await textOf(callTable([call, { ...call, startedAt: '2026-07-01T00:00:00Z' }], words, pipe))
  assert.match(text, /^Times: Europe\/Berlin\. /mu)
})
