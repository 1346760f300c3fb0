import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import type { TestContext } from 'node:test'
import type { WriteStream } from 'node:tty'
import { fileURLToPath } from 'node:url'
import type { Status } from '../../src/pipeline/status.ts'

// Limits that only a failing test waits for. One machine of ours is twice as slow as another.
/** A command that takes longer than this hangs. */
const commandAtMostMs = 180_000
/** So long a process may take to be ready, to end, or to take more of what is sent to it. */
export const stepAtMostMs = 90_000

/** Where the runner lets processes keep what they compile: the program is started hundreds of times. */
export const compileCache: Readonly<Record<string, string>> = process.env['NODE_COMPILE_CACHE']
  ? { NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] }
  : {}

/** The program as its users have it: real processes, started from the command line. */
const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url))

export interface Installation {
  readonly directory: string
  readonly environment: Readonly<Record<string, string>>
  /** The program as it is installed; absent: its source. */
  readonly program?: string
  /** See `inThisProcess`. */
  readonly here?: true
}

/** Its commands run in this process, by the program's entry: for many of them, where it is not the process that is tested. */
export const inThisProcess = (it: Installation): Installation => ({ ...it, here: true })

/** An installation in a directory of its own: listeners on free ports of loopback, no configuration file but the one given. */
export function installation(directory: string, options: { config?: string; databaseUrl?: string } = {}): Installation {
  return {
    directory,
    environment: {
      PATH: process.env['PATH'] ?? '',
      HOME: directory,
      LANG: 'C.UTF-8',
      ...compileCache,
      SMENA_DATA_DIR: join(directory, 'data'),
      SMENA_HTTP: '127.0.0.1:0',
      SMENA_TIMEZONE: 'Europe/Moscow',
      SMENA_LISTEN_AVAYA: '127.0.0.1:0',
      SMENA_LISTEN_ASTERISK: '127.0.0.1:0',
      ...(options.config ? { SMENA_CONFIG: options.config } : {}),
      ...(options.databaseUrl ? { SMENA_DATABASE_URL: options.databaseUrl } : {}),
    },
  }
}

/** The same with a configuration file of its own. */
export function configured(directory: string, yaml: string, options: { databaseUrl?: string } = {}): Installation {
  const config = join(directory, 'smena.yaml')
  writeFileSync(config, yaml)
  const it = installation(directory, { ...options, config })
  const { SMENA_LISTEN_AVAYA: _a, SMENA_LISTEN_ASTERISK: _b, SMENA_TIMEZONE: _c, ...environment } = it.environment
  return { ...it, environment }
}

/** The exchanges of the samples, on free ports; `more`: keys of a source beside its reading's. */
export function sampleYaml(more: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {}): string {
  const sources = {
    avaya: { format: 'avaya-ip-office', listen: '127.0.0.1:0', groups: '^300$', attendants: '^706$' },
    asterisk: { format: 'asterisk-csv', listen: '127.0.0.1:0', trunks: ['trunk-msk', 'trunk-bk'] },
  }
  const merged = Object.fromEntries(Object.entries(sources).map(([name, it]) => [name, { ...it, ...more[name] }]))
  return JSON.stringify({ timezone: 'Europe/Moscow', sources: merged })
}

export interface Finished {
  /** Null: a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

interface CommandOptions {
  readonly input?: Uint8Array | string
  readonly environment?: Record<string, string>
  readonly atMostMs?: number
  /** Of the terminal that is written to; only for commands that run here. */
  readonly columns?: number
}

