import assert from 'node:assert/strict'
import { cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { openJournal } from '../../src/adapters/journal-sqlite/journal-sqlite.ts'
import { requireWholeLog } from '../../src/adapters/journal-sqlite/write-ahead-log.ts'
import { SmenaError } from '../../src/domain/errors.ts'
import { seeded } from '../support/mutation.ts'
import {
  type Contents,
  contentsOf,
  type Damage,
  damagedCopy,
  type FlipCounts,
  type FlipNews,
  type FlipWork,
} from './bit-flips.ts'
import { journalOptions, linesOf, newDelivery, runOf, temporary } from './runs.ts'
import { sampleFeeds, sampleJournal } from './sample-journal.ts'
import { Writing } from './writing.ts'

const seed = Number(process.env['SMENA_TEST_SEED'] ?? Date.now() % 1_000_000)
const flips = Number(process.env['SMENA_TEST_FLIPS'] ?? 3000)
const pageBytes = 4096
/** Damaged copies are read one after the other; none takes nearly as long. */
const hangMs = 20_000

/** All damages read in a thread; fails when one of them hangs. */
async function readDamaged(
  t: TestContext,
  file: string,
  damages: readonly Damage[],
  read: FlipWork['read'] = 'records',
): Promise<FlipCounts> {
  const workerData: FlipWork = { read, file, directory: join(temporary(t), 'copy'), damages }
  const worker = new Worker(new URL('bit-flips.ts', import.meta.url), { workerData })
  const done = Promise.withResolvers<FlipCounts>()
  const wrong: string[] = []
  let last: Damage | undefined
  const isAlive = () => setTimeout(() => done.reject(new Error(`hangs at ${JSON.stringify(last)}`)), hangMs)
  let watch = isAlive()
  worker.on('error', (error) => done.reject(new Error(`dies at ${JSON.stringify(last)}`, { cause: error })))
  worker.on('exit', () => done.reject(new Error(`ends at ${JSON.stringify(last)}`)))
  worker.on('message', (news: FlipNews) => {
    clearTimeout(watch)
    watch = isAlive()
    if (news.kind === 'begun') last = news.damage
    else if (news.kind === 'wrong') wrong.push(`${JSON.stringify(news.damage)}: ${news.what}`)
    else done.resolve(news.counts)
  })
  try {
    const counts = await done.promise
    assert.deepEqual(wrong, [])
    return counts
  } finally {
    clearTimeout(watch)
    await worker.terminate()
  }
}

test(`no bit of the file can flip so that a changed record is believed (${flips} flips, seed ${seed})`, async (t) => {
  const file = await sampleJournal(temporary(t))
  const { size } = statSync(file)
  const random = seeded(seed)
  const damages: Damage[] = []
  const flip = (at: number) => damages.push({ kind: 'flip', at, bit: Math.floor(random() * 8) })
  // The header of the file and of every page, and then anywhere.
  for (let at = 0; at < 100; at++) flip(at)
  for (let page = 0; page < size; page += pageBytes) for (let at = 0; at < 12; at++) flip(page + at)
  while (damages.length < flips) flip(Math.floor(random() * size))
  const counts = await readDamaged(t, file, damages)
  t.diagnostic(`${size} bytes, ${damages.length} flips: ${JSON.stringify(counts)}`)
  assert.ok(counts.damaged > flips / 4)
  assert.ok(counts.refused < flips / 4)
})

test(`no bit of the file can flip so that another partition is taken or a kept one is forgotten (seed ${seed})`, async (t) => {
  const file = await sampleJournal(temporary(t))
  const random = seeded(seed)
  const damages: Damage[] = []
  const flip = (at: number, bit = Math.floor(random() * 8)) => damages.push({ kind: 'flip', at, bit })
  for (const page of feedPages(file)) {
    // The page's header, the places of its cells, the cells, which lie at its end, and anywhere.
    for (let at = 0; at < 8; at++) for (let bit = 0; bit < 8; bit++) flip(page + at, bit)
    for (let at = 8; at < 8 + 2 * sampleFeeds.length; at++) flip(page + at)
    for (let i = 0; i < 150; i++) flip(page + pageBytes - 1 - Math.floor(random() * 56 * sampleFeeds.length))
    for (let i = 0; i < 10; i++) flip(page + Math.floor(random() * pageBytes))
  }
  // Where the tables are told, and the sources whose the feeds are.
  for (let i = 0; i < 200; i++) flip(Math.floor(random() * 6 * pageBytes))
  const counts = await readDamaged(t, file, damages, 'feeds')
  t.diagnostic(`${damages.length} flips: ${JSON.stringify(counts)}`)
  assert.equal(counts.holes, 0, 'a feed is forgotten')
  assert.ok(counts.refused > damages.length / 3)
})

/** Where the pages of the table of feeds and of its index begin. */
function feedPages(file: string): number[] {
  const db = new DatabaseSync(file, { readOnly: true })
  try {
    const rows = db.prepare(`SELECT rootpage FROM sqlite_schema WHERE tbl_name = 'feed'`).all()
    assert.equal(rows.length, 2)
    return rows.map(({ rootpage }) => (Number(rootpage) - 1) * pageBytes)
  } finally {
    db.close()
  }
}

test('a file that was cut anywhere gives what is left of it, or nothing', async (t) => {
  const file = await sampleJournal(temporary(t))
  const { size } = statSync(file)
  const random = seeded(seed)
  const lengths = [0, 1, 16, 99, 100, 511, 512, size - 1]
  for (let page = pageBytes; page < size; page += pageBytes) lengths.push(page - 1, page, page + 1)
  while (lengths.length < 300) lengths.push(Math.floor(random() * size))
  const counts = await readDamaged(
    t,
    file,
    lengths.map((length) => ({ kind: 'cut', length })),
  )
  t.diagnostic(JSON.stringify(counts))
})

test(`a writer that opens a damaged file refuses it or goes on without giving a number twice (seed ${seed})`, async (t) => {
  const file = await sampleJournal(temporary(t))
  const original = readFileSync(file)
  const whole = await contentsOf(join(file, '..'))
  const random = seeded(seed)
  const directory = join(temporary(t), 'copy')
  const outcomes = { refused: 0, opened: 0 }
  for (let round = 0; round < 90; round++) {
    // Every third within the first pages, where header, tables and small rows lie.
    const at = Math.floor(random() * (round % 3 === 0 ? 6 * pageBytes : original.length))
    const damage: Damage = { kind: 'flip', at, bit: Math.floor(random() * 8) }
    rmSync(directory, { recursive: true, force: true })
    mkdirSync(directory)
    writeFileSync(join(directory, 'journal.db'), damagedCopy(original, damage))
    const given = await withinTime(damage, appendOne(directory, 'avaya'))
    outcomes[given === null ? 'refused' : 'opened']++
    const found = await withinTime(damage, contentsOf(directory).catch(ignoreRefusal))
    if (!found) continue
    for (const [source, records] of found) holdAgainst(whole, source, records, given, damage)
    if (given !== null && found.get('avaya')?.has(given)) assert.match(String(found.get('avaya')?.get(given)), /99,/u)
  }
  t.diagnostic(JSON.stringify(outcomes))
})

/** The files that a killed writer left: a journal with 30 commits in its log. */
async function killedJournal(t: TestContext): Promise<{ directory: string; log: Buffer; commits: number }> {
  const directory = temporary(t)
  const writer = await new Writing().open(directory)
  const delivery = newDelivery('avaya')
  const commits = 30
  for (let line = 1; line <= commits; line++) await writer.append(runOf(delivery, line, linesOf(line, 1, 3000)))
  await writer.kill()
  const log = readFileSync(join(directory, 'journal.db-wal'))
  assert.ok(log.length > commits * pageBytes)
  return { directory, log, commits }
}

test(`a bit that flips in the write-ahead log gives no number again (seed ${seed})`, async (t) => {
  const { directory: origin, log, commits } = await killedJournal(t)
  const random = seeded(seed)
  const directory = join(temporary(t), 'copy')
  let refused = 0
  for (let round = 0; round < 50; round++) {
    const damage: Damage = { kind: 'flip', at: Math.floor(random() * log.length), bit: Math.floor(random() * 8) }
    rmSync(directory, { recursive: true, force: true })
    cpSync(origin, directory, { recursive: true })
    rmSync(join(directory, 'journal.db-shm'), { force: true })
    writeFileSync(join(directory, 'journal.db-wal'), damagedCopy(log, damage))
    const given = await withinTime(damage, appendOne(directory, 'avaya'))
    if (given === null) refused++
    // The last commit cannot be told from one that was torn.
    else assert.ok(given >= commits, `number ${given} is given again after ${JSON.stringify(damage)}`)
  }
  assert.ok(refused > 30, `${refused} of 50 were refused`)
})

test(`a damaged write-ahead log is told from one that a crash tore (seed ${seed})`, async (t) => {
  const { log } = await killedJournal(t)
  const random = seeded(seed)
  const file = join(temporary(t), 'journal.db')
  const isRefused = (bytes: Uint8Array) => {
    writeFileSync(`${file}-wal`, bytes)
    try {
      requireWholeLog(file)
      return false
    } catch (error) {
      assert.ok(error instanceof SmenaError && error.code === 'journal-damaged')
      return true
    }
  }
  assert.equal(isRefused(log), false)
  const frames: number[] = []
  for (let at = 32; at < log.length; at += 24 + pageBytes) if (log.readUInt32BE(at + 4) > 0) frames.push(at)
  const lastCommitBegins = (frames.at(-2) as number) + 24 + pageBytes
  for (let at = 0; at < 32; at++)
    for (let bit = 0; bit < 8; bit++)
      assert.equal(isRefused(damagedCopy(log, { kind: 'flip', at, bit })), true, `bit ${bit} of byte ${at}`)
  for (let round = 0; round < 600; round++) {
    const at = Math.floor(random() * lastCommitBegins)
    const damage: Damage = { kind: 'flip', at, bit: Math.floor(random() * 8) }
    assert.equal(isRefused(damagedCopy(log, damage)), true, JSON.stringify(damage))
  }
  // A crash cuts the log, or leaves of its last commit some pages and others not.
  for (let round = 0; round < 300; round++) {
    const length = Math.floor(random() * log.length)
    assert.equal(isRefused(damagedCopy(log, { kind: 'cut', length })), false, `cut to ${length}`)
    const torn = new Uint8Array(log)
    const from = lastCommitBegins + Math.floor(random() * (log.length - lastCommitBegins))
    torn.fill(0, from, from + Math.floor(random() * (log.length - from)))
    assert.equal(isRefused(torn), false, `torn from ${from}`)
  }
})

/** Opens a journal, appends one record and closes it. Its number, also when only closing found the damage; null when it was not taken. */
async function appendOne(directory: string, source: string): Promise<number | null> {
  let number: number | null = null
  try {
    const journal = await openJournal(journalOptions(directory))
    try {
      await journal.append(runOf(newDelivery(source), 99, linesOf(99, 1)))
      number = (await journal.given()).get(source) ?? 0
    } finally {
      await journal[Symbol.asyncDispose]()
    }
  } catch (error) {
    ignoreRefusal(error)
  }
  return number
}

function ignoreRefusal(error: unknown): null {
  if (error instanceof SmenaError || (error as Error).name === 'SuppressedError') return null
  throw error
}

function holdAgainst(
  whole: Contents,
  source: string,
  records: ReadonlyMap<number, string>,
  appended: number | null,
  damage: Damage,
): void {
  for (const [number, text] of records) {
    const before = whole.get(source)?.get(number)
    const isNew = source === 'avaya' && number === appended
    if (before === undefined) assert.ok(isNew, `${source} ${number} came with ${JSON.stringify(damage)}`)
    else if (text !== 'damaged') assert.equal(text, before, JSON.stringify(damage))
  }
}

function withinTime<T>(damage: Damage, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`hangs at ${JSON.stringify(damage)}`)), hangMs)
  return Promise.race([work, promise]).finally(() => clearTimeout(timer))
}
