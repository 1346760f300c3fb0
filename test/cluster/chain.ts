import { randomBytes } from 'node:crypto'
import { after, type TestContext } from 'node:test'
import pg from 'pg'
import { type RoleName, type RunningRole, TestCluster } from '../support/cluster.ts'
import { builtProgram } from '../support/built.ts'
import { assertLedger } from '../support/invariants.ts'
import { createTopic, type Kafka, startKafka } from '../support/kafka.ts'
import { Link } from '../support/link.ts'
import type { Status } from '../../src/pipeline/status.ts'
import { startPostgres, type TestPostgres } from '../support/postgres.ts'
import { until } from '../support/smena.ts'
import { storeAt } from '../support/store-at.ts'
import {
  Archive,
  compare,
  type FaultReport,
  Load,
  portsOf,
  isSettled,
  nothingDue,
  recovered,
  requireBalance,
  requireNumbers,
  spread,
} from './rig.ts'

/** Servers for tests of faults: three brokers and PostgreSQL, each behind a link that can be cut. */
export class Servers implements AsyncDisposable {
  readonly kafka: Kafka
  readonly postgres: TestPostgres
  readonly brokerLinks: readonly Link[]
  readonly postgresLink: Link
  readonly program: string

  readonly #all: AsyncDisposableStack

  /** `t`: the file's. What has begun ends when the rest does not begin. */
  static async start(t: Pick<TestContext, 'after'>): Promise<Servers> {
    const program = builtProgram(t)
    await using all = new AsyncDisposableStack()
    const open = async () => all.use(await Link.open())
    const brokerLinks = await Promise.all([open(), open(), open()])
    const postgresLink = await open()
    const kafka = all.use(await startKafka({ advertised: brokerLinks.map((it) => it.address) }))
    for (const [i, link] of brokerLinks.entries()) link.lead(kafka.behind[i] as string)
    const postgres = all.use(await startPostgres({ fsync: 'off', max_connections: '200' }))
    postgresLink.lead(new URL(postgres.url).host)
    return new Servers(kafka, postgres, brokerLinks, postgresLink, program, all.move())
  }

  private constructor(
    kafka: Kafka,
    postgres: TestPostgres,
    brokerLinks: readonly Link[],
    postgresLink: Link,
    program: string,
    all: AsyncDisposableStack,
  ) {
    this.program = program
    this.kafka = kafka
    this.postgres = postgres
    this.brokerLinks = brokerLinks
    this.postgresLink = postgresLink
    this.#all = all
  }

  /** By way of the links. */
  get brokers(): string {
    return this.brokerLinks.map((it) => it.address).join(',')
  }

  /** Each of them, however the others ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#all.disposeAsync()
  }
}

/** Those of a test file: started when a test first asks for them, ended after its last. */
export function serversOfFile(): () => Promise<Servers> {
  const cleanups: (() => unknown)[] = []
  let servers: Promise<Servers> | null = null
  after(async () => {
    try {
      await (await servers)?.[Symbol.asyncDispose]()
    } finally {
      for (const it of cleanups) await it()
    }
  })
  return () => (servers ??= Servers.start({ after: (it) => void cleanups.push(it as () => unknown) }))
}

export interface Place {
  readonly name: RoleName
  readonly directory: string | null
  running: RunningRole | null
}

/** Two collectors, three recorders, attribute and web over topics and a database of their own, under load. */
export class Chain {
  readonly servers: Servers
  readonly cluster: TestCluster
  /** Past the link. */
  readonly databaseUrl: string
  readonly archives: readonly Archive[]
  readonly topics: Readonly<Record<'avaya' | 'asterisk', string>>
  readonly #loads: readonly Load[]
  readonly places: Place[] = []
  #loadedAt = 0