/** Runs one command to its end. */
export async function smena(
  it: Installation,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<Finished> {
  if (it.here) return smenaHere(it, args, options)
  const running = startSmena(it, args, options.environment)
  running.child.stdin.end(options.input ?? '')
  const stuck = setTimeout(() => running.child.kill('SIGKILL'), options.atMostMs ?? commandAtMostMs)
  try {
    return await running.finished
  } finally {
    clearTimeout(stuck)
  }
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Compilation of the whole program waits for whoever needs it here. */
async function smenaHere(it: Installation, args: readonly string[], options: CommandOptions): Promise<Finished> {
  const { runCommandLine } = await import('../../src/cli/program.ts')
  const told: { stdout: string; stderr: string } = { stdout: '', stderr: '' }
  const stream = (to: keyof typeof told) => {
    const writable = new Writable({
      write(chunk: Buffer, _encoding, done) {
        told[to] += chunk.toString('utf8')
        done()
      },
    })
    const { columns } = options
    return Object.assign(writable, columns === undefined ? {} : { isTTY: true, columns }) as WriteStream
  }
  const listening = signals.map((name) => process.listeners(name))
  try {
    const code = await runCommandLine({
      argv: args,
      environment: { ...it.environment, ...options.environment },
      stdin: Readable.from([Buffer.from(options.input ?? '')]),
      stdout: stream('stdout'),
      stderr: stream('stderr'),
    })
    return { code, ...told }
  } finally {
    // The command's, not this test's.
    process.exitCode = undefined
    for (const [i, name] of signals.entries())
      for (const it of process.listeners(name)) if (!listening[i]?.includes(it)) process.removeListener(name, it)
  }
}

const started = (it: Installation, args: readonly string[]): [string, string[]] =>
  it.program === undefined ? [process.execPath, [cli, ...args]] : [it.program, [...args]]

export interface Running {
  readonly child: ChildProcessWithoutNullStreams
  readonly stdout: () => string
  readonly stderr: () => string
  readonly finished: Promise<Finished>
}

/** Starts one command; its standard input stays open. */
export function startSmena(it: Installation, args: readonly string[], environment?: Record<string, string>): Running {
  const child = spawn(...started(it, args), {
    cwd: it.directory,
    env: { ...it.environment, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.on('error', () => undefined)
  const chunks: { stdout: Buffer[]; stderr: Buffer[] } = { stdout: [], stderr: [] }
  child.stdout.on('data', (chunk: Buffer) => chunks.stdout.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => chunks.stderr.push(chunk))
  const text = (of: keyof typeof chunks) => Buffer.concat(chunks[of]).toString('utf8')
  const finished = (async () => {
    const [code] = (await once(child, 'close')) as [number | null]
    return { code, stdout: text('stdout'), stderr: text('stderr') }
  })()
  return { child, stdout: () => text('stdout'), stderr: () => text('stderr'), finished }
}

/** The standard output of a command; throws when it fails. */
export async function told(it: Installation, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await smena(it, args)
  if (code !== 0) throw new Error(`smena ${args.join(' ')} ended with ${code}: ${stderr}`)
  return stdout
}

/** The same as the JSON values of its lines. */
export async function smenaJson<T>(it: Installation, args: readonly string[]): Promise<T[]> {
  return (await told(it, ...args))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T)
}

/** Asked again and again until something has come: a process each time would be most of what the machine does. */
export const statusOfInstallation = async (it: Installation): Promise<Status> => {
  const [status] = await smenaJson<Status>(inThisProcess(it), ['status', '--json'])
  if (!status) throw new Error('no status')
  return status
}

/** `smena serve` running. */
export interface Serving {
  readonly child: ChildProcess
  readonly ports: Readonly<Record<string, number>>
  readonly http: string
  readonly output: () => string
  /** SIGTERM, and waits for the end in good order; the exit code. */
  stop(): Promise<number | null>
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>
}

export async function serve(
  it: Installation,
  t?: TestContext,
  environment: Record<string, string> = {},
  args: readonly string[] = [],
): Promise<Serving> {
  const child = spawn(...started(it, ['serve', '--lang', 'en', ...args]), {
    cwd: it.directory,
    env: { ...it.environment, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = once(child, 'exit') as Promise<[number | null, string | null]>
  let output = ''
  const ready = Promise.withResolvers<void>()
  const listen = (chunk: Buffer) => {
    output += chunk.toString('utf8')
    if (output.includes('Ready.')) ready.resolve()
  }
  child.stdout.on('data', listen)
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8')
  })
  void exited.then(([code]) => ready.reject(new Error(`serve ended with ${code}:\n${output}`)))
  const kill = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await exited
  }
  t?.after(kill)
  await within(ready.promise, stepAtMostMs, () => `serve is not ready:\n${output}`)
  const ports: Record<string, number> = {}
  for (const [, name, port] of output.matchAll(/^(\S+) \([^)]*\) listens on .*:(\d+)$/gmu))
    ports[name as string] = Number(port)
  return {
    child,
    ports,
    http: /app: (http:\S+)/u.exec(output)?.[1] ?? '',
    output: () => output,
    stop: async () => {
      child.kill('SIGTERM')
      const [code] = await within(exited, stepAtMostMs, () => `serve does not end:\n${output}`)
      return code
    },
    kill,
  }
}

/** Sends bytes over one connection; resolves when the other side has closed, which it does when all is on its disk. */
export async function send(port: number, bytes: Uint8Array | readonly Uint8Array[]): Promise<void> {
  const socket = createConnection({ host: '127.0.0.1', port })
  const closed = once(socket, 'close')
  socket.resume()
  const step = (it: Promise<unknown>, what: string) =>
    within(it, stepAtMostMs, () => `port ${port} ${what}; ${socket.bytesWritten} bytes were sent to it`)
  for (const piece of Array.isArray(bytes) ? (bytes as Uint8Array[]) : [bytes as Uint8Array])
    if (!socket.write(piece)) await step(once(socket, 'drain'), 'takes no more')
  socket.end()
  await step(closed, 'does not close')
}

/** Waits for a condition, and looks at most half of the time; throws what it last saw when it does not come true in time, also when it cannot be looked at. */
export async function until<T>(look: () => Promise<T>, holds: (it: T) => boolean, timeoutMs = 120_000): Promise<T> {
  const end = Date.now() + timeoutMs
  let seen: T | undefined
  for (;;) {
    const began = Date.now()
    seen = await within(
      look(),
      Math.max(end - Date.now(), 0),
      () => `not within ${timeoutMs} ms; last seen: ${JSON.stringify(seen) ?? 'nothing'}`,
    )
    if (holds(seen)) return seen
    await new Promise((resolve) => setTimeout(resolve, Math.max(20, Date.now() - began)))
  }
}

/** What does not come in time is an error, which says what is there instead. */
export async function within<T>(coming: Promise<T>, timeoutMs: number, found: () => string): Promise<T> {
  const late = Symbol('late')
  let timer: NodeJS.Timeout | undefined
  const end = new Promise<typeof late>((resolve) => (timer = setTimeout(() => resolve(late), timeoutMs)))
  try {
    const came = await Promise.race([coming, end])
    if (came === late) throw new Error(found())
    return came
  } finally {
    clearTimeout(timer)
  }
}
