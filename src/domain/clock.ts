/**
 * Exchanges write local time without a zone. Such a time is kept as **wall** milliseconds: the clock's reading taken as if
 * it were UTC. Identity, joins and order use wall time; only what people see is converted to an instant (UTC) by a zone.
 */

const minWall = Date.UTC(1970, 0, 1)
const maxWall = Date.UTC(2100, 0, 1)

/** Wall milliseconds of a calendar date and time; null when it does not exist or lies outside 1970–2099. */
export function wallOf(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): number | null {
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= 31)) return null
  if (!(hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59 && second >= 0 && second <= 59)) return null
  const wall = Date.UTC(year, month - 1, day, hour, minute, second)
  if (!(wall >= minWall && wall < maxWall)) return null
  // Date.UTC rolls 31 April over to 1 May: the day must come back as it went in.
  return day <= 28 || new Date(wall).getUTCDate() === day ? wall : null
}

/**
 * The instants that a wall time can mean in a zone.
 * `plain`: one. `ambiguous`: the repeated hour in autumn, `first` before `second`. `skipped`: the hour left out in spring,
 * read with the offset before the change (`first` = `second`).
 */
export interface WallReadings {
  readonly kind: 'plain' | 'ambiguous' | 'skipped'
  readonly first: number
  readonly second: number
}

export interface Zone {
  readonly name: string
  readonly readings: (wall: number) => WallReadings
  /** Wall milliseconds that the zone's clock shows at an instant. */
  readonly wallAt: (instant: number) => number
}

interface Span {
  readonly from: number
  readonly to: number
  readonly offset: number
}

const zones = new Map<string, Zone>()

/** True when `name` is an IANA zone that this runtime knows. */
export function isZone(name: string): boolean {
  try {
    openZone(name)
    return true
  } catch {
    return false
  }
}

/** Throws a RangeError for a name that is no zone. Offsets are cached by span between two changes: conversion is arithmetic. */
export function openZone(name: string): Zone {
  const known = zones.get(name)
  if (known) return known
  const zone = makeZone(name)
  zones.set(name, zone)
  return zone
}

const dayMs = 86_400_000
/** No zone is farther from UTC than this. */
const maxOffsetMs = 15 * 3_600_000

function makeZone(name: string): Zone {
  const spans: Span[] = []
  // Throws here, and not at the first record, when the zone is unknown.
  let last = spanAt(0)

  function spanAt(instant: number): Span {
    for (const span of spans) if (instant >= span.from && instant < span.to) return span
    const at = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(name)
    const next = at.getTimeZoneTransition('next')?.epochMilliseconds ?? Infinity
    const previous =
      Temporal.Instant.fromEpochMilliseconds(instant + 1)
        .toZonedDateTimeISO(name)
        .getTimeZoneTransition('previous')?.epochMilliseconds ?? -Infinity
    const span = { from: previous, to: next, offset: Math.round(at.offsetNanoseconds / 1e6) }
    spans.push(span)
    return span
  }

  return {
    name,
    wallAt: (instant) => {
      if (!(instant >= last.from && instant < last.to)) last = spanAt(instant)
      return instant + last.offset
    },
    readings: (wall) => {
      const guess = wall - last.offset
      if (guess >= last.from + dayMs && guess < last.to - dayMs) return { kind: 'plain', first: guess, second: guess }
      const instants: number[] = []
      let before: Span | undefined
      for (let at = wall - maxOffsetMs; ; ) {
        const span = spanAt(at)
        const instant = wall - span.offset
        if (instant >= span.from && instant < span.to) {
          instants.push(instant)
          last = span
        } else if (instant >= span.to) before = span
        if (span.to > wall + maxOffsetMs) break
        at = span.to
      }
      const first = instants[0]
      if (first === undefined) {
        const skipped = wall - (before ?? last).offset
        return { kind: 'skipped', first: skipped, second: skipped }
      }
      return { kind: instants.length > 1 ? 'ambiguous' : 'plain', first, second: instants.at(-1) ?? first }
    },
  }
}
