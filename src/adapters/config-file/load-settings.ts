import { SmenaError } from '../../domain/errors.ts'
import { defaultSources, keyOf, readSettings, type Settings } from '../../domain/settings.ts'
import type { PathPart, Problem } from '../../domain/setting-fields.ts'
import {
  environmentOverrides,
  flagOverrides,
  isMapping,
  type Override,
  type SettingsFlags,
  withOverrides,
} from './overrides.ts'
import { parseYaml, type YamlFile } from './parse-yaml.ts'
import { type Environment, variableOf } from './read-secret.ts'
import { readText, UnreadableFile } from './read-text.ts'

export interface SettingsRequest {
  /** The flag `--config`. */
  readonly file?: string | undefined
  readonly environment: Environment
  readonly flags: SettingsFlags
  /** Read when nobody names a file, if it is there. */
  readonly defaultFile?: string
  /** Zone of the machine. */
  readonly systemTimezone?: string
}

export interface LoadedSettings {
  readonly settings: Settings
  /** Null: there is none. */
  readonly file: string | null
  /** Where the value of a path comes from: `smena.yaml:3:1`, `SMENA_HTTP`, `--http` or `default`. */
  readonly originOf: (path: readonly PathPart[]) => string
}

/** Why settings were refused: one SmenaError for each problem. */
export class SettingsRefused extends AggregateError {
  override readonly name = 'SettingsRefused'
  declare readonly errors: SmenaError[]

  constructor(errors: readonly SmenaError[]) {
    super(errors, errors.map((error) => error.message).join('\n'))
  }
}

const refuse = (errors: readonly SmenaError[]): never => {
  throw new SettingsRefused(errors)
}

/** Settings out of flags, variables, the file and the defaults, in this order. Throws SettingsRefused. */
export async function loadSettings(request: SettingsRequest): Promise<LoadedSettings> {
  const named = request.file ?? variableOf(request.environment, 'SMENA_CONFIG')
  const found = await readFileOf(named ?? request.defaultFile ?? './smena.yaml', named !== undefined)
  const { file, yaml } = found ?? { file: null, yaml: null }
  const written = yaml?.raw ?? {}
  const base = isMapping(written) ? { sources: defaultSources, ...written } : {}
  const overrides = await overridesOf(base, request)
  const raw = isMapping(written) ? withOverrides(base, overrides) : written
  const covers = (short: readonly PathPart[], long: readonly PathPart[]) => short.every((part, i) => part === long[i])
  const overrideAt = (path: readonly PathPart[]) => overrides.findLast((override) => covers(override.path, path))
  const placeOf = (path: readonly PathPart[]) => (overrideAt(path) ? null : (yaml?.placeOf(path) ?? null))

  const originOf = (path: readonly PathPart[]) => {
    const place = placeOf(path)
    if (place) return `${file ?? ''}:${place.line}:${place.column}`
    const override = overrideAt(path) ?? overrides.findLast((it) => covers(path, it.path))
    return override?.label ?? file ?? 'default'
  }
  const isGiven = (path: readonly PathPart[]) =>
    holds(raw, path) && (overrideAt(path) !== undefined || holds(yaml?.raw, path))

  const systemTimezone = request.systemTimezone ?? Temporal.Now.timeZoneId()
  const result = readSettings(raw, { systemTimezone, placeOf })
  if ('problems' in result) return refuse(result.problems.map((problem) => errorOf(problem, originOf(problem.path))))
  return { settings: result.settings, file, originOf: (path) => (isGiven(path) ? originOf(path) : 'default') }
}

function holds(tree: unknown, path: readonly PathPart[]): boolean {
  let node = tree
  for (const part of path) {
    if (typeof node !== 'object' || node === null || !Object.hasOwn(node, part)) return false
    node = (node as Record<PathPart, unknown>)[part]
  }
  return true
}

async function readFileOf(file: string, isNamed: boolean): Promise<{ file: string; yaml: YamlFile } | null> {
  try {
    const text = await readText(file)
    return { file, yaml: parseYaml(text, file, refuse) }
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error
    if (error.absent && !isNamed) return null
    return refuse([new SmenaError('config-unreadable', { file, cause: error.message }, { cause: error })])
  }
}

async function overridesOf(
  base: Record<string, unknown>,
  { environment, flags }: SettingsRequest,
): Promise<Override[]> {
  try {
    const fromFlags = flagOverrides(flags)
    const { sources } = withOverrides(base, fromFlags)
    const fromEnvironment = await environmentOverrides(environment, isMapping(sources) ? Object.keys(sources) : [])
    return [...fromEnvironment, ...fromFlags]
  } catch (error) {
    return error instanceof SmenaError ? refuse([error]) : Promise.reject(error as Error)
  }
}

function errorOf(problem: Problem, file: string): SmenaError {
  const { found, expected } = problem
  const key = keyOf(problem.path) || '(all of it)'
  switch (problem.kind) {
    case 'invalid':
      return new SmenaError('config-invalid', { file, key, found, expected })
    case 'unknown-key':
      return new SmenaError('config-unknown-key', { file, key, known: expected })
    case 'unavailable':
      return new SmenaError('config-unavailable', { file, key })
    case 'taken':
      return new SmenaError('config-taken', { file, key, found, other: expected })
  }
}
