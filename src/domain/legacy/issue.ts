import type { OldTable } from './old-tables.ts'

/** What a person has to look at or decide, because no rule can. */
export type IssueKind =
  /** The row cannot be read or belongs to nothing: it was not imported. */
  | 'quarantined'
  /** Two people seem to have held one extension at one time: neither counts until somebody says. */
  | 'same-extension'
  /** Somebody holds it here already. */
  | 'extension-held-here'
  /** Several people have the same id of the HR system: none got it as personnel number. */
  | 'code-not-unique'
  /** Somebody here has the personnel number but another name. */
  | 'number-of-another'
  /** Somebody of the same name is here already: they may be one person. */
  | 'same-name-here'
  /** Names that look the same and are typed with letters of two alphabets. */
  | 'look-alike-names'
  | 'no-name'
  | 'same-type-name'
  /** Shifts of one person lay over each other. */
  | 'shifts-merged'
  /** It was open past the limit, and was ended there. */
  | 'shift-ended-at-limit'
  | 'shift-cut'
  | 'breaks-merged'
  /** The old row changed, and so had what it made here. */
  | 'changed-here'
  | 'removed-here'
  /** It would lie over a shift that was worked here. */
  | 'overlaps-shift-here'
  /** It lies in a period that is locked. */
  | 'period-locked'
  /** No automatic rows are to be expected: the program that wrote them stood still. */
  | 'gap-expected'

/** Found by the first import that meets them and by no later one, or for ever: not finding them again says nothing. */
export const notFoundAgain: ReadonlySet<string> = new Set<IssueKind>(['same-name-here', 'gap-expected'])

export interface Issue {
  readonly kind: IssueKind
  readonly table: OldTable
  /** Ids of the old rows that it is about. */
  readonly ids: readonly string[]
  readonly people: readonly string[]
  readonly from: number | null
  readonly to: number | null
  /** What was found: an extension, a code, a column. */
  readonly detail: string
}

export const issue = (
  kind: IssueKind,
  table: OldTable,
  ids: readonly (string | number)[],
  more: Partial<Pick<Issue, 'people' | 'from' | 'to' | 'detail'>> = {},
): Issue => ({ kind, table, ids: ids.map(String), people: [], from: null, to: null, detail: '', ...more })
