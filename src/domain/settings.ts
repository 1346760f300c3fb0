import { type Address, collide, formatAddress, isLoopback, isNetwork, parseAddress } from './address.ts'
import { isZone } from './clock.ts'
import type { FormatName } from './formats/format-name.ts'
import { type Reading, readingDefaults } from './reading.ts'

/**
 * Settings: what a person wrote in the file, in variables and as flags, checked and made complete. Whoever merges those
 * layers hands in one plain object; every problem in it is told, not only the first.
 */
export interface Settings {
  readonly dataDir: string
  /** `postgres://…`; null: SQLite in the data directory. Holds a password: print it only through `effectiveSettings`. */
  readonly databaseUrl: string | null
  /** Null: the default of the role that runs. */
  readonly http: Address | null
  /** Language of what the commands print; null: the environment's. */
  readonly lang: Language | null
  /** IANA zone of the site. */
  readonly timezone: string
  /** In the order of the file. */
  readonly sources: readonly SourceSettings[]
  readonly kafka: { readonly brokers: readonly string[] }
  readonly journal: JournalSettings
  readonly limits: LimitSettings
}

export type Language = 'en' | 'ru'

interface JournalSettings {
  /** With less free space than this on its disk the journal takes nothing: bytes. Null: `defaultFreeSpaceFloor`. */
  readonly freeSpaceFloorBytes: number | null
  /** How long, and how much of, what has been passed stays in the journal; whichever ends first (R15). */
  readonly keepDays: number
  readonly keepBytes: number
}

interface LimitSettings {
  /** Open connections of one source. */
  readonly connections: number
}

export interface SourceSettings {
  readonly name: string
  readonly format: FormatName
  /** Null: no listener. */
  readonly listen: Address | null
  /** Networks and addresses that may connect; null: none named, so `defaultAllow` (and see R24). */
  readonly allow: readonly string[] | null
  /** Null: the site's. */
  readonly timezone: string | null
  readonly internal: string
  readonly groups: string | null
  readonly attendants: string | null
  readonly trunks: readonly string[]
  readonly plan: string
  /** Null: the only site there is. */
  readonly site: string | null
  readonly topic: string
  /** Canonical name of the encoding: `cp1251` in the file is `windows-1251` here. */
  readonly encoding: string
}

/** Who may connect to a source that names nobody: the machine itself and private networks. */
export const defaultAllow: readonly string[] = [
  '127.0.0.0/8',
  '::1/128',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  'fc00::/7',
  'fe80::/10',
]

/** The sources of an installation that names none, as they would stand in the file. */
export const defaultSources = {
  avaya: { format: 'avaya-ip-office', listen: ':11111' },
  asterisk: { format: 'asterisk-csv', listen: ':11112' },
} as const

/** Nobody chose this address: the source listens where an installation listens that names none. */
export function listensByDefault({ name, listen }: SourceSettings): boolean {
  const byDefault = Object.entries(defaultSources).find(([it]) => it === name)?.[1].listen
  return listen !== null && formatAddress(listen) === byDefault
}

const mebibyte = 1_048_576

const settingDefaults = {
  dataDir: './data',
  keepDays: 7,
  keepBytes: 2048 * mebibyte,
  connections: 1024,
} as const

/** The floor where nobody sets one: 512 MiB, on a small disk a twentieth of it. */
export const defaultFreeSpaceFloor = (diskBytes: number): number => Math.min(512 * mebibyte, Math.floor(diskBytes / 20))

/** A source's reading (R8) as the settings have it. */
export function readingOf(source: SourceSettings, settings: Pick<Settings, 'timezone'>): Reading {
  const { format, encoding, internal, groups, attendants, trunks, plan } = source
  const timezone = source.timezone ?? settings.timezone
  return { format, timezone, encoding, internal, groups, attendants, trunks, plan, rewrite: [], clockOffset: 0 }
}

/** Name of the variable that stands above a source's `listen`. */
export const listenVariable = (source: string): string =>
  `SMENA_LISTEN_${source.toUpperCase().replace(/[^A-Z0-9]/gu, '_')}`

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
  database: 'an address that begins with postgres://',
  language: 'ru or en',
  size: 'a size such as 512MiB (B, KiB, MiB, GiB, TiB)',
  days: 'a whole number from 0 to 3650',
  connections: 'a whole number from 1 to 65535',
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

