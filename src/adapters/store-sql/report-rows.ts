import type { Selectable } from 'kysely'
import type { AttributedPart, AttributionState, Offer } from '../../domain/attribution.ts'
import type { Direction, Extension, ExtensionPart, Outcome } from '../../domain/call.ts'
import type { CountedCall } from '../../domain/metrics/counted-call.ts'
import type { Break, BreakFlag, BreakType, How, Mark, MarkType, Shift, ShiftFlag } from '../../domain/worktime/shift.ts'
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

export const partOf = (row: RowOf<'attribution'>): AttributedPart => ({
  callId: row.call_id,
  position: row.position,
  sourceId: row.source_id,
  startedAt: row.started_at,
  direction: row.direction as Direction,
  counted: row.counted === 1,
  employeeId: row.employee_id,
  plan: row.plan,
  extension: row.extension,
  role: row.role as ExtensionPart,
  state: row.state as AttributionState,
  at: row.at,
  recordId: row.record_id,
  ringSeconds: row.ring_seconds,
  talkSeconds: row.talk_seconds,
  holdSeconds: row.hold_seconds,
  busy: row.busy_from === null || row.busy_to === null ? null : { from: row.busy_from, to: row.busy_to },
  offer: row.offer as Offer | null,
})

export const shiftOf = (row: RowOf<'shift'>, breaks: readonly RowOf<'shift_break'>[]): Shift => ({
  id: row.id,
  employeeId: row.employee_id,
  startedAt: row.started_at,
  endedAt: row.ended_at,
  zone: row.zone,
  startedHow: row.started_how as How,
  endedHow: row.ended_how as How | null,
  flags: JSON.parse(row.flags) as ShiftFlag[],
  breaks: breaks.map(
    (it): Break => ({
      id: it.id,
      type: it.type,
      startedAt: it.started_at,
      endedAt: it.ended_at,
      flags: JSON.parse(it.flags) as BreakFlag[],
    }),
  ),
})

export const breakTypeOf = (row: RowOf<'break_type'>): BreakType => ({
  name: row.name,
  paid: row.paid === null ? null : row.paid === 1,
  minimumSeconds: row.minimum_seconds,
  maximumSeconds: row.maximum_seconds,
  active: row.active === 1,
})

export const markTypeOf = (row: RowOf<'mark_type'>): MarkType => ({
  id: row.id,
  name: row.name,
  active: row.active === 1,
  wrapUp: row.wrap_up === 1,
  reserved: row.reserved as MarkType['reserved'],
})

export const savedOf = (row: Omit<RowOf<'saved_report'>, 'rows' | 'shifts'>): SavedFacts => ({
  id: row.id,
  name: row.name,
  report: row.report,
  filter: row.filter,
  author: row.author,
  madeAt: row.made_at,
  frozen: row.frozen === 1,
})

export const markOf = (row: RowOf<'mark'>): Mark => ({
  id: row.id,
  employeeId: row.employee_id,
  shiftId: row.shift_id,
  typeId: row.type_id,
  at: row.at,
  count: row.count,
  seconds: row.seconds,
  comment: row.comment,
  excluded: row.excluded === 1,
  how: row.how as How,
})
