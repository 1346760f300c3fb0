/** The way of the replaced system (one parse, one INSERT, one commit a record, no calls) against an import with calls assembled. */
import { createReadStream, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { openPostgresStore } from '../src/adapters/store-sql/postgres/store.ts'
import { formats } from '../src/domain/formats/formats.ts'
import { Importer } from '../src/pipeline/import.ts'
import { Sources } from '../src/pipeline/sources.ts'
import { applyReading, sampleReadings } from '../test/support/feed.ts'
import { startPostgres } from '../test/support/postgres.ts'
import { archiveOf } from './archive.ts'
import { machine, option, seconds } from './measure.ts'

const records = option('records', 200_000)
const single = 20_000
const file = archiveOf('avaya-ip-office', records, 4000)
const directory = mkdtempSync(join(tmpdir(), 'smena-bench-'))
console.log(`${machine()}; ${records} records`)
try {
  await using postgres = await startPostgres()
  const client = new pg.Client({ connectionString: postgres.url })
  await client.connect()
  await client.query(
    'CREATE TABLE avaya_log (id serial PRIMARY KEY, datetime_call timestamptz, duration int, in_out text, call_a text, call_b text, call_c text, call_inner int)',
  )
  const lines = readFileSync(file, 'utf8').split('\r\n').slice(0, single)
  const one = await seconds(async () => {
    for (const line of lines) {
      const [, connected = '', , a = '', direction = '', c = '', b = '', , inner = ''] = line.split(',')
      const [h = 0, m = 0, s = 0] = connected.split(':').map(Number)
      await client.query(
        'INSERT INTO avaya_log (datetime_call, duration, in_out, call_a, call_b, call_c, call_inner) VALUES (now(), $1, $2, $3, $4, $5, $6)',
        [h * 3600 + m * 60 + s, direction, a, b, c, Number(inner)],
      )
    }
  })
  await client.query('CREATE DATABASE ours')
  await client.end()
  await using store = await openPostgresStore(postgres.url.replace(/\/[^/]*$/u, '/ours'))
  await applyReading(store, 'avaya', sampleReadings.avaya)
  const delivery = {
    uid: crypto.randomUUID().replaceAll('-', ''),
    source: 'avaya',
    format: 'avaya-ip-office',
    how: 'import',
    peer: file,
    openedAt: Date.now(),
  } as const
  const importer = await Importer.open({
    store,
    sources: new Sources(store, formats),
    now: Date.now,
    source: 'avaya',
    delivery,
    progress: () => undefined,
  })
  const ours = await seconds(async () => {
    for await (const chunk of createReadStream(file)) await importer.push(chunk as Buffer)
    await importer.end()
  })
  const [seedRate, ourRate] = [single / one, records / ours]
  console.log(
    `| import → PostgreSQL against one parse, one INSERT, one commit a record | ${Math.round(ourRate)} records/s | ${Math.round(seedRate)} records/s | ${(ourRate / seedRate).toFixed(1)} | – |`,
  )
} finally {
  rmSync(directory, { recursive: true, force: true })
}
