import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { formats } from '../../src/domain/formats/formats.ts'
import type { Feed, LogBatch, LogRecord } from '../../src/pipeline/ports.ts'
import { SourceRecorder } from '../../src/pipeline/record.ts'
import { Sources } from '../../src/pipeline/sources.ts'
import { statusWith } from '../support/accounts.ts'
import { avayaLine } from '../support/avaya-lines.ts'
import { readingOf } from '../support/days.ts'
import { applyReading } from '../support/feed.ts'
import { assertSound } from '../support/invariants.ts'
import { engines, type TestStore } from '../support/stores.ts'

/** What a topic's partition lost counts once: as numbers of the journals that leave them out, the rest as offsets (R12). */

const format = 'avaya-ip-office'

/** A partition in memory that forgets what it is told to. */
class Partition implements Feed {
  readonly id = `${randomBytes(16).toString('hex')}/0`
  end = 0
  first = 0
  readonly #records: LogRecord[] = []

  take(records: readonly Omit<LogRecord, 'position'>[]): void {
    for (const it of records) this.#records.push({ ...it, position: ++this.end })
  }

  async read(source: string, after: number, limits: { records: number }): Promise<LogBatch> {
    const from = Math.max(after, this.first)
    const records = this.#records.slice(from, from + limits.records)
    return records.length > 0
      ? { source, records, spans: { from, to: from + records.length - 1 } }
      : { source, records }
  }

  async closings(): Promise<ReadonlyMap<string, number | null>> {
    return new Map()
  }
}

let calls = 0

/** A collector's journal, which can be put back to what it was. */
class Journal {
  readonly id = randomBytes(16).toString('hex')
  given = 0
  #kept: Omit<LogRecord, 'position'>[] = []

  /** One connection, so many records. */
  give(count: number): Omit<LogRecord, 'position'>[] {
    const delivery = deliveryOf(randomBytes(16).toString('hex'))
    const records = Array.from({ length: count }, (_, i) => ({
      journal: this.id,
      number: ++this.given,
      ...recordOf(delivery, i + 1),
    }))
    this.#kept.push(...records)
    return records
  }

  rollBack(to: number): void {
    this.given = to
    this.#kept = this.#kept.filter((it) => it.number <= to)
  }

  again(from: number, to: number = this.given): Omit<LogRecord, 'position'>[] {
    return this.#kept.filter((it) => it.number >= from && it.number <= to)
  }
}

const deliveryOf = (uid: string) =>
  ({ uid, source: 'pbx', format, how: 'tcp', peer: '127.0.0.1', openedAt: 1_760_000_000_000 }) as const

const recordOf = (delivery: LogRecord['delivery'], line: number) => ({
  delivery,
  line,
  occurrence: 1,
  receivedAt: 1_760_000_000_000,
  fragment: null,
  bytes: Buffer.from(avayaLine({ callId: 1_000_000 + ++calls })),
})

/** Lines of a producer that is not ours. */
function foreign(partition: Partition, count: number): void {
  const delivery = { ...deliveryOf(partition.id.slice(0, 32)), how: 'kafka' as const }
  for (let i = 0; i < count; i++) {
    const number = partition.end
    partition.take([{ journal: partition.id, number, ...recordOf(delivery, number) }])
  }
}

async function recordTo(it: TestStore, partition: Partition): Promise<void> {
  const sources = new Sources(it.store, formats)
  const recorder = new SourceRecorder('pbx', {
    log: partition,
    store: it.store,
    sources,
    now: Date.now,
    report: (event) => {
      if (event.kind === 'passed' && event.number >= partition.end) recorder.close()
    },
  })
  await recorder.run()
}

async function lostOf(it: TestStore): Promise<unknown[]> {
  const { gaps } = await statusWith(await it.reader(), null)
  return gaps.map(({ journal, from, to }) => [journal, from, to]).toSorted()
}

const storedOf = async (it: TestStore): Promise<number> =>
  (await statusWith(await it.reader(), null)).sources['pbx']?.stored ?? 0

