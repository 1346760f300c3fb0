import { type Direction, numberKey } from '../../domain/call.ts'
import { SmenaError } from '../../domain/errors.ts'
import { findEmployee } from '../../domain/find-employee.ts'
import { foldedKey } from '../../domain/people.ts'
import type { ReportReading, UnitFacts } from '../report-reading.ts'
import type { ReportFilter } from './request.ts'

/** A filter as people type it. */
export interface NamedFilter {
  readonly employee?: string | undefined
  readonly unit?: string | undefined
  /** Several, with commas between them. */
  readonly extension?: string | undefined
  readonly plan?: string | undefined
  readonly group?: string | undefined
  readonly source?: string | undefined
  readonly site?: string | undefined
  readonly direction?: Direction | undefined
  /** Of the other party. */
  readonly number?: string | undefined
}

/** Throws where a name is nobody's: an empty report would mislead. `siteOf`: the site to which a source belongs. */
export async function resolveFilter(
  reading: ReportReading,
  named: NamedFilter,
  siteOf: (source: string) => string | null,
): Promise<ReportFilter> {
  const sources = (await reading.sources())
    .filter(({ name }) => named.source === undefined || name === named.source)
    .filter(({ name }) => named.site === undefined || siteOf(name) === named.site)
  if (named.group !== undefined) await requireGroup(reading, named.group)
  return {
    employeeIds: await employeesOf(reading, named),
    extensions: named.extension === undefined ? null : listOf(named.extension),
    plan: named.plan ?? null,
    group: named.group ?? null,
    sourceIds: named.source === undefined && named.site === undefined ? null : sources.map(({ id }) => id),
    direction: named.direction ?? null,
    number: named.number === undefined ? null : numberKey(named.number),
  }
}

/** A blank beside a comma is no part of a number. */
const listOf = (text: string): string[] =>
  text
    .split(',')
    .map((it) => it.trim())
    .filter((it) => it !== '')

async function employeesOf(reading: ReportReading, { employee, unit }: NamedFilter): Promise<readonly number[] | null> {
  if (employee === undefined && unit === undefined) return null
  const employees = await reading.employees()
  const within = unit === undefined ? null : unitsWithin(await reading.units(), unit)
  const one = employee === undefined ? null : findEmployee(employee, employees)
  return employees
    .filter((it) => within === null || within.has(it.unitId ?? 0))
    .filter((it) => one === null || it.id === one.id)
    .map(({ id }) => id)
}

/** The unit and those below it. */
function unitsWithin(units: readonly UnitFacts[], found: string): ReadonlySet<number> {
  const key = foldedKey(found)
  const unit = units.find((it) => it.nameKey === key || String(it.id) === found)
  if (!unit) throw new SmenaError('name-unknown', { what: 'unit', found, known: listed(units.map(({ name }) => name)) })
  const within = new Set([unit.id])
  for (let before = 0; before < within.size; ) {
    before = within.size
    for (const it of units) if (it.parentId !== null && within.has(it.parentId)) within.add(it.id)
  }
  return within
}

async function requireGroup(reading: ReportReading, found: string): Promise<void> {
  const lists = await reading.numberLists()
  const directory = await reading.directory()
  if (lists.some(({ name }) => name === found)) return
  if (directory.some((it) => it.isGroup && (it.number === found || it.label === found))) return
  const patterns = [...(await reading.allReadings()).values()].flatMap(({ groups }) =>
    groups === null ? [] : [groups],
  )
  if (patterns.some((pattern) => new RegExp(pattern, 'u').test(found))) return
  const known = new Set([
    ...lists.map(({ name }) => name),
    ...directory.flatMap((it) => (it.isGroup ? [it.number] : [])),
    ...patterns,
  ])
  throw new SmenaError('name-unknown', { what: 'group', found, known: listed([...known]) })
}

const listed = (names: readonly string[]): string => names.slice(0, 20).join(', ') || '–'
