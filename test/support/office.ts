import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { ReportFacts } from '../../src/pipeline/reports/facts.ts'
import { type NamedFilter, resolveFilter } from '../../src/pipeline/reports/named-filter.ts'
import type { ReportRequest } from '../../src/pipeline/reports/request.ts'
import { openReports } from '../../src/roles/store-place.ts'
import { attributeAll } from './attribution.ts'
import { avayaLine } from './avaya-lines.ts'
import { streamOf } from './days.ts'
import { importAll } from './feed.ts'
import { at, type Place, zone } from './people.ts'

/** Calls of an Avaya in a place of people, with its reports: what a test is about is told in lines of the exchange. */

/** `2026/11/24 09:00:00` of the exchange's clock, which is that of Moscow, for a time of the site's. */
const stampOf = (instant: number): string =>
  new Date(instant + 3 * 3_600_000).toISOString().slice(0, 19).replaceAll('-', '/').replace('T', ' ')

let lastCallId = 0

type Line = NonNullable<Parameters<typeof avayaLine>[0]>

/** A call of the exchange at a time of the site's clock; `201` answers after 7 s and talks for 2:35, but for what is given. */
export const lineAt = (time: string, line: Line = {}): string =>
  avayaLine({ start: stampOf(at(time)), callId: ++lastCallId, ...line })

/** The same, rung in vain for so many seconds at a telephone. */
export const missedAt = (time: string, ring: number, line: Line = {}): string =>
  lineAt(time, { connected: '00:00:00', ring, ...line })

export async function bring(place: Place, source: string, ...lines: readonly string[]): Promise<void> {
  const bytes = streamOf(lines.map((line) => Buffer.from(line)))
  await importAll(place.it.store, source, bytes, { format: 'avaya-ip-office' })
  await attributeAll(place.it.store)
}

/** What makes reports of the day, as of a moment. */
export async function reportsOf(place: Place, t: TestContext) {
  const reading = await openReports(place.it.place)
  assert.ok(reading)
  t.after(() => reading[Symbol.asyncDispose]())
  return async (named: NamedFilter = {}, more: Partial<ReportRequest> = {}): Promise<ReportFacts> => {
    const filter = await resolveFilter(reading, named, [])
    return ReportFacts.open(reading, {
      period: { from: at('00:00'), to: at('00:00', 25) },
      filter,
      rules: { serviceLevelSeconds: null, shortSeconds: null },
      zone,
      now: place.now,
      shiftAtMostSeconds: place.shiftAtMostSeconds,
      wrapUpSeconds: 0,
      ...more,
    })
  }
}

/** The id of the call of a number that rang at a time of the site's clock. */
export async function callIdOf(place: Place, time: string): Promise<number> {
  const [row] = await place.it.rows(`SELECT id FROM call WHERE started_at = ${at(time)}`)
  assert.ok(row, time)
  return row['id'] as number
}
