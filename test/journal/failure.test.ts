import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import type { Worker } from 'node:worker_threads'
import { openJournal } from '../../src/adapters/journal-sqlite/journal-sqlite.ts'
import { openJournalLog } from '../../src/adapters/log-journal/log-journal.ts'
import { SmenaError } from '../../src/domain/errors.ts'
import type { JournalWriter } from '../../src/pipeline/ports.ts'
import { journalOptions, linesOf, newDelivery, readDirectory, runOf, temporary, until } from './runs.ts'
import { writing } from './writing.ts'

const stops =
  (code: string) =>
  (error: unknown): boolean => {
    const { code: found, remedy } = error as { code?: string; remedy?: string }
    assert.deepEqual([found, remedy], [code, 'stop'])
    return true
  }

/** A journal that is expected to fail, with its thread and what it told. */
async function failing(directory: string) {
  const told: SmenaError[] = []
  const thread = once(process, 'worker') as Promise<[Worker]>
  const journal = await openJournal(journalOptions(directory, { keepMs: 0, onFailure: (error) => told.push(error) }))
  const [worker] = await thread
  return { journal, worker, told }
}

/** After the failure everything is refused with it, and it was told once. */
async function isOver(journal: JournalWriter, told: readonly SmenaError[], code: string): Promise<void> {
  const delivery = newDelivery('avaya')
  await assert.rejects(journal.append(runOf(delivery, 1, linesOf(1, 1))), stops(code))
  await assert.rejects(journal.close(delivery, Date.now()), stops(code))
  await assert.rejects(journal.given(), stops(code))
  journal.settle('avaya', 1)
  // Whoever was told need not be told again.
  await journal[Symbol.asyncDispose]()
  assert.deepEqual(
    told.map((it) => it.code),
    [code],
  )
}

test('a write that fails for another reason than a full disk ends the journal, with all that was under way', async (t) => {
  const directory = temporary(t)
  // Files may grow to 4 MiB (8,192 blocks of 512 bytes): beyond, a write fails with EFBIG.
  const writer = await writing(t, directory, {}, `trap '' XFSZ; ulimit -f 8192; exec "$@"`)
  const delivery = newDelivery('avaya')
  await writer.append(runOf(delivery, 1, linesOf(1, 100)))
  const later = Array.from({ length: 60 }, (_, i) => {
    const line = 101 + i * 1000
    return writer.append(runOf(delivery, line, linesOf(line, 1000, 200)))
  })
  const outcomes = await Promise.allSettled(later)
  const kept = outcomes.filter((it) => it.status === 'fulfilled').length
  assert.ok(kept < 60)
  for (const [i, it] of outcomes.entries()) {
    assert.equal(it.status, i < kept ? 'fulfilled' : 'rejected')
    if (it.status === 'rejected') stops('journal-failed')(it.reason)
  }
  stops('journal-failed')(await writer.failure.promise)
  await assert.rejects(writer.append(runOf(delivery, 1, linesOf(1, 1))), stops('journal-failed'))
  assert.equal(writer.states.length, 0, 'it never said that it waits')
  await writer.end()
  // All that was acknowledged is there. Of the rest none, or what another start finds in the log whole.
  const records = await readDirectory(directory, 'avaya')
  assert.ok(records.length >= 100 + kept * 1000)
  assert.ok(records.every((it, i) => it.number === i + 1 && it.line === i + 1 && it.fragment === null))
})

test('a file that was removed or replaced while it is in use ends the journal', async (t) => {
  for (const name of ['journal.db', 'journal.db-wal']) {
    const directory = temporary(t)
    const { journal, told } = await failing(directory)
    const delivery = newDelivery('avaya')
    await journal.append(runOf(delivery, 1, linesOf(1, 1)))
    // What is known of the files is no older than this.
    await new Promise((resolve) => setTimeout(resolve, 300))
    if (name === 'journal.db') renameSync(join(directory, name), join(directory, 'moved'))
    else rmSync(join(directory, name))
    await assert.rejects(journal.append(runOf(delivery, 2, linesOf(2, 1))), stops('journal-failed'))
    await isOver(journal, told, 'journal-failed')
  }
})

test('garbage over the file ends the journal as soon as it is met', async (t) => {
  const directory = temporary(t)
  const delivery = newDelivery('avaya')
  {
    await using journal = await openJournal(journalOptions(directory))
    for (let line = 1; line <= 40_000; line += 1000)
      await journal.append(runOf(delivery, line, linesOf(line, 1000, 200)))
  }
  const { journal, told } = await failing(directory)
  // By another process: one that closes a file loses its locks on it.
  const script = `const { readFileSync, writeFileSync } = require('node:fs')
    const bytes = readFileSync(process.argv[1])
    writeFileSync(process.argv[1], bytes.fill(0xa5, 4096), { flag: 'r+' })`
  spawnSync(process.execPath, ['-e', script, join(directory, 'journal.db')])
  // Everything is settled and due: its rows are looked for.
  journal.settle('avaya', 40_000)
  await until(
    () => told.length,
    (length) => length === 1,
  )
  await isOver(journal, told, 'journal-damaged')
})

