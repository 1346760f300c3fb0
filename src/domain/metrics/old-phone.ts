/**
 * R4 and R5 of the older system: internal calls are outgoing ones, accepted is what has more than 0 s of talk, per cent and averages
 * are cut down. Where the seconds are those of ringing (M6) nothing is known of the talk: such a record is in the number of calls,
 * and neither in what was accepted nor in per cent and averages.
 */
export interface OldPhoneFigures {
  readonly total: number
  readonly incoming: number
  readonly outgoing: number
  /** Null: of none of them it is known. */
  readonly incomingAccepted: number | null
  readonly outgoingAccepted: number | null
  readonly incomingPercent: number | null
  readonly outgoingPercent: number | null
  readonly incomingAverageSeconds: number | null
  readonly outgoingAverageSeconds: number | null
}

/** What was counted of one direction. */
interface Way {
  calls: number
  accepted: number
  talk: number
  /** Of the calls: those of which the talk is not known. */
  unknown: number
}

export type OldSums = Readonly<Record<'in' | 'out', Way>>

const noWay = (): Way => ({ calls: 0, accepted: 0, talk: 0, unknown: 0 })
export const noOldSums = (): OldSums => ({ in: noWay(), out: noWay() })

/** `talkSeconds` null: not known. */
export function addOld(sums: OldSums, isIncoming: boolean, talkSeconds: number | null): void {
  const way = sums[isIncoming ? 'in' : 'out']
  way.calls++
  if (talkSeconds === null) way.unknown++
  else if (talkSeconds > 0) {
    way.accepted++
    way.talk += talkSeconds
  }
}

export function oldPhoneFigures({ in: incoming, out: outgoing }: OldSums): OldPhoneFigures {
  return {
    total: incoming.calls + outgoing.calls,
    incoming: incoming.calls,
    outgoing: outgoing.calls,
    incomingAccepted: acceptedOf(incoming),
    outgoingAccepted: acceptedOf(outgoing),
    incomingPercent: percentOf(incoming),
    outgoingPercent: percentOf(outgoing),
    incomingAverageSeconds: cutDown(incoming.talk, incoming.accepted),
    outgoingAverageSeconds: cutDown(outgoing.talk, outgoing.accepted),
  }
}

const acceptedOf = ({ calls, accepted, unknown }: Way): number | null =>
  calls > 0 && calls === unknown ? null : accepted

const percentOf = ({ calls, accepted, unknown }: Way): number | null => cutDown(100 * accepted, calls - unknown)

const cutDown = (numerator: number, denominator: number): number | null =>
  denominator === 0 ? null : Math.floor(numerator / denominator)
