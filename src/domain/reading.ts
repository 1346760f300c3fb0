import { openZone, type Zone } from './clock.ts'
import type { FormatName } from './formats/format-name.ts'

/**
 * What gives a source's bytes their meaning (R8). Kept in the store in versions with the date from which each holds
 * (compared with the record's own wall time; the first holds for all time), so that a replay after an edit of the
 * configuration gives the same calls as before, unless it is asked for the new reading.
 */
export interface Reading {
  readonly format: FormatName
  /** IANA zone of the exchange's clock. */
  readonly timezone: string
  /** Encoding of a field that is not UTF-8: a WHATWG label such as `windows-1251`. */
  readonly encoding: string
  /** Pattern of own extensions. */
  readonly internal: string
  /** Patterns of hunt groups and of auto-attendants; they tell a queue's announcement and a menu from a mailbox. */
  readonly groups: string | null
  readonly attendants: string | null
  /** Names of the trunks (Asterisk); they win over `internal`. */
  readonly trunks: readonly string[]
  /** Numbering plan in which the source's extensions are unique (R7). */
  readonly plan: string
  /** Reserved: rules that rewrite own extensions, and seconds to add to the exchange's clock. Refused until they are built. */
  readonly rewrite: readonly { readonly match: string; readonly to: string }[]
  readonly clockOffset: number
}

export const readingDefaults = {
  encoding: 'windows-1251',
  internal: '^\\d{2,6}$',
} as const

/** A reading made ready for use: patterns compiled, zone opened. */
export interface Reader {
  readonly reading: Reading
  readonly zone: Zone
  readonly isInternal: (number: string) => boolean
  readonly isGroup: (number: string) => boolean
  readonly isAttendant: (number: string) => boolean
  readonly isTrunk: (name: string) => boolean
}

/** Throws a SyntaxError or RangeError on a pattern or zone that configuration should have refused. */
export function openReader(reading: Reading): Reader {
  const matcher = (pattern: string | null) => {
    if (pattern === null) return () => false
    const expression = new RegExp(pattern, 'u')
    return (text: string) => expression.test(text)
  }
  const trunks = new Set(reading.trunks)
  return {
    reading,
    zone: openZone(reading.timezone),
    isInternal: matcher(reading.internal),
    isGroup: matcher(reading.groups),
    isAttendant: matcher(reading.attendants),
    isTrunk: (name) => trunks.has(name),
  }
}

/** One stored version of a source's reading: holds for records whose wall time is at or after `from` (null: for all time). */
export interface ReadingVersion {
  readonly id: number
  readonly version: number
  readonly from: number | null
  readonly reading: Reading
}

/** The version that holds for a record: the newest one whose `from` is not after `wall`. `versions` ascend by version. */
export function readingFor<V extends { readonly from: number | null }>(versions: readonly V[], wall: number): V {
  for (let i = versions.length - 1; i >= 0; i--) {
    const version = versions[i] as V
    if (version.from === null || version.from <= wall) return version
  }
  throw new RangeError('a source without a reading that holds for all time')
}

export const sameReading = (a: Reading, b: Reading): boolean => differingKeys(a, b).length === 0

/** Keys in which two readings differ; the order of trunks means nothing. */
export function differingKeys(a: Reading, b: Reading): (keyof Reading)[] {
  const [one, other] = [comparable(a), comparable(b)]
  return (Object.keys(one) as (keyof Reading)[]).filter(
    (key) => JSON.stringify(one[key]) !== JSON.stringify(other[key]),
  )
}

const comparable = (reading: Reading): Reading => ({
  ...reading,
  trunks: reading.trunks.toSorted(),
  rewrite: reading.rewrite.map(({ match, to }) => ({ match, to })),
})
