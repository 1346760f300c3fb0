import { markComments, markTypes } from './names.ts'
import type { Random } from './random.ts'
import { peopleChances as chances, shiftLimitHours } from './shares.ts'

/** A shift as it was worked. Instants are UTC milliseconds, whole seconds. */
export interface WorkedShift {
  readonly startedAt: number
  readonly endedAt: number
  /** `system`: nobody ever said when it ended. */
  readonly endedBy: 'person' | 'system'
  /** In order; none overlap. */
  readonly breaks: readonly { readonly type: string; readonly startedAt: number; readonly endedAt: number }[]
}

/** What somebody tells about the own work: what, when it was, and when it is told. */
export type WorkFact =
  | { readonly fact: 'shift-start' | 'shift-end' | 'break-end'; readonly at: number; readonly toldAt: number }
  | { readonly fact: 'break-start'; readonly type: string; readonly at: number; readonly toldAt: number }
  | {
      readonly fact: 'mark'
      readonly type: string
      readonly comment: string | null
      readonly at: number
      readonly toldAt: number
    }

const minute = 60_000

interface Plan {
  readonly startsAt: number
  readonly endsAt: number
  readonly lunchAt: number
  /** When an end that was forgotten is told, if ever. */
  readonly afterwardsAt: number
}

/** One shift, and what is told of it, in the order in which it is told. */
export function workDay(random: Random, plan: Plan): { shift: WorkedShift; facts: WorkFact[] } {
  const minutes = (from: number, to: number) => random.between(from * 60, to * 60) * 1000
  const startedAt = plan.startsAt + (random.chance(chances.late) ? minutes(5, 45) : minutes(-12, 3))
  const leftAt = plan.endsAt + minutes(-4, 22)
  const forgotten = random.chance(chances.shiftNotEnded)
  const isTold = !forgotten || random.chance(chances.endToldLater)
  const endedAt = isTold ? leftAt : startedAt + shiftLimitHours * 60 * minute

  const breaks: WorkedShift['breaks'][number][] = []
  let free = startedAt + minutes(20, 60)
  const pause = (type: string, at: number, length: number) => {
    const from = Math.max(at, free)
    const to = from + length + (random.chance(chances.backLate) ? minutes(8, 40) : 0)
    if (to > leftAt - 15 * minute) return
    breaks.push({ type, startedAt: from, endedAt: to })
    free = to + minutes(15, 40)
  }
  const lunchAt = Math.max(plan.lunchAt, startedAt + 100 * minute) + minutes(-5, 10)
  if (lunchAt - startedAt > 120 * minute) pause('rest', startedAt + minutes(50, 80), minutes(5, 15))
  pause('meal', lunchAt, minutes(32, 50))
  if (random.chance(chances.trained))
    pause(random.pick(['training', 'meeting']), free + minutes(10, 60), minutes(25, 60))
  pause('rest', free + minutes(30, 90), minutes(5, 16))
  const last = breaks.at(-1)
  const unended = !forgotten && last?.type === 'rest' && random.chance(chances.breakNotEnded)
  if (unended) breaks[breaks.length - 1] = { ...last, endedAt }

  const facts: WorkFact[] = []
  let told = 0
  const tell = (fact: WorkFact) => {
    told = Math.max(told, fact.toldAt)
    facts.push({ ...fact, toldAt: told })
  }
  const lateBy = (chance: number) =>
    random.chance(chance) ? minutes(chances.toldLateMinutes[0], chances.toldLateMinutes[1]) : 0
  const when = (at: number, chance: number = chances.toldLate) => ({ at, toldAt: at + lateBy(chance) })

  tell({ fact: 'shift-start', ...when(startedAt, chances.startToldLate) })
  // Behind the limit the shift counts as ended until its end is told: nothing is marked there.
  const markedUntil = Math.min(leftAt, startedAt + shiftLimitHours * 60 * minute)
  for (const part of [...marksOf(random, startedAt, markedUntil, breaks), ...breaks].toSorted(
    (a, b) => a.startedAt - b.startedAt,
  )) {
    if ('comment' in part) tell({ fact: 'mark', type: part.type, comment: part.comment, ...when(part.startedAt) })
    else {
      tell({ fact: 'break-start', type: part.type, ...when(part.startedAt) })
      if (!(unended && part.endedAt === endedAt)) tell({ fact: 'break-end', ...when(part.endedAt) })
    }
  }
  if (!forgotten) tell({ fact: 'shift-end', ...when(endedAt) })
  else if (isTold) tell({ fact: 'shift-end', at: endedAt, toldAt: plan.afterwardsAt })
  return { shift: { startedAt, endedAt, endedBy: isTold ? 'person' : 'system', breaks }, facts }
}

/** Notes, none of them during a break. */
function marksOf(random: Random, from: number, to: number, breaks: WorkedShift['breaks']) {
  const marks: { startedAt: number; type: string; comment: string | null }[] = []
  for (let left = random.below(4); left > 0; left--) {
    const startedAt = random.between(from / 1000 + 60, to / 1000 - 60) * 1000
    const type = random.pick(markTypes)
    const comment = random.pick(markComments)
    if (breaks.every((it) => startedAt < it.startedAt - minute || startedAt > it.endedAt))
      marks.push({ startedAt, type, comment: comment === '' ? null : comment })
  }
  return marks
}
