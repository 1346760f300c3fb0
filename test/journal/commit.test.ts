import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openJournalLog } from '../../src/adapters/log-journal/log-journal.ts'
import { SmenaError } from '../../src/domain/errors.ts'
import { fragmentCodes } from '../../src/pipeline/ports.ts'
import {
  linesOf,
  newDelivery,
  openedJournal,
  openedLog,
  piecesOf,
  readAll,
  readDirectory,
  runOf,
  temporary,
  textOf,
  until,
} from './runs.ts'
import { writing } from './writing.ts'

test('what append acknowledged is there after the process was killed at that moment', async (t) => {
  const directory = temporary(t)
  const delivery = newDelivery('avaya')
  let line = 1
  for (let round = 0; round < 12; round++) {
    const writer = await writing(t, directory)
    assert.equal(writer.given.get('avaya') ?? 0, line - 1)
    for (let i = 0; i < 3; i++) {
      await writer.append(runOf(delivery, line, linesOf(line, 1 + round)))
      line += 1 + round
    }
    await writer.kill()
  }
  const records = await readDirectory(directory, 'avaya')
  assert.deepEqual(
    records.map((it) => [it.number, it.line, textOf(it)]),
    Array.from({ length: line - 1 }, (_, i) => [i + 1, i + 1, `${i + 1},`.padEnd(20, 'x')]),
  )
})

const tracer = 'strace'
const isTraceable = spawnSync(tracer, ['-f', '-e', 'trace=fsync', 'true']).status === 0
const cannotTrace = isTraceable ? false : 'seeing system calls needs strace, and the right to trace'

test('every commit has been synced to the disk before it is told', { skip: cannotTrace }, async (t) => {
  const directory = temporary(t)
  const trace = join(directory, 'trace')
  const under = `exec ${tracer} -f -y -e trace=fsync,fdatasync -o '${trace}' "$@"`
  const writer = await writing(t, directory, {}, under)
  const syncs = () => readFileSync(trace, 'utf8').match(/sync\(\d+<[^>]*journal\.db-wal>\)/gu)?.length ?? 0
  const delivery = newDelivery('avaya')
  let before = syncs()
  for (let line = 1; line <= 10; line++) {
    await writer.append(runOf(delivery, line, linesOf(line, 1)))
    const now = syncs()
    assert.ok(now > before, `commit ${line} was told after ${now} syncs, the one before after ${before}`)
    before = now
  }
  await writer.end()
})

test('appends of one moment share a commit', async (t) => {
  let commits = 0
  const journal = await openedJournal(t, temporary(t), { onCommit: () => commits++ })
  const delivery = newDelivery('avaya')
  await Promise.all(Array.from({ length: 500 }, (_, i) => journal.append(runOf(delivery, i + 1, linesOf(i + 1, 1)))))
  assert.ok(commits <= 5, `${commits} commits for 500 appends`)
  assert.equal((await journal.given()).get('avaya'), 500)
})

test('a record that comes alone waits for one commit and no more', async (t) => {
  let commits = 0
  const journal = await openedJournal(t, temporary(t), { onCommit: () => commits++ })
  const delivery = newDelivery('avaya')
  for (let line = 1; line <= 50; line++) {
    await journal.append(runOf(delivery, line, linesOf(line, 1)))
    assert.equal(commits, line)
  }
})

test('a reader sees a record when append has resolved, in a process of its own or not', async (t) => {
  const directory = temporary(t)
  const early = await openedLog(t, directory)
  assert.deepEqual([early.id, await early.sources(), [...(await early.given())]], ['', [], []])
  const journal = await openedJournal(t, directory)
  const delivery = newDelivery('avaya')
  await journal.append(runOf(delivery, 1, linesOf(1, 3)))
  assert.equal((await readAll(early, 'avaya')).length, 3)
  assert.equal(early.id, journal.id)
  assert.match(journal.id, /^[0-9a-f]{32}$/u)
  assert.deepEqual([...(await early.given())], [['avaya', 3]])
  assert.deepEqual(await early.read('nobody', 0, { records: 1, bytes: 1 }), { source: 'nobody', records: [] })
})

test('a read ends at its limits, and a record that is larger than they are still comes', async (t) => {
  const directory = temporary(t)
  const journal = await openedJournal(t, directory)
  const delivery = newDelivery('avaya')
  for (let line = 1; line <= 5000; line += 1000) await journal.append(runOf(delivery, line, linesOf(line, 1000)))
  const log = await openedLog(t, directory)
  const numbers = async (after: number, records: number, bytes: number) =>
    (await log.read('avaya', after, { records, bytes })).records.map((it) => it.number)
  assert.deepEqual(await numbers(999, 3, 1000), [1000, 1001, 1002])
  assert.deepEqual(await numbers(2000, 1000, 59), [2001, 2002])
  assert.deepEqual(await numbers(4998, 1000, 1), [4999])
  assert.deepEqual(await numbers(4999, 1, 1), [5000])
  assert.deepEqual(await numbers(5000, 1000, 1000), [])
  assert.equal((await numbers(0, 5000, 1 << 20)).length, 5000)
})

