import { openDataDirectory } from '../adapters/data-directory/data-directory.ts'
import type { Process } from '../api/ports.ts'
import { SmenaError } from '../domain/errors.ts'
import { formats } from '../domain/formats/formats.ts'
import { statusOf } from '../pipeline/status.ts'
import type { StoreReader } from '../pipeline/store-reading.ts'
import { answered, atMost, delay } from './at-most.ts'
import { Collecting } from './collecting.ts'
import type { RecordWorkerEvent } from './record-worker.ts'
import { RoleProcess, type RoleOptions, storeAway, threadFile, untilHealed } from './role-process.ts'
import { storePlace } from './store-place.ts'
import { startThread, type Thread } from './thread.ts'
import { readingsOf, Work } from './work.ts'
import { worktimeOf } from './worktime.ts'

/**
 * Solo mode: every role in one process. Threads: this one has the sockets, HTTP and the owner's socket; the journal, the
 * store's writing side and its reading side each have their own, because what they do blocks.
 *
 * Start: lock the data directory → journal → store (when it is away, records are taken all the same and wait in the journal) →
 * check that the journal is not behind the store → readings → loops → listeners → HTTP. Stop: the same backwards.
 */
const defaultHttp = { host: '127.0.0.1', port: 8080 }
const readerAtMostMs = 1000
const answerAtMostMs = 5000
const lookEveryMs = 2000

export async function serve(options: RoleOptions): Promise<void> {
  const { settings } = options
  if (settings.kafka.brokers.length > 0) throw new SmenaError('serve-with-kafka', {})
  await using stack = new AsyncDisposableStack()
  const directory = stack.use(await openDataDirectory(settings.dataDir))
  const server = new Server(new RoleProcess(options), directory.path)
  stack.defer(() => server.stop())
  await server.start()
  await server.untilOver()
  options.announce({ kind: 'stopping' })
}

class Server {
  readonly #it: RoleProcess
  readonly #directory: string
  #collecting!: Collecting
  #work!: Work
  #reader: Thread<StoreReader & { close(): Promise<void> }, never> | null = null

  constructor(it: RoleProcess, directory: string) {
    this.#it = it
    this.#directory = directory
  }

  untilOver(): Promise<void> {
    return this.#it.untilOver()
  }

