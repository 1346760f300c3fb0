import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { openJournalFile } from '../../src/adapters/journal-sqlite/journal-file.ts'
import { openJournalLog } from '../../src/adapters/log-journal/log-journal.ts'
import { SmenaError } from '../../src/domain/errors.ts'
import { journalError } from '../../src/pipeline/journal-entry.ts'
import type { LogRecord } from '../../src/pipeline/ports.ts'
import { readAll, textOf } from './runs.ts'

/**
 * A thread that damages copies of a journal and reads them, one after the other. A thread, because reading is synchronous:
 * only from outside can it be seen that one of them never ends.
 */
export type Damage =
  | { readonly kind: 'flip'; readonly at: number; readonly bit: number }
  | { readonly kind: 'cut'; readonly length: number }

export interface FlipWork {
  readonly read: 'records' | 'feeds'
  /** Where the journal lies that is damaged, and where its damaged copies are put. */
  readonly file: string
  readonly directory: string
  readonly damages: readonly Damage[]
}

export type FlipNews =
  | { readonly kind: 'begun'; readonly damage: Damage }
  | { readonly kind: 'wrong'; readonly damage: Damage; readonly what: string }
  | { readonly kind: 'done'; readonly counts: FlipCounts }

/** How the readings ended. A reading may find damaged records and holes. */
export interface FlipCounts {
  /** Nothing was noticed, because nothing that is read was changed. */
  untouched: number
  damaged: number
  holes: number
  refused: number
  /** The most records that one flip, and one cut, cost: damaged or not found. */
  mostLostByFlip: number
}

export const damagedCopy = (original: Uint8Array, damage: Damage): Uint8Array => {
  if (damage.kind === 'cut') return original.subarray(0, damage.length)
  const copy = new Uint8Array(original)
  copy[damage.at] = (copy[damage.at] as number) ^ (1 << damage.bit)
  return copy
}

export const describeRecord = (it: LogRecord): string =>
  JSON.stringify([it.number, it.line, it.occurrence, it.receivedAt, it.fragment, it.delivery, textOf(it)])

/** All records of all sources by number, as text. */
export type Contents = Map<string, Map<number, string>>

export async function contentsOf(directory: string, reached?: (record: LogRecord) => void): Promise<Contents> {
  await using log = await openJournalLog({ directory })
  const contents: Contents = new Map()
  for (const source of await log.sources()) {
    const records = new Map<number, string>()
    let last = 0
    for (const record of await readAll(log, source)) {
      if (record.number <= last) throw new Error(`${source}: number ${record.number} after ${last}`)
      last = record.number
      reached?.(record)
      records.set(record.number, record.fragment === 'damaged' ? 'damaged' : describeRecord(record))
    }
    const given = (await log.given()).get(source) ?? 0
    if (last > given) throw new Error(`${source}: number ${last} was read, ${given} were given`)
    contents.set(source, records)
  }
  return contents
}

/** The topics of the feeds of all sources, by their partitions, as whoever opens the journal for writing knows them. */
export function feedsOf(directory: string): Contents {
  const contents: Contents = new Map()
  const { db, feeds } = openJournalFile(directory)
  db.close()
  for (const { source, topicId, partition } of feeds) {
    const topics = contents.get(source) ?? new Map<number, string>()
    contents.set(source, topics.set(partition, topicId))
  }
  return contents
}

async function work({ read, file, directory, damages }: FlipWork): Promise<void> {
  const original = readFileSync(file)
  const copy = join(directory, 'journal.db')
  const put = (bytes: Uint8Array) => {
    rmSync(directory, { recursive: true, force: true })
    mkdirSync(directory)
    writeFileSync(copy, bytes)
  }
  put(original)
  const look = async () => (read === 'feeds' ? feedsOf(directory) : await contentsOf(directory))
  const whole = await look()
  const counts: FlipCounts = { untouched: 0, damaged: 0, holes: 0, refused: 0, mostLostByFlip: 0 }
  for (const damage of damages) {
    tell({ kind: 'begun', damage })
    put(damagedCopy(original, damage))
    let found: Contents
    try {
      found = await look()
    } catch (error) {
      if (journalError(error, copy) instanceof SmenaError) counts.refused++
      else tell({ kind: 'wrong', damage, what: (error as Error).stack ?? String(error) })
      continue
    }
    let [damaged, missing] = [0, 0]
    for (const [source, records] of whole) {
      for (const [number, text] of records) {
        const now = found.get(source)?.get(number)
        if (now === 'damaged') damaged++
        else if (now === undefined) missing++
        else if (now !== text) tell({ kind: 'wrong', damage, what: `${source}: ${now} instead of ${text}` })
      }
      for (const number of found.get(source)?.keys() ?? [])
        if (!records.has(number)) tell({ kind: 'wrong', damage, what: `${source}: ${number} was never given` })
    }
    if (damaged > 0) counts.damaged++
    if (missing > 0) counts.holes++
    if (damaged + missing === 0) counts.untouched++
    if (damage.kind === 'flip') counts.mostLostByFlip = Math.max(counts.mostLostByFlip, damaged + missing)
  }
  tell({ kind: 'done', counts })
}

function tell(news: FlipNews): void {
  parentPort?.postMessage(news)
}

if (parentPort && workerData) await work(workerData as FlipWork)
