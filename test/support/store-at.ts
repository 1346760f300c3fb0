import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'

/** The tables of a store that some process writes, for looking at: rows of a query that both engines understand. */
export interface Tables {
  readonly rows: (sql: string) => Promise<Record<string, unknown>[]>
}

export function storeAt(place: { readonly file: string } | { readonly url: string }): Tables {
  return 'file' in place ? { rows: (sql) => askFile(place.file, sql) } : { rows: (sql) => askServer(place.url, sql) }
}

async function askFile(file: string, sql: string): Promise<Record<string, unknown>[]> {
  const db = new DatabaseSync(file, { readOnly: true })
  try {
    return db.prepare(sql).all() as Record<string, unknown>[]
  } finally {
    db.close()
  }
}

const numbers: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format: 'text' | 'binary') =>
    oid === 20 || oid === 1700 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
}

async function askServer(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url, types: numbers })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}
