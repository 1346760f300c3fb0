/**
 * Attribution against recording in the same run: rows that attribute writes a second to records that an import takes a second, on
 * both engines, with as many people as there are telephones, at work every day. Then a month of it again, because all of its
 * shifts were corrected.
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
import { attributeAll } from '../test/support/attribution.ts'
import { applyReading, sampleReadings } from '../test/support/feed.ts'
import { startPostgres } from '../test/support/postgres.ts'
import { storeAt } from '../test/support/store-at.ts'
import { archiveOf } from './archive.ts'
import { type Line, machine, median, option, seconds, show } from './measure.ts'

const records = option('records', 300_000)
const rounds = option('rounds', 3)
const callsADay = option('calls-a-day', 4000)
const sources = { 'avaya-ip-office': 'avaya', 'asterisk-csv': 'asterisk' } as const
const dayMs = 86_400_000

type Place = { readonly file: string } | { readonly url: string }

interface Round {
  readonly recorded: number
  readonly attributed: number
  readonly again: number
  readonly monthSeconds: number
  readonly monthCalls: number
}

async function importFile(store: Store, format: FormatName, file: string): Promise<number> {
  const source = sources[format]
  await applyReading(store, source, sampleReadings[source])
  const uid = crypto.randomUUID().replaceAll('-', '')
  const importer = await Importer.open({
    store,
    sources: new Sources(store, formats),
    now: Date.now,
    source,
    delivery: { uid, source, format, how: 'import', peer: file, openedAt: Date.now() },
    progress: () => undefined,
  })
  return seconds(async () => {
    for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024 }))
      await importer.push(chunk as Buffer)
    await importer.end()
  })
}

async function execute(place: Place, statements: readonly string[]): Promise<void> {
  if ('file' in place) {
    const db = new DatabaseSync(place.file, { timeout: 10_000 })
    db.exec(['BEGIN IMMEDIATE', ...statements, 'COMMIT'].join(';\n'))
    db.close()
    return
  }
  const client = new pg.Client({ connectionString: place.url })
  await client.connect()
  await client.query(['BEGIN', ...statements, 'COMMIT'].join(';\n'))
  await client.end()
}

/** A person for each telephone, twelve hours of work every day with a break. */
async function addPeople(place: Place): Promise<void> {
  const { rows } = storeAt(place)
  const phones = await rows(
    `SELECT DISTINCT plan, number FROM call_party WHERE role IN ('caller', 'answered', 'transferred', 'offered') ORDER BY number`,
  )
  const [span] = await rows('SELECT min(started_at) AS first, max(started_at) AS last FROM call')
  const firstDay = Math.floor((span?.['first'] as number) / dayMs)
  const lastDay = Math.floor((span?.['last'] as number) / dayMs)
  const people: string[] = []
  const assignments: string[] = []
  const shifts: string[] = []
  const breaks: string[] = []
  for (const [i, { plan, number }] of phones.entries()) {
    const id = i + 1
    people.push(`(${id}, 'Person', '${id}', '', 'Person ${id}', 'person ${id}', 0)`)
    assignments.push(`(${id}, '${plan as string}', '${number as string}', 0, 0)`)
    for (let day = firstDay; day <= lastDay; day++) {
      const shift = shifts.length + 1
      const at = day * dayMs + 5 * 3_600_000
      shifts.push(`(${shift}, ${id}, ${at}, ${at + 12 * 3_600_000}, 'UTC', 'desk', 'desk', 0)`)
      breaks.push(`(${shift}, ${id}, 'meal', ${at + 5 * 3_600_000}, ${at + 6 * 3_600_000})`)
    }
  }
  const insert = (into: string, values: readonly string[]) =>
    Array.from(
      { length: Math.ceil(values.length / 500) },
      (_, i) => `INSERT INTO ${into} VALUES ${values.slice(i * 500, (i + 1) * 500).join(', ')}`,
    )
  await execute(place, [
    ...insert('employee (id, family, given, patronymic, name, name_key, created_at)', people),
    ...insert('assignment (employee_id, plan, extension, from_at, created_at)', assignments),
    ...insert('shift (id, employee_id, started_at, ended_at, zone, started_how, ended_how, created_at)', shifts),
    ...insert('shift_break (shift_id, employee_id, type, started_at, ended_at)', breaks),
  ])
}

async function roundOf(store: Store, place: Place, format: FormatName, file: string): Promise<Round> {
  const { rows } = storeAt(place)
  const count = async (what: string) => Number((await rows(`SELECT count(*) AS n FROM ${what}`))[0]?.['n'])
  const importSeconds = await importFile(store, format, file)
  await addPeople(place)
  const attributeSeconds = await seconds(async () => void (await attributeAll(store)))
  const attributed = await count('attribution')
  const [first] = await rows('SELECT min(started_at) AS at FROM call')
  const from = (first?.['at'] as number) + 10 * dayMs
  const to = from + 30 * dayMs
  await execute(place, [
    // Everybody came an hour later than was told.
    `UPDATE shift SET started_at = started_at + 3600000 WHERE started_at >= ${from} AND started_at < ${to}`,
    `INSERT INTO attribution_due_range (plan, extension, from_at, to_at)
       SELECT plan, extension, ${from}, ${to} FROM assignment`,
  ])
  const monthSeconds = await seconds(async () => void (await attributeAll(store)))
  const within = `started_at >= ${from} AND started_at < ${to}`
  return {
    recorded: records / importSeconds,
    attributed: attributed / attributeSeconds,
    again: (await count(`attribution WHERE ${within}`)) / monthSeconds,
    monthSeconds,
    monthCalls: await count(`call WHERE ${within}`),
  }
}

console.log(`${machine()}; ${records} records, ${rounds} rounds`)
const lines: Line[] = []
const directory = mkdtempSync(join(tmpdir(), 'smena-bench-'))
try {
  await using postgres = await startPostgres({ shared_buffers: '512MB', max_wal_size: '4GB' })
  const admin = new pg.Client({ connectionString: postgres.url })
  await admin.connect()
  const url = postgres.url.replace(/\/[^/]*$/u, '/ours')
  for (const format of ['asterisk-csv', 'avaya-ip-office'] as const) {
    const archive = archiveOf(format, records, callsADay)
    const found: Record<'SQLite' | 'PostgreSQL', Round[]> = { SQLite: [], PostgreSQL: [] }
    for (let round = 0; round < rounds; round++) {
      const file = join(directory, `${format}-${round}.db`)
      {
        await using store = await openSqliteStore(file)
        found.SQLite.push(await roundOf(store, { file }, format, archive))
      }
      for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true })
      await admin.query('DROP DATABASE IF EXISTS ours WITH (FORCE)')
      await admin.query('CREATE DATABASE ours')
      {
        await using store = await openPostgresStore(url)
        found.PostgreSQL.push(await roundOf(store, { url }, format, archive))
      }
      console.error(format, round, found.SQLite.at(-1), found.PostgreSQL.at(-1))
    }
    for (const [engine, list] of Object.entries(found)) {
      const of = (key: keyof Round) => median(list.map((it) => it[key]))
      const limit = of('recorded')
      const path = `attribution of ${format} → ${engine}, against its records`
      lines.push({ path, ours: of('attributed'), limit, unit: 'rows/s', reach: 0.7 })
      const month = `a month of ${of('monthCalls')} calls again, ${of('monthSeconds').toFixed(1)} s`
      lines.push({ path: `${month}, ${format} → ${engine}`, ours: of('again'), limit, unit: 'rows/s', reach: null })
    }
  }
  await admin.end()
} finally {
  rmSync(directory, { recursive: true, force: true })
}
show(lines)
