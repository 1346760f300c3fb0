import { openZone } from '../domain/clock.ts'
import { SmenaError } from '../domain/errors.ts'
import { foldedKey, fullName, parseName } from '../domain/people.ts'
import type { DirectoryLine, EmployeeWords, PeopleRequest } from './people-request.ts'
import type { DirectoryEntry, Employee, EmployeeFacts, PeopleTransaction } from './people-store.ts'
import { planOf } from './people-assignments.ts'
import {
  audited,
  cleanOrNull,
  cleanText,
  DryRun,
  knownDate,
  knownZone,
  lockedEmployee,
  type LineProblem,
  problemOf,
  refuseProblems,
  type Telling,
} from './people-telling.ts'
import { employeeJson, type EmployeeJson } from './people-view.ts'

/** What there is: employees, units, sites, the directory of numbers. Each is written with its line in the trail. */

type Request<D extends PeopleRequest['do']> = Extract<PeopleRequest, { readonly do: D }>

/** No caller waits longer than a day. */
const thresholdAtMost = 86_400

export const nobody: EmployeeFacts = {
  family: '',
  given: '',
  patronymic: '',
  personnelNumber: null,
  position: null,
  unitId: null,
  zone: null,
  hiredOn: null,
  leftOn: null,
  active: true,
}

export async function addEmployee(
  tx: PeopleTransaction,
  request: Request<'employee-add'>,
  it: Telling,
): Promise<EmployeeJson> {
  const facts = await worded(tx, nobody, request.name, request, it)
  const id = await tx.addEmployee(facts, it.now)
  const made = await viewOf(tx, { ...facts, id })
  await tx.addAudit([audited(it, 'employee-add', id, null, made)])
  return made
}

export async function setEmployee(
  tx: PeopleTransaction,
  request: Request<'employee-set'>,
  it: Telling,
): Promise<EmployeeJson> {
  const before = await lockedEmployee(tx, request.employee)
  const facts = await worded(tx, before, request.name, request, it)
  await tx.setEmployee(before.id, facts)
  const after = await viewOf(tx, { ...facts, id: before.id })
  await tx.addAudit([audited(it, 'employee-set', before.id, await viewOf(tx, before), after)])
  return after
}

/** What is told put over what there is. */
export async function worded(
  tx: PeopleTransaction,
  before: EmployeeFacts,
  name: string | undefined,
  words: EmployeeWords,
  it: Telling,
): Promise<EmployeeFacts> {
  const number =
    words.personnelNumber === undefined
      ? before.personnelNumber
      : cleanOrNull('personnel number', words.personnelNumber)
  if (number !== null && number !== before.personnelNumber) {
    const [holder] = await tx.employeesNamed({ id: null, personnelNumber: number, name: null })
    if (holder)
      throw new SmenaError('name-taken', { what: 'personnel number', found: number, holder: fullName(holder) })
  }
  const date = (what: string, text: string | null | undefined, was: string | null) =>
    text === undefined ? was : text === null || text === '' ? null : knownDate(what, text)
  return {
    ...(name === undefined ? before : parseName(cleanText('name', name))),
    personnelNumber: number,
    position: words.position === undefined ? before.position : cleanOrNull('position', words.position),
    unitId: words.unit === undefined ? before.unitId : await unitNamed(tx, words.unit, it),
    zone: words.zone === undefined ? before.zone : words.zone ? knownZone(words.zone) : null,
    hiredOn: date('hired on', words.hiredOn, before.hiredOn),
    leftOn: date('left on', words.leftOn, before.leftOn),
    active: words.active ?? before.active,
  }
}

/** The unit of this name; one that is not there yet is made. */
async function unitNamed(tx: PeopleTransaction, text: string | null, it: Telling): Promise<number | null> {
  const name = cleanOrNull('unit', text)
  if (name === null) return null
  const known = (await tx.units()).find((unit) => foldedKey(unit.name) === foldedKey(name))
  return known ? known.id : (await madeUnit(tx, name, null, it)).id
}

async function madeUnit(tx: PeopleTransaction, name: string, parentId: number | null, it: Telling) {
  const id = await tx.addUnit({ name, parentId })
  await tx.addAudit([audited(it, 'unit-add', null, null, { id: String(id), name })])
  return { id, name, parentId }
}

async function viewOf(tx: PeopleTransaction, it: Employee): Promise<EmployeeJson> {
  const unit = it.unitId === null ? undefined : (await tx.units()).find(({ id }) => id === it.unitId)
  return employeeJson(it, unit?.name ?? null)
}

