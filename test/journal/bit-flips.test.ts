import assert from 'node:assert/strict'
import { cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { openJournal } from '../../src/adapters/journal-sqlite/journal-sqlite.ts'
import { SmenaError } from '../../src/domain/errors.ts'
import { seeded } from '../support/mutation.ts'
import { contentsOf, type Contents, type Damage, damagedCopy, type FlipCounts, type FlipNews } from './bit-flips.ts'
import { journalOptions, linesOf, newDelivery, runOf, temporary } from './runs.ts'
import { Writing } from './writing.ts'

const seed = Number(process.env['SMENA_TEST_SEED'] ?? Date.now() % 1_000_000)
const flips = Number(process.env['SMENA_TEST_FLIPS'] ?? 3200)
const pageBytes = 4096
/** Damaged copies are read one after the other; none takes nearly as long. */
const hangMs = 20_000

/** A journal with every kind of page: three sources, several deliveries, runs within a page and over many. */
async function sampleJournal(directory: string): Promise<string> {
  const random = seeded(1)
  await using journal = await openJournal(journalOptions(directory))
  const deliveries = ['avaya', 'asterisk', 'third'].flatMap((name) => [newDelivery(name), newDelivery(name)])
  const lines = new Map(deliveries.map((it) => [it, 1]))
  for (let i = 0; i < 220; i++) {
    const delivery = deliveries[Math.floor(random() * deliveries.length)] as (typeof deliveries)[0]
    const line = lines.get(delivery) as number
    const count = i % 50 === 0 ? 100 : 1 + Math.floor(random() * 8)
    lines.set(delivery, line + count)
    await journal.append(
      runOf(delivery, line, linesOf(line, count, 40 + Math.floor(random() * 120)), 1_764_000_000_000 + i),
    )
  }
  journal.settle('avaya', 100)
  await journal.close(deliveries[0] as (typeof deliveries)[0], 1_764_000_001_000)
  await journal[Symbol.asyncDispose]()
  return join(directory, 'journal.db')
}

/** All damages read in a thread; fails when one of them hangs. */
async function readDamaged(t: TestContext, file: string, damages: readonly Damage[]): Promise<FlipCounts> {
  const workerData = { file, directory: join(temporary(t), 'copy'), damages }
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

test(`a bit that flips in the write-ahead log undoes the last commit at most, or the journal is refused (seed ${seed})`, async (t) => {
  const origin = temporary(t)
  const writer = await new Writing().open(origin)
  const delivery = newDelivery('avaya')
  const commits = 30
  for (let line = 1; line <= commits; line++) await writer.append(runOf(delivery, line, linesOf(line, 1, 3000)))
  await writer.kill()
  const log = readFileSync(join(origin, 'journal.db-wal'))
  assert.ok(log.length > commits * pageBytes)
  const random = seeded(seed)
  const directory = join(temporary(t), 'copy')
  let refused = 0
  for (let round = 0; round < 70; round++) {
    const damage: Damage = { kind: 'flip', at: Math.floor(random() * log.length), bit: Math.floor(random() * 8) }
    if (round < 32) Object.assign(damage, { at: round })
    rmSync(directory, { recursive: true, force: true })
    cpSync(origin, directory, { recursive: true })
    rmSync(join(directory, 'journal.db-shm'), { force: true })
    writeFileSync(join(directory, 'journal.db-wal'), damagedCopy(log, damage))
    const given = await withinTime(damage, appendOne(directory, 'avaya'))
    if (given === null) refused++
    else assert.ok(given >= commits, `number ${given} is given again after ${JSON.stringify(damage)}`)
  }
  assert.ok(refused > 35, `${refused} of 70 were refused`)
  t.diagnostic(`${refused} of 70 flips in the log were refused`)
})

/** Opens a journal, appends one record and closes it. Its number; null when the journal was refused on the way. */
async function appendOne(directory: string, source: string): Promise<number | null> {
  try {
    const journal = await openJournal(journalOptions(directory))
    try {
      await journal.append(runOf(newDelivery(source), 99, linesOf(99, 1)))
      return (await journal.given()).get(source) ?? 0
    } finally {
      await journal[Symbol.asyncDispose]()
    }
  } catch (error) {
    return ignoreRefusal(error)
  }
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
