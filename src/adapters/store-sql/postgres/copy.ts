import type pg from 'pg'
import type { TableWriter, Value } from '../rows.ts'
import { BinaryRows } from './binary-rows.ts'

/** So few rows are written by one INSERT: COPY is five times as fast a row, and takes two more messages to begin and to end. */
const fewRows = 25

/** Handed to the socket and not taken by the system yet: more is written only when that is gone. */
const unsentAtMost = 1 << 20

/** Message by which a COPY is given up (PostgreSQL manual, "Message Formats", CopyFail). */
const copyFail = Buffer.from([0x66, 0, 0, 0, 5, 0])

/** Writes rows, many by COPY in its binary format. Resolves when the server has taken them all. */
export async function writeRows<R>(client: pg.PoolClient, writer: TableWriter<R>, rows: readonly R[]): Promise<void> {
  if (rows.length === 0) return
  if (rows.length <= fewRows) return insertRows(client, writer, rows)
  const encoded = new BinaryRows(await widthsOf(client, writer))
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  client.query(new CopyIn(writer, rows, encoded, resolve, reject))
  return promise
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

const widths = new WeakMap<object, readonly number[]>()

/** How many bytes a whole number has in each of the columns; the schema is the same in every database. */
async function widthsOf<R>(client: pg.PoolClient, writer: TableWriter<R>): Promise<readonly number[]> {
  const known = widths.get(writer)
  if (known) return known
  const { rows } = await client.query<{ attname: string; attlen: number }>(
    'SELECT attname, attlen FROM pg_attribute WHERE attrelid = $1::regclass',
    [writer.table],
  )
  const lengths = new Map(rows.map((it) => [it.attname, it.attlen]))
  const found = writer.columns.map((it) => lengths.get(it) ?? 0)
  widths.set(writer, found)
  return found
}

/** One COPY as the driver carries it out: the server is told as much as the connection takes while the rest is encoded. */
class CopyIn<R> implements pg.Submittable {
  readonly #text: string
  readonly #writer: TableWriter<R>
  readonly #rows: readonly R[]
  readonly #encoded: BinaryRows
  readonly #resolve: () => void
  readonly #reject: (error: unknown) => void
  #connection: pg.Connection | null = null
  #next = 0

  constructor(
    writer: TableWriter<R>,
    rows: readonly R[],
    encoded: BinaryRows,
    resolve: () => void,
    reject: (error: unknown) => void,
  ) {
    this.#text = `COPY ${writer.table} (${writer.columns.join(', ')}) FROM STDIN (FORMAT binary)`
    this.#writer = writer
    this.#rows = rows
    this.#encoded = encoded
    this.#resolve = resolve
    this.#reject = reject
  }

  submit(connection: pg.Connection): void {
    this.#connection = connection
    connection.query(this.#text)
  }

  handleCopyInResponse(): void {
    this.#send()
  }

  readonly #send = (): void => {
    const stream = this.#connection?.stream
    // The server has refused what came before, or the connection is gone.
    if (!stream) return
    try {
      while (this.#next < this.#rows.length) {
        this.#encoded.add(this.#writer.values(this.#rows[this.#next++] as R))
        const piece = this.#encoded.takeFull()
        if (piece && !stream.write(piece) && stream.writableLength > unsentAtMost) {
          stream.once('drain', this.#send)
          return
        }
      }
      stream.write(this.#encoded.end())
    } catch (error) {
      this.#reject(error)
      stream.write(copyFail)
    }
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.#connection = null
    this.#resolve()
  }

  handleError(error: unknown): void {
    this.#connection = null
    this.#reject(error)
  }
}
