import type { MarkJson } from '../../pipeline/people-view.ts'
import { askPeople, numberOption, openPeople, timeOption, type WritingOptions } from '../ask-people.ts'
import type { Context } from '../context.ts'
import { jsonLine, jsonLines } from '../present/json-lines.ts'
import { neutralise } from '../present/neutral.ts'
import { table } from '../present/table.ts'
import { parseId } from './quarantine.ts'

interface MarkOptions extends WritingOptions {
  readonly type: string
  readonly at?: string
  readonly comment?: string
  readonly count?: string
  readonly seconds?: string
}

export async function markAddCommand(
  context: Context,
  [employee = '']: readonly string[],
  options: MarkOptions,
): Promise<void> {
  const { words, print } = context
  const at = timeOption(context, 'at', options.at)
  const count = numberOption(context, 'count', options.count, 'mark add') ?? 1
  const seconds = numberOption(context, 'seconds', options.seconds, 'mark add')
  const made = await askPeople<MarkJson>(
    context,
    { do: 'mark-add', employee, at, type: options.type, comment: options.comment ?? null, count, seconds },
    options,
  )
  if (options.json) return await print([jsonLine(made)])
  const said = words.t('people:mark.added', {
    name: made.employee.name,
    type: made.type,
    at: words.time(Date.parse(made.at)),
    id: made.id,
  })
  await print([`${neutralise(said)}\n`])
}

export const markExcludeCommand = (context: Context, args: readonly string[], options: WritingOptions) =>
  tick(context, true, args, options)

export const markIncludeCommand = (context: Context, args: readonly string[], options: WritingOptions) =>
  tick(context, false, args, options)

async function tick(
  context: Context,
  excluded: boolean,
  [text = '']: readonly string[],
  options: WritingOptions,
): Promise<void> {
  const { words, print } = context
  const made = await askPeople<MarkJson>(context, { do: 'mark-exclude', mark: parseId(text), excluded }, options)
  if (options.json) return await print([jsonLine(made)])
  const key = excluded ? 'people:mark.excluded' : 'people:mark.included'
  await print([`${neutralise(words.t(key, { id: made.id, type: made.type }))}\n`])
}

/** The kinds of marks; with a name that one is made or changed first. */
export async function markTypesCommand(
  context: Context,
  [name]: readonly string[],
  options: WritingOptions & { name?: string; position?: string; wrapUp?: boolean; active?: boolean },
): Promise<void> {
  const { words, look, print } = context
  const { t } = words
  if (name !== undefined) {
    const { wrapUp, active, name: newName } = options
    const position = numberOption(context, 'position', options.position, 'mark types')
    const told = {
      ...(wrapUp === undefined ? {} : { wrapUp }),
      ...(active === undefined ? {} : { active }),
      ...(newName === undefined ? {} : { newName }),
      ...(position === null ? {} : { position }),
    }
    const made = await askPeople(context, { do: 'mark-type-set', name, ...told }, options)
    if (options.json) return await print([jsonLine(made)])
  }
  await using reader = await openPeople(context)
  const types = (await reader?.markTypes()) ?? []
  if (options.json) return await print(jsonLines(types.map(({ id, ...it }) => ({ id: String(id), ...it }))))
  await print(
    table(
      [
        { head: t('people:column.type'), priority: 100, cell: (it) => it.name },
        {
          head: t('people:column.wrapUp'),
          priority: 60,
          cell: (it) => t(it.wrapUp ? 'people:yes' : 'people:no'),
        },
        {
          head: t('people:column.active'),
          priority: 50,
          optional: true,
          cell: (it) => (it.active ? '' : t('people:unused')),
        },
        { head: t('people:column.id'), priority: 90, align: 'right', cell: (it) => String(it.id) },
      ],
      types,
      look,
    ),
  )
  if (types.length === 0) await print([`${t('people:mark.noTypes')}\n`])
}
