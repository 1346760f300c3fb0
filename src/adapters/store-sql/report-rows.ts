import type { Selectable } from 'kysely'
import type { Direction, Extension, ExtensionPart, Outcome } from '../../domain/call.ts'
import type { CountedCall } from '../../domain/metrics/counted-call.ts'
import type { SavedFacts } from '../../pipeline/report-reading.ts'
import type { ReportTables } from './report-tables.ts'

/** Rows of either engine as the domain has them. */

type RowOf<Table extends keyof ReportTables> = Selectable<ReportTables[Table]>
type CallRow = Omit<RowOf<'call'>, 'kind'>

/** Lists of targets and extensions are few and come again and again: each text is read once. */
export function callReader(): (row: CallRow) => CountedCall {
  const targetsOf = readOnce((text) => JSON.parse(text) as string[])
  const extensionsOf = readOnce((text): Extension[] =>
    (JSON.parse(text) as [string, ExtensionPart][]).map(([number, part]) => ({ number, part })),
  )
  return (row) => ({
    id: row.id,
    sourceId: row.source_id,
    readingId: row.reading_id,
    plan: row.plan,
    direction: row.direction as Direction,
    outcome: row.outcome as Outcome,
    from: row.from_number,
    to: row.to_number,
    targets: targetsOf(row.targets),
    answeredBy: row.answered_by,
    answeredOutside: row.answered_outside === 1,
    extensions: extensionsOf(row.extensions),
    startedAt: row.started_at,
    answeredAt: row.answered_at,
    endedAt: row.ended_at,
    waitSeconds: row.wait_seconds,
    talkSeconds: row.talk_seconds,
    holdSeconds: row.hold_seconds,
    conference: row.conference,
  })
}

function readOnce<T>(read: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>()
  return (text) => {
    const found = known.get(text)
    if (found !== undefined) return found
    if (known.size > 50_000) known.clear()
    const value = read(text)
    known.set(text, value)
    return value
  }
}

export const savedOf = (row: Omit<RowOf<'saved_report'>, 'rows' | 'shifts'>): SavedFacts => ({
  id: row.id,
  name: row.name,
  report: row.report,
  filter: row.filter,
  author: row.author,
  madeAt: row.made_at,
  frozen: row.frozen === 1,
})
