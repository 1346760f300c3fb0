import type { AttributedPart, Offer } from '../attribution.ts'
import type { CountedCall } from './counted-call.ts'
import { addOld, noOldSums, type OldPhoneFigures, oldPhoneFigures, type OldSums } from './old-phone.ts'
import { type Ratio, ratio } from './ratio.ts'

/** An extension, by its numbering plan (R7). */
export interface Telephone {
  readonly plan: string
  readonly extension: string
}

/**
 * What one telephone did. A call with several telephones stands in the row of each: rows do not add up to calls. An offer is a
 * call that rang it: it talked, another one did, or nobody (a missed offer).
 */
export interface PhoneFigures extends Telephone {
  readonly calls: number
  readonly inbound: number
  readonly outbound: number
  readonly internal: number
  /** Calls in which it talked, either way. */
  readonly handled: number
  readonly offered: number
  readonly answered: number
  readonly takenElsewhere: number
  readonly missed: number
  readonly talkSeconds: number
  readonly holdSeconds: number
  readonly answerRate: Ratio
  readonly averageTalk: Ratio
  /** R4 and R5 of the older system, over calls: of every telephone in them. */
  readonly old: OldPhoneFigures
}

interface Sums {
  readonly phone: Telephone
  readonly n: Record<'inbound' | 'outbound' | 'internal' | 'handled' | 'answered' | 'elsewhere' | 'missed', number>
  readonly seconds: Record<'talk' | 'hold', number>
  readonly old: OldSums
}

export const telephoneKey = ({ plan, extension }: Telephone): string => `${plan}\n${extension}`

/**
 * `partsOf`: what attribution knows of the call's extensions; none yet: their roles say what happened, and no seconds are known.
 * `always`: telephones that have a row whether they had a call or not.
 */
export function phoneFigures(
  calls: Iterable<CountedCall>,
  partsOf: (callId: number) => readonly AttributedPart[],
  isAsked: (phone: Telephone) => boolean,
  always: readonly Telephone[] = [],
): PhoneFigures[] {
  const phones = new Map<string, Sums>()
  const sumsOf = (phone: Telephone): Sums => {
    const key = telephoneKey(phone)
    let sums = phones.get(key)
    if (!sums) phones.set(key, (sums = noCalls(phone)))
    return sums
  }
  for (const phone of always) sumsOf(phone)
  for (const call of calls) {
    const parts = partsOf(call.id)
    for (const { number, part } of call.extensions) {
      const phone = { plan: call.plan, extension: number }
      if (!isAsked(phone)) continue
      const sums = sumsOf(phone)
      const own = parts.filter((it) => it.extension === number)
      const talk = own.reduce((sum, it) => sum + it.talkSeconds, 0)
      sums.n[call.direction]++
      sums.seconds.talk += talk
      sums.seconds.hold += own.reduce((sum, it) => sum + it.holdSeconds, 0)
      const hasTalked = own.length > 0 ? own.some((it) => it.busy !== null) : talksBy(part, call)
      if (hasTalked) sums.n.handled++
      const offer = own.length > 0 ? (own.find((it) => it.offer !== null)?.offer ?? null) : offerBy(part, call)
      if (offer !== null) sums.n[offer === 'talked' ? 'answered' : offer]++
      addOld(sums.old, call.direction === 'inbound', talk)
    }
  }
  return phones.values().map(figuresOf).toArray()
}

const noCalls = (phone: Telephone): Sums => ({
  phone,
  n: { inbound: 0, outbound: 0, internal: 0, handled: 0, answered: 0, elsewhere: 0, missed: 0 },
  seconds: { talk: 0, hold: 0 },
  old: noOldSums(),
})

type Part = CountedCall['extensions'][number]['part']

const talksBy = (part: Part, call: CountedCall): boolean =>
  part === 'answered' || part === 'transferred' || (part === 'caller' && call.outcome === 'answered')

function offerBy(part: Part, call: CountedCall): Offer | null {
  if (part === 'caller') return null
  if (part !== 'offered') return 'talked'
  return call.outcome === 'answered' ? 'elsewhere' : 'missed'
}

function figuresOf({ phone, n, seconds, old }: Sums): PhoneFigures {
  const offered = n.answered + n.elsewhere + n.missed
  return {
    ...phone,
    calls: n.inbound + n.outbound + n.internal,
    inbound: n.inbound,
    outbound: n.outbound,
    internal: n.internal,
    handled: n.handled,
    offered,
    answered: n.answered,
    takenElsewhere: n.elsewhere,
    missed: n.missed,
    talkSeconds: seconds.talk,
    holdSeconds: seconds.hold,
    answerRate: ratio(n.answered, offered),
    averageTalk: ratio(seconds.talk, n.handled),
    old: oldPhoneFigures(old),
  }
}
