import { SmenaError } from '../../domain/errors.ts'
import type { IssueKind } from '../../domain/legacy/issue.ts'
import { importer, type StandingIssue } from '../../pipeline/legacy/legacy-store.ts'
import { issueId, type IssueJson, issueJson } from '../../pipeline/legacy/issue-view.ts'
import { askPeople, openPeople, type WritingOptions } from '../ask-people.ts'
import type { Context } from '../context.ts'
import { jsonLine, jsonLines } from '../present/json-lines.ts'
import { issueLine } from '../present/legacy-report.ts'
import { neutralise, wrap } from '../present/neutral.ts'
import type { Words } from '../words/words.ts'

/** So much of an id stands in a list; any beginning that only one issue has will do. */
const shownOfId = 8
const idAtLeast = 4

/** What imports of the older system's data left for a person to decide, by kind, with what is to be done. */
export async function legacyIssuesCommand(
  context: Context,
  _: readonly string[],
  options: { all?: true; json?: true },
): Promise<void> {
  const { words, look, print } = context
  await using reader = await openPeople(context)
  const known = (await reader?.legacyIssues()) ?? []
  const issues = known
    .filter((it) => options.all === true || it.decidedAt === null)
    .toSorted((a, b) => compare(a.kind, b.kind) || (a.from ?? 0) - (b.from ?? 0) || compare(a.key, b.key))
  const decisions = (options.all ? await reader?.legacyDecisions() : undefined) ?? new Map<string, string>()
  if (options.json) return await print(jsonLines(issues.map((it) => issueJson(it, decisions.get(it.key) || null))))
  const lines = issues.length === 0 ? [emptyText(known.length > 0, words)] : issueLines(issues, decisions, words)
  const shown = (line: string) => (look.width === null ? neutralise(line) : wrap(neutralise(line), look.width))
  await print([...lines].map((line) => `${shown(line)}\n`))
}

const emptyText = (isImported: boolean, { t }: Words): string =>
  t(isImported ? 'legacy:decide.noneOpen' : 'legacy:decide.none')

function* issueLines(
  issues: readonly StandingIssue[],
  decisions: ReadonlyMap<string, string>,
  words: Words,
): Generator<string> {
  const { t, count, time, zone } = words
  const said = ({ key, decidedAt, decidedBy }: StandingIssue): string => {
    if (decidedAt === null) return ''
    const at = time(decidedAt)
    if (decidedBy === importer) return t('legacy:decide.gone', { at })
    return [t('legacy:decide.by', { at, who: decidedBy ?? '–' }), decisions.get(key) ?? ''].filter(Boolean).join(': ')
  }
  for (const [kind, of] of Map.groupBy(issues, (it) => it.kind as IssueKind)) {
    yield t('legacy:issues', { what: t(`legacy:issue.${kind}`), number: count(of.length) })
    if (of.some((it) => it.decidedAt === null)) yield `→ ${t(`legacy:todo.${kind}`)}`
    for (const it of of)
      yield `  ${issueId(it.key).slice(0, shownOfId)}  ${[issueLine(it, words), said(it)].filter(Boolean).join(' · ')}`
    yield ''
  }
  yield `${t('legacy:decide.next')} ${t('people:caption', { zone: zone(Date.now()) })}`
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

export async function legacyDecideCommand(
  context: Context,
  [text = '']: readonly string[],
  { how, ...options }: WritingOptions & { readonly how?: string },
): Promise<void> {
  const issue = await issueNamed(context, text)
  const decided = await askPeople<IssueJson>(context, { do: 'legacy-decide', issue, how: how ?? null }, options)
  if (options.json) return await context.print([jsonLine(decided)])
  const { t } = context.words
  const kind = t(`legacy:issue.${decided.kind as IssueKind}`)
  const said = t('legacy:decide.done', { id: decided.id.slice(0, shownOfId), kind, who: decided.decidedBy ?? '–' })
  await context.print([`${neutralise(said)}\n`])
}

/** The key of the only issue whose id begins so. */
async function issueNamed(context: Context, text: string): Promise<string> {
  const wanted = text.trim().toLowerCase()
  await using reader = await openPeople(context)
  const issues = (await reader?.legacyIssues()) ?? []
  const found = wanted.length < idAtLeast ? [] : issues.filter((it) => issueId(it.key).startsWith(wanted))
  const [one, ...more] = found
  if (!one) throw new SmenaError('thing-unknown', { what: 'issue of the import', id: text.slice(0, 40) })
  if (more.length === 0) return one.key
  const expected = 'more of its id: several begin so'
  throw new SmenaError('value-unreadable', { what: 'issue', found: text.slice(0, 40), expected })
}
