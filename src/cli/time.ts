import { openZone } from '../domain/clock.ts'
import { SmenaError } from '../domain/errors.ts'

const date = /^(\d{4})-(\d{2})-(\d{2})$/u
const local = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2}))?$/u

/**
 * An instant as people give it: a date is the beginning of that day in the site's zone, a time without a zone is the site's,
 * an ISO 8601 instant says its own. A local time that comes twice is the first, one that is skipped the hour after.
 */
export function parseInstant(text: string, timezone: string, option: string): number {
  try {
    const instant = read(text, timezone)
    if (instant < 0) throw new RangeError('before 1970')
    return instant
  } catch (error) {
    throw new SmenaError('time-unreadable', { option, found: text.slice(0, 40) }, { cause: error })
  }
}

function read(text: string, timezone: string): number {
  if (date.test(text)) return Temporal.PlainDate.from(text).toZonedDateTime(timezone).epochMilliseconds
  if (local.test(text))
    return Temporal.PlainDateTime.from(text.replace(' ', 'T')).toZonedDateTime(timezone, {
      disambiguation: 'compatible',
    }).epochMilliseconds
  return Temporal.Instant.from(text).epochMilliseconds
}

/** Throws where a range ends before it begins; null: without bound. `expected`: where it is no time. */
export function requireOrder(
  from: number | null,
  to: number | null,
  { to: found = '' }: { readonly to?: string },
  expected = 'a time not before --from',
): void {
  if (from === null || to === null || from <= to) return
  throw new SmenaError('value-unreadable', {
    what: '--to',
    found: found.slice(0, 40),
    expected,
  })
}

/** What the clock of a zone shows at an instant, as wall milliseconds. */
export const wallIn = (timezone: string, instant: number): number => openZone(timezone).wallAt(instant)
