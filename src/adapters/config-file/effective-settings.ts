import { Document, isScalar, isSeq, Pair, visit } from 'yaml'
import { formatAddress } from '../../domain/address.ts'
import type { PathPart } from '../../domain/setting-fields.ts'
import { settingDefaults, type Settings, type SourceSettings } from '../../domain/settings.ts'

const mask = '***'

/** The settings in force, as they would stand in a file, passwords masked. What nobody set and has no default is left out. */
export function effectiveSettings(settings: Settings): Record<string, unknown> {
  const { dataDir, databaseUrl, http, lang, timezone, journal, limits, worktime } = settings
  return withoutNull({
    timezone,
    lang,
    dataDir,
    databaseUrl: databaseUrl === null ? null : maskDatabaseUrl(databaseUrl),
    http: http && formatAddress(http),
    sources: Object.fromEntries(settings.sources.map((source) => [source.name, effectiveSource(source)])),
    kafka: effectiveKafka(settings.kafka),
    journal: withoutNull({
      freeSpaceFloor: journal.freeSpaceFloorBytes === null ? null : formatSize(journal.freeSpaceFloorBytes),
      keepDays: journal.keepDays,
      keepBytes: formatSize(journal.keepBytes),
    }),
    limits: { ...limits },
    worktime: { ...worktime },
  })
}

function effectiveKafka(kafka: Settings['kafka']): Record<string, unknown> | null {
  const { brokers, tls, sasl, replicas, compression } = kafka
  const isDefault = replicas === settingDefaults.replicas && compression === settingDefaults.compression
  const isTold = brokers.length > 0 || tls !== null || sasl !== null || !isDefault
  if (!isTold) return null
  const files = tls === null ? null : withoutNull({ ...tls })
  return withoutNull({
    brokers: brokers.length > 0 ? [...brokers] : null,
    tls: files === null ? null : Object.keys(files).length > 0 ? files : true,
    sasl: sasl === null ? null : { ...sasl, password: mask },
    replicas,
    compression,
  })
}

function effectiveSource(source: SourceSettings): Record<string, unknown> {
  const { format, listen, allow, timezone, internal, groups, attendants, trunks, plan, site, topic, encoding } = source
  return withoutNull({
    format,
    listen: listen && formatAddress(listen),
    allow,
    timezone,
    internal,
    groups,
    attendants,
    trunks: trunks.length > 0 ? trunks : null,
    plan,
    site,
    topic,
    encoding,
  })
}

const withoutNull = (object: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null))

/** The same as YAML, each value with where it comes from as a comment. */
export function effectiveYaml(settings: Settings, originOf: (path: readonly PathPart[]) => string): string {
  const document = new Document(effectiveSettings(settings), { schema: 'core' })
  visit(document, {
    Pair: (_, pair, parents) => {
      if (!isScalar(pair.value) && !isSeq(pair.value)) return
      if (isSeq(pair.value)) pair.value.flow = true
      const path = [...parents.filter((it) => it instanceof Pair), pair].map(({ key }) =>
        isScalar(key) ? String(key.value) : '',
      )
      pair.value.comment = ` ${originOf(path)}`
    },
  })
  return document.toString({ lineWidth: 0 })
}

/** Without passwords: that of the account and those that may stand among the parameters. */
export function maskDatabaseUrl(text: string): string {
  const url = new URL(text)
  if (url.password !== '') url.password = mask
  for (const key of new Set(url.searchParams.keys())) {
    if (/pass|secret|token/iu.test(key)) url.searchParams.set(key, mask)
  }
  return url.href
}

function formatSize(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let unit = 0
  for (; bytes > 0 && bytes % 1024 === 0 && unit < units.length - 1; unit++) bytes /= 1024
  return `${bytes}${units[unit] ?? ''}`
}
