import type { Selectable } from 'kysely'
import type { MissedDone } from '../../domain/metrics/missed-done.ts'
import { foldedKey, fullName, type Assignment } from '../../domain/people.ts'
import type { Unit } from '../../domain/units.ts'
import type { Break, BreakFlag, BreakType, How, Mark, MarkType, Shift, ShiftFlag } from '../../domain/worktime/shift.ts'
import type {
  CallPart,
  Correction,
  CorrectionState,
  DirectoryEntry,
  Employee,
  EmployeeFacts,
  Period,
  PeriodVersion,
} from '../../pipeline/people-store.ts'
import type { Tables } from './tables.ts'
import type { PeopleTables } from './tables-people.ts'

/** Rows of people and their time, to and from what the domain calls them. */

type RowOf<T extends keyof PeopleTables> = Selectable<PeopleTables[T]>

export const flag = (is: boolean): number => (is ? 1 : 0)

export const unitOf = (row: Pick<RowOf<'unit'>, 'id' | 'name' | 'parent_id'>): Unit => {
  return { id: row.id, name: row.name, parentId: row.parent_id }
}

export const employeeOf = (row: RowOf<'employee'>): Employee => ({
  id: row.id,
  family: row.family,
  given: row.given,
  patronymic: row.patronymic,
  personnelNumber: row.personnel_number,
  position: row.position,
  unitId: row.unit_id,
  zone: row.zone,
  hiredOn: row.hired_on,
  leftOn: row.left_on,
  active: row.active === 1,
})

/** What is looked for and sorted by stands beside what is shown (R18). */
export const employeeColumns = (it: EmployeeFacts) => ({
  personnel_number: it.personnelNumber,
  family: it.family,
  given: it.given,
  patronymic: it.patronymic,
  name: fullName(it),
  name_key: foldedKey(fullName(it)),
  position: it.position,
  unit_id: it.unitId,
  zone: it.zone,
  hired_on: it.hiredOn,
  left_on: it.leftOn,
  active: flag(it.active),
})

export const directoryOf = (row: RowOf<'directory'>): DirectoryEntry => ({
  plan: row.plan,
  number: row.number,
  isGroup: row.is_group === 1,
  label: row.label,
  site: row.site,
  // A store that only an older program has written to has no such columns.
  serviceLevelSeconds: row.service_level_seconds ?? null,
  shortSeconds: row.short_seconds ?? null,
})

export const callPartOf = (
  row: Pick<Tables['attribution'], 'counted' | 'employee_id' | 'state' | 'role' | 'at' | 'record_id'>,
): CallPart => ({
  counted: row.counted === 1,
  employeeId: row.employee_id,
  state: row.state as CallPart['state'],
  role: row.role as CallPart['role'],
  at: row.at,
  recordId: row.record_id,
})

export const missedDoneOf = (row: RowOf<'missed_done'>): MissedDone => ({
  id: row.id,
  site: row.site,
  number: row.number,
  numberKey: row.number_key,
  until: row.until_at,
  doneAt: row.done_at,
  who: row.who,
  how: row.how,
})

export const missedDoneColumns = (it: Omit<MissedDone, 'id'>) => ({
  site: it.site,
  number: it.number,
  number_key: it.numberKey,
  until_at: it.until,
  done_at: it.doneAt,
  who: it.who,
  how: it.how,
})

export const assignmentOf = (row: RowOf<'assignment'>): Assignment => ({
  id: row.id,
  employeeId: row.employee_id,
  plan: row.plan,
  extension: row.extension,
  from: row.from_at,
  to: row.to_at,
  confirmed: row.confirmed === 1,
})

export const shiftOf = (row: RowOf<'shift'>, breaks: readonly Break[]): Shift => ({
  id: row.id,
  employeeId: row.employee_id,
  startedAt: row.started_at,
  endedAt: row.ended_at,
  zone: row.zone,
  startedHow: row.started_how as How,
  endedHow: row.ended_how as How | null,
  flags: JSON.parse(row.flags) as ShiftFlag[],
  breaks,
})

export const shiftColumns = (it: Shift) => ({
  employee_id: it.employeeId,
  started_at: it.startedAt,
  ended_at: it.endedAt,
  zone: it.zone,
  started_how: it.startedHow,
  ended_how: it.endedHow,
  flags: JSON.stringify(it.flags),
})

export const breakOf = (row: RowOf<'shift_break'>): Break => ({
  id: row.id,
  type: row.type,
  startedAt: row.started_at,
  endedAt: row.ended_at,
  flags: JSON.parse(row.flags) as BreakFlag[],
})

export const breakColumns = (it: Break) => ({
  type: it.type,
  started_at: it.startedAt,
  ended_at: it.endedAt,
  flags: JSON.stringify(it.flags),
})

export const breakTypeOf = (row: RowOf<'break_type'>): BreakType => ({
  name: row.name,
  paid: row.paid === null ? null : row.paid === 1,
  minimumSeconds: row.minimum_seconds,
  maximumSeconds: row.maximum_seconds,
  active: row.active === 1,
})

export const markTypeOf = (row: RowOf<'mark_type'>): MarkType => ({
  id: row.id,
  name: row.name,
  active: row.active === 1,
  wrapUp: row.wrap_up === 1,
  reserved: row.reserved as MarkType['reserved'],
})

export const markOf = (row: RowOf<'mark'>): Mark => ({
  id: row.id,
  employeeId: row.employee_id,
  shiftId: row.shift_id,
  typeId: row.type_id,
  at: row.at,
  count: row.count,
  seconds: row.seconds,
  comment: row.comment,
  excluded: row.excluded === 1,
  how: row.how as How,
})

export const correctionOf = (row: RowOf<'correction'>): Correction => ({
  id: row.id,
  employeeId: row.employee_id,
  state: row.state as CorrectionState,
  reason: row.reason,
  author: row.author,
  requestedAt: row.requested_at,
  edits: row.edits,
  effect: row.effect,
  decidedBy: row.decided_by,
  decidedAt: row.decided_at,
  decision: row.decision,
})

export const periodOf = (row: RowOf<'period'>): Period => ({
  id: row.id,
  unitId: row.unit_id,
  from: row.from_at,
  to: row.to_at,
  lockedBy: row.locked_by,
  lockedAt: row.locked_at,
  unlockedBy: row.unlocked_by,
  unlockedAt: row.unlocked_at,
})

export const periodVersionOf = (row: RowOf<'period_version'>): PeriodVersion => ({
  periodId: row.period_id,
  version: row.version,
  madeAt: row.made_at,
  madeBy: row.made_by,
  reason: row.reason,
  figures: row.figures,
  difference: row.difference,
})
