import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { CallJson } from '../../src/pipeline/call-view.ts'
import {
  type Installation,
  installation,
  inThisProcess,
  type Serving,
  send,
  serve,
  smena,
  smenaJson,
  statusOfInstallation,
  until,
} from '../support/smena.ts'
import { temporaryDirectory } from '../support/stores.ts'

interface Quarantined {
  readonly id: string
  readonly source: string
  readonly receivedAt: string
  readonly delivery: string
  readonly line: number
  readonly reason: string
  readonly detail: string
  readonly raw: string
  readonly rawBase64: string
}

const good = (id: number, name = 'Anna') =>
  `2026/11/24 09:00:05,00:02:35,7,74955550101,I,201,5550101,,0,${id},0,E201,${name},T9001,Line 1.1,0,0,,,,,,,,,,,,,`

const list = (it: Installation, ...args: string[]) =>
  smenaJson<Quarantined>(it, ['quarantine', 'list', '--json', ...args])

const passed = (it: Installation) =>
  until(
    () => statusOfInstallation(it),
    (status) => status.roles.record.lag === 0,
  )

async function collected(t: TestContext, bytes: Uint8Array, source: 'avaya' | 'asterisk' = 'avaya') {
  const it = installation(temporaryDirectory(t))
  const running = await serve(it, t)
  await send(running.ports[source] as number, bytes)
  await passed(it)
  return { it: inThisProcess(it), running }
}

