import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { openJournalFile } from '../../src/adapters/journal-sqlite/journal-file.ts'
import { openJournal } from '../../src/adapters/journal-sqlite/journal-sqlite.ts'
import { Retention } from '../../src/adapters/journal-sqlite/retention.ts'
import { SmenaError } from '../../src/domain/errors.ts'
import { journalError } from '../../src/pipeline/journal-entry.ts'
import type { LogReader } from '../../src/pipeline/ports.ts'
import { seeded } from '../support/mutation.ts'
import { damagedCopy } from './bit-flips.ts'
import {
  journalOptions,
  linesOf,
  newDelivery,
  openedJournal,
  openedLog,
  readAll,
  runOf,
  temporary,
  until,
} from './runs.ts'
import { sampleJournal } from './sample-journal.ts'
import { writing } from './writing.ts'

const hourMs = 3_600_000

const numbersOf = async (log: LogReader, source: string): Promise<number[]> =>
  (await readAll(log, source)).map((it) => it.number)

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)

test('whatever is settled goes at once when nothing is to be kept, and never an unsettled row', async (t) => {
  const seed = Date.now() % 1_000_000
  t.diagnostic(`seed ${seed}`)
  const random = seeded(seed)
  const directory = temporary(t)
  const journal = await openedJournal(t, directory, { keepMs: 0, keepBytes: 0 })
  const log = await openedLog(t, directory)
  const sources = ['avaya', 'asterisk'].map((name) => ({ delivery: newDelivery(name), name, ends: [0], settled: 0 }))
  for (let round = 0; round < 60; round++) {
    const at = sources[Math.floor(random() * 2)] as (typeof sources)[0]
    const given = at.ends.at(-1) as number
    const count = 1 + Math.floor(random() * 9)
    await journal.append(runOf(at.delivery, given + 1, linesOf(given + 1, count)))
    at.ends.push(given + count)
    if (random() < 0.6) {
      at.settled = Math.max(at.settled, Math.floor(random() * (given + count + 1)))
      journal.settle(at.name, at.settled)
    }
    for (const { name, settled, ends } of sources) {
      const [first = (ends.at(-1) as number) + 1] = await numbersOf(log, name)
      assert.ok(first <= settled + 1, `${name}: ${first} is the first, ${settled} are settled`)
    }
  }
  for (const { name, settled, ends } of sources) {
    // What is left begins with the row that holds the first unsettled number.
    const start = ends.findLast((it) => it <= settled) as number
    await until(
      () => numbersOf(log, name),
      (left) => (left[0] ?? (ends.at(-1) as number) + 1) === start + 1,
    )
    assert.deepEqual(await numbersOf(log, name), range(start + 1, ends.at(-1) as number))
  }
})

test('settled records stay as long as they are to be kept, and go when they are older', async (t) => {
  const directory = temporary(t)
  const delivery = newDelivery('avaya')
  const now = Date.now()
  {
    await using journal = await openJournal(journalOptions(directory))
    await journal.append(runOf(delivery, 1, linesOf(1, 10), now - 3 * hourMs))
    await journal.append(runOf(delivery, 11, linesOf(11, 10), now - 2 * hourMs))
    await journal.append(runOf(delivery, 21, linesOf(21, 10), now - 3 * hourMs))
    await journal.append(runOf(delivery, 31, linesOf(31, 10), now))
    journal.settle('avaya', 40)
  }
  // Opened again, without a record to write: what is due goes by itself.
  const journal = await openedJournal(t, directory, { keepMs: 2.5 * hourMs })
  const log = await openedLog(t, directory)
  await until(
    () => numbersOf(log, 'avaya'),
    (left) => left.length < 40,
  )
  assert.deepEqual(await numbersOf(log, 'avaya'), range(11, 40))
  assert.deepEqual(await journal.given(), new Map([['avaya', 40]]))
})

test('more than is to be kept goes oldest first, of all sources together', async (t) => {
  const directory = temporary(t)
  const keepBytes = 2_000_000
  const journal = await openedJournal(t, directory, { keepBytes })
  const log = await openedLog(t, directory)
  const names = ['avaya', 'asterisk']
  const deliveries = names.map((name) => newDelivery(name))
  let line = 1
  for (let round = 0; round < 40; round++, line += 500) {
    for (const delivery of deliveries) await journal.append(runOf(delivery, line, linesOf(line, 500, 200)))
    // One of them is never settled: it stays whole and takes no room from the other.
    journal.settle('avaya', line + 499)
  }
  const bytesLeft = async () => (await numbersOf(log, 'avaya')).length * (200 + 13)
  await until(bytesLeft, (bytes) => bytes <= keepBytes)
  assert.ok((await bytesLeft()) > keepBytes * 0.8, `${await bytesLeft()} bytes are left`)
  assert.deepEqual(await numbersOf(log, 'asterisk'), range(1, line - 1))
})

