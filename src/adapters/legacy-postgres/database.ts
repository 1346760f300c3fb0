import pg from 'pg'
import { SmenaError } from '../../domain/errors.ts'
import type { OldRow } from '../../domain/legacy/old-row.ts'
import type { LegacyPage, LegacySource } from './legacy-source.ts'

const pageRows = 2000

/** Every value as PostgreSQL writes it: the same text that a dump has. */
const asText: pg.CustomTypesConfig = { getTypeParser: (() => (text: string) => text) as typeof pg.types.getTypeParser }

/**
 * The old database, read in one transaction that sees it as it stood at its beginning and can change nothing in it. Rows come by
 * pages in order of their ids, so that no cursor is held open over there.
 */
export async function openLegacyDatabase(dsn: string): Promise<LegacySource> {
  const client = new pg.Client({
    ...connectionOf(dsn),
    types: asText,
    application_name: 'smena legacy import',
    connectionTimeoutMillis: 10_000,
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    await client.query(`SET LOCAL TimeZone = 'UTC'`)
    await client.query(`SET LOCAL DateStyle = 'ISO, YMD'`)
    const columns = await columnsByTable(client)
    if (columns.size === 0) throw new SmenaError('legacy-no-tables', { place: nameOf(dsn) })
    const total = await estimate(client)
    let done = 0
    return {
      size: { unit: 'records', total },
      done: () => done,
      rows: async function* (tables) {
        for (const table of tables) {
          if (!columns.get(table)?.has('id')) continue
          for await (const rows of pages(client, table)) {
            done += rows.length
            yield { table, rows } satisfies LegacyPage
          }
        }
      },
      [Symbol.asyncDispose]: async () => {
        await client.end().catch(() => undefined)
      },
    }
  } catch (error) {
    await client.end().catch(() => undefined)
    throw databaseError(error, dsn)
  }
}

async function* pages(client: pg.Client, table: string): AsyncGenerator<OldRow[]> {
  for (let after: string | null = null; ; ) {
    const { rows }: { rows: OldRow[] } = await client.query<Record<string, string | null>>(
      `SELECT * FROM public.${pg.escapeIdentifier(table)} WHERE $1::bigint IS NULL OR id > $1 ORDER BY id LIMIT ${pageRows}`,
      [after],
    )
    if (rows.length > 0) yield rows
    if (rows.length < pageRows) return
    after = rows.at(-1)?.['id'] ?? null
  }
}

async function columnsByTable(client: pg.Client): Promise<Map<string, Set<string>>> {
  const { rows } = await client.query<{ table_name: string; column_name: string }>(
    `SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'
       AND (table_name LIKE 'auth\\_%' OR table_name LIKE 'monitor\\_%' OR table_name LIKE 'working\\_%'
         OR table_name LIKE 'localdicts\\_%')`,
  )
  const grouped = Map.groupBy(rows, (it) => it.table_name)
  return new Map([...grouped].map(([table, own]) => [table, new Set(own.map((it) => it.column_name))]))
}

/** As the server last counted them: good enough for a bar. */
async function estimate(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ total: string | null }>(
    `SELECT sum(greatest(reltuples, 0))::bigint AS total FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relname NOT LIKE 'django\\_%'`,
  )
  return Number(rows[0]?.total ?? 0)
}

const keyword = /(\w+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|(\S+))/gu

/** A URL as it is; `host=db dbname=iss user=reader` word by word. What is not named comes from the environment. */
function connectionOf(dsn: string): pg.ClientConfig {
  if (/^postgres(?:ql)?:\/\//iu.test(dsn)) return { connectionString: dsn }
  const words = new Map([...dsn.matchAll(keyword)].map(([, key = '', quoted, bare]) => [key, quoted ?? bare ?? '']))
  const at = (key: string) => (words.has(key) ? words.get(key) : undefined)
  const [host, port, database, user, password] = ['host', 'port', 'dbname', 'user', 'password'].map(at)
  return {
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port: Number(port) }),
    ...(database === undefined ? {} : { database }),
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
  }
}

/** What may be said of where the database is: no password. */
function nameOf(dsn: string): string {
  const { connectionString, host = '', database = '' } = connectionOf(dsn)
  if (connectionString === undefined) return `${host}/${String(database)}`
  try {
    const url = new URL(connectionString)
    return `${url.host}${url.pathname}`
  } catch {
    return 'the database'
  }
}

function databaseError(error: unknown, dsn: string): Error {
  if (error instanceof SmenaError) return error
  const reasons = error instanceof AggregateError ? error.errors : [error]
  const cause = reasons.map((it) => (it instanceof Error ? it.message : String(it))).join('; ')
  return new SmenaError('legacy-unreachable', { place: nameOf(dsn), cause }, { cause: error })
}
