import type { AttributedPart } from '../../domain/attribution.ts'
import type { Call, CallKind, Direction, Doubt, Extension, ExtensionPart, Outcome } from '../../domain/call.ts'
import { numberKey } from '../../domain/call.ts'
import type { Held, ShiftTimes } from '../../domain/people-facts.ts'
import type { Reading, ReadingVersion } from '../../domain/reading.ts'
import { fragmentCodes } from '../../pipeline/ports.ts'
import {
  type CallRow,
  type DueRange,
  type DuplicateRow,
  monthOf,
  type PartyRow,
  type QuarantineRow,
  type RecordState,
  type SegmentRow,
  type SourceRow,
  type StoredRecord,
} from '../../pipeline/store.ts'

/** A value as both engines take it. */
export type Value = string | number | Uint8Array | null

/** How the rows of one table are written: the same list of columns and values for both engines. */
export interface TableWriter<Row> {
  readonly table: string
  readonly columns: readonly string[]
  readonly values: (row: Row) => Value[]
}

const stateCode = (state: RecordState): number => (state === 'stored' ? 0 : 1)

export const recordWriter: TableWriter<StoredRecord> = {
  table: 'record',
  columns: [
    'id',
    'source_id',
    'content_at',
    'hash',
    'k',
    'state',
    'journal_id',
    'delivery_id',
    'line',
    'received_at',
    'fragment',
    'bytes',
  ],
  values: (row) => [
    row.id,
    row.sourceId,
    row.contentAt,
    row.hash,
    row.k,
    stateCode(row.state),
    row.journalId,
    row.deliveryId,
    row.line,
    row.receivedAt,
    fragmentCodes.indexOf(row.fragment),
    row.bytes,
  ],
}

export const duplicateWriter: TableWriter<DuplicateRow> = {
  table: 'duplicate',
  columns: ['record_id', 'delivery_id', 'line', 'source_id', 'journal_id', 'received_at'],
  values: (row) => [row.recordId, row.deliveryId, row.line, row.sourceId, row.journalId, row.receivedAt],
}

export const quarantineWriter: TableWriter<QuarantineRow> = {
  table: 'quarantine',
  columns: [
    'record_id',
    'source_id',
    'content_at',
    'hash',
    'k',
    'reason',
    'detail',
    'delivery_id',
    'line',
    'received_at',
  ],
  values: (row) => [
    row.recordId,
    row.sourceId,
    row.contentAt,
    row.hash,
    row.k,
    row.reason,
    row.detail,
    row.deliveryId,
    row.line,
    row.receivedAt,
  ],
}

export const segmentWriter: TableWriter<SegmentRow> = {
  table: 'segment',
  columns: [
    'id',
    'source_id',
    'call_id',
    'start_wall',
    'end_wall',
    'received_at',
    'delivery_id',
    'line',
    'reading_id',
    'rules',
    'fields',
  ],
  values: (row) => [
    row.id,
    row.sourceId,
    row.callId,
    row.startWall,
    row.endWall,
    row.receivedAt,
    row.deliveryId,
    row.line,
    row.readingId,
    row.rules,
    row.fields,
  ],
}

export interface JoinKeyRow {
  readonly sourceId: number
  readonly key: number
  readonly segmentId: number
}

export const joinKeyWriter: TableWriter<JoinKeyRow> = {
  table: 'join_key',
  columns: ['source_id', 'key', 'segment_id'],
  values: (row) => [row.sourceId, row.key, row.segmentId],
}

export const callWriter: TableWriter<CallRow> = {
  table: 'call',
  columns: [
    'id',
    'source_id',
    'reading_id',
    'rules',
    'plan',
    'start_wall',
    'exchange_call_id',
    'kind',
    'direction',
    'outcome',
    'from_number',
    'from_name',
    'to_number',
    'targets',
    'answered_by',
    'answered_outside',
    'extensions',
    'started_at',
    'answered_at',
    'ended_at',
    'ring_seconds',
    'wait_seconds',
    'talk_seconds',
    'hold_seconds',
    'park_seconds',
    'machine_seconds',
    'conference',
    'segments',
    'doubtful',
    'complete_at',
  ],
  values: ({ id, sourceId, readingId, rules, plan, startWall, call }) => [
    id,
    sourceId,
    readingId,
    rules,
    plan,
    startWall,
    call.exchangeCallId,
    call.kind,
    call.direction,
    call.outcome,
    call.from,
    call.fromName,
    call.to,
    JSON.stringify(call.targets),
    call.answeredBy,
    call.answeredOutside ? 1 : 0,
    JSON.stringify(call.extensions.map(({ number, part }) => [number, part])),
    call.startedAt,
    call.answeredAt,
    call.endedAt,
    call.ringSeconds,
    call.waitSeconds,
    call.talkSeconds,
    call.holdSeconds,
    call.parkSeconds,
    call.machineSeconds,
    call.conference,
    call.segments,
    JSON.stringify(call.doubtful),
    call.completeAt,
  ],
}

