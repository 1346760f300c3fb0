import type { BreakType } from './shift.ts'

/** What an installation asks of people's time. */
export interface WorkRules {
  /** An open shift counts, and is closed by the system, so long after its start. */
  readonly shiftAtMostSeconds: number
  /** A person's own end that is told for a later moment than this after the start is refused: somebody else has to correct it. */
  readonly ownEndAtMostSeconds: number
  /** A start that is told for a moment less than this before one that is known is the same press, told again. */
  readonly samePressSeconds: number
  readonly breakTypes: readonly BreakType[]
}

export const defaultWorkRules: WorkRules = {
  shiftAtMostSeconds: 12 * 3600,
  ownEndAtMostSeconds: 24 * 3600,
  samePressSeconds: 60,
  breakTypes: [
    { name: 'meal', paid: false, minimumSeconds: 1800, maximumSeconds: 7200, active: true },
    { name: 'rest', paid: true, minimumSeconds: null, maximumSeconds: 1200, active: true },
    { name: 'training', paid: true, minimumSeconds: null, maximumSeconds: null, active: true },
    { name: 'meeting', paid: true, minimumSeconds: null, maximumSeconds: null, active: true },
  ],
}
