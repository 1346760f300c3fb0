import { endedBy, lacksEnd, withBreaks } from './breaks.ts'
import { endOf, situationAt, stateAt } from './presence.ts'
import type { WorkRules } from './rules.ts'
import { type Break, type How, newId, type Presence, type Shift, wholeSecond } from './shift.ts'

/*
 * The state machine of one person's time: off → on shift → on break → on shift → off.
 *
 * A fact is judged against what is known of its own time, however late it is told. An end that nobody has told is
 * missing, not known: it is put where it must lie at the latest, flagged, and the person's own end, told later, takes its place. What
 * is told never undoes what was told before; only a correction does. So facts that do not contradict each other give the same
 * picture in every order in which they are taken, and whether or not the system closed a shift meanwhile.
 *
 * | fact at t      | what is known of t                                 | decision |
 * |----------------|----------------------------------------------------|----------|
 * | any            | an open shift has reached its limit by t           | judged after that shift is closed at its limit, `closed-by-system`, its open break with it |
 * | shift-start    | off, nothing known after t                         | a new open shift |
 * |                | off, another shift begins later                    | a new shift to its limit or to where that one begins, whichever is first, `closed-by-system`: its end is still missing |
 * |                | off, another shift begins less than `samePressSeconds` later | refused: the same press, told twice (`already-on-shift`) |
 * |                | on shift or on a break                             | refused (`already-on-shift`) |
 * | shift-end      | the last shift that began before t lacks an end (open, `closed-by-system`) | ends at t, earlier or later than the system's end; the flag goes; a break without an end ends with it; beyond the limit: `over-limit` |
 * |                | the same, and a break is known to begin or end after t | refused (`break-later`) |
 * |                | the same, t is more than `ownEndAtMostSeconds` after the start | refused (`too-long`): a person who comes back on Monday does not work all weekend |
 * |                | a shift without an end began in this very second   | it lasts one second |
 * |                | inside a shift whose end is known                  | refused (`already-ended`) |
 * |                | off                                                | refused (`off-shift`) |
 * | break-start    | on shift, no break begins later in it              | a new break, open; in a finished shift to its end, `closed-with-shift` |
 * |                | on shift, another break begins later in it         | a new break up to that one, `closed-by-system`: its end is still missing |
 * |                | on shift, another break begins less than `samePressSeconds` later | refused: the same press (`already-on-break`) |
 * |                | on a break                                         | refused (`already-on-break`) |
 * |                | off                                                | refused (`off-shift`) |
 * |                | the type is not known or no longer used            | refused (`unknown-break-type`) |
 * | break-end      | the last break that began before t lacks an end and reaches t | ends at t; its flag goes |
 * |                | a break without an end began in this very second   | it is removed: a break of no length is none |
 * |                | on a break whose end is known                      | refused (`already-ended`) |
 * |                | on shift                                           | refused (`not-on-break`) |
 * |                | off                                                | refused (`off-shift`) |
 * | a mark         | on shift                                           | it belongs to that shift |
 * |                | on a break                                         | refused (`on-break`) |
 * |                | off                                                | refused (`off-shift`) |
 *
 * A break that begins in the second in which its shift ends is removed with that end. An instant is a whole second. At
 * the second where one thing ends and the next begins, an end belongs to what began before it, a start to what follows.
 */

export type FactKind = 'shift-start' | 'shift-end' | 'break-start' | 'break-end'

/** What people press. */
export type Press = FactKind | 'mark-add'

/** What a person says that happened, and when. `at` is cut down to its whole second. */
export type Fact =
  | { readonly kind: 'shift-start'; readonly at: number; readonly zone: string; readonly how: How }
  | { readonly kind: 'shift-end'; readonly at: number; readonly how: How }
  | { readonly kind: 'break-start'; readonly at: number; readonly type: string; readonly how: How }
  | { readonly kind: 'break-end'; readonly at: number; readonly how: How }

type Refusal =
  | 'already-on-shift'
  | 'already-on-break'
  | 'on-break'
  | 'off-shift'
  | 'not-on-break'
  /** A person, or a correction, has said already when it ended. */
  | 'already-ended'
  /** A break is known to have begun or ended after this end of its shift. */
  | 'break-later'
  /** Longer after the start than a person's own end may be (`ownEndAtMostSeconds`). */
  | 'too-long'
  | 'unknown-break-type'

interface Changed {
  readonly kind: 'changed'
  /** Shifts that are no more as they were. */
  readonly before: readonly Shift[]
  /** What stands in their place, and what is new: id ≤ 0, of shifts and of breaks. A break that is missing here is removed. */
  readonly after: readonly Shift[]
  /** The one, among `after`, that the fact is about. */
  readonly shift: Shift
}

export interface Refused {
  readonly kind: 'refused'
  readonly why: Refusal
  /** At the fact's own time; of the same press told again: at the time of the one that is known. */
  readonly state: Presence
  /** When that state began; null: the person was never on shift before. */
  readonly since: number | null
  /** What could have been told of that moment. */
  readonly possible: readonly Press[]
}

