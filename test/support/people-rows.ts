import type { AttributedPart } from '../../src/domain/attribution.ts'
import { foldedKey, parseName } from '../../src/domain/people.ts'
import type { TestStore } from './stores.ts'

/** Rows of people as a test writes them past the services, to try what is worked out from them. Instants; `to` null: not over. */
export interface AssignmentRow {
  readonly employeeId: number
  readonly plan?: string
  readonly extension: string
  readonly from?: number
  readonly to?: number | null
}

export interface ShiftRow {
  readonly id: number
  readonly employeeId: number
  readonly from: number
  readonly to: number | null
  readonly breaks?: readonly { readonly from: number; readonly to: number | null }[]
}

export function employeeSql(id: number, name: string, personnelNumber: string | null = null): string {
  const { family, given, patronymic } = parseName(name)
  const number = personnelNumber === null ? 'NULL' : `'${personnelNumber}'`
  return `INSERT INTO employee (id, personnel_number, family, given, patronymic, name, name_key, created_at)
    VALUES (${id}, ${number}, '${family}', '${given}', '${patronymic}', '${name}', '${foldedKey(name)}', 0)`
}

export const assignmentSql = ({ employeeId, plan = 'site', extension, from = 0, to = null }: AssignmentRow): string =>
  `INSERT INTO assignment (employee_id, plan, extension, from_at, to_at, created_at)
    VALUES (${employeeId}, '${plan}', '${extension}', ${from}, ${to}, 0)`

export const shiftSql = ({ id, employeeId, from, to, breaks = [] }: ShiftRow): string[] => [
  `INSERT INTO shift (id, employee_id, started_at, ended_at, zone, started_how, created_at)
    VALUES (${id}, ${employeeId}, ${from}, ${to}, 'Europe/Moscow', 'shell', 0)`,
  ...breaks.map(
    (it) => `INSERT INTO shift_break (shift_id, employee_id, type, started_at, ended_at)
    VALUES (${id}, ${employeeId}, 'rest', ${it.from}, ${it.to})`,
  ),
]

/** What whoever writes people's time adds in the same transaction (R1). */
export const rangeSql = (extension: string, from: number, to: number | null, plan = 'site'): string =>
  `INSERT INTO attribution_due_range (plan, extension, from_at, to_at) VALUES ('${plan}', '${extension}', ${from}, ${to})`

export const inOneTransaction = (it: TestStore, statements: readonly string[]): Promise<void> =>
  it.execute(['BEGIN', ...statements, 'COMMIT'].join(';\n'))

/** [extension, person, role, state, talk] of each part of the call with this record, or of the only call. */
export async function partsOf(it: TestStore, recordId?: number): Promise<unknown[][]> {
  const reader = await it.reader()
  const [only] = await it.rows('SELECT id FROM call')
  const call = await reader.call(recordId ?? (only?.['id'] as number))
  const parts: readonly AttributedPart[] = call ? await reader.attributions([call.row.id]) : []
  return parts.map((part) => [part.extension, part.employeeId, part.role, part.state, part.talkSeconds])
}
