import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openJournal } from '../../src/adapters/journal-sqlite/journal-sqlite.ts'
import { renameJournalSource } from '../../src/adapters/journal-sqlite/rename-source.ts'
import { openJournalLog } from '../../src/adapters/log-journal/log-journal.ts'
import type { Delivery } from '../../src/domain/record.ts'
import type { KeptFeed, LogReader, Run } from '../../src/pipeline/ports.ts'
import { seeded } from '../support/mutation.ts'
import { Model } from './model.ts'
import { journalOptions, newDelivery, type Piece, readDirectory, runOf } from './runs.ts'
import { Writing } from './writing.ts'

/** Random histories of a journal, each held against a model: SMENA_TEST_SEED repeats one, SMENA_TEST_HISTORIES sets how many. */
const histories = Number(process.env['SMENA_TEST_HISTORIES'] ?? 200)
const firstSeed = Number(process.env['SMENA_TEST_SEED'] ?? Date.now() % 1_000_000)

test(`${histories} random histories are as the model says (first seed ${firstSeed})`, async (t) => {
  const counts: Counts = { records: 0, kills: 0, opened: 0, trimmed: 0, kept: 0 }
  let next = firstSeed
  const some = async () => {
    while (next < firstSeed + histories) {
      const seed = next++
      try {
        await new History(seed, counts).run()
      } catch (error) {
        throw new Error(`seed ${seed}: SMENA_TEST_SEED=${seed} SMENA_TEST_HISTORIES=1`, { cause: error })
      }
    }
  }
  // Each waits for its threads and for the disk most of its time.
  await Promise.all([some(), some(), some(), some()])
  t.diagnostic(`seeds ${firstSeed}…${firstSeed + histories - 1}: ${JSON.stringify(counts)}`)
  if (histories >= 200) assert.ok(counts.kills > 15 && counts.trimmed > 10 && counts.kept > 100)
})

interface Counts {
  records: number
  kills: number
  opened: number
  trimmed: number
  kept: number
}

/** What a phase does with the journal, in this process or in one that is killed. */
interface Writer {
  append(run: Run): Promise<void>
  close(delivery: Delivery, closedAt: number): Promise<void>
  settle(source: string, number: number): void
  keepFeed(feed: KeptFeed): Promise<void>
}

class History {
  readonly #random: () => number
  readonly #model = new Model()
  readonly #counts: Counts
  readonly #directory = mkdtempSync(join(tmpdir(), 'smena-model-'))
  readonly #keep: { keepMs: number; keepBytes: number }
  readonly #names: string[]
  readonly #open: { delivery: Delivery; line: number }[] = []
  #clock = 1_764_000_000_000
  #log: LogReader | null = null

  constructor(seed: number, counts: Counts) {
    this.#random = seeded(seed)
    this.#counts = counts
    this.#names = ['avaya', 'asterisk', 'склад'].slice(0, 1 + this.#below(3))
    // Records are of 2025, so an age limit lets every settled one go.
    const kept = { keepMs: 100 * 365 * 86_400_000, keepBytes: 2 ** 40 }
    this.#keep = this.#pick([kept, { ...kept, keepMs: 1000 }, { ...kept, keepBytes: this.#below(200_000) }])
  }