test('times of receipt never fall, over sources and restarts, whatever the clock does', async (t) => {
  const directory = temporary(t)
  const times = [1000, 5000, 3000, 2000, 7000, 0]
  const [avaya, asterisk] = [newDelivery('avaya', { openedAt: 0 }), newDelivery('asterisk', { openedAt: 0 })]
  for (const half of [times.slice(0, 3), times.slice(3)]) {
    await using journal = await openedJournal(t, directory)
    for (const at of half) {
      const line = ((await journal.given()).get('avaya') ?? 0) + 1
      await journal.append(runOf(avaya, line, linesOf(line, 1), at))
      await journal.append(runOf(asterisk, line, linesOf(line, 1), at - 500 < 0 ? 0 : at - 500))
    }
  }
  const [a, b] = [await readDirectory(directory, 'avaya'), await readDirectory(directory, 'asterisk')]
  assert.deepEqual(
    a.flatMap((it, i) => [it.receivedAt, b[i]?.receivedAt]),
    [1000, 1000, 5000, 5000, 5000, 5000, 5000, 5000, 7000, 7000, 7000, 7000],
  )
})

test('everything that was handed over comes back: lines, places, fragments, deliveries, empty and long records', async (t) => {
  const directory = temporary(t)
  const delivery = newDelivery('склад', { peer: 'файл \ud800 "1".csv', how: 'stdin', format: 'asterisk-csv' })
  const long = { bytes: new Uint8Array(65_536).fill(0xff), occurrence: 1, fragment: 2 }
  const pieces = [
    ...piecesOf(['', 'a', '\u0000', 'ё']),
    long,
    { bytes: Buffer.from('cut'), occurrence: 0, fragment: 1 },
  ]
  const placed = pieces.map((it, i) => ({ ...it, occurrence: it.fragment === 0 ? i * 1_000_000 : 0 }))
  {
    await using journal = await openedJournal(t, directory)
    await journal.append(runOf(delivery, 77, placed))
  }
  const records = await readDirectory(directory, 'склад')
  assert.deepEqual(
    records.map((it) => ({ ...it, bytes: Buffer.from(it.bytes) })),
    placed.map((it, i) => ({
      number: i + 1,
      delivery: { ...delivery, peer: delivery.peer.toWellFormed() },
      line: 77 + i,
      occurrence: it.occurrence,
      receivedAt: 1_764_000_000_000,
      fragment: fragmentCodes[it.fragment],
      bytes: Buffer.from(it.bytes),
    })),
  )
})

test('numbers go on where they were when retention has emptied the journal and it was opened again', async (t) => {
  const directory = temporary(t)
  const delivery = newDelivery('avaya')
  for (let round = 0; round < 3; round++) {
    await using journal = await openedJournal(t, directory, { keepMs: 0 })
    assert.equal((await journal.given()).get('avaya') ?? 0, round * 10)
    await journal.append(runOf(delivery, round * 10 + 1, linesOf(round * 10 + 1, 10)))
    const log = await openedLog(t, directory)
    assert.deepEqual(
      (await readAll(log, 'avaya')).map((it) => it.number),
      Array.from({ length: 10 }, (_, i) => round * 10 + 1 + i),
    )
    journal.settle('avaya', round * 10 + 10)
    await until(
      () => readAll(log, 'avaya'),
      (records) => records.length === 0,
    )
  }
})

