import type { Generated } from 'kysely'
import type { LegacyTables } from './tables-legacy.ts'
import type { PeopleTables } from './tables-people.ts'

/** The columns that readers ask for, by table, as Kysely wants to know them. */
export interface Tables extends PeopleTables, LegacyTables {
  readonly source: {
    readonly id: number
    readonly name: string
    readonly last_received_at: number | null
    readonly clock_samples: string
    readonly reading_version: number
  }
  readonly reading: {
    readonly id: number
    readonly source_id: number
    readonly version: number
    readonly valid_from: number | null
    readonly body: string
  }
  readonly journal: { readonly id: number; readonly uid: string; readonly generation: number; readonly kind: string }
  readonly position: { readonly source_id: number; readonly journal_id: number; readonly next: number }
  readonly passed: {
    readonly source_id: number
    readonly journal_id: number
    readonly from_number: number
    readonly to_number: number
    readonly since: number
  }
  readonly delivery: { readonly id: number; readonly uid: string }
  readonly record: {
    readonly id: number
    readonly source_id: number
    readonly content_at: number
    readonly hash: Uint8Array
    readonly k: number
    readonly bytes: Uint8Array | null
  }
  readonly quarantine: {
    readonly record_id: number
    readonly source_id: number
    readonly content_at: number
    readonly hash: Uint8Array
    readonly k: number
    readonly reason: string
    readonly detail: string
    readonly delivery_id: number
    readonly line: number
    readonly received_at: number
  }
  readonly segment: { readonly id: number; readonly call_id: number }
  readonly call: {
    readonly id: number
    readonly source_id: number
    readonly reading_id: number
    readonly rules: number
    readonly start_wall: number
    readonly kind: string
    readonly direction: string
    readonly outcome: string
    readonly started_at: number
    readonly from_number: string | null
    readonly to_number: string | null
  }
  readonly call_party: {
    readonly call_id: number
    readonly role: string
    readonly plan: string | null
    readonly number: string
    readonly number_key: string
    readonly month: number
  }
  readonly call_made: {
    readonly source_id: number
    readonly reading_id: number
    readonly rules: number
    readonly day: number
    readonly calls: number
  }
  readonly ledger: {
    readonly source_id: number
    readonly journal_id: number
    readonly stored: number
    readonly duplicate: number
    readonly quarantined: number
  }
  readonly attribution_due: { readonly call_id: number }
  readonly attribution_due_range: {
    readonly id: Generated<number>
    readonly plan: string
    readonly extension: string
    readonly from_at: number
    readonly to_at: number | null
  }
  readonly attribution: {
    readonly call_id: number
    readonly position: number
    readonly started_at: number
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
  }
}
