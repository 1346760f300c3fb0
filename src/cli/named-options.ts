import { SmenaError } from '../domain/errors.ts'
import type { Context } from './context.ts'

/** What can be asked for by name or number: an empty one, as a script with an unset variable gives it, is nobody's. */
const names = ['employee', 'unit', 'extension', 'plan', 'group', 'source', 'site', 'number'] as const

type Named = Readonly<Partial<Record<(typeof names)[number], string>>>

/** Throws where one of them is given and empty. */
export function requireNamed({ words }: Context, options: Named, command: string): void {
  const option = names.find((it) => /^[\s,]*$/u.test(options[it] ?? 'absent'))
  if (option) throw new SmenaError('usage', { problem: words.t('help:problem.emptyOption', { option }), command })
}
