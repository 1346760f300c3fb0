import assert from 'node:assert/strict'
import type { Delivery } from '../../src/domain/record.ts'
import { fragmentCodes, type KeptFeed, type LogReader, type LogRecord, type Run } from '../../src/pipeline/ports.ts'
import { readAll } from './runs.ts'

/** What a journal must be: lists in memory. */
interface Entry {
  readonly delivery: Delivery
  readonly line: number
  readonly receivedAt: number
  readonly run: Run
  readonly index: number
}

interface ModelSource {
  name: string
  readonly entries: Entry[]
  settled: number
}

export class Model {
  readonly #sources: ModelSource[] = []
  /** Runs that were handed over and not acknowledged, in that order. */
  #pending: Run[] = []
  #feeds: KeptFeed[] = []
  #newestAt = 0
  id = ''

  get sources(): readonly ModelSource[] {
    return this.#sources
  }

  given(): Map<string, number> {
    return new Map(this.#sources.map((it) => [it.name, it.entries.length]))
  }

  handOver(run: Run): void {
    this.#pending.push(run)
  }

  /** All that was handed over is on the disk. */
  acknowledgeAll(): void {
    for (const run of this.#pending.splice(0)) this.#accept(run)
  }

  /** `run` is on the disk, and with it all that was handed over before. */
  acknowledge(run: Run): void {
    const at = this.#pending.indexOf(run)
    for (const it of this.#pending.splice(0, at + 1)) this.#accept(it)
  }

  /**
   * The process died. What was acknowledged must be there; of the rest, a beginning in the order in which it was handed
   * over, whole runs only.
   */
  survive(given: ReadonlyMap<string, number>): void {
    const total = () => [...this.given().values()].reduce((sum, it) => sum + it, 0)
    const found = [...given.values()].reduce((sum, it) => sum + it, 0)
    const rest = this.#pending.splice(0)
    while (total() < found && rest.length > 0) this.#accept(rest.shift() as Run)
    assert.deepEqual(sorted(given), sorted(this.given()), 'what survived is no beginning of what was handed over')
  }

  settle(name: string, number: number): void {
    const source = this.#sources.find((it) => it.name === name)
    if (source) source.settled = Math.max(source.settled, Math.min(number, source.entries.length))
  }

  /** The partition that the source has in this topic; null: none yet. */
  partitionOf(source: string, topicId: string): number | null {
    return this.#feeds.find((it) => it.source === source && it.topicId === topicId)?.partition ?? null
  }

  /** A feed is on the disk. */
  keepFeed(feed: KeptFeed): void {
    this.#source(feed.source)
    if (this.partitionOf(feed.source, feed.topicId) === null) this.#feeds.push(feed)
  }

  checkFeeds(feeds: readonly KeptFeed[]): void {
    assert.deepEqual(new Set(feeds), new Set(this.#feeds))
    assert.equal(feeds.length, this.#feeds.length)
  }

  /** How far the file says that each source is settled. A process that ended in good order has kept all of it. */
  checkSettled(settled: ReadonlyMap<string, number>, isAll: boolean): void {
    for (const source of this.#sources) {
      const found = settled.get(source.name) ?? -1
      assert.ok(found >= 0 && found <= source.settled, `${source.name}: ${found} of ${source.settled} settled`)
      if (isAll) assert.equal(found, source.settled)
    }
  }

  /** The process died: what it had not kept of this is settled anew. */
  forgetSettled(settled: ReadonlyMap<string, number>): void {
    this.checkSettled(settled, false)
    for (const source of this.#sources) source.settled = settled.get(source.name) ?? 0
  }

  rename(old: string, next: string): void {
    this.#feeds = this.#feeds.map((it) => (it.source === old ? { ...it, source: next } : it))
    for (const source of this.#sources) if (source.name === old) source.name = next
  }

  /** Reads everything and holds it against the model: what was settled may be gone, nothing else. */
  async check(log: LogReader): Promise<void> {
    assert.deepEqual(sorted(await log.given()), sorted(this.given()))
    assert.deepEqual((await log.sources()).toSorted(), this.#sources.map((it) => it.name).toSorted())
    for (const source of this.#sources) {
      const records = await readAll(log, source.name)
      const first = records[0]?.number ?? source.entries.length + 1
      assert.ok(first <= source.settled + 1, `${source.name}: ${first} is the first, ${source.settled} are settled`)
      assert.equal(records.length, source.entries.length - first + 1)
      for (const [i, record] of records.entries()) this.#same(source, first + i, record)
    }
  }

  /** One read with limits, from anywhere. */
  async checkRead(log: LogReader, name: string, after: number, limits: { records: number; bytes: number }) {
    const source = this.#sources.find((it) => it.name === name)
    const { records } = await log.read(name, after, limits)
    if (!source) return assert.equal(records.length, 0)
    const first = records[0]?.number ?? Math.max(source.entries.length, after) + 1
    assert.ok(first <= Math.max(source.settled, after) + 1 && first > after)
    let bytes = 0
    for (const [i, record] of records.entries()) {
      this.#same(source, first + i, record)
      bytes += record.bytes.length
    }
    assert.ok(records.length <= Math.max(limits.records, 1))
    assert.ok(records.length <= 1 || bytes <= limits.bytes)
    const next = source.entries[first - 1 + records.length]
    const isFull = records.length >= limits.records || bytes + (next ? bytesOf(next).length : 0) > limits.bytes
    assert.ok(next === undefined || isFull, `${records.length} records of ${bytes} bytes are fewer than would fit`)
  }

  #same(source: ModelSource, number: number, record: LogRecord): void {
    const entry = source.entries[number - 1] as Entry
    const { run, index } = entry
    const isSame =
      record.number === number &&
      record.line === entry.line &&
      record.receivedAt === entry.receivedAt &&
      record.occurrence === run.occurrences[index] &&
      record.fragment === fragmentCodes[run.fragments[index] as number] &&
      record.delivery.uid === entry.delivery.uid &&
      Buffer.compare(record.bytes, bytesOf(entry)) === 0
    if (!isSame) assert.fail(`${source.name} ${number} is ${JSON.stringify(record)}`)
    if (index === 0) assert.deepEqual(record.delivery, entry.delivery)
  }

  #source(name: string): ModelSource {
    const known = this.#sources.find((it) => it.name === name)
    if (known) return known
    const made: ModelSource = { name, entries: [], settled: 0 }
    this.#sources.push(made)
    return made
  }

  #accept(run: Run): void {
    const source = this.#source(run.delivery.source)
    this.#newestAt = Math.max(this.#newestAt, run.receivedAt)
    for (let index = 0; index < run.ends.length; index++) {
      const { delivery, firstLine } = run
      source.entries.push({ delivery, line: firstLine + index, receivedAt: this.#newestAt, run, index })
    }
  }
}

const bytesOf = ({ run, index }: Entry): Uint8Array =>
  run.bytes.subarray(index === 0 ? 0 : run.ends[index - 1], run.ends[index])

const sorted = (given: ReadonlyMap<string, number>): [string, number][] =>
  [...given].filter(([, count]) => count > 0).toSorted(([a], [b]) => (a < b ? -1 : 1))
