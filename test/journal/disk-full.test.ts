import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { openJournal } from '../../src/adapters/journal-sqlite/journal-sqlite.ts'
import { SmenaError } from '../../src/domain/errors.ts'
import type { JournalState, Run } from '../../src/pipeline/ports.ts'
import { journalOptions, linesOf, newDelivery, openedLog, readAll, readDirectory, runOf, until } from './runs.ts'
import { type SmallDisk, smallDisk, smallDiskMissing } from './small-disk.ts'

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

  test('what still waits when the journal has to close is told by its number, and what was acknowledged stays', async () => {
    using disk = smallDisk(16)
    const journal = await openJournal(journalOptions(disk.path, { closeWaitMs: 500 }))
    const next = runsOf('avaya')
    await journal.append(next())
    disk.fill(0)
    const appends = [journal.append(next()), journal.append(next())]
    for (const append of appends) append.catch(() => undefined)
    const closing = journal[Symbol.asyncDispose]()
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
    const closing = journal[Symbol.asyncDispose]()
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
})
