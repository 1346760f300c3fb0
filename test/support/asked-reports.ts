import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { openRandom } from '../../src/domain/simulation/random.ts'
import type { ReportReading } from '../../src/pipeline/report-reading.ts'
import { ReportFacts } from '../../src/pipeline/reports/facts.ts'
import { type NamedFilter, resolveFilter } from '../../src/pipeline/reports/named-filter.ts'
import { type Check, holds } from '../../src/pipeline/reports/request.ts'
import { openReports } from '../../src/roles/store-place.ts'
import { testSeed } from './days.ts'
import { type ReportWorld, reportWorld } from './report-world.ts'
import type { Engine } from './stores.ts'

export const hour = 3_600_000
const rules = { serviceLevelSeconds: 20, shortSeconds: 5 }

/** The middle of each: a night in which the clock changes, or an ordinary one. */
export const places = [
  ['Europe/Berlin', '2026-10-25T01:00:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T15:00:00Z'],
  ['Pacific/Chatham', '2026-04-04T14:00:00Z'],
  ['Asia/Kathmandu', '2026-05-05T18:15:00Z'],
] as const

const exchanges = [
  { name: 'pbx', plan: 'pbx', site: 'north' },
  { name: 'kro', plan: 'kro', site: 'south' },
  { name: 'new', plan: 'later', site: null },
]

export interface Asked {
  readonly world: ReportWorld
  readonly zone: string
  readonly period: { readonly from: number; readonly to: number }
  readonly now: number
  /** Work after each handled call; 0: as people marked it. */
  readonly perCallSeconds: number
  readonly facts: (named?: NamedFilter, snapshot?: ReportReading) => Promise<ReportFacts>
  readonly reading: ReportReading
  readonly execute: (sql: string) => Promise<void>
}

/** A store with two days of calls around such a night, and what reports ask of it. */
export async function ask(t: TestContext, engine: Engine, [zone, middle]: (typeof places)[number]): Promise<Asked> {
  const it = await engine.open(t)
  const at = Date.parse(middle)
  const nth = places.findIndex(([name]) => name === zone)
  const random = openRandom(testSeed, nth + 70)
  const perCallSeconds = nth % 2 === 0 ? 0 : 30
  const world = await reportWorld(it, random, { from: at - 40 * hour, to: at + 40 * hour, calls: 400 })
  const reading = await openReports(it.place)
  assert.ok(reading)
  t.after(() => reading[Symbol.asyncDispose]())
  const [period, now] = [{ from: at - 13 * hour, to: at + 14 * hour }, at + 30 * hour]
  const facts = async (named: NamedFilter = {}, snapshot: ReportReading = reading) => {
    const filter = await resolveFilter(snapshot, named, exchanges)
    return ReportFacts.open(snapshot, {
      period,
      filter,
      rules,
      zone,
      now,
      shiftAtMostSeconds: 12 * 3600,
      wrapUpSeconds: perCallSeconds,
    })
  }
  return { world, zone, period, now, perCallSeconds, facts, reading, execute: it.execute }
}

export const assertChecks = (checks: readonly Check[], message: string) => {
  for (const check of checks) assert.ok(holds(check), `${message}: ${JSON.stringify(check)}`)
}
