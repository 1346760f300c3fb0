import { numberKey } from '../../domain/call.ts'
import { type MissedDoneJson, missedDoneJson } from '../../pipeline/people-missed.ts'
import { askPeople, numberOption, openPeople, timeOption, type WritingOptions } from '../ask-people.ts'
import type { Context } from '../context.ts'
import { jsonLine, jsonLines } from '../present/json-lines.ts'
import { neutralise } from '../present/neutral.ts'
import { doneWayText } from '../present/reports/missed-view.ts'
import { table } from '../present/table.ts'

const linesByDefault = 50

interface SiteOptions extends WritingOptions {
  readonly site?: string
}

/** Ticks off the missed calls of a number up to now or to an instant. */
export async function missedDoneCommand(
  context: Context,
  [number = '']: readonly string[],
  options: SiteOptions & { readonly at?: string; readonly how?: string },
): Promise<void> {
  const { words, print } = context
  const [at, how] = [timeOption(context, 'at', options.at), options.how ?? 'other-way']
  const made = await askPeople<MissedDoneJson>(
    context,
    { do: 'missed-done', number, site: options.site ?? null, at, how },
    options,
  )
  if (options.json) return await print([jsonLine(made)])
  const said = words.t('people:missed.done', {
    number: made.number,
    until: words.time(Date.parse(made.until)),
    how: doneWayText(made.how, words),
    by: made.by,
  })
  await print([`${neutralise(said)}\n`])
}

export async function missedUndoCommand(
  context: Context,
  [number = '']: readonly string[],
  options: SiteOptions,
): Promise<void> {
  const { words, print } = context
  const gone = await askPeople<MissedDoneJson>(
    context,
    { do: 'missed-undo', number, site: options.site ?? null },
    options,
  )
  if (options.json) return await print([jsonLine(gone)])
  const said = words.t('people:missed.undone', { number: gone.number, until: words.time(Date.parse(gone.until)) })
  await print([`${neutralise(said)}\n`])
}

/** What was ticked off, the newest first; with a number only of that one. */
export async function missedListCommand(
  context: Context,
  [number]: readonly string[],
  options: { readonly limit?: string; readonly json?: true },
): Promise<void> {
  const { words, look, print } = context
  const { t } = words
  const limit = numberOption(context, 'limit', options.limit, 'missed list') ?? linesByDefault
  await using reader = await openPeople(context)
  const ticks = (await reader?.missedDone(number === undefined ? null : numberKey(number), limit)) ?? []
  if (options.json) return await print(jsonLines(ticks.map(missedDoneJson)))
  await print(
    table(
      [
        { head: t('people:column.number'), priority: 100, cell: (it) => it.number },
        { head: t('people:column.site'), priority: 60, least: 8, optional: true, cell: (it) => it.site },
        { head: t('people:column.until'), priority: 95, cell: (it) => words.time(it.until) },
        { head: t('people:column.how'), priority: 80, least: 12, cell: (it) => doneWayText(it.how, words) },
        { head: t('people:column.author'), priority: 90, least: 8, cell: (it) => it.who },
        { head: t('people:column.at'), priority: 50, cell: (it) => words.time(it.doneAt) },
      ],
      ticks,
      look,
    ),
  )
  await print([
    ticks.length === 0
      ? `${t('people:missed.none')}\n`
      : `\n${t('people:caption', { zone: words.zone(Date.now()) })}\n`,
  ])
}
