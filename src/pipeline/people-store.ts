import type { AttributedPart } from '../domain/attribution.ts'
import type { MissedDone } from '../domain/metrics/missed-done.ts'
import type { Assignment, PersonName } from '../domain/people.ts'
import type { Unit } from '../domain/units.ts'
import type { CallQuarter } from '../domain/worktime/period.ts'
import type { Break, BreakType, Mark, MarkType, Shift } from '../domain/worktime/shift.ts'
import type { LegacyTransaction } from './legacy/legacy-store.ts'

/**
 * The writing side of people and their time: plain verbs in one transaction. What to write is decided in `people.ts` and by
 * `domain/worktime`; an engine only carries it out, and refuses by itself what overlaps (`person-overlap`).
 *
 * **Whoever writes a person's time or telephones first locks the person** (`lockEmployee`), so that two presses come one after
 * the other and a range that is made due misses no assignment. Only statements are awaited in it (R18).
 */
export interface PeopleTransaction {
  units(): Promise<readonly Unit[]>
  /** The same, and until the end of the transaction nobody else changes one. */
  lockUnits(): Promise<readonly Unit[]>
  addUnit(unit: Omit<Unit, 'id'>): Promise<number>
  setUnit(unit: Unit): Promise<void>

  employees(): Promise<readonly Employee[]>
  /** Those with this id, this personnel number or this name, however it is typed, in full. */
  employeesNamed(reference: EmployeeReference): Promise<readonly Employee[]>
  /** Raises the row's version, which is the lock; null: there is no such person. */
  lockEmployee(id: number): Promise<Employee | null>
  /** The same for many, who are waited for one after the other in the order of their ids. */
  lockEmployees(ids: readonly number[]): Promise<void>
  addEmployee(employee: EmployeeFacts, now: number): Promise<number>
  setEmployee(id: number, employee: EmployeeFacts): Promise<void>

  sites(): Promise<readonly Site[]>
  /** Made, or given another zone. */
  setSite(site: Site): Promise<void>
  /** Made, or put in the place of what stood there. */
  setDirectory(entries: readonly DirectoryEntry[]): Promise<void>
  directory(): Promise<readonly DirectoryEntry[]>
  /** Replaces the groups of numbers of which the number is a member. */
  setDirectoryGroups(plan: string, number: string, groups: readonly string[]): Promise<void>

  /** All of a person's, by their beginning. */
  assignmentsOf(employeeId: number): Promise<readonly Assignment[]>
  /** Confirmed ones of a telephone that have an instant in [from, to); `to` null: without end. */
  holders(plan: string, extension: string, from: number, to: number | null): Promise<readonly Assignment[]>
  /** Ids in the order of the rows. */
  addAssignments(rows: readonly Omit<Assignment, 'id'>[], now: number): Promise<readonly number[]>
  /** Another time, or confirmed or not, for the assignments with these ids; they may change places. */
  setAssignments(rows: readonly Assignment[]): Promise<void>
  removeAssignments(ids: readonly number[]): Promise<void>
  /** Plans of the newest readings of all sources, each once. */
  plans(): Promise<readonly string[]>
  /** Of these, those in which a call had the own extension. */
  plansThatSaw(extension: string, plans: readonly string[]): Promise<readonly string[]>

  /** A person's shifts that have an instant in [from, to), with their breaks, by their beginning; null: without bound. */
  shiftsOf(employeeId: number, from: number | null, to: number | null): Promise<readonly Shift[]>
  /** Everybody's. */
  shiftsBetween(from: number, to: number): Promise<readonly Shift[]>
  /** People with an open shift that began before. */
  openShiftsBefore(startedAt: number): Promise<readonly { readonly employeeId: number; readonly startedAt: number }[]>
  /** New shifts with their breaks, whatever ids they carry. Ids of the shifts, in the order of the rows. */
  addShifts(rows: readonly Shift[], now: number): Promise<readonly number[]>
  /**
   * The shifts with these ids as they are to be from now on; they may change places. Breaks with an id of 0 or less are new, those
   * that are missing go.
   */
  setShifts(shifts: readonly Shift[]): Promise<void>
  /** With their breaks; marks stay and belong to no shift. */
  removeShifts(ids: readonly number[]): Promise<void>
  /** People with a break of the kind that has an instant in [from, to). */
  peopleOnBreak(type: string, from: number, to: number): Promise<readonly number[]>
  breakTypes(): Promise<readonly BreakType[]>
  /** The same, locked: whoever keeps figures of a period and whoever changes a kind of break come one after the other. */
  lockBreakTypes(): Promise<readonly BreakType[]>
  setBreakType(type: BreakType): Promise<void>

