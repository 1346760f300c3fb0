import type { FigureDifference } from '../../domain/legacy/figures-check.ts'
import type { Issue } from '../../domain/legacy/issue.ts'
import type { TableLedger } from '../../domain/legacy/ledger.ts'
import type { LegacyReport } from '../../pipeline/legacy/legacy-importer.ts'
import { instantText } from '../../pipeline/status.ts'
import type { Words } from '../words/words.ts'
import { neutralise, wrap } from './neutral.ts'
import type { Look } from './output.ts'
import { table } from './table.ts'

/** So many of one kind are shown; the rest stands in the JSON. */
const shownAtMost = 20

/** What an import of the older system's data did, for people: the ledger, then what is left to decide, then the check. */
export async function* legacyReport(
  report: LegacyReport,
  words: Words,
  look: Look,
  breaksUnknown: boolean,
): AsyncGenerator<string> {
  const { t } = words
  const lines = function* (texts: Iterable<string>): Generator<string> {
    for (const text of texts) {
      const line = neutralise(text)
      yield `${look.width === null ? line : wrap(line, look.width)}\n`
    }
  }
  if (report.dryRun) yield* lines([t('legacy:dryRun')])
  const count = (name: NumberColumn, priority: number) => ({
    head: t(`legacy:column.${name}`),
    priority,
    align: 'right' as const,
    cell: (it: TableLedger) => words.count(it[name]),
  })
  yield* table(
    [
      { head: t('legacy:column.table'), priority: 100, cell: (it) => it.table },
      count('read', 90),
      count('imported', 85),
      count('merged', 80),
      count('skipped', 84),
      count('fresh', 50),
      count('changed', 49),
      count('same', 48),
      count('kept', 47),
    ],
    report.tables,
    look,
  )
  yield '\n'
  yield* lines(reasonLines(report.tables, words))
  yield* lines(noteLines(report, words, breaksUnknown))
  yield '\n'
  if (report.issues.length === 0) yield* lines([t('legacy:noIssues')])
  for (const [kind, issues] of Map.groupBy(report.issues, (it) => it.kind)) {
    yield* lines([t('legacy:issues', { what: t(`legacy:issue.${kind}`), number: words.count(issues.length) })])
    yield* lines(issues.slice(0, shownAtMost).map((it) => `  ${issueLine(it, words)}`))
    if (issues.length > shownAtMost)
      yield* lines([`  ${t('legacy:more', { number: words.count(issues.length - shownAtMost) })}`])
  }
  if (report.notes.issuesGone > 0) yield* lines([t('legacy:gone', { count: report.notes.issuesGone })])
  if (report.issues.length > 0 && !report.dryRun) yield* lines([t('legacy:list')])
  yield '\n'
  yield* lines(checkLines(report.differences, words))
}

type IssueFacts = Omit<Issue, 'kind' | 'table'> & { readonly kind: string; readonly table: string }

type NumberColumn = 'read' | 'imported' | 'fresh' | 'changed' | 'same' | 'kept' | 'merged' | 'skipped'

function* reasonLines(tables: readonly TableLedger[], words: Words): Generator<string> {
  const { t } = words
  for (const it of tables) {
    const reasons = Object.entries(it.reasons).map(([reason, count]) => {
      return t('legacy:reason', { reason: reasonText(reason, words), number: words.count(count) })
    })
    const flags = Object.entries(it.flags).map(([flag, count]) =>
      t('legacy:reason', { reason: t(`legacy:flag.${flag as 'merged'}`), number: words.count(count) }),
    )
    const list = [...reasons, ...flags].join(', ')
    if (list !== '') yield t('legacy:reasons', { table: it.table, list })
  }
}

function* noteLines({ notes }: LegacyReport, { t, count }: Words, breaksUnknown: boolean): Generator<string> {
  if (notes.hiredFromAccount > 0) yield t('legacy:hired', { count: notes.hiredFromAccount })
  if (notes.namesakes > 0) yield t('legacy:namesakes', { people: count(notes.namesakes) })
  if (notes.unknownTables.length > 0) yield t('legacy:unknownTables', { tables: notes.unknownTables.join(', ') })
  if (breaksUnknown) yield t('legacy:breaksUnknown')
}

export function issueLine(it: IssueFacts, words: Words): string {
  const { t } = words
  const ids = it.ids.length > 5 ? `${it.ids.slice(0, 5).join(', ')}, …` : it.ids.join(', ')
  const to = it.to === null ? t('legacy:openEnd') : words.time(it.to)
  const time = it.from === null ? '' : t('legacy:until', { from: words.time(it.from), to })
  const detail = it.kind === 'quarantined' ? quarantined(it.detail, words) : it.detail
  const rows = ids === '' ? '' : t('legacy:rowsOf', { table: it.table, ids })
  return [detail, it.people.join(', '), time, rows].filter((text) => text !== '').join(' · ')
}

/** Why, in words, before the row. */
function quarantined(detail: string, words: Words): string {
  const end = detail.indexOf(' ')
  return `${reasonText(detail.slice(0, end), words)} ${detail.slice(end + 1)}`
}

function reasonText(reason: string, { t }: Words): string {
  const column = /^unreadable-(.*)$/u.exec(reason)?.[1]
  return column === undefined ? t(`legacy:why.${reason as 'empty'}`) : t('legacy:why.unreadable', { column })
}

function* checkLines(differences: readonly FigureDifference[], words: Words): Generator<string> {
  const { t } = words
  if (differences.length === 0) {
    yield t('legacy:check.equal')
    return
  }
  yield t('legacy:check.differs', { count: differences.length })
  const unexplained = differences.filter((it) => it.causes.length === 0)
  // What nobody can explain stands first.
  const shown = [...unexplained, ...differences.filter((it) => it.causes.length > 0)]
  for (const it of shown.slice(0, shownAtMost)) {
    const causes = it.causes.map((cause) => t(`legacy:cause.${cause}`)).join(', ')
    yield `  ${t('legacy:check.line', {
      shift: it.shiftId,
      person: it.person,
      at: words.time(it.startedAt),
      figure: t(`legacy:check.${it.figure}`),
      old: words.count(it.old),
      here: words.count(it.here),
      causes: causes === '' ? t('legacy:check.noCause') : causes,
    })}`
  }
  if (shown.length > shownAtMost) yield `  ${t('legacy:more', { number: words.count(shown.length - shownAtMost) })}`
  if (unexplained.length > 0) yield t('legacy:check.unexplained', { count: unexplained.length })
}

/** The same for programs: every instant as text, nothing left out. */
export function legacyJson(report: LegacyReport): unknown {
  const time = (at: number | null) => (at === null ? null : instantText(at))
  return {
    ...report,
    issues: report.issues.map((it) => ({ ...it, from: time(it.from), to: time(it.to) })),
    differences: report.differences.map((it) => {
      return { ...it, shiftId: String(it.shiftId), startedAt: time(it.startedAt) }
    }),
  }
}
