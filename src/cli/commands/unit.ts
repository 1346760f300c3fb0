import { SmenaError } from '../../domain/errors.ts'
import { askPeople, openPeople, type WritingOptions } from '../ask-people.ts'
import type { Context } from '../context.ts'
import { jsonLine, jsonLines } from '../present/json-lines.ts'
import { neutralise } from '../present/neutral.ts'
import { table } from '../present/table.ts'

export async function unitAddCommand(
  context: Context,
  [name = '']: readonly string[],
  options: WritingOptions & { parent?: string },
): Promise<void> {
  const { words, print } = context
  const request = { do: 'unit-add' as const, name, parent: options.parent ?? null }
  const made = await askPeople<{ readonly id: string; readonly name: string }>(context, request, options)
  if (options.json) return await print([jsonLine(made)])
  await print([`${neutralise(words.t('people:unit.added', { name: made.name, id: made.id }))}\n`])
}

/** What is not given stays as it is. */
export async function unitSetCommand(
  context: Context,
  [unit = '']: readonly string[],
  options: WritingOptions & { name?: string; parent?: string | false },
): Promise<void> {
  const { words, print } = context
  const { name, parent } = options
  const told = {
    ...(name === undefined ? {} : { name }),
    ...(parent === undefined ? {} : { parent: parent === false ? null : parent }),
  }
  if (Object.keys(told).length === 0)
    throw new SmenaError('usage', { problem: words.t('people:unit.noChange'), command: 'unit set' })
  const made = await askPeople<{ readonly id: string; readonly name: string }>(
    context,
    { do: 'unit-set', unit, ...told },
    options,
  )
  if (options.json) return await print([jsonLine(made)])
  await print([`${neutralise(words.t('people:unit.set', { name: made.name, id: made.id }))}\n`])
}

export async function unitListCommand(context: Context, _: readonly string[], options: { json?: true }): Promise<void> {
  const { words, look, print } = context
  const { t } = words
  await using reader = await openPeople(context)
  const units = (await reader?.units()) ?? []
  const rows = units.map(({ id, name, parentId }) => {
    return { id: String(id), name, parent: units.find((it) => it.id === parentId)?.name ?? null }
  })
  if (options.json) return await print(jsonLines(rows))
  await print(
    table(
      [
        { head: t('people:column.unit'), priority: 90, least: 8, cell: (it) => it.name },
        { head: t('people:column.parent'), priority: 50, least: 8, optional: true, cell: (it) => it.parent ?? '' },
        { head: t('people:column.id'), priority: 100, align: 'right', cell: (it) => it.id },
      ],
      rows,
      look,
    ),
  )
  if (rows.length === 0) await print([`${t('people:unit.none')}\n`])
}
