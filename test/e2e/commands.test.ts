import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Readable } from 'node:stream'
import { before, type TestContext, test } from 'node:test'
import type { WriteStream } from 'node:tty'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import type { Command } from 'commander'
import { buildProgram } from '../../src/cli/program.ts'
import { openWords } from '../../src/cli/words/words.ts'
import type { CallJson } from '../../src/pipeline/call-view.ts'
import { attributeFile } from '../support/attribution.ts'
import { sample } from '../support/feed.ts'
import { assignmentSql, employeeSql, shiftSql } from '../support/people-rows.ts'
import {
  configured,
  type Installation,
  installation,
  inThisProcess,
  sampleYaml,
  smena,
  smenaJson,
} from '../support/smena.ts'
import { temporaryDirectory } from '../support/stores.ts'
import { onTerminal, terminalMissing } from '../support/terminal.ts'

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url))

/** Both samples, imported once; the tests of this file only read. */
let it: Installation
let here: Installation
let all: readonly CallJson[]
let everyKind: readonly CallJson[]

const calls = (...args: string[]) => smenaJson<CallJson>(here, ['calls', '--json', ...args])
const idsOf = (list: readonly CallJson[]) => list.map(({ id }) => id)

before(async (context) => {
  it = configured(temporaryDirectory(context as TestContext), sampleYaml())
  here = inThisProcess(it)
  for (const [source, file] of [
    ['avaya', 'avaya-smdr.sample.csv'],
    ['asterisk', 'asterisk-master.sample.csv'],
  ] as const) {
    const path = join(it.directory, file)
    writeFileSync(path, sample(file))
    const { code, stderr } = await smena(it, ['import', path, '--source', source])
    assert.equal(code, 0, stderr)
  }
  all = await calls()
  everyKind = await calls('--kind', 'all')
})

test('calls are listed by their start, only those that count, one JSON object a line', async () => {
  assert.ok(all.length > 100)
  assert.ok(everyKind.length > all.length)
  assert.ok(all.every(({ kind }) => kind === 'call'))
  const { stdout } = await smena(it, ['calls', '--json'])
  assert.equal(stdout.trimEnd().split('\n').length, all.length)
  const fields =
    'id source plan exchangeCallId kind direction outcome from fromName to targets answeredBy answeredOutside extensions employees startedAt answeredAt endedAt ringSeconds waitSeconds talkSeconds holdSeconds parkSeconds machineSeconds conference segments doubtful complete'
  for (const call of everyKind) assert.equal(Object.keys(call).join(' '), fields)
})

test('each filter lists exactly the calls that fit', async () => {
  const fit = (holds: (call: CallJson) => boolean, from: readonly CallJson[] = all) => idsOf(from.filter(holds))
  assert.deepEqual(
    idsOf(await calls('--source', 'asterisk')),
    fit(({ source }) => source === 'asterisk'),
  )
  for (const direction of ['inbound', 'outbound', 'internal'])
    assert.deepEqual(
      idsOf(await calls('--direction', direction)),
      fit((call) => call.direction === direction),
    )
  for (const outcome of ['answered', 'missed', 'busy', 'failed', 'voicemail', 'automated'])
    assert.deepEqual(
      idsOf(await calls('--outcome', outcome)),
      fit((call) => call.outcome === outcome),
    )
  for (const kind of new Set(everyKind.map((call) => call.kind)))
    assert.deepEqual(
      idsOf(await calls('--kind', kind)),
      fit((call) => call.kind === kind, everyKind),
    )
  assert.deepEqual(
    idsOf(await calls('--extension', '201')),
    fit(({ extensions }) => extensions.includes('201')),
  )
  const both = await calls('--extension', '201', '--direction', 'inbound', '--outcome', 'answered')
  assert.deepEqual(
    idsOf(both),
    fit((call) => call.extensions.includes('201') && call.direction === 'inbound' && call.outcome === 'answered'),
  )
})

test('a number is found by its last ten digits, however it is written', async () => {
  const from = all.find((call) => /^7495\d{7}$/u.test(call.from ?? ''))?.from ?? ''
  const found = idsOf(await calls('--number', from))
  assert.ok(found.length > 0)
  for (const written of [from.slice(1), `8${from.slice(1)}`, `+7 (495) ${from.slice(4, 7)}-${from.slice(7)}`])
    assert.deepEqual(idsOf(await calls('--number', written)), found, written)
  assert.deepEqual(await calls('--number', '0000000000'), [])
})

