import type { BreakFlag, ShiftFlag } from '../../domain/worktime/shift.ts'
import type { Words } from '../words/words.ts'

/** What is to be said of a shift and of its breaks, each thing once. */
export const flagsText = (flags: readonly (ShiftFlag | BreakFlag)[], { t }: Pick<Words, 't'>): string =>
  [...new Set(flags)].map((flag) => t(`people:flag.${flag}`)).join(', ')
