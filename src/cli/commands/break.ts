import { SmenaError } from '../../domain/errors.ts'
import type { BreakTypeWords } from '../../pipeline/people-request.ts'
import { type BreakJson, type ShiftJson } from '../../pipeline/people-view.ts'
import { askPeople, numberOption, openPeople, timeOption, type WritingOptions } from '../ask-people.ts'
import type { Context } from '../context.ts'
import { jsonLine, jsonLines } from '../present/json-lines.ts'
import { neutralise } from '../present/neutral.ts'
import { table } from '../present/table.ts'

interface BreakOptions extends WritingOptions {
  readonly at?: string
  readonly type?: string
}

export const breakStartCommand = (context: Context, args: readonly string[], options: BreakOptions): Promise<void> =>
  tellBreak(context, 'break-start', args, options)

export const breakEndCommand = (context: Context, args: readonly string[], options: BreakOptions): Promise<void> =>
  tellBreak(context, 'break-end', args, options)

async function tellBreak(
  context: Context,
  kind: 'break-start' | 'break-end',
  [employee = '']: readonly string[],
  options: BreakOptions,
): Promise<void> {
  const { words, print } = context
  const at = timeOption(context, 'at', options.at)
  const type = kind === 'break-start' ? { type: options.type ?? '' } : {}
  // A break that was ended in the second in which it began is none: then it is the shift that is answered.
  const made = await askPeople<BreakJson | ShiftJson>(context, { do: kind, employee, at, ...type }, options)
  if (options.json) return await print([jsonLine(made)])
  const { name } = made.employee
  if (!('type' in made)) return await print([`${neutralise(words.t('people:break.none', { name }))}\n`])
  const ended = made.endedAt === null ? null : Date.parse(made.endedAt)
  const started = Date.parse(made.startedAt)
  const said =
    kind === 'break-start'
      ? words.t('people:break.started', { name, type: words.breakType(made.type), at: words.time(started) })
      : words.t('people:break.ended', {
          name,
          type: words.breakType(made.type),
          at: words.time(ended),
          lasted: words.duration(ended === null ? null : (ended - started) / 1000),
        })
  await print([`${neutralise(said)}\n`])
}

interface BreakTypesOptions extends WritingOptions {
  readonly paid?: true
  readonly unpaid?: true
  readonly minimum?: string
  readonly maximum?: string
  readonly active?: boolean
}

/** The kinds of breaks; with a name that one is made or changed first. */
export async function breakTypesCommand(
  context: Context,
  [name]: readonly string[],
  options: BreakTypesOptions,
): Promise<void> {
  const { words, look, print } = context
  const { t } = words
  if (options.paid && options.unpaid)
    throw new SmenaError('usage', { problem: t('people:break.paidAndUnpaid'), command: 'break types' })
  if (name !== undefined) {
    const minutes = (limit: 'minimum' | 'maximum') => {
      const told = numberOption(context, limit, options[limit], 'break types')
      return told === null ? {} : { [`${limit}Seconds`]: told === 0 ? null : told * 60 }
    }
    const told: BreakTypeWords = {
      ...(options.paid ? { paid: true } : options.unpaid ? { paid: false } : {}),
      ...minutes('minimum'),
      ...minutes('maximum'),
      ...(options.active === undefined ? {} : { active: options.active }),
    }
    const made = await askPeople(context, { do: 'break-type-set', name, ...told }, options)
    if (options.json) return await print([jsonLine(made)])
  }
  await using reader = await openPeople(context)
  const types = (await reader?.breakTypes()) ?? []
  if (options.json) return await print(jsonLines(types))
  const minutes = (seconds: number | null) => words.duration(seconds)
  await print(
    table(
      [
        { head: t('people:column.type'), priority: 100, cell: ({ name }) => named(name, words.breakType(name)) },
        {
          head: t('people:column.paid'),
          priority: 90,
          cell: (it) => t(it.paid === null ? 'people:unknown' : it.paid ? 'people:yes' : 'people:no'),
        },
        { head: t('people:column.minimum'), priority: 60, align: 'right', cell: (it) => minutes(it.minimumSeconds) },
        { head: t('people:column.maximum'), priority: 70, align: 'right', cell: (it) => minutes(it.maximumSeconds) },
        {
          head: t('people:column.active'),
          priority: 50,
          optional: true,
          cell: (it) => (it.active ? '' : t('people:unused')),
        },
      ],
      types,
      look,
    ),
  )
  if (types.length === 0) await print([`${t('people:break.noTypes')}\n`])
}

/** What is given to `--type`, and what people read of it where that is another word. */
const named = (name: string, word: string): string => (word === name ? name : `${name} (${word})`)