test('a period is a date of the site, a local time or an instant; its end is not in it', async () => {
  const starts = (call: CallJson) => Date.parse(call.startedAt ?? '')
  const within = (from: number, to: number) => idsOf(all.filter((call) => starts(call) >= from && starts(call) < to))
  const day = [Date.parse('2024-03-04T00:00:00+03:00'), Date.parse('2024-03-05T00:00:00+03:00')] as const
  assert.ok(within(...day).length > 10)
  assert.deepEqual(idsOf(await calls('--from', '2024-03-04', '--to', '2024-03-05')), within(...day))
  const edge = all.find((call) => starts(call) > day[0])?.startedAt ?? ''
  assert.deepEqual(idsOf(await calls('--from', edge)), within(Date.parse(edge), Infinity))
  assert.deepEqual(idsOf(await calls('--to', edge)), within(0, Date.parse(edge)))
  const local = new Date(Date.parse(edge) + 3 * 3_600_000).toISOString().slice(0, 19)
  assert.deepEqual(idsOf(await calls('--to', local)), within(0, Date.parse(edge)))
  assert.deepEqual(idsOf(await calls('--from', edge.replace('Z', '+00:00'))), within(Date.parse(edge), Infinity))
})

test('CSV has a head line and the fields of the JSON', async () => {
  const { code, stdout } = await smena(it, ['calls', '--csv', '--source', 'asterisk'])
  assert.equal(code, 0)
  const [head, ...rows] = stdout.trimEnd().split(/\r?\n/u)
  assert.match(head ?? '', /^id,source,plan,exchangeCallId,kind,direction,outcome,from,/u)
  const asterisk = all.filter(({ source }) => source === 'asterisk')
  assert.equal(rows.length, asterisk.length)
  assert.deepEqual(
    rows.map((row) => row.slice(0, row.indexOf(','))),
    idsOf(asterisk),
  )
})

test('a table has every call, its sums by outcome add up, and the zone of its times is named', async () => {
  const { stdout } = await smena(it, ['calls'])
  const lines = stdout.trimEnd().split('\n')
  assert.match(lines.at(-1) ?? '', /Europe\/Moscow/u)
  const [, total = '', terms = ''] = /^([\d,]+) calls = (.+)$/u.exec(lines.at(-2) ?? '') ?? []
  assert.equal(Number(total), all.length)
  const sum = terms.split(' + ').reduce((n, term) => n + Number(/(\d+)$/u.exec(term)?.[1]), 0)
  assert.equal(sum, all.length)
  const russian = await smena(it, ['calls'], { environment: { LC_ALL: 'ru_RU.UTF-8' } })
  assert.match(russian.stdout, new RegExp(`^${all.length} звон(?:ок|ка|ков) = `, 'mu'))
})

test('a call is found by the id of any of its records, with its legs and its raw lines', async () => {
  const several = everyKind.filter(({ segments }) => segments > 1)
  assert.ok(several.length > 5)
  for (const { id, segments } of several.slice(0, 4)) {
    type Whole = CallJson & { legs: { record: string; raw: string; rawBase64: string }[]; attributions: unknown[] }
    const [call] = await smenaJson<Whole>(here, ['call', id, '--json'])
    assert.equal(call?.id, id)
    assert.equal(call?.legs.length, segments)
    assert.ok((call?.attributions ?? []).length > 0, 'whoever imports alone attributes')
    for (const { record, raw, rawBase64 } of call?.legs ?? []) {
      assert.equal(Buffer.from(rawBase64, 'base64').toString('utf8'), raw)
      const [same] = await smenaJson<Whole>(here, ['call', record, '--json'])
      assert.deepEqual(same, call)
    }
    const text = await smena(here, ['call', id, '--raw'])
    for (const { raw } of call?.legs ?? []) assert.ok(text.stdout.includes(raw.replaceAll('\n', '␊')), raw)
  }
})

test('ids that are none are wrong usage, ids that are not there a failure', async () => {
  const absent = await smena(it, ['call', '999999'])
  assert.deepEqual([absent.code, absent.stdout], [1, ''])
  assert.equal(absent.stderr, 'smena: No call has the id 999999. `smena calls` shows the ids there are.\n')
  const wrong = await smena(it, ['call', 'abc'])
  assert.deepEqual([wrong.code, wrong.stdout], [2, ''])
})

