import { statfsSync } from 'node:fs'
import { mustStayShut } from '../adapters/intake-tcp/allow.ts'
import { listen, type ListenEvent } from '../adapters/intake-tcp/listen.ts'
import { openJournal } from '../adapters/journal-sqlite/journal-sqlite.ts'
import { openJournalLog } from '../adapters/log-journal/log-journal.ts'
import { serveOwner } from '../adapters/owner-socket/serve.ts'
import { formatAddress } from '../domain/address.ts'
import { formats } from '../domain/formats/formats.ts'
import { defaultFreeSpaceFloor, keptAtMost, listensByDefault, type SourceSettings } from '../domain/settings.ts'
import { Collector } from '../pipeline/collect.ts'
import type { JournalReader, JournalState, JournalWriter } from '../pipeline/ports.ts'
import type { Alarm } from '../pipeline/alarm.ts'
import { converseAsOwner, type OwnerParts } from './owner.ts'
import type { RoleProcess } from './role-process.ts'

/** The receiving side of `serve` and of `collect`: the journal of a data directory, the listeners, and the owner's socket. */
export interface CollectingOptions {
  readonly process: RoleProcess
  readonly directory: string
  /** New records of this source are on the disk. */
  readonly journaled: (source: string) => void
}

const dayMs = 86_400_000

export class Collecting {
  readonly journal: JournalWriter
  /** The same journal, for reading. */
  readonly log: JournalReader
  readonly collector: Collector
  readonly #process: RoleProcess
  readonly #directory: string

  /** Closed with the process. */
  static async open(options: CollectingOptions): Promise<Collecting> {
    const { process, directory } = options
    const { settings, log } = process.options
    const { freeSpaceFloorBytes, keepDays, keepBytes } = settings.journal
    const disk = diskBytes(directory)
    const journal = await openJournal({
      directory,
      freeSpaceFloorBytes: freeSpaceFloorBytes ?? defaultFreeSpaceFloor(disk),
      keepMs: keepDays * dayMs,
      keepBytes: keptAtMost(keepBytes, disk),
      onCommit: (seconds: number) => process.metrics.observeCommit(seconds),
      onState: ({ paused, freeBytes }) => {
        if (paused !== null)
          log.error({ why: paused, freeBytes }, 'the journal takes nothing until there is space: senders wait')
        else log.info({ freeBytes }, 'the journal goes on')
      },
      onFailure: process.fail,
    })
    process.stack.use(journal)
    process.threads.push(journal)
    return new Collecting(options, journal, process.stack.use(await openJournalLog({ directory })))
  }

  private constructor(options: CollectingOptions, journal: JournalWriter, log: JournalReader) {
    const { process, directory, journaled } = options
    this.#process = process
    this.#directory = directory
    this.journal = journal
    this.log = log
    this.collector = new Collector({ journal, now: Date.now, journaled, failed: process.fail })
  }

  async listenAll(): Promise<void> {
    for (const source of this.#process.options.settings.sources) await this.#listen(source)
  }

  async #listen(source: SourceSettings): Promise<void> {
    const { stack, alarms, options } = this.#process
    const { settings, announce, inContainer, log } = options
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
      alarms.set(`shut ${source.name}`, {
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
      open: (peer) => this.collector.open(source.name, format, 'tcp', peer),
      report: (event) => this.#onListen(event),
    })
    stack.use(listener)
    announce({ kind: 'listening', source: source.name, address: formatAddress(listener.address) })
    if (loopbackOnly) announce({ kind: 'loopback-only', source: source.name })
  }

  #onListen(event: ListenEvent): void {
    const { metrics, options } = this.#process
    const { source, peer } = event
    if (event.kind === 'refused') {
      metrics.countRefused(source, event.why)
      options.log.warn({ source, peer, why: event.why }, 'a connection was not let in')
    } else options.log.info({ source, peer }, event.kind)
  }

  async openOwnerSocket(parts: Pick<OwnerParts, 'work' | 'refill'>): Promise<void> {
    const { settings, runtimeDirectory } = this.#process.options
    const converse = converseAsOwner({
      ...parts,
      settings,
      collector: this.collector,
      live: () => ({ connections: this.connections(), alarms: this.alarms() }),
    })
    this.#process.stack.use(await serveOwner({ dataDirectory: this.#directory, runtimeDirectory, converse }))
  }

  connections(): Record<string, number> {
    const names = this.#process.options.settings.sources.map((it) => it.name)
    return Object.fromEntries(names.map((name) => [name, this.collector.connectionsOf(name)]))
  }

  /** Those of the process, and that the disk of the journal is full. */
  alarms(): Alarm[] {
    const { paused, freeBytes } = this.journal.state()
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
    return [...full, ...this.#process.alarms.values()]
  }

  state(): JournalState {
    return this.journal.state()
  }

  /** Age of the oldest record after these numbers, by source. */
  async oldestSeconds(positions: Iterable<readonly [source: string, number: number]>): Promise<number> {
    const now = Date.now()
    let oldest = now
    for (const [source, position] of positions) {
      const { records } = await this.log.read(source, position, { records: 1, bytes: 1 })
      if (records[0] && records[0].receivedAt < oldest) oldest = records[0].receivedAt
    }
    return (now - oldest) / 1000
  }

  /** Listeners wait for what they handed to the journal: while it waits for space, only its own end lets them go. */
  release(): void {
    if (this.journal.state().paused !== null) void this.journal[Symbol.asyncDispose]().then(undefined, () => undefined)
  }
}

function diskBytes(directory: string): number {
  const { blocks, bsize } = statfsSync(directory)
  return blocks * bsize
}
