/** The bare insertion of the rows that a store has: the limit of everything that writes them. */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import { openPostgresStore } from '../src/adapters/store-sql/postgres/store.ts'
import { seconds } from './measure.ts'

export const tables = ['record', 'segment', 'join_key', 'call', 'call_party', 'attribution_due'] as const

/** The rows of so many records, in the order in which they were inserted. */
export const rowsOf = {
  record: 'SELECT * FROM record WHERE id > ? AND id <= ? ORDER BY id',
  segment: 'SELECT * FROM segment WHERE id > ? AND id <= ? ORDER BY id',
  join_key:
    'SELECT j.* FROM segment s JOIN join_key j ON j.source_id = s.source_id AND j.segment_id = s.id WHERE s.id > ? AND s.id <= ?',
  call: 'SELECT * FROM call WHERE id > ? AND id <= ? ORDER BY id',
  call_party: 'SELECT * FROM call_party WHERE call_id > ? AND call_id <= ? ORDER BY call_id, position',
  attribution_due: 'SELECT * FROM attribution_due WHERE call_id > ? AND call_id <= ? ORDER BY call_id',
} satisfies Record<(typeof tables)[number], string>

export const idsPerRecord = 1024
export const loadedAtOnce = 50_000

/**
 * Seconds that COPY takes to bring the rows of the one source of a database into the same tables and indexes of an empty one,
 * 50,000 records a transaction, read beforehand.
 */
export async function copySeconds(of: {
  readonly from: string
  readonly into: string
  readonly records: number
}): Promise<number> {
  const from = new pg.Client({ connectionString: of.from })
  const into = new pg.Client({ connectionString: of.into })
  await from.connect()
  await into.connect()
  {
    await using store = await openPostgresStore(of.into)
    const { rows } = await from.query<{ at: string }>('SELECT DISTINCT content_at / 86400000 AS at FROM record')
    await store.prepareMonths(rows.map((it) => Number(it.at) * 86_400_000))
  }
  await from.query('CREATE INDEX ON join_key (segment_id)')
  let took = 0
  for (let done = 0; done < of.records; done += loadedAtOnce) {
    const [low, high] = [
      done * idsPerRecord + idsPerRecord - 1,
      (done + loadedAtOnce) * idsPerRecord + idsPerRecord - 1,
    ]
    const loaded: { table: string; bytes: Buffer[] }[] = []
    for (const table of tables) {
      const bytes: Buffer[] = []
      const sql =
        table === 'join_key'
          ? `SELECT * FROM join_key WHERE segment_id > ${low} AND segment_id <= ${high} ORDER BY segment_id`
          : rowsOf[table].replace('?', String(low)).replace('?', String(high))
      for await (const chunk of from.query(copyTo(`COPY (${sql}) TO STDOUT`))) bytes.push(chunk as Buffer)
      loaded.push({ table, bytes: [Buffer.concat(bytes)] })
    }
    took += await seconds(async () => {
      await into.query('BEGIN')
      for (const { table, bytes } of loaded)
        await pipeline(Readable.from(bytes), into.query(copyFrom(`COPY ${table} FROM STDIN`)))
      await into.query('COMMIT')
    })
  }
  for (const table of tables) {
    const count = async (client: pg.Client) =>
      Number((await client.query<{ count: string }>(`SELECT count(*) FROM ${table}`)).rows[0]?.count)
    const [there, copied] = [await count(from), await count(into)]
    if (there !== copied) throw new Error(`${copied} of ${there} rows of ${table} were copied`)
  }
  await from.end()
  await into.end()
  return took
}
