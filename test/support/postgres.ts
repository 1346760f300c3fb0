import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import pg from 'pg'

/** A real PostgreSQL on loopback for tests: a cluster of its own in a temporary directory, started with this machine's binaries. */
export interface TestPostgres extends AsyncDisposable {
  readonly url: string
  readonly stop: (how: 'fast' | 'immediate') => Promise<void>
  readonly start: () => Promise<void>
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

export async function startPostgres(settings: Readonly<Record<string, string>> = {}): Promise<TestPostgres> {
  const bin = postgresBinaries()
  if (bin === null) throw new Error('no PostgreSQL 15 or newer is installed (Debian: apt-get install postgresql)')
  const user = asServerUser()
  const directory = mkdtempSync(join(tmpdir(), 'smena-postgres-'))
  if (user.uid !== undefined) chownSync(directory, user.uid, user.gid as number)
  const data = join(directory, 'data')
  execFileSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'smena', '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'],
    { ...user, cwd: directory, stdio: 'pipe' },
  )
  const port = await freePort()
  const options = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: directory,
    max_connections: '100',
    ...settings,
  }
  const url = (database: string) => `postgres://smena@127.0.0.1:${port}/${database}`

  let server: ReturnType<typeof spawn> | null = null
  const start = async () => {
    const args = ['-D', data, ...Object.entries(options).flatMap(([key, value]) => ['-c', `${key}=${value}`])]
    server = spawn(join(bin, 'postgres'), args, { ...user, cwd: directory, stdio: 'ignore' })
    for (let i = 0; ; i++) {
      const client = new pg.Client({ connectionString: url('postgres') })
      client.on('error', () => undefined)
      try {
        await client.connect()
        await client.end()
        return
      } catch (error) {
        if (i > 200) throw error
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
  }
  const stop = async (how: 'fast' | 'immediate') => {
    const running = server
    if (!running || running.exitCode !== null) return
    const ended = new Promise((resolve) => running.once('exit', resolve))
    running.kill(how === 'fast' ? 'SIGINT' : 'SIGQUIT')
    await ended
    server = null
  }
  await start()
  return {
    url: url('postgres'),
    start,
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop('immediate')
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

let shared: Promise<TestPostgres> | null = null

/** Why tests over PostgreSQL cannot run here; false when they can. For the `skip` option of a test. */
export const postgresMissing: string | false =
  process.env['SMENA_TEST_DATABASE_URL'] || postgresBinaries() !== null
    ? false
    : 'no PostgreSQL 15 or newer is installed (Debian: apt-get install postgresql)'

/** A database of the test's own, dropped with it. The server is the runner's, or one started for this file. */
export async function freshDatabase(t: Pick<TestContext, 'after'>): Promise<string> {
  const given = process.env['SMENA_TEST_DATABASE_URL']
  if (!given && !shared) {
    shared = startPostgres({ fsync: 'off' })
    process.once('exit', () => undefined)
  }
  const base = given ?? (await (shared as Promise<TestPostgres>)).url
  const name = `t_${randomBytes(8).toString('hex')}`
  await admin(base, `CREATE DATABASE ${name}`)
  t.after(async () => {
    await admin(base, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
  })
  return base.replace(/\/[^/]*$/u, `/${name}`)
}

/** Ends the server that this file started, if it did. Call in the file's last `after`. */
export async function endSharedPostgres(): Promise<void> {
  if (shared) await (await shared)[Symbol.asyncDispose]()
  shared = null
}

/** Takes everything out of a database. */
export const emptyDatabase = (url: string): Promise<void> =>
  admin(url, 'DROP SCHEMA public CASCADE; CREATE SCHEMA public')

async function admin(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
