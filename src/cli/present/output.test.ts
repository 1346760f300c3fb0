import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { test, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { openWords } from '../words/words.ts'
import { callCsvColumns } from './call-table.ts'
import { csvLines } from './csv.ts'
import { jsonLine, jsonLines } from './json-lines.ts'
import { lookOf, print } from './output.ts'
import { openProgress } from './progress.ts'

async function all(chunks: AsyncIterable<string>): Promise<string> {
  let text = ''
  for await (const chunk of chunks) text += chunk
  return text
}

test('colour only on a terminal, and not against the reader’s will', () => {
  assert.deepEqual(lookOf({ isTTY: true, columns: 100 }, {}), { width: 100, colour: true })
  assert.deepEqual(lookOf({ isTTY: true, columns: 100 }, { NO_COLOR: '1' }), { width: 100, colour: false })
  assert.deepEqual(lookOf({ isTTY: true, columns: 100 }, { NO_COLOR: '' }), { width: 100, colour: true })
  assert.deepEqual(lookOf({ isTTY: true }, { TERM: 'dumb' }), { width: 80, colour: false })
  assert.deepEqual(lookOf({ columns: 100 }, { FORCE_COLOR: '1' }), { width: null, colour: false })
})

test('a line of JSON is the value, and nothing that a terminal obeys', () => {
  assert.equal(jsonLine({ a: 'б', b: [1, null] }), '{"a":"б","b":[1,null]}\n')
  assert.equal(jsonLine('\u001b\u009b\u202e\u{e0041}\u2028'), '"\\u001b\\u009b\\u202e\\udb40\\udc41\\u2028"\n')
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const line = jsonLine({ text })
      assert.deepEqual(JSON.parse(line), { text })
      assert.doesNotMatch(line.slice(0, -1), /[\p{Cc}\p{Cf}]/u)
    }),
  )
})

test('a list is one value a line, without a total', async () => {
  assert.equal(await all(jsonLines([{ a: 1 }, 2])), '{"a":1}\n2\n')
  assert.equal(await all(jsonLines([])), '')
  assert.equal((await all(jsonLines(Array.from({ length: 1000 }, (_, i) => i)))).split('\n').length, 1001)
})

interface Cell {
  readonly text: string | number | boolean | null
}
const one = [{ head: 'text', value: ({ text }: Cell) => text }]

test('text that a spreadsheet would compute is marked as text, numbers are not', async () => {
  const texts = ['=1+1', '+74955550101', '-1', '@x', '\t=1', '\r=1', '\0=1', '＝1', 'plain', '89123456789']
  assert.equal(
    await all(
      csvLines(
        one,
        texts.map((text) => ({ text })),
      ),
    ),
    "text\n'=1+1\n'+74955550101\n'-1\n'@x\n␉=1\n␍=1\n␀=1\n'＝1\nplain\n89123456789\n",
  )
  assert.equal(
    await all(
      csvLines(
        one,
        [-5, 0, 1.5, true, false, null].map((text) => ({ text })),
      ),
    ),
    'text\n-5\n0\n1.5\ntrue\nfalse\n\n',
  )
})

test('separators and quotes are quoted, line breaks and escapes shown', async () => {
  const texts = ['a,b', 'a;b', 'say "x"', 'two\nlines', '\u001b[31m\u202e']
  assert.equal(
    await all(
      csvLines(
        one,
        texts.map((text) => ({ text })),
      ),
    ),
    'text\n"a,b"\na;b\n"say ""x"""\ntwo␊lines\n␛[31m\uFFFD\n',
  )
})

test('for a spreadsheet there is a byte order mark, and in Russian a semicolon', async () => {
  const rows = [{ text: 'a;b' }]
  assert.equal(await all(csvLines([...one, ...one], rows, 'spreadsheet-ru')), '\uFEFFtext;text\n"a;b";"a;b"\n')
  assert.equal(await all(csvLines(one, rows, 'spreadsheet-en')), '\uFEFFtext\na;b\n')
})

test('no cell of any text begins a formula', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: 'binary', minLength: 1 }),
      fc.constantFrom('', '=', '+', '-', '@', '\t', '\0'),
      async (text, front) => {
        const line = (await all(csvLines(one, [{ text: front + text }]))).slice('text\n'.length)
        assert.doesNotMatch(line, /^"?[=+\-@\t\r\0]/u)
        assert.equal(line.indexOf('\n'), line.length - 1)
      },
    ),
  )
})

test('the CSV of calls has the names of the JSON, lists in one cell', async () => {
  const heads = callCsvColumns.map(({ head }) => head)
  assert.deepEqual(heads.slice(0, 4), ['id', 'source', 'plan', 'exchangeCallId'])
  assert.equal(new Set(heads).size, 28)
  const targets = callCsvColumns.find(({ head }) => head === 'targets')
  assert.equal(targets?.value({ targets: ['300', '201'] } as never), '300 201')
  const employees = callCsvColumns.find(({ head }) => head === 'employees')
  const names = ['Петрова Анна', 'Орлов Олег', 'Петрова Анна'].map((name) => ({ name }))
  assert.equal(employees?.value({ employees: names } as never), 'Петрова Анна; Орлов Олег')
})

