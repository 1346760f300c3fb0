import type { Dialect } from './schema.ts'

/**
 * Statements of the fifth schema: the people of a closed period stay its people, whatever unit they come to be of, and no line of the
 * trail is replaced.
 */
export function periods(d: Dialect): string[] {
  const { int } = d
  return [
    // Of periods that are of a unit: those whose figures their versions keep.
    `CREATE TABLE period_person (
      employee_id ${int} NOT NULL,
      period_id ${int} NOT NULL,
      PRIMARY KEY (employee_id, period_id)
    ) ${d.clustered}`,
    `WITH RECURSIVE within (top, unit_id) AS (
        SELECT id, id FROM unit UNION SELECT w.top, u.id FROM within w JOIN unit u ON u.parent_id = w.unit_id)
      INSERT INTO period_person (employee_id, period_id)
        SELECT e.id, p.id FROM period p JOIN within w ON w.top = p.unit_id JOIN employee e ON e.unit_id = w.unit_id`,
    ...d.neverReplaced('audit'),
  ]
}
