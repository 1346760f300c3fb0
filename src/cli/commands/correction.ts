import { type ErrorCode, type ErrorDetails, SmenaError } from '../../domain/errors.ts'
import { seenNow } from '../../pipeline/people-correction-effect.ts'
import { differencesOf } from '../../pipeline/people-correction-difference.ts'
import { type CorrectionJson, correctionJson } from '../../pipeline/people-correction-view.ts'
import type { Correction, CorrectionState } from '../../pipeline/people-store.ts'
import { employeeBrief } from '../../pipeline/people-view.ts'
import type { StoreReader } from '../../pipeline/store-reading.ts'
import {
  askPeople,
  everybody,
  namedEmployee,
  type NamedEmployee,
  openPeople,
  rulesOf,
  type WritingOptions,
} from '../ask-people.ts'
import type { Context } from '../context.ts'
import { jsonLine, jsonLines } from '../present/json-lines.ts'
import { neutralise } from '../present/neutral.ts'
import { changeText, differenceText, minutesChange, minutesText, signedDuration as signed } from '../present/change.ts'
import { type Column, table } from '../present/table.ts'
import { errorLines } from '../words/errors.ts'
import type { Words } from '../words/words.ts'
import { editsOf, type RequestOptions } from './correction-edits.ts'
import { parseId } from './quarantine.ts'

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

