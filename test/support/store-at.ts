import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'

/** The tables of a store that some process writes, for looking at: rows of a query that both engines understand. */
export interface Tables {
  readonly rows: (sql: string) => Promise<Row[]>
  /** The same in pieces: a store of a million calls is not to be held whole. */
  readonly pieces: (sql: string) => AsyncIterable<Row[]>
}

export type Row = Record<string, unknown>

export function storeAt(place: { readonly file: string } | { readonly url: string }): Tables {
  return 'file' in place
    ? { rows: (sql) => askFile(place.file, sql), pieces: (sql) => piecesOfFile(place.file, sql) }
    : { rows: (sql) => askServer(place.url, sql), pieces: (sql) => piecesOfServer(place.url, sql) }
}

const pieceRows = 5000

async function askFile(file: string, sql: string): Promise<Row[]> {
  const db = new DatabaseSync(file, { readOnly: true })
  try {
    return db.prepare(sql).all() as Row[]
  } finally {
    db.close()
  }
}

async function* piecesOfFile(file: string, sql: string): AsyncGenerator<Row[]> {
  const db = new DatabaseSync(file, { readOnly: true })
  try {
    let piece: Row[] = []
    for (const row of db.prepare(sql).iterate()) {
      if (piece.push(row as Row) < pieceRows) continue
      yield piece
      piece = []
    }
    yield piece
  } finally {
    db.close()
  }
}

const numbers: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format: 'text' | 'binary') =>
    oid === 20 || oid === 1700 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
}

async function askServer(url: string, sql: string): Promise<Row[]> {
  const client = await connected(url)
  try {
    return (await client.query<Row>(sql)).rows
  } finally {
    await client.end()
  }
}

async function* piecesOfServer(url: string, sql: string): AsyncGenerator<Row[]> {
  const client = await connected(url)
  try {
    await client.query(`BEGIN; DECLARE piece NO SCROLL CURSOR FOR ${sql}`)
    for (;;) {
      const { rows } = await client.query<Row>(`FETCH ${pieceRows} FROM piece`)
      if (rows.length === 0) return
      yield rows
    }
  } finally {
    await client.end()
  }
}

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, types: numbers })
  client.on('error', () => undefined)
  await client.connect()
  return client
}
