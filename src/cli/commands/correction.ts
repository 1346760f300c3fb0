import { SmenaError } from '../../domain/errors.ts'
import type { Edit } from '../../domain/worktime/edit.ts'
import { readEdit } from '../../pipeline/people-edits.ts'
import type { CorrectionState } from '../../pipeline/people-store.ts'
import { type CorrectionJson, correctionJson, employeeBrief } from '../../pipeline/people-view.ts'
import { askPeople, everybody, namedEmployee, openPeople, timeOption, type WritingOptions } from '../ask-people.ts'
import type { Context } from '../context.ts'
import { jsonLine, jsonLines } from '../present/json-lines.ts'
import { neutralise } from '../present/neutral.ts'
import { table } from '../present/table.ts'
import { parseInstant } from '../time.ts'
import type { Words } from '../words/words.ts'
import { parseId } from './quarantine.ts'

interface RequestOptions extends WritingOptions {
  readonly reason: string
  readonly addShift?: true
  readonly addBreak?: string
  readonly shift?: string
  readonly break?: string
  readonly mark?: string
  readonly assignment?: string
  readonly start?: string
  readonly end?: string
  readonly type?: string
  readonly remove?: true
  readonly edit?: readonly string[]
}

export async function correctionRequestCommand(
  context: Context,
  [employee = '']: readonly string[],
  options: RequestOptions,
): Promise<void> {
  const edits = editsOf(context, options, await zoneOf(context, employee, options))
  const request = { do: 'correction-request' as const, employee, reason: options.reason, edits }
  await printCorrection(context, await askPeople(context, request, options), options)
}

/** Where a shift that is added was worked. */
async function zoneOf(context: Context, employee: string, { addShift }: RequestOptions): Promise<string> {
  const site = context.loaded.settings.timezone
  if (!addShift) return site
  await using reader = await openPeople(context)
  return namedEmployee(employee, await everybody(reader))?.zone ?? site
}

/** What the options name as one edit, and those that are written out. */
function editsOf(context: Context, options: RequestOptions, zone: string): Edit[] {
  const { words, loaded } = context
  const parseTime = (text: string, what: string) => parseInstant(text, loaded.settings.timezone, what)
  const edits = (options.edit ?? []).map((text) => {
    try {
      return readEdit(JSON.parse(text), parseTime)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      throw new SmenaError('value-unreadable', { what: '--edit', found: text.slice(0, 80), expected: 'JSON' })
    }
  })
  const [start, end] = [timeOption(context, 'start', options.start), timeOption(context, 'end', options.end)]
  const { addShift, addBreak, remove, type } = options
  const named = (['shift', 'break', 'mark', 'assignment'] as const).find((it) => options[it] !== undefined)
  const at = { ...(start === null ? {} : { startedAt: start }), ...(end === null ? {} : { endedAt: end }) }
  const told: Record<string, unknown>[] = []
  if (addShift) told.push({ edit: 'add-shift', zone, ...at })
  else if (addBreak !== undefined) told.push({ edit: 'add-break', type: addBreak, ...at })
  else if (named !== undefined) {
    const id = parseId(options[named] ?? '')
    if (remove) told.push({ edit: `remove-${named}`, [named]: id })
    else if (named === 'shift') told.push({ edit: 'set-shift', shift: id, ...at })
    else if (named === 'break') told.push({ edit: 'set-break', break: id, ...at, ...(type ? { type } : {}) })
    else if (named === 'mark') told.push({ edit: 'set-mark', mark: id, ...(start === null ? {} : { at: start }) })
    else
      told.push({
        edit: 'set-assignment',
        assignment: id,
        ...(start === null ? {} : { from: start }),
        ...(end === null ? {} : { to: end }),
      })
  }
  const all = [...told.map((it) => readEdit(it, parseTime)), ...edits]
  if (all.length === 0)
    throw new SmenaError('usage', { problem: words.t('people:correction.noEdit'), command: 'correction request' })
  return all
}

