import { openZone } from '../clock.ts'

/** A day of a place's calendar as instants: [from, to). 23 or 25 hours long where the clock changes. */
export interface LocalDay {
  /** `2026-11-28`. */
  readonly date: string
  readonly from: number
  /** 06:00: the night ends (art. 96 of the Labour Code: 22:00–06:00). */
  readonly nightEndsAt: number
  /** 22:00. */
  readonly nightBeginsAt: number
  readonly to: number
}

const dayMs = 86_400_000
const hourMs = 3_600_000
const daysOfZones = new Map<string, Map<number, LocalDay>>()

/** The days that [from, to) touches, in order. */
export function localDays(from: number, to: number, zone: string): LocalDay[] {
  const days: LocalDay[] = []
  // Where a clock is set back over midnight, the day of the first midnight has begun: one day earlier is never wrong.
  for (let number = Math.floor(openZone(zone).wallAt(from) / dayMs) - 1; ; number++) {
    const day = dayOf(number, zone)
    if (day.from >= to) return days
    if (day.to > from) days.push(day)
  }
}

/** `number`: days since 1970-01-01 of the calendar. */
function dayOf(number: number, zone: string): LocalDay {
  let days = daysOfZones.get(zone)
  if (!days) daysOfZones.set(zone, (days = new Map()))
  let day = days.get(number)
  if (!day) days.set(number, (day = makeDay(number, zone)))
  return day
}

function makeDay(number: number, zone: string): LocalDay {
  const date = new Date(number * dayMs).toISOString().slice(0, 10)
  const plain = Temporal.PlainDate.from(date)
  // The first instant of the day: also where midnight itself is left out in spring.
  const from = plain.toZonedDateTime(zone).epochMilliseconds
  const to = plain.add({ days: 1 }).toZonedDateTime(zone).epochMilliseconds
  const { readings } = openZone(zone)
  const clockAt = (hour: number) => Math.min(Math.max(readings(number * dayMs + hour * hourMs).first, from), to)
  return { date, from, nightEndsAt: clockAt(6), nightBeginsAt: clockAt(22), to }
}
