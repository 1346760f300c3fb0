import { localDays } from './local-day.ts'
import { endAsOf } from './presence.ts'
import type { WorkRules } from './rules.ts'
import type { Shift } from './shift.ts'

/**
 * Seconds are exact. Minutes are the timesheet's: every start and end cut down to its whole minute, then summed.
 * worked = presence − unpaid breaks = day + night (22:00–06:00 of the shift's zone). A break whose type is not known to be paid is unpaid.
 */
export interface WorkedTime {
  readonly presenceSeconds: number
  /** All breaks. */
  readonly breakSeconds: number
  readonly unpaidBreakSeconds: number
  readonly workedSeconds: number
  readonly daySeconds: number
  readonly nightSeconds: number
  readonly presenceMinutes: number
  readonly breakMinutes: number
  readonly unpaidBreakMinutes: number
  readonly workedMinutes: number
  readonly dayMinutes: number
  readonly nightMinutes: number
}

export interface WorkedDay extends WorkedTime {
  /** `2026-11-28`, in the zone of the shift. */
  readonly day: string
}

/** Time within [from, to); an open shift counts up to `asOf`, and never beyond its limit. */
export interface Period {
  readonly from: number
  readonly to: number
  readonly asOf: number
}

/** One person's days in order; days without any time are left out. Each shift is split at the midnights of its own zone. */
export function workedDays(shifts: readonly Shift[], period: Period, rules: WorkRules): WorkedDay[] {
  const days = new Map<string, Measured>()
  for (const shift of shifts) {
    measure(shift, period, rules, days, 'seconds')
    measure(shift, period, rules, days, 'minutes')
  }
  return [...days]
    .map(([day, measured]) => ({ day, ...figuresOf(measured) }))
    .filter((it) => it.presenceSeconds > 0 || it.presenceMinutes > 0)
    .sort((a, b) => (a.day < b.day ? -1 : 1))
}

export const workedTime = (shifts: readonly Shift[], period: Period, rules: WorkRules): WorkedTime =>
  sumOf(workedDays(shifts, period, rules))

/** A whole shift. */
export const workedInShift = (shift: Shift, asOf: number, rules: WorkRules): WorkedTime =>
  workedTime([shift], { from: shift.startedAt, to: Number.POSITIVE_INFINITY, asOf }, rules)

export function sumOf(times: readonly WorkedTime[]): WorkedTime {
  const sum = figuresOf(nothing())
  return times.reduce(
    (all, it) =>
      Object.fromEntries(names.map((name) => [name, all[name] + it[name]])) as Record<keyof WorkedTime, number>,
    sum,
  )
}

type Unit = 'seconds' | 'minutes'
const msOf = { seconds: 1000, minutes: 60_000 }

/** All of the shift, and of its breaks, by day and night. */
interface Parts {
  presence: number
  presenceAtNight: number
  breaks: number
  unpaid: number
  unpaidAtNight: number
}

type Measured = Record<Unit, Parts>

const noParts = (): Parts => ({ presence: 0, presenceAtNight: 0, breaks: 0, unpaid: 0, unpaidAtNight: 0 })
const nothing = (): Measured => ({ seconds: noParts(), minutes: noParts() })

/** Adds what the shift has in the period, every instant cut down to its whole unit. */
function measure(shift: Shift, period: Period, rules: WorkRules, days: Map<string, Measured>, unit: Unit): void {
  const whole = (instant: number) => Math.floor(instant / msOf[unit]) * msOf[unit]
  const end = endAsOf(shift, period.asOf, rules)
  const from = whole(Math.max(shift.startedAt, period.from))
  const to = whole(Math.min(end, period.to))
  if (from >= to) return
  const breaks = shift.breaks.map((it) => ({
    from: Math.max(from, whole(it.startedAt)),
    to: Math.min(to, whole(it.endedAt ?? end)),
    unpaid: rules.breakTypes.find(({ name }) => name === it.type)?.paid !== true,
  }))
  for (const day of localDays(from, to, shift.zone)) {
    const within = (a: number, b: number) =>
      Math.max(0, Math.min(b, to, day.to) - Math.max(a, from, day.from)) / msOf[unit]
    const atNight = (a: number, b: number) =>
      within(a, Math.min(b, day.nightEndsAt)) + within(Math.max(a, day.nightBeginsAt), b)
    let measured = days.get(day.date)
    if (!measured) days.set(day.date, (measured = nothing()))
    const parts = measured[unit]
    parts.presence += within(from, to)
    parts.presenceAtNight += atNight(from, to)
    for (const it of breaks) {
      parts.breaks += within(it.from, it.to)
      if (!it.unpaid) continue
      parts.unpaid += within(it.from, it.to)
      parts.unpaidAtNight += atNight(it.from, it.to)
    }
  }
}

function figuresOf({ seconds, minutes }: Measured): WorkedTime {
  const worked = (it: Parts) => it.presence - it.unpaid
  const night = (it: Parts) => it.presenceAtNight - it.unpaidAtNight
  return {
    presenceSeconds: seconds.presence,
    breakSeconds: seconds.breaks,
    unpaidBreakSeconds: seconds.unpaid,
    workedSeconds: worked(seconds),
    daySeconds: worked(seconds) - night(seconds),
    nightSeconds: night(seconds),
    presenceMinutes: minutes.presence,
    breakMinutes: minutes.breaks,
    unpaidBreakMinutes: minutes.unpaid,
    workedMinutes: worked(minutes),
    dayMinutes: worked(minutes) - night(minutes),
    nightMinutes: night(minutes),
  }
}

const names = Object.keys(figuresOf(nothing())) as (keyof WorkedTime)[]
