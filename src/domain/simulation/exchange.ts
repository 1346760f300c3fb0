import type { SimulatedCall, SimulatedPart } from './simulated-call.ts'
import type { Story } from './story.ts'

/** What an exchange writes into, and what it needs of the world. */
export interface Paper {
  /** Lets something happen at an instant. */
  readonly plan: (at: number, run: () => void) => void
  /** Wall milliseconds that the exchange's clock shows at an instant. */
  readonly wallAt: (instant: number) => number
  readonly write: (line: string, at: number, call: number) => void
  /** The place of the next call in the order of beginning. */
  readonly nextCall: () => number
  /** All records of a call have been written. The truth is put together only if somebody wants to know. */
  readonly close: (truth: () => SimulatedCall, parts: () => readonly SimulatedPart[]) => void
}

/** Writes stories down the way one kind of exchange does. */
export interface Exchange {
  readonly tell: (story: Story) => void
}
