import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { openJournal } from '../../src/adapters/journal-sqlite/journal-sqlite.ts'
import { openJournalLog } from '../../src/adapters/log-journal/log-journal.ts'
import { SmenaError } from '../../src/domain/errors.ts'
import type { JournalState, Run } from '../../src/pipeline/ports.ts'
import { contentsOf } from './bit-flips.ts'
import { firstVersionJournal } from './first-version.ts'
import { journalOptions, linesOf, newDelivery, openedLog, readAll, readDirectory, runOf, until } from './runs.ts'
import { type SmallDisk, smallDisk, smallDiskMissing } from '../support/small-disk.ts'
import { writing } from './writing.ts'

const megabyte = 1 << 20

/** Runs of a delivery, one after the other, of about 100 KiB. */
function runsOf(source: string): () => Run {
  const delivery = newDelivery(source)
  let line = 1
  return () => {
    const run = runOf(delivery, line, linesOf(line, 500, 200))
    line += 500
    return run
  }
}

const journalAt = (disk: SmallDisk): string => join(disk.path, 'journal.db')

const feed = { source: 'avaya', topicId: '8f1e6a52-0b1c-4c5d-9e3f-d2a1b0c9e8f7', partition: 3 }

const isFull = (error: unknown): boolean => error instanceof SmenaError && error.code === 'journal-disk-full'

