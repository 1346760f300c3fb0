/** TCP → Kafka acknowledged, ours against what else there is, in rounds that take turns. */
import { collect } from './ours.ts'
import { rsyslogDisk, rsyslogMemory, seed, seedAsItStood, syslogNg } from './peers.ts'
import type { Program } from './process.ts'
import type { Row } from './row.ts'
import { medianRate, type OpenWay, problemsOf, type Run, runText, type Target, throughput } from './throughput.ts'

export interface ForwardOptions {
  readonly brokers: string
  readonly databaseUrl: string
  readonly records: number
  readonly rounds: number
  /** Names of ways; empty: all. */
  readonly only: readonly string[]
}

interface Way {
  readonly name: string
  readonly open: (databaseUrl: string) => OpenWay
  /** Rates are compared: a slow one need not send as much. */
  readonly share: number
  readonly connections: readonly number[]
  /** How much faster ours has to be; null for ours. */
  readonly reach: number | null
}

const alone =
  (open: (target: Target) => Promise<Program>): Way['open'] =>
  () =>
  ([target]) =>
    open(target as Target)

const counts = [1, 10, 200]
const ways: readonly Way[] = [
  { name: 'ours', open: collect, share: 1, connections: counts, reach: null },
  { name: 'rsyslog-disk', open: alone(rsyslogDisk), share: 0.5, connections: counts, reach: 1.3 },
  { name: 'syslog-ng', open: alone(syslogNg), share: 0.5, connections: counts, reach: 1.1 },
  { name: 'rsyslog-memory', open: alone(rsyslogMemory), share: 1, connections: counts, reach: 0.3 },
  { name: 'seed', open: alone(seed), share: 0.01, connections: [1, 10], reach: 100 },
  { name: 'seed-leader', open: alone(seedAsItStood), share: 0.01, connections: [1, 10], reach: null },
]
export const wayNames: readonly string[] = ways.map((it) => it.name)

const titles: Readonly<Record<string, string>> = {
  'rsyslog-disk': 'rsyslog, disk queue',
  'syslog-ng': 'syslog-ng, reliable disk buffer',
  'rsyslog-memory': 'rsyslog, memory queue',
  seed: 'a process and a flush a line',
  'seed-leader': 'the same that waits for the leader alone',
}

export async function forward(options: ForwardOptions): Promise<readonly Row[]> {
  const { brokers, databaseUrl, rounds, only } = options
  const wanted = ways.filter((it) => only.length === 0 || only.includes(it.name))
  const run = (way: Way, connections: number, records: number) =>
    throughput(brokers, { sources: 1, connections, records }, way.open(databaseUrl))
  // Brokers that were started just now are slow, and so is whoever measures.
  for (const way of wanted) await run(way, 10, Math.round((options.records * way.share) / 4))
  const runs = new Map<string, Run[]>()
  for (let round = 0; round < rounds; round++) {
    for (const connections of counts) {
      for (const way of wanted.filter((it) => it.connections.includes(connections))) {
        const found = await run(way, connections, Math.round(options.records * way.share))
        console.error(`round ${round + 1}, ${connections} connections, ${way.name}: ${runText(found)}`)
        const key = `${way.name} ${connections}`
        runs.set(key, [...(runs.get(key) ?? []), found])
      }
    }
  }
  return counts.flatMap((connections) => {
    const ours = runs.get(`ours ${connections}`)
    if (!ours) return []
    return wanted.flatMap(({ name, reach }): readonly Row[] => {
      const theirs = runs.get(`${name} ${connections}`)
      if (name === 'ours' || !theirs) return []
      return [
        {
          path: `TCP → Kafka, ${connections} connections, against ${titles[name]}`,
          ours: medianRate(ours),
          limit: medianRate(theirs),
          unit: 'records/s',
          reach,
          problems: problemsOf([...ours, ...theirs]),
        },
      ]
    })
  })
}
