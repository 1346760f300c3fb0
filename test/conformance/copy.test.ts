import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import pg from 'pg'
import { openPool } from '../../src/adapters/store-sql/postgres/connection.ts'
import { writeRows } from '../../src/adapters/store-sql/postgres/copy.ts'
import type { TableWriter, Value } from '../../src/adapters/store-sql/rows.ts'
import { freshDatabase, postgresMissing } from '../support/postgres.ts'

type Columns = readonly [whole: number | null, small: number | null, text: string | null, bytes: Uint8Array | null]
interface Probe {
  readonly id: number
  readonly columns: Columns
}

const columns = ['id', 'whole', 'small', 'said', 'raw']
const into = (table: string): TableWriter<Probe> => ({
  table,
  columns,
  values: ({ id, columns: them }): Value[] => [id, ...them],
})

const open = async (t: { after: (end: () => Promise<void>) => void }) => {
  const pool = openPool(await freshDatabase(t), 'write', 1)
  const client = await pool.connect()
  t.after(() => {
    client.release()
    return pool.end()
  })
  for (const table of ['copied', 'inserted'])
    await client.query(
      `CREATE TABLE ${table} (raw bytea, id bigint PRIMARY KEY, gone int, said text COLLATE "C", small smallint, whole bigint);
       ALTER TABLE ${table} DROP COLUMN gone`,
    )
  return client
}

const whole = fc.oneof(
  fc.maxSafeInteger(),
  fc.constantFrom(0, -1, 1, 2 ** 31, -(2 ** 31), 2 ** 32, -(2 ** 32), 2 ** 32 - 1, 2 ** 53 - 1, 1 - 2 ** 53),
)
const small = fc.oneof(fc.integer({ min: -32_767, max: 32_767 }), fc.constantFrom(0, -1, 255, 256, 32_767))
const letters = fc.constantFrom(...Array.from('aZ 0\t\n\r\\\u0001\u007f\u0080ёЖ中😀'))
const said = fc.oneof(
  fc.array(letters, { maxLength: 60 }).map((it) => it.join('')),
  // Longer than what is sent at a time.
  fc.tuple(letters, fc.nat(70_000)).map(([it, times]) => it.repeat(times)),
)
const raw = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.nat(200_000).map((it) => new Uint8Array(it).fill(it)),
)
const orNull = <T>(it: fc.Arbitrary<T>) => fc.option(it, { freq: 5 })
const probe: fc.Arbitrary<Columns> = fc.tuple(orNull(whole), orNull(small), orNull(said), orNull(raw))

test('many rows are written as few are, whatever they hold', { skip: postgresMissing }, async (t) => {
  const client = await open(t)
  await fc.assert(
    fc.asyncProperty(fc.array(probe, { minLength: 26, maxLength: 60, size: 'max' }), async (list) => {
      const rows = list.map((it, id): Probe => ({ id, columns: it }))
      await client.query('TRUNCATE copied, inserted')
      await writeRows(client, into('copied'), rows)
      for (const row of rows) await writeRows(client, into('inserted'), [row])
      const { rows: differing } = await client.query(
        'SELECT id FROM copied c FULL JOIN inserted i USING (id) WHERE (c.*)::text IS DISTINCT FROM (i.*)::text',
      )
      assert.deepEqual(differing, [])
      const { rows: counted } = await client.query('SELECT count(*) AS count FROM copied')
      assert.deepEqual(counted, [{ count: rows.length }])
    }),
    { numRuns: 6 },
  )
})

test('a value that its column cannot hold is refused, and the connection goes on', {
  skip: postgresMissing,
}, async (t) => {
  const client = await open(t)
  const bad: Columns[] = [
    [0.5, null, null, null],
    [2 ** 53, null, null, null],
    [null, 40_000, null, null],
    [null, null, 'a\u0000b', null],
  ]
  for (const it of bad)
    for (const at of [0, 3_000]) {
      const rows = Array.from({ length: 3_001 }, (_, id): Probe => ({ id, columns: [id, 7, 'same', null] }))
      rows[at] = { id: at, columns: it }
      await client.query('BEGIN')
      await assert.rejects(writeRows(client, into('copied'), rows), (error: Error & { code: string }) =>
        error instanceof pg.DatabaseError ? error.code === '22021' : error.code === 'store-refused',
      )
      await client.query('ROLLBACK')
      const { rows: counted } = await client.query('SELECT count(*) AS count FROM copied')
      assert.deepEqual(counted, [{ count: 0 }])
    }
})

test('a row that another row excludes is refused', { skip: postgresMissing }, async (t) => {
  const client = await open(t)
  const rows = Array.from({ length: 50_000 }, (_, id): Probe => ({ id: id % 49_999, columns: [1, 2, 'text', null] }))
  await assert.rejects(writeRows(client, into('copied'), rows), { code: '23505' })
  await writeRows(client, into('copied'), rows.slice(0, 100))
  const { rows: counted } = await client.query('SELECT count(*) AS count FROM copied')
  assert.deepEqual(counted, [{ count: 100 }])
})