export const partyWriter: TableWriter<PartyRow> = {
  table: 'call_party',
  columns: ['call_id', 'position', 'role', 'plan', 'number', 'number_key', 'month', 'started_at'],
  values: (row) => [
    row.callId,
    row.position,
    row.role,
    row.plan,
    row.number,
    numberKey(row.number),
    monthOf(row.startedAt),
    row.startedAt,
  ],
}

export interface DueRow {
  readonly callId: number
  readonly sourceId: number
}

export const dueWriter: TableWriter<DueRow> = {
  table: 'attribution_due',
  columns: ['call_id', 'source_id'],
  values: (row) => [row.callId, row.sourceId],
}

export const attributionWriter: TableWriter<AttributedPart> = {
  table: 'attribution',
  columns: [
    'call_id',
    'position',
    'source_id',
    'started_at',
    'direction',
    'counted',
    'employee_id',
    'plan',
    'extension',
    'role',
    'state',
    'at',
    'record_id',
    'ring_seconds',
    'talk_seconds',
    'hold_seconds',
    'busy_from',
    'busy_to',
    'offer',
  ],
  values: (row) => [
    row.callId,
    row.position,
    row.sourceId,
    row.startedAt,
    row.direction,
    row.counted ? 1 : 0,
    row.employeeId,
    row.plan,
    row.extension,
    row.role,
    row.state,
    row.at,
    row.recordId,
    row.ringSeconds,
    row.talkSeconds,
    row.holdSeconds,
    row.busy?.from ?? null,
    row.busy?.to ?? null,
    row.offer,
  ],
}

/** A row as an engine gives it: bigint columns already as numbers. */
export type Row = Readonly<Record<string, unknown>>

export const callColumns = callWriter.columns.join(', ')

export function callOf(row: Row): CallRow {
  const text = (name: string) => row[name] as string
  const optional = (name: string) => row[name] as string | null
  const int = (name: string) => row[name] as number
  const call: Call = {
    exchangeCallId: text('exchange_call_id'),
    kind: text('kind') as CallKind,
    direction: text('direction') as Direction,
    outcome: text('outcome') as Outcome,
    from: optional('from_number'),
    fromName: optional('from_name'),
    to: optional('to_number'),
    targets: JSON.parse(text('targets')) as string[],
    answeredBy: optional('answered_by'),
    answeredOutside: int('answered_outside') === 1,
    extensions: (JSON.parse(text('extensions')) as [string, Extension['part']][]).map(([number, part]) => ({
      number,
      part,
    })),
    startedAt: int('started_at'),
    answeredAt: row['answered_at'] as number | null,
    endedAt: int('ended_at'),
    ringSeconds: int('ring_seconds'),
    waitSeconds: int('wait_seconds'),
    talkSeconds: int('talk_seconds'),
    holdSeconds: int('hold_seconds'),
    parkSeconds: int('park_seconds'),
    machineSeconds: int('machine_seconds'),
    conference: optional('conference'),
    segments: int('segments'),
    doubtful: JSON.parse(text('doubtful')) as Doubt[],
    completeAt: row['complete_at'] as number | null,
  }
  return {
    id: int('id'),
    sourceId: int('source_id'),
    readingId: int('reading_id'),
    rules: int('rules'),
    plan: text('plan'),
    startWall: int('start_wall'),
    call,
  }
}

export const segmentColumns = segmentWriter.columns.join(', ')

export function segmentOf(row: Row): SegmentRow {
  return {
    id: row['id'] as number,
    sourceId: row['source_id'] as number,
    callId: row['call_id'] as number,
    startWall: row['start_wall'] as number,
    endWall: row['end_wall'] as number,
    receivedAt: row['received_at'] as number,
    deliveryId: row['delivery_id'] as number,
    line: row['line'] as number,
    readingId: row['reading_id'] as number,
    rules: row['rules'] as number,
    fields: row['fields'] as string,
  }
}

export const recordColumns = recordWriter.columns.join(', ')

export function recordOf(row: Row): StoredRecord {
  return {
    id: row['id'] as number,
    sourceId: row['source_id'] as number,
    contentAt: row['content_at'] as number,
    hash: row['hash'] as Uint8Array,
    k: row['k'] as number,
    state: row['state'] === 0 ? 'stored' : 'quarantined',
    journalId: row['journal_id'] as number,
    deliveryId: row['delivery_id'] as number,
    line: row['line'] as number,
    receivedAt: row['received_at'] as number,
    fragment: fragmentCodes[row['fragment'] as number] ?? null,
    bytes: row['bytes'] as Uint8Array | null,
  }
}

