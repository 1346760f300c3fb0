import type { AttributedPart, Offer } from '../attribution.ts'
import { type CountedCall, talks } from './counted-call.ts'
import { addOld, noOldSums, type OldPhoneFigures, oldPhoneFigures, type OldSums } from './old-phone.ts'
import { type Ratio, ratio } from './ratio.ts'
import { lengthOf, type Span, unionOf } from '../worktime/spans.ts'

/** An extension, by its numbering plan (R7). */
export interface Telephone {
  readonly plan: string
  readonly extension: string
}

/** What one telephone did. A call with several telephones stands in the row of each: rows do not add up to calls. */
export interface PhoneFigures extends Telephone, CallFigures {}

/** An offer is a call that rang: the telephone talked, another one did, or nobody (a missed offer). */
export interface CallFigures {
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
  /** R4 and R5 of the older system, over calls. */
  readonly old: OldPhoneFigures
}

interface Sums {
  readonly n: Record<'inbound' | 'outbound' | 'internal' | 'handled' | 'answered' | 'elsewhere' | 'missed', number>
  readonly seconds: Record<'talk' | 'hold', number>
  readonly old: OldSums
}

/** What one telephone, or those that are asked for together, did in a call. */
interface Doing extends Record<'talk' | 'hold', number> {
  readonly hasTalked: boolean
  readonly offer: Offer | null
}

export const telephoneKey = ({ plan, extension }: Telephone): string => `${plan}\n${extension}`

/**
 * A row for each telephone, and all of them together with each call once: talked in when one of them did, missed when all that rang
 * missed it, its talk and hold the seconds in which any of them had it. `partsOf`: what attribution knows of the call's extensions;
 * none yet: their roles say what happened, and no seconds are known. `always`: telephones that have a row whether they had a call or not.
 */
export function phoneFigures(
  calls: Iterable<CountedCall>,
  partsOf: (callId: number) => readonly AttributedPart[],
  isAsked: (phone: Telephone) => boolean,
  always: readonly Telephone[] = [],
): { readonly rows: PhoneFigures[]; readonly total: CallFigures } {
  const phones = new Map<string, { readonly phone: Telephone; readonly sums: Sums }>()
  const sumsOf = (phone: Telephone): Sums => {
    const key = telephoneKey(phone)
    let found = phones.get(key)
    if (!found) phones.set(key, (found = { phone, sums: noCalls() }))
    return found.sums
  }
  for (const phone of always) sumsOf(phone)
  const total = noCalls()
  for (const call of calls) {
    const parts = partsOf(call.id)
    const doings: Doing[] = []
    const asked: AttributedPart[] = []
    for (const { number, part } of call.extensions) {
      const phone = { plan: call.plan, extension: number }
      if (!isAsked(phone)) continue
      const own = parts.filter((it) => it.extension === number)
      const doing: Doing = {
        talk: own.reduce((sum, it) => sum + it.talkSeconds, 0),
        hold: own.reduce((sum, it) => sum + it.holdSeconds, 0),
        hasTalked: own.length > 0 ? own.some((it) => it.busy !== null) : talks(part, call),
        offer: own.length > 0 ? (own.find((it) => it.offer !== null)?.offer ?? null) : offerBy(part, call),
      }
      add(sumsOf(phone), call, doing)
      doings.push(doing)
      asked.push(...own)
    }
    if (doings.length > 0) add(total, call, together(doings, asked))
  }
  return {
    rows: [...phones.values()].map(({ phone, sums }) => ({ ...phone, ...figuresOf(sums) })),
    total: figuresOf(total),
  }
}

function add({ n, seconds, old }: Sums, { direction }: CountedCall, { talk, hold, hasTalked, offer }: Doing): void {
  n[direction]++
  seconds.talk += talk
  seconds.hold += hold
  if (hasTalked) n.handled++
  if (offer !== null) n[offer === 'talked' ? 'answered' : offer]++
  addOld(old, direction === 'inbound', talk)
}

function together(doings: readonly Doing[], parts: readonly AttributedPart[]): Doing {
  const length = (spans: readonly Span[]) => lengthOf(unionOf(spans)) / 1000
  const talkOf = ({ busy, at, talkSeconds }: AttributedPart): Span => {
    const from = busy?.from ?? at
    return { from, to: from + talkSeconds * 1000 }
  }
  const holdOf = (part: AttributedPart): Span => {
    const from = talkOf(part).to
    return { from, to: from + part.holdSeconds * 1000 }
  }
  return {
    talk: length(parts.map(talkOf)),
    hold: length(parts.map(holdOf)),
    hasTalked: doings.some((it) => it.hasTalked),
    offer: (['talked', 'elsewhere', 'missed'] as const).find((it) => doings.some(({ offer }) => offer === it)) ?? null,
  }
}

const noCalls = (): Sums => ({
  n: { inbound: 0, outbound: 0, internal: 0, handled: 0, answered: 0, elsewhere: 0, missed: 0 },
  seconds: { talk: 0, hold: 0 },
  old: noOldSums(),
})

type Part = CountedCall['extensions'][number]['part']

function offerBy(part: Part, call: CountedCall): Offer | null {
  if (part === 'caller') return null
  if (part !== 'offered') return 'talked'
  return call.outcome === 'answered' ? 'elsewhere' : 'missed'
}

function figuresOf({ n, seconds, old }: Sums): CallFigures {
  const offered = n.answered + n.elsewhere + n.missed
  return {
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
