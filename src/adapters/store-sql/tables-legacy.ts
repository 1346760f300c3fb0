import type { Generated } from 'kysely'

/** The tables of what came from the older system, as Kysely wants to know them: truth values are 0 and 1. */
export interface LegacyTables {
  readonly legacy_id: {
    readonly old_table: string
    readonly kind: string
    readonly old_id: string
    readonly id: number
    readonly fingerprint: string
  }
  readonly legacy_call: {
    readonly id: Generated<number>
    readonly employee_id: number
    readonly shift_id: number | null
    readonly at: number
    readonly told_at: number
    readonly direction: string
    readonly extension: string | null
    readonly other_number: string | null
    readonly other_key: string | null
    readonly seconds: number
    readonly ring_only: number
    readonly excluded: number
    readonly comment: string | null
    readonly flags: string
  }
  readonly legacy_digest: {
    readonly origin: string
    readonly old_id: string
    readonly source: string
    readonly at: number
    readonly seconds: number
    readonly direction: string
    readonly a: string
    readonly b: string
    readonly c: string
    readonly internal: number
    readonly ring_only: number
  }
  readonly legacy_account: {
    readonly user_id: number
    readonly employee_id: number
    readonly username: string
    readonly email: string
    readonly role: string
    readonly active: number
  }
  readonly legacy_issue: {
    readonly key: string
    readonly kind: string
    readonly old_table: string
    readonly old_ids: string
    readonly people: string
    readonly from_at: number | null
    readonly to_at: number | null
    readonly detail: string
    readonly found_at: number
    readonly decided_at: number | null
    readonly decided_by: string | null
  }
}