export const attributionColumns = attributionWriter.columns.join(', ')

export function attributionOf(row: Row): AttributedPart {
  const busyFrom = row['busy_from'] as number | null
  return {
    callId: row['call_id'] as number,
    position: row['position'] as number,
    sourceId: row['source_id'] as number,
    startedAt: row['started_at'] as number,
    direction: row['direction'] as Direction,
    counted: row['counted'] === 1,
    employeeId: row['employee_id'] as number | null,
    plan: row['plan'] as string,
    extension: row['extension'] as string,
    role: row['role'] as AttributedPart['role'],
    state: row['state'] as AttributedPart['state'],
    at: row['at'] as number,
    recordId: row['record_id'] as number | null,
    ringSeconds: row['ring_seconds'] as number,
    talkSeconds: row['talk_seconds'] as number,
    holdSeconds: row['hold_seconds'] as number,
    busy: busyFrom === null ? null : { from: busyFrom, to: row['busy_to'] as number },
    offer: row['offer'] as AttributedPart['offer'],
  }
}

export const heldOf = (row: Row): Held => ({
  employeeId: row['employee_id'] as number,
  plan: row['plan'] as string,
  extension: row['extension'] as string,
  from: row['from_at'] as number,
  to: row['to_at'] as number | null,
})

/** Shifts with their breaks, of rows that have one break each or, with nulls, none. */
export function shiftTimesOf(rows: readonly Row[]): ShiftTimes[] {
  const shifts = new Map<unknown, Omit<ShiftTimes, 'breaks'> & { breaks: ShiftTimes['breaks'][number][] }>()
  for (const row of rows) {
    let shift = shifts.get(row['id'])
    if (!shift) {
      shift = {
        employeeId: row['employee_id'] as number,
        startedAt: row['started_at'] as number,
        endedAt: row['ended_at'] as number | null,
        breaks: [],
      }
      shifts.set(row['id'], shift)
    }
    const startedAt = row['break_started_at'] as number | null
    if (startedAt !== null) shift.breaks.push({ startedAt, endedAt: row['break_ended_at'] as number | null })
  }
  return [...shifts.values()]
}

export const sourceOf = (row: Row): SourceRow => ({ id: row['id'] as number, name: row['name'] as string })

export const dueSourcesQuery = `SELECT id, name FROM source s
  WHERE EXISTS (SELECT 1 FROM attribution_due d WHERE d.source_id = s.id)
    OR EXISTS (SELECT 1 FROM attribution_due_range r WHERE r.source_id = s.id)
  ORDER BY id`

export const rangeColumns = 'id, plan, extension, from_at, to_at, month, after_call'

export function rangeOf(row: Row): DueRange {
  const month = row['month'] as number | null
  return {
    id: row['id'] as number,
    plan: row['plan'] as string,
    extension: row['extension'] as string,
    from: row['from_at'] as number,
    to: row['to_at'] as number | null,
    done: month === null ? null : { month, callId: row['after_call'] as number },
  }
}

/** Roles in which a number is an own extension of its call, in SQL. */
export const extensionRoles = [
  'caller',
  'answered',
  'transferred',
  'offered',
] as const satisfies readonly ExtensionPart[]
export const extensionRolesText = extensionRoles.map((it) => `'${it}'`).join(', ')

export const quarantineColumns = quarantineWriter.columns.join(', ')

export function quarantineOf(row: Row): QuarantineRow {
  return {
    recordId: row['record_id'] as number,
    sourceId: row['source_id'] as number,
    contentAt: row['content_at'] as number,
    hash: row['hash'] as Uint8Array,
    k: row['k'] as number,
    reason: row['reason'] as QuarantineRow['reason'],
    detail: row['detail'] as string,
    deliveryId: row['delivery_id'] as number,
    line: row['line'] as number,
    receivedAt: row['received_at'] as number,
  }
}

export function readingOf(row: Row): ReadingVersion {
  return {
    id: row['id'] as number,
    version: row['version'] as number,
    from: row['valid_from'] as number | null,
    reading: JSON.parse(row['body'] as string) as Reading,
  }
}

export const readingColumns = 'id, version, valid_from, body'

/** How deliveries that are live are named in SQL. */
export const liveHows = "'tcp', 'stdin', 'follow'"

/** Which records a transaction touched: up to 100 ids, else their range. */
export function changeText(recordIds: readonly number[]): string {
  if (recordIds.length <= 100) return JSON.stringify(recordIds)
  let from = Number.POSITIVE_INFINITY
  let to = 0
  for (const id of recordIds) {
    if (id < from) from = id
    if (id > to) to = id
  }
  return JSON.stringify({ from, to })
}
