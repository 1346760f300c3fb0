import { statfsSync } from 'node:fs'
import type { Logger } from 'pino'
import { openDataDirectory } from '../adapters/data-directory/data-directory.ts'
import { mustStayShut } from '../adapters/intake-tcp/allow.ts'
import { listen, type ListenEvent, type TcpListener } from '../adapters/intake-tcp/listen.ts'
import { openJournal } from '../adapters/journal-sqlite/journal-sqlite.ts'
import { openJournalLog } from '../adapters/log-journal/log-journal.ts'
import { serveOwner } from '../adapters/owner-socket/serve.ts'
import { buildApp } from '../api/app.ts'
import { Metrics } from '../api/metrics.ts'
import type { Process } from '../api/ports.ts'
import { formatAddress, isLoopback } from '../domain/address.ts'
import { SmenaError } from '../domain/errors.ts'
import { formats } from '../domain/formats/formats.ts'
import {
  defaultFreeSpaceFloor,
  listensByDefault,
  readingOf,
  type Settings,
  type SourceSettings,
} from '../domain/settings.ts'
import { Collector } from '../pipeline/collect.ts'
import type { JournalState, JournalWriter, LogReader } from '../pipeline/ports.ts'
import { type Alarm, statusOf } from '../pipeline/status.ts'
import type { StoreReader } from '../pipeline/store-reading.ts'
import { answered, atMost } from './at-most.ts'
import { converseAsOwner } from './owner.ts'
import type { AppliedReading, RecordWorkerEvent } from './record-worker.ts'
import { storePlace } from './store-place.ts'
import { startThread, type Thread } from './thread.ts'
import { Work } from './work.ts'

/**
 * Solo mode: every role in one process. Threads: this one has the sockets, HTTP and the owner's socket; the journal, the
 * store's writing side and its reading side each have their own, because what they do blocks.
 *
 * Start: lock the data directory → journal → store (when it is away, records are taken all the same and wait in the journal) →
 * check that the journal is not behind the store → readings → loops → listeners → HTTP. Stop: the same backwards.
 */
export interface ServeOptions {
  readonly settings: Settings
  readonly version: string
  readonly inContainer: boolean
  readonly runtimeDirectory: string | null
  readonly log: Logger
  readonly announce: (it: Announcement) => void
  /** Aborted when the process is asked to stop. */
  readonly signal: AbortSignal
}

export type Announcement =
  | { readonly kind: 'listening'; readonly source: string; readonly address: string }
  /** In a container, where nobody has said whom the listener lets in: it is open to the container itself. */
  | { readonly kind: 'loopback-only'; readonly source: string }
  | {
      readonly kind: 'shut'
      readonly source: string
      readonly address: string
      readonly why: 'container' | 'public-address'
    }
  | { readonly kind: 'http'; readonly address: string }
  | { readonly kind: 'data'; readonly directory: string; readonly store: 'sqlite' | 'postgres' }
  | { readonly kind: 'reading'; readonly applied: AppliedReading }
  | { readonly kind: 'store-away'; readonly message: string }
  | { readonly kind: 'ready' }
  | { readonly kind: 'stopping' }

const defaultHttp = { host: '127.0.0.1', port: 8080 }
const dayMs = 86_400_000
const readerAtMostMs = 1000
const answerAtMostMs = 5000
const lookEveryMs = 2000

/** Does not keep the process alive. */
const delay = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms).unref())

export async function serve(options: ServeOptions): Promise<void> {
  const { settings } = options
  if (settings.kafka.brokers.length > 0) throw new SmenaError('serve-with-kafka', {})
  await using stack = new AsyncDisposableStack()
  const directory = stack.use(await openDataDirectory(settings.dataDir))
  const server = new Server(options, directory.path)
  stack.defer(() => server.stop())
  await server.start()
  await server.untilOver()
  options.announce({ kind: 'stopping' })
}