  async run(): Promise<void> {
    try {
      if (this.#chance(0.3)) this.#log = await openJournalLog({ directory: this.#directory })
      for (let phases = 1 + this.#below(3); phases > 0; phases--) {
        if (this.#chance(0.1)) await this.#killedPhase()
        else await this.#phase()
        await this.#look()
        if (this.#chance(0.2)) this.#rename()
      }
    } finally {
      await this.#log?.[Symbol.asyncDispose]()
      rmSync(this.#directory, { recursive: true, force: true })
    }
  }

  async #phase(): Promise<void> {
    const { opened } = this.#counts
    this.#counts.opened = opened + 1
    await using journal = await openJournal(journalOptions(this.#directory, this.#keep))
    this.#model.id ||= journal.id
    assert.equal(journal.id, this.#model.id)
    assert.deepEqual(nonEmpty(await journal.given()), nonEmpty(this.#model.given()))
    this.#model.checkFeeds(journal.feeds())
    for (let steps = 1 + this.#below(8); steps > 0; steps--) {
      const burst = this.#burst(journal)
      await this.#keepFeed(journal)
      await Promise.all(burst)
      this.#model.acknowledgeAll()
      this.#model.checkFeeds(journal.feeds())
      assert.deepEqual(nonEmpty(await journal.given()), nonEmpty(this.#model.given()))
      this.#settleSome(journal)
      if (this.#chance(0.1)) await this.#look()
    }
    // What is not waited for is on the disk all the same when closing has ended.
    if (this.#chance(0.3)) for (const done of this.#burst(journal)) done.catch(() => undefined)
    await journal[Symbol.asyncDispose]()
    this.#model.acknowledgeAll()
    await using log = await openJournalLog({ directory: this.#directory })
    this.#model.checkSettled(await log.settled(), true)
  }

  async #killedPhase(): Promise<void> {
    this.#counts.kills++
    const writer = new Writing()
    await writer.open(this.#directory, this.#keep)
    this.#model.checkFeeds(writer.feeds)
    const acknowledged: Run[] = []
    for (let steps = 1 + this.#below(4); steps > 0; steps--) {
      const burst = this.#burst(writer, (run) => acknowledged.push(run))
      await this.#keepFeed(writer)
      if (steps > 1 || this.#chance(0.5)) await Promise.race([Promise.all(burst), pause(this.#below(20))])
      for (const done of burst) done.catch(() => undefined)
      // The writer may be behind, but never settles more than was given.
      for (const run of acknowledged.splice(0)) this.#model.acknowledge(run)
      this.#settleSome(writer)
    }
    await writer.kill()
    // Answers that were still under way when it died.
    for (const run of acknowledged) this.#model.acknowledge(run)
    await using log = await openJournalLog({ directory: this.#directory })
    this.#model.survive(await log.given())
    this.#model.forgetSettled(await log.settled())
  }

  /** Now and then a source gets its partition in a topic; one that it has already may be kept again. */
  async #keepFeed(writer: Writer): Promise<void> {
    if (!this.#chance(0.3)) return
    const source = this.#pick(this.#names)
    const topicId = `topic-${this.#below(3)}`
    const partition = this.#model.partitionOf(source, topicId) ?? this.#below(64)
    const feed = { source, topicId, partition }
    await writer.keepFeed(feed)
    this.#model.keepFeed(feed)
    this.#counts.kept++
  }

  /** Hands over some runs and ends of deliveries at once. */
  #burst(writer: Writer, acknowledged?: (run: Run) => void): Promise<void>[] {
    const promises: Promise<void>[] = []
    for (let runs = 1 + this.#below(6); runs > 0; runs--) {
      const run = this.#run()
      this.#model.handOver(run)
      this.#counts.records += run.ends.length
      promises.push(writer.append(run).then(() => acknowledged?.(run)))
      if (this.#chance(0.1)) {
        const at = this.#below(this.#open.length)
        const [gone] = this.#chance(0.5) ? this.#open.splice(at, 1) : [this.#open[at]]
        if (gone) promises.push(writer.close(gone.delivery, this.#clock))
      }
    }
    return promises
  }

  #run(): Run {
    if (this.#open.length === 0 || this.#chance(0.2)) {
      const source = this.#pick(this.#names)
      this.#open.push({
        delivery: newDelivery(source, { openedAt: this.#clock, peer: `peer ${this.#below(9)}` }),
        line: 1,
      })
    }
    const at = this.#pick(this.#open)
    const count = 1 + this.#below(this.#pick([1, 1, 1, 1, 5, 5, 5, 50, 50, 50, 300, 300, 300, 5000]))
    const length = this.#pick([10, 150, 150, 400])
    const pieces: Piece[] = []
    for (let i = 0; i < count; i++) {
      const size = this.#chance(0.002) ? 65_536 : this.#below(length)
      const fragment = this.#chance(0.02) ? 1 + this.#below(2) : 0
      const bytes = new Uint8Array(size).fill(this.#below(256))
      pieces.push({ bytes, fragment, occurrence: fragment === 0 ? 1 + this.#below(4) : 0 })
    }
    const line = at.line
    at.line += count + (this.#chance(0.1) ? this.#below(100) : 0)
    // The clock goes back now and then.
    this.#clock += this.#chance(0.1) ? -this.#below(100_000) : this.#below(1000)
    return runOf(at.delivery, line, pieces, this.#clock)
  }

  #settleSome(writer: Writer): void {
    for (const { name, entries } of this.#model.sources) {
      if (!this.#chance(0.5)) continue
      const number = this.#chance(0.3) ? entries.length : this.#below(entries.length + 1)
      writer.settle(name, number)
      this.#model.settle(name, number)
    }
  }

  async #look(): Promise<void> {
    const log = this.#log ?? (await openJournalLog({ directory: this.#directory }))
    try {
      await this.#model.check(log)
      for (const { name, entries } of this.#model.sources) {
        const limits = { records: 1 + this.#below(3000), bytes: this.#pick([1, 1000, 100_000, 1 << 22]) }
        await this.#model.checkRead(log, name, this.#below(entries.length + 2), limits)
        const [first] = (await log.read(name, 0, { records: 1, bytes: 1 })).records
        if (first && first.number > 1) this.#counts.trimmed++
      }
    } finally {
      if (!this.#log) await log[Symbol.asyncDispose]()
    }
  }

  /** Deliveries under the old name do not go on. */
  #rename(): void {
    const old = this.#pick(this.#names)
    const next = `${old}'`
    const isKnown = this.#model.sources.some((it) => it.name === old)
    assert.equal(renameJournalSource(this.#directory, old, next), isKnown)
    assert.equal(renameJournalSource(this.#directory, old, next), false)
    this.#model.rename(old, next)
    if (isKnown) this.#names[this.#names.indexOf(old)] = next
    for (const it of this.#open.splice(0)) if (it.delivery.source !== old || !isKnown) this.#open.push(it)
  }

  #below(bound: number): number {
    return Math.floor(this.#random() * bound)
  }

  #chance(share: number): boolean {
    return this.#random() < share
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#below(from.length)] as T
  }
}

const nonEmpty = (given: ReadonlyMap<string, number>): [string, number][] =>
  [...given].filter(([, count]) => count > 0).toSorted(([a], [b]) => (a < b ? -1 : 1))

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

test('a renamed source keeps its numbers, its records and their checks', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'smena-rename-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  assert.equal(renameJournalSource(directory, 'old', 'new'), false)
  assert.equal(existsSync(join(directory, 'journal.db')), false, 'no journal is made for it')
  const append = async (source: string, line: number, delivery = newDelivery(source)) => {
    await using journal = await openJournal(journalOptions(directory))
    await journal.append(
      runOf(delivery, line, [{ bytes: Buffer.from(`${source} ${line}`), occurrence: 1, fragment: 0 }]),
    )
    return delivery
  }
  const delivery = await append('old', 1)
  await append('other', 1)
  assert.throws(() => renameJournalSource(directory, 'old', 'other'), { code: 'source-exists' })
  assert.equal(renameJournalSource(directory, 'old', 'new'), true)
  assert.equal(renameJournalSource(directory, 'old', 'new'), false, 'done before: it may be asked for again')
  await append('new', 7)
  await append('old', 9)
  await assert.rejects(append('new', 8, { ...delivery, source: 'new' }), { code: 'delivery-taken' })
  const found = async (source: string) =>
    (await readDirectory(directory, source)).map((it) => [it.number, it.delivery.source, it.line, it.fragment])
  assert.deepEqual(await found('new'), [
    [1, 'old', 1, null],
    [2, 'new', 7, null],
  ])
  assert.deepEqual(await found('old'), [[1, 'old', 9, null]])
})
