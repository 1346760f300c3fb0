import assert from 'node:assert/strict'
import { formats } from '../../src/domain/formats/formats.ts'
import type { LogReader } from '../../src/pipeline/ports.ts'
import type { Formats } from '../../src/pipeline/readings.ts'
import { type Status, statusOf } from '../../src/pipeline/status.ts'
import type { StoreReader } from '../../src/pipeline/store-reading.ts'
import type { TestStore } from './stores.ts'

/** What a test compares of the books of a store. */
export interface Sums {
  readonly stored: number
  readonly duplicate: number
  readonly quarantined: number
}

/** The whole ledger, or that of one source. */
export async function ledgerSums({ rows }: Pick<TestStore, 'rows'>, source?: string): Promise<Sums> {
  const [sum] = await rows(
    `SELECT coalesce(sum(l.stored), 0) AS stored, coalesce(sum(l.duplicate), 0) AS duplicate,
       coalesce(sum(l.quarantined), 0) AS quarantined
     FROM ledger l JOIN source s ON s.id = l.source_id ${source === undefined ? '' : `WHERE s.name = '${source}'`}`,
  )
  return {
    stored: Number(sum?.['stored']),
    duplicate: Number(sum?.['duplicate']),
    quarantined: Number(sum?.['quarantined']),
  }
}

/** Ledger rows as they stand: [hours since 1970, stored, duplicate, quarantined], ascending, all journals of the source. */
export async function ledgerHours({ rows }: Pick<TestStore, 'rows'>): Promise<unknown[][]> {
  const found = await rows(
    `SELECT hour, sum(stored) AS stored, sum(duplicate) AS duplicate, sum(quarantined) AS quarantined
     FROM ledger GROUP BY hour ORDER BY hour`,
  )
  return found.map((row) => ['hour', 'stored', 'duplicate', 'quarantined'].map((name) => Number(row[name])))
}

export async function countOf({ rows }: Pick<TestStore, 'rows'>, table: string): Promise<number> {
  return Number((await rows(`SELECT count(*) AS n FROM ${table}`))[0]?.['n'])
}

/** `smena status` of a store whose journal is the log. */
export function statusWith(reader: StoreReader, log: LogReader | null, known: Formats = formats): Promise<Status> {
  return statusOf({
    reader,
    configured: [],
    formats: known,
    version: '0',
    collected: async () => ({
      mode: 'solo',
      journal: log && { id: log.id, given: await log.given(), connections: () => 0 },
    }),
    alarms: [],
    now: Date.now(),
  })
}

/** Compares texts line by line, because the difference of two texts of megabytes is no message. */
export function assertSameDump(found: string, expected: string, what: string): void {
  if (found === expected) return
  const lines = found.split('\n')
  const have = new Set(expected.split('\n'))
  const odd = lines.filter((line) => !have.has(line))
  const other = new Set(lines)
  const gone = [...have].filter((line) => !other.has(line))
  const first = [odd[0], gone[0]].map((line) => (line === undefined ? 'nothing' : line.slice(0, 1500)))
  assert.fail(`${what}: ${odd.length} lines too many, ${gone.length} missing\n${first.join('\nfor\n')}`)
}
