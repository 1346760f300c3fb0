import { numberKey } from '../call.ts'

/**
 * A tick "done": a person says that the calls of a number are settled, some way that no call shows. It holds for the number's missed
 * calls at a site up to an instant, not for calls by their ids: calls that are made anew from their records find it again.
 */
export interface MissedDone {
  readonly id: number
  /** Where the calls were missed; empty: of sources that have no site, and so wherever the number called. */
  readonly site: string
  /** As it was typed, and what equal numbers have in common. */
  readonly number: string
  readonly numberKey: string
  /** Calls that ring later are open. */
  readonly until: number
  readonly doneAt: number
  readonly who: string
  readonly how: string
}

/** How a number was settled, where it is none of these: in somebody's own words. */
export const doneWays = ['other-way', 'wrong-number', 'spam'] as const

interface RungCall {
  readonly from: string | null
  readonly sourceId: number
  readonly startedAt: number
}

/** The tick that settled a missed call: of those that reach it, the one that was told first. `ticks`: in the order in which they were told. */
export function doneFinder(
  ticks: readonly MissedDone[],
  siteOf: (sourceId: number) => string,
): (call: RungCall) => MissedDone | null {
  const byNumber = Map.groupBy(ticks, (it) => it.numberKey)
  return ({ from, sourceId, startedAt }) => {
    if (from === null) return null
    const site = siteOf(sourceId)
    const holds = (it: MissedDone) => (it.site === '' || it.site === site) && startedAt <= it.until
    return byNumber.get(numberKey(from))?.find(holds) ?? null
  }
}
