import type { AttributedPart } from '../attribution.ts'
import type { Direction } from '../call.ts'
import type { ToldCall } from '../legacy/bound-call.ts'
import type { Mark } from '../worktime/shift.ts'
import { isCounted } from './person.ts'

/** What somebody did at an instant, by kind. `bound`: calls as the older system bound them to people. */
export interface ActivityEvent {
  readonly employeeId: number
  readonly at: number
  readonly type: { readonly mark: number } | { readonly calls: Direction } | { readonly bound: ToldCall['direction'] }
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
  return [...calls.values(), ...pressed(marks)]
}

/** R3 of the older system: marks and bound calls that are not excluded, by the time at which they were written down. */
export function oldActivityEvents(bound: readonly ToldCall[], marks: readonly Mark[]): ActivityEvent[] {
  const calls = bound
    .filter((it) => !it.excluded)
    .map(({ employeeId, toldAt: at, direction }) => ({ employeeId, at, type: { bound: direction }, count: 1 }))
  return [...calls, ...pressed(marks)]
}

const pressed = (marks: readonly Mark[]): ActivityEvent[] =>
  marks
    .filter((it) => !it.excluded)
    .map(({ employeeId, at, typeId, count }) => ({ employeeId, at, type: { mark: typeId }, count }))
