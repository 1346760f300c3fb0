import { SmenaError } from '../domain/errors.ts'
import { namedSo } from '../domain/find-employee.ts'
import { type Assignment, foldedKey, fullName, isWhollyOther, parseName } from '../domain/people.ts'
import { assigned } from './people-assignments.ts'
import { nobody, viewOf, worded } from './people-entries.ts'
import type { EmployeeLine, EmployeeWords, PeopleRequest } from './people-request.ts'
import type { Employee, PeopleTransaction } from './people-store.ts'
import {
  audited,
  cleanText,
  clockText,
  DryRun,
  type LineProblem,
  problemOf,
  refuseProblems,
  type Telling,
} from './people-telling.ts'
import { employeeBrief, type EmployeeBrief, type EmployeeJson } from './people-view.ts'

/** One fact of one person that a line changes; somebody new is a name that there was not. */
interface ImportChange {
  readonly line: number
  readonly employee: EmployeeBrief
  readonly field: (typeof fields)[number] | 'extension'
  /** Null: there was none, there is none. */
  readonly before: string | null
  readonly after: string | null
}

const fields = ['name', 'personnelNumber', 'position', 'unit', 'zone', 'hiredOn', 'leftOn'] as const

/** What a list of people brought. A dry run reports the same and changes nothing. */
export interface EmployeeImportReport {
  readonly lines: number
  readonly added: number
  /** Known already, and something of them is new. */
  readonly changed: number
  readonly unchanged: number
  /** Telephones that were given, or given for longer; those held already are not counted. */
  readonly assignments: number
  readonly changes: readonly ImportChange[]
  readonly problems: readonly LineProblem[]
}

/**
 * All lines or none. A person is known by personnel number, if also a part of the name is right, else by full name; somebody may stand in several lines, one for each
 * telephone. What a line leaves empty stays as it is.
 */
export async function importEmployees(
  tx: PeopleTransaction,
  { rows, dryRun }: Extract<PeopleRequest, { readonly do: 'employee-import' }>,
  it: Telling,
): Promise<EmployeeImportReport> {
  const counts = { added: 0, changed: 0, unchanged: 0, assignments: 0 }
  const problems: LineProblem[] = []
  const changes: ImportChange[] = []
  for (const row of rows) {
    try {
      const { employee, what, before } = await person(tx, row, it)
      counts[what]++
      if (what !== 'unchanged') changes.push(...(await factChanges(tx, row.line, before, employee)))
      if (row.extension !== null) {
        const telephone = { extension: row.extension, plan: row.plan }
        const given = await assigned(tx, employee, telephone, row.from ?? it.now, row.to, it)
        if (!given.isNew) continue
        counts.assignments++
        const text = (of: Assignment) => heldText(of, it.zone)
        changes.push({
          line: row.line,
          employee: employeeBrief(employee),
          field: 'extension',
          before: given.before.map(text).join(', ') || null,
          after: text(given.held),
        })
      }
    } catch (error) {
      problems.push(problemOf(row.line, error))
    }
  }
  refuseProblems(problems, dryRun)
  const report = { lines: rows.length, ...counts, changes, problems }
  if (dryRun) throw new DryRun(report)
  return report
}

/** Of somebody new only the name is told. */
async function factChanges(
  tx: PeopleTransaction,
  line: number,
  before: Employee | null,
  employee: Employee,
): Promise<ImportChange[]> {
  const brief = employeeBrief(employee)
  if (!before) return [{ line, employee: brief, field: 'name', before: null, after: brief.name }]
  const was: EmployeeJson = await viewOf(tx, before)
  const is = await viewOf(tx, employee)
  const changed = fields.filter((field) => was[field] !== is[field])
  return changed.map((field) => ({ line, employee: brief, field, before: was[field], after: is[field] }))
}

const heldText = ({ extension, plan, from, to }: Assignment, zone: string): string =>
  `${extension} (${plan}) ${clockText(from, zone)} – ${to === null ? '…' : clockText(to, zone)}`

async function person(
  tx: PeopleTransaction,
  row: EmployeeLine,
  it: Telling,
): Promise<{
  readonly employee: Employee
  readonly what: 'added' | 'changed' | 'unchanged'
  readonly before: Employee | null
}> {
  const name = cleanText('name', row.name)
  const known = await knownPerson(tx, name, row.personnelNumber)
  const { personnelNumber, position, unit, zone, hiredOn, leftOn } = row
  const told = Object.entries({ personnelNumber, position, unit, zone, hiredOn, leftOn })
  const words: EmployeeWords = Object.fromEntries(told.filter(([, text]) => text !== null))
  if (!known) {
    const facts = await worded(tx, nobody, name, words, it)
    const id = await tx.addEmployee(facts, it.now)
    await tx.addAudit([audited(it, 'employee-add', id, null, facts)])
    return { employee: { ...facts, id }, what: 'added', before: null }
  }
  const before = (await tx.lockEmployee(known.id)) ?? known
  // Somebody found by name has it, folded. Whoever has the number and not a part of the name is somebody else: the number was mistyped.
  if (row.personnelNumber !== null && isWhollyOther(before, parseName(name)))
    throw new SmenaError('employee-other', { number: row.personnelNumber, holder: fullName(before), found: name })
  const facts = await worded(tx, before, foldedKey(fullName(before)) === foldedKey(name) ? undefined : name, words, it)
  const after = { ...facts, id: before.id }
  if (JSON.stringify({ ...before }) === JSON.stringify({ ...before, ...after }))
    return { employee: before, what: 'unchanged', before }
  await tx.setEmployee(before.id, facts)
  await tx.addAudit([audited(it, 'employee-set', before.id, before, after)])
  return { employee: after, what: 'changed', before }
}

async function knownPerson(tx: PeopleTransaction, name: string, number: string | null): Promise<Employee | null> {
  if (number !== null) {
    const [known] = await tx.employeesNamed({ id: null, personnelNumber: number, name: null })
    if (known) return known
  }
  const named = await tx.employeesNamed({ id: null, personnelNumber: null, name })
  // Of the same name, but with another number: somebody else.
  const free = named.filter((it) => number === null || it.personnelNumber === null)
  const same = namedSo(
    name,
    free.map((it) => ({ ...it, name: fullName(it) })),
  )
  if (same.length > 1)
    throw new SmenaError('employee-ambiguous', { employee: name, ids: same.map((it) => it.id).join(', ') })
  return same[0] ?? null
}
