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
    if (date.test(text)) return Temporal.PlainDate.from(text).toZonedDateTime(timezone).epochMilliseconds
    if (local.test(text))
      return Temporal.PlainDateTime.from(text.replace(' ', 'T')).toZonedDateTime(timezone, {
        disambiguation: 'compatible',
      }).epochMilliseconds
    return Temporal.Instant.from(text).epochMilliseconds
  } catch (error) {
    throw new SmenaError('time-unreadable', { option, found: text.slice(0, 40) }, { cause: error })
  }
}

/** What the clock of a zone shows at an instant, as wall milliseconds. */
export const wallIn = (timezone: string, instant: number): number => openZone(timezone).wallAt(instant)