test('chunks are written one after the other, each when the stream has taken the one before', async () => {
  let written = ''
  let waiting = 0
  const slow = new Writable({
    highWaterMark: 1,
    write: (chunk, _, done) => {
      assert.equal(++waiting, 1)
      setImmediate(() => {
        waiting--
        written += String(chunk)
        done()
      })
    },
  })
  assert.equal(await print(slow, ['a', 'b', 'c']), 'all')
  assert.equal(written, 'abc')
})

test('a reader that has gone ends the list quietly and closes its source', async () => {
  let isClosed = false
  function* endless(): Generator<string> {
    try {
      for (;;) yield 'x\n'
    } finally {
      isClosed = true
    }
  }
  const broken = new Writable({ write: (_, __, done) => done(Object.assign(new Error('gone'), { code: 'EPIPE' })) })
  assert.equal(await print(broken, endless()), 'gone')
  assert.ok(isClosed)
  const closed = new PassThrough()
  closed.destroy()
  assert.equal(await print(closed, endless()), 'gone')
})

test('a full disk under the output is an error', async () => {
  const full = new Writable({ write: (_, __, done) => done(Object.assign(new Error('full'), { code: 'ENOSPC' })) })
  await assert.rejects(print(full, ['x']), /full/u)
})

test('| head ends a program with code 0 and nothing on standard error', async () => {
  const script = `
    import { print } from ${JSON.stringify(join(import.meta.dirname, 'output.ts'))}
    async function* lines() { for (let i = 0; ; i++) yield (i + '\\n').repeat(1000) }
    process.exitCode = (await print(process.stdout, lines())) === 'gone' ? 0 : 3`
  const command = `"$0" --input-type=module -e "$1" | head -n 1; echo "\${PIPESTATUS[0]}"`
  const { stdout, stderr } = await promisify(execFile)('bash', ['-c', command, process.execPath, script])
  assert.equal(stdout, '0\n0\n')
  assert.equal(stderr, '')
})

function sink(terminal: object) {
  let text = ''
  const stream = new Writable({
    write: (chunk, _, done) => {
      text += String(chunk)
      done()
    },
  })
  const written = () => {
    const sinceLast = text
    text = ''
    return sinceLast
  }
  return { stream: Object.assign(stream, terminal), written }
}

test('away from a terminal progress is a line every ten seconds, with rate and rest', (t: TestContext) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  let now = 0
  const { stream, written } = sink({})
  using progress = openProgress({
    stream,
    words: openWords('en', 'UTC'),
    label: 'Master\u001b.csv',
    unit: 'bytes',
    total: 104_857_600,
    now: () => now,
  })
  for (; now < 10_000; now += 1000) progress.advance(now * 1048.576)
  progress.advance(10_485_760)
  t.mock.timers.tick(10_000)
  assert.equal(written(), 'Master␛.csv: 10%, 10\u00A0MiB of 100\u00A0MiB, 1\u00A0MiB/s, 1:30 left\n')
  now = 60_000
  progress.advance(62_914_560)
  t.mock.timers.tick(10_000)
  assert.match(written(), /^Master␛\.csv: 60%, 60\u00A0MiB of 100\u00A0MiB, 1\u00A0MiB\/s, 0:40 left\n$/u)
})

test('progress of an unknown whole tells what is done and how fast', (t: TestContext) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  let now = 0
  const { stream, written } = sink({})
  using progress = openProgress({
    stream,
    words: openWords('ru', 'UTC'),
    label: 'Чтение',
    unit: 'records',
    total: null,
    now: () => now,
  })
  t.mock.timers.tick(10_000)
  assert.equal(written(), 'Чтение: 0 записей, –\n')
  now = 2000
  progress.advance(2)
  t.mock.timers.tick(10_000)
  assert.equal(written(), 'Чтение: 2 записи, 1 запись/с\n')
})

test('after its end progress writes no more', (t: TestContext) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const { stream, written } = sink({})
  openProgress({ stream, words: openWords('en', 'UTC'), label: 'x', unit: 'bytes', total: 1 })[Symbol.dispose]()
  t.mock.timers.tick(60_000)
  assert.equal(written(), '')
})

test('on a terminal progress is one line that fits and is wiped away', () => {
  for (const columns of [40, 80, 200]) {
    let now = 0
    const { stream, written } = sink({ isTTY: true, columns })
    const progress = openProgress({
      stream,
      words: openWords('ru', 'UTC'),
      label: '\u001b[2J/very/long/path/to/an/archive/Master.csv.gz',
      unit: 'bytes',
      total: 1000,
      now: () => now,
    })
    now = 5000
    progress.advance(500)
    progress[Symbol.dispose]()
    const shown = written()
    assert.ok(!shown.includes('\u001b[2J'))
    // eslint-disable-next-line no-control-regex
    const frames = shown.split(/\u001b(?:\[[\d;?]*[A-Za-z]|[78])|\r/u)
    for (const frame of frames) assert.ok(frame.length < columns, frame)
    if (columns >= 80)
      assert.ok(
        frames.some((frame) => /^Чтение|^␛/u.test(frame) && frame.includes('50\u00A0%') && frame.includes('█')),
        shown,
      )
    assert.ok(!shown.endsWith('\n'))
  }
})
