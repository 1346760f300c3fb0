import { SmenaError } from '../../domain/errors.ts'
import { sinceVersion } from '../../pipeline/people-periods.ts'
import { type DifferenceJson, type PeriodJson, periodJson } from '../../pipeline/people-view.ts'
import { askPeople, everybody, openPeople, rangeOption, rulesOf, type WritingOptions } from '../ask-people.ts'
import type { Context } from '../context.ts'
import { jsonLine, jsonLines } from '../present/json-lines.ts'
import { neutralise } from '../present/neutral.ts'
import { table } from '../present/table.ts'
import type { Words } from '../words/words.ts'
import { parseId } from './quarantine.ts'

export async function periodLockCommand(
  context: Context,
  _: readonly string[],
  options: WritingOptions & { from: string; to: string; unit?: string },
): Promise<void> {
  const { from, to } = rangeOption(context, options)
  const made = await askPeople<PeriodJson>(
    context,
    { do: 'period-lock', from: from ?? 0, to: to ?? 0, unit: options.unit ?? null },
    options,
  )
  await printPeriod(context, made, 'people:period.locked', options)
  const { words, say } = context
  if ((to ?? 0) > context.givenAt) say(words.t('people:period.notOver', { id: made.id, to: words.time(to ?? 0) }))
}

export async function periodUnlockCommand(
  context: Context,
  [text = '']: readonly string[],
  options: WritingOptions,
): Promise<void> {
  const made = await askPeople<PeriodJson>(context, { do: 'period-unlock', period: parseId(text) }, options)
  await printPeriod(context, made, 'people:period.unlocked', options)
}

async function printPeriod(
  { words, print }: Context,
  it: PeriodJson,
  key: 'people:period.locked' | 'people:period.unlocked',
  { json }: WritingOptions,
): Promise<void> {
  if (json) return await print([jsonLine(it)])
  const said = words.t(key, {
    id: it.id,
    from: words.time(Date.parse(it.from)),
    to: words.time(Date.parse(it.to)),
    worked: words.duration(it.versions.at(-1)?.workedSeconds ?? null),
  })
  await print([`${neutralise(said)}\n`])
}

/** All of them; of the one with this id also what has changed since its newest version. */
async function readPeriods(context: Context, shown: number | null = null): Promise<readonly PeriodJson[]> {
  await using reader = await openPeople(context)
  if (!reader) return []
  const [units, people] = [await reader.units(), await everybody(reader)]
  const judging = { now: Date.now(), zone: context.loaded.settings.timezone, rules: await rulesOf(context, reader) }
  const periods: PeriodJson[] = []
  for (const it of await reader.periods()) {
    const versions = await reader.periodVersions(it.id)
    const last = it.id === shown ? versions.at(-1) : undefined
    const since = last ? await reader.seeing((sight) => sinceVersion(sight, it, last, judging)) : null
    periods.push(periodJson(it, versions, units, people, since))
  }
  return periods
}

export async function periodListCommand(
  context: Context,
  _: readonly string[],
  options: { json?: true },
): Promise<void> {
  const { words, look, print } = context
  const { t } = words
  const periods = await readPeriods(context)
  // The figures of every version are what `period show` is for.
  if (options.json)
    return await print(
      jsonLines(
        periods.map(({ since: _since, ...it }) => ({
          ...it,
          versions: it.versions.map(({ figures: _figures, difference: _difference, ...version }) => version),
        })),
      ),
    )
  await print(
    table(
      [
        { head: t('people:column.id'), priority: 100, align: 'right', cell: (it) => it.id },
        { head: t('people:column.from'), priority: 95, cell: (it) => words.time(Date.parse(it.from)) },
        { head: t('people:column.to'), priority: 90, cell: (it) => words.time(Date.parse(it.to)) },
        {
          head: t('people:column.unit'),
          priority: 70,
          least: 8,
          cell: (it) => it.unit ?? t('people:period.everybody'),
        },
        {
          head: t('people:column.state'),
          priority: 85,
          cell: (it) => t(it.locked ? 'people:period.state.locked' : 'people:period.state.unlocked'),
        },
        {
          head: t('people:column.versions'),
          priority: 60,
          align: 'right',
          cell: (it) => words.count(it.versions.length),
        },
        {
          head: t('people:column.worked'),
          priority: 65,
          align: 'right',
          cell: (it) => words.duration(it.versions.at(-1)?.workedSeconds ?? null),
        },
        { head: t('people:column.author'), priority: 40, least: 8, cell: (it) => it.lockedBy },
      ],
      periods,
      look,
    ),
  )
  if (periods.length === 0) await print([`${t('people:period.none')}\n`])
}

