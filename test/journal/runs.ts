import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type JournalOptions, openJournal } from '../../src/adapters/journal-sqlite/journal-sqlite.ts'
import { openJournalLog } from '../../src/adapters/log-journal/log-journal.ts'
import type { Delivery } from '../../src/domain/record.ts'
import type { JournalReader, JournalWriter, LogReader, LogRecord, Run } from '../../src/pipeline/ports.ts'

/** A directory of its own, gone after the test. */
export function temporary(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'smena-journal-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** Keeps everything and needs no free space, unless told otherwise. */
export const journalOptions = (directory: string, options: Partial<JournalOptions> = {}): JournalOptions => ({
  directory,
  freeSpaceFloorBytes: 0,
  keepMs: 100 * 365 * 86_400_000,
  keepBytes: 2 ** 40,
  ...options,
})

/** A journal that the test closes itself or that is closed after it. */
export async function openedJournal(
  t: TestContext,
  directory: string,
  options: Partial<JournalOptions> = {},
): Promise<JournalWriter> {
  const journal = await openJournal(journalOptions(directory, options))
  t.after(async () => {
    await journal[Symbol.asyncDispose]()
  })
  return journal
}

export async function openedLog(t: TestContext, directory: string): Promise<JournalReader> {
  const log = await openJournalLog({ directory })
  t.after(() => log[Symbol.asyncDispose]())
  return log
}

let deliveries = 0

/** A new delivery with a uid that the tests can repeat. */
export const newDelivery = (source: string, options: Partial<Delivery> = {}): Delivery => ({
  uid: (++deliveries).toString(16).padStart(32, '0'),
  source,
  format: 'avaya-ip-office',
  how: 'tcp',
  peer: '10.6.0.1',
  openedAt: 1_764_000_000_000,
  ...options,
})

export interface Piece {
  readonly bytes: Uint8Array
  readonly occurrence: number
  /** 0: whole; else an index into `fragmentCodes`. */
  readonly fragment: number
}

export const runOf = (
  delivery: Delivery,
  firstLine: number,
  pieces: readonly Piece[],
  receivedAt = 1_764_000_000_000,
): Run => {
  const bytes = new Uint8Array(pieces.reduce((sum, it) => sum + it.bytes.length, 0))
  const ends = new Uint32Array(pieces.length)
  let end = 0
  for (const [i, piece] of pieces.entries()) {
    bytes.set(piece.bytes, end)
    ends[i] = end += piece.bytes.length
  }
  return {
    delivery,
    firstLine,
    receivedAt,
    bytes,
    ends,
    occurrences: Uint32Array.from(pieces, (it) => it.occurrence),
    fragments: Uint8Array.from(pieces, (it) => it.fragment),
  }
}

/** Whole records of the given texts. */
export const piecesOf = (texts: readonly string[]): Piece[] =>
  texts.map((text) => ({ bytes: Buffer.from(text), occurrence: 1, fragment: 0 }))

/** `count` records that differ, of `length` bytes or a little more, beginning with line `firstLine`. */
export const linesOf = (firstLine: number, count: number, length = 20): Piece[] =>
  piecesOf(Array.from({ length: count }, (_, i) => `${firstLine + i},`.padEnd(length, 'x')))

export async function readAll(log: LogReader, source: string, after = 0): Promise<LogRecord[]> {
  const records: LogRecord[] = []
  for (;;) {
    const batch = await log.read(source, records.at(-1)?.number ?? after, { records: 5000, bytes: 1 << 22 })
    if (batch.records.length === 0) return records
    records.push(...batch.records)
  }
}

export async function readDirectory(directory: string, source: string, after = 0): Promise<LogRecord[]> {
  await using log = await openJournalLog({ directory })
  return await readAll(log, source, after)
}

export const textOf = (record: LogRecord): string => Buffer.from(record.bytes).toString('latin1')

/** Waits for a condition; fails with what it last saw when it does not come true. */
export async function until<T>(
  look: () => T | Promise<T>,
  holds: (seen: T) => boolean,
  timeoutMs = 15_000,
): Promise<T> {
  const end = performance.now() + timeoutMs
  for (;;) {
    const seen = await look()
    if (holds(seen)) return seen
    if (performance.now() > end) throw new Error(`not within ${timeoutMs} ms; last seen: ${String(seen)}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
