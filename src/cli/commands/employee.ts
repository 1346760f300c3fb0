import { readFile } from 'node:fs/promises'
import { SmenaError } from '../../domain/errors.ts'
import type { Language } from '../../domain/settings.ts'
import { findUnit, unitsWithin } from '../../domain/units.ts'
import { situationAt } from '../../domain/worktime/presence.ts'
import type { EmployeeTold } from '../../pipeline/people-entries.ts'
import type { EmployeeImportReport } from '../../pipeline/people-import.ts'
import { type LineProblem, problemOf } from '../../pipeline/people-telling.ts'
import type { EmployeeLine, EmployeeWords } from '../../pipeline/people-request.ts'
import { type AssignmentJson, assignmentJson, employeeJson } from '../../pipeline/people-view.ts'
import { instantText } from '../../pipeline/status.ts'
import {
  askPeople,
  everybody,
  namedEmployee,
  openPeople,
  rangeOption,
  rulesOf,
  timeOption,
  type WritingOptions,
} from '../ask-people.ts'
import type { Context } from '../context.ts'
import { jsonLine, jsonLines } from '../present/json-lines.ts'
import { neutralise } from '../present/neutral.ts'
import { table } from '../present/table.ts'
import { readCsv } from '../read-csv.ts'
import { parseInstant, wallIn } from '../time.ts'
import { errorLines } from '../words/errors.ts'

interface FactsOptions extends WritingOptions {
  readonly personnelNumber?: string
  readonly position?: string
  readonly unit?: string
  readonly zone?: string
  readonly hired?: string
  readonly left?: string
  readonly active?: boolean
  readonly name?: string
}

/** What is given is set, empty: taken away; what is not given stays as it is. */
function wordsOf(options: FactsOptions): EmployeeWords {
  const { personnelNumber, position, unit, zone, hired, left, active } = options
  return {
    ...(personnelNumber === undefined ? {} : { personnelNumber }),
    ...(position === undefined ? {} : { position }),
    ...(unit === undefined ? {} : { unit }),
    ...(zone === undefined ? {} : { zone }),
    ...(hired === undefined ? {} : { hiredOn: hired }),
    ...(left === undefined ? {} : { leftOn: left }),
    ...(active === undefined ? {} : { active }),
  }
}

export async function employeeAddCommand(
  context: Context,
  [name = '']: readonly string[],
  options: FactsOptions,
): Promise<void> {
  const { words, print } = context
  const made = await askPeople<EmployeeTold>(context, { do: 'employee-add', name, ...wordsOf(options) }, options)
  // A script too is to see that a name made a unit.
  const told = { id: made.id, name: made.name, ...(made.unitMade ? { unit: made.unit, unitMade: true } : {}) }
  if (options.json) return await print([jsonLine(told)])
  await print([`${neutralise(words.t('people:employee.added', { name: made.name, id: made.id }))}\n`])
  await sayNewUnit(context, made)
}

/** A mistyped name makes a unit too: whoever typed it is to see so. */
async function sayNewUnit({ words, print }: Context, { unit, unitMade }: EmployeeTold): Promise<void> {
  if (unitMade) await print([`${neutralise(words.t('people:employee.newUnit', { unit: unit ?? '' }))}\n`])
}

export async function employeeSetCommand(
  context: Context,
  [employee = '']: readonly string[],
  options: FactsOptions,
): Promise<void> {
  const { words, print } = context
  const told = { ...(options.name === undefined ? {} : { name: options.name }), ...wordsOf(options) }
  if (Object.keys(told).length === 0)
    throw new SmenaError('usage', { problem: words.t('people:employee.noChange'), command: 'employee set' })
  const made = await askPeople<EmployeeTold>(context, { do: 'employee-set', employee, ...told }, options)
  if (options.json) return await print([jsonLine(made)])
  const text = words.t(made.changed ? 'people:employee.set' : 'people:employee.same', { name: made.name, id: made.id })
  await print([`${neutralise(text)}\n`])
  await sayNewUnit(context, made)
}

