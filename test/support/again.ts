import { formats } from '../../src/domain/formats/formats.ts'
import type { Formats } from '../../src/pipeline/readings.ts'
import { type ReplayCounts, replay } from '../../src/pipeline/replay.ts'
import { type QuarantineFilter, type RetryCounts, retry, retryAsRecord } from '../../src/pipeline/retry.ts'
import { Sources } from '../../src/pipeline/sources.ts'
import type { Store } from '../../src/pipeline/store.ts'

const optionsFor = (store: Store, known: Formats = formats) => ({
  store,
  sources: new Sources(store, known),
  now: Date.now,
})

/** Replays a source; `progress` may end it after a chunk by what it throws into the signal's controller. */
export const replayAll = (
  store: Store,
  source: string,
  options: {
    from?: number
    to?: number
    signal?: AbortSignal
    progress?: (done: ReplayCounts) => void
    formats?: Formats
  } = {},
): Promise<ReplayCounts> =>
  replay({
    ...optionsFor(store, options.formats),
    source,
    from: options.from ?? null,
    to: options.to ?? null,
    signal: options.signal ?? new AbortController().signal,
    progress: options.progress ?? (() => undefined),
  })

export const retryAll = (
  store: Store,
  filter: Partial<QuarantineFilter> = {},
  known: Formats = formats,
): Promise<RetryCounts> =>
  retry({
    ...optionsFor(store, known),
    filter: { source: null, reason: null, recordIds: null, ...filter },
    signal: new AbortController().signal,
    progress: () => undefined,
  })

export const readByHand = (store: Store, recordId: number): Promise<RetryCounts> =>
  retryAsRecord(optionsFor(store), recordId)
