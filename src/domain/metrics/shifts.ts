import type { AttributedPart } from '../attribution.ts'
import type { Direction } from '../call.ts'
import { oldShiftFigures } from '../worktime/old-figures.ts'
import { endAsOf } from '../worktime/presence.ts'
import type { WorkRules } from '../worktime/rules.ts'
import type { Mark, Shift } from '../worktime/shift.ts'
import { type Period, workedInShift, workedTime } from '../worktime/worked.ts'
import type { ToldCall } from '../legacy/bound-call.ts'
import type { ActivityEvent } from './activity.ts'
import { isCounted } from './person.ts'

export interface ShiftFigures {
  readonly shift: Shift
  /** Of the whole shift; while it is open, until now. */
  readonly presenceSeconds: number
  readonly workedSeconds: number
  readonly breakSeconds: number
  readonly paidBreakSeconds: number
  readonly unpaidBreakSeconds: number
  /** What of `workedSeconds` lies in the period asked for. */
  readonly workedInPeriodSeconds: number
  /** Calls in which the person took part, by the instant that decided; those that only rang apart. */
  readonly calls: number
  /** Which they are: a call of several people is one. */
  readonly callIds: ReadonlySet<number>
  /** Those that were left out of the person's events. */
  readonly excludedCalls: number
  readonly onlyOffered: number
  readonly talkSeconds: number
  /** Pressed marks by their count; excluded ones apart. */
  readonly marks: number
  readonly excludedMarks: number
  /** Calls that the older system bound to the person, excluded ones too: counted beside no call that was made from raw lines. */
  readonly boundCalls: number
  readonly old: OldShiftFigures
}

/**
 * R1 of the older system: hours cut down and breaks not subtracted, break minutes cut down one by one, all events. Those of a shift
 * that was worked there are its marks and bound calls, whatever calls were made since from raw lines of that time (M10); of any other
 * its marks and calls.
 */
interface OldShiftFigures {
  readonly hours: number
  readonly breakMinutes: number
  readonly events: number
  /** R2: by kind, without those that were left out of reports. */
  readonly included: readonly EventCount[]
}

type EventCount = Pick<ActivityEvent, 'type' | 'count'>

/** How many calls of a direction the older system bound in a shift. */
export type BoundCount = Pick<ToldCall, 'direction' | 'excluded'> & { readonly count: number }

export interface ShiftFacts {
  readonly shift: Shift
  /** Of its person. */
  readonly parts: readonly AttributedPart[]
  readonly marks: readonly Mark[]
  /** A call that somebody left out of the person's events; none when it is not there. */
  readonly isExcluded?: (part: AttributedPart) => boolean
  readonly bound: readonly BoundCount[]
  readonly period: Period
  readonly rules: WorkRules
}

export function shiftFigures({ shift, parts, marks, isExcluded, bound, period, rules }: ShiftFacts): ShiftFigures {
  const end = endAsOf(shift, period.asOf, rules)
  const whole = workedInShift(shift, period.asOf, rules)
  const old = oldShiftFigures(shift, period.asOf, rules)
  const took = new Set<number>()
  const rang = new Set<number>()
  const excluded = new Set<number>()
  const directions = new Map<number, Direction>()
  let talkSeconds = 0
  for (const it of parts) {
    if (!isCounted(it) || it.at < shift.startedAt || it.at >= end) continue
    ;(it.role === 'offered' ? rang : took).add(it.callId)
    if (it.role !== 'offered') directions.set(it.callId, it.direction)
    if (it.role !== 'offered' && isExcluded?.(it)) excluded.add(it.callId)
    talkSeconds += it.talkSeconds
  }
  const own = marks.filter((it) => it.shiftId === shift.id)
  const pressed = (isExcluded: boolean) =>
    own.filter((it) => it.excluded === isExcluded).reduce((sum, it) => sum + it.count, 0)
  const boundCalls = bound.reduce((sum, it) => sum + it.count, 0)
  // A correction of its start leaves what was bound in it.
  const isOfOldSystem = shift.startedHow === 'legacy' || boundCalls > 0
  const callIds = took.difference(excluded)
  const calls = isOfOldSystem
    ? bound.filter((it) => !it.excluded).map(({ direction, count }) => ({ type: { bound: direction }, count }))
    : [...callIds].map((id) => ({ type: { calls: directions.get(id) as Direction }, count: 1 }))
  const counted = own.filter((it) => !it.excluded).map(({ typeId, count }) => ({ type: { mark: typeId }, count }))
  return {
    shift,
    presenceSeconds: whole.presenceSeconds,
    workedSeconds: whole.workedSeconds,
    breakSeconds: whole.breakSeconds,
    paidBreakSeconds: whole.breakSeconds - whole.unpaidBreakSeconds,
    unpaidBreakSeconds: whole.unpaidBreakSeconds,
    workedInPeriodSeconds: workedTime([shift], period, rules).workedSeconds,
    calls: callIds.size,
    callIds,
    excludedCalls: excluded.size,
    onlyOffered: rang.difference(took).size,
    talkSeconds,
    marks: pressed(false),
    excludedMarks: pressed(true),
    boundCalls,
    old: {
      hours: old.hours,
      breakMinutes: old.breakMinutes,
      events: pressed(false) + pressed(true) + (isOfOldSystem ? boundCalls : took.size),
      included: [...counted, ...calls],
    },
  }
}
