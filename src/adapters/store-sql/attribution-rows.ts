import type { AttributedPart } from '../../domain/attribution.ts'
import type { Direction, ExtensionPart } from '../../domain/call.ts'
import type { Held, ShiftTimes } from '../../domain/people-facts.ts'
import type { DueRange } from '../../pipeline/store.ts'
import type { Row, TableWriter } from './rows.ts'

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

/**
 * Ranges that have nothing of a source yet, as queries that follow `WITH`: `islands` are the unions of those of one telephone that
 * overlap or touch. A day of presses leaves many of them over the same time: from the start of a shift on, from a break on, …
 */
export const islandsOfRanges = (ranges: string): string => `
  ended AS (
    SELECT plan, extension, from_at, coalesce(to_at, ${Number.MAX_SAFE_INTEGER}) AS to_at FROM ${ranges}
  ), marked AS (
    SELECT plan, extension, from_at, to_at,
      CASE WHEN from_at <= max(to_at) OVER (
        PARTITION BY plan, extension ORDER BY from_at, to_at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
      ) THEN 0 ELSE 1 END AS begins
    FROM ended
  ), numbered AS (
    SELECT plan, extension, from_at, to_at, sum(begins) OVER (
      PARTITION BY plan, extension ORDER BY from_at, to_at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS island FROM marked
  ), islands AS (
    SELECT plan, extension, min(from_at) AS from_at, nullif(max(to_at), ${Number.MAX_SAFE_INTEGER}) AS to_at
    FROM numbered GROUP BY plan, extension, island
  )`

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
