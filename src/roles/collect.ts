import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { openDataDirectory } from '../adapters/data-directory/data-directory.ts'
import { SmenaError } from '../domain/errors.ts'
import type { CollectedSource, CollectorNumbers } from '../pipeline/collectors.ts'
import type { Process } from '../api/ports.ts'
import { journalFileName } from '../pipeline/journal-entry.ts'
import type { Alarm } from '../pipeline/alarm.ts'
import { answered, atMost, delay } from './at-most.ts'
import { Collecting } from './collecting.ts'
import type { ForwardWorker, ForwardWorkerData, ForwardWorkerEvent } from './forward-worker.ts'
import { kafkaTrouble, RoleProcess, type RoleOptions, threadFile } from './role-process.ts'
import { requireCluster, requireReadings } from './cluster.ts'
import { asError, startThread, type Thread } from './thread.ts'

/**
 * The receiving role of a cluster: listeners → journal → Kafka, and every second its numbers to the other roles (R12). It
 * begins and goes on without Kafka and without the store: what it takes waits in the journal.
 */
const publishMs = 1000
const publishAtMostMs = 12_000
/** Leaders are elected within seconds: only what lasts is told. */
const toldAfterMs = 3000
const safetyMs = 60_000
const closeAtMostMs = 3000
const lastWordMs = 1500
/** What was just taken is on its way to Kafka. */
const lastRecordsMs = 500
/**
 * Ends of deliveries that are told at a time: the newest at once, and in turn, over and over, all that the journal keeps. Nobody
 * says that he has heard of one, and whoever reads may have been away for days.
 */
const closingsTold = { newest: 50, inTurn: 150 }

export async function collect(options: RoleOptions): Promise<void> {
  requireCluster('collect', options.settings)
  await using stack = new AsyncDisposableStack()
  const directory = stack.use(await openDataDirectory(options.settings.dataDir))
  const collecting = new CollectRole(new RoleProcess(options), directory.path)
  stack.defer(() => collecting.stop())
  await collecting.start()
  await collecting.untilOver()
  options.announce({ kind: 'stopping' })
}

/** What is to be sent again: the journal's numbers of a source, `to` null for all from there on. */
export interface Refill {
  readonly source: string
  readonly from: number
  readonly to: number | null
  readonly progress: (it: unknown) => void
}

/**
 * The same without a listener, for as long as it takes to send records again: where no collector runs (R16). What waits in the
 * journal is forwarded meanwhile, too. Null: there is no journal here.
 */
export async function forwardAlone(options: RoleOptions, refill: Refill): Promise<{ readonly records: number } | null> {
  const { dataDir } = options.settings
  if (!existsSync(join(dataDir, journalFileName))) return null
  await using stack = new AsyncDisposableStack()
  const directory = stack.use(await openDataDirectory(dataDir))
  const collecting = new CollectRole(new RoleProcess(options), directory.path)
  stack.defer(() => collecting.stop())
  return await collecting.forward(refill)
}

const isOfKafka = (code: Alarm['code']): boolean => code.startsWith('kafka-') || code === 'numbers-unpublished'

class CollectRole {
  readonly #it: RoleProcess
  readonly #directory: string
  #collecting: Collecting | null = null
  #forward: Thread<ForwardWorker, ForwardWorkerEvent> | null = null
  readonly #forwarded = new Map<string, number>()
  /** Place in the journal up to which ends of deliveries were told in turn. */
  #toldTo = 0
  #publishing: Promise<void> = Promise.resolve()
  readonly #refills = new Map<number, (progress: unknown) => void>()
  #works = 0
  #isStopping = false

  constructor(it: RoleProcess, directory: string) {
    this.#it = it
    this.#directory = directory
  }

  untilOver(): Promise<void> {
    return this.#it.untilOver()
  }

