import { openLegacyDatabase } from '../../src/adapters/legacy-postgres/database.ts'
import type { LegacySource } from '../../src/adapters/legacy-postgres/legacy-source.ts'
import { eventTables, peopleTables } from '../../src/domain/legacy/old-tables.ts'
import type { LegacyReport } from '../../src/pipeline/legacy/legacy-importer.ts'
import { LegacyIntake, type LegacyLine } from '../../src/pipeline/legacy/legacy-intake.ts'
import type { LegacyOptions } from '../../src/pipeline/legacy/run.ts'
import type { Store } from '../../src/pipeline/store.ts'
import { legacyNow } from './legacy-schema.ts'
import type { TestStore } from './stores.ts'

const asAsked: LegacyOptions = {
  timezone: 'Asia/Krasnoyarsk',
  plan: 'avaya',
  breaks: null,
  dryRun: false,
  now: legacyNow,
}

/** Imports what a source has, as the command and the writing thread do it together. */
export async function importFrom(
  store: Store,
  source: LegacySource,
  options: Partial<LegacyOptions> = {},
): Promise<LegacyReport> {
  const intake = new LegacyIntake(store, { ...asAsked, ...options }, () => undefined)
  const encoder = new TextEncoder()
  const send = (line: LegacyLine) => intake.push(encoder.encode(`${JSON.stringify(line)}\n`))
  for await (const page of source.rows(peopleTables)) await send(page)
  await send({ time: true })
  for await (const page of source.rows(eventTables)) await send(page)
  return intake.end()
}

export async function importDatabase(
  store: Store,
  url: string,
  options: Partial<LegacyOptions> = {},
): Promise<LegacyReport> {
  await using source = await openLegacyDatabase(url)
  return await importFrom(store, source, options)
}

const tables = {
  employee: 'id',
  unit: 'id',
  assignment: 'id',
  break_type: 'name',
  shift: 'id',
  shift_break: 'id',
  mark_type: 'id',
  mark: 'id',
  audit: 'id',
  saved_report: 'id',
  legacy_id: 'old_table, kind, old_id',
  legacy_call: 'id',
  legacy_digest: 'origin, old_id',
  legacy_account: 'user_id',
  legacy_issue: 'key',
  attribution_due_range: 'id',
} as const

/** Everything that an import can write, row by row. The lock of a person, which is raised by looking, is no part of it. */
export async function peopleDump({ rows }: Pick<TestStore, 'rows'>): Promise<string> {
  const lines: string[] = []
  for (const [table, order] of Object.entries(tables))
    for (const row of await rows(`SELECT * FROM ${table} ORDER BY ${order}`)) {
      const { version: _, ...rest } = row
      lines.push(`${table} ${JSON.stringify(Object.fromEntries(Object.entries(rest).sort()))}`)
    }
  return lines.join('\n')
}

type Rows = Record<string, unknown>[]

/** What the row of an older table made here. */
export async function made(
  it: TestStore,
  table: string,
  kind: string,
  oldId: number | string,
  from: string,
): Promise<Rows> {
  return it.rows(
    `SELECT m.* FROM ${from} m JOIN legacy_id l ON l.id = m.id
     WHERE l.old_table = '${table}' AND l.kind = '${kind}' AND l.old_id = '${oldId}'`,
  )
}
export const shiftOf = async (it: TestStore, oldId: number) =>
  (await made(it, 'working_working_time', 'shift', oldId, 'shift'))[0] ?? {}
export const breakOf = async (it: TestStore, oldId: number) =>
  (await made(it, 'working_working_relax', 'break', oldId, 'shift_break'))[0] ?? {}
export const markOf = async (it: TestStore, oldId: number) =>
  (await made(it, 'working_working_log', 'mark', oldId, 'mark'))[0] ?? {}
export const callOf = async (it: TestStore, oldId: number) =>
  (await made(it, 'working_working_log', 'call', oldId, 'legacy_call'))[0] ?? {}
export const personOf = async (it: TestStore, userId: number) =>
  (await made(it, 'auth_user', 'employee', userId, 'employee'))[0] ?? {}
export const flags = (row: Record<string, unknown>) => JSON.parse(String(row['flags'])) as string[]

/** Ids of the old rows that issues of a kind are about. */
export const idsOf = (report: LegacyReport, kind: string) =>
  report.issues.filter((it) => it.kind === kind).map((it) => it.ids)
