import { dayMs } from './profile.ts'

const twoDigits: readonly string[] = Array.from({ length: 100 }, (_, n) => (n < 10 ? `0${n}` : `${n}`))

/** Writes wall milliseconds as date and time to the second, the fraction cut off: `2026-11-24 09:00:05`. */
export function openStamp(separator: '/' | '-'): (wall: number) => string {
  let lastDay = NaN
  let lastText = ''
  return (wall) => {
    const day = Math.floor(wall / dayMs)
    if (day !== lastDay) {
      const date = new Date(day * dayMs)
      lastText = [date.getUTCFullYear(), twoDigits[date.getUTCMonth() + 1], twoDigits[date.getUTCDate()]].join(
        separator,
      )
      lastDay = day
    }
    return `${lastText} ${clockText(Math.floor((wall - day * dayMs) / 1000))}`
  }
}

/** Seconds as `HH:MM:SS`. */
export function clockText(seconds: number): string {
  const minutes = Math.floor(seconds / 60)
  return `${twoDigits[Math.floor(minutes / 60)]}:${twoDigits[minutes % 60]}:${twoDigits[seconds % 60]}`
}
