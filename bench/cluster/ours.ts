/** Smena's roles of a cluster, started as they are installed: built, each a process with a directory of its own. */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FormatName } from '../../src/domain/formats/format-name.ts'
import { sampleReadings } from '../../test/support/feed.ts'
import { type Program, startProgram } from './process.ts'
import { format, type OpenWay } from './throughput.ts'

interface Source {
  readonly name: string
  readonly format: FormatName
  readonly topic: string
  /** Null: no listener. */
  readonly port: number | null
}

export interface RoleOptions {
  /** Made when it is absent. */
  readonly directory: string
  readonly brokers: string
  readonly databaseUrl: string
  readonly sources: readonly Source[]
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const readings = { 'avaya-ip-office': sampleReadings.avaya, 'asterisk-csv': sampleReadings.asterisk } as const
const graceMs = 15_000

export function startRole(role: 'collect' | 'record', options: RoleOptions): Program {
  const { directory, brokers, databaseUrl } = options
  mkdirSync(directory, { recursive: true })
  const config = join(directory, 'smena.yaml')
  const sources = options.sources.map(({ name, format, topic, port }) => {
    const { groups, attendants, trunks } = readings[format]
    const listen = port === null ? {} : { listen: `127.0.0.1:${port}` }
    return [name, { format, topic, ...listen, ...(groups ? { groups, attendants } : { trunks }) }]
  })
  writeFileSync(config, JSON.stringify({ timezone: 'Europe/Moscow', sources: Object.fromEntries(sources) }))
  const environment = {
    PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
    SMENA_DATA_DIR: join(directory, 'data'),
    SMENA_DATABASE_URL: databaseUrl,
    SMENA_KAFKA_BROKERS: brokers,
    SMENA_HTTP: '127.0.0.1:0',
  }
  return startProgram(program(), [role, '--config', config, '--lang', 'en'], { environment, graceMs })
}

/** One collector for all of them. */
export const collect =
  (databaseUrl: string): OpenWay =>
  async (targets) => {
    const [first] = targets
    if (!first) throw new Error('nothing to collect')
    const sources = targets.map(({ topic, port }, i): Source => ({ name: `s${i}`, format, topic, port }))
    const collector = startRole('collect', {
      directory: join(first.directory, 'collect'),
      brokers: first.brokers,
      databaseUrl,
      sources,
    })
    for (const { port } of targets) await collector.accepts(port)
    return collector
  }

let built: string | null = null

/** Sources are slower than what is installed, and the checkout's own `dist` is somebody else's. */
function program(): string {
  if (built !== null) return built
  const directory = mkdtempSync(join(tmpdir(), 'smena-bench-program-'))
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  const config = join(root, 'tsconfig.build.json')
  execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', config, '--outDir', join(directory, 'dist')], {
    stdio: 'inherit',
  })
  for (const it of ['package.json', 'bin']) cpSync(join(root, it), join(directory, it), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'))
  built = join(directory, 'bin/smena.js')
  return built
}
