import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { compileCache, type Installation, type Running, startSmena, stepAtMostMs, within } from './smena.ts'
import { temporaryDirectory } from './stores.ts'

/** The roles of a cluster as their users have them: real processes, each with a data directory and an HTTP address of its own. */
export interface ClusterOptions {
  readonly brokers: string
  readonly databaseUrl: string
  /** Sources as in the file; listeners are on free ports, and where a source has `listen: undefined` there is none. */
  readonly sources: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  /** As in the file: how to reach the brokers, beside their addresses. */
  readonly kafka?: Readonly<Record<string, unknown>>
  readonly environment?: Readonly<Record<string, string>>
  /** The program as it is installed; absent: its source. */
  readonly program?: string
}

export type RoleName = 'collect' | 'record' | 'attribute' | 'web'

export interface RunningRole {
  readonly name: RoleName
  readonly installation: Installation
  readonly running: Running
  readonly ports: Readonly<Record<string, number>>
  readonly http: string
  readonly output: () => string
  /** SIGTERM, and waits; the exit code. */
  stop(): Promise<number | null>
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>
}

export class TestCluster {
  readonly #t: Pick<TestContext, 'after'>
  readonly #options: ClusterOptions
  readonly directory: string
  #roles = 0

  constructor(t: Pick<TestContext, 'after'>, options: ClusterOptions) {
    this.#t = t
    this.#options = options
    this.directory = temporaryDirectory(t)
  }

  /** For commands: any host, no data directory of a role. */
  get commands(): Installation {
    return this.installation(join(this.directory, 'commands'))
  }

  installation(
    directory: string,
    options: { listen?: Readonly<Record<string, string>>; brokers?: string } = {},
  ): Installation {
    mkdirSync(directory, { recursive: true })
    const config = join(directory, 'smena.yaml')
    const sources = Object.entries(this.#options.sources).map(([name, it]) => {
      return [name, { listen: options.listen?.[name] ?? '127.0.0.1:0', ...it }]
    })
    const { program, kafka } = this.#options
    writeFileSync(config, JSON.stringify({ timezone: 'Europe/Moscow', sources: Object.fromEntries(sources), kafka }))
    return {
      ...(program === undefined ? {} : { program }),
      directory,
      environment: {
        PATH: process.env['PATH'] ?? '',
        HOME: directory,
        LANG: 'C.UTF-8',
        // Processes that are killed and started over and over need not compile the same again.
        NODE_COMPILE_CACHE: join(this.directory, 'compiled'),
        ...compileCache,
        SMENA_CONFIG: config,
        SMENA_DATA_DIR: join(directory, 'data'),
        SMENA_HTTP: '127.0.0.1:0',
        SMENA_DATABASE_URL: this.#options.databaseUrl,
        SMENA_KAFKA_BROKERS: options.brokers ?? this.#options.brokers,
        ...this.#options.environment,
      },
    }
  }

  /** `directory`: that of a role which ran before. */
  async start(
    name: RoleName,
    options: {
      directory?: string
      listen?: Readonly<Record<string, string>>
      brokers?: string
      environment?: Readonly<Record<string, string>>
    } = {},
  ): Promise<RunningRole> {
    const directory = options.directory ?? join(this.directory, `${name}-${++this.#roles}`)
    const made = this.installation(directory, options)
    const installation = { ...made, environment: { ...made.environment, ...options.environment } }
    const running = startSmena(installation, [name, '--lang', 'en'])
    const { child } = running
    child.stdin.end()
    const exited = once(child, 'exit') as Promise<[number | null, string | null]>
    const kill = async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
      await exited
    }
    this.#t.after(kill)
    const output = () => `${running.stdout()}\n${running.stderr()}`
    const failed = (what: string) => () => `${name} ${what}:\n${output()}`
    const ready = (async () => {
      while (!running.stdout().includes('Ready.')) await once(child.stdout, 'data')
    })()
    const ended = exited.then(() => {
      throw new Error(failed('ended before it was ready')())
    })
    await within(Promise.race([ready, ended]), stepAtMostMs, failed('is not ready'))
    const ports: Record<string, number> = {}
    for (const [, source, port] of running.stdout().matchAll(/^(\S+) \([^)]*\) listens on .*:(\d+)$/gmu))
      ports[source as string] = Number(port)
    return {
      name,
      installation,
      running,
      ports,
      http: /app: (http:\S+)/u.exec(running.stdout())?.[1] ?? '',
      output,
      stop: async () => {
        child.kill('SIGTERM')
        return (await within(exited, stepAtMostMs, failed('does not end')))[0]
      },
      kill,
    }
  }
}