  markTypes(): Promise<readonly MarkType[]>
  addMarkType(type: Omit<MarkType, 'id'>): Promise<number>
  setMarkType(type: MarkType): Promise<void>
  /** Where a type stands among the others. */
  placeMarkType(id: number, position: number): Promise<void>
  mark(id: number): Promise<Mark | null>
  marksOfShifts(shiftIds: readonly number[]): Promise<readonly Mark[]>
  addMarks(rows: readonly Omit<Mark, 'id'>[]): Promise<readonly number[]>
  /** All of the mark with this id but whose it is. */
  setMark(mark: Mark): Promise<void>
  removeMarks(ids: readonly number[]): Promise<void>
  /** Marks in [from, to) of a person belong to this shift from now on; null: to none. */
  moveMarks(employeeId: number, from: number, to: number | null, shiftId: number | null): Promise<void>

  /** Parts of counted calls that are this person's, or of this telephone, and that were judged by an instant in [from, to). */
  attributedTo(employeeId: number, from: number, to: number): Promise<readonly JudgedPart[]>
  attributedOn(telephone: TelephoneTime): Promise<readonly JudgedPart[]>

  /** Calls and talk of each person in the quarter hours that begin in [from, to), of whatever direction and state. */
  callQuarters(from: number, to: number): Promise<readonly CallQuarter[]>

  /** Names of the sources at which the number called in vain, up to an instant. */
  missedAt(numberKey: string, until: number): Promise<readonly string[]>
  /** What was ticked off of a number, in the order in which it was told. */
  missedDone(numberKey: string): Promise<readonly MissedDone[]>
  addMissedDone(row: Omit<MissedDone, 'id'>): Promise<number>
  removeMissedDone(id: number): Promise<void>

  /** The call in which a record is, with the parts of its extensions; null: in none. */
  callOfRecord(recordId: number): Promise<CallOfRecord | null>
  /** Whose events the call is left out of, by the records under which that was said. */
  callExclusions(callId: number): Promise<readonly RecordExclusion[]>
  addCallExclusion(row: RecordExclusion): Promise<void>
  removeCallExclusions(rows: readonly RecordExclusion[]): Promise<void>

  clientKey(key: string): Promise<ClientKey | null>
  /** The first statement of its transaction: who gives the same key at the same moment waits for it, and then finds the answer. */
  addClientKey(key: ClientKey, now: number): Promise<void>
  setClientKey(key: ClientKey): Promise<void>

  correction(id: number): Promise<Correction | null>
  addCorrection(row: Omit<Correction, 'id'>): Promise<number>
  /** Its state, effect and who decided. */
  setCorrection(row: Correction): Promise<void>

  /** Periods that are locked and have an instant in [from, to). */
  lockedPeriods(from: number, to: number | null): Promise<readonly Period[]>
  /** Ids of the periods of units that keep the person's figures, locked or not. */
  periodsKeeping(employeeId: number): Promise<readonly number[]>
  /** Those whose figures the period of a unit keeps. */
  periodPeople(periodId: number): Promise<readonly number[]>
  /** From now on it keeps theirs too. */
  addPeriodPeople(periodId: number, employeeIds: readonly number[]): Promise<void>
  period(id: number): Promise<Period | null>
  /** The one that was made last of the same unit and time. */
  samePeriod(row: Pick<Period, 'unitId' | 'from' | 'to'>): Promise<Period | null>
  addPeriod(row: Omit<Period, 'id'>): Promise<number>
  /** Who locked and unlocked it and when. */
  setPeriod(row: Period): Promise<void>
  /** By ascending version. */
  periodVersions(periodId: number): Promise<readonly PeriodVersion[]>
  addPeriodVersion(row: PeriodVersion): Promise<void>

  addAudit(rows: readonly NewAuditRow[]): Promise<void>
  /** Calls of these telephones and times are attributed anew. */
  addDueRanges(ranges: readonly TelephoneTime[]): Promise<void>

  /** All of them, by name only. */
  savedReports(): Promise<readonly Pick<SavedReport, 'id' | 'name'>[]>
  addSavedReport(row: Omit<SavedReport, 'id'>): Promise<number>
  removeSavedReport(id: number): Promise<void>

  /** What only an import of the older system's data writes. */
  readonly legacy: LegacyTransaction
}

/** What the reading side asks too, where it judges as the writing side does. */
export type PeopleSight = Pick<
  PeopleTransaction,
  | 'units'
  | 'employeesNamed'
  | 'assignmentsOf'
  | 'holders'
  | 'plans'
  | 'plansThatSaw'
  | 'shiftsOf'
  | 'shiftsBetween'
  | 'markTypes'
  | 'mark'
  | 'marksOfShifts'
  | 'attributedTo'
  | 'attributedOn'
  | 'callQuarters'
  | 'lockedPeriods'
  | 'periodsKeeping'
  | 'periodPeople'
>

export interface EmployeeFacts extends PersonName {
  readonly personnelNumber: string | null
  readonly position: string | null
  readonly unitId: number | null
  /** IANA zone of where the person works; null: the site's. */
  readonly zone: string | null
  /** Dates, `2026-11-24`. */
  readonly hiredOn: string | null
  readonly leftOn: string | null
  readonly active: boolean
}

