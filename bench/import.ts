/**
 * Import of archives against the bare insertion of the same rows, read beforehand, into the same tables and indexes:
 * PostgreSQL by COPY, SQLite by prepared statements, 1,000 records a transaction. Interleaved rounds, medians.
 */
import { createReadStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { openPostgresStore } from '../src/adapters/store-sql/postgres/store.ts'
import { openSqliteStore } from '../src/adapters/store-sql/sqlite/store.ts'
import type { FormatName } from '../src/domain/formats/format-name.ts'
import { formats } from '../src/domain/formats/formats.ts'
import { Importer } from '../src/pipeline/import.ts'
import { Sources } from '../src/pipeline/sources.ts'
import type { Store } from '../src/pipeline/store.ts'
import { applyReading, sampleReadings } from '../test/support/feed.ts'
import { startPostgres } from '../test/support/postgres.ts'
import { archiveOf } from './archive.ts'
import { copySeconds, idsPerRecord, loadedAtOnce, rowsOf, tables } from './copy.ts'
import { type Line, machine, median, option, seconds, show } from './measure.ts'

const records = option('records', 1_000_000)
const rounds = option('rounds', 3)
const callsADay = option('calls-a-day', 4000)
const sources = { 'avaya-ip-office': 'avaya', 'asterisk-csv': 'asterisk' } as const

async function importFile(store: Store, format: FormatName, file: string): Promise<number> {
  const source = sources[format]
  await applyReading(store, source, sampleReadings[source])
  const openedAt = Date.now()
  const delivery = {
    uid: crypto.randomUUID().replaceAll('-', ''),
    source,
    format,
    how: 'import',
    peer: file,
    openedAt,
  } as const
  const importer = await Importer.open({
    store,
    sources: new Sources(store, formats),
    now: Date.now,
    source,
    delivery,
    progress: () => undefined,
  })
  return seconds(async () => {
    for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024 }))
      await importer.push(chunk as Buffer)
    const counts = await importer.end()
    if (counts.stored !== records) throw new Error(`stored ${counts.stored} of ${records}`)
  })
}

const recordsPerTransaction = 1000

async function sqliteRound(directory: string, format: FormatName, file: string) {
  const ours = join(directory, 'ours.db')
  const bare = join(directory, 'bare.db')
  let importSeconds: number
  {
    await using store = await openSqliteStore(ours)
    importSeconds = await importFile(store, format, file)
  }
  {
    await using _schema = await openSqliteStore(bare)
  }
  const from = new DatabaseSync(ours, { readOnly: true })
  // Keys of a segment are found by segment here, which the store itself never needs.
  from.exec(
    'PRAGMA cache_size = -200000; CREATE TEMP TABLE keys AS SELECT segment_id, source_id, key FROM join_key; CREATE INDEX temp.keys_segment ON keys (segment_id)',
  )
  const into = new DatabaseSync(bare)
  into.exec(
    'PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA cache_size = -32000; PRAGMA wal_autocheckpoint = 4000; PRAGMA temp_store = MEMORY',
  )
  const inserts = Object.fromEntries(
    tables.map((table) => {
      const columns = from
        .prepare(`SELECT * FROM ${table} LIMIT 1`)
        .columns()
        .map((it) => it.name)
      return [
        table,
        into.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`),
      ]
    }),
  )
  let bareSeconds = 0
  for (let done = 0; done < records; done += loadedAtOnce) {
    const batches: { table: string; rows: unknown[][] }[][] = []
    for (let at = done; at < done + loadedAtOnce; at += recordsPerTransaction) {
      const [low, high] = [
        at * idsPerRecord + idsPerRecord - 1,
        (at + recordsPerTransaction) * idsPerRecord + idsPerRecord - 1,
      ]
      batches.push(
        tables.map((table) => {
          const sql =
            table === 'join_key'
              ? 'SELECT source_id, key, segment_id FROM keys WHERE segment_id > ? AND segment_id <= ?'
              : rowsOf[table]
          const statement = from.prepare(sql)
          statement.setReturnArrays(true)
          return { table, rows: statement.all(low, high) as unknown as unknown[][] }
        }),
      )
    }
    bareSeconds += await seconds(() => {
      for (const batch of batches) {
        into.exec('BEGIN IMMEDIATE')
        for (const { table, rows } of batch) {
          const insert = inserts[table]
          for (const row of rows) insert?.run(...(row as never[]))
        }
        into.exec('COMMIT')
      }
    })
  }
  from.close()
  into.close()
  for (const name of [ours, bare]) for (const end of ['', '-wal', '-shm']) rmSync(name + end, { force: true })
  return { ours: records / importSeconds, limit: records / bareSeconds }
}

async function postgresRound(url: string, format: FormatName, file: string) {
  const admin = new pg.Client({ connectionString: url })
  await admin.connect()
  const urlOf = (name: string) => url.replace(/\/[^/]*$/u, `/${name}`)
  for (const name of ['ours', 'bare']) {
    await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    await admin.query(`CREATE DATABASE ${name}`)
  }
  let importSeconds: number
  {
    await using store = await openPostgresStore(urlOf('ours'))
    importSeconds = await importFile(store, format, file)
  }
  const bareSeconds = await copySeconds({ from: urlOf('ours'), into: urlOf('bare'), records })
  for (const name of ['ours', 'bare']) await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
  await admin.end()
  return { ours: records / importSeconds, limit: records / bareSeconds }
}

console.log(`${machine()}; ${records} records, ${rounds} rounds`)
const lines: Line[] = []
const directory = mkdtempSync(join(tmpdir(), 'smena-bench-'))
try {
  await using postgres = await startPostgres({ shared_buffers: '512MB', max_wal_size: '4GB' })
  for (const format of ['asterisk-csv', 'avaya-ip-office'] as const) {
    const file = archiveOf(format, records, callsADay)
    const sqlite: { ours: number; limit: number }[] = []
    const pgs: { ours: number; limit: number }[] = []
    for (let round = 0; round < rounds; round++) {
      sqlite.push(await sqliteRound(directory, format, file))
      pgs.push(await postgresRound(postgres.url, format, file))
      console.error(format, round, sqlite.at(-1), pgs.at(-1))
    }
    const of = (rows: typeof sqlite, key: 'ours' | 'limit') => median(rows.map((it) => it[key]))
    lines.push({
      path: `import ${format} → SQLite`,
      ours: of(sqlite, 'ours'),
      limit: of(sqlite, 'limit'),
      unit: 'records/s',
      reach: 0.4,
    })
    lines.push({
      path: `import ${format} → PostgreSQL`,
      ours: of(pgs, 'ours'),
      limit: of(pgs, 'limit'),
      unit: 'records/s',
      reach: 0.4,
    })
  }
} finally {
  rmSync(directory, { recursive: true, force: true })
}
show(lines)
