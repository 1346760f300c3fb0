import type { Shift } from '../worktime/shift.ts'
import { clip, type Span, secondsOf, unionOf, without } from './spans.ts'

/** A person's shifts in a period, to the second. Worked = presence − unpaid breaks; what is still open lasts until now. */
export interface WorkedTime {
  readonly presence: readonly Span[]
  readonly breaks: readonly Span[]
  readonly presenceSeconds: number
  readonly workedSeconds: number
  readonly breakSeconds: number
  readonly paidBreakSeconds: number
  readonly unpaidBreakSeconds: number
}

export function workedTime(
  shifts: readonly Shift[],
  isPaid: (breakType: string) => boolean,
  period: Span,
  now: number,
): WorkedTime {
  const within = (spans: readonly Span[]) => unionOf(clip(spans, period.from, period.to))
  const spanOf = (it: { readonly startedAt: number; readonly endedAt: number | null }, end: number): Span => ({
    from: it.startedAt,
    to: Math.min(it.endedAt ?? now, end),
  })
  const presence = within(shifts.map((it) => spanOf(it, Number.POSITIVE_INFINITY)))
  const breaks = shifts.flatMap((shift) =>
    shift.breaks.map((it) => ({ type: it.type, ...spanOf(it, shift.endedAt ?? now) })),
  )
  const all = within(breaks)
  const unpaid = within(breaks.filter(({ type }) => !isPaid(type)))
  return {
    presence,
    breaks: all,
    presenceSeconds: secondsOf(presence),
    workedSeconds: secondsOf(without(presence, unpaid)),
    breakSeconds: secondsOf(all),
    paidBreakSeconds: secondsOf(all) - secondsOf(unpaid),
    unpaidBreakSeconds: secondsOf(unpaid),
  }
}