export type Decision = Changed | Refused

/**
 * `shifts`: those of one person that touch `neighbourhoodOf(fact.at, rules)`, or more. With the last one that began before it, `since`
 * and `why` of a refusal look that far back; what is taken does not depend on it.
 */
export function decide(shifts: readonly Shift[], employeeId: number, fact: Fact, rules: WorkRules): Decision {
  const at = wholeSecond(fact.at)
  const judged = judge(shifts, employeeId, { ...fact, at }, rules)
  if ('shift' in judged) return judged
  return refusedAt(shifts, judged.seen ?? at, judged.why, rules)
}

/** The shift to which a mark of the instant belongs: only who works sets one. `shifts`: as for `decide`. */
export function decideMark(
  shifts: readonly Shift[],
  instant: number,
  rules: WorkRules,
): { readonly kind: 'taken'; readonly shift: Shift } | Refused {
  const at = wholeSecond(instant)
  const shift = covering(shifts, at, rules)
  const state = stateAt(shifts, at, rules)
  if (shift && state === 'on-shift') return { kind: 'taken', shift }
  return refusedAt(shifts, at, state === 'on-break' ? 'on-break' : 'off-shift', rules)
}

function refusedAt(shifts: readonly Shift[], at: number, why: Refusal, rules: WorkRules): Refused {
  const { state, since } = situationAt(shifts, at, rules)
  return { kind: 'refused', why, state, since, possible: possibleAt(shifts, at, rules) }
}

/** The time [from, to) in which shifts can matter to a fact of the instant `at`. An open shift touches all that comes after its start. */
export const neighbourhoodOf = (at: number, rules: WorkRules): { readonly from: number; readonly to: number } => ({
  from: at - ownEndAtMostMs(rules) - 1000,
  to: at + rules.shiftAtMostSeconds * 1000 + 1000,
})

/** Closes the open shift that has reached its limit at `now`; nothing: both are empty. */
export function closeOverdue(
  shifts: readonly Shift[],
  now: number,
  rules: WorkRules,
): { readonly before: readonly Shift[]; readonly after: readonly Shift[] } {
  const before = shifts.filter((it) => it.endedAt === null && endOf(it, rules) <= now)
  return { before, after: before.map((it) => closedBySystem(it, endOf(it, rules), rules)) }
}

/** The shifts as they stand at `now`: one that has reached its limit by then is closed. */
export function closedAsOf(shifts: readonly Shift[], now: number, rules: WorkRules): Shift[] {
  const { after } = closeOverdue(shifts, now, rules)
  return shifts.map((it) => after.find(({ id }) => id === it.id) ?? it)
}

/** What could be told of an instant: what `decide` and `decideMark` would accept. */
export function possibleAt(shifts: readonly Shift[], instant: number, rules: WorkRules): Press[] {
  const at = wholeSecond(instant)
  const how = 'shell'
  const facts: Fact[] = [
    { kind: 'shift-start', at, zone: 'UTC', how },
    { kind: 'break-start', at, type: rules.breakTypes.find(({ active }) => active)?.name ?? '', how },
    { kind: 'break-end', at, how },
    { kind: 'shift-end', at, how },
  ]
  const possible: Press[] = facts.filter((fact) => 'shift' in judge(shifts, 0, fact, rules)).map(({ kind }) => kind)
  return stateAt(shifts, at, rules) === 'on-shift' ? [...possible, 'mark-add'] : possible
}

/** `seen`: the instant whose state explains the refusal, when it is not the fact's. */
interface Refusing {
  readonly why: Refusal
  readonly seen?: number
}

/** The new picture of one shift; `shift.id` tells which one it replaces. */
type Judged = { readonly shift: Shift } | Refusing

const ownEndAtMostMs = (rules: WorkRules): number =>
  Math.max(rules.ownEndAtMostSeconds, rules.shiftAtMostSeconds) * 1000

function judge(shifts: readonly Shift[], employeeId: number, fact: Fact, rules: WorkRules): Changed | Refusing {
  const overdue = closeOverdue(shifts, fact.at, rules)
  const known = closedAsOf(shifts, fact.at, rules).sort((a, b) => a.startedAt - b.startedAt)
  const judged = judgeKnown(known, employeeId, fact, rules)
  if ('why' in judged) return judged
  const { shift } = judged
  const after = [...overdue.after.filter(({ id }) => id !== shift.id), shift]
  const before = shifts.filter(({ id }) => after.some((it) => it.id === id))
  return { kind: 'changed', before, after: after.sort((a, b) => a.startedAt - b.startedAt), shift }
}

function judgeKnown(known: readonly Shift[], employeeId: number, fact: Fact, rules: WorkRules): Judged {
  switch (fact.kind) {
    case 'shift-start':
      return startShift(known, employeeId, fact, rules)
    case 'shift-end':
      return endShift(known, fact, rules)
    case 'break-start':
      return startBreak(known, fact, rules)
    case 'break-end':
      return endBreak(known, fact.at, rules)
  }
}

