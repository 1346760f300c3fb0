import { askOwner } from '../adapters/owner-socket/ask.ts'
import { openDataDirectory } from '../adapters/data-directory/data-directory.ts'
import type { OwnerRequest } from '../adapters/owner-socket/protocol.ts'
import type { Settings } from '../domain/settings.ts'
import { isCluster, requireCluster } from './cluster.ts'
import { configuredSource, converseAsOwner } from './owner.ts'
import type { AppliedReading } from './record-worker.ts'
import { storePlace } from './store-place.ts'
import { inTurn, type Waiting } from './turns.ts'
import { readingsOf, Work } from './work.ts'
import { worktimeOf } from './worktime.ts'

/**
 * Has a request of a command done (R16): by the process that owns the data directory, or, when nobody does, by this one,
 * which takes the lock, does what is needed and lets go. Several at once take their turns.
 */
export interface RequestOptions {
  readonly settings: Settings
  readonly request: OwnerRequest
  readonly bytes?: () => AsyncIterable<Uint8Array>
  readonly progress?: (progress: unknown) => void
  readonly signal?: AbortSignal
  /** How many calls were given to their people after it: with no other process there, this one does it. */
  readonly attributed?: (calls: number) => void
  /** Told when this process brought the store's reading of a source to the configuration's. */
  readonly applied?: (applied: AppliedReading) => void
  /** Told while another command has the data directory. */
  readonly waits?: Waiting['waits']
}

export async function haveDone(options: RequestOptions): Promise<unknown> {
  // In a cluster whoever owns this machine's data directory has no store: the database is written straight.
  if (isCluster(options.settings)) return doAlone(options, () => undefined)
  const { dataDir: directory } = options.settings
  return inTurn({ directory, signal: options.signal, waits: options.waits }, async (begun) => {
    const answer = await askOwner({ dataDirectory: directory, ...options, connected: begun })
    return answer ? answer.result : doAlone(options, begun)
  })
}

async function doAlone(options: RequestOptions, begun: () => void): Promise<unknown> {
  const { settings, request } = options
  // Before anything is made: a name that is mistyped must leave no trace.
  if ('source' in request && request.source !== null) configuredSource(settings, request.source)
  const cluster = isCluster(settings)
  if (cluster) requireCluster(request.do, settings)
  // Only a name stands in a journal, too.
  await using _directory = cluster && request.do !== 'rename' ? null : await openDataDirectory(settings.dataDir)
  begun()
  await using work = new Work(storePlace(settings), null)
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => undefined)
  work.onFailed = failed.reject
  await work.methods.open()
  // These two are about the readings and names themselves: a renamed source must not be made under its new name before.
  if (request.do !== 'apply' && request.do !== 'rename') {
    const readings = readingsOf(settings)
    if (cluster) await work.methods.begin(readings, Date.now())
    else for (const it of await work.apply(readings, Date.now())) if (it.change === 'new-version') options.applied?.(it)
  }
  const converse = converseAsOwner({
    settings,
    work,
    collector: null,
    refill: null,
    live: () => ({ connections: {}, alarms: [] }),
  })
  const done = converse({
    request,
    ready: () => undefined,
    progress: (it) => options.progress?.(it),
    bytes: options.bytes?.() ?? nothing(),
    signal: options.signal ?? new AbortController().signal,
  })
  const result = await Promise.race([done, failed.promise])
  const signal = options.signal ?? new AbortController().signal
  if (!cluster && changesCalls.has(request.do) && !signal.aborted) {
    const drained = work.drain(worktimeOf(settings), signal, (calls) => options.attributed?.(calls))
    await Promise.race([drained, failed.promise])
  }
  return result
}

/** After these calls may be due for attribution. */
const changesCalls: ReadonlySet<OwnerRequest['do']> = new Set(['import', 'retry', 'replay', 'people', 'legacy'])

async function* nothing(): AsyncGenerator<Uint8Array> {}
