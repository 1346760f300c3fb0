import { oldExtension, withoutHost } from './old-number.ts'

/** Fixed ids of the types under which calls were counted. */
export const inboundType = 3
export const outboundType = 4

/** Until this instant (16:07 in Krasnoyarsk) the seconds of a bound call were those of ringing (M6). */
const ringSecondsUntil = Date.parse('2018-02-16T16:07:00+07:00')
/** The statistics changed on that day too, at an hour that nobody wrote down. */
export const ringDigestUntil = Date.parse('2018-02-17T00:00:00+07:00')

/** Days on which the comment of an incoming call had its sides changed (M5), by the clock of the exchange. */
const reversedFrom = '2018-02-01'
const reversedTo = '2018-02-05'

/** When the program that bound calls stood still (M7): days, both inclusive. */
export const standstill = { from: '2018-09-06', to: '2018-09-10' } as const

export interface BoundCall {
  /** About when it began: what was written, less the seconds. */
  readonly at: number
  readonly direction: 'inbound' | 'outbound'
  /** Null: the comment does not say, or not in the way of an extension. */
  readonly extension: string | null
  readonly otherNumber: string | null
  /** What was counted; of ringing, where `ringOnly` says so: then how long was talked is not known. */
  readonly seconds: number
  readonly ringOnly: boolean
}

/** A bound call as events are counted: by when it was written down, as the older system did. */
export interface ToldCall {
  readonly employeeId: number
  readonly toldAt: number
  readonly direction: BoundCall['direction']
  readonly extension: string | null
  readonly excluded: boolean
}

/** Reads a bound call out of its row: the comment is `A -> extension` or `extension -> dialled`. `day`: local, `2018-02-01`. */
export function readBoundCall(
  row: { readonly markId: number; readonly at: number; readonly seconds: number; readonly comment: string | null },
  day: string,
): BoundCall {
  const [, left, right] = /^(.*?)->(.*)$/su.exec(row.comment ?? '') ?? []
  const isInbound = row.markId === inboundType
  const isReversed = isInbound && day >= reversedFrom && day <= reversedTo
  const [own, other] = isInbound && !isReversed ? [right, left] : [left, right]
  return {
    at: row.at - row.seconds * 1000,
    direction: isInbound ? 'inbound' : 'outbound',
    extension: oldExtension(own ?? ''),
    otherNumber: withoutHost(other ?? '') || null,
    seconds: row.seconds,
    ringOnly: row.at < ringSecondsUntil,
  }
}
