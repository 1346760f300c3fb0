import type { Call, Direction, ExtensionPart } from './call.ts'
import type { Leg } from './formats/format.ts'
import type { Presence } from './worktime/shift.ts'

/** `no-holder`: nobody held the extension at that instant. */
export type AttributionState = Presence | 'no-holder'

/** What became of the ringing of a telephone in a call: it talked, another one talked, nobody talked. */
export type Offer = 'talked' | 'elsewhere' | 'missed'

/**
 * The part that an own extension had in one leg of a call, and whose it was (R11): whoever held the extension when the leg was
 * answered (unanswered: when it began) has all its seconds and is judged by that instant. The rows of a call add up: an
 * extension's seconds are counted once where its legs lie over each other.
 */
export interface AttributedPart {
  readonly callId: number
  /** Place among the parts of the call, from 0. */
  readonly position: number
  readonly sourceId: number
  /** The call's own. */
  readonly startedAt: number
  readonly direction: Direction
  /** The call is of kind `call`: others are named and counted nowhere. */
  readonly counted: boolean
  readonly employeeId: number | null
  readonly plan: string
  readonly extension: string
  readonly role: ExtensionPart
  readonly state: AttributionState
  /** The instant that decided. */
  readonly at: number
  readonly ringSeconds: number
  readonly talkSeconds: number
  readonly holdSeconds: number
  /** From answer to hang-up; null: did not talk. */
  readonly busy: { readonly from: number; readonly to: number } | null
  /** Said by one part of each extension that was rung. */
  readonly offer: Offer | null
}

/** What is known of people, over the time of the calls in hand. */
export interface PeopleFacts {
  readonly holderAt: (plan: string, extension: string, at: number) => number | null
  readonly presenceAt: (employeeId: number, at: number) => Presence
}

export interface CallToAttribute {
  readonly id: number
  readonly sourceId: number
  readonly plan: string
  readonly call: Call
  readonly legs: readonly Leg[]
}
