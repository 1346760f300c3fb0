import { execFile, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Admin, type MultipleErrors } from '@platformatic/kafka'
import { reservePorts } from './ports.ts'

/** A real Kafka on loopback for tests: three brokers with data of their own in a temporary directory, run by `scripts/kafka`. */
export interface Kafka extends AsyncDisposable {
  /** Addresses, separated by commas. */
  readonly brokers: string
  /** The same brokers by way of TLS with SASL; null: not asked for. */
  readonly secure: SecureBrokers | null
  /** Where the brokers really listen that tell clients an `advertised` address: targets of what stands in front of them. */
  readonly behind: readonly string[]
  /** SIGKILL; resolves when it is gone. Brokers are 1, 2 and 3. */
  readonly kill: (broker: number) => Promise<void>
  /** SIGTERM: hands its partitions over and ends. Needs the others. */
  readonly stop: (broker: number) => Promise<void>
  /** Resolves when the cluster has it back. */
  readonly start: (broker: number) => Promise<void>
  readonly pause: (broker: number) => Promise<void>
  readonly resume: (broker: number) => Promise<void>
  /** The directory in which a broker keeps the first partition of a topic. */
  readonly logOf: (broker: number, topic: string) => string
  readonly createTopic: (name: string, partitions: number, config?: TopicConfig) => Promise<void>
  readonly deleteTopic: (name: string) => Promise<void>
}

/** User by PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512. */
export interface SecureBrokers {
  readonly brokers: string
  readonly user: string
  readonly password: string
  /** Path of the authority's certificate. */
  readonly caFile: string
}

export interface KafkaOptions {
  readonly secure?: boolean
  /** HOST:PORT for each broker, what its further listener tells clients: that of a link in front of it. */
  readonly advertised?: readonly string[]
  /** For measurements: brokers whose code is compiled as well as it can be. Else they start quickly and stay slow. */
  readonly measured?: boolean
  /** A broker that is silent for so long is dead to the cluster. */
  readonly sessionMs?: number
}

export type TopicConfig = Readonly<Record<string, string>>

const script = fileURLToPath(new URL('../../scripts/kafka', import.meta.url))
const nodes = [1, 2, 3]
const password = 'secret'

/** From the base port, as the script has them. */
const secureAt = 20
const behindAt = 30
const portsOfCluster = [0, 10, secureAt, behindAt].flatMap((it) => [it, it + 1, it + 2])

/** Java for the brokers, mvn for their jars; the reason comes from a runner that could not fetch these. */
const absent: string | null =
  process.env['SMENA_TEST_KAFKA_ABSENT'] ??
  (['java', 'mvn'].every(isCommand)
    ? null
    : 'no java or no mvn is installed (Debian: apt-get install default-jre-headless maven)')

/** Why tests over a cluster of their own cannot run here; false when they can. For the `skip` option of a test. */
export const ownKafkaMissing: string | false = absent ?? false

/** The same for tests over `sharedBrokers`. */
export const kafkaMissing: string | false = process.env['SMENA_TEST_KAFKA_BROKERS'] ? false : ownKafkaMissing

