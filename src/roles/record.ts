import { requireCluster } from './cluster.ts'
import type { RecordWorkerEvent } from './record-worker.ts'
import { kafkaTrouble, RoleProcess, type RoleOptions, storeAway, untilHealed } from './role-process.ts'
import { storePlace } from './store-place.ts'
import { StoreView } from './store-view.ts'
import { readingsOf, Work } from './work.ts'

/**
 * The role of a cluster that reads records from Kafka and makes calls of them. Any number of these processes share the sources
 * among themselves; each begins where the store says that the last one ended.
 */
export async function record(options: RoleOptions): Promise<void> {
  requireCluster('record', options.settings)
  const it = new RoleProcess(options)
  await using _stack = it.stack
  const { settings, announce } = options
  const topics = Object.fromEntries(settings.sources.map(({ name, topic }) => [name, topic]))
  const work = new Work(storePlace(settings), { kind: 'kafka', kafka: settings.kafka, topics })
  it.stack.use(work)
  it.threads.push(work)
  work.onFailed = it.fail
  work.onRecord = (event) => onRecord(it, event)
  work.onTopic = (event) => onTopic(it, event)
  const view = settings.http ? it.stack.use(new StoreView(it, 'record')) : null
  if (settings.http && view)
    await it.openHttp(settings.http, {
      version: options.version,
      status: () => view.status(),
      tellsOfAll: false,
      dependencies: ['store', 'kafka'],
      notReady: () => view.notReady(),
      journal: null,
    })
  void untilHealed(
    it,
    async () => {
      await work.methods.open()
      // A source that the store does not know gets its first reading; one that it knows otherwise ends the process (R8).
      await work.methods.begin(readingsOf(settings), Date.now())
      await work.methods.record(settings.sources.map((source) => source.name))
      it.calm('store', 'the store answers')
      it.ready()
    },
    (error) => {
      if (!it.alarms.has('store')) announce({ kind: 'store-away', message: error.message })
      it.alarms.set('store', storeAway(error))
    },
  )
  await it.untilOver()
  announce({ kind: 'stopping' })
}

function onRecord(it: RoleProcess, event: Extract<RecordWorkerEvent, { kind: 'record' }>['event']): void {
  const { log } = it.options
  switch (event.kind) {
    case 'passed':
      it.metrics.countSuspect(event.source, event.counts.suspect)
      if (event.counts.quarantined > 0)
        log.warn({ source: event.source, records: event.counts.quarantined }, 'records went to quarantine')
      break
    case 'rolled-back': {
      const { source, journal, number } = event
      log.error({ source, journal, number }, 'a journal was rolled back: it gives numbers again that were passed')
      break
    }
    case 'trouble': {
      const { source, message, details } = event
      it.raise(`store ${source}`, { code: 'store-away', source, message, details })
      break
    }
    case 'recovered':
      it.calm(`store ${event.source}`, 'the store answers again')
      break
    case 'left':
      for (const what of ['store', 'kafka'])
        it.calm(`${what} ${event.source}`, `${event.source} is read by another process now`)
      break
  }
}

function onTopic(it: RoleProcess, event: Extract<RecordWorkerEvent, { kind: 'topic' }>['event']): void {
  const { log } = it.options
  switch (event.kind) {
    case 'cut': {
      const { source, feed, from, to } = event
      log.error({ source, feed, from, to }, 'Kafka no longer had these offsets when they were to be read')
      break
    }
    case 'trouble':
      it.raise(`kafka ${event.source}`, kafkaTrouble(event, event.source))
      break
    case 'recovered':
      it.calm(`kafka ${event.source}`, 'Kafka answers again')
      break
  }
}
