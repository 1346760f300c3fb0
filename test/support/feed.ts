import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { formats } from '../../src/domain/formats/formats.ts'
import type { Reading } from '../../src/domain/reading.ts'
import type { Delivery, DeliveryHow } from '../../src/domain/record.ts'
import type { Random } from '../../src/domain/simulation/random.ts'
import { Cutter } from '../../src/pipeline/cut.ts'
import { type ImportCounts, Importer } from '../../src/pipeline/import.ts'
import type { LogBatch, LogReader, LogRecord } from '../../src/pipeline/ports.ts'
import { type RecordEvent, SourceRecorder } from '../../src/pipeline/record.ts'
import { Sources } from '../../src/pipeline/sources.ts'
import type { Store } from '../../src/pipeline/store.ts'
import { cutAtRandom, type Day, shuffled, streamOf } from './days.ts'

/** A log in memory, for tests that are about what comes after it. Numbers are dense per source unless a test says otherwise. */
export class MemoryLog implements LogReader {
  readonly id = randomBytes(16).toString('hex')
  readonly records = new Map<string, LogRecord[]>()
  /** When deliveries were closed. */
  readonly closed = new Map<string, number>()

  /** Adds a whole delivery; returns its records. `end`: how its stream ends. */
  deliver(
    source: string,
    bytes: Uint8Array,
    options: {
      how?: DeliveryHow
      receivedAt?: number
      end?: 'cut' | 'whole'
      format: Reading['format']
      delivery?: Delivery
    },
  ): LogRecord[] {
    const receivedAt = options.receivedAt ?? Date.now()
    const delivery = options.delivery ?? {
      uid: randomBytes(16).toString('hex'),
      source,
      format: options.format,
      how: options.how ?? 'tcp',
      peer: '127.0.0.1',
      openedAt: receivedAt,
    }
    const cutter = new Cutter(formats[options.format])
    const list = this.of(source)
    const added: LogRecord[] = []
    const take = (view: Uint8Array, line: number, occurrence: number, fragment: LogRecord['fragment']) => {
      const record = { number: list.length + 1, delivery, line, occurrence, receivedAt, fragment, bytes: view.slice() }
      list.push(record)
      added.push(record)
    }
    cutter.push(bytes, take)
    cutter.end(options.end ?? 'cut', take)
    return added
  }

  of(source: string): LogRecord[] {
    let list = this.records.get(source)
    if (!list) this.records.set(source, (list = []))
    return list
  }

  async sources(): Promise<readonly string[]> {
    return [...this.records.keys()]
  }

  async read(source: string, after: number, limits: { records: number }): Promise<LogBatch> {
    const list = this.of(source)
    const from = list.findIndex((it) => it.number > after)
    return { source, records: from < 0 ? [] : list.slice(from, from + limits.records) }
  }

  async given(): Promise<ReadonlyMap<string, number>> {
    return new Map([...this.records].map(([name, list]) => [name, list.at(-1)?.number ?? 0]))
  }

  async settled(): Promise<ReadonlyMap<string, number>> {
    return new Map()
  }

  async closings(uids: readonly string[]): Promise<ReadonlyMap<string, number | null>> {
    const known = new Set([...this.records.values()].flatMap((list) => list.map((it) => it.delivery.uid)))
    return new Map(uids.filter((uid) => known.has(uid)).map((uid) => [uid, this.closed.get(uid) ?? null]))
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** Runs `record` for one source until it has passed everything in the log. */
export async function recordAll(
  store: Store,
  log: LogReader,
  source: string,
  options: { now?: () => number; limit?: number } = {},
): Promise<RecordEvent[]> {
  const events: RecordEvent[] = []
  const end = (await log.given()).get(source) ?? 0
  const limited: LogReader = options.limit
    ? {
        id: log.id,
        sources: () => log.sources(),
        given: () => log.given(),
        settled: () => log.settled(),
        closings: (uids) => log.closings(uids),
        read: (name, after, limits) => log.read(name, after, { ...limits, records: options.limit as number }),
        [Symbol.asyncDispose]: async () => {},
      }
    : log
  const recorder = new SourceRecorder(source, {
    log: limited,
    store,
    sources: new Sources(store, formats),
    now: options.now ?? Date.now,
    report: (event) => {
      events.push(event)
      if (event.kind === 'passed' && event.number >= end) recorder.close()
    },
  })
  const row = (await store.sources()).find((it) => it.name === source)
  if (end === 0 || (row && (await store.position(row.id, log.id)) >= end)) return events
  await recorder.run()
  return events
}

export async function importAll(
  store: Store,
  source: string,
  bytes: Uint8Array,
  options: { format: Reading['format']; chunk?: number; now?: () => number },
): Promise<ImportCounts> {
  const importer = await Importer.open({
    store,
    sources: new Sources(store, formats),
    now: options.now ?? Date.now,
    source,
    delivery: {
      uid: randomBytes(16).toString('hex'),
      source,
      format: options.format,
      how: 'import',
      peer: 'archive',
      openedAt: (options.now ?? Date.now)(),
    },
    progress: () => undefined,
  })
  const chunk = options.chunk ?? 65_536
  for (let at = 0; at < bytes.length; at += chunk) await importer.push(bytes.subarray(at, at + chunk))
  return importer.end()
}

/**
 * Brings the lines in any order: in deliveries cut at random, live and by archive by turns, in batches and pieces of any size.
 * Some deliveries come twice.
 */
export async function feedAtRandom(store: Store, source: string, day: Day, random: Random): Promise<void> {
  const log = new MemoryLog()
  const { format } = day.reading
  const pieces = cutAtRandom(shuffled(day.lines, random), 5, random)
  if (pieces.length > 0 && random.chance(0.3)) pieces.push(random.pick(pieces))
  for (const piece of pieces) {
    const bytes = streamOf(piece, random.pick(['\n', '\r\n']))
    if (random.chance(0.4)) {
      await importAll(store, source, bytes, { format, chunk: random.between(1, 400) })
      continue
    }
    log.deliver(source, bytes, { format, how: random.pick(['tcp', 'stdin', 'http', 'kafka']) })
    if (random.chance(0.6)) await recordAll(store, log, source, { limit: random.between(1, 20) })
  }
  await recordAll(store, log, source, { limit: 7 })
}

export const applyReading = async (store: Store, source: string, reading: Reading, from: number | null = null) =>
  new Sources(store, formats).apply(source, reading, from, 'always', Date.now())

/** The settings that the expected calls of the samples assume. */
export const sampleReadings = {
  avaya: {
    format: 'avaya-ip-office',
    timezone: 'Europe/Moscow',
    encoding: 'windows-1251',
    internal: '^\\d{2,6}$',
    groups: '^300$',
    attendants: '^706$',
    trunks: [],
    plan: 'avaya',
    rewrite: [],
    clockOffset: 0,
  },
  asterisk: {
    format: 'asterisk-csv',
    timezone: 'Europe/Moscow',
    encoding: 'windows-1251',
    internal: '^\\d{2,6}$',
    groups: null,
    attendants: null,
    trunks: ['trunk-msk', 'trunk-bk'],
    plan: 'asterisk',
    rewrite: [],
    clockOffset: 0,
  },
} as const satisfies Record<string, Reading>

export const sample = (name: string): Buffer => readFileSync(new URL(`../samples/${name}`, import.meta.url))
