import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FormatName } from '../../src/domain/formats/format-name.ts'
import { freePort } from '../../test/support/ports.ts'
import { archiveOf } from '../archive.ts'
import { median } from '../measure.ts'
import { startSender } from './sender.ts'
import { Topic } from './topic.ts'

/** Where a way from TCP to Kafka begins and ends, and a directory for what it keeps between. */
export interface Target {
  readonly directory: string
  readonly brokers: string
  readonly topic: string
  readonly port: number
}

/** Starts a way for its targets, one for each source; disposing of it ends it. */
export type OpenWay = (targets: readonly Target[]) => Promise<AsyncDisposable>

export interface Load {
  readonly sources: number
  /** Of each source. */
  readonly connections: number
  readonly records: number
}

export interface Run {
  /** Records a second. */
  readonly rate: number
  /** Why the rate says nothing; null: it does. */
  readonly problem: string | null
}

export const format = 'avaya-ip-office' satisfies FormatName
const callsADay = 4000

const fileOf = (records: number): string => archiveOf(format, records, callsADay)

/** From the moment when senders are told to go until all of theirs is acknowledged. */
export async function throughput(brokers: string, load: Load, open: OpenWay): Promise<Run> {
  const directory = mkdtempSync(join(tmpdir(), 'smena-bench-'))
  try {
    return await measure(brokers, directory, load, open)
  } catch (error) {
    return { rate: Number.NaN, problem: error instanceof Error ? error.message : String(error) }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function measure(brokers: string, directory: string, load: Load, open: OpenWay): Promise<Run> {
  const { sources, connections, records } = load
  await using stack = new AsyncDisposableStack()
  const topics: Topic[] = []
  const targets: Target[] = []
  for (let i = 0; i < sources; i++) {
    const topic = stack.use(await Topic.create(brokers))
    topics.push(topic)
    targets.push({ directory, brokers, topic: topic.name, port: await freePort() })
  }
  const all = async (number: number) => (await Promise.all(topics.map((it) => it.reaches(number)))).every(Boolean)
  let rate: number
  let unsent: number[]
  {
    await using _way = await open(targets)
    using senders = new DisposableStack()
    const each = targets.map((it) => senders.use(startSender(fileOf(records), it.port, connections)))
    await Promise.all(each.map((it) => it.ready))
    if (!(await all(connections))) throw new Error('the first lines did not arrive')
    const started = performance.now()
    for (const it of each) it.go()
    if (!(await all(records))) throw new Error(`not all of ${records} records arrived`)
    rate = (sources * (records - connections)) / ((performance.now() - started) / 1000)
    unsent = await Promise.all(each.map((it) => it.unsent))
  }
  // When it has ended no more can come.
  const counts = await Promise.all(topics.map((it) => it.count()))
  const problem = unsent.some((it) => it > 0)
    ? `${unsent.join(' + ')} connections were left unsent`
    : counts.some((it) => it !== records)
      ? `${counts.join(' + ')} records arrived where ${records} were sent`
      : null
  return { rate, problem }
}

export const medianRate = (runs: readonly Run[]): number => median(runs.map((it) => it.rate))

export const problemsOf = (runs: readonly Run[]): readonly string[] => [
  ...new Set(runs.flatMap((it) => it.problem ?? [])),
]

export const runText = ({ rate, problem }: Run): string => problem ?? `${Math.round(rate)}/s`
