import type { AttributedPart } from '../attribution.ts'

/** What is in no person's figures: nobody held the telephone, or its holder was off shift. One row a call, telephone and holder. */
export interface UnattributedPart {
  readonly callId: number
  readonly plan: string
  readonly extension: string
  readonly reason: 'no-holder' | 'off-shift'
  readonly employeeId: number | null
  readonly startedAt: number
  readonly talkSeconds: number
  readonly holdSeconds: number
}

export function unattributedParts(parts: Iterable<AttributedPart>): UnattributedPart[] {
  const rows = new Map<string, UnattributedPart>()
  for (const it of parts) {
    if (!it.counted || (it.state !== 'no-holder' && it.state !== 'off-shift')) continue
    const { callId, plan, extension, state, employeeId, startedAt } = it
    const key = [callId, plan, extension, state, employeeId].join('\n')
    const before = rows.get(key)
    rows.set(key, {
      callId,
      plan,
      extension,
      reason: state,
      employeeId,
      startedAt,
      talkSeconds: (before?.talkSeconds ?? 0) + it.talkSeconds,
      holdSeconds: (before?.holdSeconds ?? 0) + it.holdSeconds,
    })
  }
  return rows
    .values()
    .toArray()
    .toSorted((a, b) => a.startedAt - b.startedAt || a.callId - b.callId)
}