  async start(): Promise<void> {
    const { stack, fail } = this.#it
    const { settings, announce } = this.#it.options
    this.#collecting = await Collecting.open({
      process: this.#it,
      directory: this.#directory,
      journaled: (source) => void this.#work.methods.wake(source).catch(() => undefined),
    })
    this.#work = new Work(storePlace(settings), { kind: 'journal', directory: this.#directory })
    stack.use(this.#work)
    this.#it.threads.push(this.#work)
    this.#work.onFailed = fail
    this.#work.onRecord = (event) => this.#onRecord(event)
    announce({ kind: 'data', directory: this.#directory, store: settings.databaseUrl === null ? 'sqlite' : 'postgres' })
    await this.#openStore()
    await this.#collecting.listenAll()
    await this.#collecting.openOwnerSocket({ work: this.#work, refill: null })
    await this.#it.openHttp(settings.http ?? defaultHttp, this.#process())
    this.#it.ready()
  }

  /** A store that is away does not keep records out: it is opened when it comes. */
  async #openStore(): Promise<void> {
    const { alarms, options } = this.#it
    try {
      await this.#open()
    } catch (error) {
      if (!(error instanceof SmenaError) || error.remedy !== 'retry') throw error
      options.announce({ kind: 'store-away', message: error.message })
      alarms.set('store', storeAway(error))
      void delay(1000).then(() =>
        untilHealed(
          this.#it,
          () => this.#open(),
          () => undefined,
        ),
      )
    }
  }

  async #open(): Promise<void> {
    const { alarms, options } = this.#it
    const { settings, announce, log } = options
    const { journal } = this.#collecting
    await this.#work.methods.open()
    await this.#work.methods.checkJournal(journal.id, await journal.given(), this.#directory)
    const applied = await this.#work.apply(readingsOf(settings), Date.now())
    for (const it of applied) if (it.change === 'new-version') announce({ kind: 'reading', applied: it })
    const names = new Set([...settings.sources.map((it) => it.name), ...(await this.#collecting.log.sources())])
    for (const name of await this.#work.methods.record([...names])) {
      const message = `the journal holds records of ${name}, which the configuration does not know: they wait until it does`
      log.error({ source: name }, message)
      alarms.set(`unknown ${name}`, { code: 'source-unknown', source: name, message, details: {} })
    }
    await this.#work.methods.attribute(worktimeOf(settings))
    const reader = startThread<StoreReader & { close(): Promise<void> }, never>(
      threadFile('read-worker'),
      { place: storePlace(settings) },
      { heapMegabytes: 64, youngMegabytes: 6 },
    )
    this.#reader = reader
    this.#it.threads.push(reader)
    void reader.ended.then((cause) => {
      if (cause && this.#reader === reader) this.#it.fail(cause)
    })
    alarms.delete('store')
    if (settings.databaseUrl !== null) void this.#watchStore(reader.methods)
  }

  /** A server may fall silent without closing its connections: then nothing fails, and only waiting shows it. */
  async #watchStore(reader: StoreReader): Promise<void> {
    const { signal } = this.#it.options
    while (!signal.aborted) {
      await delay(lookEveryMs)
      try {
        await answered(answerAtMostMs, reader.sources())
        this.#it.calm('store silent', 'the store answers again')
      } catch (error) {
        if (signal.aborted || !(error instanceof SmenaError)) return
        this.#it.raise('store silent', storeAway(error))
      }
    }
  }

  #onRecord(event: Extract<RecordWorkerEvent, { kind: 'record' }>['event']): void {
    const { alarms, metrics } = this.#it
    const { log } = this.#it.options
    switch (event.kind) {
      case 'passed':
        this.#collecting.journal.settle(event.source, event.number)
        metrics.countSuspect(event.source, event.counts.suspect)
        if (event.counts.quarantined > 0)
          log.warn({ source: event.source, records: event.counts.quarantined }, 'records went to quarantine')
        break
      case 'trouble': {
        const { source, code, message, details } = event
        alarms.set(`store ${source}`, { code: 'store-away', source, message, details })
        log.error({ source, code }, message)
        break
      }
      case 'rolled-back':
        // A journal of this machine is compared with the store before anything is read of it.
        break
      case 'recovered':
        alarms.delete(`store ${event.source}`)
        log.info({ source: event.source }, 'the store answers again')
        break
      case 'left':
        // There is no other process.
        break
    }
  }

  #process(): Process {
    const { settings, version } = this.#it.options
    const { alarms } = this.#it
    return {
      version,
      status: async () => {
        if (!this.#reader) {
          const cause = alarms.get('store')?.details['cause'] ?? 'not open yet'
          throw new SmenaError('store-away', { cause })
        }
        const { journal, collector } = this.#collecting
        const status = statusOf({
          reader: this.#reader.methods,
          configured: settings.sources.map((it) => it.name),
          formats,
          version,
          collected: async () => {
            const given = await journal.given()
            return {
              mode: 'solo',
              journal: { id: journal.id, given, connections: (source) => collector.connectionsOf(source) },
            }
          },
          alarms: this.#collecting.alarms(),
          now: Date.now(),
        })
        return answered(answerAtMostMs, status)
      },
      tellsOfAll: true,
      notReady: () => {
        const away = alarms.values().find((it) => it.code === 'store-away')
        if (this.#reader !== null && !away) return []
        return [{ dependency: 'store', why: away?.message ?? 'not open yet' }]
      },
      dependencies: ['store'],
      journal: {
        state: () => this.#collecting.state(),
        oldestSeconds: async () => this.#collecting.oldestSeconds(Object.entries(await this.#work.methods.positions())),
      },
    }
  }

  async stop(): Promise<void> {
    this.#collecting?.release()
    const reader = this.#reader
    this.#reader = null
    if (reader) {
      await atMost(readerAtMostMs, reader.methods.close())
      await reader.terminate()
    }
    await this.#it.stack.disposeAsync()
  }
}
