import { parseDocument } from 'yaml'
import { SmenaError } from '../../domain/errors.ts'
import { listenVariable } from '../../domain/settings.ts'
import { type Environment, readSecret, variableOf } from './read-secret.ts'

/** One value that stands above the file. */
export interface Override {
  /** What a message calls the place: `SMENA_HTTP`, `--http`. */
  readonly label: string
  readonly path: readonly string[]
  readonly value: unknown
}

/** Flags as the command line hands them over; `set` holds `KEY.PATH=VALUE` with a YAML value, for every key there is. */
export interface SettingsFlags {
  readonly dataDir?: string | undefined
  readonly databaseUrl?: string | undefined
  readonly http?: string | undefined
  readonly kafkaBrokers?: string | undefined
  readonly timezone?: string | undefined
  readonly lang?: string | undefined
  readonly set?: readonly string[] | undefined
}

const list = (text: string): string[] => text.split(',').map((it) => it.trim())

const setForm = 'KEY=VALUE with a value in YAML'

export function flagOverrides(flags: SettingsFlags): Override[] {
  const overrides = (flags.set ?? []).map(parseSet)
  const add = (label: string, path: readonly string[], value: unknown) => {
    if (value !== undefined) overrides.push({ label, path, value })
  }
  add('--data-dir', ['dataDir'], flags.dataDir)
  add('--database-url', ['databaseUrl'], flags.databaseUrl)
  add('--http', ['http'], flags.http)
  add('--kafka-brokers', ['kafka', 'brokers'], flags.kafkaBrokers === undefined ? undefined : list(flags.kafkaBrokers))
  add('--timezone', ['timezone'], flags.timezone)
  add('--lang', ['lang'], flags.lang)
  return overrides
}

function parseSet(text: string): Override {
  const [, key, value = ''] = /^([^=]+)=([^]*)$/u.exec(text) ?? []
  const document = parseDocument(value, { prettyErrors: false, schema: 'core' })
  const isReadable = key !== undefined && document.errors.length === 0 && document.warnings.length === 0
  if (!isReadable) {
    // The value stays untold: it may be a password.
    const found = key === undefined ? JSON.stringify(text.slice(0, 40)) : '***'
    throw new SmenaError('config-invalid', { file: '--set', key: key ?? 'KEY', found, expected: setForm })
  }
  return { label: '--set', path: key.split('.'), value: document.toJS({ maxAliasCount: 0 }) as unknown }
}

/** Variables for the keys that have one, and the listeners of the `sources` by their names. */
export async function environmentOverrides(environment: Environment, sources: readonly string[]): Promise<Override[]> {
  const overrides: Override[] = []
  const add = (name: string, path: readonly string[], valueOf: (text: string) => unknown = (text) => text) => {
    const text = variableOf(environment, name)
    if (text !== undefined) overrides.push({ label: name, path, value: valueOf(text) })
  }
  add('SMENA_DATA_DIR', ['dataDir'])
  add('SMENA_HTTP', ['http'])
  add('SMENA_KAFKA_BROKERS', ['kafka', 'brokers'], list)
  add('SMENA_TIMEZONE', ['timezone'])
  add('SMENA_LANG', ['lang'])
  add('SMENA_KAFKA_USERNAME', ['kafka', 'sasl', 'username'])
  const addSecret = async (name: string, path: readonly string[]) => {
    const value = await readSecret(environment, name)
    if (value === undefined) return
    overrides.push({ label: variableOf(environment, name) ? name : `${name}_FILE`, path, value })
  }
  await addSecret('SMENA_KAFKA_PASSWORD', ['kafka', 'sasl', 'password'])
  await addSecret('SMENA_DATABASE_URL', ['databaseUrl'])
  const variables = new Map(sources.map((source) => [listenVariable(source), source]))
  for (const name of Object.keys(environment)) {
    if (!name.startsWith('SMENA_LISTEN_') || variableOf(environment, name) === undefined) continue
    const source = variables.get(name)
    if (source === undefined) {
      const known = [...variables.keys()].join(', ')
      throw new SmenaError('config-unknown-key', { file: 'SMENA_LISTEN_*', key: name, known })
    }
    add(name, ['sources', source, 'listen'])
  }
  return overrides
}

/** A copy of `raw` with the overrides in it, later ones over earlier ones; what stands in the way of a path is replaced. */
export function withOverrides(
  raw: Readonly<Record<string, unknown>>,
  overrides: readonly Override[],
): Record<string, unknown> {
  const merged = structuredClone(raw) as Record<string, unknown>
  for (const { path, value } of overrides) {
    let target = merged
    for (const [i, key] of path.entries()) {
      const next = Object.hasOwn(target, key) ? target[key] : undefined
      const isLast = i === path.length - 1
      const held = isLast ? structuredClone(value) : isMapping(next) ? next : {}
      // Defined and not assigned, so that a key `__proto__` is one like any other.
      Object.defineProperty(target, key, { value: held, enumerable: true, configurable: true, writable: true })
      if (!isLast) target = held as Record<string, unknown>
    }
  }
  return merged
}

export const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
