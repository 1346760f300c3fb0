import type { PeopleTransaction } from '../people-store.ts'

/** What the import does with people and their time. */
export type ImportTransaction = Pick<PeopleTransaction, 'legacy' | ReadingVerb | WritingVerb>

type ReadingVerb =
  | 'employees'
  | 'units'
  | 'assignmentsOf'
  | 'holders'
  | 'shiftsOf'
  | 'breakTypes'
  | 'markTypes'
  | 'lockedPeriods'
  | 'periodsKeeping'
  | 'peopleOnBreak'
  | 'savedReports'

type WritingVerb =
  | 'lockEmployee'
  | 'lockEmployees'
  | 'addEmployee'
  | 'setEmployee'
  | 'addAssignments'
  | 'setAssignments'
  | 'removeAssignments'
  | 'addShifts'
  | 'setShifts'
  | 'removeShifts'
  | 'lockBreakTypes'
  | 'setBreakType'
  | 'addMarkType'
  | 'setMarkType'
  | 'placeMarkType'
  | 'addAudit'
  | 'addDueRanges'
  | 'addSavedReport'
  | 'removeSavedReport'

/**
 * The same transaction with every writing verb taken out of it: what is read is what is there, and what would be made has an id
 * below 0. What is decided over it is what would be decided, and nothing is written.
 */
export function withoutWriting(tx: ImportTransaction, nextId: () => number): ImportTransaction {
  const made = async (rows: readonly unknown[]): Promise<readonly number[]> => rows.map(nextId)
  const one = async (): Promise<number> => nextId()
  const nothing = async (): Promise<void> => undefined
  return {
    employees: () => tx.employees(),
    assignmentsOf: (...it) => tx.assignmentsOf(...it),
    holders: (...it) => tx.holders(...it),
    shiftsOf: (...it) => tx.shiftsOf(...it),
    breakTypes: () => tx.breakTypes(),
    markTypes: () => tx.markTypes(),
    lockedPeriods: (...it) => tx.lockedPeriods(...it),
    periodsKeeping: (...it) => tx.periodsKeeping(...it),
    peopleOnBreak: (...it) => tx.peopleOnBreak(...it),
    savedReports: () => tx.savedReports(),
    units: () => tx.units(),
    // The lock is a write.
    lockEmployee: async (id) => (await tx.employees()).find((it) => it.id === id) ?? null,
    lockEmployees: nothing,
    addEmployee: one,
    setEmployee: nothing,
    addAssignments: made,
    setAssignments: nothing,
    removeAssignments: nothing,
    addShifts: made,
    setShifts: nothing,
    removeShifts: nothing,
    lockBreakTypes: () => tx.breakTypes(),
    setBreakType: nothing,
    addMarkType: one,
    setMarkType: nothing,
    placeMarkType: nothing,
    addAudit: nothing,
    addDueRanges: nothing,
    addSavedReport: one,
    removeSavedReport: nothing,
    legacy: {
      made: (...it) => tx.legacy.made(...it),
      lastAudit: () => tx.legacy.lastAudit(),
      toldSince: (...it) => tx.legacy.toldSince(...it),
      marks: (...it) => tx.legacy.marks(...it),
      calls: (...it) => tx.legacy.calls(...it),
      digests: (...it) => tx.legacy.digests(...it),
      openIssues: () => tx.legacy.openIssues(),
      issue: (...it) => tx.legacy.issue(...it),
      putMade: nothing,
      addMarks: made,
      setMark: nothing,
      addCalls: made,
      setCall: nothing,
      moveEvents: nothing,
      putDigests: nothing,
      putAccounts: nothing,
      addIssues: nothing,
      decideIssues: async () => 0,
    },
  }
}
