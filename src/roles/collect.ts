import { hostname } from 'node:os'
import { openDataDirectory } from '../adapters/data-directory/data-directory.ts'
import { SmenaError } from '../domain/errors.ts'
import type { CollectedSource, CollectorNumbers } from '../pipeline/collectors.ts'
import type { Process } from '../api/ports.ts'
import { atMost, delay } from './at-most.ts'
import { Collecting } from './collecting.ts'
import type { ForwardWorker, ForwardWorkerData, ForwardWorkerEvent } from './forward-worker.ts'
import { RoleProcess, type RoleOptions, threadFile } from './role-process.ts'
import { requireCluster, requireReadings } from './cluster.ts'
import { startThread, type Thread } from './thread.ts'

/**
 * The receiving role of a cluster: listeners → journal → Kafka, and every second its numbers to the other roles (R12). It
 * begins and goes on without Kafka and without the store: what it takes waits in the journal.
 */
const publishMs = 1000
const publishAtMostMs = 12_000
const safetyMs = 60_000
const closeAtMostMs = 4000
const lastWordMs = 1000
const closingsKept = { ms: 3_600_000, number: 200 }

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

class CollectRole {
  readonly #it: RoleProcess
  readonly #directory: string
  #collecting: Collecting | null = null
  #forward: Thread<ForwardWorker, ForwardWorkerEvent> | null = null
  readonly #forwarded = new Map<string, number>()
  readonly #closings = new Map<string, number>()
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
    const collecting = await Collecting.open({
      process: this.#it,
      directory: this.#directory,
      journaled: (source) => void this.#forward?.methods.wake(source).catch(() => undefined),
      closed: (uid, at) => this.#closed(uid, at),
    })
    this.#collecting = collecting
    announce({ kind: 'data', directory: this.#directory, store: 'postgres' })
    this.#it.stack.defer(() => this.#stopForwarding(collecting))
    await this.#startForwarding(collecting)
    await collecting.listenAll()
    await collecting.openOwnerSocket({ work: null, refill: (...given) => this.#refill(...given) })
    if (settings.http) await this.#it.openHttp(settings.http, this.#process(collecting))
    announce({ kind: 'ready' })
    void this.#publishAll(collecting)
    void this.#watchTopics()
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
    })
    this.#forward = thread
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
      case 'trouble': {
        const { source, message, details } = event
        this.#it.raise(`kafka ${source}`, { code: 'kafka-away', source, message, details })
        break
      }
      case 'recovered':
        this.#it.calm(`kafka ${event.source}`, `records of ${event.source} are forwarded again`)
        break
      case 'refilled':
        this.#refills.get(event.work)?.({ records: event.records })
        break
      case 'failed':
        this.#it.fail(new Error(event.message))
        break
    }
  }

  async #refill(
    source: string,
    from: number,
    to: number | null,
    progress: (it: unknown) => void,
  ): Promise<{ readonly records: number }> {
    const collecting = this.#collecting
    if (!collecting || !this.#forward) throw new SmenaError('no-owner', { directory: this.#directory })
    const work = ++this.#works
    this.#refills.set(work, progress)
    try {
      const end = to ?? (await collecting.journal.given()).get(source) ?? 0
      return { records: await this.#forward.methods.refill(work, collecting.journal.id, source, from, end) }
    } finally {
      this.#refills.delete(work)
    }
  }

  #closed(uid: string, at: number): void {
    this.#closings.set(uid, at)
    for (const [old, closedAt] of this.#closings) {
      if (this.#closings.size <= closingsKept.number && at - closedAt < closingsKept.ms) break
      this.#closings.delete(old)
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

  async #publishAll(collecting: Collecting): Promise<void> {
    while (!this.#isStopping) {
      await this.#publish(collecting, publishAtMostMs)
      await delay(publishMs)
    }
  }

  /** Kafka that is away is told by the records that wait for it. */
  async #publish(collecting: Collecting, ms: number): Promise<void> {
    const { settings } = this.#it.options
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
      closings: Object.fromEntries(this.#closings),
      alarms: collecting.alarms(),
    }
    await atMost(ms, this.#forward?.methods.publish(numbers) ?? Promise.resolve())
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
        // Asked again; that Kafka is away is told by the records that wait for it.
        if (!(error instanceof SmenaError)) return
      }
    }
  }

  #process(collecting: Collecting): Process {
    const { version } = this.#it.options
    return {
      version,
      status: null,
      dependencies: ['kafka'],
      // Without Kafka it takes records all the same.
      notReady: () => [],
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
    await this.#publish(collecting, lastWordMs)
    await atMost(closeAtMostMs, this.#forward.methods.close())
    await this.#forward.terminate()
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    this.#collecting?.release()
    await this.#it.stack.disposeAsync()
  }
}