test('a reader that goes away is no error, in any format', async () => {
  for (const asked of ['calls', 'calls --json', 'calls --csv', 'help report']) {
    const script = `"${process.execPath}" "${cli}" ${asked} | head -n 1; echo "\${PIPESTATUS[0]}"`
    const { stdout, stderr } = spawnSync('bash', ['-c', script], {
      env: it.environment as NodeJS.ProcessEnv,
      cwd: it.directory,
      encoding: 'utf8',
    })
    assert.equal(stderr, '')
    assert.match(stdout, /\n0\n$/u)
  }
  const simulating = spawn(process.execPath, [cli, 'simulate', '--source', 'avaya', '--records', '100000'], {
    env: it.environment as NodeJS.ProcessEnv,
    cwd: it.directory,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  await once(simulating.stdout, 'data')
  simulating.stdout.destroy()
  assert.deepEqual(await once(simulating, 'exit'), [0, null])
})

/** The words that name each command of the program. */
function everyCommand(): string[][] {
  const stream = { columns: 80, write: () => true } as unknown as WriteStream
  const surroundings = { argv: [], environment: {}, stdin: Readable.from([]), stdout: stream, stderr: stream }
  const below = (command: Command, path: readonly string[]): string[][] =>
    command.commands.flatMap((one) => [[...path, one.name()], ...below(one, [...path, one.name()])])
  return below(buildProgram(surroundings, openWords('en', 'UTC')), [])
}

test('help names every command, in both languages, and the exit code is 0', async () => {
  const commands = everyCommand()
  assert.ok(commands.length > 80, `${commands.length} commands`)
  for (const [lang, usage] of [
    ['en', 'Usage:'],
    ['ru', 'Запуск:'],
  ] as const) {
    const environment = { SMENA_LANG: lang }
    const help = await smena(it, ['help'], { environment })
    assert.deepEqual([help.code, help.stderr], [0, ''])
    for (const line of help.stdout.split('\n')) assert.ok(line.length <= 80, line)
    for (const path of commands) {
      const above = path.length === 1 ? help : await smena(here, ['help', ...path.slice(0, -1)], { environment })
      assert.match(above.stdout, new RegExp(`^ {2}${path.at(-1)}\\b`, 'mu'))
      const one = await smena(here, ['help', ...path], { environment })
      assert.deepEqual([one.code, one.stderr], [0, ''])
      assert.ok(one.stdout.startsWith(`${usage} smena ${path.join(' ')}`), one.stdout)
      assert.deepEqual(await smena(here, [...path, '--help'], { environment }), one)
    }
  }
})

test('help is there when no setting can be read', async (t) => {
  const directory = temporaryDirectory(t)
  const broken = configured(directory, 'timezone: [')
  writeFileSync(join(directory, 'data'), 'no directory')
  for (const [args, how] of [
    [['help', 'shift', 'start'], {}],
    [['shift', 'start', '--help'], {}],
    [['help', 'shift', 'start', '--config', 'nowhere.yaml'], {}],
    [['--config', 'nowhere.yaml', 'help', 'shift', 'start'], {}],
    [['help', 'shift', 'start'], { SMENA_CONFIG: join(directory, 'data', 'smena.yaml') }],
  ] as const) {
    const { code, stdout, stderr } = await smena(broken, args, { environment: { SMENA_LANG: 'en', ...how } })
    assert.deepEqual([code, stderr], [0, ''], args.join(' '))
    assert.ok(stdout.startsWith('Usage: smena shift start'), stdout)
  }
  assert.equal((await smena(broken, ['shift', 'list'])).code, 1)
})

test('wrong usage ends with 2, one line that says what is wrong, nothing on standard output', async () => {
  const cluster = ['--set', 'kafka.brokers=[127.0.0.1:9]', '--set', 'databaseUrl=postgres://nobody@127.0.0.1:9/none']
  const wrong: readonly (readonly [args: readonly string[], told: RegExp])[] = [
    [['frobnicate'], /frobnicate/u],
    [['calls', '--frobnicate'], /--frobnicate/u],
    [['calls', '--kind', 'frob'], /--kind.*"frob".*call, twin-leg/u],
    [['calls', '--from', 'yesterday'], /--from is "yesterday", expected a date such as/u],
    [['calls', '--from', '2026-02-30'], /--from is "2026-02-30"/u],
    [['calls', '--from', '1926-02-28'], /--from is "1926-02-28"/u],
    [['calls', '--json', '--csv'], /--json and --csv/u],
    [['calls', '--extension'], /--extension/u],
    [['call'], /ID/u],
    [['call', '1', '2'], /more arguments/u],
    [['serve', 'now'], /more arguments/u],
    [['import', '--source', 'avaya'], /FILE/u],
    [['replay'], /--source/u],
    [['collect', '--source', 'avaya'], /--stdin/u],
    [['help', 'frobnicate'], /frobnicate/u],
    [['config', 'frobnicate'], /frobnicate|more arguments/u],
    [['config', 'apply', '--rename', 'one'], /--rename is "one", expected OLD=NEW/u],
    [['simulate', '--source', 'avaya', '--seed', 'x'], /--seed is "x", expected a whole number/u],
    [['simulate', '--source', 'avaya', '--from', '1.1.2026'], /--from is "1\.1\.2026", expected a date/u],
    [['simulate', '--source', 'avaya', '--fields', '31'], /--fields is 31, expected one of 30, 34, 35, 37/u],
    [['simulate', '--source', 'avaya', '--to', 'nowhere'], /--to is "nowhere", expected HOST:PORT/u],
    [['employee', 'add', 'X', '--hired', 'yesterday'], /hired on is "yesterday", expected a date/u],
    [['employee', 'add', 'X', '--left', '2026-02-30'], /left on is "2026-02-30"/u],
    [['employee', 'add', 'X', '--zone', 'Mars'], /zone is "Mars", expected an IANA time zone/u],
    [['site', 'set', 'X', '--zone', 'Mars'], /zone is "Mars"/u],
    [['directory', 'set', '300', '--plan', 'avaya', '--service-level', 'x'], /service level is "x"/u],
    [['shift', 'start', '1', '--at', 'noon'], /--at is "noon"/u],
    [['correction', 'request', '1', '--reason', 'x', '--edit', '{'], /--edit is \{, expected JSON/u],
    [['correction', 'request', '1', '--reason', 'x', '--edit', '{"edit":"x"}'], /edit is "x", expected add-shift/u],
    [['shift', 'show', 'first'], /"first" is no id/u],
    [
      [...cluster, 'forward', '--source', 'avaya', '--from', '104', '--to', '101'],
      /--to is 101, expected a number not below --from/u,
    ],
    ...[
      ['calls'],
      ['shift', 'list'],
      ['worked'],
      ['replay', '--source', 'avaya'],
      ['period', 'lock'],
      ['employee', 'assign', '1', '--extension', '201'],
      ['report', 'shift'],
      ['report', 'save', 'X', 'shift'],
    ].map(
      (args) =>
        [[...args, '--from', '2026-11-25', '--to', '2026-11-24'], /2026-11-24.*--from|--from.*2026-11-24/u] as const,
    ),
    [['--lang', 'de', 'status'], /--lang.*"de".*ru, en/u],
    [['--timezone', 'Mars', 'status'], /--timezone.*"Mars"/u],
    [['--set', 'nonsense=1', 'status'], /--set: unknown key nonsense/u],
    // Commands of the plan that this release does not have.
    [['demo'], /demo/u],
    [['doctor'], /doctor/u],
    [['timesheet', '--month', '2026-11'], /timesheet/u],
    [['employee', 'frobnicate'], /frobnicate/u],
    [['report', 'frobnicate'], /frobnicate/u],
  ]
  for (const [args, told] of wrong) {
    const { code, stdout, stderr } = await smena(here, args)
    assert.deepEqual([code, stdout], [2, ''], args.join(' '))
    assert.match(stderr, /^smena: [^\n]+\n$/u, args.join(' '))
    assert.match(stderr, told)
    const russian = await smena(here, args, { environment: { SMENA_LANG: 'ru' } })
    if (args[0] !== '--lang') assert.match(russian.stderr, /[а-я]{3}/u, args.join(' '))
  }
  // The shell is told the same.
  for (const args of [['frobnicate'], ['calls', '--from', 'yesterday'], ['--timezone', 'Mars', 'status']])
    assert.deepEqual(await smena(it, args), await smena(here, args), args.join(' '))
  for (const args of [[], ['config']]) {
    const { code, stdout, stderr } = await smena(it, args)
    assert.deepEqual([code, stdout], [2, ''])
    assert.match(stderr, /^Usage: smena/u, 'what there is, at once')
  }
})

test('the version is that of the package', async () => {
  const { stdout } = await smena(it, ['--version'])
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/u)
})

const widths = [80, 140]

test('on a terminal no line is wider than it, in both languages and two widths', async () => {
  for (const lang of ['en', 'ru'])
    for (const columns of widths)
      for (const args of [['calls'], ['status'], ['quarantine'], ['call', all[0]?.id ?? '']]) {
        const { stdout } = await smena(here, args, { columns, environment: { SMENA_LANG: lang } })
        assert.ok(stdout.length > 10)
        for (const line of stripVTControlCharacters(stdout).split('\n'))
          assert.ok(line.length <= columns, `${lang} ${columns} ${args.join(' ')}: ${line}`)
      }
})

test('the width of a terminal is the one it has', { skip: terminalMissing }, async () => {
  for (const columns of widths) {
    const environment = { SMENA_LANG: 'en', TERM: 'xterm' }
    const { stdout } = await smena(here, ['calls'], { columns, environment })
    const shown = onTerminal(it, ['calls'], { columns, environment }).filter((line) => line !== '')
    const expected = stripVTControlCharacters(stdout).split('\n')
    assert.deepEqual(
      shown,
      expected.filter((line) => line !== ''),
    )
  }
})

test('without a store every reading command answers at once and makes none', async (t) => {
  const empty = inThisProcess(installation(temporaryDirectory(t)))
  assert.equal((await smena(empty, ['calls'])).stdout, 'No calls.\n')
  assert.equal((await smena(empty, ['calls', '--json'])).stdout, '')
  assert.match((await smena(empty, ['calls', '--csv'])).stdout, /^id,source,[^\n]+\n$/u)
  assert.equal((await smena(empty, ['call', '1'])).code, 1)
  assert.match((await smena(empty, ['status'])).stdout, /^! nothing is being collected: .+smena serve.+$/mu)
})

test('calls are found by who held a telephone in them, and a call shows who had which leg and what nobody had', async () => {
  const file = join(it.directory, 'data', 'store.db')
  const db = new DatabaseSync(file, { timeout: 5000 })
  const of201And202 = all.find(
    (call) => call.source === 'avaya' && ['201', '202'].every((it) => call.extensions.includes(it)),
  )
  const day = Date.parse(of201And202?.startedAt ?? '') - 3_600_000
  const statements = [
    employeeSql(1, 'Петрова Анна', '0042'),
    employeeSql(2, 'Орлов Олег'),
    assignmentSql({ employeeId: 1, plan: 'avaya', extension: '201' }),
    assignmentSql({ employeeId: 2, plan: 'avaya', extension: '202' }),
    ...shiftSql({ id: 1, employeeId: 1, from: day, to: day + 86_400_000 }),
    'INSERT INTO attribution_due (source_id, call_id) SELECT source_id, id FROM call',
  ]
  for (const statement of statements) db.exec(statement)
  db.close()
  await attributeFile(file)

  const theirs = await calls('--source', 'avaya', '--extension', '201')
  assert.ok(theirs.length > 3)
  for (const employee of ['1', '0042', 'петрова анна'])
    assert.deepEqual(idsOf(await calls('--employee', employee)), idsOf(theirs), employee)
  for (const { employees, startedAt } of theirs) {
    const [{ id, name, extension, state }] = employees.filter((one) => one.id === '1') as [
      CallJson['employees'][number],
    ]
    const isOnShift = Math.floor((Date.parse(startedAt ?? '') - day) / 86_400_000) === 0
    assert.deepEqual([id, name, extension, state], ['1', 'Петрова Анна', '201', isOnShift ? 'on-shift' : 'off-shift'])
  }
  const refused = await smena(it, ['calls', '--employee', 'Петров'])
  assert.deepEqual([refused.code, refused.stdout], [1, ''])
  assert.match(refused.stderr, /^smena: Nobody is Петров: expected an id, a personnel number or a full name/u)

  const both = theirs.find((call) => call.id === of201And202?.id) as CallJson
  assert.deepEqual([...new Set(both.employees.map((one) => `${one.name} ${one.state}`))].sort(), [
    'Орлов Олег off-shift',
    'Петрова Анна on-shift',
  ])
  type Whole = CallJson & { attributions: { record: string | null }[]; unattributed: object[] }
  const [whole] = await smenaJson<Whole>(here, ['call', both.id, '--json'])
  assert.ok(whole?.attributions.some(({ record }) => record !== null))
  assert.deepEqual(whole?.unattributed, [{ extension: '202', reason: 'off-shift' }])
  const { stdout } = await smena(it, ['call', both.id])
  assert.match(stdout, /201 +Петрова Анна .*on shift/u)
  assert.match(stdout, /202 +Орлов Олег .*off shift, not counted/u)
  const nobodys = all.find((call) => call.source === 'asterisk' && call.extensions.length > 0)?.id ?? ''
  assert.match((await smena(it, ['call', nobodys])).stdout, /nobody held it/u)
  assert.match((await smena(it, ['calls', '--csv', '--employee', '1'])).stdout, /,Петрова Анна/u)
})
