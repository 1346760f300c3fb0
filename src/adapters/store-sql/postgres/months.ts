import type pg from 'pg'
import { monthOf } from '../../../pipeline/store.ts'

/**
 * `record` is parted by month of wall time (R18). A month is made as a table of its own and attached, because making it a
 * partition from the start would lock readers out; there is no default partition, because attaching would have to read it.
 * Undated records (wall time 0) have a partition of their own.
 */
export class Months {
  readonly #pool: pg.Pool
  readonly #known = new Set<number>()

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async prepare(walls: Iterable<number>): Promise<void> {
    const missing = new Set<number>()
    for (const wall of walls) {
      const month = wall === 0 ? undated : monthOf(wall)
      if (!this.#known.has(month)) missing.add(month)
    }
    for (const month of missing) {
      await this.#attach(month)
      this.#known.add(month)
    }
  }

  async #attach(month: number): Promise<void> {
    const table = tableOf(month)
    const client = await this.#pool.connect()
    let broke: Error | undefined
    try {
      await client.query('BEGIN')
      // One process at a time; another that waits finds the month there.
      await client.query(`SELECT pg_advisory_xact_lock(hashtext('smena record months'))`)
      const { rows } = await client.query(
        `SELECT 1 FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
         WHERE i.inhparent = 'record'::regclass AND c.relname = $1`,
        [table],
      )
      if (rows.length === 0) {
        await client.query(`SET LOCAL lock_timeout = '2s'`)
        const [from, to] = month === undated ? ['MINVALUE', '1'] : [startOf(month), startOf(month + 1)]
        await client.query(
          `CREATE TABLE ${table} (LIKE record INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)`,
        )
        await client.query(`ALTER TABLE record ATTACH PARTITION ${table} FOR VALUES FROM (${from}) TO (${to})`)
      }
      await client.query('COMMIT')
    } catch (error) {
      broke = error instanceof Error ? error : new Error(String(error))
      throw error
    } finally {
      // A connection in an unknown state is not used again.
      client.release(broke)
    }
  }
}

const undated = -1

function tableOf(month: number): string {
  if (month === undated) return 'record_undated'
  const number = (month % 12) + 1
  return `record_${1970 + Math.floor(month / 12)}_${number < 10 ? '0' : ''}${number}`
}

/** The first wall millisecond of a month; January 1970 begins at 1, since 0 means undated. */
const startOf = (month: number): string => `${Math.max(1, Date.UTC(1970 + Math.floor(month / 12), month % 12, 1))}`