test('records under the uid of another source are refused, and nothing else of that commit', async (t) => {
  const directory = temporary(t)
  const journal = await openedJournal(t, directory)
  const [avaya, other] = [newDelivery('avaya'), newDelivery('other')]
  await journal.append(runOf(avaya, 1, linesOf(1, 1)))
  const thief = { ...avaya, source: 'asterisk' }
  const isTaken = (error: unknown) => error instanceof SmenaError && error.code === 'delivery-taken'
  let line = 2
  for (let round = 0; round < 20; round++) {
    // Several turns of the event loop: batches are under way while others are gathered, and one run is many rows.
    const good: Promise<void>[] = []
    const bad: Promise<void>[] = []
    for (let turn = 0; turn < 3; turn++) {
      good.push(journal.append(runOf(avaya, line, linesOf(line, 2))))
      bad.push(journal.append(runOf(thief, 1, linesOf(1, 1 + round * 500))))
      good.push(journal.append(runOf(other, line, linesOf(line, 2))))
      line += 2
      for (const promise of bad) promise.catch(() => undefined)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await Promise.all(good)
    for (const promise of bad) await assert.rejects(promise, isTaken)
  }
  await journal.close(thief, Date.now())
  assert.deepEqual(
    await journal.given(),
    new Map([
      ['avaya', line - 1],
      ['other', line - 2],
    ]),
  )
  assert.deepEqual(
    (await readDirectory(directory, 'avaya')).map((it) => it.line),
    Array.from({ length: line - 1 }, (_, i) => i + 1),
  )
})

test('a run whose parts do not fit together is refused before it becomes a record', async (t) => {
  const journal = await openedJournal(t, temporary(t))
  const good = runOf(newDelivery('avaya'), 1, linesOf(1, 2))
  const bad = [
    { ...good, ends: new Uint32Array() },
    { ...good, ends: good.ends.toReversed() },
    { ...good, bytes: good.bytes.subarray(1) },
    { ...good, fragments: Uint8Array.of(0, 9) },
    { ...good, occurrences: Uint32Array.of(1) },
    { ...good, firstLine: 0 },
    { ...good, receivedAt: Number.NaN },
    { ...good, delivery: { ...good.delivery, uid: 'short' } },
    { ...good, delivery: { ...good.delivery, source: '' } },
  ]
  for (const run of bad) await assert.rejects(journal.append(run), RangeError)
  await journal.append(good)
  assert.deepEqual([...(await journal.given())], [['avaya', 2]])
})

test('the buffers of a run may be used again at once', async (t) => {
  const directory = temporary(t)
  const journal = await openedJournal(t, directory)
  const run = runOf(newDelivery('avaya'), 1, piecesOf(['first']))
  const done = journal.append(run)
  run.bytes.fill(0)
  run.ends.fill(0)
  await done
  assert.deepEqual((await readDirectory(directory, 'avaya')).map(textOf), ['first'])
})

test('a delivery that was closed, or whose process died, goes on under its own name', async (t) => {
  const directory = temporary(t)
  const delivery = newDelivery('avaya')
  for (let line = 1; line <= 3; line++) {
    await using journal = await openedJournal(t, directory)
    await journal.append(runOf(delivery, line, linesOf(line, 1)))
    if (line === 1) await journal.close(delivery, Date.now())
  }
  assert.deepEqual(
    (await readDirectory(directory, 'avaya')).map((it) => [it.delivery.uid, it.line]),
    [1, 2, 3].map((line) => [delivery.uid, line]),
  )
})

test('more deliveries than are remembered at one time are still told apart', async (t) => {
  const directory = temporary(t)
  const journal = await openedJournal(t, directory)
  const deliveries = Array.from({ length: 10_200 }, () => newDelivery('avaya'))
  for (const line of [1, 2]) {
    await Promise.all(deliveries.map((it) => journal.append(runOf(it, line, piecesOf([`${it.uid} ${line}`])))))
    const [first] = deliveries
    if (first) await journal.close(first, Date.now())
  }
  const records = await readDirectory(directory, 'avaya')
  assert.equal(records.length, 2 * deliveries.length)
  assert.ok(records.every((it) => textOf(it) === `${it.delivery.uid} ${it.line}`))
})

test('a reader is told which deliveries are over, and when', async (t) => {
  const directory = temporary(t)
  const journal = await openedJournal(t, directory)
  const [over, open, unknown] = [newDelivery('avaya'), newDelivery('avaya'), newDelivery('avaya')] as const
  await journal.append(runOf(over, 1, linesOf(1, 1)))
  await journal.append(runOf(open, 1, linesOf(1, 1)))
  await journal.close(over, 1_760_000_000_000)
  await using log = await openJournalLog({ directory })
  const closings = await log.closings([over.uid, open.uid, unknown.uid])
  assert.deepEqual(
    [...closings].toSorted(),
    [[over.uid, 1_760_000_000_000] as const, [open.uid, null] as const].toSorted(),
  )
  const later = newDelivery('avaya')
  await journal.append(runOf(later, 1, linesOf(1, 1)))
  await journal.close(later, 1_760_000_000_001)
  assert.deepEqual([...(await log.newestClosings(10)).keys()], [over.uid, later.uid])
  assert.deepEqual([...(await log.newestClosings(1))], [[later.uid, 1_760_000_000_001]])
  // In turn: a place after each piece, and from the beginning again.
  const first = await log.closingsInTurn(0, 1)
  assert.deepEqual([...first.closings], [[over.uid, 1_760_000_000_000]])
  const second = await log.closingsInTurn(first.place, 1)
  assert.deepEqual([...second.closings], [[later.uid, 1_760_000_000_001]])
  assert.deepEqual(await log.closingsInTurn(second.place, 1), { closings: new Map(), place: 0 })
  assert.deepEqual(await log.closingsInTurn(first.place, 2), { closings: second.closings, place: 0 })
})
