import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chownSync, closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { openPostgresStore } from '../../src/adapters/store-sql/postgres/store.ts'
import { reservePorts } from './ports.ts'

/** A real PostgreSQL on loopback for tests: a cluster of its own in a temporary directory, started with this machine's binaries. */
export interface TestPostgres extends AsyncDisposable {
  readonly url: string
  readonly stop: (how: 'fast' | 'immediate') => Promise<void>
  /** SIGKILL to all of its processes at once; resolves when they are gone. The next start recovers from the log. */
  readonly kill: () => Promise<void>
  readonly start: () => Promise<void>
  /** SIGSTOP to all of its processes: who connects is let in by the kernel and gets no answer. */
  readonly pause: () => void
  readonly resume: () => void
}

/** Directory of initdb and postgres; null where none is installed. */
export function postgresBinaries(): string | null {
  const given = process.env['SMENA_TEST_POSTGRES_BIN']
  const debian = '/usr/lib/postgresql'
  const found = existsSync(debian)
    ? readdirSync(debian)
        .filter((it) => Number(it) >= 15)
        .sort((a, b) => Number(b) - Number(a))
        .map((it) => join(debian, it, 'bin'))
    : []
  const paths = [...(given ? [given] : []), ...found, ...(process.env['PATH'] ?? '').split(':')]
  return paths.find((it) => existsSync(join(it, 'initdb')) && existsSync(join(it, 'postgres'))) ?? null
}

/** PostgreSQL refuses to run as root: there its own user runs it. */
function asServerUser(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {}
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

const readyWithinMs = 120_000

export async function startPostgres(settings: Readonly<Record<string, string>> = {}): Promise<TestPostgres> {
  const bin = postgresBinaries()
  if (bin === null) throw new Error('no PostgreSQL 15 or newer is installed (Debian: apt-get install postgresql)')
  const user = asServerUser()
  const directory = mkdtempSync(join(tmpdir(), 'smena-postgres-'))
  const guard = guardOf(directory)
  if (user.uid !== undefined) chownSync(directory, user.uid, user.gid as number)
  const data = join(directory, 'data')
  execFileSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'smena', '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'],
    { ...user, cwd: directory, stdio: 'pipe' },
  )
  const { base: port, release } = await reservePorts([0])
  const options = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: directory,
    max_connections: '100',
    ...settings,
  }
  const url = (database: string) => `postgres://smena@127.0.0.1:${port}/${database}`
  const log = join(directory, 'log')
  const logged = openSync(log, 'a')

  let server: ChildProcess | null = null
  const start = async () => {
    const args = ['-D', data, ...Object.entries(options).flatMap(([key, value]) => ['-c', `${key}=${value}`])]
    const starting = spawn(join(bin, 'postgres'), args, { ...user, cwd: directory, stdio: ['ignore', logged, logged] })
    // A file that never ends its server ends all the same, and the server with it.
    starting.unref()
    server = starting
    for (const end = Date.now() + readyWithinMs; ; await new Promise((resolve) => setTimeout(resolve, 100))) {
      if (hasEnded(starting) || Date.now() > end)
        throw new Error(`PostgreSQL ${howItIs(starting)}:\n${readFileSync(log, 'utf8').slice(-4000)}`)
      try {
        return await admin(url('postgres'), 'SELECT')
      } catch {
        // Not yet.
      }
    }
  }
  const stop = async (how: 'fast' | 'immediate') => {
    const running = server
    if (!running || hasEnded(running)) return
    running.ref()
    const ended = once(running, 'exit')
    running.kill(how === 'fast' ? 'SIGINT' : 'SIGQUIT')
    await ended
    server = null
  }
  const signal = (name: NodeJS.Signals): readonly number[] => {
    const pid = server?.pid
    if (pid === undefined) return []
    // Its children have sessions and groups of their own.
    const pids = [pid, ...childrenOf(pid)]
    for (const it of pids) signalIfThere(it, name)
    return pids
  }
  const kill = async () => {
    const pids = signal('SIGKILL')
    while (pids.some(isRunning)) await new Promise((resolve) => setTimeout(resolve, 10))
    server = null
  }
  await start()
  return {
    url: url('postgres'),
    start,
    stop,
    kill,
    pause: () => void signal('SIGSTOP'),
    resume: () => void signal('SIGCONT'),
    [Symbol.asyncDispose]: async () => {
      closeSync(logged)
      await guard()
      release()
    },
  }
}

