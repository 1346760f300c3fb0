import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { openJournal } from '../../src/adapters/journal-sqlite/journal-sqlite.ts'
import { renameJournalSource } from '../../src/adapters/journal-sqlite/rename-source.ts'
import { openJournalLog } from '../../src/adapters/log-journal/log-journal.ts'
import { journalSteps } from '../../src/pipeline/journal-entry.ts'
import type { KeptFeed } from '../../src/pipeline/ports.ts'
import { seeded } from '../support/mutation.ts'
import { contentsOf } from './bit-flips.ts'
import { firstVersionJournal } from './first-version.ts'
import {
  journalOptions,
  linesOf,
  newDelivery,
  openedJournal,
  openedLog,
  readDirectory,
  runOf,
  temporary,
} from './runs.ts'
import { Writing, writing } from './writing.ts'

const topicId = '8f1e6a52-0b1c-4c5d-9e3f-d2a1b0c9e8f7'
const feedOf = (source: string, partition: number, topic = topicId): KeptFeed => ({ source, topicId: topic, partition })

const versionOf = (file: string): number => {
  const db = new DatabaseSync(file, { readOnly: true })
  try {
    return Number(db.prepare('PRAGMA user_version').get()?.['user_version'])
  } finally {
    db.close()
  }
}

describe('the partition of a source', () => {
  test('is kept for each topic, with or without records, and known when the journal is opened again', async (t) => {
    const directory = temporary(t)
    const feeds = [feedOf('avaya', 3), feedOf('avaya', 0, topicId.replace('8', '9')), feedOf('склад', 3)]
    {
      await using journal = await openJournal(journalOptions(directory))
      assert.deepEqual(journal.feeds(), [])
      await journal.append(runOf(newDelivery('avaya'), 1, linesOf(1, 2)))
      await Promise.all(feeds.map((it) => journal.keepFeed(it)))
      assert.deepEqual(journal.feeds(), feeds)
    }
    await using journal = await openJournal(journalOptions(directory))
    assert.deepEqual(journal.feeds(), feeds)
    const log = await openedLog(t, directory)
    assert.deepEqual(
      await log.given(),
      new Map([
        ['avaya', 2],
        ['склад', 0],
      ]),
    )
    assert.deepEqual(
      await log.settled(),
      new Map([
        ['avaya', 0],
        ['склад', 0],
      ]),
    )
    // The source that the feed made goes on as any other.
    await journal.append(runOf(newDelivery('склад'), 1, linesOf(1, 3)))
    assert.deepEqual(
      (await readDirectory(directory, 'склад')).map((it) => it.number),
      [1, 2, 3],
    )
  })

  test('may be kept again, and is never another one: not before, not while and not after it is on the disk', async (t) => {
    const directory = temporary(t)
    const journal = await openedJournal(t, directory)
    const first = journal.keepFeed(feedOf('avaya', 3))
    await assert.rejects(journal.keepFeed(feedOf('avaya', 4)), RangeError)
    await Promise.all([first, journal.keepFeed(feedOf('avaya', 3))])
    await journal.keepFeed(feedOf('avaya', 3))
    await assert.rejects(journal.keepFeed(feedOf('avaya', 4)), RangeError)
    assert.deepEqual(journal.feeds(), [feedOf('avaya', 3)])
    await journal[Symbol.asyncDispose]()
    await assert.rejects(journal.keepFeed(feedOf('avaya', 3)), { code: 'journal-closed' })
    const again = await openedJournal(t, directory)
    await again.keepFeed(feedOf('avaya', 3))
    await assert.rejects(again.keepFeed(feedOf('avaya', 4)), RangeError)
    assert.deepEqual(again.feeds(), [feedOf('avaya', 3)])
  })

  test('is refused when it cannot be one', async (t) => {
    const journal = await openedJournal(t, temporary(t))
    const wrong = [
      feedOf('', 1),
      feedOf('\ud800', 1),
      feedOf('avaya', -1),
      feedOf('avaya', 0.5),
      feedOf('avaya', 1, 'a b'),
    ]
    for (const feed of wrong) await assert.rejects(journal.keepFeed(feed), RangeError, JSON.stringify(feed))
    assert.deepEqual(journal.feeds(), [])
  })

  test('is kept in the middle of a flood that never lets the journal rest', async (t) => {
    const journal = await openedJournal(t, temporary(t))
    const delivery = newDelivery('avaya')
    const flood: Promise<void>[] = []
    const enough = 6000
    let keeping: Promise<void> | undefined
    let runsBefore = enough
    // Handed over in every turn of the event loop: while one group is committed the next one comes.
    while (flood.length < runsBefore) {
      flood.push(journal.append(runOf(delivery, flood.length * 20 + 1, linesOf(1, 20, 200))))
      if (flood.length === 100) {
        keeping = journal.keepFeed(feedOf('avaya', 1)).then(() => void (runsBefore = flood.length))
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
    assert.ok(runsBefore < enough, `not kept before ${enough} runs`)
    await Promise.all([keeping, ...flood])
  })

  test('is there after the process was killed at the moment when it was told to be', async (t) => {
    const directory = temporary(t)
    const kept: KeptFeed[] = []
    for (let round = 0; round < 5; round++) {
      const writer = await writing(t, directory)
      assert.deepEqual(writer.feeds, kept)
      const feed = feedOf(`source ${round}`, round)
      await writer.keepFeed(feed)
      kept.push(feed)
      await writer.kill()
    }
    const writer = await writing(t, directory)
    assert.deepEqual(writer.feeds, kept)
  })

  test('stays with a source that is renamed', async (t) => {
    const directory = temporary(t)
    {
      await using journal = await openJournal(journalOptions(directory))
      for (const source of ['old', 'other']) await journal.keepFeed(feedOf(source, source.length))
    }
    assert.equal(renameJournalSource(directory, 'old', 'new'), true)
    await using journal = await openJournal(journalOptions(directory))
    assert.deepEqual(journal.feeds(), [feedOf('new', 3), feedOf('other', 5)])
    // The old name is free: who comes under it is another source.
    await journal.keepFeed(feedOf('old', 7))
  })

  test('is believed only when its check holds', async (t) => {
    const directory = temporary(t)
    {
      await using journal = await openJournal(journalOptions(directory))
      for (const source of ['avaya', 'other']) await journal.keepFeed(feedOf(source, 1))
    }
    const file = join(directory, 'journal.db')
    const whole = readFileSync(file)
    const changes = [
      'UPDATE feed SET partition = 2',
      `UPDATE feed SET topic = 'x' WHERE source = 1`,
      'UPDATE feed SET source = 3 WHERE source = 1',
      `DELETE FROM source WHERE name = 'other'`,
      'DROP TABLE feed',
    ]
    for (const sql of changes) {
      writeFileSync(file, whole)
      const db = new DatabaseSync(file)
      db.exec(sql)
      db.close()
      await assert.rejects(openJournal(journalOptions(directory)), { code: 'journal-damaged' }, sql)
    }
  })
})

test('settled is told as the writer left it', async (t) => {
  const directory = temporary(t)
  {
    await using journal = await openJournal(journalOptions(directory))
    for (const source of ['avaya', 'other']) await journal.append(runOf(newDelivery(source), 1, linesOf(1, 5)))
    journal.settle('avaya', 3)
  }
  const log = await openedLog(t, directory)
  assert.deepEqual(
    await log.settled(),
    new Map([
      ['avaya', 3],
      ['other', 0],
    ]),
  )
})

describe('a journal of version 1', () => {
  test('is read as it is, also by a reader that stays while a writer makes it version 2', async (t) => {
    const directory = temporary(t)
    const file = await firstVersionJournal(directory)
    const before = readFileSync(file)
    const whole = await contentsOf(directory)
    const log = await openedLog(t, directory)
    const settled = await log.settled()
    assert.equal(settled.get('avaya'), 100)
    assert.deepEqual(readFileSync(file), before)
    assert.equal(versionOf(file), 1)

    const journal = await openedJournal(t, directory)
    assert.equal(versionOf(file), 2)
    assert.equal(journal.id, log.id)
    assert.deepEqual(journal.feeds(), [])
    await journal.keepFeed(feedOf('avaya', 1))
    assert.deepEqual(await log.settled(), settled)
    assert.equal((await log.read('avaya', 0, { records: 1, bytes: 1 })).records[0]?.number, 1)
    assert.deepEqual(await contentsOf(directory), whole)
    await journal[Symbol.asyncDispose]()

    const again = await openedJournal(t, directory)
    assert.deepEqual(again.feeds(), [feedOf('avaya', 1)])
    assert.equal((await again.given()).get('avaya'), whole.get('avaya')?.size)
  })

  test('keeps its other sources when one of them is renamed first', async (t) => {
    const directory = temporary(t)
    const file = await firstVersionJournal(directory)
    const given = await (await openedLog(t, directory)).given()
    assert.equal(renameJournalSource(directory, 'avaya', 'new'), true)
    assert.equal(versionOf(file), 2)
    await using log = await openJournalLog({ directory })
    assert.deepEqual([...(await log.given()).values()], [...given.values()])
  })

  test('is whole in one version or the other wherever the step to version 2 is cut off on the disk', async (t) => {
    const origin = temporary(t)
    const file = await firstVersionJournal(origin)
    const whole = await contentsOf(origin)
    const db = new DatabaseSync(file)
    db.exec('PRAGMA wal_autocheckpoint = 0; BEGIN IMMEDIATE')
    for (const sql of journalSteps.get(1) ?? []) db.exec(sql)
    db.exec('PRAGMA user_version = 2; COMMIT')
    const [bytes, log] = [readFileSync(file), readFileSync(`${file}-wal`)]
    db.close()
    const frame = 24 + 4096
    const random = seeded(1)
    const lengths = [0, 31, 32, log.length]
    for (let at = 32; at < log.length; at += frame) lengths.push(at + Math.floor(random() * frame), at + frame - 1)
    const versions = new Set<number>()
    const directory = join(temporary(t), 'copy')
    for (const length of lengths) {
      rmSync(directory, { recursive: true, force: true })
      mkdirSync(directory)
      const copy = join(directory, 'journal.db')
      writeFileSync(copy, bytes)
      writeFileSync(`${copy}-wal`, log.subarray(0, length))
      versions.add(versionOf(copy))
      assert.deepEqual(await contentsOf(directory), whole, `cut to ${length} of ${log.length}`)
      await using journal = await openJournal(journalOptions(directory))
      await journal.keepFeed(feedOf('avaya', 1))
      assert.deepEqual(await contentsOf(directory), whole, `cut to ${length} of ${log.length}`)
    }
    assert.deepEqual([...versions].toSorted(), [1, 2])
  })

  const tracer = 'strace'
  const isTraceable = spawnSync(tracer, ['-f', '-e', 'trace=fsync', 'true']).status === 0
  const cannotTrace = isTraceable ? false : 'killing at a system call needs strace, and the right to trace'

  test('is whole in one version or the other when the process is killed at any of its writes', {
    skip: cannotTrace,
  }, async (t) => {
    const origin = temporary(t)
    await firstVersionJournal(origin)
    const whole = await contentsOf(origin)
    const versions: number[] = []
    const directory = join(temporary(t), 'copy')
    // Every write of the step to version 2, and of what comes after it, every third.
    for (let write = 1, isOpen = false; !isOpen; write += versions.at(-1) === 1 ? 1 : 3) {
      rmSync(directory, { recursive: true, force: true })
      mkdirSync(directory)
      const copy = join(directory, 'journal.db')
      cpSync(join(origin, 'journal.db'), copy)
      const calls = 'pwrite64,fdatasync,fsync,ftruncate'
      const traced = `-f -q -o /dev/null -P '${copy}' -P '${copy}-wal'`
      const fault = `-e trace=${calls} -e inject=${calls}:signal=KILL:when=${write}`
      const writer = new Writing(`exec ${tracer} ${traced} ${fault} "$@"`)
      isOpen = await writer.open(directory).then(
        () => true,
        () => false,
      )
      // Killing the tracer would leave the traced one alive.
      if (isOpen) await writer.end()
      versions.push(versionOf(copy))
      assert.deepEqual(await contentsOf(directory), whole, `killed at write ${write}`)
      await using journal = await openJournal(journalOptions(directory))
      await journal.keepFeed(feedOf('avaya', 1))
      assert.deepEqual(journal.feeds(), [feedOf('avaya', 1)])
      assert.deepEqual(await contentsOf(directory), whole, `opened after it was killed at write ${write}`)
    }
    t.diagnostic(`versions after each write: ${versions.join(' ')}`)
    assert.deepEqual([versions[0], versions.at(-1)], [1, 2])
    assert.deepEqual(versions, versions.toSorted())
  })
})
