import { isMissed, type Line, lineText } from '../measure.ts'

/** One comparison. Problems: why it says nothing. */
export interface Row extends Line {
  readonly problems: readonly string[]
}

export const rowText = (row: Row): string => `${lineText(row)} ${row.problems.length === 0 ? 'yes' : 'no'} |`

/** A row that says nothing has missed too. */
export const isWanting = (row: Row): boolean => row.problems.length > 0 || isMissed(row)
