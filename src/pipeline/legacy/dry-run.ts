import type { PeopleTransaction } from '../people-store.ts'
import type { LegacyTransaction } from './legacy-store.ts'

/**
 * The same transaction with every writing verb taken out of it: what is read is what is there, and what would be made has an id
 * below 0. What is decided over it is what would be decided, and nothing is written.
 */
export function withoutWriting(tx: PeopleTransaction, nextId: () => number): PeopleTransaction {
  const made = async (rows: readonly unknown[]): Promise<readonly number[]> => rows.map(nextId)
  const one = async (): Promise<number> => nextId()
  const nothing = async (): Promise<void> => undefined
  const legacy: LegacyTransaction = {
    made: (...it) => tx.legacy.made(...it),
    marks: (...it) => tx.legacy.marks(...it),
    calls: (...it) => tx.legacy.calls(...it),
    digests: (...it) => tx.legacy.digests(...it),
    putMade: nothing,
    addMarks: made,
    setMark: nothing,
    placeMarkType: nothing,
    addCalls: made,
    setCall: nothing,
    moveEvents: nothing,
    putDigests: nothing,
    putAccounts: nothing,
    addIssues: nothing,
  }
  const reading: Pick<PeopleTransaction, ReadingVerb> = {
    units: () => tx.units(),
    employees: () => tx.employees(),
    employeesNamed: (...it) => tx.employeesNamed(...it),
    sites: () => tx.sites(),
    directory: () => tx.directory(),
    assignmentsOf: (...it) => tx.assignmentsOf(...it),
    holders: (...it) => tx.holders(...it),
    plans: () => tx.plans(),
    plansThatSaw: (...it) => tx.plansThatSaw(...it),
    shiftsOf: (...it) => tx.shiftsOf(...it),
    shiftsBetween: (...it) => tx.shiftsBetween(...it),
    openShiftsBefore: (...it) => tx.openShiftsBefore(...it),
    breakTypes: () => tx.breakTypes(),
    markTypes: () => tx.markTypes(),
    mark: (...it) => tx.mark(...it),
    attributedTo: (...it) => tx.attributedTo(...it),
    attributedOn: (...it) => tx.attributedOn(...it),
    clientKey: (...it) => tx.clientKey(...it),
    correction: (...it) => tx.correction(...it),
    lockedPeriods: (...it) => tx.lockedPeriods(...it),
    period: (...it) => tx.period(...it),
    periodVersions: (...it) => tx.periodVersions(...it),
  }
  return {
    ...reading,
    legacy,
    // The lock is a write.
    lockEmployee: async (id) => (await tx.employees()).find((it) => it.id === id) ?? null,
    lockEmployees: nothing,
    addUnit: one,
    addEmployee: one,
    setEmployee: nothing,
    setSite: nothing,
    setDirectory: nothing,
    setDirectoryGroups: nothing,
    addAssignments: made,
    setAssignment: nothing,
    removeAssignments: nothing,
    addShifts: made,
    setShift: nothing,
    removeShifts: nothing,
    setBreakType: nothing,
    addMarkType: one,
    setMarkType: nothing,
    addMarks: made,
    setMark: nothing,
    removeMarks: nothing,
    setClientKey: nothing,
    moveMarks: nothing,
    addClientKey: nothing,
    addCorrection: one,
    setCorrection: nothing,
    addPeriod: one,
    setPeriod: nothing,
    addPeriodVersion: nothing,
    addAudit: nothing,
    addDueRanges: nothing,
    addSavedReport: one,
    removeSavedReport: nothing,
  }
}

type ReadingVerb =
  | 'units'
  | 'employees'
  | 'employeesNamed'
  | 'sites'
  | 'directory'
  | 'assignmentsOf'
  | 'holders'
  | 'plans'
  | 'plansThatSaw'
  | 'shiftsOf'
  | 'shiftsBetween'
  | 'openShiftsBefore'
  | 'breakTypes'
  | 'markTypes'
  | 'mark'
  | 'attributedTo'
  | 'attributedOn'
  | 'clientKey'
  | 'correction'
  | 'lockedPeriods'
  | 'period'
  | 'periodVersions'