export async function employeeListCommand(
  context: Context,
  _: readonly string[],
  options: { search?: string; unit?: string; all?: true; json?: true },
): Promise<void> {
  const { words, look, print } = context
  const { t } = words
  await using reader = await openPeople(context)
  const units = (await reader?.units()) ?? []
  const unitIds = options.unit === undefined ? null : unitsWithin(findUnit(options.unit, units).id, units)
  const found =
    (await reader?.employees({
      search: options.search ?? null,
      unitIds,
      onlyActive: options.all !== true,
    })) ?? []
  const now = Date.now()
  const today = new Date(wallIn(context.loaded.settings.timezone, now)).toISOString().slice(0, 10)
  const people = options.all ? found : found.filter(({ leftOn }) => leftOn === null || leftOn >= today)
  const held = (await reader?.assignments({ employeeIds: null, from: now, to: now + 1 })) ?? []
  const rows = people.map((it) => ({
    ...employeeJson(it, units.find(({ id }) => id === it.unitId)?.name ?? null),
    extensions: held
      .filter(({ employeeId, confirmed }) => employeeId === it.id && confirmed)
      .map(({ plan, extension, from, to }) => {
        return { plan, extension, from: instantText(from), to: to === null ? null : instantText(to) }
      }),
  }))
  if (options.json) return await print(jsonLines(rows))
  await print(
    table(
      [
        { head: t('people:column.name'), priority: 90, least: 12, cell: (it) => it.name },
        {
          head: t('people:column.personnelNumber'),
          priority: 50,
          optional: true,
          cell: (it) => it.personnelNumber ?? '',
        },
        { head: t('people:column.position'), priority: 40, least: 8, optional: true, cell: (it) => it.position ?? '' },
        { head: t('people:column.unit'), priority: 60, least: 8, optional: true, cell: (it) => it.unit ?? '' },
        {
          head: t('people:column.extensions'),
          priority: 80,
          least: 8,
          cell: (it) => it.extensions.map(({ plan, extension }) => `${extension} (${plan})`).join(', ') || '–',
        },
        {
          head: t('people:column.active'),
          priority: 30,
          optional: true,
          cell: (it) => (it.active ? '' : t('people:employee.inactive')),
        },
        { head: t('people:column.id'), priority: 100, align: 'right', cell: (it) => it.id },
      ],
      rows,
      look,
    ),
  )
  await print([
    rows.length === 0 ? `${t('people:employee.none')}\n` : `\n${t('people:employee.total', { count: rows.length })}\n`,
  ])
}