export interface Employee extends EmployeeFacts {
  readonly id: number
}

/** A person as others refer to it: null is not compared. */
export interface EmployeeReference {
  readonly id: number | null
  readonly personnelNumber: string | null
  readonly name: string | null
}

export interface Site {
  readonly name: string
  readonly zone: string
}

export interface DirectoryEntry {
  readonly plan: string
  readonly number: string
  /** The number itself is a hunt group. */
  readonly isGroup: boolean
  readonly label: string | null
  readonly site: string | null
  /** Of a group's calls: the service-level threshold and the short abandon; null: the usual ones. */
  readonly serviceLevelSeconds: number | null
  readonly shortSeconds: number | null
}

/** A telephone for a time; `to` null: without end. */
export interface TelephoneTime {
  readonly plan: string
  readonly extension: string
  readonly from: number
  readonly to: number | null
}

export interface JudgedPart {
  readonly callId: number
  /** The instant that decided. */
  readonly at: number
  readonly employeeId: number | null
}

export interface CallOfRecord {
  readonly callId: number
  readonly parts: readonly CallPart[]
}

export type CallPart = Pick<AttributedPart, 'counted' | 'employeeId' | 'state' | 'role' | 'at' | 'recordId'>

export interface RecordExclusion {
  readonly employeeId: number
  readonly recordId: number
}

export interface ClientKey {
  readonly key: string
  /** 0: of no person. */
  readonly employeeId: number
  /** What was asked and what was answered, as JSON. */
  readonly request: string
  readonly answer: string
}

export type CorrectionState = 'requested' | 'approved' | 'refused'

export interface Correction {
  readonly id: number
  readonly employeeId: number
  readonly state: CorrectionState
  readonly reason: string
  readonly author: string
  readonly requestedAt: number
  /** JSON. */
  readonly edits: string
  /** JSON: what it changes, before and after, and what comes of it. */
  readonly effect: string
  readonly decidedBy: string | null
  readonly decidedAt: number | null
  /** What whoever decided said. */
  readonly decision: string | null
}

export interface Period {
  readonly id: number
  /** Null: everybody. */
  readonly unitId: number | null
  readonly from: number
  readonly to: number
  readonly lockedBy: string
  readonly lockedAt: number
  readonly unlockedBy: string | null
  readonly unlockedAt: number | null
}

export interface PeriodVersion {
  readonly periodId: number
  /** From 1. */
  readonly version: number
  readonly madeAt: number
  readonly madeBy: string
  readonly reason: string
  /** JSON: the figures as they stood, and what is different from the version before. */
  readonly figures: string
  readonly difference: string
}

/** All that the trail can say was done. */
export type Deed = PersonDeed | ThingDeed

type PersonDeed =
  | 'employee-add'
  | 'employee-set'
  | 'assign'
  | 'release'
  | 'shift-start'
  | 'shift-end'
  | 'shift-close'
  | 'break-start'
  | 'break-end'
  | 'mark-add'
  | 'mark-exclude'
  | 'call-exclude'
  | 'correction-request'
  | 'correction-approve'
  | 'correction-refuse'
  | 'correction'
  | 'legacy-employee'
  | 'legacy-assignments'
  | 'legacy-shift'
  | 'legacy-shifts'
  | 'legacy-exclude'

/** What was done to no person's time: to units, sites, numbers, kinds, periods, ticks, reports, by an import. */
export type ThingDeed =
  | 'unit-add'
  | 'unit-set'
  | 'site-set'
  | 'directory-set'
  | 'break-type-set'
  | 'mark-type-set'
  | 'missed-done'
  | 'missed-undo'
  | 'period-lock'
  | 'period-unlock'
  | 'report-save'
  | 'report-delete'
  | 'legacy-report'
  | 'legacy-events'
  | 'legacy-decide'
  | 'legacy-issues-gone'

export interface AuditRow {
  readonly at: number
  readonly who: string
  /** What was done: `shift-start`, `assign` … */
  readonly what: string
  readonly employeeId: number | null
  /** JSON; null: there was nothing, or there is nothing any more. */
  readonly before: string | null
  readonly after: string | null
}

/** A line as it is written: there are words for all that is done. */
export type NewAuditRow = AuditRow & { readonly what: Deed }

export interface SavedReport {
  readonly id: number
  readonly name: string
  readonly report: string
  /** JSON. */
  readonly filter: string
  readonly author: string
  readonly madeAt: number
  readonly frozen: boolean
  /** JSON: the rows as they stood, and the ids of the shifts that they cover; null: not frozen. */
  readonly rows: string | null
  readonly shifts: string | null
}

/** A break that is not stored yet has an id of 0 or less. */
export const isNew = ({ id }: Pick<Break | Shift, 'id'>): boolean => id <= 0
