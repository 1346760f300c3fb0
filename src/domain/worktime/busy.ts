import { endAsOf, stretchesOf } from './presence.ts'
import type { WorkRules } from './rules.ts'
import { type Shift, wholeSecond } from './shift.ts'
import { commonOf, lengthOf, type Span, unionOf, withoutOf } from './spans.ts'
import type { Period } from './worked.ts'

/**
 * How the time of one person's shifts was filled (docs/metrics.md). busy: union of talk, hold and work after calls, as far as it lies
 * in a shift, breaks included; idle: time of the shift that is neither break nor busy. Occupancy = busy ÷ (busy + idle), utilisation =
 * busy ÷ presence.
 */
export interface Filling {
  readonly presenceSeconds: number
  readonly breakSeconds: number
  readonly busySeconds: number
  readonly idleSeconds: number
}

/** `busy`: in any order, overlapping or not. */
export function fillingOf(shifts: readonly Shift[], busy: readonly Span[], period: Period, rules: WorkRules): Filling {
  const counted = shifts.map((it) => ({ ...it, endedAt: endAsOf(it, period.asOf, rules) }))
  const stretches = stretchesOf(counted, rules)
  const inPeriod = (spans: readonly Span[]) =>
    commonOf(unionOf(spans.map(({ from, to }) => ({ from: wholeSecond(from), to: wholeSecond(to) }))), [
      { from: wholeSecond(period.from), to: wholeSecond(period.to) },
    ])
  const presence = inPeriod(stretches)
  const breaks = inPeriod(stretches.filter((it) => it.break !== null))
  const filled = commonOf(presence, inPeriod(busy))
  const idle = withoutOf(withoutOf(presence, breaks), filled)
  const seconds = (spans: readonly Span[]) => lengthOf(spans) / 1000
  return {
    presenceSeconds: seconds(presence),
    breakSeconds: seconds(breaks),
    busySeconds: seconds(filled),
    idleSeconds: seconds(idle),
  }
}
