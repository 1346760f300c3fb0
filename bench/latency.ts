/**
 * From receipt to visible in `calls` at 1,000 records a second, without and with an import running, and the resident memory
 * of `serve` meanwhile. The program as it is installed: built, one process, real sockets.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { simulate } from '../src/domain/simulation/simulate.ts'
import { emptyDatabase, startPostgres } from '../test/support/postgres.ts'
import { archiveOf } from './archive.ts'
import { machine, option, percentile } from './measure.ts'

const seconds = option('seconds', 30)
const rate = option('rate', 1000)
const archiveRecords = option('archive', 1_000_000)
const root = fileURLToPath(new URL('..', import.meta.url))
const pollMs = 2
/** Not counted: an import that ran alone is in the middle of a large batch when the first record comes. */
const warmUpSeconds = 2

interface Round {
  readonly p50: number
  readonly p99: number
  readonly peakMegabytes: number
}

/** Asks for what has become visible since it last asked; for each record the milliseconds since its receipt. */
interface Watcher extends AsyncDisposable {
  look(): Promise<readonly number[]>
}

/** Ids of a source ascend by this: the next record is asked for by its id, whatever another source writes meanwhile. */
const idStep = 1024
const firstId = idStep + 1

function fileWatcher(file: string): Watcher {
  const db = new DatabaseSync(file, { readOnly: true })
  const statement = db.prepare('SELECT s.received_at FROM segment s JOIN call c ON c.id = s.call_id WHERE s.id = ?')
  let next = firstId
  return {
    look: async () => {
      const seen: number[] = []
      for (let row = statement.get(next); row; row = statement.get(next)) {
        seen.push(Date.now() - Number(row['received_at']))
        next += idStep
      }
      return seen
    },
    [Symbol.asyncDispose]: async () => db.close(),
  }
}

async function serverWatcher(url: string): Promise<Watcher> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  let next = firstId
  return {
    look: async () => {
      const { rows } = await client.query<{ at: string }>(
        `SELECT s.received_at AS at FROM generate_series($1::bigint, $2::bigint, $3::bigint) i
         JOIN segment s ON s.id = i JOIN call c ON c.id = s.call_id ORDER BY s.id`,
        [next, next + 200 * idStep, idStep],
      )
      const now = Date.now()
      next += rows.length * idStep
      return rows.map((it) => now - Number(it.at))
    },
    [Symbol.asyncDispose]: () => client.end(),
  }
}

async function run(withImport: boolean, databaseUrl: string | null): Promise<Round> {
  const directory = mkdtempSync(join(tmpdir(), 'smena-bench-'))
  const environment = {
    ...process.env,
    SMENA_DATA_DIR: join(directory, 'data'),
    SMENA_HTTP: '127.0.0.1:0',
    SMENA_TIMEZONE: 'Europe/Moscow',
    SMENA_LISTEN_AVAYA: '127.0.0.1:0',
    SMENA_LISTEN_ASTERISK: '127.0.0.1:0',
    ...(databaseUrl === null ? {} : { SMENA_DATABASE_URL: databaseUrl }),
  }
  const cli = join(root, 'bin/smena.js')
  const server = spawn(cli, ['serve', '--lang', 'en'], {
    env: environment,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let importing: ChildProcess | null = null
  try {
    let output = ''
    for await (const chunk of server.stdout) {
      output += String(chunk)
      if (output.includes('Ready.')) break
    }
    const port = Number(/^avaya .*:(\d+)$/mu.exec(output)?.[1])
    await using watcher =
      databaseUrl === null ? fileWatcher(join(directory, 'data', 'store.db')) : await serverWatcher(databaseUrl)
    if (withImport) {
      const file = archiveOf('asterisk-csv', archiveRecords, 4000)
      importing = spawn(cli, ['import', file, '--source', 'asterisk'], {
        env: environment,
        stdio: 'ignore',
      })
      await new Promise((resolve) => setTimeout(resolve, 1500))
    }
    const latencies: number[] = []
    let peak = 0
    let done = false
    const watching = (async () => {
      while (!done) {
        latencies.push(...(await watcher.look()))
        await new Promise((resolve) => setTimeout(resolve, pollMs))
      }
    })()
    const measuring = setInterval(() => {
      const kilobytes = Number(/VmRSS:\s+(\d+)/u.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1])
      peak = Math.max(peak, kilobytes / 1024)
    }, 100)
    await sendPaced(port)
    await new Promise((resolve) => setTimeout(resolve, 1000))
    done = true
    await watching
    clearInterval(measuring)
    if (withImport && importing?.exitCode !== null)
      throw new Error('the import was over before the measuring was: use a larger --archive')
    if (latencies.length < seconds * rate * 0.99)
      throw new Error(`${latencies.length} of ${seconds * rate} records seen`)
    const counted = latencies.slice(warmUpSeconds * rate)
    return { p50: percentile(counted, 0.5), p99: percentile(counted, 0.99), peakMegabytes: peak }
  } finally {
    importing?.kill('SIGKILL')
    server.kill('SIGKILL')
    await once(server, 'exit')
    rmSync(directory, { recursive: true, force: true })
  }
}

/** So many records a second, evenly: a hundredth of them every ten milliseconds. */
async function sendPaced(port: number): Promise<void> {
  const socket = createConnection({ host: '127.0.0.1', port })
  await once(socket, 'connect')
  socket.resume()
  const lines = simulate({
    format: 'avaya-ip-office',
    seed: 3,
    from: '2026-03-02',
    days: Number.POSITIVE_INFINITY,
    callsADay: 2000,
    timezone: 'Europe/Moscow',
  })
  const started = performance.now()
  for (let sent = 0; sent < seconds * rate; ) {
    const due = Math.min(seconds * rate, Math.floor(((performance.now() - started) / 1000) * rate))
    const part: string[] = []
    for (; sent < due; sent++) part.push(`${(lines.next().value as { line: string }).line}\r\n`)
    if (part.length > 0) socket.write(part.join(''))
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  socket.end()
  await once(socket, 'close')
}

mkdirSync(join(root, 'dist'), { recursive: true })
execFileSync(process.execPath, [join(root, 'node_modules/.bin/tsc'), '-p', join(root, 'tsconfig.build.json')])
console.log(`${machine()}; ${rate} records/s for ${seconds} s, archive of ${archiveRecords}`)
await using postgres = await startPostgres()
for (const [name, url] of [
  ['SQLite', null],
  ['PostgreSQL', postgres.url],
] as const) {
  const alone = await run(false, url)
  if (url !== null) await emptyDatabase(url)
  const beside = await run(true, url)
  console.log(
    `| receipt → visible, ${name} | p50 ${alone.p50} ms, p99 ${alone.p99} ms | with import p50 ${beside.p50} ms, p99 ${beside.p99} ms | p99 ratio ${(beside.p99 / alone.p99).toFixed(2)} | peak memory ${Math.round(alone.peakMegabytes)} / ${Math.round(beside.peakMegabytes)} MB |`,
  )
}
