import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import type { TableWriter, Value } from '../rows.ts'

const chunkAtLeast = 1 << 16

/** So few rows are written by one INSERT: COPY is five times as fast a row, and takes two more messages to begin and to end. */
const fewRows = 25

/** Writes rows, many by COPY in its text format. Resolves when the server has taken them all. */
export async function writeRows<R>(client: pg.PoolClient, writer: TableWriter<R>, rows: readonly R[]): Promise<void> {
  if (rows.length === 0) return
  if (rows.length <= fewRows) return insertRows(client, writer, rows)
  const target = client.query(copyFrom(`COPY ${writer.table} (${writer.columns.join(', ')}) FROM STDIN`))
  await pipeline(Readable.from(chunks(writer, rows), { objectMode: true, highWaterMark: 2 }), target)
}

async function insertRows<R>(client: pg.PoolClient, writer: TableWriter<R>, rows: readonly R[]): Promise<void> {
  const { table, columns } = writer
  const values: unknown[] = []
  const tuples = rows.map((row) => {
    const marks = writer.values(row).map((value) => `$${values.push(asParameter(value))}`)
    return `(${marks.join(', ')})`
  })
  await client.query(`INSERT INTO ${table} (${columns.join(', ')}) VALUES ${tuples.join(', ')}`, values)
}

const asParameter = (value: Value): unknown =>
  value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value

function* chunks<R>(writer: TableWriter<R>, rows: readonly R[]): Generator<string> {
  let text = ''
  for (const row of rows) {
    const values = writer.values(row)
    for (let i = 0; i < values.length; i++) text += (i === 0 ? '' : '\t') + copyText(values[i] as Value)
    text += '\n'
    if (text.length >= chunkAtLeast) {
      yield text
      text = ''
    }
  }
  if (text !== '') yield text
}

function copyText(value: Value): string {
  if (value === null) return '\\N'
  if (typeof value === 'number') return `${value}`
  if (typeof value === 'string') return special.test(value) ? escaped(value) : value
  return `\\\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}`
}

const special = /[\\\t\n\r]/u

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }
const escaped = (text: string): string => text.replace(/[\\\t\n\r]/gu, (it) => escapes[it] as string)