test('a thread that dies takes with it what it had not written, and is not started again', async (t) => {
  const { journal, worker, told } = await failing(temporary(t))
  const delivery = newDelivery('avaya')
  await journal.append(runOf(delivery, 1, linesOf(1, 1)))
  const last = journal.append(runOf(delivery, 2, linesOf(2, 1)))
  void worker.terminate()
  await assert.rejects(last, stops('journal-failed'))
  await isOver(journal, told, 'journal-failed')
})

test('a failure while nothing is under way is told all the same: to the owner, or at the latest when it closes', async (t) => {
  const { journal, worker, told } = await failing(temporary(t))
  void worker.terminate()
  await until(
    () => told.length,
    (length) => length === 1,
  )
  await isOver(journal, told, 'journal-failed')

  const thread = once(process, 'worker') as Promise<[Worker]>
  const alone = await openJournal(journalOptions(temporary(t)))
  const [other] = await thread
  await other.terminate()
  await assert.rejects(async () => await alone[Symbol.asyncDispose](), stops('journal-failed'))
})

test('closing is done once, and what comes after it is refused', async (t) => {
  const directory = temporary(t)
  const journal = await openJournal(journalOptions(directory))
  const delivery = newDelivery('avaya')
  const last = journal.append(runOf(delivery, 1, linesOf(1, 1)))
  await Promise.all([journal[Symbol.asyncDispose](), journal[Symbol.asyncDispose]()])
  await last
  await assert.rejects(journal.append(runOf(delivery, 2, linesOf(2, 1))), { code: 'journal-closed' })
  journal.settle('avaya', 1)
  assert.deepEqual((await readDirectory(directory, 'avaya')).length, 1)
})

test('what is no journal of ours is refused by writer and reader, and left as it is', async (t) => {
  const made = temporary(t)
  {
    await using journal = await openJournal(journalOptions(made))
    await journal.append(runOf(newDelivery('avaya'), 1, linesOf(1, 1)))
  }
  const changed = (sql: string) => (file: string) => {
    writeFileSync(file, readFileSync(join(made, 'journal.db')))
    const db = new DatabaseSync(file)
    db.exec(sql)
    db.close()
  }
  const cases: readonly [string, (file: string) => void, string][] = [
    ['a text', (file) => writeFileSync(file, 'dear diary '.repeat(1000)), 'journal-damaged'],
    ['an empty file', (file) => writeFileSync(file, ''), 'journal-damaged'],
    ['another database', (file) => new DatabaseSync(file).exec('CREATE TABLE t (x)'), 'journal-foreign'],
    ['a newer journal', changed('PRAGMA user_version = 99'), 'journal-newer'],
    ['other tables', changed('ALTER TABLE run ADD COLUMN x TEXT'), 'journal-damaged'],
    ['a source that fails its check', changed('UPDATE source SET next = 1'), 'journal-damaged'],
    ['an id that fails its check', changed(`UPDATE journal SET id = 'x'`), 'journal-damaged'],
  ]
  for (const [name, make, code] of cases) {
    const directory = temporary(t)
    const file = join(directory, 'journal.db')
    make(file)
    const before = readFileSync(file)
    const isRefused = (error: unknown) => {
      assert.equal((error as SmenaError).code, code, name)
      return error instanceof SmenaError
    }
    await assert.rejects(openJournal(journalOptions(directory)), isRefused)
    await assert.rejects(openJournalLog({ directory }), isRefused)
    assert.deepEqual(readFileSync(file), before, name)
  }
})

test('a journal is not begun anew over the log of one that is gone', async (t) => {
  const directory = temporary(t)
  const writer = await writing(t, directory)
  await writer.append(runOf(newDelivery('avaya'), 1, linesOf(1, 1)))
  await writer.kill()
  rmSync(join(directory, 'journal.db'))
  await assert.rejects(openJournal(journalOptions(directory)), stops('journal-damaged'))
  assert.equal(existsSync(join(directory, 'journal.db')), false)
})

test('a crash while the journal is made leaves nothing in the way', async (t) => {
  const directory = temporary(t)
  writeFileSync(join(directory, 'journal.db.new'), 'half of it')
  writeFileSync(join(directory, 'journal.db.new-wal'), 'and its log')
  await writeAndCount(t, directory)
})

async function writeAndCount(t: TestContext, directory: string): Promise<void> {
  await using journal = await openJournal(journalOptions(directory))
  await journal.append(runOf(newDelivery('avaya'), 1, linesOf(1, 1)))
  t.assert.equal((await readDirectory(directory, 'avaya')).length, 1)
}
