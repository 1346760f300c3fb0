import type { TestContext } from 'node:test'
import { openJournal } from '../../src/adapters/journal-sqlite/journal-sqlite.ts'
import { openJournalLog } from '../../src/adapters/log-journal/log-journal.ts'
import { Cluster } from '../../src/adapters/log-kafka/cluster.ts'
import { KafkaOutlet } from '../../src/adapters/log-kafka/outlet.ts'
import { TopicLog } from '../../src/adapters/log-kafka/topic-log.ts'
import { formats } from '../../src/domain/formats/formats.ts'
import { Collector } from '../../src/pipeline/collect.ts'
import { SourceForwarder } from '../../src/pipeline/forward.ts'
import type { Feed, JournalWriter, LogReader } from '../../src/pipeline/ports.ts'
import { type RecordEvent, SourceRecorder } from '../../src/pipeline/record.ts'
import { Sources } from '../../src/pipeline/sources.ts'
import type { Store } from '../../src/pipeline/store.ts'
import { freshTopic, kafkaMissing, sharedBrokers } from './kafka.ts'
import { settingsOf } from './kafka-log.ts'
import { journalOptions } from '../journal/runs.ts'
import { temporaryDirectory } from './stores.ts'

/**
 * What lies between a collector and the store, each way of it the real one: the journal alone, or the journal, Kafka behind it and
 * the topic's partitions. One suite runs over both.
 */
export interface TestLog {
  readonly collector: Collector
  readonly journal: JournalWriter
  /** What the collector put on the disk. */
  readonly reader: LogReader
  /** Records the source's feeds into the store until `enough`; every feed goes through `seen` first. */
  record(store: Store, enough: () => Promise<boolean>, seen?: (feed: Feed) => Feed): Promise<readonly RecordEvent[]>
}

export const logSource = 'pbx'

export const logs: readonly {
  readonly name: 'journal' | 'kafka'
  readonly skip: string | false
  readonly open: (t: TestContext) => Promise<TestLog>
}[] = [
  { name: 'journal', skip: false, open: openJournalAlone },
  { name: 'kafka', skip: kafkaMissing, open: openTopic },
]

async function openCollected(t: TestContext) {
  const directory = temporaryDirectory(t)
  const journal = await openJournal(journalOptions(directory))
  const reader = await openJournalLog({ directory })
  const close = async () => {
    await reader[Symbol.asyncDispose]()
    await journal[Symbol.asyncDispose]()
  }
  const woken = new Set<() => void>()
  const wake = () => {
    for (const it of woken) it()
  }
  const failed = (error: unknown) => {
    throw error
  }
  const collector = new Collector({ journal, now: Date.now, journaled: wake, failed })
  return { journal, reader, collector, woken, close }
}

async function openJournalAlone(t: TestContext): Promise<TestLog> {
  const { woken, close, ...collected } = await openCollected(t)
  t.after(close)
  return {
    ...collected,
    record: async (store, enough, seen = (feed) => feed) => {
      const recorders = new Recorders(store)
      const wake = recorders.begin(seen(collected.reader))
      woken.add(wake)
      await recorders.until(enough)
      woken.delete(wake)
      return recorders.events
    },
  }
}

async function openTopic(t: TestContext): Promise<TestLog> {
  const topic = await freshTopic(t, 3)
  const settings = settingsOf(await sharedBrokers())
  const { woken, close, ...collected } = await openCollected(t)
  const { journal, reader } = collected
  const cluster = new Cluster(settings, 'smena-test')
  const outlet = new KafkaOutlet({
    cluster,
    journalId: journal.id,
    topicOf: () => topic,
    feedOf: (source, topicId) =>
      journal.feeds().find((it) => it.source === source && it.topicId === topicId)?.partition ?? null,
    keepFeed: (source, topicId, partition) => journal.keepFeed({ source, topicId, partition }),
  })
  const forwarder = new SourceForwarder(logSource, 0, { log: reader, outlet, report: () => undefined })
  woken.add(() => forwarder.wake())
  const forwarding = forwarder.run()
  t.after(async () => {
    forwarder.close()
    await forwarding
    await cluster[Symbol.asyncDispose]()
    await close()
  })
  return {
    ...collected,
    record: async (store, enough, seen = (feed) => feed) => {
      const recorders = new Recorders(store)
      const wakes = new Map<string, () => void>()
      await using _log = new TopicLog({
        cluster: new Cluster(settings, 'smena-test'),
        source: logSource,
        topic,
        opened: (feed) => void wakes.set(feed.id, recorders.begin(seen(feed))),
        closed: () => undefined,
        arrived: (feed) => wakes.get(feed.id)?.(),
        closings: (uids) => reader.closings(uids),
        report: () => undefined,
      })
      await recorders.until(enough)
      return recorders.events
    },
  }
}

/** The loops of one process, as its role runs them. */
class Recorders {
  readonly events: RecordEvent[] = []
  readonly #store: Store
  readonly #running: { readonly recorder: SourceRecorder; readonly done: Promise<void> }[] = []
  readonly #failed = Promise.withResolvers<never>()

  constructor(store: Store) {
    this.#store = store
    this.#failed.promise.catch(() => undefined)
  }

  /** Returns what wakes it. */
  begin(log: Feed): () => void {
    const store = this.#store
    const sources = new Sources(store, formats)
    const report = (event: RecordEvent) => void this.events.push(event)
    const recorder = new SourceRecorder(logSource, { log, store, sources, now: Date.now, report })
    const done = recorder.run()
    done.catch(this.#failed.reject)
    this.#running.push({ recorder, done })
    return () => recorder.wake()
  }

  async until(enough: () => Promise<boolean>): Promise<void> {
    const watch = async () => {
      while (!(await enough())) await new Promise((resolve) => setTimeout(resolve, 5))
    }
    try {
      await Promise.race([watch(), this.#failed.promise])
    } finally {
      for (const { recorder } of this.#running) recorder.close()
      await Promise.all(this.#running.map((it) => it.done))
    }
  }
}
