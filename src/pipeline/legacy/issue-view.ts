import { instantText } from '../status.ts'
import type { StandingIssue } from './legacy-store.ts'

/** An issue of an import as JSON. */
export interface IssueJson {
  readonly id: string
  readonly kind: string
  readonly table: string
  readonly ids: readonly string[]
  readonly people: readonly string[]
  readonly from: string | null
  readonly to: string | null
  readonly detail: string
  readonly foundAt: string
  /** Null: open. By `legacy import`: its cause has gone. */
  readonly decidedAt: string | null
  readonly decidedBy: string | null
  readonly how: string | null
}

/** The key in digits and a to f, so that it can be typed and never looks like an option. */
export const issueId = (key: string): string => Buffer.from(key, 'base64url').toString('hex')

export function issueJson(it: StandingIssue, how: string | null): IssueJson {
  const { key, kind, table, ids, people, detail, decidedBy } = it
  const time = (at: number | null) => (at === null ? null : instantText(at))
  return {
    id: issueId(key),
    kind,
    table,
    ids,
    people,
    from: time(it.from),
    to: time(it.to),
    detail,
    foundAt: instantText(it.foundAt),
    decidedAt: time(it.decidedAt),
    decidedBy,
    how,
  }
}