export async function correctionListCommand(
  context: Context,
  _: readonly string[],
  options: { employee?: string; state?: CorrectionState; json?: true },
): Promise<void> {
  const { words, look, print } = context
  const { t } = words
  await using reader = await openPeople(context)
  const people = await everybody(reader)
  const employeeId = namedEmployee(options.employee, people)?.id ?? null
  const rows = ((await reader?.corrections({ employeeId, state: options.state ?? null })) ?? []).map((it) => {
    const person = people.find(({ id }) => id === it.employeeId)
    return correctionJson(it, person ? employeeBrief(person) : { id: String(it.employeeId), name: '–' })
  })
  if (options.json) return await print(jsonLines(rows))
  await print(
    table(
      [
        { head: t('people:column.id'), priority: 100, align: 'right', cell: (it) => it.id },
        { head: t('people:column.name'), priority: 90, least: 12, cell: (it) => it.employee.name },
        { head: t('people:column.state'), priority: 95, cell: (it) => t(`people:correction.state.${it.state}`) },
        {
          head: t('people:column.worked'),
          priority: 70,
          align: 'right',
          cell: (it) => signed(it.effect.workedSeconds, words),
        },
        {
          head: t('people:column.calls'),
          priority: 60,
          align: 'right',
          cell: (it) => words.count(it.effect.calls),
        },
        { head: t('people:column.reason'), priority: 50, least: 12, cell: (it) => it.reason },
        { head: t('people:column.author'), priority: 40, least: 8, cell: (it) => it.author },
        {
          head: t('people:column.requestedAt'),
          priority: 45,
          cell: (it) => words.time(Date.parse(it.requestedAt)),
        },
      ],
      rows,
      look,
    ),
  )
  if (rows.length === 0) await print([`${t('people:correction.none')}\n`])
}

export async function correctionShowCommand(
  context: Context,
  [text = '']: readonly string[],
  options: { json?: true },
): Promise<void> {
  const id = parseId(text)
  await using reader = await openPeople(context)
  const found = await reader?.correction(id)
  if (!found) throw new SmenaError('thing-unknown', { what: 'correction', id })
  const person = (await everybody(reader)).find((it) => it.id === found.employeeId)
  const brief = person ? employeeBrief(person) : { id: String(found.employeeId), name: '–' }
  await printCorrection(context, correctionJson(found, brief), options)
}

export const correctionApproveCommand = (context: Context, args: readonly string[], options: DecideOptions) =>
  decide(context, 'correction-approve', args, options)

export const correctionRefuseCommand = (context: Context, args: readonly string[], options: DecideOptions) =>
  decide(context, 'correction-refuse', args, options)

interface DecideOptions extends WritingOptions {
  readonly comment?: string
}

async function decide(
  context: Context,
  what: 'correction-approve' | 'correction-refuse',
  [text = '']: readonly string[],
  options: DecideOptions,
): Promise<void> {
  const request = { do: what, correction: parseId(text), comment: options.comment ?? null }
  await printCorrection(context, await askPeople(context, request, options), options)
}

/** The request with what it changes: days and calls. */
async function printCorrection(
  { words, print, look }: Context,
  it: CorrectionJson,
  { json }: { readonly json?: true },
): Promise<void> {
  if (json) return await print([jsonLine(it)])
  const { t } = words
  const { effect } = it
  const facts: [string, string | null][] = [
    [t('people:column.id'), it.id],
    [t('people:column.name'), it.employee.name],
    [t('people:column.state'), t(`people:correction.state.${it.state}`)],
    [t('people:column.reason'), it.reason],
    [t('people:column.author'), `${it.author}, ${words.time(Date.parse(it.requestedAt))}`],
    [
      t('people:column.decidedBy'),
      it.decidedAt === null ? null : `${it.decidedBy ?? '–'}, ${words.time(Date.parse(it.decidedAt))}`,
    ],
    [t('people:column.comment'), it.decision],
    [t('people:column.worked'), signed(effect.workedSeconds, words)],
    [t('people:column.calls'), words.count(effect.calls)],
    [t('people:column.periods'), effect.periods.length === 0 ? null : effect.periods.join(', ')],
  ]
  await print(facts.flatMap(([name, value]) => (value === null ? [] : [`${name}: ${neutralise(value)}\n`])))
  if (effect.days.length > 0) await print(['\n'])
  await print(
    table(
      [
        { head: t('people:column.day'), priority: 100, cell: ({ day }) => day },
        {
          head: t('people:column.before'),
          priority: 90,
          align: 'right',
          cell: ({ beforeSeconds }) => words.duration(beforeSeconds),
        },
        {
          head: t('people:column.after'),
          priority: 95,
          align: 'right',
          cell: ({ afterSeconds }) => words.duration(afterSeconds),
        },
      ],
      effect.days,
      look,
    ),
  )
}

const signed = (seconds: number, words: Words): string => (seconds > 0 ? '+' : '') + words.duration(seconds)
