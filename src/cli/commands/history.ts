import { instantText } from '../../pipeline/status.ts'
import { everybody, namedEmployee, numberOption, openPeople } from '../ask-people.ts'
import type { Context } from '../context.ts'
import { jsonLines } from '../present/json-lines.ts'
import { table } from '../present/table.ts'

const linesByDefault = 50

/** The trail of a person: who did what, what was there before and after. */
export async function employeeHistoryCommand(
  context: Context,
  [text = '']: readonly string[],
  options: { limit?: string; json?: true },
): Promise<void> {
  const { words, look, print } = context
  const { t } = words
  const limit = numberOption(context, 'limit', options.limit, 'employee history') ?? linesByDefault
  await using reader = await openPeople(context)
  const person = namedEmployee(text, await everybody(reader))
  const rows = (await reader?.audit(person?.id ?? 0, limit)) ?? []
  const parsed = (json: string | null): unknown => (json === null ? null : JSON.parse(json))
  if (options.json)
    return await print(
      jsonLines(
        rows.map(({ id, at, who, what, before, after }) => {
          return { id: String(id), at: instantText(at), who, what, before: parsed(before), after: parsed(after) }
        }),
      ),
    )
  await print(
    table(
      [
        { head: t('people:column.at'), priority: 100, cell: (it) => words.time(it.at) },
        { head: t('people:column.author'), priority: 90, least: 8, cell: (it) => it.who },
        { head: t('people:column.what'), priority: 95, cell: (it) => it.what },
        { head: t('people:column.before'), priority: 40, least: 12, cell: (it) => it.before ?? '–' },
        { head: t('people:column.after'), priority: 50, least: 12, cell: (it) => it.after ?? '–' },
      ],
      rows,
      look,
    ),
  )
  await print([
    rows.length === 0
      ? `${t('people:employee.noHistory')}\n`
      : `\n${t('people:caption', { zone: words.zone(Date.now()) })}\n`,
  ])
}
