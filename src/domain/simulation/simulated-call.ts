import type { Call, ExtensionPart } from '../call.ts'
import type { HandlingKind, Scenario } from './story.ts'

/**
 * The truth about one simulated call, as far as records of its format can tell it. What they cannot tell is stated as they
 * tell it, so that a reader by the rules of the format must give exactly this:
 * - Asterisk: time in a menu, ringing after a menu, an announcement or a hand-over counts as talk; the person whose
 *   telephone rang before a pickup, hold, and waiting in a queue after the last ringing leave no trace.
 * - IP Office: members of a group that rang in vain leave no trace; every part of a segment is rounded up to a whole
 *   second; an analogue line counts as answered at once; a caller who passed a menu and then met nobody has been
 *   served by a machine.
 */
export interface SimulatedCall extends Omit<Call, 'completeAt'> {
  /** Ascending by the start of the call, from 0. */
  readonly index: number
  readonly scenario: Scenario
  readonly handling: HandlingKind | null
  /** `startedAt` by the exchange's clock, as wall milliseconds. */
  readonly startedWall: number
}

/** The same before its exchange has given it a name. */
export type Truth = Omit<SimulatedCall, 'index' | 'exchangeCallId'>

/**
 * What a telephone of the site did in one stretch of a call. `at` is the instant at which it answered, or, when it did not, at
 * which the stretch began: whoever sits there then has the stretch.
 */
export interface SimulatedPart {
  readonly extension: string
  readonly role: ExtensionPart
  readonly at: number
  readonly talkSeconds: number
  readonly holdSeconds: number
  readonly ringSeconds: number
}
