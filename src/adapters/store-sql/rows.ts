import type { Call, CallKind, Direction, Doubt, Extension, Outcome } from '../../domain/call.ts'
import { numberKey } from '../../domain/call.ts'
import type { Reading, ReadingVersion } from '../../domain/reading.ts'
import { fragmentCodes } from '../../pipeline/ports.ts'
import {
  type CallRow,
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

export const sourceOf = (row: Row): SourceRow => ({ id: row['id'] as number, name: row['name'] as string })

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