/** As it stands: of one that nobody has decided on, with what it would do now. */
async function viewed(
  context: Context,
  reader: StoreReader,
  people: readonly NamedEmployee[],
  it: Correction,
): Promise<CorrectionJson> {
  const employee = people.find(({ id }) => id === it.employeeId)
  if (!employee) return correctionJson(it, { id: String(it.employeeId), name: '–' })
  const brief = employeeBrief(employee)
  if (it.state !== 'requested') return correctionJson(it, brief)
  const judging = {
    now: Date.now(),
    zone: context.loaded.settings.timezone,
    rules: await rulesOf(context, reader),
  }
  const now = await reader.seeing((sight) => seenNow(sight, employee, it, judging))
  if (now === null) return correctionJson(it, brief)
  return 'seen' in now ? correctionJson(it, brief, now.seen) : correctionJson(it, brief, undefined, now.obstacle)
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
  const rows: CorrectionJson[] = []
  for (const it of (await reader?.corrections({ employeeId, state: options.state ?? null })) ?? [])
    if (reader) rows.push(await viewed(context, reader, people, it))
  if (options.json) return await print(jsonLines(rows))
  const minutes = (name: MinuteName, priority: number): Column<CorrectionJson> => ({
    head: t(minuteHeads[name]),
    priority,
    align: 'right',
    cell: (it) => minutesChange(it.effect.minutes[name], words),
  })
  await print(
    table(
      [
        { head: t('people:column.id'), priority: 100, align: 'right', cell: (it) => it.id },
        { head: t('people:column.name'), priority: 90, least: 12, cell: (it) => it.employee.name },
        { head: t('people:column.state'), priority: 95, cell: (it) => stateText(it, words) },
        {
          head: t('people:column.change'),
          priority: 85,
          least: 24,
          cell: (it) => it.changes.map((change) => changeText(change, words)).join('; '),
        },
        {
          head: t('people:column.worked'),
          priority: 70,
          align: 'right',
          cell: (it) => signed(it.effect.workedSeconds, words),
        },
        minutes('dayMinutes', 56),
        minutes('nightMinutes', 57),
        minutes('paidBreakMinutes', 54),
        minutes('unpaidBreakMinutes', 55),
        { head: t('people:column.marks'), priority: 58, align: 'right', cell: (it) => words.count(it.effect.marks) },
        { head: t('people:column.calls'), priority: 60, align: 'right', cell: (it) => words.count(it.effect.calls) },
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
  if (!reader || !found) throw new SmenaError('thing-unknown', { what: 'correction', id })
  await printCorrection(context, await viewed(context, reader, await everybody(reader), found), options)
}

interface DecideOptions extends WritingOptions {
  readonly comment?: string
}

export async function correctionApproveCommand(
  context: Context,
  [text = '']: readonly string[],
  options: DecideOptions & { readonly asNow?: true },
): Promise<void> {
  const correction = parseId(text)
  const comment = options.comment ?? null
  const request = { do: 'correction-approve' as const, correction, comment, asNow: options.asNow === true }
  try {
    await printCorrection(context, await askPeople(context, request, options), options)
  } catch (error) {
    if (error instanceof SmenaError && error.code === 'correction-changed') await sayChanges(context, correction)
    throw error
  }
}

/** What the one who is to approve has not seen. */
async function sayChanges(context: Context, id: number): Promise<void> {
  await using reader = await openPeople(context)
  const found = await reader?.correction(id)
  if (!reader || !found) return
  const texts = differenceTexts(await viewed(context, reader, await everybody(reader), found), context.words)
  for (const text of texts) context.surroundings.stderr.write(`${neutralise(text)}\n`)
}

export async function correctionRefuseCommand(
  context: Context,
  [text = '']: readonly string[],
  options: DecideOptions,
): Promise<void> {
  const comment = options.comment ?? null
  const request = { do: 'correction-refuse' as const, correction: parseId(text), comment }
  await printCorrection(context, await askPeople(context, request, options), options)
}

type MinuteName = keyof typeof minuteHeads

/** Beside what is worked, which is told to the second. */
const minuteHeads = {
  dayMinutes: 'people:column.dayTime',
  nightMinutes: 'people:column.night',
  paidBreakMinutes: 'people:column.paidBreaks',
  unpaidBreakMinutes: 'people:column.unpaidBreaks',
} as const

const stateText = ({ state, obstacle, shown }: CorrectionJson, { t }: Words): string =>
  t(`people:correction.state.${obstacle ? 'impossible' : shown ? 'changed' : state}`)

const differenceTexts = (it: CorrectionJson, words: Words): string[] =>
  it.shown === null
    ? []
    : differencesOf(it.shown, it, Date.parse(it.requestedAt)).map((one) => differenceText(one, words))

/** The request: each row before and after, and what comes of it in days, minutes, marks and calls. */
async function printCorrection(
  { words, print, look }: Context,
  it: CorrectionJson,
  { json }: { readonly json?: true },
): Promise<void> {
  if (json) return await print([jsonLine(it)])
  const { t } = words
  const { effect, obstacle } = it
  const minutes = (name: MinuteName): [string, string] => [
    t(minuteHeads[name]),
    minutesChange(effect.minutes[name], words),
  ]
  const facts: [string, string | null][] = [
    [t('people:column.id'), it.id],
    [t('people:column.name'), it.employee.name],
    [t('people:column.state'), stateText(it, words)],
    [t('people:column.reason'), it.reason],
    [t('people:column.author'), `${it.author}, ${words.time(Date.parse(it.requestedAt))}`],
    [
      t('people:column.decidedBy'),
      it.decidedAt === null ? null : `${it.decidedBy ?? '–'}, ${words.time(Date.parse(it.decidedAt))}`,
    ],
    [t('people:column.comment'), it.decision],
    [t('people:column.obstacle'), obstacle && errorLines(errorOf(obstacle), words.language).join(' ')],
    ...differenceTexts(it, words).map((text): [string, string] => [t('people:column.changedSince'), text]),
    ...it.changes.map((change): [string, string] => [t('people:column.change'), changeText(change, words)]),
    [t('people:column.worked'), signed(effect.workedSeconds, words)],
    minutes('dayMinutes'),
    minutes('nightMinutes'),
    minutes('paidBreakMinutes'),
    minutes('unpaidBreakMinutes'),
    [t('people:column.marks'), words.count(effect.marks)],
    [t('people:column.calls'), words.count(effect.calls)],
    [t('people:column.periods'), effect.periods.length === 0 ? null : effect.periods.join(', ')],
  ]
  await print(facts.flatMap(([name, value]) => (value === null ? [] : [`${name}: ${neutralise(value)}\n`])))
  if (effect.days.length === 0) return
  type Day = (typeof effect.days)[number]
  const figure = (name: MinuteName, priority: number): Column<Day> => ({
    head: t(minuteHeads[name]),
    priority,
    align: 'right',
    cell: ({ before, after }) => {
      const [was, is] = [minutesText(before[name], words), minutesText(after[name], words)]
      return was === is ? is : `${was} → ${is}`
    },
  })
  await print(['\n'])
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
        figure('dayMinutes', 80),
        figure('nightMinutes', 81),
        figure('paidBreakMinutes', 70),
        figure('unpaidBreakMinutes', 71),
      ],
      effect.days,
      look,
    ),
  )
}

const errorOf = ({ code, details }: NonNullable<CorrectionJson['obstacle']>): SmenaError =>
  new SmenaError(code, details as ErrorDetails<ErrorCode>)
