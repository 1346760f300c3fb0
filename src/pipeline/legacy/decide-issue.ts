import { SmenaError } from '../../domain/errors.ts'
import type { PeopleRequest } from '../people-request.ts'
import type { PeopleTransaction } from '../people-store.ts'
import { audited, cleanText, type Telling } from '../people-telling.ts'
import { decidedInTrail } from './legacy-store.ts'
import { issueId, type IssueJson, issueJson } from './issue-view.ts'

type Request = Extract<PeopleRequest, { readonly do: 'legacy-decide' }>

/** Takes an issue of an import off the list: somebody has looked at it and says what came of it. */
export async function decideIssue(tx: PeopleTransaction, request: Request, it: Telling): Promise<IssueJson> {
  const { issue: key } = request
  const how = request.how === null || request.how.trim() === '' ? null : cleanText('how', request.how, 2000)
  const found = await tx.legacy.issue(key)
  if (!found) throw new SmenaError('thing-unknown', { what: 'issue of the import', id: issueId(key) })
  if ((await tx.legacy.decideIssues([key], it.who, it.now)) === 0) {
    const decided = await tx.legacy.issue(key)
    throw new SmenaError('issue-decided', { id: issueId(key).slice(0, 8), who: decided?.decidedBy ?? '–' })
  }
  const { kind, table, ids, people } = found
  await tx.addAudit([audited(it, decidedInTrail, null, null, { key, kind, table, ids, people, how })])
  return issueJson({ ...found, decidedAt: it.now, decidedBy: it.who }, how)
}
