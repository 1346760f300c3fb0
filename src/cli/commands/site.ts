import { askPeople, openPeople, type WritingOptions } from '../ask-people.ts'
import type { Context } from '../context.ts'
import { jsonLine, jsonLines } from '../present/json-lines.ts'
import { neutralise } from '../present/neutral.ts'
import { table } from '../present/table.ts'

export async function siteSetCommand(
  context: Context,
  [name = '']: readonly string[],
  options: WritingOptions & { zone: string },
): Promise<void> {
  const { words, print } = context
  const made = await askPeople<{ readonly name: string; readonly zone: string }>(
    context,
    { do: 'site-set', name, zone: options.zone },
    options,
  )
  if (options.json) return await print([jsonLine(made)])
  await print([`${neutralise(words.t('people:site.set', made))}\n`])
}

export async function siteListCommand(context: Context, _: readonly string[], options: { json?: true }): Promise<void> {
  const { words, look, print } = context
  const { t } = words
  await using reader = await openPeople(context)
  const sites = (await reader?.sites()) ?? []
  if (options.json) return await print(jsonLines(sites))
  await print(
    table(
      [
        { head: t('people:column.site'), priority: 90, least: 8, cell: (it) => it.name },
        { head: t('people:column.zone'), priority: 80, cell: (it) => it.zone },
      ],
      sites,
      look,
    ),
  )
  if (sites.length === 0) await print([`${t('people:site.none', { zone: words.timezone })}\n`])
}
