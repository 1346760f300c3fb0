import { openZone } from '../../domain/clock.ts'
import type { Language } from '../../domain/settings.ts'

/** How numbers, durations, sizes and times are written. A value that is not known is a dash, never 0. */

export const unknown = '–'

/** `2:35`, from an hour on `1:30:00`; a minus before a negative one. */
export function formatDuration(seconds: number | null): string {
  if (seconds === null) return unknown
  const whole = Math.round(Math.abs(seconds))
  const two = (part: number) => String(part).padStart(2, '0')
  const hours = Math.floor(whole / 3600)
  const minutes = Math.floor(whole / 60) % 60
  const text = hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`
  return seconds < 0 && whole > 0 ? `\u2212${text}` : text
}

const counts = { en: new Intl.NumberFormat('en'), ru: new Intl.NumberFormat('ru') }
const sizes = {
  en: new Intl.NumberFormat('en', { maximumFractionDigits: 1 }),
  ru: new Intl.NumberFormat('ru', { maximumFractionDigits: 1 }),
}

/** Thousands apart: `1,234` in English, `1 234` with a no-break space in Russian. */
export const formatCount = (count: number | null, language: Language): string =>
  count === null ? unknown : counts[language].format(count).replace('-', '\u2212')

const sizeUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const
export type SizeUnit = (typeof sizeUnits)[number]

/** A number of bytes in the largest unit of which there is one, one decimal. */
export function splitSize(bytes: number, language: Language): { readonly number: string; readonly unit: SizeUnit } {
  let size = bytes
  let unit = 0
  // 1023.96 would be written as 1024: the next unit begins where rounding does.
  for (; size >= 1023.95 && unit < sizeUnits.length - 1; unit++) size /= 1024
  return { number: sizes[language].format(size), unit: sizeUnits[unit] ?? 'B' }
}

const percents = {
  en: new Intl.NumberFormat('en', { style: 'percent' }),
  ru: new Intl.NumberFormat('ru', { style: 'percent' }),
}

/** Cut, not rounded: 100 % is written only when all is done. */
export const formatPercent = (fraction: number, language: Language): string =>
  percents[language].format(Math.floor(fraction * 100) / 100)

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/**
 * Date and time on the clock of a zone: `24.11.2026 14:02:11`, in English `24 Nov 2026 14:02:11`. In an hour that the clock shows
 * twice the offset stands behind it, `02:00:00+02`, because nothing else tells the two apart.
 */
export function formatTime(instant: number | null, zoneName: string, language: Language): string {
  if (instant === null) return unknown
  return `${dateOf(openZone(zoneName).wallAt(instant), language)} ${formatClock(instant, zoneName)}`
}

/** The time of day alone, `14:02:11`. */
export function formatClock(instant: number | null, zoneName: string): string {
  if (instant === null) return unknown
  const zone = openZone(zoneName)
  const wall = zone.wallAt(instant)
  const isTwice = zone.readings(wall).kind === 'ambiguous'
  return `${new Date(wall).toISOString().slice(11, 19)}${isTwice ? formatOffset(wall - instant) : ''}`
}

/** The day on the clock of a zone: `пн 23.11.2026`, `Mon 23 Nov 2026`. */
export function formatDay(instant: number | null, zoneName: string, language: Language): string {
  if (instant === null) return unknown
  const wall = openZone(zoneName).wallAt(instant)
  return `${weekdays[language][new Date(wall).getUTCDay()] ?? ''} ${dateOf(wall, language)}`
}

function dateOf(wall: number, language: Language): string {
  const [year = '', month = '', day = ''] = new Date(wall).toISOString().slice(0, 10).split('-')
  return language === 'ru' ? `${day}.${month}.${year}` : `${day} ${months[Number(month) - 1] ?? ''} ${year}`
}

const weekdays = {
  en: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'],
  ru: ['вс', 'пн', 'вт', 'ср', 'чт', 'пт', 'сб'],
}

/** The zone with its offset at an instant: `Asia/Krasnoyarsk, UTC+7`. */
export function formatZone(zoneName: string, instant: number): string {
  const offset = openZone(zoneName).wallAt(instant) - instant
  const digits = formatOffset(offset).replace(/^([+\u2212])0/u, '$1')
  if (offset === 0 && zoneName === 'UTC') return zoneName
  return `${zoneName}, UTC${offset === 0 ? '' : digits}`
}

/** `+07`, `+05:45`. */
function formatOffset(offsetMs: number): string {
  const minutes = Math.round(Math.abs(offsetMs) / 60_000)
  const two = (part: number) => String(part).padStart(2, '0')
  const rest = minutes % 60 === 0 ? '' : `:${two(minutes % 60)}`
  return `${offsetMs < 0 ? '\u2212' : '+'}${two(Math.floor(minutes / 60))}${rest}`
}
