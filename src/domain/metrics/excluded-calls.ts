import type { AttributedPart } from '../attribution.ts'
import { isCounted } from './person.ts'

/**
 * A call that is left out of a person's events: of what people count (activity, the calls of a shift), never of what the telephone
 * tells (talk, calls of a person, attribution). It is one person's: whoever else had a part in the call keeps it.
 */
export interface CallExclusion {
  readonly employeeId: number
  readonly callId: number
}

type Part = Pick<AttributedPart, 'employeeId' | 'callId'>

export function exclusionFinder(exclusions: Iterable<CallExclusion>): (part: Part) => boolean {
  const excluded = new Set<string>()
  for (const { employeeId, callId } of exclusions) excluded.add(`${employeeId} ${callId}`)
  return ({ employeeId, callId }) => excluded.has(`${employeeId} ${callId}`)
}

type EventPart = Pick<AttributedPart, 'counted' | 'employeeId' | 'state' | 'role'>

/** A call is an event of whoever dialled, answered or took it over on shift or on a break; to whom it only rang it is none. */
export const isEvent = (part: EventPart): boolean => isCounted(part) && part.role !== 'offered'
