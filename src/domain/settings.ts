import { type Address, collide, formatAddress, isLoopback, isNetwork, isServerName, parseAddress } from './address.ts'
import { isZone } from './clock.ts'
import type { FormatName } from './formats/format-name.ts'
import { type Reading, readingDefaults } from './reading.ts'
import {
  anything,
  type Check,
  expectations,
  type Field,
  isMapping,
  listOf,
  matching,
  openReport,
  optional,
  type PathPart,
  type Problem,
  readFields,
  refused,
  type Report,
  type SettingsContext,
  shown,
  taken,
  text,
  wholeNumber,
} from './setting-fields.ts'

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
  readonly kafka: KafkaSettings
  readonly journal: JournalSettings
  readonly limits: LimitSettings
  readonly worktime: WorktimeSettings
}

export type Language = 'en' | 'ru'

export interface KafkaSettings {
  /** `host:port` of some of the brokers; empty: no cluster. */
  readonly brokers: readonly string[]
  /** Null: connections are not encrypted. */
  readonly tls: TlsSettings | null
  /** Null: the brokers let everybody in. */
  readonly sasl: SaslSettings | null
  /** Of topics that are made here. */
  readonly replicas: number
  /** Of the batches that are sent. */
  readonly compression: (typeof compressions)[number]
}

const compressions = ['zstd', 'none'] as const

/** Files in PEM; null: the system's authorities, no certificate of our own, the broker's own name. */
interface TlsSettings {
  readonly ca: string | null
  readonly cert: string | null
  readonly key: string | null
  readonly serverName: string | null
}

const saslMechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const

interface SaslSettings {
  readonly mechanism: (typeof saslMechanisms)[number]
  readonly username: string
  /** A secret: print it only through `effectiveSettings`. */
  readonly password: string
}

interface JournalSettings {
  /** With less free space than this on its disk the journal takes nothing: bytes. Null: `defaultFreeSpaceFloor`. */
  readonly freeSpaceFloorBytes: number | null
  /** How long, and how much of, what has been passed stays in the journal; whichever ends first (R15). */
  readonly keepDays: number
  readonly keepBytes: number
}

interface WorktimeSettings {
  /** A shift that is open so long is closed by the system and has to be looked at. */
  readonly shiftAtMostHours: number
  /** Work after each call in which somebody talked; 0: as people mark it. */
  readonly wrapUpSeconds: number
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

export const settingDefaults = {
  dataDir: './data',
  keepDays: 7,
  keepBytes: 2048 * mebibyte,
  connections: 1024,
  replicas: 3,
  compression: 'zstd',
  shiftAtMostHours: 12,
  wrapUpSeconds: 0,
} as const

/** The floor where nobody sets one: 512 MiB, on a small disk a twentieth of it. */
export const defaultFreeSpaceFloor = (diskBytes: number): number => Math.min(512 * mebibyte, Math.floor(diskBytes / 20))

/** What is settled never takes more than a quarter of the disk: on a small one it would keep out what is new. */
export const keptAtMost = (keepBytes: number, diskBytes: number): number =>
  Math.min(keepBytes, Math.floor(diskBytes / 4))

/** A source's reading (R8) as the settings have it. */
export function readingOf(source: SourceSettings, settings: Pick<Settings, 'timezone'>): Reading {
  const { format, encoding, internal, groups, attendants, trunks, plan } = source
  const timezone = source.timezone ?? settings.timezone
  return { format, timezone, encoding, internal, groups, attendants, trunks, plan, rewrite: [], clockOffset: 0 }
}

/** Name of the variable that stands above a source's `listen`. */
export const listenVariable = (source: string): string =>
  `SMENA_LISTEN_${source.toUpperCase().replace(/[^A-Z0-9]/gu, '_')}`

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
const tls: Check<unknown> = (found) => (typeof found === 'boolean' || isMapping(found) ? taken(found) : refused('tls'))
const serverName = matching('serverName', isServerName)
const mechanism: Check<SaslSettings['mechanism']> = (found) => {
  const known = saslMechanisms.find((it) => it === found)
  return known ? taken(known) : refused('mechanism')
}
const compression: Check<KafkaSettings['compression']> = (found) => {
  const known = compressions.find((it) => it === found)
  return known ? taken(known) : refused('compression')
}
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
      worktime: { check: anything, fallback: {} },
    },
    report,
  )
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
  const shiftAtMostHours = {
    check: wholeNumber(1, 24, 'hours'),
    fallback: settingDefaults.shiftAtMostHours as number,
  }
  const wrapUpSeconds = { check: wholeNumber(0, 3600, 'seconds'), fallback: settingDefaults.wrapUpSeconds as number }
  return {
    dataDir: top.dataDir,
    databaseUrl: top.databaseUrl,
    http: top.http,
    lang: top.lang,
    timezone: top.timezone,
    sources: sourcesOf(top.sources, top.http, report),
    kafka: kafkaOf(top.kafka, report),
    journal: {
      freeSpaceFloorBytes: journal.freeSpaceFloor,
      keepDays: journal.keepDays,
      keepBytes: journal.keepBytes,
    },
    limits: readFields(top.limits, ['limits'], { connections }, report),
    worktime: readFields(top.worktime, ['worktime'], { shiftAtMostHours, wrapUpSeconds }, report),
  }
}

function kafkaOf(raw: unknown, report: Report): KafkaSettings {
  const fields = {
    brokers: { check: listOf(broker, 'brokers', 1), fallback: [] } as Field<readonly string[]>,
    tls: { check: tls, fallback: false } as Field<unknown>,
    sasl: optional(anything),
    replicas: { check: wholeNumber(1, 3, 'replicas'), fallback: settingDefaults.replicas as number },
    compression: { check: compression, fallback: settingDefaults.compression } as Field<KafkaSettings['compression']>,
  }
  const kafka = readFields(raw, ['kafka'], fields, report)
  const files = { ca: optional(text), cert: optional(text), key: optional(text), serverName: optional(serverName) }
  const account = {
    mechanism: { check: mechanism, fallback: 'SCRAM-SHA-512' } as Field<SaslSettings['mechanism']>,
    username: { check: text },
    password: { check: text, secret: true } as Field<string>,
  }
  const isEncrypted = kafka.tls !== false
  return {
    brokers: kafka.brokers,
    tls: isEncrypted ? readFields(kafka.tls === true ? {} : kafka.tls, ['kafka', 'tls'], files, report) : null,
    sasl: kafka.sasl === null ? null : readFields(kafka.sasl, ['kafka', 'sasl'], account, report),
    replicas: kafka.replicas,
    compression: kafka.compression,
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
