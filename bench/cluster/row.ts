import { type Line, lineText } from '../measure.ts'

/** One comparison. Problems: why it says nothing. */
export interface Row extends Line {
  readonly problems: readonly string[]
}

export const rowText = (row: Row): string => `${lineText(row)} ${row.problems.length === 0 ? 'yes' : 'no'} |`

/** A figure that was not found is missed too. */
export const isMissed = ({ ours, limit, reach, problems }: Row): boolean =>
  problems.length > 0 || (reach !== null && !(ours / limit >= reach))
