import { SmenaError } from '../../domain/errors.ts'
import type { DirectoryLine } from '../../pipeline/people-request.ts'
import type { DirectoryEntry } from '../../pipeline/people-store.ts'
import { type LineProblem, problemOf } from '../../pipeline/people-telling.ts'
import { askPeople, openPeople, type WritingOptions } from '../ask-people.ts'
import type { Context } from '../context.ts'
import { csvOf } from './employee.ts'
import { jsonLine, jsonLines } from '../present/json-lines.ts'
import { neutralise } from '../present/neutral.ts'
import { table } from '../present/table.ts'
import { errorLines } from '../words/errors.ts'

interface DirectoryReport {
  readonly entries: readonly DirectoryEntry[]
  readonly problems: readonly LineProblem[]
}

export async function directorySetCommand(
  context: Context,
  [extension = '']: readonly string[],
  options: WritingOptions & {
    plan?: string
    label?: string
    site?: string
    isGroup?: boolean
    serviceLevel?: string
    short?: string
    group?: readonly string[]
  },
): Promise<void> {
  const { words, print } = context
  const { plan, label, site, isGroup, serviceLevel, short, group } = options
  const entry: DirectoryLine = {
    line: null,
    extension,
    plan: plan ?? null,
    ...(label === undefined ? {} : { label }),
    ...(site === undefined ? {} : { site }),
    ...(isGroup === undefined ? {} : { isGroup }),
    ...(serviceLevel === undefined ? {} : { serviceLevelSeconds: secondsOf('service level', serviceLevel) }),
    ...(short === undefined ? {} : { shortSeconds: secondsOf('short', short) }),
    ...(group === undefined ? {} : { groups: group }),
  }
  const { entries } = await askPeople<DirectoryReport>(
    context,
    { do: 'directory-set', entries: [entry], dryRun: false },
    options,
  )
  const made = entries[0] as DirectoryEntry
  if (options.json) return await print([jsonLine(made)])
  await print([`${neutralise(words.t('people:directory.set', { extension: made.number, plan: made.plan }))}\n`])
}

/** A threshold as it is typed; an empty one takes it away. */
function secondsOf(what: string, text: string): number | null {
  if (text.trim() === '') return null
  if (/^\d{1,6}$/u.test(text.trim())) return Number(text)
  const found = `"${text.slice(0, 40)}"`
  throw new SmenaError('value-unreadable', { what, found, expected: 'a whole number of seconds' })
}

export async function directoryListCommand(
  context: Context,
  _: readonly string[],
  options: { json?: true },
): Promise<void> {
  const { words, look, print } = context
  const { t } = words
  await using reader = await openPeople(context)
  const entries = (await reader?.directory()) ?? []
  if (options.json) return await print(jsonLines(entries))
  await print(
    table(
      [
        { head: t('people:column.extension'), priority: 100, cell: (it) => it.number },
        { head: t('people:column.plan'), priority: 80, cell: (it) => it.plan },
        { head: t('people:column.label'), priority: 90, least: 8, cell: (it) => it.label ?? '' },
        { head: t('people:column.site'), priority: 60, least: 8, optional: true, cell: (it) => it.site ?? '' },
        {
          head: t('people:column.isGroup'),
          priority: 70,
          optional: true,
          cell: (it) => (it.isGroup ? t('people:yes') : ''),
        },
        {
          head: t('people:column.serviceLevel'),
          priority: 45,
          align: 'right',
          optional: true,
          cell: (it) => (it.serviceLevelSeconds === null ? '' : words.count(it.serviceLevelSeconds)),
        },
        {
          head: t('people:column.short'),
          priority: 44,
          align: 'right',
          optional: true,
          cell: (it) => (it.shortSeconds === null ? '' : words.count(it.shortSeconds)),
        },
        {
          head: t('people:column.groups'),
          priority: 50,
          least: 8,
          optional: true,
          cell: (it) => it.groups.join(', '),
        },
      ],
      entries,
      look,
    ),
  )
  if (entries.length === 0) await print([`${t('people:directory.none')}\n`])
}

const columns = {
  extension: ['extension', 'number', 'внутренний номер', 'номер'],
  plan: ['plan', 'план'],
  label: ['label', 'подпись', 'название'],
  site: ['site', 'площадка'],
  isGroup: ['is group', 'isGroup', 'hunt group', 'группа звонков'],
  serviceLevel: ['service level', 'serviceLevelSeconds', 'уровень сервиса'],
  short: ['short', 'shortSeconds', 'короткие'],
  groups: ['groups', 'группы'],
} as const

export async function directoryImportCommand(
  context: Context,
  [file = '']: readonly string[],
  options: WritingOptions & { dryRun?: true },
): Promise<void> {
  const { words, print, surroundings } = context
  const { t } = words
  const bad: LineProblem[] = []
  const entries = (await csvOf(file, columns, words.language)).flatMap((it) => {
    try {
      return [directoryLine(it)]
    } catch (error) {
      bad.push(problemOf(it.line, error))
      return []
    }
  })
  const ask = (dryRun: boolean) =>
    askPeople<DirectoryReport>(context, { do: 'directory-set', entries, dryRun }, dryRun ? {} : options)
  const tried = await ask(true)
  const problems = [...bad, ...tried.problems].sort((a, b) => a.line - b.line)
  const isFit = problems.length === 0
  if (isFit && !options.dryRun) await ask(false)
  if (!isFit) process.exitCode = 1
  const lines = entries.length + bad.length
  if (options.json) return await print([jsonLine({ lines, problems, dryRun: options.dryRun === true })])
  for (const { line, code, details } of problems)
    for (const text of errorLines(new SmenaError(code, details as never), words.language))
      surroundings.stderr.write(`${neutralise(t('people:import.problem', { line, text }))}\n`)
  const verdict = !isFit
    ? t('people:import.refused')
    : options.dryRun
      ? t('people:import.dryRun')
      : t('people:import.done')
  await print([`${t('people:import.lines', { lines })}\n${verdict}\n`])
}

/** An empty cell leaves what there is. */
function directoryLine({
  line,
  cells,
}: {
  readonly line: number
  readonly cells: Readonly<Partial<Record<keyof typeof columns, string>>>
}): DirectoryLine {
  const { extension = '', plan, label, site, isGroup, serviceLevel, short, groups } = cells
  return {
    line,
    extension,
    plan: plan || null,
    ...(label ? { label } : {}),
    ...(site ? { site } : {}),
    ...(isGroup ? { isGroup: /^(1|yes|true|да)$/iu.test(isGroup) } : {}),
    ...(serviceLevel ? { serviceLevelSeconds: secondsOf('service level', serviceLevel) } : {}),
    ...(short ? { shortSeconds: secondsOf('short', short) } : {}),
    ...(groups ? { groups: groups.split('|').map((it) => it.trim()) } : {}),
  }
}
