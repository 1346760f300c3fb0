/**
 * Reading a mapping that a person wrote: which keys it may have, what a value can be, and what is told of one that is not.
 */

/** What a value can be expected to be. The wording is the key's; other languages translate it. */
export const expectations = {
  mapping: 'keys with values',
  text: 'a text of 1 to 200 characters (put quotes around a number)',
  texts: 'a list of texts',
  name: 'a name of 1 to 64 characters: a–z, 0–9, _ and -, the first a letter or digit',
  format: 'avaya-ip-office or asterisk-csv',
  address: 'host:port, [IPv6 address]:port or :port',
  loopback: 'an address on loopback such as 127.0.0.1:8080 (others are refused until there are accounts)',
  networks: 'a list of at least one network or address',
  network: 'an IPv4 or IPv6 network such as 10.6.0.0/16, or one address',
  zone: 'an IANA time zone such as Asia/Krasnoyarsk',
  pattern: 'a regular expression that compiles with the flag u',
  encoding: 'a known encoding such as windows-1251',
  topic: 'a Kafka topic: 1 to 249 of a–z, A–Z, 0–9, dot, _ and -',
  brokers: 'a list of host:port',
  broker: 'host:port',
  tls: 'true, false or keys with values',
  serverName: 'the name of a host, which an address is not',
  mechanism: 'PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512',
  database: 'an address that begins with postgres://',
  language: 'ru or en',
  size: 'a size such as 512MiB (B, KiB, MiB, GiB, TiB)',
  days: 'a whole number from 0 to 3650',
  hours: 'a whole number from 1 to 24',
  seconds: 'a whole number from 0 to 3600',
  connections: 'a whole number from 1 to 65535',
  replicas: 'a whole number from 1 to 3',
  compression: 'zstd or none',
  rewrite: 'a list',
  offset: 'a whole number of seconds',
} as const satisfies Record<string, string>

type Expectation = keyof typeof expectations

export type PathPart = string | number

export interface Place {
  readonly line: number
  readonly column: number
}

/**
 * `invalid`: `found` is not what is `expected`. `unknown-key`: `found` is the key, `expected` the known ones, comma between.
 * `taken`: `found` also stands at the key that `expected` names. `unavailable`: a key that this release does not have yet.
 */
export interface Problem extends Partial<Place> {
  readonly kind: 'invalid' | 'unknown-key' | 'taken' | 'unavailable'
  readonly path: readonly PathPart[]
  readonly found: string
  readonly expected: string
}

export interface SettingsContext {
  /** Zone of the machine: the site's zone when nobody names one. */
  readonly systemTimezone: string
  /** Where in the file the value of a path stands; for an unknown key, where the key stands. */
  readonly placeOf?: (path: readonly PathPart[]) => Place | null
}

export interface Report {
  readonly problems: Problem[]
  add(kind: Problem['kind'], path: readonly PathPart[], found: string, expected: string): void
}

export function openReport(context: SettingsContext): Report {
  const problems: Problem[] = []
  return {
    problems,
    add: (kind, path, found, expected) => {
      problems.push({ kind, path, found, expected, ...context.placeOf?.(path) })
    },
  }
}

/** What a value turns out to be: itself made ready, or what was expected in its place (and where, inside a list). */
type Checked<T> = { readonly value: T } | { readonly expected: Expectation; readonly at?: number }
export type Check<T> = (found: unknown) => Checked<T>
export interface Field<T> {
  readonly check: Check<T>
  /** Absent: the key must be given. */
  readonly fallback?: T
  /** Never shown as found: it may hold a password. */
  readonly secret?: true
}
type Values<F> = { [K in keyof F]: F[K] extends Field<infer T> ? T : never }

export const taken = <T>(value: T): Checked<T> => ({ value })
export const refused = (expected: Expectation): Checked<never> => ({ expected })
export const isMapping = (found: unknown): found is Record<string, unknown> =>
  typeof found === 'object' && found !== null && !Array.isArray(found)

/**
 * Reads the keys of one mapping. A key whose value is wrong has its fallback, or undefined when it has none: the object is
 * used only if no problem was told.
 */
export function readFields<F extends Record<string, Field<unknown>>>(
  raw: unknown,
  path: readonly PathPart[],
  fields: F,
  report: Report,
): Values<F> {
  const given = isMapping(raw) ? raw : {}
  if (!isMapping(raw)) report.add('invalid', path, shown(raw), expectations.mapping)
  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(fields, key)) report.add('unknown-key', [...path, key], key, Object.keys(fields).join(', '))
  }
  const values: Record<string, unknown> = {}
  for (const [key, field] of Object.entries(fields)) {
    values[key] = field.fallback
    if (!Object.hasOwn(given, key)) {
      if (isMapping(raw) && !Object.hasOwn(field, 'fallback'))
        report.add('invalid', [...path, key], 'nothing', wantedBy(field))
      continue
    }
    const checked = field.check(given[key])
    if ('value' in checked) values[key] = checked.value
    else {
      const { at, expected } = checked
      const found = at === undefined ? given[key] : (given[key] as unknown[])[at]
      const where = at === undefined ? [...path, key] : [...path, key, at]
      report.add('invalid', where, field.secret ? '***' : shown(found), expectations[expected])
    }
  }
  return values as Values<F>
}

function wantedBy(field: Field<unknown>): string {
  const checked = field.check(undefined)
  return 'expected' in checked ? expectations[checked.expected] : expectations.text
}

/** A value as a message shows it, on one line. The inside of lists and mappings stays untold: it may hold a password. */
export function shown(found: unknown): string {
  if (found === null || found === undefined) return 'nothing'
  if (Array.isArray(found)) return found.length === 0 ? '[]' : '[…]'
  if (typeof found === 'object') return '{…}'
  const isPlain = typeof found === 'number' || typeof found === 'boolean'
  const text = typeof found === 'string' ? JSON.stringify(found) : isPlain ? String(found) : typeof found
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}

export const text: Check<string> = (found) =>
  typeof found === 'string' && found.trim() !== '' && found.length <= 200 ? taken(found) : refused('text')
export const matching = (expected: Expectation, fits: (found: string) => boolean): Check<string> => {
  return (found) => (typeof found === 'string' && fits(found) ? taken(found) : refused(expected))
}
export const listOf = <T>(one: Check<T>, expected: Expectation, least = 0): Check<readonly T[]> => {
  return (found) => {
    if (!Array.isArray(found) || found.length < least) return refused(expected)
    const values: T[] = []
    for (const [at, item] of found.entries()) {
      const checked = one(item)
      if (!('value' in checked)) return { expected: checked.expected, at }
      values.push(checked.value)
    }
    return taken(values)
  }
}
export const wholeNumber = (from: number, to: number, expected: Expectation): Check<number> => {
  const isWhole = (found: unknown): found is number => Number.isSafeInteger(found)
  return (found) => (isWhole(found) && found >= from && found <= to ? taken(found) : refused(expected))
}

export const anything: Check<unknown> = (found) => taken(found)
export const optional = <T>(check: Check<T>): Field<T | null> => ({ check, fallback: null })
