import type { AttributedPart } from '../attribution.ts'
import type { Direction } from '../call.ts'
import type { Mark } from '../worktime/shift.ts'
import { isCounted } from './person.ts'

/** R3 of the older system: included marks and bound calls by their time, per type and person. */
export interface ActivityEvent {
  readonly employeeId: number
  readonly at: number
  readonly type: { readonly mark: number } | { readonly calls: Direction }
  readonly count: number
}

/** A call is one event of each person who called, answered or took it over in it; one that only rang is none. */
export function activityEvents(parts: readonly AttributedPart[], marks: readonly Mark[]): ActivityEvent[] {
  const calls = new Map<string, ActivityEvent>()
  for (const it of parts) {
    if (!isCounted(it) || it.role === 'offered' || it.employeeId === null) continue
    const { employeeId, callId, startedAt: at, direction } = it
    calls.set(`${employeeId} ${callId}`, { employeeId, at, type: { calls: direction }, count: 1 })
  }
  const pressed = marks
    .filter((it) => !it.excluded)
    .map(({ employeeId, at, typeId, count }) => ({ employeeId, at, type: { mark: typeId }, count }))
  return [...calls.values(), ...pressed]
}