export async function addUnit(tx: PeopleTransaction, request: Request<'unit-add'>, it: Telling) {
  const name = cleanText('unit', request.name)
  const units = await tx.units()
  const taken = units.find((unit) => foldedKey(unit.name) === foldedKey(name))
  if (taken) throw new SmenaError('name-taken', { what: 'unit', found: name, holder: `id ${taken.id}` })
  const parentName = cleanOrNull('unit', request.parent)
  const parent = parentName === null ? null : units.find((unit) => foldedKey(unit.name) === foldedKey(parentName))
  if (parent === undefined)
    throw new SmenaError('name-unknown', {
      what: 'unit',
      found: String(parentName),
      known: units.map((unit) => unit.name).join(', ') || '–',
    })
  const { id } = await madeUnit(tx, name, parent?.id ?? null, it)
  return { id: String(id), name, parent: parent?.name ?? null }
}

export async function setSite(tx: PeopleTransaction, request: Request<'site-set'>, it: Telling) {
  const site = { name: cleanText('site', request.name), zone: knownZone(request.zone) }
  const before = (await tx.sites()).find(({ name }) => name === site.name) ?? null
  await tx.setSite(site)
  await tx.addAudit([audited(it, 'site-set', null, before, site)])
  // Opened once here, so that a zone that this machine lacks shows now and not in a report.
  openZone(site.zone)
  return site
}

interface DirectoryReport {
  readonly entries: readonly DirectoryEntry[]
  readonly problems: readonly LineProblem[]
}

/** Entries of the directory, all or none. A number that begins or ceases to be a group has its calls attributed anew. */
export async function setDirectory(
  tx: PeopleTransaction,
  { entries, dryRun }: Request<'directory-set'>,
  it: Telling,
): Promise<DirectoryReport> {
  const problems: LineProblem[] = []
  const known = new Map((await tx.directory()).map((entry) => [`${entry.plan} ${entry.number}`, entry]))
  const set: DirectoryEntry[] = []
  for (const line of entries) {
    try {
      const number = cleanText('extension', line.extension, 64)
      const plan = await planOf(tx, number, line.plan)
      const before = known.get(`${plan} ${number}`) ?? null
      const entry = await entryOf(tx, line, { plan, number }, before)
      set.push(entry)
      await tx.setDirectory([entry])
      if (line.groups)
        await tx.setDirectoryGroups(
          plan,
          number,
          line.groups.map((name) => cleanText('group', name)),
        )
      if ((before?.isGroup ?? false) !== entry.isGroup)
        await tx.addDueRanges([{ plan, extension: number, from: 0, to: null }])
      await tx.addAudit([audited(it, 'directory-set', null, before, { ...entry, groups: line.groups ?? null })])
    } catch (error) {
      if (line.line === null) throw error
      problems.push(problemOf(line.line, error))
    }
  }
  refuseProblems(problems, dryRun)
  if (dryRun) throw new DryRun({ entries: set, problems })
  return { entries: set, problems }
}

async function entryOf(
  tx: PeopleTransaction,
  line: DirectoryLine,
  key: { readonly plan: string; readonly number: string },
  before: DirectoryEntry | null,
): Promise<DirectoryEntry> {
  const site = line.site === undefined ? (before?.site ?? null) : cleanOrNull('site', line.site)
  const sites = (await tx.sites()).map(({ name }) => name)
  if (site !== null && !sites.includes(site))
    throw new SmenaError('name-unknown', { what: 'site', found: site, known: sites.join(', ') || '–' })
  return {
    ...key,
    isGroup: line.isGroup ?? before?.isGroup ?? false,
    label: line.label === undefined ? (before?.label ?? null) : cleanOrNull('label', line.label),
    site,
    serviceLevelSeconds: secondsOf('service level', line.serviceLevelSeconds, before?.serviceLevelSeconds),
    shortSeconds: secondsOf('short', line.shortSeconds, before?.shortSeconds),
  }
}

/** A threshold of a group; left out: as it was. */
function secondsOf(what: string, told: number | null | undefined, was: number | null | undefined): number | null {
  if (told === undefined) return was ?? null
  if (told === null || (Number.isSafeInteger(told) && told >= 0 && told <= thresholdAtMost)) return told
  throw new SmenaError('value-unreadable', {
    what,
    found: told,
    expected: `whole seconds from 0 to ${thresholdAtMost}`,
  })
}