function isCommand(name: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((directory) => {
    try {
      accessSync(join(directory, name), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** Fetches what is not there yet. Why no Kafka can be started here; null: it can. */
export function fetchKafka(): string | null {
  if (absent !== null) return absent
  const { status, stderr } = spawnSync(script, ['fetch'], { encoding: 'utf8' })
  return status === 0 ? null : `its jars could not be fetched: ${stderr.trim()}`
}

export async function startKafka(options: KafkaOptions = {}): Promise<Kafka> {
  if (absent !== null) throw new Error(absent)
  const { base, release } = await reservePorts(portsOfCluster)
  const directory = mkdtempSync(join(tmpdir(), 'smena-kafka-'))
  const environment = {
    ...process.env,
    SMENA_TEST_KAFKA_PORT: String(base),
    SMENA_TEST_KAFKA_DATA: directory,
    SMENA_TEST_KAFKA_SECURE: options.secure ? '1' : '',
    SMENA_TEST_KAFKA_PASSWORD: password,
    SMENA_TEST_KAFKA_JIT: options.measured ? 'full' : 'quick',
    SMENA_TEST_KAFKA_ADVERTISED: options.advertised?.join(',') ?? '',
    ...(options.sessionMs === undefined ? {} : { SMENA_TEST_KAFKA_SESSION_MS: String(options.sessionMs) }),
  }
  const guard = spawnGuard(environment)
  const close = async () => {
    await guard.end()
    release()
    rmSync(directory, { recursive: true, force: true })
  }
  try {
    await guard.ready
  } catch (error) {
    await close()
    throw error
  }
  const addresses = (offset: number) => nodes.map((it) => `127.0.0.1:${base + offset + it - 1}`)
  const brokers = addresses(0).join(',')
  const command = (name: string) => async (broker: number) => {
    await promisify(execFile)(script, [name, String(broker)], { env: environment })
  }
  return {
    brokers,
    secure: options.secure
      ? { brokers: addresses(secureAt).join(','), user: 'smena', password, caFile: join(directory, 'ca.pem') }
      : null,
    behind: options.advertised ? addresses(behindAt) : [],
    kill: command('kill'),
    stop: command('stop'),
    start: command('start'),
    pause: command('pause'),
    resume: command('resume'),
    logOf: (broker, topic) => join(directory, String(broker), 'log', `${topic}-0`),
    createTopic: (name, partitions, config) => createTopic(brokers, name, partitions, config),
    deleteTopic: (name) => deleteTopic(brokers, name),
    [Symbol.asyncDispose]: close,
  }
}

/**
 * `kafka guard` starts the brokers and ends them when its standard input does: at `end`, or when this process is gone, however
 * it went. In a session of its own, where no interrupt at the terminal and no signal to the test's group reaches it.
 */
function spawnGuard(env: NodeJS.ProcessEnv): { readonly ready: Promise<void>; readonly end: () => Promise<void> } {
  const guard = spawn(script, ['guard'], { env, detached: true, stdio: 'pipe' })
  const exited = once(guard, 'exit')
  let said = ''
  guard.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8')
  })
  guard.stdin.on('error', () => undefined)
  const ready = async () => {
    await Promise.race([
      once(guard.stdout, 'data'),
      exited.then(([code]) => {
        throw new Error(`Kafka did not start (${code}): ${said}`)
      }),
    ])
    // A file that never ends its cluster ends all the same, and the cluster with it.
    for (const it of [guard, guard.stdin, guard.stdout, guard.stderr]) (it as { unref(): void }).unref()
  }
  const end = async () => {
    guard.ref()
    guard.stdin.end()
    await exited
  }
  return { ready: ready(), end }
}

let shared: Promise<Kafka> | null = null

/** Brokers that other tests use too, each with topics of its own: the runner's, or those started for this file; they end with it. */
export async function sharedBrokers(): Promise<string> {
  const given = process.env['SMENA_TEST_KAFKA_BROKERS']
  if (given) return given
  shared ??= startKafka({ measured: process.env['SMENA_TEST_KAFKA_JIT'] === 'full' })
  return (await shared).brokers
}

/** A topic of the test's own, deleted with it. */
export async function freshTopic(t: TestContext, partitions = 1, config: TopicConfig = {}): Promise<string> {
  const brokers = await sharedBrokers()
  const name = `t-${randomBytes(8).toString('hex')}`
  await createTopic(brokers, name, partitions, config)
  t.after(() => deleteTopic(brokers, name))
  return name
}

/** Replicas: as many as the cluster makes by default, in ours three. Resolves when each broker that is there knows the topic. */
export async function createTopic(
  brokers: string,
  name: string,
  partitions: number,
  config: TopicConfig = {},
): Promise<void> {
  const configs = Object.entries(config).map(([key, value]) => ({ name: key, value }))
  await asAdmin(brokers, (admin) => admin.createTopics({ topics: [name], partitions, configs }))
  await Promise.all(brokers.split(',').map((it) => knownTo(it, name)))
}

export async function deleteTopic(brokers: string, name: string): Promise<void> {
  try {
    await asAdmin(brokers, (admin) => admin.deleteTopics({ topics: [name] }))
  } catch (error) {
    // It was deleted the first time.
    if (!(error as Partial<MultipleErrors>).findBy?.('apiId', 'UNKNOWN_TOPIC_OR_PARTITION')) throw error
  }
}

const adminAtMostMs = 20_000

/** Seen once: a broker that never answered a question, and nobody who gave up waiting. It is asked again, on a connection of its own. */
async function asAdmin<T>(brokers: string, act: (admin: Admin) => Promise<T>, retries = 5): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const admin = new Admin({ clientId: 'smena-test', bootstrapBrokers: brokers.split(','), retries, retryDelay: 200 })
    const silent = Symbol('silent')
    const acting = act(admin)
    acting.catch(() => undefined)
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<typeof silent>((resolve) => (timer = setTimeout(() => resolve(silent), adminAtMostMs)))
    try {
      const result = await Promise.race([acting, late])
      if (result !== silent) return result
      if (attempt === 2) throw new Error(`${brokers} do not answer an administrator within ${adminAtMostMs} ms`)
    } finally {
      clearTimeout(timer)
      await Promise.race([admin.close().catch(() => undefined), late])
    }
  }
}

/** Brokers hear of a topic a moment after who made it. One that does not answer at all is not waited for. */
async function knownTo(broker: string, name: string): Promise<void> {
  for (const end = Date.now() + 10_000; ; await new Promise((resolve) => setTimeout(resolve, 20))) {
    try {
      const { topics } = await asAdmin(broker, (admin) => admin.metadata({ topics: [name] }), 0)
      if (topics.get(name)?.partitions.every((it) => it.leader >= 0)) return
    } catch (error) {
      const isNew = (error as Partial<MultipleErrors>).findBy?.('apiId', 'UNKNOWN_TOPIC_OR_PARTITION')
      if (!isNew) return
    }
    if (Date.now() > end) throw new Error(`broker ${broker} does not know topic ${name}`)
  }
}
