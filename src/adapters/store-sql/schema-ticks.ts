import type { Dialect } from './schema.ts'

/**
 * Statements of the fourth schema: what people say of calls, which no record says, and the thresholds of groups. A tick is kept by
 * what calls are made of and not by a call, so that calls that are made anew from their records find it again.
 */
export function ticks(d: Dialect): string[] {
  const { int, text } = d
  return [
    // The missed calls of a number up to until_at. site: where they were missed; empty: of sources that have none.
    `CREATE TABLE missed_done (
      id ${d.ownId},
      site ${text} NOT NULL,
      number ${text} NOT NULL,
      number_key ${text} NOT NULL,
      until_at ${int} NOT NULL,
      done_at ${int} NOT NULL,
      who ${text} NOT NULL,
      how ${text} NOT NULL
    ) ${d.table}`,
    `CREATE INDEX missed_done_number ON missed_done (number_key, id)`,
    // The person's call in which the record is. record_id: of the leg in which the person had a part when it was said.
    `CREATE TABLE call_exclusion (
      employee_id ${int} NOT NULL,
      record_id ${int} NOT NULL,
      PRIMARY KEY (employee_id, record_id)
    ) ${d.clustered}`,
    // Of a number that is a group; null: the usual ones.
    `ALTER TABLE directory ADD COLUMN service_level_seconds ${int}`,
    `ALTER TABLE directory ADD COLUMN short_seconds ${int}`,
  ]
}