class Server {
  readonly #options: ServeOptions
  readonly #directory: string
  readonly #metrics: Metrics
  readonly #stack = new AsyncDisposableStack()
  readonly #alarms = new Map<string, Alarm>()
  readonly #over = Promise.withResolvers<void>()
  #journal!: JournalWriter
  #log!: LogReader
  #collector!: Collector
  #work!: Work
  #reader: Thread<StoreReader & { close(): Promise<void> }, never> | null = null
  #listeners: TcpListener[] = []
  #isFailed = false

  constructor(options: ServeOptions, directory: string) {
    this.#options = options
    this.#directory = directory
    this.#metrics = new Metrics(options.version)
    if (options.signal.aborted) this.#over.resolve()
    options.signal.addEventListener('abort', () => this.#over.resolve())
  }

  untilOver(): Promise<void> {
    return this.#over.promise
  }

  /** Ends the process: something broke that must not be tried again (R15). */
  readonly #fail = (error: unknown): void => {
    // What fails after the first, fails because of it.
    if (this.#isFailed) return
    this.#isFailed = true
    this.#options.log.fatal({ err: error }, 'stopping')
    this.#over.reject(error instanceof Error ? error : new Error(String(error)))
  }

  async start(): Promise<void> {
    const { settings, announce } = this.#options
    this.#journal = await openJournal({
      directory: this.#directory,
      freeSpaceFloorBytes: settings.journal.freeSpaceFloorBytes ?? defaultFreeSpaceFloor(diskBytes(this.#directory)),
      keepMs: settings.journal.keepDays * dayMs,
      keepBytes: settings.journal.keepBytes,
      onCommit: (seconds: number) => this.#metrics.observeCommit(seconds),
      onState: ({ paused, freeBytes }) => this.#onJournalState(paused, freeBytes),
      onFailure: this.#fail,
    })
    this.#stack.use(this.#journal)
    this.#log = this.#stack.use(await openJournalLog({ directory: this.#directory }))
    this.#work = new Work(storePlace(settings), this.#directory)
    this.#stack.use(this.#work)
    this.#work.onFailed = ({ message }) => this.#fail(new Error(message))
    this.#work.onRecord = (event) => this.#onRecord(event)
    this.#collector = new Collector({
      journal: this.#journal,
      now: Date.now,
      journaled: (source) => void this.#work.methods.wake(source).catch(() => undefined),
      failed: this.#fail,
    })
    announce({ kind: 'data', directory: this.#directory, store: settings.databaseUrl === null ? 'sqlite' : 'postgres' })
    await this.#openStore()
    for (const source of settings.sources) await this.#listen(source)
    await this.#openOwnerSocket()
    await this.#openHttp()
    announce({ kind: 'ready' })
  }

  /** A store that is away does not keep records out: it is opened when it comes. */
  async #openStore(): Promise<void> {
    const open = async () => {
      await this.#work.methods.open()
      const { settings, announce, log } = this.#options
      await this.#work.methods.checkJournal(this.#journal.id, await this.#journal.given(), this.#directory)
      const now = Date.now()
      const applied = await this.#work.apply(
        settings.sources.map((source) => {
          const reading = readingOf(source, settings)
          return { name: source.name, reading, from: 'now' as const }
        }),
        now,
      )
      for (const it of applied) if (it.change === 'new-version') announce({ kind: 'reading', applied: it })
      const names = new Set([...settings.sources.map((it) => it.name), ...(await this.#log.sources())])
      for (const name of await this.#work.methods.record([...names])) {
        const message = `the journal holds records of ${name}, which the configuration does not know: they wait until it does`
        log.error({ source: name }, message)
        this.#alarms.set(`unknown ${name}`, { code: 'source-unknown', source: name, message, details: {} })
      }
      const file = new URL(`./read-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)
      this.#reader = startThread<StoreReader & { close(): Promise<void> }, never>(
        file,
        { place: storePlace(settings) },
        { heapMegabytes: 64 },
      )
      this.#alarms.delete('store')
      if (settings.databaseUrl !== null) void this.#watchStore(this.#reader.methods)
    }
    try {
      await open()
    } catch (error) {
      if (!(error instanceof SmenaError) || error.remedy !== 'retry') throw error
      this.#options.announce({ kind: 'store-away', message: error.message })
      this.#alarms.set('store', {
        code: 'store-away',
        source: null,
        message: error.message,
        details: error.details,
      })
      void this.#openStoreLater(open)
    }
  }

  /** A server may fall silent without closing its connections: then nothing fails, and only waiting shows it. */
  async #watchStore(reader: StoreReader): Promise<void> {
    while (!this.#options.signal.aborted) {
      await delay(lookEveryMs)
      try {
        await answered(answerAtMostMs, reader.sources())
        if (this.#alarms.delete('store silent')) this.#options.log.info('the store answers again')
      } catch (error) {
        if (this.#options.signal.aborted || !(error instanceof SmenaError)) return
        const { message, details } = error
        if (!this.#alarms.has('store silent')) this.#options.log.error({ code: error.code }, message)
        this.#alarms.set('store silent', { code: 'store-away', source: null, message, details })
      }
    }
  }

  async #openStoreLater(open: () => Promise<void>): Promise<void> {
    while (!this.#options.signal.aborted) {
      await delay(1000)
      try {
        return await open()
      } catch (error) {
        if (!(error instanceof SmenaError) || error.remedy !== 'retry') return this.#fail(error)
      }
    }
  }

  async #listen(source: SourceSettings): Promise<void> {
    const { settings, announce, inContainer, log } = this.#options
    if (!source.listen) return
    const address = formatAddress(source.listen)
    const why = mustStayShut(source.listen.host, source.allow, inContainer)
    // The first try in a container works from within it; from outside this one is as shut as one that somebody configured.
    const loopbackOnly = why === 'container' && listensByDefault(source)
    if (why !== null) {
      if (!loopbackOnly) announce({ kind: 'shut', source: source.name, address, why })
      const how = loopbackOnly ? 'is open to this machine only' : 'stays shut'
      const message = `the listener of ${source.name} on ${address} ${how}: name in \`allow\` whom it may let in`
      log.error({ source: source.name, address, why }, message)
      this.#alarms.set(`shut ${source.name}`, {
        code: loopbackOnly ? 'listener-loopback-only' : 'listener-shut',
        source: source.name,
        message,
        details: { address, why },
      })
      if (!loopbackOnly) return
    }
    const format = formats[source.format]
    const listener = await listen({
      source: source.name,
      ...source.listen,
      ...(loopbackOnly ? { host: '127.0.0.1' } : {}),
      allow: source.allow,
      connectionsAtMost: settings.limits.connections,
      open: (peer) => this.#collector.open(source.name, format, 'tcp', peer),
      report: (event) => this.#onListen(event),
    })
    this.#listeners.push(listener)
    this.#stack.use(listener)
    announce({ kind: 'listening', source: source.name, address: formatAddress(listener.address) })
    if (loopbackOnly) announce({ kind: 'loopback-only', source: source.name })
  }

  #onListen(event: ListenEvent): void {
    const { log } = this.#options
    const { source, peer } = event
    if (event.kind === 'refused') {
      this.#metrics.countRefused(source, event.why)
      log.warn({ source, peer, why: event.why }, 'a connection was not let in')
    } else log.info({ source, peer }, event.kind)
  }