export async function employeeShowCommand(
  context: Context,
  [text = '']: readonly string[],
  options: { json?: true },
): Promise<void> {
  const { words, look, print } = context
  const { t } = words
  await using reader = await openPeople(context)
  const it = namedEmployee(text, await everybody(reader))
  if (!it || !reader) return
  const unit = (await reader.units()).find(({ id }) => id === it.unitId)?.name ?? null
  const facts = employeeJson(it, unit)
  const employeeIds = [it.id]
  const assignments = await reader.assignments({ employeeIds, from: null, to: null })
  const now = Date.now()
  const rules = await rulesOf(context, reader)
  const { state, since } = situationAt(await reader.shifts({ employeeIds, from: null, to: null }), now, rules)
  const brief = { id: facts.id, name: facts.name }
  if (options.json)
    return await print([
      jsonLine({
        ...facts,
        state,
        since: since === null ? null : instantText(since),
        assignments: assignments.map((one) => assignmentJson(one, brief)),
      }),
    ])
  const lines: [string, string | null][] = [
    [t('people:column.name'), it.name],
    [t('people:column.id'), facts.id],
    [t('people:column.personnelNumber'), it.personnelNumber],
    [t('people:column.position'), it.position],
    [t('people:column.unit'), unit],
    [t('people:column.zone'), it.zone],
    [t('people:column.hiredOn'), it.hiredOn],
    [t('people:column.leftOn'), it.leftOn],
    [t('people:column.state'), `${t(`people:state.${state}`)}${since === null ? '' : `, ${words.time(since)}`}`],
  ]
  await print(lines.flatMap(([name, value]) => (value === null ? [] : [`${name}: ${neutralise(value)}\n`])))
  if (assignments.length === 0) return
  await print(['\n'])
  await print(
    table(
      [
        { head: t('people:column.extension'), priority: 100, cell: (one) => one.extension },
        { head: t('people:column.plan'), priority: 60, cell: (one) => one.plan },
        { head: t('people:column.from'), priority: 90, cell: (one) => words.time(one.from) },
        { head: t('people:column.to'), priority: 80, cell: (one) => words.time(one.to) },
        {
          head: t('people:column.note'),
          priority: 85,
          optional: true,
          cell: (one) => (one.confirmed ? '' : t('people:correction.unconfirmed')),
        },
        { head: t('people:column.id'), priority: 95, align: 'right', cell: (one) => String(one.id) },
      ],
      assignments,
      look,
    ),
  )
  await print([`\n${t('people:caption', { zone: words.zone(now) })}\n`])
}

interface AssignOptions extends WritingOptions {
  readonly extension: string
  readonly plan?: string
  readonly from?: string
  readonly to?: string
  readonly at?: string
}

const telephoneOf = ({ extension, plan }: AssignOptions) => ({ extension, plan: plan ?? null })

export async function employeeAssignCommand(
  context: Context,
  [employee = '']: readonly string[],
  options: AssignOptions,
): Promise<void> {
  const { from, to } = rangeOption(context, options)
  const request = { do: 'assign' as const, employee, ...telephoneOf(options), from, to }
  await printAssignment(context, 'people:employee.assigned', await askPeople(context, request, options), options)
}

export async function employeeReleaseCommand(
  context: Context,
  [employee = '']: readonly string[],
  options: AssignOptions,
): Promise<void> {
  const at = timeOption(context, 'at', options.at)
  const request = { do: 'release' as const, employee, ...telephoneOf(options), at }
  await printAssignment(context, 'people:employee.released', await askPeople(context, request, options), options)
}

async function printAssignment(
  { words, print }: Context,
  key: 'people:employee.assigned' | 'people:employee.released',
  it: AssignmentJson,
  { json }: WritingOptions,
): Promise<void> {
  if (json) return await print([jsonLine(it)])
  const { plan, extension, employee } = it
  const from = words.time(Date.parse(it.from))
  const to = it.to === null ? words.t('people:furtherNotice') : words.time(Date.parse(it.to))
  await print([`${neutralise(words.t(key, { name: employee.name, extension, plan, from, to }))}\n`])
}

/** Columns of a list of people, by the names that they may have. */
const columns = {
  name: ['name', 'employee', 'ФИО', 'имя', 'сотрудник'],
  personnelNumber: ['personnel number', 'personnelNumber', 'personnel_number', 'табельный номер', 'таб. номер'],
  position: ['position', 'должность'],
  unit: ['unit', 'подразделение', 'отдел'],
  zone: ['zone', 'time zone', 'timezone', 'часовой пояс', 'пояс'],
  hiredOn: ['hired', 'hired on', 'hiredOn', 'принят', 'дата приёма'],
  leftOn: ['left', 'left on', 'leftOn', 'уволен', 'дата увольнения'],
  extension: ['extension', 'внутренний номер', 'номер', 'телефон'],
  plan: ['plan', 'план'],
  from: ['from', 'с'],
  to: ['to', 'по', 'до'],
} as const

/** More changes than these are only counted; `--json` has them all. */
const changesShown = 50