for (const engine of engines) {
  test(`what a rolled-back journal gave and the topic lost shows as so many offsets until it is sent again, on ${engine.name}`, {
    skip: engine.skip,
  }, async (t) => {
    const it = await engine.open(t)
    await applyReading(it.store, 'pbx', readingOf(format))
    const [partition, journal, other] = [new Partition(), new Journal(), new Journal()]
    partition.take(journal.give(1000))
    partition.take(other.give(50))
    partition.take(journal.give(100))
    await recordTo(it, partition)
    assert.deepEqual(await lostOf(it), [])

    journal.rollBack(1000)
    partition.take(journal.give(40))
    partition.take(other.give(7))
    partition.first = partition.end
    partition.take(journal.give(10))
    partition.take(other.give(1))
    await recordTo(it, partition)
    // Which of the 47 the other journal's were its numbers tell.
    const rest = [partition.id, 1157, 1196]
    assert.deepEqual(await lostOf(it), [[other.id, 51, 57], rest].toSorted())
    assert.equal(await storedOf(it), 1161)

    partition.take(other.again(51, 57))
    await recordTo(it, partition)
    assert.deepEqual(await lostOf(it), [rest])

    // Some of them: where they begin is known then, and what is still missing has numbers.
    partition.take(journal.again(1001, 1010))
    await recordTo(it, partition)
    assert.deepEqual(await lostOf(it), [[journal.id, 1011, 1040]])
    partition.take(journal.again(1))
    await recordTo(it, partition)
    assert.deepEqual(await lostOf(it), [])
    assert.equal(await storedOf(it), 1208)
    const journals = await it.rows(`SELECT generation FROM journal WHERE uid = '${journal.id}'`)
    assert.equal(journals.length, 2, 'what was sent again made no further generation')
    await assertSound(it)
  })

  test(`a journal that is rolled back twice begins anew twice, and nothing of it is missing, on ${engine.name}`, {
    skip: engine.skip,
  }, async (t) => {
    const it = await engine.open(t)
    await applyReading(it.store, 'pbx', readingOf(format))
    const [partition, journal] = [new Partition(), new Journal()]
    partition.take(journal.give(100))
    await recordTo(it, partition)
    for (const [to, count] of [
      [60, 70],
      [50, 20],
      [65, 100],
    ] as const) {
      journal.rollBack(to)
      partition.take(journal.give(count))
      await recordTo(it, partition)
      assert.deepEqual(await lostOf(it), [])
    }
    assert.equal(await storedOf(it), 290)
    await assertSound(it)
  })

  test(`of what was lost of a topic of two kinds of producers each part shows once, on ${engine.name}`, {
    skip: engine.skip,
  }, async (t) => {
    const it = await engine.open(t)
    await applyReading(it.store, 'pbx', readingOf(format))
    const [partition, journal, late] = [new Partition(), new Journal(), new Journal()]
    partition.take(journal.give(20))
    await recordTo(it, partition)
    // The first that another producer sent are lost, and the first of a collector that nobody knew.
    foreign(partition, 4)
    partition.take(late.give(3))
    partition.take(journal.give(5))
    partition.first = partition.end
    foreign(partition, 1)
    partition.take(journal.give(1))
    partition.take(late.give(1))
    await recordTo(it, partition)
    const theirs = [partition.id, 28, 31]
    assert.deepEqual(await lostOf(it), [[journal.id, 21, 25], [late.id, 1, 3], theirs].toSorted())
    partition.take(journal.again(21, 25))
    partition.take(late.again(1))
    await recordTo(it, partition)
    assert.deepEqual(await lostOf(it), [theirs])
    // It goes on as any other, and loses nothing more.
    foreign(partition, 3)
    partition.take(journal.give(2))
    await recordTo(it, partition)
    assert.deepEqual(await lostOf(it), [theirs])
    await assertSound(it, { holes: true })
  })
}
