import type { CallRow } from './store.ts'
import type { NamedPart } from './store-reading.ts'
import { instantText } from './status.ts'

/**
 * A call as JSON: what commands and the API print. Every field is always present; unknown is null. Names are fixed for scripts.
 * `parts`: what has been attributed of the call.
 */
export function callJson(row: CallRow, source: string, parts: readonly NamedPart[], now: number) {
  const { call } = row
  const at = (instant: number | null) => (instant === null ? null : instantText(instant))
  return {
    id: String(row.id),
    source,
    plan: row.plan,
    exchangeCallId: call.exchangeCallId,
    kind: call.kind,
    direction: call.direction,
    outcome: call.outcome,
    from: call.from,
    fromName: call.fromName,
    to: call.to,
    targets: call.targets,
    answeredBy: call.answeredBy,
    answeredOutside: call.answeredOutside,
    extensions: call.extensions.map((it) => it.number),
    employees: employeesOf(row, parts),
    startedAt: at(call.startedAt),
    answeredAt: at(call.answeredAt),
    endedAt: at(call.endedAt),
    ringSeconds: call.ringSeconds,
    waitSeconds: call.waitSeconds,
    talkSeconds: call.talkSeconds,
    holdSeconds: call.holdSeconds,
    parkSeconds: call.parkSeconds,
    machineSeconds: call.machineSeconds,
    conference: call.conference,
    segments: call.segments,
    doubtful: call.doubtful,
    complete: call.completeAt !== null && call.completeAt <= now,
  }
}

export type CallJson = ReturnType<typeof callJson>

interface EmployeeJson {
  readonly id: string
  readonly name: string
  readonly extension: string
  readonly role: NamedPart['role']
  readonly state: NamedPart['state']
  readonly talkSeconds: number
  readonly ringSeconds: number
  readonly holdSeconds: number
}

/** One entry per person, extension, role and state, in the order of the extensions. What nobody held has none. */
function employeesOf({ call }: CallRow, parts: readonly NamedPart[]): EmployeeJson[] {
  const entries = new Map<string, EmployeeJson>()
  for (const { number } of call.extensions)
    for (const { employeeId, employeeName, extension, role, state, ...part } of parts) {
      if (employeeId === null || extension !== number) continue
      const key = [employeeId, extension, role, state].join(' ')
      const sum = entries.get(key)
      entries.set(key, {
        id: String(employeeId),
        name: employeeName ?? '',
        extension,
        role,
        state,
        talkSeconds: part.talkSeconds + (sum?.talkSeconds ?? 0),
        ringSeconds: part.ringSeconds + (sum?.ringSeconds ?? 0),
        holdSeconds: part.holdSeconds + (sum?.holdSeconds ?? 0),
      })
    }
  return [...entries.values()]
}
