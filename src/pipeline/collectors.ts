import type { Interval } from '../domain/intervals.ts'
import type { Alarm } from './alarm.ts'

/**
 * What each collector of a cluster publishes every second, so that its numbers are known everywhere although its journal is
 * on its own machine (R12).
 */
export interface CollectorNumbers {
  /** Id of its journal. */
  readonly journal: string
  /** Milliseconds since 1970. */
  readonly asOf: number
  /** Name of its machine. */
  readonly host: string
  readonly sources: Readonly<Record<string, PublishedSource>>
  /** Some of the deliveries that were closed, and when; others with the numbers before and after. */
  readonly closings: Readonly<Record<string, number>>
  readonly alarms: readonly Alarm[]
  /** Its last word: it was asked to end and takes nothing more. An older collector does not say so. */
  readonly hasEnded: boolean
}

export interface CollectedSource {
  /** Numbers given: 1 … given. */
  readonly given: number
  /** Those that Kafka has not acknowledged yet. */
  readonly unforwarded: number
  readonly connections: number
}

/** With the topic that its records go to: what tells the sources of two installations in one cluster apart. */
interface PublishedSource extends CollectedSource {
  readonly topic: string
}

/** Offsets of a partition that its topic keeps, `to` exclusive. */
export interface KeptOffsets {
  readonly feed: string
  readonly from: number
  readonly to: number
}

/** Those collectors, and those of their sources, whose records go to these topics, by source. */
export function collectorsOf(
  all: readonly CollectorNumbers[],
  topics: Readonly<Record<string, string>>,
): readonly CollectorNumbers[] {
  return all.flatMap((it) => {
    const ours = Object.entries(it.sources).filter(([name, { topic }]) => topics[name] === topic)
    return ours.length > 0 ? [{ ...it, sources: Object.fromEntries(ours) }] : []
  })
}

/** The topic is open to whoever may write to the cluster: what is not of this shape is nobody's numbers. */
export function readCollectorNumbers(text: string): CollectorNumbers | null {
  let found: unknown
  try {
    found = JSON.parse(text)
  } catch {
    return null
  }
  if (!isObject(found)) return null
  const { journal, asOf, host, sources, closings, alarms } = found
  if (typeof journal !== 'string' || !/^[0-9a-f]{32}$/u.test(journal) || !isCount(asOf) || typeof host !== 'string')
    return null
  if (!isObject(sources) || !isObject(closings) || !Array.isArray(alarms)) return null
  const isSource = (it: unknown): it is PublishedSource =>
    isObject(it) &&
    typeof it['topic'] === 'string' &&
    isCount(it['given']) &&
    isCount(it['unforwarded']) &&
    isCount(it['connections'])
  if (!Object.values(sources).every(isSource) || !Object.values(closings).every(isCount) || !alarms.every(isAlarm))
    return null
  const hasEnded = found['hasEnded'] === true
  const ours = sources as CollectorNumbers['sources']
  return { journal, asOf, host, sources: ours, closings: closings as never, alarms, hasEnded }
}

/** Nobody waits for it and nothing waits in it. */
export const isDone = ({ hasEnded, sources }: CollectorNumbers): boolean =>
  hasEnded && Object.values(sources).every((it) => it.unforwarded === 0)

const isObject = (it: unknown): it is Record<string, unknown> =>
  typeof it === 'object' && it !== null && !Array.isArray(it)
const isCount = (it: unknown): it is number => Number.isSafeInteger(it) && (it as number) >= 0
const isAlarm = (it: unknown): it is Alarm =>
  isObject(it) &&
  typeof it['code'] === 'string' &&
  typeof it['message'] === 'string' &&
  (it['source'] === null || typeof it['source'] === 'string') &&
  isObject(it['details'])

/** Numbers of a journal that were given and not passed. */
export function unpassed(given: number, generations: readonly (readonly Interval[])[]): number {
  let passed = 0
  let below = Number.POSITIVE_INFINITY
  // What an older generation has from the beginning of a newer one on was given a second time.
  for (const intervals of generations.toReversed()) {
    for (const { from, to } of intervals) {
      const end = Math.min(to, given, below - 1)
      if (end >= from) passed += end - from + 1
    }
    below = Math.min(below, intervals[0]?.from ?? below)
  }
  return Math.max(0, given - passed)
}
