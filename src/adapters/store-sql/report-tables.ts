import type { LegacyTables } from './tables-legacy.ts'
import type { PeopleTables } from './tables-people.ts'

/** The columns that reports ask for beside those of people and their time, by table, as Kysely wants to know them. */
export interface ReportTables extends PeopleTables, LegacyTables {
  readonly source: { readonly id: number; readonly name: string }
  readonly reading: { readonly id: number; readonly body: string }
  readonly call: {
    readonly id: number
    readonly source_id: number
    readonly reading_id: number
    readonly plan: string
    readonly kind: string
    readonly direction: string
    readonly outcome: string
    readonly from_number: string | null
    readonly to_number: string | null
    readonly targets: string
    readonly answered_by: string | null
    readonly answered_outside: number
    readonly extensions: string
    readonly started_at: number
    readonly answered_at: number | null
    readonly ended_at: number
    readonly wait_seconds: number
    readonly talk_seconds: number
    readonly hold_seconds: number
    readonly conference: string | null
  }
  readonly attribution: {
    readonly call_id: number
    readonly position: number
    readonly source_id: number
    readonly started_at: number
    readonly direction: string
    readonly counted: number
    readonly employee_id: number | null
    readonly plan: string
    readonly extension: string
    readonly role: string
    readonly state: string
    readonly at: number
    readonly record_id: number | null
    readonly ring_seconds: number
    readonly talk_seconds: number
    readonly hold_seconds: number
    readonly busy_from: number | null
    readonly busy_to: number | null
    readonly offer: string | null
  }
  readonly segment: { readonly id: number; readonly call_id: number }
  readonly attribution_due: { readonly call_id: number }
  readonly attribution_due_range: { readonly id: number }
}
