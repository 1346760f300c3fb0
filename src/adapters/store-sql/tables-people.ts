import type { Generated } from 'kysely'

/** The tables of people and their time, as Kysely wants to know them: truth values are 0 and 1. */
export interface PeopleTables {
  readonly unit: {
    readonly id: Generated<number>
    readonly name: string
    readonly name_key: string
    readonly parent_id: number | null
  }
  readonly employee: {
    readonly id: Generated<number>
    readonly personnel_number: string | null
    readonly family: string
    readonly given: string
    readonly patronymic: string
    readonly name: string
    readonly name_key: string
    readonly position: string | null
    readonly unit_id: number | null
    readonly zone: string | null
    readonly hired_on: string | null
    readonly left_on: string | null
    readonly active: number
    readonly version: Generated<number>
    readonly created_at: number
  }
  readonly site: { readonly name: string; readonly zone: string }
  readonly directory: {
    readonly plan: string
    readonly number: string
    readonly is_group: number
    readonly label: string | null
    readonly site: string | null
    readonly service_level_seconds: number | null
    readonly short_seconds: number | null
  }
  readonly directory_group: { readonly name: string; readonly plan: string; readonly number: string }
  readonly assignment: {
    readonly id: Generated<number>
    readonly employee_id: number
    readonly plan: string
    readonly extension: string
    readonly from_at: number
    readonly to_at: number | null
    readonly confirmed: number
    readonly created_at: number
  }
  readonly break_type: {
    readonly name: string
    readonly paid: number | null
    readonly minimum_seconds: number | null
    readonly maximum_seconds: number | null
    readonly position: number
    readonly active: number
  }
  readonly shift: {
    readonly id: Generated<number>
    readonly employee_id: number
    readonly started_at: number
    readonly ended_at: number | null
    readonly zone: string
    readonly started_how: string
    readonly ended_how: string | null
    readonly flags: string
    readonly created_at: number
  }
  readonly shift_break: {
    readonly id: Generated<number>
    readonly shift_id: number
    readonly employee_id: number
    readonly type: string
    readonly started_at: number
    readonly ended_at: number | null
    readonly flags: string
  }
  readonly mark_type: {
    readonly id: Generated<number>
    readonly name: string
    readonly name_key: string
    readonly position: number
    readonly active: number
    readonly wrap_up: number
    readonly reserved: string | null
  }
  readonly mark: {
    readonly id: Generated<number>
    readonly employee_id: number
    readonly shift_id: number | null
    readonly type_id: number
    readonly at: number
    readonly count: number
    readonly seconds: number | null
    readonly comment: string | null
    readonly excluded: number
    readonly how: string
    readonly flags: Generated<string>
  }
  readonly missed_done: {
    readonly id: Generated<number>
    readonly site: string
    readonly number: string
    readonly number_key: string
    readonly until_at: number
    readonly done_at: number
    readonly who: string
    readonly how: string
  }
  readonly call_exclusion: { readonly employee_id: number; readonly record_id: number }
  readonly client_key: {
    readonly key: string
    readonly employee_id: number
    readonly request: string
    readonly answer: string
    readonly at: number
  }
  readonly correction: {
    readonly id: Generated<number>
    readonly employee_id: number
    readonly state: string
    readonly reason: string
    readonly author: string
    readonly requested_at: number
    readonly edits: string
    readonly effect: string
    readonly decided_by: string | null
    readonly decided_at: number | null
    readonly decision: string | null
  }
  readonly period: {
    readonly id: Generated<number>
    readonly unit_id: number | null
    readonly from_at: number
    readonly to_at: number
    readonly locked_by: string
    readonly locked_at: number
    readonly unlocked_by: string | null
    readonly unlocked_at: number | null
  }
  readonly period_person: { readonly employee_id: number; readonly period_id: number }
  readonly period_version: {
    readonly period_id: number
    readonly version: number
    readonly made_at: number
    readonly made_by: string
    readonly reason: string
    readonly figures: string
    readonly difference: string
  }
  readonly person_quarter: {
    readonly employee_id: number
    readonly quarter: number
    readonly calls: number
    readonly talk: number
  }
  readonly audit: {
    readonly id: Generated<number>
    readonly at: number
    readonly who: string
    readonly what: string
    readonly employee_id: number | null
    readonly before: string | null
    readonly after: string | null
  }
  readonly saved_report: {
    readonly id: Generated<number>
    readonly name: string
    readonly report: string
    readonly filter: string
    readonly author: string
    readonly made_at: number
    readonly frozen: number
    readonly rows: string | null
    readonly shifts: string | null
  }
}
