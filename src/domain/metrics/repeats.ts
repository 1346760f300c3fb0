import { numberKey } from '../call.ts'
import type { CountedCall } from './counted-call.ts'
import { type Ratio, ratio } from './ratio.ts'

const dayMs = 86_400_000

/**
 * Inbound calls of [from, to) whose number had another inbound call in the 24 h before ÷ inbound calls with a number. `calls`: in
 * order of their start, from 24 h before `from` on; `isAsked` says which of them the figure is about.
 */
export function repeatRate(
  calls: Iterable<CountedCall>,
  from: number,
  to: number,
  isAsked: (call: CountedCall) => boolean,
): Ratio {
  const lastAt = new Map<string, number>()
  let [numbered, repeated] = [0, 0]
  for (const call of calls) {
    if (call.direction !== 'inbound' || call.from === null) continue
    const key = numberKey(call.from)
    if (call.startedAt >= from && call.startedAt < to && isAsked(call)) {
      numbered++
      if (call.startedAt - (lastAt.get(key) ?? Number.NEGATIVE_INFINITY) <= dayMs) repeated++
    }
    lastAt.set(key, call.startedAt)
  }
  return ratio(repeated, numbered)
}
