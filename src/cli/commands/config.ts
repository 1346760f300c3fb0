import { effectiveSettings, effectiveYaml } from '../../adapters/config-file/effective-settings.ts'
import { SmenaError } from '../../domain/errors.ts'
import { readingOf } from '../../domain/settings.ts'
import type { AppliedReading } from '../../roles/record-worker.ts'
import { ask } from '../ask.ts'
import type { Context } from '../context.ts'
import { appliedLine } from '../present/applied.ts'
import { jsonLine } from '../present/json-lines.ts'
import { parseInstant, wallIn } from '../time.ts'

/** Settings that cannot be read are refused before a command runs: here they can be. */
export async function configCheckCommand(
  context: Context,
  _: readonly string[],
  options: { json?: true },
): Promise<void> {
  const { loaded, words, print, say } = context
  if (options.json) return await print([jsonLine(effectiveSettings(loaded.settings))])
  say(loaded.file === null ? words.t('config:noFile') : words.t('config:valid', { file: loaded.file }))
  say(words.t('config:effective'))
  await print([effectiveYaml(loaded.settings, loaded.originOf)])
}

/** Makes new readings of the sources from the file (R8), valid from `--from`: what the exchange's clock shows then. */
export async function configApplyCommand(
  context: Context,
  _: readonly string[],
  options: { from?: string; rename?: string; json?: true },
): Promise<void> {
  const { loaded, words, print } = context
  const { settings } = loaded
  const rename = options.rename === undefined ? null : parseRename(options.rename, words)
  const readings = settings.sources.map((source) => {
    const zone = source.timezone ?? settings.timezone
    const from =
      options.from === undefined
        ? ('now' as const)
        : wallIn(zone, parseInstant(options.from, settings.timezone, '--from'))
    return { name: source.name, reading: readingOf(source, settings), from }
  })
  if (rename) await ask(context, { request: { do: 'rename', ...rename } })
  const applied = (await ask(context, { request: { do: 'apply', readings } })) as readonly AppliedReading[]
  if (options.json) return await print([jsonLine({ applied, rename })])
  if (rename) await print([`${words.t('config:renamed', { from: rename.old, to: rename.new })}\n`])
  const changed = applied.filter((it) => it.change !== 'none')
  if (changed.length === 0 && !rename) await print([`${words.t('config:unchanged')}\n`])
  await print(changed.map((it) => `${appliedLine(it, words)}\n`))
}

function parseRename(text: string, { t }: Context['words']): { old: string; new: string } {
  const [old = '', next = '', ...more] = text.split('=')
  if (old === '' || next === '' || more.length > 0)
    throw new SmenaError('usage', {
      problem: t('help:problem.notARename', { option: 'rename', found: text.slice(0, 80) }),
      command: 'config apply',
    })
  return { old, new: next }
}
