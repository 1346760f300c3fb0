/** The columns that reports ask for, by table, as Kysely wants to know them. */
export interface ReportTables {
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
  readonly attribution_due: { readonly call_id: number }
  readonly attribution_due_range: { readonly id: number }
  readonly employee: {
    readonly id: number
    readonly name: string
    readonly name_key: string
    readonly personnel_number: string | null
    readonly unit_id: number | null
    readonly active: number
  }
  readonly unit: {
    readonly id: number
    readonly name: string
    readonly name_key: string
    readonly parent_id: number | null
  }
  readonly site: { readonly name: string; readonly zone: string }
  readonly directory: {
    readonly plan: string
    readonly number: string
    readonly is_group: number
    readonly label: string | null
    readonly site: string | null
  }
  readonly directory_group: { readonly name: string; readonly plan: string; readonly number: string }
  readonly break_type: {
    readonly name: string
    readonly paid: number | null
    readonly minimum_seconds: number | null
    readonly maximum_seconds: number | null
    readonly position: number
    readonly active: number
  }
  readonly shift: {
    readonly id: number
    readonly employee_id: number
    readonly started_at: number
    readonly ended_at: number | null
    readonly zone: string
    readonly started_how: string
    readonly ended_how: string | null
    readonly flags: string
  }
  readonly shift_break: {
    readonly id: number
    readonly shift_id: number
    readonly type: string
    readonly started_at: number
    readonly ended_at: number | null
    readonly flags: string
  }
  readonly mark_type: {
    readonly id: number
    readonly name: string
    readonly position: number
    readonly active: number
    readonly wrap_up: number
    readonly reserved: string | null
  }
  readonly saved_report: {
    readonly id: number
    readonly name: string
    readonly report: string
    readonly filter: string
    readonly author: string
    readonly made_at: number
    readonly frozen: number
    readonly rows: string | null
    readonly shifts: string | null
  }
  readonly mark: {
    readonly id: number
    readonly employee_id: number
    readonly shift_id: number | null
    readonly type_id: number
    readonly at: number
    readonly count: number
    readonly seconds: number | null
    readonly comment: string | null
    readonly excluded: number
    readonly how: string
  }
}
