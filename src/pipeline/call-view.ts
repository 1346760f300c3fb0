import type { CallRow } from './store.ts'
import { instantText } from './status.ts'

/** A call as JSON: what commands and the API print. Every field is always present; unknown is null. Names are fixed for scripts. */
export function callJson(row: CallRow, source: string, now: number) {
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
    employees: [] as const,
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
