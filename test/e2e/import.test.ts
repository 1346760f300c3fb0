import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { before, type TestContext, test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { gzipSync } from 'node:zlib'
import { simulate } from '../../src/domain/simulation/simulate.ts'
import { sample } from '../support/feed.ts'
import {
  configured,
  type Installation,
  installation,
  sampleYaml,
  serve,
  smena,
  smenaJson,
  startSmena,
  statusOfInstallation,
  until,
} from '../support/smena.ts'
import { temporaryDirectory } from '../support/stores.ts'
import { onTerminal, terminalMissing } from '../support/terminal.ts'

/** Enough that an import of it can be interrupted in its middle. Where that takes long, standard error tells how far it is. */
const archiveRecords = 12_000
let archive: Buffer
let packed: Buffer

before(() => {
  const lines: string[] = []
  const options = { format: 'asterisk-csv', seed: 7, from: '2026-03-02', days: Number.POSITIVE_INFINITY } as const
  for (const { line } of simulate({ ...options, callsADay: 4000, timezone: 'Europe/Moscow', records: archiveRecords }))
    lines.push(`${line}\n`)
  archive = Buffer.from(lines.join(''))
  packed = gzipSync(archive)
})

interface ImportResult {
  readonly file: string
  readonly received: number
  readonly stored: number
  readonly duplicate: number
  readonly quarantined: number
  readonly outside: number
  readonly interrupted: boolean
}

const importing = (file: string, source = 'asterisk') => ['import', file, '--source', source]
const asJson = (it: Installation, ...args: string[]) => smenaJson<ImportResult>(it, [...args, '--json'])

/** The calls but for their ids, which tell in which order records came. */
async function callsOf(it: Installation): Promise<string> {
  const { code, stdout, stderr } = await smena(it, ['calls', '--json', '--kind', 'all'])
  assert.equal(code, 0, stderr)
  const calls = stdout.split('\n').map((row) => row.replace(/^\{"id":"\d+",/u, '{'))
  return createHash('sha256').update(calls.toSorted().join('\n')).digest('hex')
}

let wholeCalls: Promise<string> | null = null
/** What an undisturbed import of the archive gives. */
function expectedCalls(): Promise<string> {
  wholeCalls ??= (async () => {
    const directory = mkdtempSync(join(tmpdir(), 'smena-test-'))
    const it = installation(directory)
    const file = join(directory, 'whole.csv')
    writeFileSync(file, archive)
    const [counts] = await asJson(it, ...importing(file))
    assert.deepEqual([counts?.received, counts?.stored], [archiveRecords, archiveRecords])
    const calls = await callsOf(it)
    rmSync(directory, { recursive: true })
    return calls
  })()
  return wholeCalls
}

function place(t: TestContext): { it: Installation; file: string } {
  const it = installation(temporaryDirectory(t))
  const file = join(it.directory, 'Master.csv')
  writeFileSync(file, archive)
  return { it, file }
}

const asteriskOf = async (it: Installation) => (await statusOfInstallation(it)).sources['asterisk']

async function assertWhole(it: Installation): Promise<void> {
  const status = await statusOfInstallation(it)
  const { received = 0, stored = 0, duplicate = 0, quarantined, pending } = status.sources['asterisk'] ?? {}
  assert.deepEqual([stored, quarantined, pending, status.gaps], [archiveRecords, 0, 0, []])
  assert.equal(received, stored + duplicate)
  assert.equal(await callsOf(it), await expectedCalls())
}

/** Waits until an import has stored something, and has as much before it. */
async function inTheMiddle(it: Installation): Promise<void> {
  const file = join(it.directory, 'data', 'store.db')
  const stored = () => {
    try {
      using db = new DatabaseSync(file, { readOnly: true, timeout: 5000 })
      return Number(db.prepare('SELECT count(*) AS n FROM record').get()?.['n'])
    } catch (error) {
      // It is yet to be made.
      if ((error as { code?: string }).code === 'ERR_SQLITE_ERROR') return 0
      throw error
    }
  }
  await until(
    async () => stored(),
    (now) => now > 300,
  )
}

/** An import that Ctrl-C came into the middle of: on a busy machine one may be over before the signal is sent. */
async function interrupted(t: TestContext, begin: (it: Installation, t: TestContext) => Promise<unknown>) {
  for (let attempt = 1; ; attempt++) {
    const { it, file } = place(t)
    await begin(it, t)
    const running = startSmena(it, [...importing(file), '--json'])
    await inTheMiddle(it)
    running.child.kill('SIGINT')
    const finished = await running.finished
    if (finished.code !== 0 || attempt === 5) return { it, file, finished }
  }
}

for (const owner of ['by itself', 'through the owner'] as const) {
  const begin = async (it: Installation, t: TestContext) => (owner === 'by itself' ? null : await serve(it, t))

  test(`plain and packed files, several at once, ${owner}; again: no change`, async (t) => {
    const it = configured(temporaryDirectory(t), sampleYaml())
    await begin(it, t)
    const master = sample('asterisk-master.sample.csv')
    const middle = master.indexOf(10, master.length >> 1) + 1
    const [one, two] = [join(it.directory, 'Master.csv'), join(it.directory, 'Master.csv.1')]
    writeFileSync(one, master.subarray(0, middle))
    // Known by its first bytes, not by its name.
    writeFileSync(two, gzipSync(master.subarray(middle)))
    const args = ['import', one, two, '--source', 'asterisk']
    const first = await smena(it, args)
    assert.deepEqual([first.code, first.stderr], [0, ''])
    const lines = first.stdout.split('\n')
    assert.match(lines[0] ?? '', /^\/.*Master\.csv: received 38 = stored 38 \+ duplicates 0 \+ quarantine 0$/u)
    assert.match(lines[1] ?? '', /^\/.*Master\.csv\.1: received 36 = stored 36 \+ duplicates 0 \+ quarantine 0$/u)
    const calls = await callsOf(it)
    const again = await asJson(it, ...args)
    assert.deepEqual(
      again,
      [38, 36].map((received, i) => ({
        file: [one, two][i],
        received,
        stored: 0,
        duplicate: received,
        quarantined: 0,
        suspect: 0,
        outside: 0,
        interrupted: false,
      })),
    )
    assert.equal(await callsOf(it), calls)
    const status = await statusOfInstallation(it)
    assert.deepEqual(
      [
        status.sources['asterisk']?.received,
        status.sources['asterisk']?.duplicate,
        status.sources['asterisk']?.pending,
      ],
      [148, 74, 0],
    )
  })

  test(`Ctrl-C in the middle, ${owner}: it says what stays; again: complete`, async (t) => {
    const { it, file, finished } = await interrupted(t, begin)
    const { code, stdout, stderr } = finished
    assert.equal(code, 1)
    assert.match(stderr, /^Interrupted; what was stored stays\. [^\n]+\n$/mu)
    const counts = JSON.parse(stdout) as ImportResult
    assert.equal(counts.interrupted, true)
    assert.ok(counts.received > 0 && counts.received < archiveRecords, stdout)
    const cut = await until(
      () => asteriskOf(it),
      (now) => now?.pending === 0 && now.received === now.stored,
    )
    const stays = cut?.stored ?? 0
    assert.ok(stays >= counts.stored, 'what it said is there')
    const { stored = 0, duplicate = 0 } = (await asJson(it, ...importing(file)))[0] ?? {}
    assert.equal(stored + duplicate, archiveRecords)
    // The owner may have been writing one more batch.
    assert.ok(duplicate >= stays, `${duplicate} were there, and before ${stays}`)
    await assertWhole(it)
  })

  test(`kill -9 of the command in the middle, ${owner}; again: complete, and a third time: no change`, async (t) => {
    const { it, file } = place(t)
    await begin(it, t)
    const running = startSmena(it, importing(file))
    await inTheMiddle(it)
    running.child.kill('SIGKILL')
    await running.finished
    await asJson(it, ...importing(file))
    await assertWhole(it)
    const [third] = await asJson(it, ...importing(file))
    assert.deepEqual([third?.stored, third?.duplicate], [0, archiveRecords])
    await assertWhole(it)
  })
}

test('kill -9 of the owner in the middle: the command says so and ends with 1; again: complete', async (t) => {
  const { it, file } = place(t)
  const owner = await serve(it, t)
  const running = startSmena(it, importing(file))
  await inTheMiddle(it)
  await owner.kill()
  const { code, stdout, stderr } = await running.finished
  assert.deepEqual([code, stdout], [1, ''])
  assert.match(stderr, /^smena: The process that owns the data directory went away before it answered: .+\n$/mu)
  await serve(it, t)
  await asJson(it, ...importing(file))
  await assertWhole(it)
})

test('the owner is stopped in the middle: the command is told; again: complete', async (t) => {
  const { it, file } = place(t)
  const owner = await serve(it, t)
  const running = startSmena(it, importing(file))
  await inTheMiddle(it)
  assert.equal(await owner.stop(), 0)
  const { code, stderr } = await running.finished
  assert.equal(code, 1)
  assert.match(stderr, /went away before it answered: it was stopped\. .+repeat the command.+\n$/mu)
  await asJson(it, ...importing(file))
  await assertWhole(it)
})

test('a packed archive that is cut short: what came of it stays, its cause is told; the whole one completes it', async (t) => {
  const { it, file } = place(t)
  const cut = join(it.directory, 'cut.csv.gz')
  writeFileSync(cut, packed.subarray(0, packed.length >> 1))
  for (const owner of ['alone', 'owned'] as const) {
    const running = owner === 'owned' ? await serve(it, t) : null
    const { code, stdout, stderr } = await smena(it, importing(cut))
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(
      stderr,
      /^smena: Cannot read \/.+\/cut\.csv\.gz: its packed data end too early \(Z_BUF_ERROR\)\. .+what was stored of it before stays\.\n$/mu,
    )
    const now = await asteriskOf(it)
    assert.ok((now?.stored ?? 0) > 1000 && (now?.stored ?? 0) < archiveRecords)
    assert.equal(now?.quarantined, 0, 'the line at the cut is not taken for a whole one')
    await running?.stop()
  }
  await asJson(it, ...importing(file))
  await assertWhole(it)
})

test('what cannot be imported is told before anything is touched', async (t) => {
  const it = installation(temporaryDirectory(t))
  const good = join(it.directory, 'good.csv')
  writeFileSync(good, sample('asterisk-master.sample.csv'))
  const missing = join(it.directory, 'missing.csv')
  const refused: readonly (readonly [args: readonly string[], code: number, told: RegExp])[] = [
    [['import', good, missing, '--source', 'asterisk'], 1, /missing\.csv: there is no such file \(ENOENT\)\./u],
    [['import', it.directory, '--source', 'asterisk'], 1, /: it is a directory \(EISDIR\)\./u],
    [['import', good, '--source', 'nope'], 1, /There is no source nope\. Name one of: avaya, asterisk\./u],
    [['import', good], 2, /--source/u],
    [['import', '--source', 'asterisk'], 2, /FILE/u],
  ]
  for (const [args, expected, told] of refused) {
    const { code, stdout, stderr } = await smena(it, args)
    assert.deepEqual([code, stdout], [expected, ''], args.join(' '))
    assert.match(stderr, told)
    assert.match(stderr, /^smena: [^\n]+\n$/u, 'one line')
  }
  assert.ok(!existsSync(join(it.directory, 'data')), 'nothing was made')
})

test('an empty file, a file without an end of line, a file of the other exchange', async (t) => {
  const it = installation(temporaryDirectory(t))
  const file = join(it.directory, 'a.csv')
  const figures = async (bytes: Uint8Array, source: string) => {
    writeFileSync(file, bytes)
    const [counts] = await asJson(it, ...importing(file, source))
    return [counts?.received, counts?.stored, counts?.duplicate, counts?.quarantined]
  }
  assert.deepEqual(await figures(Buffer.from(''), 'avaya'), [0, 0, 0, 0])
  assert.deepEqual(await figures(gzipSync(''), 'avaya'), [0, 0, 0, 0])
  const avaya = sample('avaya-smdr.sample.csv')
  const first = avaya.subarray(0, avaya.indexOf(10))
  assert.deepEqual(await figures(first.subarray(0, first.at(-1) === 13 ? -1 : undefined), 'avaya'), [1, 1, 0, 0])
  assert.deepEqual(await figures(first, 'avaya'), [1, 0, 1, 0], 'the end of the file ends a record')
  const [received, , , quarantined] = await figures(avaya, 'asterisk')
  assert.ok((received ?? 0) > 70)
  assert.equal(quarantined, received, 'all of it can be seen and nothing of it is a call')
})

for (const lang of ['en', 'ru'] as const)
  test(`on a terminal there is a bar on standard error, and it leaves nothing behind (${lang})`, {
    skip: terminalMissing,
  }, async (t) => {
    const { it, file } = place(t)
    const out = join(it.directory, 'out.txt')
    const environment = { SMENA_LANG: lang }
    const shown = onTerminal(it, importing(file), { columns: 80, environment, into: out })
    const word = lang === 'en' ? 'Reading' : 'Чтение'
    const frames = shown.filter((frame) => frame.includes(word))
    assert.ok(frames.some((frame) => new RegExp(`${word} .+[█░]+ +\\d+`, 'u').test(frame)))
    for (const frame of frames) assert.ok(frame.length < 80, frame)
    const printed = readFileSync(out, 'utf8')
    assert.doesNotMatch(printed, /[█░]/u)
    assert.equal(printed, stripVTControlCharacters(printed))
  })
