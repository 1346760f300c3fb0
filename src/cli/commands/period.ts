import { SmenaError } from '../../domain/errors.ts'
import { type PeriodJson, periodJson } from '../../pipeline/people-view.ts'
import { askPeople, everybody, openPeople, timeOption, type WritingOptions } from '../ask-people.ts'
import type { Context } from '../context.ts'
import { jsonLine, jsonLines } from '../present/json-lines.ts'
import { neutralise } from '../present/neutral.ts'
import { table } from '../present/table.ts'
import { parseId } from './quarantine.ts'

export async function periodLockCommand(
  context: Context,
  _: readonly string[],
  options: WritingOptions & { from: string; to: string; unit?: string },
): Promise<void> {
  const from = timeOption(context, 'from', options.from) ?? 0
  const to = timeOption(context, 'to', options.to) ?? 0
  const made = await askPeople<PeriodJson>(
    context,
    { do: 'period-lock', from, to, unit: options.unit ?? null },
    options,
  )
  await printPeriod(context, made, 'people:period.locked', options)
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

async function readPeriods(context: Context): Promise<readonly PeriodJson[]> {
  await using reader = await openPeople(context)
  if (!reader) return []
  const [units, people] = [await reader.units(), await everybody(reader)]
  const periods: PeriodJson[] = []
  for (const it of await reader.periods())
    periods.push(periodJson(it, await reader.periodVersions(it.id), units, people))
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
        periods.map((it) => ({
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

/** The newest version's figures, and what each version changed. */
export async function periodShowCommand(
  context: Context,
  [text = '']: readonly string[],
  options: { json?: true },
): Promise<void> {
  const { words, look, print } = context
  const { t } = words
  const id = parseId(text)
  const period = (await readPeriods(context)).find((it) => it.id === String(id))
  if (!period) throw new SmenaError('thing-unknown', { what: 'period', id })
  if (options.json) return await print([jsonLine(period)])
  for (const { version, madeAt, madeBy, reason, workedSeconds, difference } of period.versions) {
    const at = words.time(Date.parse(madeAt))
    const worked = words.duration(workedSeconds)
    await print([`${neutralise(t('people:period.version', { version, at, by: madeBy, reason, worked }))}\n`])
    await print(
      difference
        .filter(({ figure }) => figure === 'workedSeconds')
        .map(({ employee, day, before, after }) => {
          const change = { name: employee.name, day, before: words.duration(before), after: words.duration(after) }
          return `  ${neutralise(t('people:period.change', change))}\n`
        }),
    )
  }
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
      ],
      period.versions.at(-1)?.figures ?? [],
      look,
    ),
  )
}
