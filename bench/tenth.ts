/** The tenth million of an import against the first, live records of another source in between. SQLite and PostgreSQL. */
import { createReadStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPostgresStore } from '../src/adapters/store-sql/postgres/store.ts'
import { openSqliteStore } from '../src/adapters/store-sql/sqlite/store.ts'
import { formats } from '../src/domain/formats/formats.ts'
import { simulate } from '../src/domain/simulation/simulate.ts'
import { Importer } from '../src/pipeline/import.ts'
import { Sources } from '../src/pipeline/sources.ts'
import type { Store } from '../src/pipeline/store.ts'
import { applyReading, MemoryLog, recordAll, sampleReadings } from '../test/support/feed.ts'
import { startPostgres } from '../test/support/postgres.ts'
import { archiveOf } from './archive.ts'
import { machine, option } from './measure.ts'

const million = option('million', 1_000_000)
const format = 'asterisk-csv'
const file = archiveOf(format, 10 * million, 4000)

async function rates(store: Store): Promise<{ first: number; tenth: number }> {
  await applyReading(store, 'archive', sampleReadings.asterisk)
  await applyReading(store, 'live', sampleReadings.avaya)
  const log = new MemoryLog()
  const live = simulate({
    format: 'avaya-ip-office',
    seed: 5,
    from: '2026-03-02',
    days: Number.POSITIVE_INFINITY,
    callsADay: 2000,
    timezone: 'Europe/Moscow',
  })
  const openedAt = Date.now()
  const uid = crypto.randomUUID().replaceAll('-', '')
  let stored = 0
  const importer = await Importer.open({
    store,
    sources: new Sources(store, formats),
    now: Date.now,
    source: 'archive',
    delivery: { uid, source: 'archive', format, how: 'import', peer: file, openedAt },
    progress: (counts) => {
      stored = counts.stored
    },
  })
  const marks: number[] = []
  let started = performance.now()
  let liveMs = 0
  let next = million
  let liveAt = 0
  for await (const chunk of createReadStream(file, { highWaterMark: 64 * 1024 })) {
    await importer.push(chunk as Buffer)
    if (stored >= liveAt) {
      // Two hundred live records for every hundred thousand of the archive; their own time is not the import's.
      const began = performance.now()
      const lines = Array.from({ length: 200 }, () => (live.next().value as { line: string }).line)
      log.deliver('live', Buffer.from(`${lines.join('\r\n')}\r\n`), { format: 'avaya-ip-office' })
      await recordAll(store, log, 'live')
      liveMs += performance.now() - began
      liveAt = stored + million / 10
    }
    if (stored < next) continue
    marks.push(million / ((performance.now() - started - liveMs) / 1000))
    started = performance.now()
    liveMs = 0
    next += million
  }
  await importer.end()
  if (marks.length < 10) marks.push(million / ((performance.now() - started - liveMs) / 1000))
  console.error(marks.map(Math.round).join(' '))
  return { first: marks[0] as number, tenth: marks.at(-1) as number }
}

console.log(`${machine()}; millions of ${million}`)
const directory = mkdtempSync(join(tmpdir(), 'smena-bench-'))
try {
  const print = (name: string, { first, tenth }: { first: number; tenth: number }) =>
    console.log(
      `| the tenth million of an import, ${name} | ${Math.round(tenth)} records/s | first: ${Math.round(first)} records/s | ${(tenth / first).toFixed(2)} | ≥ 0.8 |`,
    )
  {
    await using store = await openSqliteStore(join(directory, 'store.db'))
    print('SQLite', await rates(store))
  }
  if (option('postgres', 1) === 1) {
    await using postgres = await startPostgres({ shared_buffers: '512MB', max_wal_size: '4GB' })
    await using store = await openPostgresStore(postgres.url)
    print('PostgreSQL', await rates(store))
  }
} finally {
  rmSync(directory, { recursive: true, force: true })
}
