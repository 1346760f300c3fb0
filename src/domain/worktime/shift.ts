/** What people's time is made of. Instants are UTC milliseconds, intervals [from, to). */

/** How a fact came: from a person's card or desk window, from the shell, by a correction, by a rule, from the older system. */
export type How = 'card' | 'desk' | 'shell' | 'correction' | 'automatic' | 'legacy'

export type ShiftFlag =
  /**
   * Nobody said when it ended: it ends at the rule's limit, or where the next shift, told before it, begins. To be looked at; the
   * person's own end takes its place.
   */
  | 'closed-by-system'
  /** By the person's own word longer than the rule's limit. To be looked at. */
  | 'over-limit'
  | 'corrected'
  /** Of an older system: as long as the limit at which a job ended shifts there. */
  | 'probably-closed-by-job'
  /** Of an older system: two shifts that overlapped were put together. */
  | 'merged'

export type BreakFlag =
  /** Nobody said when it ended: it ends with its shift. The person's own end of it takes its place. */
  | 'closed-with-shift'
  /** Nobody said when it ended: it ends where the next break, told before it, begins. As above. */
  | 'closed-by-system'
  /** Longer than its type allows. */
  | 'overrun'
  /** Shorter than its type asks for. */
  | 'too-short'
  | 'corrected'

export interface Shift {
  readonly id: number
  readonly employeeId: number
  readonly startedAt: number
  /** Null: open. */
  readonly endedAt: number | null
  /** IANA zone of the place where it was worked: its midnights split it. */
  readonly zone: string
  readonly startedHow: How
  readonly endedHow: How | null
  readonly flags: readonly ShiftFlag[]
  /** In order of their beginning; none overlap. */
  readonly breaks: readonly Break[]
}

export interface Break {
  readonly id: number
  readonly type: string
  readonly startedAt: number
  /** Null: open. A break never outlives its shift. */
  readonly endedAt: number | null
  readonly flags: readonly BreakFlag[]
}

export interface BreakType {
  readonly name: string
  /** Null: not known; counted as unpaid until somebody says. */
  readonly paid: boolean | null
  readonly minimumSeconds: number | null
  readonly maximumSeconds: number | null
  readonly active: boolean
}

export interface Mark {
  readonly id: number
  readonly employeeId: number
  readonly shiftId: number | null
  readonly typeId: number
  readonly at: number
  readonly count: number
  readonly seconds: number | null
  readonly comment: string | null
  /** Left out of what is counted as events from now on; work after a call it stays. */
  readonly excluded: boolean
  readonly how: How
}

export interface MarkType {
  readonly id: number
  readonly name: string
  readonly active: boolean
  /** Its seconds are work after a call. */
  readonly wrapUp: boolean
  /** Counted by the program, not by people: calls in, calls out. */
  readonly reserved: 'inbound' | 'outbound' | null
}

/** A shift that nobody ends is over after so long. */
export const shiftAtMostMs = 12 * 3_600_000

/** A person's state at an instant. */
export type Presence = 'on-shift' | 'on-break' | 'off-shift'

/** People's time is kept to the second. */
export const wholeSecond = (instant: number): number => Math.floor(instant / 1000) * 1000

/** An id for a row that is not stored yet: 0, −1, … */
export const newId = (rows: readonly { readonly id: number }[]): number =>
  rows.reduce((id, row) => Math.min(id, row.id), 1) - 1