/** `sources.avaya.allow[1]`. */
export const keyOf = (path: readonly PathPart[]): string =>
  path.map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`)).join('')

/** Never throws, whatever `raw` is. */
export function readSettings(
  raw: unknown,
  context: SettingsContext,
): { readonly settings: Settings } | { readonly problems: readonly Problem[] } {
  const report = openReport(context)
  const settings = settingsOf(raw, context, report)
  return report.problems.length > 0 ? { problems: report.problems } : { settings }
}

interface Report {
  readonly problems: Problem[]
  add(kind: Problem['kind'], path: readonly PathPart[], found: string, expected: string): void
}

function openReport(context: SettingsContext): Report {
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
type Check<T> = (found: unknown) => Checked<T>
interface Field<T> {
  readonly check: Check<T>
  /** Absent: the key must be given. */
  readonly fallback?: T
  /** Never shown as found: it may hold a password. */
  readonly secret?: true
}
type Values<F> = { [K in keyof F]: F[K] extends Field<infer T> ? T : never }

const taken = <T>(value: T): Checked<T> => ({ value })
const refused = (expected: Expectation): Checked<never> => ({ expected })
const isMapping = (found: unknown): found is Record<string, unknown> =>
  typeof found === 'object' && found !== null && !Array.isArray(found)

/**
 * Reads the keys of one mapping. A key whose value is wrong has its fallback, or undefined when it has none: the object is
 * used only if no problem was told.
 */
function readFields<F extends Record<string, Field<unknown>>>(
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
function shown(found: unknown): string {
  if (found === null || found === undefined) return 'nothing'
  if (Array.isArray(found)) return found.length === 0 ? '[]' : '[…]'
  if (typeof found === 'object') return '{…}'
  const isPlain = typeof found === 'number' || typeof found === 'boolean'
  const text = typeof found === 'string' ? JSON.stringify(found) : isPlain ? String(found) : typeof found
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}

const text: Check<string> = (found) =>
  typeof found === 'string' && found.trim() !== '' && found.length <= 200 ? taken(found) : refused('text')
const matching = (expected: Expectation, fits: (found: string) => boolean): Check<string> => {
  return (found) => (typeof found === 'string' && fits(found) ? taken(found) : refused(expected))
}
const listOf = <T>(one: Check<T>, expected: Expectation, least = 0): Check<readonly T[]> => {
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
const wholeNumber = (from: number, to: number, expected: Expectation): Check<number> => {
  const isWhole = (found: unknown): found is number => Number.isSafeInteger(found)
  return (found) => (isWhole(found) && found >= from && found <= to ? taken(found) : refused(expected))
}

/** The zone under its canonical spelling. An offset such as +07:00 is no zone: it knows no history. */
const zone: Check<string> = (found) => {
  if (typeof found !== 'string' || !/^[A-Za-z]/u.test(found) || !isZone(found)) return refused('zone')
  return taken(Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(found).timeZoneId)
}
const pattern = matching('pattern', (found) => {
  try {
    return new RegExp(found, 'u') instanceof RegExp
  } catch {
    return false
  }
})
const encoding: Check<string> = (found) => {
  try {
    return typeof found === 'string' ? taken(new TextDecoder(found).encoding) : refused('encoding')
  } catch {
    return refused('encoding')
  }
}
const format: Check<FormatName> = (found) =>
  found === 'avaya-ip-office' || found === 'asterisk-csv' ? taken(found) : refused('format')
const language: Check<Language> = (found) => {
  const named = typeof found === 'string' ? /^(ru|en)(?![a-z])/iu.exec(found)?.[1]?.toLowerCase() : undefined
  return named === 'ru' || named === 'en' ? taken(named) : refused('language')
}
const address: Check<Address> = (found) => {
  const parsed = typeof found === 'string' ? parseAddress(found) : null
  return parsed ? taken(parsed) : refused('address')
}
const loopbackAddress: Check<Address> = (found) => {
  const checked = address(found)
  return 'value' in checked && !isLoopback(checked.value.host) ? refused('loopback') : checked
}
const broker = matching('broker', (found) => {
  const parsed = parseAddress(found)
  return parsed !== null && parsed.host !== null && parsed.port > 0
})
const database = matching('database', (found) => /^postgres(?:ql)?:\/\//u.test(found) && URL.canParse(found))
const topic = matching('topic', (found) => /^[a-zA-Z0-9._-]{1,249}$/u.test(found) && found !== '.' && found !== '..')

const units: Readonly<Record<string, number>> = { B: 0, KiB: 1, MiB: 2, GiB: 3, TiB: 4 }
const size: Check<number> = (found) => {
  const text = typeof found === 'number' ? String(found) : found
  if (typeof text !== 'string') return refused('size')
  const [, digits, unit = 'B'] = /^(\d+) ?(B|KiB|MiB|GiB|TiB)?$/u.exec(text) ?? []
  const bytes = Number(digits) * 1024 ** (units[unit] ?? 0)
  return Number.isSafeInteger(bytes) ? taken(bytes) : refused('size')
}

const anything: Check<unknown> = (found) => taken(found)
const optional = <T>(check: Check<T>): Field<T | null> => ({ check, fallback: null })

function settingsOf(raw: unknown, context: SettingsContext, report: Report): Settings {
  const top = readFields(
    raw,
    [],
    {
      dataDir: { check: text, fallback: settingDefaults.dataDir as string },
      databaseUrl: { ...optional(database), secret: true },
      http: optional(loopbackAddress),
      lang: optional(language),
      timezone: { check: zone, fallback: context.systemTimezone },
      sources: { check: anything, fallback: defaultSources },
      kafka: { check: anything, fallback: {} },
      journal: { check: anything, fallback: {} },
      limits: { check: anything, fallback: {} },
    },
    report,
  )
  const brokers = { check: listOf(broker, 'brokers', 1), fallback: [] }
  const journal = readFields(
    top.journal,
    ['journal'],
    {
      freeSpaceFloor: { check: size, fallback: null } as Field<number | null>,
      keepDays: { check: wholeNumber(0, 3650, 'days'), fallback: settingDefaults.keepDays as number },
      keepBytes: { check: size, fallback: settingDefaults.keepBytes as number },
    },
    report,
  )
  const connections = {
    check: wholeNumber(1, 65_535, 'connections'),
    fallback: settingDefaults.connections as number,
  }
  return {
    dataDir: top.dataDir,
    databaseUrl: top.databaseUrl,
    http: top.http,
    lang: top.lang,
    timezone: top.timezone,
    sources: sourcesOf(top.sources, top.http, report),
    kafka: readFields(top.kafka, ['kafka'], { brokers }, report),
    journal: {
      freeSpaceFloorBytes: journal.freeSpaceFloor,
      keepDays: journal.keepDays,
      keepBytes: journal.keepBytes,
    },
    limits: readFields(top.limits, ['limits'], { connections }, report),
  }
}

function sourcesOf(raw: unknown, http: Address | null, report: Report): SourceSettings[] {
  if (!isMapping(raw)) {
    report.add('invalid', ['sources'], shown(raw), expectations.mapping)
    return []
  }
  const sources: SourceSettings[] = []
  for (const [name, given] of Object.entries(raw)) {
    const path = ['sources', name]
    if (!/^[a-z0-9][a-z0-9_-]{0,63}$/u.test(name)) report.add('invalid', path, shown(name), expectations.name)
    const source = sourceOf(name, given, path, report)
    const variable = listenVariable(name)
    for (const other of sources) {
      if (listenVariable(other.name) === variable) report.add('taken', path, variable, `sources.${other.name}`)
      if (other.topic === source.topic)
        report.add('taken', [...path, 'topic'], source.topic, `sources.${other.name}.topic`)
    }
    const holder = sources.find((other) => collide(other.listen, source.listen))
    const other = holder ? `sources.${holder.name}.listen` : collide(http, source.listen) ? 'http' : null
    if (source.listen && other !== null) report.add('taken', [...path, 'listen'], formatAddress(source.listen), other)
    sources.push(source)
  }
  return sources
}

function sourceOf(name: string, raw: unknown, path: readonly PathPart[], report: Report): SourceSettings {
  const { file, rewrite, clockOffset, ...source } = readFields(
    raw,
    path,
    {
      format: { check: format } as Field<FormatName>,
      listen: optional(address),
      file: { check: text, fallback: '' },
      allow: optional(listOf(matching('network', isNetwork), 'networks', 1)),
      timezone: optional(zone),
      internal: { check: pattern, fallback: readingDefaults.internal as string },
      groups: optional(pattern),
      attendants: optional(pattern),
      trunks: { check: listOf(text, 'texts'), fallback: [] },
      plan: { check: text, fallback: name },
      rewrite: { check: listOf(anything, 'rewrite'), fallback: [] },
      clockOffset: { check: wholeNumber(-1e10, 1e10, 'offset'), fallback: 0 },
      site: optional(text),
      topic: { check: topic, fallback: name },
      encoding: { check: encoding, fallback: readingDefaults.encoding as string },
    },
    report,
  )
  const missing = (key: string, found: unknown) => {
    report.add('unavailable', [...path, key], shown(found), '')
  }
  if (file !== '') missing('file', file)
  if (rewrite.length > 0) missing('rewrite', rewrite)
  if (clockOffset !== 0) missing('clockOffset', clockOffset)
  return { name, ...source }
}
