import type { How } from '../worktime/shift.ts'
import { type BoundCall, inboundType, outboundType, readBoundCall } from './bound-call.ts'
import type { OldLog } from './old-tables.ts'
import type { PlacedShift } from './shifts.ts'

/** What a mark or bound call of the older system has that is not as it should be (M8). */
export type EventFlag = 'without-shift' | 'of-another-person' | 'outside-shift'

interface Placed {
  readonly id: number
  readonly userId: number
  readonly shift: PlacedShift | null
  readonly excluded: boolean
  readonly comment: string | null
  readonly flags: readonly EventFlag[]
}

export interface PlacedMark extends Placed {
  readonly kind: 'mark'
  readonly markId: number
  /** One of the types of calls, pressed by hand: no call stands behind it. */
  readonly manual: boolean
  readonly at: number
  readonly seconds: number | null
  readonly how: How
}

export interface PlacedCall extends Placed, BoundCall {
  readonly kind: 'call'
  /** When it was written down. */
  readonly toldAt: number
}

export interface NotPlaced {
  readonly kind: 'skip'
  readonly id: number
  readonly reason: 'no-person' | 'no-type' | 'negative-seconds'
}

export interface EventSurroundings {
  readonly people: ReadonlyMap<number, unknown>
  readonly types: ReadonlyMap<number, unknown>
  readonly byOldId: ReadonlyMap<number, PlacedShift>
  readonly cover: (userId: number, at: number) => PlacedShift | null
  /** The local day of an instant, `2018-02-01`. */
  readonly dayOf: (at: number) => string
}

/** Pressed in the desk window. */
const deskComment = 'desktop'

/** Places a row of the log: a mark that somebody pressed, or a call that was bound to somebody. */
export function placeEvent(row: OldLog, around: EventSurroundings): PlacedMark | PlacedCall | NotPlaced {
  const { id, userId, markId } = row
  if (!around.people.has(userId)) return { kind: 'skip', id, reason: 'no-person' }
  if (!around.types.has(markId)) return { kind: 'skip', id, reason: 'no-type' }
  if (row.seconds !== null && row.seconds < 0) return { kind: 'skip', id, reason: 'negative-seconds' }
  const { shift, flags } = shiftOf(row, around)
  const { comment } = row
  const placed: Placed = { id, userId, shift, excluded: !row.visible, comment, flags }
  const isOfCalls = markId === inboundType || markId === outboundType
  if (isOfCalls && row.seconds !== null) {
    const call = readBoundCall({ ...row, seconds: row.seconds }, around.dayOf(row.at))
    return { ...placed, ...call, kind: 'call', toldAt: row.at }
  }
  const how = comment === deskComment ? 'desk' : 'legacy'
  return { ...placed, kind: 'mark', markId, manual: isOfCalls, at: row.at, seconds: row.seconds, how }
}

function shiftOf(
  row: OldLog,
  { byOldId, cover }: EventSurroundings,
): { shift: PlacedShift | null; flags: readonly EventFlag[] } {
  const named = row.shiftId === null ? undefined : byOldId.get(row.shiftId)
  if (!named) return { shift: null, flags: ['without-shift'] }
  // A person's event cannot stand in the shift of somebody else.
  if (named.userId !== row.userId) return { shift: cover(row.userId, row.at), flags: ['of-another-person'] }
  const isInside = row.at >= named.startedAt && row.at <= (named.endedAt ?? Infinity)
  return { shift: named, flags: isInside ? [] : ['outside-shift'] }
}
