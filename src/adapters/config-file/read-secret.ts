import { SmenaError } from '../../domain/errors.ts'
import { fileCauses, readText, UnreadableFile } from './read-text.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** An empty variable is one that is not set: that is how it is switched off where it cannot be removed. */
export const variableOf = (environment: Environment, name: string): string | undefined => environment[name] || undefined

/**
 * A secret, from the variable itself or from the file that `<name>_FILE` names; the line end at its end is not part of it.
 * Undefined when neither is set. Refuses both at once.
 */
export async function readSecret(environment: Environment, name: string): Promise<string | undefined> {
  const value = variableOf(environment, name)
  const file = variableOf(environment, `${name}_FILE`)
  if (file === undefined) return value
  if (value !== undefined) throw new SmenaError('config-set-twice', { variable: name, other: `${name}_FILE` })
  const refuse = (cause: string, error?: unknown) =>
    new SmenaError('config-secret-unreadable', { file, variable: `${name}_FILE`, cause }, { cause: error })
  const text = await readText(file).catch((error: unknown) => {
    throw error instanceof UnreadableFile ? refuse(error.message, error) : error
  })
  const secret = text.replace(/\r?\n$/u, '')
  if (secret === '') throw refuse(fileCauses.empty)
  return secret
}
