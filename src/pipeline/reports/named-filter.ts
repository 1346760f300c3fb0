import { type Direction, numberKey } from '../../domain/call.ts'
import { SmenaError } from '../../domain/errors.ts'
import { findEmployee } from '../../domain/find-employee.ts'
import { findUnit, unitsWithin } from '../../domain/units.ts'
import type { ReportReading } from '../report-reading.ts'
import { sourceUnknown } from '../sources.ts'
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

/** An exchange of the configuration: one without a record has none of its names in the store. */
export interface NamedExchange {
  readonly name: string
  readonly plan: string
  readonly site: string | null
}

/** Throws where a name is nobody's: an empty report would mislead. */
export async function resolveFilter(
  reading: ReportReading,
  named: NamedFilter,
  exchanges: readonly NamedExchange[],
): Promise<ReportFilter> {
  const stored = await reading.sources()
  const known = [...exchanges, ...stored]
  if (named.source !== undefined && !known.some(({ name }) => name === named.source))
    throw sourceUnknown(named.source, known)
  if (named.plan !== undefined) await requirePlan(reading, named.plan, exchanges)
  const siteOf = (source: string) => exchanges.find(({ name }) => name === source)?.site ?? null
  const sources = stored
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
  const units = unit === undefined ? [] : await reading.units()
  const within = unit === undefined ? null : unitsWithin(findUnit(unit, units).id, units)
  const one = employee === undefined ? null : findEmployee(employee, employees)
  return employees
    .filter((it) => within === null || within.includes(it.unitId ?? 0))
    .filter((it) => one === null || it.id === one.id)
    .map(({ id }) => id)
}

/** Of an exchange as it is configured or was read, or of the directory. */
async function requirePlan(reading: ReportReading, found: string, exchanges: readonly NamedExchange[]): Promise<void> {
  const readings = (await reading.allReadings()).values()
  const plans = new Set([...exchanges, ...readings, ...(await reading.directory())].map(({ plan }) => plan))
  if (!plans.has(found)) throw new SmenaError('name-unknown', { what: 'plan', found, known: listed([...plans]) })
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