/** Figures whose differences are said; the others are parts of them. */
const saidFigures = {
  workedSeconds: 'people:column.worked',
  nightSeconds: 'people:column.night',
  breakSeconds: 'people:column.breaks',
  unpaidBreakSeconds: 'people:column.unpaidBreaks',
  calls: 'people:column.calls',
  talkSeconds: 'people:column.talk',
} as const

function differenceLines(difference: readonly DifferenceJson[], words: Words): string[] {
  const { t } = words
  return difference.flatMap(({ employee, day, figure, before, after }) => {
    if (!Object.hasOwn(saidFigures, figure)) return []
    const value = figure === 'calls' ? words.count : words.duration
    const change = {
      name: employee.name,
      day,
      figure: t(saidFigures[figure as keyof typeof saidFigures]),
      before: value(before),
      after: value(after),
    }
    return [`  ${neutralise(t('people:period.change', change))}\n`]
  })
}

/** Why a version was made: the program's own words in the reader's language, a person's as they were written. */
function reasonText(reason: string, { t }: Words): string {
  if (reason === 'locked') return t('people:period.reason.locked')
  if (reason === 'locked again') return t('people:period.reason.lockedAgain')
  const [, id, said = ''] = /^correction (\d+): (.*)$/su.exec(reason) ?? []
  return id === undefined ? reason : t('people:period.reason.correction', { id, reason: said })
}

/** The newest version's figures, what each version changed, and what has changed since. */
export async function periodShowCommand(
  context: Context,
  [text = '']: readonly string[],
  options: { json?: true },
): Promise<void> {
  const { words, look, print } = context
  const { t } = words
  const id = parseId(text)
  const period = (await readPeriods(context, id)).find((it) => it.id === String(id))
  if (!period) throw new SmenaError('thing-unknown', { what: 'period', id })
  if (options.json) return await print([jsonLine(period)])
  for (const { version, madeAt, madeBy, reason, workedSeconds, difference } of period.versions) {
    const at = words.time(Date.parse(madeAt))
    const worked = words.duration(workedSeconds)
    const why = reasonText(reason, words)
    await print([`${neutralise(t('people:period.version', { version, at, by: madeBy, reason: why, worked }))}\n`])
    await print(differenceLines(difference, words))
  }
  const since = differenceLines(period.since ?? [], words)
  if (since.length > 0) await print([`${t('people:period.since')}\n`, ...since])
  await print(['\n'])
  await print(
    table(
      [
        { head: t('people:column.name'), priority: 90, least: 12, cell: (it) => it.employee.name },
        { head: t('people:column.day'), priority: 100, cell: (it) => it.day },
        {
          head: t('people:column.worked'),
          priority: 95,
          align: 'right',
          cell: (it) => words.duration(it['workedSeconds'] ?? 0),
        },
        {
          head: t('people:column.night'),
          priority: 60,
          align: 'right',
          cell: (it) => words.duration(it['nightSeconds'] ?? 0),
        },
        {
          head: t('people:column.breaks'),
          priority: 50,
          align: 'right',
          cell: (it) => words.duration(it['breakSeconds'] ?? 0),
        },
        {
          head: t('people:column.calls'),
          priority: 58,
          align: 'right',
          cell: (it) => words.count(it['calls'] ?? 0),
        },
        {
          head: t('people:column.talk'),
          priority: 56,
          align: 'right',
          cell: (it) => words.duration(it['talkSeconds'] ?? 0),
        },
      ],
      period.versions.at(-1)?.figures ?? [],
      look,
    ),
  )
}
