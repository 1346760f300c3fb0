import { randomBytes } from 'node:crypto'
import type { TestContext } from 'node:test'
import pg from 'pg'
import { type RoleName, type RunningRole, TestCluster } from '../support/cluster.ts'
import { builtProgram } from '../support/built.ts'
import { createTopic, type Kafka, startKafka } from '../support/kafka.ts'
import { Link } from '../support/link.ts'
import type { Status } from '../../src/pipeline/status.ts'
import { startPostgres, type TestPostgres } from '../support/postgres.ts'
import { until } from '../support/smena.ts'
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
  spread,
} from './rig.ts'

/** Servers for tests of faults: three brokers and PostgreSQL, each behind a link that can be cut. */
export class Servers implements AsyncDisposable {
  readonly kafka: Kafka
  readonly postgres: TestPostgres
  readonly brokerLinks: readonly Link[]
  readonly postgresLink: Link
  readonly program: string

  /** `t`: the file's. */
  static async start(t: Pick<TestContext, 'after'>): Promise<Servers> {
    const program = builtProgram(t)
    const brokerLinks = await Promise.all([Link.open(), Link.open(), Link.open()])
    const postgresLink = await Link.open()
    const kafka = await startKafka({ advertised: brokerLinks.map((it) => it.address) })
    for (const [i, link] of brokerLinks.entries()) link.lead(kafka.behind[i] as string)
    const postgres = await startPostgres({ fsync: 'off', max_connections: '200' })
    postgresLink.lead(new URL(postgres.url).host)
    return new Servers(kafka, postgres, brokerLinks, postgresLink, program)
  }

  private constructor(
    kafka: Kafka,
    postgres: TestPostgres,
    brokerLinks: readonly Link[],
    postgresLink: Link,
    program: string,
  ) {
    this.program = program
    this.kafka = kafka
    this.postgres = postgres
    this.brokerLinks = brokerLinks
    this.postgresLink = postgresLink
  }

  /** By way of the links. */
  get brokers(): string {
    return this.brokerLinks.map((it) => it.address).join(',')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kafka[Symbol.asyncDispose]()
    await this.postgres[Symbol.asyncDispose]()
    for (const link of [...this.brokerLinks, this.postgresLink]) await link[Symbol.asyncDispose]()
  }
}

interface Place {
  readonly name: RoleName
  readonly directory: string | null
  running: RunningRole | null
}

/** Two collectors, two recorders, attribute and web over topics and a database of their own, under load. */
export class Chain {
  readonly servers: Servers
  readonly cluster: TestCluster
  /** Past the link. */
  readonly databaseUrl: string
  readonly archives: readonly Archive[]
  readonly topics: Readonly<Record<'avaya' | 'asterisk', string>>
  readonly #loads: readonly Load[]
  readonly places: Place[] = []

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
    for (const name of Object.values(topics)) await createTopic(servers.kafka.brokers, name, options.partitions ?? 1)
    const name = `chain_${unique}`
    const admin = new pg.Client({ connectionString: servers.postgres.url })
    await admin.connect()
    await admin.query(`CREATE DATABASE ${name}`)
    await admin.end()
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
    for (const role of options.roles ?? ['collect', 'collect', 'record', 'record', 'attribute', 'web'])
      await chain.add(role)
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
    const running = await this.cluster.start(name, { environment })
    const place = { name, directory: running.installation.directory, running }
    this.places.push(place)
    return place
  }

  /** SIGKILL. */
  async kill(place: Place): Promise<void> {
    const { running } = place
    place.running = null
    await running?.kill()
  }

  async stop(place: Place): Promise<void> {
    const { running } = place
    place.running = null
    const code = await running?.stop()
    if (code !== 0) throw new Error(`${place.name} ended with ${code}: ${running?.output()}`)
  }

  async startAgain(place: Place): Promise<void> {
    place.running = await this.cluster.start(place.name, place.directory ? { directory: place.directory } : {})
  }

  load(): void {
    for (const it of this.#loads) it.start()
  }

  /** What both exchanges have sent lies before it: wall milliseconds. */
  get reachedAt(): number {
    return Math.min(...this.archives.map((it) => it.reachedAt))
  }

  /** Until every line is confirmed by a collector and has gone through; then what became of them. */
  async finish(faults: number, recoveries: readonly number[]): Promise<FaultReport> {
    await Promise.all(this.#loads.map((it) => it.finish()))
    requireBalance(await this.settled())
    await nothingDue(this.databaseUrl)
    const { sent, lost, doubled } = await compare(this.databaseUrl, this.archives)
    return { faults, sent, lost, doubled, recoveryMs: spread(recoveries) }
  }

  /** As any role says over HTTP: a command takes half a second to start. */
  async status(): Promise<Status> {
    const answering = [...this.running('web'), ...this.running('attribute'), ...this.running('record')]
    const answer = await fetch(`${answering[0]?.http}/api/v1/status`)
    if (!answer.ok) throw new Error(await answer.text())
    return (await answer.json()) as Status
  }

  /** Nothing waits anywhere, by numbers that every running collector published after this was asked. */
  async settled(timeoutMs = 90_000): Promise<Status> {
    const since = Date.now()
    const isFresh = ({ collectors }: Status) =>
      collectors.filter(({ asOf }) => Date.parse(asOf) >= since).length >= this.running('collect').length
    const ask = () => this.status().catch((error: unknown) => String(error))
    const found = await until(ask, (it) => typeof it !== 'string' && isSettled(it) && isFresh(it), timeoutMs)
    return found as Status
  }

  recovered(): Promise<number> {
    return recovered(this.databaseUrl)
  }

  async end(): Promise<void> {
    for (const it of this.#loads) it.abandon()
    for (const it of this.places) await this.kill(it)
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