test('what was settled is known after a crash, and is let go by the next process', async (t) => {
  const directory = temporary(t)
  const writer = await writing(t, directory)
  const delivery = newDelivery('avaya')
  await writer.append(runOf(delivery, 1, linesOf(1, 10)))
  writer.settle('avaya', 10)
  const settled = () => {
    const db = new DatabaseSync(join(directory, 'journal.db'), { readOnly: true })
    try {
      return Number(db.prepare('SELECT settled FROM source').get()?.['settled'])
    } finally {
      db.close()
    }
  }
  await until(settled, (number) => number === 10)
  await writer.kill()
  await openedJournal(t, directory, { keepMs: 0 })
  const log = await openedLog(t, directory)
  await until(
    () => numbersOf(log, 'avaya'),
    (left) => left.length === 0,
  )
})

test('deliveries without a record go too: those that were closed, and those whose process died', async (t) => {
  const directory = temporary(t)
  const [dead, closed, other] = [newDelivery('avaya'), newDelivery('avaya'), newDelivery('other')]
  const writer = await writing(t, directory)
  await writer.append(runOf(dead, 1, linesOf(1, 3)))
  await writer.kill()
  {
    await using journal = await openJournal(journalOptions(directory, { keepMs: 0 }))
    await journal.append(runOf(closed, 1, linesOf(1, 3)))
    await journal.close(closed, Date.now())
    await journal.append(runOf(other, 1, linesOf(1, 3)))
    await journal.close(other, Date.now())
    journal.settle('avaya', 6)
    const log = await openedLog(t, directory)
    await until(
      () => numbersOf(log, 'avaya'),
      (left) => left.length === 0,
    )
  }
  const db = new DatabaseSync(join(directory, 'journal.db'), { readOnly: true })
  t.after(() => db.close())
  assert.deepEqual(
    db
      .prepare('SELECT uid FROM delivery')
      .all()
      .map(({ uid }) => uid),
    [other.uid],
  )
})

test('the end of a delivery is kept for as long as a record would be, though its records went before', async (t) => {
  const directory = temporary(t)
  const delivery = newDelivery('avaya')
  const closedAt = Date.now()
  {
    await using journal = await openJournal(journalOptions(directory, { keepBytes: 0 }))
    await journal.append(runOf(delivery, 1, linesOf(1, 3)))
    await journal.close(delivery, closedAt)
    journal.settle('avaya', 3)
    const log = await openedLog(t, directory)
    await until(
      () => numbersOf(log, 'avaya'),
      (left) => left.length === 0,
    )
  }
  const log = await openedLog(t, directory)
  assert.deepEqual([...(await log.newestClosings(10))], [[delivery.uid, closedAt]])
})

test('the write-ahead log stays small under load with a reader, and the file gives back what retention freed', async (t) => {
  const directory = temporary(t)
  const journal = await openedJournal(t, directory, { keepBytes: 4 << 20 })
  const log = await openedLog(t, directory)
  const delivery = newDelivery('avaya')
  const [runs, records] = [600, 500]
  let largestLog = 0
  let largestFile = 0
  let position = 0
  let isOver = false
  const read = (async () => {
    while (!isOver || position < runs * records) {
      const batch = await log.read('avaya', position, { records: 2000, bytes: 4 << 20 })
      const last = batch.records.at(-1)
      if (last) journal.settle('avaya', (position = last.number))
      await new Promise((resolve) => setImmediate(resolve))
    }
  })()
  for (let i = 0; i < runs; i += 4) {
    const batch = range(i, i + 3).map((it) =>
      journal.append(runOf(delivery, it * records + 1, linesOf(it * records + 1, records, 200))),
    )
    await Promise.all(batch)
    largestLog = Math.max(largestLog, statSync(join(directory, 'journal.db-wal')).size)
    largestFile = Math.max(largestFile, statSync(join(directory, 'journal.db')).size)
  }
  isOver = true
  await read
  t.diagnostic(
    `${(runs * records * 213) >> 20} MiB written; at most ${largestLog >> 20} MiB of log, ${largestFile >> 20} MiB of file`,
  )
  assert.ok(largestLog <= 32 << 20, `the log grew to ${largestLog} bytes`)
  await until(
    () => statSync(join(directory, 'journal.db')).size,
    (size) => size <= 16 << 20,
  )
  const { sizeBytes } = await until(
    () => journal.state(),
    (state) => state.sizeBytes <= 32 << 20,
  )
  assert.ok(sizeBytes > 4 << 20)
})

