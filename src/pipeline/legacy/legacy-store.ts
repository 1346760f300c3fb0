import type { Mark } from '../../domain/worktime/shift.ts'

/** Who is said to have done what an import does. */
export const importer = 'legacy import'

/** Under this a decision on an issue stands in the trail, with what was said of it. */
export const decidedInTrail = 'legacy-decide'

/**
 * What an import of the older system's data writes beside people and their time, in the same transaction. What it makes is found
 * again under the old row's table and id (M1).
 */
export interface LegacyTransaction {
  /** What these old rows made, by `old id`. */
  made(table: string, kind: MadeKind, oldIds: readonly string[]): Promise<ReadonlyMap<string, Made>>
  /** The newest line of the trail. */
  lastAudit(): Promise<number>
  /** Of whom somebody else has told since; null: of no person. */
  toldSince(audit: number): Promise<ReadonlySet<number | null>>
  putMade(table: string, kind: MadeKind, rows: readonly (Made & { readonly oldId: string })[]): Promise<void>

  addMarks(rows: readonly LegacyMark[]): Promise<readonly number[]>
  marks(ids: readonly number[]): Promise<ReadonlyMap<number, LegacyMark>>
  setMark(id: number, mark: LegacyMark): Promise<void>

  addCalls(rows: readonly LegacyCall[]): Promise<readonly number[]>
  calls(ids: readonly number[]): Promise<ReadonlyMap<number, LegacyCall>>
  setCall(id: number, call: LegacyCall): Promise<void>
  /** Marks and bound calls of one shift belong to another from now on. */
  moveEvents(fromShift: number, toShift: number): Promise<void>

  /** Those of these ids that are there. */
  digests(origin: DigestOrigin, oldIds: readonly string[]): Promise<ReadonlyMap<string, LegacyDigest>>
  /** Made, or put in the place of what stood there. */
  putDigests(rows: readonly LegacyDigest[]): Promise<void>

  putAccounts(rows: readonly LegacyAccount[]): Promise<void>
  /** An issue that is known already stays as it is; one of which an import said that it had gone is open again. */
  addIssues(rows: readonly LegacyIssue[]): Promise<void>
  openIssues(): Promise<readonly StandingIssue[]>
  issue(key: string): Promise<StandingIssue | null>
  /** Those of these that are open are decided. How many they were. */
  decideIssues(keys: readonly string[], who: string, now: number): Promise<number>
}

export type MadeKind = 'employee' | 'mark-type' | 'shift' | 'break' | 'mark' | 'call' | 'assignment' | 'report'

export interface Made {
  readonly id: number
  /** Of what was written: the same again changes nothing, and what differs from it was changed here. */
  readonly fingerprint: string
}

export interface LegacyMark extends Omit<Mark, 'id'> {
  readonly flags: readonly string[]
}

/** A call as the older system bound it to a person; counted beside no call that was made from raw lines. */
export interface LegacyCall {
  readonly employeeId: number
  readonly shiftId: number | null
  /** About: when it was written, less its seconds. */
  readonly at: number
  readonly toldAt: number
  readonly direction: 'inbound' | 'outbound'
  readonly extension: string | null
  readonly otherNumber: string | null
  readonly seconds: number
  /** The seconds are those of ringing: how long was talked is not known. */
  readonly ringOnly: boolean
  readonly excluded: boolean
  readonly comment: string | null
  readonly flags: readonly string[]
}

export type DigestOrigin = 'avaya_log' | 'phone_log'

export interface LegacyDigest {
  readonly origin: DigestOrigin
  readonly oldId: string
  readonly source: string
  readonly at: number
  readonly seconds: number
  readonly direction: 'inbound' | 'outbound'
  readonly a: string
  readonly b: string
  readonly c: string
  readonly internal: boolean
  readonly ringOnly: boolean
}

/** What an account was there: never its password, which travelled in addresses. */
export interface LegacyAccount {
  readonly userId: number
  readonly employeeId: number
  readonly username: string
  readonly email: string
  readonly role: string
  readonly active: boolean
}

export interface LegacyIssue {
  /** The same issue found again has the same. */
  readonly key: string
  readonly kind: string
  readonly table: string
  readonly ids: readonly string[]
  readonly people: readonly string[]
  readonly from: number | null
  readonly to: number | null
  readonly detail: string
  readonly foundAt: number
}

/** A bound call as it stands in the log of its shift. */
export interface LoggedCall extends LegacyCall {
  readonly id: number
}

/** What an import left for a person to decide, as it stands. */
export interface StandingIssue extends LegacyIssue {
  /** Null: open. */
  readonly decidedAt: number | null
  readonly decidedBy: string | null
}