export async function employeeImportCommand(
  context: Context,
  [file = '']: readonly string[],
  options: WritingOptions & { dryRun?: true },
): Promise<void> {
  const { words, print, surroundings } = context
  const { t } = words
  const bad: LineProblem[] = []
  const rows = (await csvOf(file, columns, words.language)).flatMap((it) => {
    try {
      return [employeeLine(context, it)]
    } catch (error) {
      bad.push(problemOf(it.line, error))
      return []
    }
  })
  // Tried first: what is wrong is told of every line before anything is changed.
  const ask = (dryRun: boolean) =>
    askPeople<EmployeeImportReport>(context, { do: 'employee-import', rows, dryRun }, dryRun ? {} : options)
  const tried = await ask(true)
  const problems = [...bad, ...tried.problems].sort((a, b) => a.line - b.line)
  const isFit = problems.length === 0
  const report = { ...(options.dryRun || !isFit ? tried : await ask(false)), problems }
  if (!isFit) process.exitCode = 1
  if (options.json) return await print([jsonLine({ ...report, dryRun: options.dryRun === true })])
  for (const { line, code, details } of report.problems)
    for (const text of errorLines(new SmenaError(code, details as never), words.language))
      surroundings.stderr.write(`${neutralise(t('people:import.problem', { line, text }))}\n`)
  if (isFit || options.dryRun) {
    const shown = report.changes.slice(0, changesShown)
    const rest = report.changes.length - shown.length
    const told: string[] = shown.map(({ employee, field, before, ...it }) => {
      const head = t(`people:column.${field}`)
      const [was, is] = [before ?? '–', it.after ?? '–']
      return t('people:import.change', { line: it.line, name: employee.name, field: head, before: was, after: is })
    })
    if (rest > 0) told.push(t('people:import.more', { count: rest }))
    await print(told.map((text) => `${neutralise(text)}\n`))
  }
  const { lines, added, changed, unchanged, assignments } = report
  const counts = t('people:import.counts', { lines, added, changed, unchanged, assignments })
  const verdict = !isFit
    ? t('people:import.refused')
    : options.dryRun
      ? t('people:import.dryRun')
      : t('people:import.done')
  await print([`${counts}\n${verdict}\n`])
}

/** Lines of a list by the names of its columns, of which the first must be there. */
export async function csvOf<C extends Readonly<Record<string, readonly string[]>>>(
  file: string,
  of: C,
  language: Language,
) {
  let bytes: Uint8Array
  try {
    bytes = await readFile(file)
  } catch (error) {
    const cause = (error as { code?: string }).code ?? String(error)
    throw new SmenaError('list-unreadable', { file, cause }, { cause: error })
  }
  const lines = readCsv(bytes, of)
  if (!lines) {
    const isOfReader = (title: string) => /\p{Script=Cyrillic}/u.test(title) === (language === 'ru')
    throw new SmenaError('list-unheaded', {
      file,
      found: new TextDecoder().decode(bytes).trim() === '' ? 'is empty' : 'lacks a column',
      columns: Object.values(of)
        .map((titles) => titles.find(isOfReader) ?? titles[0])
        .join('; '),
      needed: Object.values(of)[0]?.join(' | ') ?? '',
    })
  }
  return lines
}

function employeeLine(
  { loaded }: Context,
  { line, cells }: { readonly line: number; readonly cells: Readonly<Record<string, string>> },
): EmployeeLine {
  const cell = (name: keyof typeof columns) => cells[name] || null
  const time = (name: 'from' | 'to') => {
    const text = cell(name)
    return text === null ? null : parseInstant(text, loaded.settings.timezone, name)
  }
  return {
    line,
    name: cell('name') ?? '',
    personnelNumber: cell('personnelNumber'),
    position: cell('position'),
    unit: cell('unit'),
    zone: cell('zone'),
    hiredOn: cell('hiredOn'),
    leftOn: cell('leftOn'),
    extension: cell('extension'),
    plan: cell('plan'),
    from: time('from'),
    to: time('to'),
  }
}
