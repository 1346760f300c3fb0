import { SmenaError } from '../domain/errors.ts'
import { type Shift, wholeSecond } from '../domain/worktime/shift.ts'
import { clockText, type Judging } from './people-telling.ts'

/** The moment of which something is told: now, or one that the teller names. */

/** How far ahead a press of this moment may be put. */
const aheadAtMostMs = 10_000

/** Now, as a whole second; not before what was put ahead of it. */
export const momentNow = (shifts: readonly Shift[], now: number): number =>
  Math.max(wholeSecond(now), momentAfter(shifts, now) - 1000)

/**
 * Now, as a whole second; when something of the person began or ended in this very second, the second after it: two presses one right
 * after the other are two moments.
 */
export function momentAfter(shifts: readonly Shift[], now: number): number {
  const second = wholeSecond(now)
  const bounds = shifts
    .flatMap((it) => [it, ...it.breaks])
    .flatMap(({ startedAt, endedAt }) => (endedAt === null ? [startedAt] : [startedAt, endedAt]))
    .filter((at) => at >= second && at < second + aheadAtMostMs)
  return bounds.length === 0 ? second : Math.max(...bounds) + 1000
}

/**
 * Throws for a moment so far ahead that nobody can know it: a shift that began then would end whatever goes on now. As far as a
 * shift may reach an end can be told before it comes.
 */
export function requireNear(at: number, { now, zone, rules }: Judging): void {
  const latest = now + rules.shiftAtMostSeconds * 1000
  if (at > latest)
    throw new SmenaError('time-ahead', {
      at: clockText(at, zone),
      now: clockText(wholeSecond(now), zone),
      latest: clockText(wholeSecond(latest), zone),
    })
}