  async start(): Promise<void> {
    const { settings, announce } = this.#it.options
    await requireReadings(this.#it)
    const collecting = await this.#open()
    announce({ kind: 'data', directory: this.#directory, store: 'postgres' })
    await collecting.listenAll()
    await collecting.openOwnerSocket({ work: null, refill: (...given) => this.#refill(...given) })
    if (settings.http) await this.#it.openHttp(settings.http, this.#process(collecting))
    this.#it.ready()
    void this.#publishAll(collecting)
    void this.#watchTopics()
  }

  async forward({ source, from, to, progress }: Refill): Promise<{ readonly records: number }> {
    await this.#open()
    const refilled = this.#refill(source, from, to, this.#it.options.signal, progress)
    return Promise.race([refilled, this.#it.untilOver().then(() => refilled)])
  }

  async #open(): Promise<Collecting> {
    const collecting = await Collecting.open({
      process: this.#it,
      directory: this.#directory,
      journaled: (source) => void this.#forward?.methods.wake(source).catch(() => undefined),
    })
    this.#collecting = collecting
    this.#it.stack.defer(() => this.#stopForwarding(collecting))
    await this.#startForwarding(collecting)
    return collecting
  }

  async #startForwarding({ journal, log }: Collecting): Promise<void> {
    const { settings } = this.#it.options
    const names = new Set([...settings.sources.map((it) => it.name), ...(await log.sources())])
    const data: ForwardWorkerData = {
      directory: this.#directory,
      kafka: settings.kafka,
      topics: Object.fromEntries(settings.sources.map((it) => [it.name, it.topic])),
      feeds: journal.feeds(),
    }
    const thread = startThread<ForwardWorker, ForwardWorkerEvent>(threadFile('forward-worker'), data, {
      heapMegabytes: 128,
      // Two batches live at a time: they are not to be copied from one half to the other meanwhile.
      youngMegabytes: 48,
    })
    this.#forward = thread
    this.#it.threads.push(thread)
    thread.onEvent = (event) => this.#onForward(event)
    void thread.ended.then((cause) => {
      if (cause && !this.#isStopping) this.#it.fail(cause)
    })
    await thread.methods.open(journal.id, [...names])
    for (const [source, number] of Object.entries(await thread.methods.positions())) this.#forwarded.set(source, number)
  }

  #onForward(event: ForwardWorkerEvent): void {
    const journal = this.#collecting?.journal
    switch (event.kind) {
      case 'forwarded':
        this.#forwarded.set(event.source, event.number)
        journal?.settle(event.source, event.number)
        break
      case 'keep-feed': {
        const { source, topicId } = event.feed
        journal?.keepFeed(event.feed).then(
          () => this.#forward?.methods.feedKept(source, topicId),
          (error: unknown) => {
            // A journal that closes keeps nothing more: the choice is made again at the next start.
            if (!this.#isStopping) this.#it.fail(error)
          },
        )
        break
      }
      case 'trouble':
        this.#it.raise(`kafka ${event.source}`, kafkaTrouble(event, event.source))
        break
      case 'recovered':
        this.#it.calm(`kafka ${event.source}`, `records of ${event.source} are forwarded again`)
        break
      case 'refilled':
        this.#refills.get(event.work)?.({ records: event.records })
        break
      case 'failed':
        this.#it.fail(asError(event.error))
        break
    }
  }

  async #refill(
    source: string,
    from: number,
    to: number | null,
    signal: AbortSignal,
    progress: (it: unknown) => void,
  ): Promise<{ readonly records: number }> {
    const collecting = this.#collecting
    const methods = this.#forward?.methods
    if (!collecting || !methods) throw new SmenaError('no-owner', { directory: this.#directory })
    const work = ++this.#works
    const stop = () => void methods.stopRefill(work).catch(() => undefined)
    this.#refills.set(work, progress)
    try {
      const end = to ?? (await collecting.journal.given()).get(source) ?? 0
      const refilled = methods.refill(work, collecting.journal.id, source, from, end)
      signal.addEventListener('abort', stop)
      if (signal.aborted) stop()
      return { records: await refilled }
    } finally {
      signal.removeEventListener('abort', stop)
      this.#refills.delete(work)
    }
  }

  async #sources({ journal, collector }: Collecting): Promise<Record<string, CollectedSource>> {
    const given = await journal.given()
    const names = new Set([...this.#it.options.settings.sources.map((it) => it.name), ...given.keys()])
    return Object.fromEntries(
      [...names].map((name) => {
        const number = given.get(name) ?? 0
        const unforwarded = Math.max(0, number - (this.#forwarded.get(name) ?? 0))
        return [name, { given: number, unforwarded, connections: collector.connectionsOf(name) }]
      }),
    )
  }

  /** Other hosts see this collector by its numbers alone: that they do not see them must be told here. */
  async #publishAll(collecting: Collecting): Promise<void> {
    for (let since: number | null = null; !this.#isStopping; await delay(publishMs)) {
      try {
        this.#publishing = this.#publish(collecting, false)
        await answered(publishAtMostMs, this.#publishing, 'kafka-away')
        since = null
        this.#it.calm('numbers', 'the numbers of this collector are published again')
      } catch (error) {
        if (this.#isStopping) return
        if (!(error instanceof SmenaError)) return this.#it.fail(error)
        since ??= performance.now()
        if (performance.now() - since < toldAfterMs) continue
        this.#it.raise('numbers', {
          code: 'numbers-unpublished',
          source: null,
          message: `the numbers of this collector are not published: ${error.message}`,
          details: { ...error.details, error: error.code },
        })
      }
    }
  }

  async #publish(collecting: Collecting, hasEnded: boolean): Promise<void> {
    const { settings } = this.#it.options
    const { log } = collecting
    const newest = await log.newestClosings(closingsTold.newest)
    const inTurn = await log.closingsInTurn(this.#toldTo, closingsTold.inTurn)
    const numbers: CollectorNumbers = {
      journal: collecting.journal.id,
      asOf: Date.now(),
      host: hostname(),
      sources: Object.fromEntries(
        Object.entries(await this.#sources(collecting)).map(([name, it]) => {
          const topic = settings.sources.find((source) => source.name === name)?.topic ?? name
          return [name, { ...it, topic }]
        }),
      ),
      closings: Object.fromEntries([...inTurn.closings, ...newest]),
      alarms: collecting.alarms(),
      hasEnded,
    }
    await this.#forward?.methods.publish(numbers)
    this.#toldTo = inTurn.place
  }

  async #watchTopics(): Promise<void> {
    for (; !this.#isStopping; await delay(safetyMs)) {
      try {
        const unsafe = (await this.#forward?.methods.unsafe()) ?? []
        const keys = new Set(unsafe.map(({ topic, key }) => `topic ${topic} ${key}`))
        for (const { topic, key, found, expected } of unsafe)
          this.#it.raise(`topic ${topic} ${key}`, {
            code: 'topic-unsafe',
            source: null,
            message: `topic ${topic} has ${key} ${found}, expected ${expected}`,
            details: { topic, key, found, expected },
          })
        for (const key of this.#it.alarms.keys())
          if (key.startsWith('topic ') && !keys.has(key)) this.#it.calm(key, `${key} is as it should be`)
      } catch (error) {
        if (this.#isStopping) return
        // Asked again; that Kafka is away is told by the records that wait for it.
        if (!(error instanceof SmenaError)) return this.#it.fail(error)
      }
    }
  }

  #process(collecting: Collecting): Process {
    const { version } = this.#it.options
    return {
      version,
      status: null,
      tellsOfAll: false,
      dependencies: ['kafka'],
      // Without Kafka it takes records all the same.
      notReady: () => [],
      down: () => (this.#it.alarms.values().some(({ code }) => isOfKafka(code)) ? ['kafka'] : []),
      journal: {
        state: () => collecting.state(),
        oldestSeconds: () => collecting.oldestSeconds(this.#forwarded),
      },
      collected: () => this.#sources(collecting),
    }
  }

  /** What was journaled before its time is over is forwarded at the next start. */
  async #stopForwarding(collecting: Collecting): Promise<void> {
    if (!this.#forward) return
    if (!this.#it.alarms.has('numbers')) await atMost(lastWordMs, this.#sayLastWord(collecting))
    await atMost(closeAtMostMs, this.#forward.methods.close())
    await this.#forward.terminate()
  }

  /** Who was asked to end is not missed, unless something waits in the journal; who broke is. */
  async #sayLastWord(collecting: Collecting): Promise<void> {
    const { signal } = this.#it.options
    const until = performance.now() + lastRecordsMs
    while (performance.now() < until && (await this.#unforwarded(collecting)) > 0) await delay(20)
    // One that was begun before must not come after.
    await this.#publishing.catch(() => undefined)
    await this.#publish(collecting, signal.aborted)
  }

  async #unforwarded(collecting: Collecting): Promise<number> {
    return Object.values(await this.#sources(collecting)).reduce((sum, it) => sum + it.unforwarded, 0)
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    this.#collecting?.release()
    await this.#it.stack.disposeAsync()
  }
}
