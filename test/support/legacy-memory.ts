import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { LegacySource } from '../../src/adapters/legacy-postgres/legacy-source.ts'
import { phoneLog } from '../../src/domain/legacy/old-tables.ts'
import type { OldRow } from '../../src/domain/legacy/old-row.ts'
import { ReportFacts } from '../../src/pipeline/reports/facts.ts'
import { type NamedFilter, resolveFilter } from '../../src/pipeline/reports/named-filter.ts'
import { openReports } from '../../src/roles/store-place.ts'
import { importFrom } from './legacy-import.ts'
import { at, legacyNow, legacyTables } from './legacy-schema.ts'
import type { Engine, TestStore } from './stores.ts'

export type OldRows = Record<string, Record<string, string | number | boolean | null>[]>

/** The older system's rows as they are here, without a database of it; the file of Cassandra comes with the events. */
export const inMemory = (rows: OldRows): LegacySource => ({
  size: { unit: 'records', total: 0 },
  done: () => 0,
  rows: async function* (tables) {
    const asked = tables.includes('working_working_log') ? [...tables, phoneLog] : tables
    for (const table of asked) {
      const of = (rows[table] ?? []).map(textOf)
      for (let at = 0; at < of.length; at += 1000) yield { table, rows: of.slice(at, at + 1000) }
    }
  },
  [Symbol.asyncDispose]: async () => undefined,
})

const textOf = (row: OldRows[string][number]): OldRow =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value === null ? null : String(value)]))

/** By whose clock it is read. */
export const zone = 'Asia/Krasnoyarsk'
const rules = { serviceLevelSeconds: 20, shortSeconds: 5 }
/** Longer than all of it. */
export const whole = { from: at('2018-01-28 00:00:00'), to: at('2018-09-16 00:00:00') }

/** The invented rows, for a test to change. */
export const oldRows = (): OldRows =>
  Object.fromEntries(Object.entries(legacyTables()).map(([name, { rows }]) => [name, rows.map((row) => ({ ...row }))]))

/** Of the first people only, and of the first week of March, with three rows of the statistics: what is imported in no time. */
export function fewRows(people: number): OldRows {
  const rows = oldRows()
  const isOfWeek = (when: unknown) =>
    Date.parse(String(when)) >= at('2018-03-01 00:00:00') && Date.parse(String(when)) < at('2018-03-08 00:00:00')
  for (const [table, who, when] of [
    ['auth_user', 'id', null],
    ['monitor_profile', 'user_id', null],
    ['working_working_time', 'user_id', 'datetime_begin'],
    ['working_working_relax', 'user_id', 'datetime_begin'],
    ['working_working_log', 'user_id', 'datetime_create'],
  ] as const)
    rows[table] = (rows[table] ?? []).filter(
      (row) => Number(row[who]) <= people && (when === null || isOfWeek(row[when])),
    )
  rows['monitor_avaya_log'] = (rows['monitor_avaya_log'] ?? []).slice(0, 3)
  return rows
}

export async function factsOf(
  t: TestContext,
  it: TestStore,
  period: { readonly from: number; readonly to: number },
  named: NamedFilter = {},
): Promise<ReportFacts> {
  const reading = await openReports(it.place)
  assert.ok(reading)
  t.after(() => reading[Symbol.asyncDispose]())
  const filter = await resolveFilter(reading, named, [{ name: 'avaya', plan: 'avaya', site: null }])
  return ReportFacts.open(reading, {
    period,
    filter,
    rules,
    zone,
    now: legacyNow,
    shiftAtMostSeconds: 12 * 3600,
    wrapUpSeconds: 0,
  })
}

export async function imported(t: TestContext, engine: Engine, rows = oldRows()): Promise<TestStore> {
  const it = await engine.open(t)
  await importFrom(it.store, inMemory(rows))
  return it
}
