import { endAsOf } from './presence.ts'
import type { WorkRules } from './rules.ts'
import type { Break, BreakFlag, Shift } from './shift.ts'

/** Nobody has said when the break ended: it is open, or its end was put where something else begins or ends. */
export const lacksEnd = (it: Break): boolean =>
  it.endedAt === null || it.flags.includes('closed-with-shift') || it.flags.includes('closed-by-system')

/**
 * The shift with its breaks in order and put right: one whose end nobody has told ends where the next begins, else with the shift
 * (open: with it), and says so; longer or shorter than its type allows is flagged. A function of what was told, so that the order
 * of telling does not matter.
 */
export function withBreaks(shift: Shift, breaks: readonly Break[], rules: WorkRules): Shift {
  const inOrder = breaks.toSorted((a, b) => a.startedAt - b.startedAt)
  return { ...shift, breaks: inOrder.map((it, index) => putRight(it, inOrder[index + 1], shift, rules)) }
}

function putRight(it: Break, next: Break | undefined, shift: Shift, rules: WorkRules): Break {
  const flags: BreakFlag[] = []
  let endedAt = it.endedAt
  if (lacksEnd(it)) {
    endedAt = next ? next.startedAt : shift.endedAt
    if (next) flags.push('closed-by-system')
    else if (shift.endedAt !== null) flags.push('closed-with-shift')
  }
  const type = rules.breakTypes.find(({ name }) => name === it.type)
  if (type && endedAt !== null) {
    const seconds = (endedAt - it.startedAt) / 1000
    if (type.maximumSeconds !== null && seconds > type.maximumSeconds) flags.push('overrun')
    if (type.minimumSeconds !== null && seconds < type.minimumSeconds) flags.push('too-short')
  }
  if (it.flags.includes('corrected')) flags.push('corrected')
  const same =
    endedAt === it.endedAt && flags.length === it.flags.length && flags.every((flag) => it.flags.includes(flag))
  return same ? it : { ...it, endedAt, flags }
}

/** What is to be said of a break of the shift as of an instant: one that goes on is overrun as soon as it is longer than its type allows. */
export function breakFlagsAsOf(it: Break, shift: Shift, asOf: number, rules: WorkRules): readonly BreakFlag[] {
  if (it.endedAt !== null) return it.flags
  const most = rules.breakTypes.find(({ name }) => name === it.type)?.maximumSeconds ?? null
  const isOverrun = most !== null && (endAsOf(shift, asOf, rules) - it.startedAt) / 1000 > most
  return isOverrun ? [...it.flags, 'overrun'] : it.flags
}

/** The break with an end of its own. */
export const endedBy = (it: Break, endedAt: number): Break => ({
  ...it,
  endedAt,
  flags: it.flags.filter((flag) => flag !== 'closed-with-shift' && flag !== 'closed-by-system'),
})
