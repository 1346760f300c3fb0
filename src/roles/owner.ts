import type { OwnerConversation } from '../adapters/owner-socket/serve.ts'
import { SmenaError } from '../domain/errors.ts'
import { formats } from '../domain/formats/formats.ts'
import type { QuarantineReason } from '../domain/record.ts'
import type { Settings, SourceSettings } from '../domain/settings.ts'
import type { Collector } from '../pipeline/collect.ts'
import type { Alarm } from '../pipeline/alarm.ts'
import type { ReadingToApply } from './record-worker.ts'
import type { Work } from './work.ts'
import { worktimeOf } from './worktime.ts'

/** What only the running process knows: shown by `status` beside what the store and the journal say. */
export interface LiveFacts {
  readonly connections: Readonly<Record<string, number>>
  readonly alarms: readonly Alarm[]
}

/** Throws `source-unknown` for a name that is not in the configuration. */
export function configuredSource(settings: Settings, name: string): SourceSettings {
  const source = settings.sources.find((it) => it.name === name)
  const known = settings.sources.map((it) => it.name).join(', ') || '–'
  if (!source) throw new SmenaError('source-unknown', { source: name, known })
  return source
}

/** Answers what commands of this machine ask of the process that owns the data directory (R16). */
export interface OwnerParts {
  readonly settings: Settings
  /** Null: this owner has no store. */
  readonly work: Work | null
  /** Null: this owner collects nothing. */
  readonly collector: Collector | null
  /** Null: this owner forwards nothing. */
  readonly refill:
    | ((
        source: string,
        from: number,
        to: number | null,
        signal: AbortSignal,
        progress: (it: unknown) => void,
      ) => Promise<unknown>)
    | null
  readonly live: () => LiveFacts
}

export function converseAsOwner(options: OwnerParts): (conversation: OwnerConversation) => Promise<unknown> {
  const { settings, collector, refill } = options
  const work = () => {
    if (!options.work) throw new SmenaError('owner-collects', { directory: settings.dataDir })
    return options.work
  }
  const sourceNamed = (name: string) => configuredSource(settings, name)
  return async ({ request, ready, progress, bytes, signal }) => {
    switch (request.do) {
      case 'status':
        return options.live()
      case 'stdin': {
        const { name, format } = sourceNamed(request.source)
        if (!collector) throw new SmenaError('no-owner', { directory: settings.dataDir })
        const intake = collector.open(name, formats[format], 'stdin', request.peer)
        try {
          ready()
          const pieces = bytes[Symbol.asyncIterator]()
          for (;;) {
            // Nothing is read that cannot be journaled.
            await intake.ready()
            const piece = await pieces.next()
            if (piece.done) break
            intake.push(piece.value)
          }
        } finally {
          await intake.end('cut')
        }
        return null
      }
      case 'import': {
        const { name: source, format } = sourceNamed(request.source)
        const importing = work()
        ready()
        return importing.import({ source, format, name: request.name }, bytes, signal, progress)
      }
      case 'retry': {
        const { source, reason, ids, asRecord } = request
        if (source !== null) sourceNamed(source)
        if (asRecord) return work().retryAsRecord(ids?.[0] ?? 0)
        const filter = { source, reason: reason as QuarantineReason | null, recordIds: ids }
        return work().retry(filter, signal, progress)
      }
      case 'replay':
        return work().replay(
          { source: sourceNamed(request.source).name, from: request.from, to: request.to },
          signal,
          progress,
        )
      case 'legacy': {
        const { plan } = sourceNamed(request.source)
        const { timezone, breaks, dryRun } = request
        const importing = work()
        ready()
        return importing.legacy({ timezone, plan, breaks, dryRun, now: Date.now() }, bytes, signal, progress)
      }
      case 'rename':
        if (collector) throw new SmenaError('rename-while-running', { old: request.old, new: request.new })
        return work().methods.rename(settings.dataDir, request.old, request.new)
      case 'forward': {
        const { name } = sourceNamed(request.source)
        if (!refill) throw new SmenaError('cluster-incomplete', { role: 'forward', missing: 'Kafka brokers' })
        return refill(name, request.from, request.to, signal, progress)
      }
      case 'people':
        return work().methods.people(request.told, worktimeOf(settings))
      case 'apply':
        return work().apply(request.readings as readonly ReadingToApply[], Date.now())
    }
  }
}
