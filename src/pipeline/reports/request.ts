import type { Direction } from '../../domain/call.ts'
import type { ServiceSettings } from '../../domain/metrics/call-summary.ts'
import type { Span } from '../../domain/worktime/spans.ts'

/** What a report is asked for. Null: of all of them; several filters hold together. */
export interface ReportRequest {
  readonly period: Span
  readonly filter: ReportFilter
  /** Thresholds for all calls alike; null: those of each group, and the usual ones where there is none. */
  readonly rules: ServiceSettings
  /** IANA zone by whose clock hours and days are told. */
  readonly zone: string
  readonly now: number
  /** How long an open shift counts. */
  readonly shiftAtMostSeconds: number
  /** Work after each call in which somebody talked; 0: as people mark it. */
  readonly wrapUpSeconds: number
}

export interface ReportFilter {
  readonly employeeIds: readonly number[] | null
  readonly extensions: readonly string[] | null
  readonly plan: string | null
  /** The number of a group, or the name of a list of numbers. */
  readonly group: string | null
  readonly sourceIds: readonly number[] | null
  readonly direction: Direction | null
  /** What the number of the other party has in common with the one asked for. */
  readonly number: string | null
}

/** What every report hands over: rows under the names of their JSON, and a total where rows can be counted together. */
export interface Report<Row, Total = Row> {
  readonly rows: readonly Row[]
  readonly total: Total
  /** Worked out only where they are shown. */
  readonly checks: () => Promise<readonly Check[]>
}

/** Sums that are made in different ways and have to be the same. */
export type Check =
  | {
      readonly kind: 'calls'
      /** Null: the report has no intervals. */
      readonly intervals: number | null
      readonly outcomes: number
      /** Calls that stand in no row: without a group, without one of the telephones. */
      readonly others: number
      readonly list: number
    }
  | {
      /** Person-seconds of talk: an internal call counts for both of its people. */
      readonly kind: 'people'
      readonly employees: number
      readonly noHolder: number
      readonly offShift: number
      readonly calls: number
    }
  | {
      /** Of people over the time of their shifts: what lies in the shifts, and what attribute judged to be on shift or on a break. */
      readonly kind: 'shifts'
      readonly talk: number
      readonly onShift: number
      readonly onBreak: number
      /** Each once. */
      readonly calls: number
      readonly judged: number
    }
  | {
      readonly kind: 'events'
      readonly events: number
      /** Once for each person. */
      readonly calls: number
      readonly marks: number
    }

export function holds(check: Check): boolean {
  switch (check.kind) {
    case 'calls':
      return check.outcomes + check.others === check.list && (check.intervals ?? check.list) === check.list
    case 'people':
      return check.employees + check.noHolder + check.offShift === check.calls
    case 'shifts':
      return check.talk === check.onShift + check.onBreak && check.calls === check.judged
    case 'events':
      return check.events === check.calls + check.marks
  }
}
