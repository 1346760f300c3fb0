import { SmenaError } from '../domain/errors.ts'
import { foldedKey, fullName } from '../domain/people.ts'
import { assigned } from './people-assignments.ts'
import { nobody, worded } from './people-entries.ts'
import type { EmployeeLine, PeopleRequest } from './people-request.ts'
import type { Employee, PeopleTransaction } from './people-store.ts'
import {
  audited,
  cleanText,
  DryRun,
  type LineProblem,
  problemOf,
  refuseProblems,
  type Telling,
} from './people-telling.ts'

/** What a list of people brought. A dry run reports the same and changes nothing. */
export interface EmployeeImportReport {
  readonly lines: number
  readonly added: number
  /** Known already, and something of them is new. */
  readonly changed: number
  readonly unchanged: number
  readonly assignments: number
  readonly problems: readonly LineProblem[]
}

/**
 * All lines or none. A person is known by personnel number, else by full name; somebody may stand in several lines, one for each
 * telephone. What a line leaves empty stays as it is.
 */
export async function importEmployees(
  tx: PeopleTransaction,
  { rows, dryRun }: Extract<PeopleRequest, { readonly do: 'employee-import' }>,
  it: Telling,
): Promise<EmployeeImportReport> {
  const counts = { added: 0, changed: 0, unchanged: 0, assignments: 0 }
  const problems: LineProblem[] = []
  for (const row of rows) {
    try {
      const { employee, what } = await person(tx, row, it)
      counts[what]++
      if (row.extension !== null) {
        const telephone = { extension: row.extension, plan: row.plan }
        await assigned(tx, employee, telephone, row.from ?? it.now, row.to, it)
        counts.assignments++
      }
    } catch (error) {
      problems.push(problemOf(row.line, error))
    }
  }
  refuseProblems(problems, dryRun)
  const report = { lines: rows.length, ...counts, problems }
  if (dryRun) throw new DryRun(report)
  return report
}

async function person(
  tx: PeopleTransaction,
  row: EmployeeLine,
  it: Telling,
): Promise<{ readonly employee: Employee; readonly what: 'added' | 'changed' | 'unchanged' }> {
  const name = cleanText('name', row.name)
  const known = await knownPerson(tx, name, row.personnelNumber)
  const words = {
    ...(row.personnelNumber === null ? {} : { personnelNumber: row.personnelNumber }),
    ...(row.position === null ? {} : { position: row.position }),
    ...(row.unit === null ? {} : { unit: row.unit }),
  }
  if (!known) {
    const facts = await worded(tx, nobody, name, words, it)
    const id = await tx.addEmployee(facts, it.now)
    await tx.addAudit([audited(it, 'employee-add', id, null, facts)])
    return { employee: { ...facts, id }, what: 'added' }
  }
  const before = (await tx.lockEmployee(known.id)) ?? known
  const facts = await worded(tx, before, foldedKey(fullName(before)) === foldedKey(name) ? undefined : name, words, it)
  const after = { ...facts, id: before.id }
  if (JSON.stringify({ ...before }) === JSON.stringify({ ...before, ...after }))
    return { employee: before, what: 'unchanged' }
  await tx.setEmployee(before.id, facts)
  await tx.addAudit([audited(it, 'employee-set', before.id, before, after)])
  return { employee: after, what: 'changed' }
}

async function knownPerson(tx: PeopleTransaction, name: string, number: string | null): Promise<Employee | null> {
  if (number !== null) {
    const [known] = await tx.employeesNamed({ id: null, personnelNumber: number, name: null })
    if (known) return known
  }
  const named = await tx.employeesNamed({ id: null, personnelNumber: null, name })
  // Of the same name, but with another number: somebody else.
  const same = named.filter((it) => number === null || it.personnelNumber === null)
  if (same.length > 1)
    throw new SmenaError('employee-ambiguous', { employee: name, ids: same.map((it) => it.id).join(', ') })
  return same[0] ?? null
}