/** Nothing of the output is a control, a mark of direction or another character that a terminal acts on. */
function assertHarmless(text: string): void {
  // Carriage returns and escapes of our own are not written to a pipe.
  assert.doesNotMatch(text, /[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/u)
}

const hostile = [
  'bad \u001b[31mred\u001b[0m \u001b]0;title\u0007 line',
  'bell \u0007 backspace \b\b\b tab \t vertical \v form \f end',
  'c1 \u009b31m csi and \u0085 next line',
  'direction \u202e gnirts \u2066 isolate \u2069 and \u200b zero width \ufeff',
  'line\u2028separator and \u2029 paragraph',
]

test('each record stands there with the fields that scripts read, oldest first, its bytes exact', async (t) => {
  const bad = Buffer.concat([Buffer.from('no record at all '), Buffer.from([0xff, 0xfe, 0x80, 0xc3])])
  const short = Buffer.from('2026/11/24 09:00:05,00:02:35,7')
  const cut = Buffer.from(good(9).slice(0, 40))
  const bytes = Buffer.concat([bad, Buffer.from('\n'), Buffer.from(`${good(1)}\r\n`), short, Buffer.from('\r\n'), cut])
  const { it } = await collected(t, bytes)
  const found = await list(it)
  assert.deepEqual(
    found.map((it) => Object.keys(it)),
    found.map(() => ['id', 'source', 'receivedAt', 'delivery', 'line', 'reason', 'detail', 'raw', 'rawBase64']),
  )
  assert.deepEqual(
    found.map(({ source, line, reason }) => [source, line, reason]),
    [
      ['avaya', 1, 'not-a-record'],
      ['avaya', 3, 'too-few-fields'],
      ['avaya', 4, 'partial'],
    ],
  )
  assert.deepEqual(
    found.map(({ rawBase64 }) => rawBase64),
    [bad, short, cut].map((it) => it.toString('base64')),
  )
  assert.equal(found[0]?.raw, bad.toString('utf8'))
  assert.equal(new Set(found.map(({ delivery }) => delivery)).size, 1)
  for (const { receivedAt, delivery, detail } of found) {
    assert.match(receivedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z$/u)
    assert.match(delivery, /^[0-9a-f]{32}$/u)
    assert.ok(detail.length > 10)
  }
  for (const one of found) assert.deepEqual(await smenaJson(it, ['quarantine', 'show', one.id, '--json']), [one])
  assert.deepEqual(
    (await smenaJson<Quarantined>(it, ['quarantine', 'list', '--json', '--source', 'asterisk'])).length,
    0,
  )
  assert.deepEqual(
    (await list(it, '--reason', 'partial')).map(({ line }) => line),
    [4],
  )
})

test('`smena quarantine` is the list, in both languages', async (t) => {
  const { it } = await collected(t, Buffer.from(`nonsense\r\n${good(1)}\r\n`))
  const alone = await smena(it, ['quarantine'])
  const listed = await smena(it, ['quarantine', 'list'])
  assert.equal(alone.code, 0)
  assert.equal(alone.stdout, listed.stdout)
  assert.match(alone.stdout, /not a record/u)
  assert.match(alone.stdout, /^1 record in quarantine$/mu)
  const russian = await smena(it, ['quarantine'], { environment: { SMENA_LANG: 'ru' } })
  assert.match(russian.stdout, /не запись/u)
  assert.match(russian.stdout, /^1 запись в карантине$/mu)
})

test('an empty quarantine, ids that are none, and ids that are not there', async (t) => {
  const { it } = await collected(t, Buffer.from(`${good(1)}\r\n`))
  assert.equal((await smena(it, ['quarantine'])).stdout, 'Quarantine is empty.\n')
  assert.equal((await smena(it, ['quarantine', 'list', '--json'])).stdout, '')
  const absent = await smena(it, ['quarantine', 'show', '12345'])
  assert.deepEqual([absent.code, absent.stdout], [1, ''])
  assert.match(absent.stderr, /^smena: No record 12345 stands in quarantine\. .+\n$/u)
  for (const id of ['x1', '-1', '1.5', '99999999999999999999']) {
    const wrong = await smena(it, ['quarantine', 'show', '--', id])
    assert.equal(wrong.code, 2, id)
    assert.match(wrong.stderr, /^smena: "[^"]*" is no id, expected digits .+\n$/u)
  }
  const unknown = await smena(it, ['quarantine', 'list', '--source', 'nope'])
  assert.equal(unknown.code, 1)
  assert.match(unknown.stderr, /^smena: There is no source nope\. Name one of: avaya, asterisk\.\n$/u)
  assert.equal((await smena(it, ['quarantine', 'list', '--reason', 'nope'])).code, 2)
  assert.equal((await smena(it, ['quarantine', 'retry', '--as-record', '12345'])).code, 1)
  assert.equal((await smena(it, ['quarantine', 'retry', '1', '--as-record', '12345'])).code, 2)
})

test('what came from outside reaches no terminal raw: list, show, calls, call, JSON, CSV', async (t) => {
  const names = ['An\u001b[31mna', 'An\u202ena', 'An\u0085na', '=HYPERLINK("http://x")', '@SUM(1)']
  const lines = [...hostile, ...names.map((name, i) => good(i + 1, name.replaceAll('"', '').replaceAll(',', '')))]
  const { it } = await collected(t, Buffer.from(lines.map((it) => `${it}\r\n`).join('')))
  const found = await list(it)
  assert.ok(found.length >= hostile.length)
  assert.deepEqual(
    found.slice(0, hostile.length).map(({ raw }) => raw),
    hostile,
    'JSON gives the characters back as they were',
  )
  const calls = await smenaJson<CallJson>(it, ['calls', '--json'])
  assert.ok(calls.length > 0)
  const outputs = [
    ['quarantine', 'list'],
    ['quarantine', 'list', '--json'],
    ...found.map(({ id }) => ['quarantine', 'show', id]),
    ['calls'],
    ['calls', '--json'],
    ['calls', '--csv'],
    ...calls.map(({ id }) => ['call', id, '--raw']),
    ...calls.map(({ id }) => ['call', id, '--json']),
    ['status'],
  ]
  for (const args of outputs) {
    const { code, stdout, stderr } = await smena(it, args)
    assert.deepEqual([code, stderr], [0, ''], args.join(' '))
    assertHarmless(stdout)
  }
  const csv = (await smena(it, ['calls', '--csv'])).stdout
  assert.doesNotMatch(csv, /(?:^|,)"?[=@]/mu, 'no cell is a formula')
})

test('what is wrong with a source name or an id in the arguments is not printed raw', async (t) => {
  const it = installation(temporaryDirectory(t))
  for (const args of [
    ['calls', '--source', 'a\u001b[31m'],
    ['call', '\u001b[31m'],
    ['calls', '--from', '\u001b[31m'],
    ['calls', '--kind', '\u001b[31m'],
    ['\u001b[31m'],
    ['calls', '--\u001b[31m'],
    ['import', '/nowhere/\u001b[31m', '--source', 'avaya'],
    ['--set', '\u001b[31m', 'status'],
  ]) {
    const { code, stderr } = await smena(it, args)
    assert.ok(code === 1 || code === 2)
    assertHarmless(stderr)
  }
})

test('retry reads what has become readable and leaves fragments alone; the ledger moves with it', async (t) => {
  const it = installation(temporaryDirectory(t))
  const running = await serve(it, t)
  // A line of the other exchange: read again under a reading that knows its format, it is a record.
  const row =
    '"","74955550101","1001","default","74955550101","PJSIP/trunk-1","PJSIP/1001-2","Dial","","2026-11-24 09:00:00","2026-11-24 09:00:05","2026-11-24 09:01:00",60,55,"ANSWERED","DOCUMENTATION","1795422379.0",""'
  await send(running.ports['avaya'] as number, Buffer.from(`${row}\r\nstill nothing\r\n${good(1).slice(0, 30)}`))
  await passed(it)
  const nothing = await smenaJson<Record<string, number>>(it, ['quarantine', 'retry', '--json'])
  assert.deepEqual(nothing, [{ tried: 2, stored: 0, duplicate: 0, quarantined: 2, fragments: 1 }])
  const told = await smena(it, ['quarantine', 'retry'])
  assert.deepEqual([told.code, told.stderr], [0, ''])
  assert.match(
    told.stdout,
    /^0 records were read\n2 stay in quarantine\n1 fragment was left alone; .+--as-record ID.+\n$/u,
  )
  assert.equal(await running.stop(), 0)

  const other = { SMENA_LISTEN_AVAYA: '', SMENA_LISTEN_ASTERISK: '' }
  const otherwise = ['--set', 'sources={avaya: {format: asterisk-csv}}']
  const environment = { ...other }
  const applied = await smena(it, [...otherwise, 'config', 'apply', '--from', '2020-01-01'], { environment })
  assert.equal(applied.code, 0, applied.stderr)
  const [retried] = JSON.parse(
    `[${(await smena(it, [...otherwise, 'quarantine', 'retry', '--reason', 'not-a-record', '--json'], { environment })).stdout}]`,
  ) as [Record<string, number>]
  assert.deepEqual(retried, { tried: 2, stored: 1, duplicate: 0, quarantined: 1, fragments: 0 })
  const status = await statusOfInstallation(it)
  assert.deepEqual(
    [status.sources['avaya']?.received, status.sources['avaya']?.stored, status.sources['avaya']?.quarantined],
    [3, 1, 2],
  )
  const calls = await smenaJson<CallJson>(it, ['calls', '--json'])
  assert.deepEqual(
    calls.map(({ from, to }) => [from, to]),
    [['74955550101', '1001']],
  )
})

/** A fragment that holds a whole record: cut between the last byte and its line end. */
async function wholeFragment(running: Serving, id: number): Promise<void> {
  await send(running.ports['avaya'] as number, Buffer.from(good(id)))
}

for (const owner of ['by itself', 'through the owner'] as const)
  test(`--as-record reads one fragment by hand, ${owner}; sent again whole it is a duplicate`, async (t) => {
    const it = installation(temporaryDirectory(t))
    const running = await serve(it, t)
    await wholeFragment(running, 1)
    await send(running.ports['avaya'] as number, Buffer.from(good(2).slice(0, 25)))
    await passed(it)
    if (owner === 'by itself') await running.stop()
    const [whole, cut] = await list(it)
    const bad = await smena(it, ['quarantine', 'retry', '--as-record', String(cut?.id)])
    assert.equal(bad.code, 1)
    assert.match(
      bad.stderr,
      new RegExp(
        `^smena: Record ${cut?.id} cannot be read as a record: .+ It stays in quarantine as it is\\.\\n$`,
        'u',
      ),
    )
    const [counts] = await smenaJson<Record<string, number>>(it, [
      'quarantine',
      'retry',
      '--as-record',
      String(whole?.id),
      '--json',
    ])
    assert.deepEqual([counts?.['stored'], counts?.['duplicate']], [1, 0])
    assert.deepEqual(
      (await list(it)).map(({ id }) => id),
      [cut?.id],
    )
    const [call] = await smenaJson<CallJson>(it, ['call', String(whole?.id), '--json'])
    assert.equal(call?.exchangeCallId, '1')
    const again = owner === 'by itself' ? await serve(it, t) : running
    await send(again.ports['avaya'] as number, Buffer.from(`${good(1)}\r\n`))
    const { sources } = await passed(it)
    const { received, stored, duplicate, quarantined } = sources['avaya'] ?? {}
    assert.deepEqual([received, stored, duplicate, quarantined], [3, 1, 1, 1])
  })
