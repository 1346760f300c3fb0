import type { PeopleFacts } from './attribution.ts'
import type { Assignment } from './people.ts'
import type { Break, Shift } from './worktime/shift.ts'

/** Of a shift, what says where its person was. */
export interface ShiftTimes extends Pick<Shift, 'employeeId' | 'startedAt' | 'endedAt'> {
  readonly breaks: readonly Pick<Break, 'startedAt' | 'endedAt'>[]
}

/** Who held which telephone. */
export type Held = Pick<Assignment, 'employeeId' | 'plan' | 'extension' | 'from' | 'to'>

/**
 * What assignments and shifts say of an instant. A shift that nobody has ended lasts until the rule's limit, whatever the time is
 * now: what is worked out from it is the same whenever that is done. No two rows of one extension or person overlap.
 */
export function peopleFacts(
  assignments: readonly Held[],
  shifts: readonly ShiftTimes[],
  shiftAtMostMs: number,
): PeopleFacts {
  const held = inOrder(
    assignments,
    ({ plan, extension }) => keyOf(plan, extension),
    (it) => it.from,
  )
  const worked = inOrder(
    shifts,
    (it) => it.employeeId,
    (it) => it.startedAt,
  )
  return {
    holderAt: (plan, extension, at) => {
      const found = lastFrom(held.get(keyOf(plan, extension)), at, (it) => it.from)
      return found && (found.to === null || at < found.to) ? found.employeeId : null
    },
    presenceAt: (employeeId, at) => {
      const shift = lastFrom(worked.get(employeeId), at, (it) => it.startedAt)
      if (!shift || at >= (shift.endedAt ?? shift.startedAt + shiftAtMostMs)) return 'off-shift'
      const isOnBreak = shift.breaks.some((it) => it.startedAt <= at && (it.endedAt === null || at < it.endedAt))
      return isOnBreak ? 'on-break' : 'on-shift'
    },
  }
}

const keyOf = (plan: string, extension: string): string => `${extension} ${plan}`

function inOrder<Row, Key>(
  rows: readonly Row[],
  keyOfRow: (row: Row) => Key,
  from: (row: Row) => number,
): Map<Key, Row[]> {
  const byKey = new Map<Key, Row[]>()
  for (const row of rows) {
    const list = byKey.get(keyOfRow(row))
    if (list) list.push(row)
    else byKey.set(keyOfRow(row), [row])
  }
  for (const list of byKey.values()) list.sort((a, b) => from(a) - from(b))
  return byKey
}

/** The last that begins at or before the instant. */
function lastFrom<Row>(rows: readonly Row[] | undefined, at: number, from: (row: Row) => number): Row | undefined {
  if (!rows) return undefined
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (from(rows[middle] as Row) <= at) low = middle + 1
    else high = middle
  }
  return rows[low - 1]
}
