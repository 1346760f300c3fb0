import type { BoundExcludedJson } from '../../pipeline/legacy/exclude-bound.ts'
import { askPeople, type WritingOptions } from '../ask-people.ts'
import type { Context } from '../context.ts'
import { jsonLine } from '../present/json-lines.ts'
import { neutralise } from '../present/neutral.ts'
import { parseId } from './quarantine.ts'

/** Leaves a call that the older system bound out of its person's events, or takes it in again. */
export async function legacyExcludeCommand(
  context: Context,
  excluded: boolean,
  [text = '']: readonly string[],
  options: WritingOptions,
): Promise<void> {
  const { words, print } = context
  const told = await askPeople<BoundExcludedJson>(
    context,
    { do: 'legacy-exclude', call: parseId(text), excluded },
    options,
  )
  if (options.json) return await print([jsonLine(told)])
  const said = words.t(excluded ? 'legacy:excluded' : 'legacy:included', {
    id: told.id,
    name: told.employee.name,
    at: words.time(Date.parse(told.toldAt)),
  })
  await print([`${neutralise(said)}\n`])
}
