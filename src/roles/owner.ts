import type { OwnerConversation } from '../adapters/owner-socket/serve.ts'
import { SmenaError } from '../domain/errors.ts'
import { formats } from '../domain/formats/formats.ts'
import type { QuarantineReason } from '../domain/record.ts'
import type { Settings, SourceSettings } from '../domain/settings.ts'
import type { Collector } from '../pipeline/collect.ts'
import type { Alarm } from '../pipeline/status.ts'
import type { ReadingToApply } from './record-worker.ts'
import type { Work } from './work.ts'

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
export function converseAsOwner(options: {
  readonly settings: Settings
  readonly work: Work
  /** Null: this owner collects nothing. */
  readonly collector: Collector | null
  readonly live: () => LiveFacts
}): (conversation: OwnerConversation) => Promise<unknown> {
  const { settings, work, collector } = options
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
        ready()
        return work.import({ source, format, name: request.name }, bytes, signal, progress)
      }
      case 'retry': {
        const { source, reason, ids, asRecord } = request
        if (source !== null) sourceNamed(source)
        if (asRecord) return work.retryAsRecord(ids?.[0] ?? 0)
        const filter = { source, reason: reason as QuarantineReason | null, recordIds: ids }
        return work.retry(filter, signal, progress)
      }
      case 'replay':
        return work.replay(
          { source: sourceNamed(request.source).name, from: request.from, to: request.to },
          signal,
          progress,
        )
      case 'rename':
        if (collector) throw new SmenaError('rename-while-running', { old: request.old, new: request.new })
        return work.methods.rename(settings.dataDir, request.old, request.new)
      case 'apply':
        return work.apply(request.readings as readonly ReadingToApply[], Date.now())
    }
  }
}
