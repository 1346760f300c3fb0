/** How throughput grows: with sources, of which each has its topic and its lock, and with processes that record. */
import { collect } from './ours.ts'
import { type Feed, fill, freshDatabase, recordRate } from './record.ts'
import type { Row } from './row.ts'
import { format, medianRate, problemsOf, type Run, runText, throughput } from './throughput.ts'
import { Topic } from './topic.ts'

export interface ScaleOptions {
  readonly brokers: string
  readonly databaseUrl: string
  /** Altogether, whatever the number of sources. */
  readonly forwarded: number
  readonly recorded: number
  readonly rounds: number
}

const sourceCounts = [1, 2, 4]
const recording = [
  { sources: 1, processes: 1 },
  { sources: 1, processes: 2 },
  { sources: 2, processes: 1 },
  { sources: 2, processes: 2 },
  { sources: 4, processes: 1 },
  { sources: 4, processes: 2 },
]

export async function scale(options: ScaleOptions): Promise<readonly Row[]> {
  const { brokers, databaseUrl, rounds } = options
  const runs = new Map<string, Run[]>()
  const keep = (path: string, run: Run) => {
    console.error(`${path}: ${runText(run)}`)
    runs.set(path, [...(runs.get(path) ?? []), run])
  }
  await using stack = new AsyncDisposableStack()
  const feedsOf = new Map<number, readonly Feed[]>()
  for (const sources of sourceCounts) {
    const feeds: Feed[] = []
    for (let i = 0; i < sources; i++) {
      const records = options.recorded / sources
      feeds.push({ topic: stack.use(await Topic.create(brokers)), format, records })
    }
    await fill(brokers, databaseUrl, feeds)
    feedsOf.set(sources, feeds)
  }
  for (let round = 0; round < rounds; round++) {
    for (const sources of sourceCounts) {
      const load = { sources, connections: 10, records: options.forwarded / sources }
      keep(`TCP → Kafka, sources: ${sources}`, await throughput(brokers, load, collect(databaseUrl)))
    }
    for (const { sources, processes } of recording) {
      const url = await freshDatabase(databaseUrl, 'scale')
      const feeds = feedsOf.get(sources) ?? []
      const run = await recordRate({ brokers, databaseUrl: url, feeds, processes })
      keep(`Kafka → PostgreSQL, sources: ${sources}, processes: ${processes}`, run)
    }
  }
  const one = { TCP: 'TCP → Kafka, sources: 1', Kafka: 'Kafka → PostgreSQL, sources: 1, processes: 1' }
  return [...runs].map(([path, found]) => {
    const base = runs.get(path.startsWith('TCP') ? one.TCP : one.Kafka) ?? []
    return {
      path,
      ours: medianRate(found),
      limit: medianRate(base),
      unit: 'records/s',
      reach: null,
      problems: problemsOf([...found, ...base]),
    }
  })
}