test('a reader that stands still keeps the log from beginning anew, and nothing else; it is small again when it has gone', async (t) => {
  const directory = temporary(t)
  const journal = await openedJournal(t, directory)
  const delivery = newDelivery('avaya')
  await journal.append(runOf(delivery, 1, linesOf(1, 1)))
  const standing = new DatabaseSync(join(directory, 'journal.db'), { readOnly: true })
  standing.exec('BEGIN')
  standing.prepare('SELECT count(*) FROM run').get()
  let line = 2
  const write = async () => {
    for (let i = 0; i < 100; i++, line += 500) await journal.append(runOf(delivery, line, linesOf(line, 500, 200)))
  }
  await write()
  const logBytes = () => statSync(join(directory, 'journal.db-wal')).size
  assert.ok(logBytes() > 10 << 20)
  standing.close()
  await write()
  await until(logBytes, (bytes) => bytes <= 16 << 20)
})

test('no bit of the file can flip so that an unsettled row is let go', async (t) => {
  const seed = Date.now() % 1_000_000
  t.diagnostic(`seed ${seed}`)
  const random = seeded(seed)
  const original = readFileSync(await sampleJournal(temporary(t)))
  const directory = join(temporary(t), 'copy')
  const outcomes = { refused: 0, trimmed: 0, untouched: 0 }
  const pages = Array.from({ length: original.length / 4096 }, (_, i) => i * 4096)
  const indexPages = pages.filter((start) => original[start] === 2 || original[start] === 10)
  /** The rows there are, by the table alone, with the last number of each as the undamaged file has it. */
  const rowsOf = (db: DatabaseSync) =>
    db
      .prepare('SELECT id FROM run NOT INDEXED', { readBigInts: true })
      .all()
      .map(({ id }) => id as bigint)
  const lasts = new Map<bigint, { source: number; last: number }>()
  for (let round = 0; round < 500; round++) {
    rmSync(directory, { recursive: true, force: true })
    mkdirSync(directory)
    // Half of them in the pages of indexes (b-tree pages of type 2 and 10), which decide what is found where.
    const page = round % 2 === 0 ? indexPages[Math.floor(random() * indexPages.length)] : undefined
    const at = page === undefined ? Math.floor(random() * original.length) : page + Math.floor(random() * 4096)
    const bit = Math.floor(random() * 8)
    const bytes = round === 0 ? original : damagedCopy(original, { kind: 'flip', at, bit })
    writeFileSync(join(directory, 'journal.db'), bytes)
    try {
      const { db, sources } = openJournalFile(directory)
      try {
        const half = [...sources.values()].map((it) => ({ ...it, settled: Math.floor(it.next / 2) }))
        const settled = new Map(half.map((it) => [it.id, it.settled]))
        if (round === 0)
          for (const { id, source, last } of db.prepare('SELECT id, source, first + count - 1 AS last FROM run').all())
            lasts.set(BigInt(id as number), { source: source as number, last: last as number })
        const before = rowsOf(db)
        db.exec('BEGIN')
        new Retention(db, 0, 0).trim(half, Date.now(), 1000, 1 << 20, false)
        const after = new Set(rowsOf(db))
        db.exec('COMMIT')
        for (const id of before) {
          const row = lasts.get(id)
          if (row && row.last > (settled.get(row.source) as number))
            assert.ok(after.has(id), `run ${id} went after bit ${bit} of byte ${at} had flipped`)
        }
        outcomes[after.size < before.length ? 'trimmed' : 'untouched']++
      } finally {
        db.close()
      }
    } catch (error) {
      if (!(journalError(error, '') instanceof SmenaError)) throw error
      outcomes.refused++
    }
  }
  t.diagnostic(JSON.stringify(outcomes))
  assert.ok(outcomes.trimmed > 400)
})
