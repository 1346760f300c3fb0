/**
 * TCP → journal, durable, against bare prepared inserts of one row a record, 1,000 a commit: 1 and 200 connections.
 * The real listener, cutter and journal in this process; the senders in another.
 */
import { fork } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { listen } from '../src/adapters/intake-tcp/listen.ts'
import { openJournal } from '../src/adapters/journal-sqlite/journal-sqlite.ts'
import { formats } from '../src/domain/formats/formats.ts'
import { Collector } from '../src/pipeline/collect.ts'
import { archiveOf } from './archive.ts'
import { type Line, machine, median, option, seconds, show } from './measure.ts'

const records = option('records', 400_000)
const rounds = option('rounds', 5)
const format = 'avaya-ip-office'
const file = archiveOf(format, records, 4000)

if (process.send) await sendAll()
else await measure()

/** The senders: each connection gets its share of the lines, all written as fast as they go. */
async function sendAll(): Promise<void> {
  const [port, connections] = process.argv.slice(2).map(Number) as [number, number]
  const bytes = readFileSync(file)
  const shares: Buffer[] = []
  for (let i = 0, from = 0; i < connections; i++) {
    const aim = Math.floor(((i + 1) * bytes.length) / connections)
    const to = i === connections - 1 ? bytes.length : bytes.indexOf(10, aim) + 1
    shares.push(bytes.subarray(from, to))
    from = to
  }
  process.send?.('ready')
  await new Promise((resolve) => process.once('message', resolve))
  await Promise.all(
    shares.map(
      (share) =>
        new Promise<void>((resolve, reject) => {
          const socket = createConnection({ host: '127.0.0.1', port })
          socket
            .resume()
            .once('error', reject)
            .once('close', () => resolve())
          socket.end(share)
        }),
    ),
  )
  process.disconnect?.()
}

async function ours(connections: number): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'smena-bench-'))
  try {
    await using journal = await openJournal({
      directory,
      freeSpaceFloorBytes: 0,
      keepMs: 86_400_000,
      keepBytes: 2 ** 31,
    })
    const failed = (error: unknown) => {
      throw error
    }
    const collector = new Collector({ journal, now: Date.now, journaled: () => undefined, failed })
    await using listener = await listen({
      source: 'avaya',
      host: '127.0.0.1',
      port: 0,
      allow: null,
      connectionsAtMost: 1024,
      open: (peer) => collector.open('avaya', formats[format], 'tcp', peer),
      report: () => undefined,
    })
    const sender = fork(fileURLToPath(import.meta.url), [String(listener.address.port), String(connections)])
    await new Promise((resolve) => sender.once('message', resolve))
    const took = await seconds(async () => {
      sender.send('go')
      // A connection is closed by us only when all of it is on the disk.
      await new Promise((resolve) => sender.once('exit', resolve))
    })
    const given = (await journal.given()).get('avaya')
    if (given !== records) throw new Error(`${given} of ${records} records journaled`)
    return records / took
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function bare(): number {
  const directory = mkdtempSync(join(tmpdir(), 'smena-bench-'))
  try {
    const lines = readFileSync(file)
    const rows: Buffer[] = []
    for (let from = 0, to = 0; (to = lines.indexOf(10, from)) >= 0; from = to + 1)
      rows.push(lines.subarray(from, to - 1))
    const db = new DatabaseSync(join(directory, 'bare.db'))
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
    db.exec(
      'CREATE TABLE entry (source INTEGER, number INTEGER, delivery INTEGER, line INTEGER, k INTEGER, received_at INTEGER, bytes BLOB, PRIMARY KEY (source, number)) STRICT, WITHOUT ROWID',
    )
    const insert = db.prepare('INSERT INTO entry VALUES (1, ?, 1, ?, 1, ?, ?)')
    const now = Date.now()
    const started = performance.now()
    for (let at = 0; at < rows.length; at += 1000) {
      db.exec('BEGIN')
      for (let i = at; i < Math.min(rows.length, at + 1000); i++) insert.run(i + 1, i + 1, now, rows[i] as Buffer)
      db.exec('COMMIT')
    }
    const took = (performance.now() - started) / 1000
    db.close()
    return rows.length / took
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function measure(): Promise<void> {
  console.log(`${machine()}; ${records} records, ${rounds} rounds`)
  const limit: number[] = []
  const one: number[] = []
  const many: number[] = []
  for (let round = 0; round < rounds; round++) {
    one.push(await ours(1))
    limit.push(bare())
    many.push(await ours(200))
  }
  const line = (connections: string, values: readonly number[]): Line => {
    return {
      path: `TCP → journal durable, ${connections}`,
      ours: median(values),
      limit: median(limit),
      unit: 'records/s',
      reach: 0.4,
    }
  }
  show([line('1 connection', one), line('200 connections', many)])
}