function startShift(
  known: readonly Shift[],
  employeeId: number,
  { at, zone, how }: { readonly at: number; readonly zone: string; readonly how: How },
  rules: WorkRules,
): Judged {
  if (covering(known, at, rules)) return { why: 'already-on-shift' }
  const started: Shift = {
    id: newId(known),
    employeeId,
    startedAt: at,
    endedAt: null,
    zone,
    startedHow: how,
    endedHow: null,
    flags: [],
    breaks: [],
  }
  const next = known.find((it) => it.startedAt > at)
  if (!next) return { shift: started }
  if (samePress(at, next.startedAt, rules)) return { why: 'already-on-shift', seen: next.startedAt }
  return { shift: closedBySystem(started, Math.min(endOf(started, rules), next.startedAt), rules) }
}

function endShift(
  known: readonly Shift[],
  { at, how }: { readonly at: number; readonly how: How },
  rules: WorkRules,
): Judged {
  const begunBefore = known.findLast((it) => it.startedAt < at)
  const begunNow = known.find((it) => it.startedAt === at)
  const earlier = begunBefore && lacksOwnEnd(begunBefore) ? withOwnEnd(begunBefore, at, how, rules) : null
  if (earlier && 'shift' in earlier) return earlier
  if (begunNow && lacksOwnEnd(begunNow)) return withOwnEnd(begunNow, at + 1000, how, rules)
  if (earlier) return earlier
  return { why: covering(known, at, rules) ? 'already-ended' : 'off-shift' }
}

function withOwnEnd(shift: Shift, endedAt: number, endedHow: How, rules: WorkRules): Judged {
  if (endedAt - shift.startedAt > ownEndAtMostMs(rules)) return { why: 'too-long' }
  const breaks = shift.breaks.filter((it) => !(it.startedAt === endedAt && lacksEnd(it)))
  const later = breaks.some((it) => it.startedAt >= endedAt || (!lacksEnd(it) && (it.endedAt ?? endedAt) > endedAt))
  if (later) return { why: 'break-later' }
  const flags = shift.flags.filter((flag) => flag !== 'closed-by-system')
  if (endedAt > shift.startedAt + rules.shiftAtMostSeconds * 1000) flags.push('over-limit')
  return { shift: withBreaks({ ...shift, endedAt, endedHow, flags }, breaks, rules) }
}

function startBreak(
  known: readonly Shift[],
  { at, type }: { readonly at: number; readonly type: string },
  rules: WorkRules,
): Judged {
  if (!rules.breakTypes.some((it) => it.active && it.name === type)) return { why: 'unknown-break-type' }
  const shift = covering(known, at, rules)
  if (!shift) return { why: 'off-shift' }
  const begun = shift.breaks.findLast((it) => it.startedAt <= at)
  if (begun && (begun.endedAt === null || begun.endedAt > at)) return { why: 'already-on-break' }
  const next = shift.breaks.find((it) => it.startedAt > at)
  if (next && samePress(at, next.startedAt, rules)) return { why: 'already-on-break', seen: next.startedAt }
  const started: Break = { id: newId(shift.breaks), type, startedAt: at, endedAt: null, flags: [] }
  return { shift: withBreaks(shift, [...shift.breaks, started], rules) }
}

function endBreak(known: readonly Shift[], at: number, rules: WorkRules): Judged {
  const changed = (shift: Shift, breaks: readonly Break[]): Judged => ({ shift: withBreaks(shift, breaks, rules) })
  const before = known.findLast((it) => it.startedAt < at)
  const begunBefore = before?.breaks.findLast((it) => it.startedAt < at)
  if (before && begunBefore && lacksEnd(begunBefore) && (begunBefore.endedAt ?? at) >= at)
    return changed(
      before,
      before.breaks.map((it) => (it === begunBefore ? endedBy(it, at) : it)),
    )
  const shift = covering(known, at, rules)
  if (!shift) return { why: 'off-shift' }
  const begunNow = shift.breaks.find((it) => it.startedAt === at)
  if (begunNow && lacksEnd(begunNow))
    return changed(
      shift,
      shift.breaks.filter((it) => it !== begunNow),
    )
  const within = shift.breaks.some((it) => it.startedAt <= at && (it.endedAt ?? at) > at)
  return { why: within ? 'already-ended' : 'not-on-break' }
}

const covering = (known: readonly Shift[], at: number, rules: WorkRules): Shift | undefined =>
  known.find((it) => it.startedAt <= at && at < endOf(it, rules))

const lacksOwnEnd = (shift: Shift): boolean => shift.endedAt === null || shift.flags.includes('closed-by-system')

const samePress = (at: number, known: number, rules: WorkRules): boolean => known - at < rules.samePressSeconds * 1000

function closedBySystem(shift: Shift, endedAt: number, rules: WorkRules): Shift {
  const flags = shift.flags.includes('closed-by-system') ? shift.flags : [...shift.flags, 'closed-by-system' as const]
  return withBreaks({ ...shift, endedAt, endedHow: 'automatic', flags }, shift.breaks, rules)
}
