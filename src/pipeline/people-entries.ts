import { openZone } from '../domain/clock.ts'
import { SmenaError } from '../domain/errors.ts'
import { foldedKey, fullName, parseName } from '../domain/people.ts'
import { findUnit, type Unit, unitsAbove } from '../domain/units.ts'
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
): Promise<EmployeeTold> {
  const units = await tx.units()
  const facts = await worded(tx, nobody, request.name, request, it)
  const id = await tx.addEmployee(facts, it.now)
  const made = await viewOf(tx, { ...facts, id })
  await tx.addAudit([audited(it, 'employee-add', id, null, made)])
  return { ...made, changed: true, unitMade: isMade(facts, units) }
}

export async function setEmployee(
  tx: PeopleTransaction,
  request: Request<'employee-set'>,
  it: Telling,
): Promise<EmployeeTold> {
  const before = await lockedEmployee(tx, request.employee)
  const units = await tx.units()
  const facts = await worded(tx, before, request.name, request, it)
  const [was, after] = [await viewOf(tx, before), await viewOf(tx, { ...facts, id: before.id })]
  const changed = JSON.stringify(was) !== JSON.stringify(after)
  if (changed) {
    await tx.setEmployee(before.id, facts)
    await tx.addAudit([audited(it, 'employee-set', before.id, was, after)])
  }
  return { ...after, changed, unitMade: isMade(facts, units) }
}

/** The person as told, and what came of it. */
export interface EmployeeTold extends EmployeeJson {
  /** Not: all of it was so already. */
  readonly changed: boolean
  /** The unit was not there yet. */
  readonly unitMade: boolean
}

const isMade = ({ unitId }: EmployeeFacts, before: readonly Unit[]): boolean =>
  unitId !== null && !before.some(({ id }) => id === unitId)

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
  const hiredOn = date('hired on', words.hiredOn, before.hiredOn)
  const leftOn = date('left on', words.leftOn, before.leftOn)
  // What stands so already hinders nothing else from being set.
  const isTold = hiredOn !== before.hiredOn || leftOn !== before.leftOn
  if (isTold && hiredOn !== null && leftOn !== null && leftOn < hiredOn)
    throw new SmenaError('value-unreadable', {
      what: 'left on',
      found: `${leftOn} (< ${hiredOn})`,
      expected: 'a day not before that of hiring',
    })
  return {
    ...(name === undefined ? before : parseName(cleanText('name', name))),
    personnelNumber: number,
    position: words.position === undefined ? before.position : cleanOrNull('position', words.position),
    unitId: words.unit === undefined ? before.unitId : await unitNamed(tx, words.unit, it),
    zone: words.zone === undefined ? before.zone : words.zone ? knownZone(words.zone) : null,
    hiredOn,
    leftOn,
    active: words.active ?? before.active,
  }
}

/** The unit of this name; one that is not there yet is made. */
async function unitNamed(tx: PeopleTransaction, text: string | null, it: Telling): Promise<number | null> {
  const name = cleanOrNull('unit', text)
  if (name === null) return null
  const known = (await tx.units()).find((unit) => foldedKey(unit.name) === foldedKey(name))
  return known ? known.id : Number((await madeUnit(tx, name, null, it)).id)
}

async function madeUnit(tx: PeopleTransaction, name: string, parent: Unit | null, it: Telling): Promise<UnitJson> {
  const id = await tx.addUnit({ name, parentId: parent?.id ?? null })
  const made = { id: String(id), name, parent: parent?.name ?? null }
  await tx.addAudit([audited(it, 'unit-add', null, null, made)])
  return made
}

export async function viewOf(tx: PeopleTransaction, it: Employee): Promise<EmployeeJson> {
  return employeeJson(it, it.unitId === null ? null : nameOf(it.unitId, await tx.units()))
}

interface UnitJson {
  readonly id: string
  readonly name: string
  readonly parent: string | null
}

export async function addUnit(tx: PeopleTransaction, request: Request<'unit-add'>, it: Telling): Promise<UnitJson> {
  const units = await tx.units()
  const name = freeName(request.name, units)
  const parent = cleanOrNull('unit', request.parent)
  return madeUnit(tx, name, parent === null ? null : findUnit(parent, units), it)
}

/**
 * Another name, or another place. Figures of locked periods stay: a period of a unit keeps its people by name, wherever they and their
 * unit go; whoever comes into it so is written only by corrections from then on, as somebody is whose own unit changes.
 */
export async function setUnit(tx: PeopleTransaction, request: Request<'unit-set'>, it: Telling): Promise<UnitJson> {
  const units = await tx.lockUnits()
  const before = findUnit(request.unit, units)
  const others = units.filter(({ id }) => id !== before.id)
  const name = request.name === undefined ? before.name : freeName(request.name, others)
  const { parent } = request
  const parentId = parent === undefined ? before.parentId : parent === null ? null : findUnit(parent, units).id
  if (unitsAbove(parentId, units).includes(before.id))
    throw new SmenaError('unit-within', { unit: before.name, parent: nameOf(parentId, units) ?? '–' })
  await tx.setUnit({ id: before.id, name, parentId })
  const view = (unit: Omit<Unit, 'id'>): UnitJson => {
    return { id: String(before.id), name: unit.name, parent: nameOf(unit.parentId, units) }
  }
  const after = view({ name, parentId })
  await tx.addAudit([audited(it, 'unit-set', null, view(before), after)])
  return after
}

const nameOf = (unitId: number | null, units: readonly Unit[]): string | null =>
  units.find(({ id }) => id === unitId)?.name ?? null

function freeName(text: string, units: readonly Unit[]): string {
  const name = cleanText('unit', text)
  const taken = units.find((unit) => foldedKey(unit.name) === foldedKey(name))
  if (taken) throw new SmenaError('name-taken', { what: 'unit', found: name, holder: `id ${taken.id}` })
  return name
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
