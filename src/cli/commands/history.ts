import { isoTimes } from '../../pipeline/iso-times.ts'
import { instantText } from '../../pipeline/status.ts'
import { everybody, namedEmployee, numberOption, openPeople } from '../ask-people.ts'
import type { Context } from '../context.ts'
import { jsonLines } from '../present/json-lines.ts'
import { neutralise } from '../present/neutral.ts'
import { changeTexts, deedText } from '../present/trail.ts'

const linesByDefault = 50

/** The trail of a person, or of what is of nobody: who did what, what was there before and after. */
export async function employeeHistoryCommand(
  context: Context,
  [text]: readonly string[],
  options: { limit?: string; json?: true },
): Promise<void> {
  const { words, print } = context
  const { t } = words
  const limit = numberOption(context, 'limit', options.limit, 'employee history') ?? linesByDefault
  await using reader = await openPeople(context)
  const person = text === undefined ? null : namedEmployee(text, await everybody(reader))
  const rows = (await reader?.audit(person?.id ?? null, limit)) ?? []
  const parsed = (json: string | null): unknown => (json === null ? null : isoTimes(JSON.parse(json)))
  if (options.json)
    return await print(
      jsonLines(
        rows.map(({ id, at, who, what, before, after }) => {
          return { id: String(id), at: instantText(at), who, what, before: parsed(before), after: parsed(after) }
        }),
      ),
    )
  if (rows.length === 0 || !reader)
    return await print([`${t(text === undefined ? 'people:noTrail' : 'people:employee.noHistory')}\n`])
  const known = { units: await reader.units(), markTypes: await reader.markTypes() }
  await print(
    rows.flatMap((it) => [
      `${neutralise(`${words.time(it.at)}  ${it.who}  ${deedText(it.what, words)}`)}\n`,
      ...changeTexts(it, known, words).map((text) => `  ${neutralise(text)}\n`),
    ]),
  )
  await print([`\n${t('people:caption', { zone: words.zone(Date.now()) })}\n`])
}