const hasEnded = (it: ChildProcess) => it.exitCode !== null || it.signalCode !== null

const howItIs = (it: ChildProcess) =>
  hasEnded(it)
    ? `ended with ${it.exitCode ?? it.signalCode} when it was started`
    : `takes no connection ${readyWithinMs / 1000} s after its start`

/** Whatever becomes of this process, the server in the directory ends with it, and the directory goes; what is returned ends them now. */
function guardOf(directory: string): () => Promise<void> {
  const script = fileURLToPath(new URL('postgres-guard.sh', import.meta.url))
  // In a session of its own, where no interrupt at the terminal and no signal to the test's group reaches it.
  const guard = spawn('sh', [script, directory], { detached: true, stdio: ['pipe', 'ignore', 'inherit'] })
  const ended = once(guard, 'exit')
  guard.unref()
  ;(guard.stdin as unknown as { unref(): void }).unref()
  return async () => {
    guard.ref()
    guard.stdin.end()
    await ended
  }
}

/** Of /proc/PID/stat, behind the name in parentheses: the state and the parent. */
function processState(pid: number): { readonly state: string; readonly parent: number } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const [state = '', parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { state, parent: Number(parent) }
  } catch {
    return null
  }
}

const childrenOf = (pid: number): number[] =>
  readdirSync('/proc')
    .map(Number)
    .filter((it) => it > 0 && processState(it)?.parent === pid)

/** What has ended and waits only for its parent to ask how holds nothing any more. */
const isRunning = (pid: number): boolean => !['Z', 'X', undefined].includes(processState(pid)?.state)

function signalIfThere(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

let shared: Promise<TestPostgres> | null = null

/** Why tests over PostgreSQL cannot run here; false when they can. For the `skip` option of a test. */
export const postgresMissing: string | false =
  process.env['SMENA_TEST_DATABASE_URL'] || postgresBinaries() !== null
    ? false
    : 'no PostgreSQL 15 or newer is installed (Debian: apt-get install postgresql)'

/** A database of the test's own, dropped with it. The server is the runner's, or one started for this file. */
export async function freshDatabase(t: Pick<TestContext, 'after'>, template = 'template1'): Promise<string> {
  const given = process.env['SMENA_TEST_DATABASE_URL']
  const base = given ?? (await (shared ??= startPostgres({ fsync: 'off' }))).url
  const name = `t_${randomBytes(8).toString('hex')}`
  await admin(base, `CREATE DATABASE ${name} TEMPLATE ${template}`)
  t.after(() => admin(base, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))
  return databaseAt(base, name)
}

const databaseAt = (base: string, name: string) => base.replace(/\/[^/]*$/u, `/${name}`)

/** The same with the schema in it, where the runner has it ready: a store that is opened brings it up in most of the time. */
export async function databaseOfStore(t: Pick<TestContext, 'after'>): Promise<string> {
  const template = process.env['SMENA_TEST_DATABASE_TEMPLATE']
  const url = await freshDatabase(t, template)
  // An installation of its own.
  if (template)
    await admin(
      url,
      `UPDATE installation SET uid = '${randomBytes(16).toString('hex')}',
        hash_key = '\\x${randomBytes(32).toString('hex')}', created_at = ${Date.now()}`,
    )
  return url
}

/** A database that a store has brought up, on the server of `SMENA_TEST_DATABASE_URL`, for `databaseOfStore` in every file. */
export async function openTemplate(): Promise<AsyncDisposable> {
  const ends: (() => Promise<void> | void)[] = []
  const url = await freshDatabase({ after: (end) => ends.push(end as () => Promise<void>) })
  await (await openPostgresStore(url))[Symbol.asyncDispose]()
  process.env['SMENA_TEST_DATABASE_TEMPLATE'] = url.slice(url.lastIndexOf('/') + 1)
  return {
    [Symbol.asyncDispose]: async () => {
      for (const end of ends) await end()
    },
  }
}

/** Takes everything out of a database. */
export const emptyDatabase = (url: string): Promise<void> =>
  admin(url, 'DROP SCHEMA public CASCADE; CREATE SCHEMA public')

async function admin(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 30_000 })
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
