import type { Selectable } from 'kysely'
import type { LoggedCall, StandingIssue } from '../../pipeline/legacy/legacy-store.ts'
import type { LegacyTables } from './tables-legacy.ts'

/** Rows of the older system's data as the pipeline has them. */

type RowOf<Table extends keyof LegacyTables> = Selectable<LegacyTables[Table]>

export const callOf = (row: RowOf<'legacy_call'>): LoggedCall => ({
  id: row.id,
  employeeId: row.employee_id,
  shiftId: row.shift_id,
  at: row.at,
  toldAt: row.told_at,
  direction: row.direction as LoggedCall['direction'],
  extension: row.extension,
  otherNumber: row.other_number,
  seconds: row.seconds,
  ringOnly: row.ring_only === 1,
  excluded: row.excluded === 1,
  comment: row.comment,
  flags: JSON.parse(row.flags) as string[],
})

export const issueOf = (row: RowOf<'legacy_issue'>): StandingIssue => ({
  key: row.key,
  kind: row.kind,
  table: row.old_table,
  ids: JSON.parse(row.old_ids) as string[],
  people: JSON.parse(row.people) as string[],
  from: row.from_at,
  to: row.to_at,
  detail: row.detail,
  foundAt: row.found_at,
  decidedAt: row.decided_at,
  decidedBy: row.decided_by,
})
