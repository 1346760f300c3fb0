import type { AttributedPart } from '../attribution.ts'
import { fillingOf } from '../worktime/busy.ts'
import type { WorkRules } from '../worktime/rules.ts'
import type { Shift } from '../worktime/shift.ts'
import { commonOf, type Span, unionOf } from '../worktime/spans.ts'
import { type Period, workedTime } from '../worktime/worked.ts'
import { type WrapUp, wrapUpOf } from './call-summary.ts'
import { type Ratio, ratio } from './ratio.ts'

/** Calls and talk on a break are in; what the person had off shift is in none of these. */
export interface PersonFigures {
  readonly calls: number
  readonly inbound: number
  readonly outbound: number
  readonly internal: number
  /** Calls in which the person talked, either way. */
  readonly handled: number
  readonly answered: number
  readonly offered: number
  readonly takenElsewhere: number
  /** On shift and not on a break, and nobody talked. */
  readonly missed: number
  readonly missedOnBreak: number
  /** Of the calls that start in the period, whole. */
  readonly talkSeconds: number
  readonly holdSeconds: number
  readonly wrapUpSeconds: number
  readonly workedSeconds: number
  readonly presenceSeconds: number
  readonly breakSeconds: number
  readonly paidBreakSeconds: number
  readonly unpaidBreakSeconds: number
  /** Talk, hold and wrap-up as far as they lie in a shift and in the period, each second once. */
  readonly busySeconds: number
  readonly idleSeconds: number
  readonly averageTalk: Ratio
  readonly averageHandling: Ratio
  readonly callsPerHour: Ratio
  readonly occupancy: Ratio
  readonly utilisation: Ratio
}

export interface PersonFacts {
  /** Of calls that start in the period or reach into it. */
  readonly parts: readonly AttributedPart[]
  /**
   * Of the calls that are asked for, and so in what is said of calls; a mark is of none of them. A shift is filled by all that the
   * person did: what was not asked for is no idleness. Null: all are asked for.
   */
  readonly isAsked?: ((part: AttributedPart) => boolean) | null
  readonly shifts: readonly Shift[]
  readonly wrapUp: WrapUp
  readonly period: Period
  readonly rules: WorkRules
}

/** In the figures of its person: on shift or on a break, in a call that counts. */
export const isCounted = (it: Pick<AttributedPart, 'counted' | 'employeeId' | 'state'>): boolean =>
  it.counted && it.employeeId !== null && (it.state === 'on-shift' || it.state === 'on-break')

export function personFigures(facts: PersonFacts): PersonFigures {
  const { parts, isAsked = null, shifts, wrapUp, period, rules } = facts
  const counted = parts.filter(isCounted)
  const calls = new Map<number, AttributedPart[]>()
  for (const it of isAsked ? counted.filter(isAsked) : counted) {
    if (it.startedAt < period.from || it.startedAt >= period.to) continue
    const of = calls.get(it.callId)
    if (of) of.push(it)
    else calls.set(it.callId, [it])
  }
  const n = { inbound: 0, outbound: 0, internal: 0, handled: 0, answered: 0, elsewhere: 0, missed: 0, onBreak: 0 }
  let [offered, talk, hold] = [0, 0, 0]
  for (const of of calls.values()) {
    n[(of[0] as AttributedPart).direction]++
    if (of.some((it) => it.busy !== null)) n.handled++
    talk += of.reduce((sum, it) => sum + it.talkSeconds, 0)
    hold += of.reduce((sum, it) => sum + it.holdSeconds, 0)
    // Two telephones of one person that ring in one call are one offer to that person.
    const offers = of.filter((it) => it.offer !== null)
    if (offers.length > 0) offered++
    if (offers.some((it) => it.offer === 'talked')) n.answered++
    else if (offers.some((it) => it.offer === 'elsewhere')) n.elsewhere++
    else if (offers.length > 0 && of.some((it) => it.state === 'on-shift')) n.missed++
    else if (offers.length > 0) n.onBreak++
  }
  const worked = workedTime(shifts, period, rules)
  const work = wrapUp.perCallSeconds > 0 ? afterCalls(counted, wrapUp.perCallSeconds) : wrapUp.marked
  const busy = [...counted.flatMap((it) => (it.busy ? [it.busy] : [])), ...work]
  const { busySeconds, idleSeconds } = fillingOf(shifts, busy, period, rules)
  const marked = isAsked ? [] : commonOf(unionOf(wrapUp.marked), [period])
  const afterwards = wrapUpOf({ ...wrapUp, marked }, n.handled)
  return {
    calls: calls.size,
    inbound: n.inbound,
    outbound: n.outbound,
    internal: n.internal,
    handled: n.handled,
    answered: n.answered,
    offered,
    takenElsewhere: n.elsewhere,
    missed: n.missed,
    missedOnBreak: n.onBreak,
    talkSeconds: talk,
    holdSeconds: hold,
    wrapUpSeconds: afterwards,
    workedSeconds: worked.workedSeconds,
    presenceSeconds: worked.presenceSeconds,
    breakSeconds: worked.breakSeconds,
    paidBreakSeconds: worked.breakSeconds - worked.unpaidBreakSeconds,
    unpaidBreakSeconds: worked.unpaidBreakSeconds,
    busySeconds,
    idleSeconds,
    averageTalk: ratio(talk, n.handled),
    averageHandling: ratio(talk + hold + afterwards, n.handled),
    callsPerHour: ratio(n.handled, worked.workedSeconds / 3600),
    occupancy: ratio(busySeconds, busySeconds + idleSeconds),
    utilisation: ratio(busySeconds, worked.presenceSeconds),
  }
}

/** Each call in which the person talked is followed by so much work, after the last of their telephones. */
function afterCalls(counted: readonly AttributedPart[], seconds: number): Span[] {
  const ends = new Map<number, number>()
  for (const { callId, busy } of counted) if (busy) ends.set(callId, Math.max(busy.to, ends.get(callId) ?? 0))
  return [...ends.values()].map((from) => ({ from, to: from + seconds * 1000 }))
}
