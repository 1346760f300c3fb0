import { SmenaError } from '../../src/domain/errors.ts'
import { formats } from '../../src/domain/formats/formats.ts'
import type { LogReader } from '../../src/pipeline/ports.ts'
import type { Formats } from '../../src/pipeline/readings.ts'
import { type RecordEvent, SourceRecorder } from '../../src/pipeline/record.ts'
import { Sources } from '../../src/pipeline/sources.ts'
import type { Store } from '../../src/pipeline/store.ts'

/** One recorder among several, as another process would run it: with readings that it has read for itself. */
export interface Recording {
  readonly store: Store
  readonly log: LogReader
  readonly source: string
  /** Records of a batch at most. */
  readonly limit?: () => number
  readonly formats?: Formats
}

const healsWithinMs = 10_000
const pause = () => new Promise((resolve) => setTimeout(resolve, 5))

/** Runs recorders side by side until every log has been passed to its end, by whichever of them. */
export async function recordTogether(recordings: readonly Recording[]): Promise<RecordEvent[]> {
  const events: RecordEvent[] = []
  const ready = Promise.withResolvers<void>()
  const running = recordings.map(({ store, log, source, limit, formats: known }) => {
    const sources = new Sources(store, known ?? formats)
    const limited: LogReader = {
      id: log.id,
      sources: () => log.sources(),
      given: () => log.given(),
      settled: () => log.settled(),
      closings: (uids) => log.closings(uids),
      read: (name, after, limits) => log.read(name, after, { ...limits, records: limit?.() ?? limits.records }),
      [Symbol.asyncDispose]: async () => {},
    }
    const allPassed = async () => {
      try {
        const row = (await store.sources()).find((it) => it.name === source)
        return row && (await store.position(row.id, log.id)) >= ((await log.given()).get(source) ?? 0)
      } catch (error) {
        // Whether the store is away is the recorders' business.
        if (error instanceof SmenaError && error.remedy === 'retry') return false
        throw error
      }
    }
    const report = (event: RecordEvent) => void events.push(event)
    const recorder = new SourceRecorder(source, { log: limited, store, sources, now: Date.now, report })
    const done = recorder.run()
    done.catch(ready.reject)
    return { recorder, done, allPassed }
  })
  // A batch whose commit was not answered is in the store before its recorder knows, who may be in trouble still.
  const isInTrouble = () => {
    const count = (kind: RecordEvent['kind']) => events.filter((it) => it.kind === kind).length
    return count('trouble') > count('recovered')
  }
  const watch = async () => {
    for (const { allPassed } of running) while (!(await allPassed())) await pause()
    for (const end = performance.now() + healsWithinMs; isInTrouble() && performance.now() < end; ) await pause()
  }
  try {
    await Promise.race([watch(), ready.promise])
  } finally {
    for (const { recorder } of running) recorder.close()
    await Promise.allSettled(running.map(({ done }) => done))
  }
  return events
}