describe('on a full disk', { skip: smallDiskMissing ?? false }, () => {
  test('the journal waits, loses nothing, and goes on by itself when there is space', async (t) => {
    using disk = smallDisk(24)
    const states: JournalState[] = []
    await using journal = await openJournal(journalOptions(disk.path, { onState: (state) => states.push(state) }))
    const log = await openedLog(t, disk.path)
    const next = runsOf('avaya')
    await journal.append(next())
    disk.fill(megabyte)
    let done = 0
    const appends = Array.from({ length: 40 }, () => journal.append(next()).then(() => done++))
    await until(
      () => journal.state().paused,
      (paused) => paused === 'disk-full',
    )
    const given = (await journal.given()).get('avaya') as number
    // What was acknowledged is there, what was not is nowhere, and waiting changes neither.
    await new Promise((resolve) => setTimeout(resolve, 600))
    assert.equal(given, 500 * (1 + done))
    assert.deepEqual(await log.given(), new Map([['avaya', given]]))
    assert.equal((await readAll(log, 'avaya')).length, given)
    assert.ok(done < 40)
    disk.free()
    await Promise.all(appends)
    assert.deepEqual(
      (await readAll(log, 'avaya')).map((it) => [it.number, it.line]),
      Array.from({ length: 20_500 }, (_, i) => [i + 1, i + 1]),
    )
    assert.deepEqual(
      states.map((it) => it.paused),
      ['disk-full', null],
    )
  })

  test('a disk that is full again and again while records come costs none of them', async () => {
    using disk = smallDisk(24)
    await using journal = await openJournal(journalOptions(disk.path, { keepMs: 0 }))
    const next = runsOf('avaya')
    let passed = 0
    let pauses = 0
    for (let round = 0; round < 6; round++) {
      disk.fill(round * 50_000)
      const appends = Array.from({ length: 10 }, () => journal.append(next()))
      let isDone = false
      void Promise.all(appends).then(() => (isDone = true))
      const seen = await until(
        () => isDone || journal.state().paused,
        (it) => it === true || it === 'disk-full',
      )
      if (seen === 'disk-full') pauses++
      disk.free()
      await Promise.all(appends)
      const records = await readDirectory(disk.path, 'avaya', passed)
      assert.deepEqual(
        records.map((it) => it.line),
        Array.from({ length: 5000 }, (_, i) => passed + 1 + i),
      )
      passed += 5000
      journal.settle('avaya', passed)
    }
    assert.deepEqual(await journal.given(), new Map([['avaya', 30_000]]))
    assert.ok(pauses > 0)
  })

  test('a process killed while it waits, or when it has gone on, leaves a journal that opens', async (t) => {
    using disk = smallDisk(24)
    const next = runsOf('avaya')
    let kept = 0
    for (let round = 0; round < 2; round++) {
      const writer = await writing(t, disk.path)
      assert.equal(writer.given.get('avaya') ?? 0, kept)
      await writer.append(next())
      kept += 500
      // Attempts that the disk cut short stay behind in the log.
      disk.fill(round * 60_000)
      const appends = Array.from({ length: 60 }, () => writer.append(next()).then(() => (kept += 500)))
      for (const append of appends) append.catch(() => undefined)
      await until(
        () => writer.states.at(-1)?.paused,
        (paused) => paused === 'disk-full',
      )
      await new Promise((resolve) => setTimeout(resolve, 600))
      if (round % 2 === 1) {
        disk.free()
        await Promise.all(appends)
      }
      await writer.kill()
      disk.free()
      await using log = await openJournalLog({ directory: disk.path })
      const found = (await log.given()).get('avaya') as number
      assert.ok(found >= kept)
      kept = found
      await using again = await openJournal(journalOptions(disk.path, { keepMs: 0 }))
      again.settle('avaya', kept)
      await until(
        () => log.read('avaya', 0, { records: 1, bytes: 1 }),
        ({ records }) => records.length === 0,
      )
    }
  })

  test('a log whose index cannot grow waits for space too, and a crash then loses nothing', async (t) => {
    for (const kibibytes of [40, 60]) {
      using disk = smallDisk(40)
      const writer = await writing(t, disk.path)
      const delivery = newDelivery('avaya')
      let line = 1
      const append = (records: number, length: number) => {
        const run = runOf(delivery, line, linesOf(line, records, length))
        line += records
        return writer.append(run)
      }
      await append(1, 20)
      // A reader that stands still lets the log grow. Its index grows by 32 KiB when it has 4,062 pages.
      const standing = new DatabaseSync(journalAt(disk), { readOnly: true })
      standing.exec('BEGIN')
      standing.prepare('SELECT count(*) FROM run').get()
      const pages = () => statSync(`${journalAt(disk)}-wal`).size / 4120
      while (pages() < 4000) await append(100, 200)
      while (pages() < 4056) await append(1, 20)
      disk.fill(kibibytes * 1024)
      let acknowledged = line - 1
      const appending = (async () => {
        for (let i = 0; i < 30; i++, acknowledged++) await append(1, 20)
      })()
      appending.catch(() => undefined)
      await until(
        () => writer.states.at(-1)?.paused,
        (paused) => paused === 'disk-full',
      )
      await new Promise((resolve) => setTimeout(resolve, 600))
      await writer.kill()
      standing.close()
      disk.free()
      await using again = await openJournal(journalOptions(disk.path))
      const given = (await again.given()).get('avaya') as number
      assert.ok(given >= acknowledged)
      await again.append(runOf(newDelivery('avaya'), 1, linesOf(1, 1)))
      const records = await readDirectory(disk.path, 'avaya')
      assert.deepEqual(
        records.map((it) => it.line),
        [...Array.from({ length: given }, (_, at) => at + 1), 1],
      )
    }
  })

  test('below the floor it waits likewise, and the end of a delivery is written all the same', async () => {
    using disk = smallDisk(16)
    await using journal = await openJournal(journalOptions(disk.path, { freeSpaceFloorBytes: 6 * megabyte }))
    const next = runsOf('avaya')
    const first = next()
    await journal.append(first)
    disk.fill(5 * megabyte)
    // What is known of the free space is no older than this.
    await new Promise((resolve) => setTimeout(resolve, 300))
    await journal.close(first.delivery, Date.now())
    let isDone = false
    const append = journal.append(next()).then(() => (isDone = true))
    const { freeBytes } = await until(
      () => journal.state(),
      (state) => state.paused === 'disk-full',
    )
    assert.ok(freeBytes < 6 * megabyte)
    await new Promise((resolve) => setTimeout(resolve, 400))
    assert.equal(isDone, false)
    disk.free()
    await append
    assert.equal(journal.state().paused, null)
  })

  test('below the floor what is settled makes room, the oldest first, however long it was to be kept, and no more than needed', async (t) => {
    using disk = smallDisk(64)
    const floor = 16 * megabyte
    await using journal = await openJournal(journalOptions(disk.path, { freeSpaceFloorBytes: floor }))
    const log = await openedLog(t, disk.path)
    const next = runsOf('avaya')
    let acknowledged = 0
    const append = () => journal.append(next()).then(() => (acknowledged += 500))
    while (disk.freeBytes > 24 * megabyte) await append()
    const settled = acknowledged - 1000
    // The rest of the disk is somebody else's, and stays so. More is missing than the log has to give.
    disk.fill(2 * megabyte)
    const appends: Promise<unknown>[] = []
    for (; journal.state().paused === null; await new Promise((resolve) => setTimeout(resolve, 5)))
      appends.push(append())
    for (let i = 0; i < 20; i++) appends.push(append())
    journal.settle('avaya', settled)
    await until(
      () => journal.state().paused,
      (paused) => paused === null,
    )
    await Promise.all(appends)
    await until(
      () => disk.freeBytes,
      (bytes) => bytes >= floor,
    )
    const kept = (await readAll(log, 'avaya')).map((it) => it.number)
    const [first = 0] = kept
    assert.ok(first > 1, 'something went')
    // As much as came, what was missing, and an eighth of the floor above it; besides, what pages and steps round up to.
    const needed = appends.length * 500 * 213 + 16 * megabyte
    assert.ok(first * 213 < needed + 4 * megabyte, `${first} of ${settled} settled records went`)
    assert.deepEqual(
      kept,
      Array.from({ length: acknowledged - first + 1 }, (_, i) => first + i),
    )
  })

  test('where the disk is hardly larger than what is under way, what is settled makes room too', async () => {
    using disk = smallDisk(24)
    const floor = 1.2 * megabyte
    await using journal = await openJournal(journalOptions(disk.path, { freeSpaceFloorBytes: floor }))
    const next = runsOf('avaya')
    const appends: Promise<unknown>[] = []
    // As much as the log would hold before it is moved into the file.
    for (let i = 0; i < 50; i++) await journal.append(next())
    disk.fill(3 * megabyte)
    for (; journal.state().paused === null; await new Promise((resolve) => setTimeout(resolve, 5)))
      appends.push(journal.append(next()))
    await new Promise((resolve) => setTimeout(resolve, 1000))
    journal.settle('avaya', (await journal.given()).get('avaya') as number)
    await until(
      () => journal.state().paused,
      (paused) => paused === null,
    )
    await Promise.all(appends)
  })

  test('what is not settled stays below the floor, whatever waits', async (t) => {
    using disk = smallDisk(24)
    const floor = 6 * megabyte
    await using journal = await openJournal(journalOptions(disk.path, { freeSpaceFloorBytes: floor, keepMs: 0 }))
    const log = await openedLog(t, disk.path)
    const next = runsOf('avaya')
    for (let i = 0; i < 10; i++) await journal.append(next())
    journal.settle('avaya', 1000)
    disk.fill(floor - 3 * megabyte)
    const append = journal.append(next())
    await until(
      () => readAll(log, 'avaya'),
      (left) => left[0]?.number === 1001,
    )
    assert.equal(journal.state().paused, 'disk-full')
    assert.equal((await readAll(log, 'avaya')).length, 4000)
    disk.free()
    await append
    assert.equal((await readAll(log, 'avaya')).length, 4500)
  })

  test('what still waits when the journal has to close is told by its number, and what was acknowledged stays', async () => {
    using disk = smallDisk(16)
    const journal = await openJournal(journalOptions(disk.path, { closeWaitMs: 500 }))
    const next = runsOf('avaya')
    await journal.append(next())
    disk.fill(0)
    const appends = [journal.append(next()), journal.append(next())]
    for (const append of appends) append.catch(() => undefined)
    const closing = Promise.resolve(journal[Symbol.asyncDispose]())
    await assert.rejects(closing, (error: unknown) => {
      assert.deepEqual((error as SmenaError).details, { file: journalAt(disk), records: 1000 })
      return isFull(error)
    })
    for (const append of appends) await assert.rejects(append, isFull)
    await assert.rejects(journal.append(next()), isFull)
    assert.equal((await readDirectory(disk.path, 'avaya')).length, 500)
    disk.free()
    await using again = await openJournal(journalOptions(disk.path))
    assert.deepEqual(await again.given(), new Map([['avaya', 500]]))
    await again.append(next())
    assert.equal((await readDirectory(disk.path, 'avaya')).at(-1)?.number, 1000)
  })

  test('space that comes in time lets it close in good order', async () => {
    using disk = smallDisk(16)
    const journal = await openJournal(journalOptions(disk.path, { closeWaitMs: 10_000 }))
    const next = runsOf('avaya')
    await journal.append(next())
    disk.fill(0)
    const append = journal.append(next())
    await until(
      () => journal.state().paused,
      (paused) => paused === 'disk-full',
    )
    const closing = Promise.resolve(journal[Symbol.asyncDispose]())
    setTimeout(() => disk.free(), 300)
    await Promise.all([append, closing])
    assert.equal((await readDirectory(disk.path, 'avaya')).length, 1000)
  })

  test('when only the ends of deliveries wait, closing loses nothing and is no error', async () => {
    using disk = smallDisk(16)
    const journal = await openJournal(journalOptions(disk.path, { closeWaitMs: 300 }))
    const run = runsOf('avaya')()
    await journal.append(run)
    disk.fill(0)
    const closed = journal.close(run.delivery, Date.now())
    await journal[Symbol.asyncDispose]()
    await closed
    assert.equal((await readDirectory(disk.path, 'avaya')).length, 500)
  })

  test('a feed waits to be kept, and the journal goes on by itself when there is space although no record came', async () => {
    using disk = smallDisk(16)
    await using journal = await openJournal(journalOptions(disk.path))
    await journal.append(runsOf('avaya')())
    disk.fill(0)
    let isKept = false
    const keeping = journal.keepFeed(feed).then(() => (isKept = true))
    await until(
      () => journal.state().paused,
      (paused) => paused === 'disk-full',
    )
    await assert.rejects(journal.keepFeed({ ...feed, partition: 5 }), RangeError)
    assert.equal(isKept, false)
    assert.deepEqual(journal.feeds(), [])
    disk.free()
    await keeping
    assert.deepEqual(journal.feeds(), [feed])
    assert.equal(journal.state().paused, null)
  })

  test('a feed that waits when the journal has to close is refused, and closing loses nothing and is no error', async () => {
    using disk = smallDisk(16)
    const journal = await openJournal(journalOptions(disk.path, { closeWaitMs: 300 }))
    await journal.append(runsOf('avaya')())
    disk.fill(0)
    const refused = assert.rejects(journal.keepFeed(feed), { code: 'journal-closed' })
    await journal[Symbol.asyncDispose]()
    await refused
    assert.equal((await readDirectory(disk.path, 'avaya')).length, 500)
    disk.free()
    await using again = await openJournal(journalOptions(disk.path))
    assert.deepEqual(again.feeds(), [])
  })

  test('a journal of version 1 opens all the same, and is made version 2 when there is space', async () => {
    using disk = smallDisk(16)
    await firstVersionJournal(disk.path)
    const whole = await contentsOf(disk.path)
    disk.fill(0)
    await using journal = await openJournal(journalOptions(disk.path))
    assert.deepEqual(journal.feeds(), [])
    assert.equal((await journal.given()).get('avaya'), whole.get('avaya')?.size)
    const keeping = journal.keepFeed(feed)
    await until(
      () => journal.state().paused,
      (paused) => paused === 'disk-full',
    )
    disk.free()
    await keeping
    await journal.append(runsOf('new')())
    await journal[Symbol.asyncDispose]()
    await using again = await openJournal(journalOptions(disk.path))
    assert.deepEqual(again.feeds(), [feed])
    assert.deepEqual((await contentsOf(disk.path)).get('avaya'), whole.get('avaya'))
  })
})