  #onJournalState(paused: JournalState['paused'], freeBytes: number): void {
    const { log } = this.#options
    if (paused !== null)
      log.error({ why: paused, freeBytes }, 'the journal takes nothing until there is space: senders wait')
    else log.info({ freeBytes }, 'the journal goes on')
  }

  #onRecord(event: Extract<RecordWorkerEvent, { kind: 'record' }>['event']): void {
    const { log } = this.#options
    switch (event.kind) {
      case 'passed':
        this.#journal.settle(event.source, event.number)
        this.#metrics.countSuspect(event.source, event.counts.suspect)
        if (event.counts.quarantined > 0)
          log.warn({ source: event.source, records: event.counts.quarantined }, 'records went to quarantine')
        break
      case 'trouble':
        this.#alarms.set(`store ${event.source}`, {
          code: 'store-away',
          source: event.source,
          message: event.message,
          details: event.details,
        })
        log.error({ source: event.source, code: event.code }, event.message)
        break
      case 'rolled-back':
        // A journal of this machine is compared with the store before anything is read of it.
        break
      case 'recovered':
        this.#alarms.delete(`store ${event.source}`)
        log.info({ source: event.source }, 'the store answers again')
        break
    }
  }

  async #openOwnerSocket(): Promise<void> {
    const { settings, runtimeDirectory } = this.#options
    const converse = converseAsOwner({
      settings,
      work: this.#work,
      collector: this.#collector,
      live: () => ({ connections: this.#connections(), alarms: this.#allAlarms() }),
    })
    this.#stack.use(await serveOwner({ dataDirectory: this.#directory, runtimeDirectory, converse }))
  }

  async #openHttp(): Promise<void> {
    const { settings, announce, log } = this.#options
    const { host, port } = settings.http ?? defaultHttp
    if (!isLoopback(host)) throw new SmenaError('http-not-loopback', { address: formatAddress({ host, port }) })
    const app = await buildApp({ process: this.#process(), metrics: this.#metrics, log })
    this.#stack.defer(() => app.close())
    try {
      announce({ kind: 'http', address: await app.listen({ host: host as string, port }) })
    } catch (error) {
      const cause = (error as NodeJS.ErrnoException).code ?? String(error)
      throw new SmenaError('listen-failed', { address: formatAddress({ host, port }), cause }, { cause: error })
    }
  }

  #process(): Process {
    const { settings, version } = this.#options
    return {
      version,
      status: async () => {
        if (!this.#reader) {
          const cause = this.#alarms.get('store')?.details['cause'] ?? 'not open yet'
          throw new SmenaError('store-away', { cause })
        }
        const status = statusOf({
          reader: this.#reader.methods,
          configured: settings.sources.map((it) => it.name),
          formats,
          version,
          journal: async () => ({ id: this.#journal.id, given: await this.#journal.given() }),
          connections: (source) => this.#collector.connectionsOf(source),
          alarms: this.#allAlarms(),
        })
        return answered(answerAtMostMs, status)
      },
      notReady: () => {
        const away = this.#alarms.values().find((it) => it.code === 'store-away')
        if (this.#reader !== null && !away) return []
        return [{ dependency: 'store', why: away?.message ?? 'not open yet' }]
      },
      journal: () => this.#journal.state(),
      oldestUnpassedSeconds: () => this.#oldestUnpassedSeconds(),
    }
  }

  async #oldestUnpassedSeconds(): Promise<number> {
    let oldest = Date.now()
    for (const [source, position] of Object.entries(await this.#work.methods.positions())) {
      const { records } = await this.#log.read(source, position, { records: 1, bytes: 1 })
      if (records[0] && records[0].receivedAt < oldest) oldest = records[0].receivedAt
    }
    return (Date.now() - oldest) / 1000
  }

  #connections(): Record<string, number> {
    const names = this.#options.settings.sources.map((it) => it.name)
    return Object.fromEntries(names.map((name) => [name, this.#collector.connectionsOf(name)]))
  }

  #allAlarms(): Alarm[] {
    const { paused, freeBytes } = this.#journal.state()
    const full: Alarm[] =
      paused === null
        ? []
        : [
            {
              code: paused,
              source: null,
              message: `the journal takes nothing: ${freeBytes} bytes are free on its disk`,
              details: { freeBytes },
            },
          ]
    return [...full, ...this.#alarms.values()]
  }

  async stop(): Promise<void> {
    // Listeners wait for what they handed to the journal: while it waits for space, only its own end lets them go.
    if (this.#journal.state().paused !== null)
      void this.#journal[Symbol.asyncDispose]().then(undefined, () => undefined)
    if (this.#reader) {
      await atMost(readerAtMostMs, this.#reader.methods.close())
      await this.#reader.terminate()
    }
    await this.#stack.disposeAsync()
  }
}

function diskBytes(directory: string): number {
  const { blocks, bsize } = statfsSync(directory)
  return blocks * bsize
}