  static async start(
    t: Pick<TestContext, 'after'>,
    servers: Servers,
    options: {
      readonly seed: number
      readonly roles?: readonly RoleName[]
      readonly partitions?: number
      /** Records a second of both sources together. */
      readonly rate?: number
      readonly environment?: Readonly<Record<string, string>>
    },
  ): Promise<Chain> {
    const unique = randomBytes(6).toString('hex')
    const topics = { avaya: `avaya-${unique}`, asterisk: `asterisk-${unique}` }
    const made = Object.values(topics).map((it) => createTopic(servers.kafka.brokers, it, options.partitions ?? 1))
    const name = `chain_${unique}`
    const admin = new pg.Client({ connectionString: servers.postgres.url })
    await admin.connect()
    await admin.query(`CREATE DATABASE ${name}`)
    await admin.end()
    await Promise.all(made)
    const direct = new URL(servers.postgres.url)
    direct.pathname = `/${name}`
    const linked = new URL(direct)
    linked.host = servers.postgresLink.address
    const cluster = new TestCluster(t, {
      brokers: servers.brokers,
      program: servers.program,
      databaseUrl: linked.href,
      sources: {
        avaya: { format: 'avaya-ip-office', topic: topics.avaya },
        asterisk: { format: 'asterisk-csv', topic: topics.asterisk },
      },
      ...(options.environment ? { environment: options.environment } : {}),
    })
    const chain = new Chain(servers, cluster, direct.href, topics, options)
    const roles = options.roles ?? ['collect', 'collect', 'record', 'record', 'record', 'attribute', 'web']
    chain.places.push(...(await Promise.all(roles.map((it) => chain.#start(it)))))
    return chain
  }

  private constructor(
    servers: Servers,
    cluster: TestCluster,
    databaseUrl: string,
    topics: Chain['topics'],
    { seed, rate = 2000 }: { readonly seed: number; readonly rate?: number },
  ) {
    this.servers = servers
    this.cluster = cluster
    this.databaseUrl = databaseUrl
    this.topics = topics
    this.archives = [new Archive('avaya', seed), new Archive('asterisk', seed)]
    this.#loads = this.archives.map((it) => {
      return new Load(it, rate / 2, () => portsOf(this.running('collect'), it.source))
    })
  }

  running(name: RoleName): RunningRole[] {
    return this.places.flatMap((it) => (it.name === name && it.running ? [it.running] : []))
  }

  async add(name: RoleName, environment: Readonly<Record<string, string>> = {}): Promise<Place> {
    const place = await this.#start(name, environment)
    this.places.push(place)
    return place
  }

  async #start(name: RoleName, environment: Readonly<Record<string, string>> = {}): Promise<Place> {
    const running = await this.cluster.start(name, { environment })
    return { name, directory: running.installation.directory, running }
  }

  /** SIGKILL. */
  async kill(place: Place): Promise<void> {
    await this.takeAway(place)?.kill()
  }

  /** It runs on, and nothing is sent to it any more. */
  takeAway(place: Place): RunningRole | null {
    const { running } = place
    place.running = null
    return running
  }

  async stop(place: Place): Promise<void> {
    const running = this.takeAway(place)
    const code = await running?.stop()
    if (code !== 0) throw new Error(`${place.name} ended with ${code}: ${running?.output()}`)
  }

  async startAgain(place: Place): Promise<void> {
    place.running = await this.cluster.start(place.name, place.directory ? { directory: place.directory } : {})
  }

  load(): void {
    this.#loadedAt = performance.now()
    for (const it of this.#loads) it.start()
  }

  /** What both exchanges have sent lies before it: wall milliseconds. */
  get reachedAt(): number {
    return Math.min(...this.archives.map((it) => it.reachedAt))
  }

  /** Until every line is confirmed by a collector and has gone through; then what became of them. */
  async finish(faults: number, recoveries: readonly number[]): Promise<FaultReport> {
    const seconds = (performance.now() - this.#loadedAt) / 1000
    await Promise.all(this.#loads.map((it) => it.finish()))
    const report = await this.account(faults, recoveries)
    return { ...report, perSecond: Math.round(report.sent / seconds) }
  }

  /**
   * Until nothing waits; then what became of the lines of these archives. Throws unless the books are right: those of the
   * collectors against the store's numbers, those against its ledger, and that against its rows.
   */
  async account(faults: number, recoveries: readonly number[], archives = this.archives): Promise<FaultReport> {
    const status = await this.settled()
    requireBalance(status)
    await nothingDue(this.databaseUrl)
    const tables = storeAt({ url: this.databaseUrl })
    await requireNumbers(status, tables)
    await assertLedger(tables)
    const { sent, lost, doubled } = await compare(this.databaseUrl, archives)
    return { faults, sent, lost, doubled, recoveryMs: spread(recoveries) }
  }

  /** As any role says over HTTP: a command takes half a second to start. */
  async status(): Promise<Status> {
    const answering = [...this.running('web'), ...this.running('attribute'), ...this.running('record')]
    const answer = await fetch(`${answering[0]?.http}/api/v1/status`)
    if (!answer.ok) throw new Error(await answer.text())
    return (await answer.json()) as Status
  }

  /** The first answer of which this holds: while a store does not answer there is none. */
  async says(holds: (it: Status) => boolean, timeoutMs = 90_000): Promise<Status> {
    const ask = () => this.status().catch((error: unknown) => String(error))
    return (await until(ask, (it) => typeof it !== 'string' && holds(it), timeoutMs)) as Status
  }

  /** Nothing waits anywhere, by numbers that every running collector published after this was asked. */
  async settled(): Promise<Status> {
    const since = Date.now()
    const isFresh = ({ collectors }: Status) =>
      collectors.filter(({ asOf }) => Date.parse(asOf) >= since).length >= this.running('collect').length
    return this.says((it) => isSettled(it) && isFresh(it))
  }

  recovered(): Promise<number> {
    return recovered(this.databaseUrl)
  }

  async end(): Promise<void> {
    for (const it of this.#loads) it.abandon()
    await Promise.all(this.places.map((it) => this.kill(it)))
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
