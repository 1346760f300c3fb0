import type { Outcome } from '../call.ts'
import type { CountedCall } from './counted-call.ts'
import { type Ratio, ratio } from './ratio.ts'

/** The two thresholds of the service level, in seconds: how soon an answer is in time, how soon a hang-up is nobody's fault. */
export interface ServiceRules {
  readonly serviceLevelSeconds: number
  readonly shortSeconds: number
}

export const usualServiceRules: ServiceRules = { serviceLevelSeconds: 20, shortSeconds: 5 }

/** Either threshold as somebody set it; null: not said. */
export interface ServiceSettings {
  readonly serviceLevelSeconds: number | null
  readonly shortSeconds: number | null
}

/** Each threshold by the first that says it, else the usual one. */
export function serviceRules(...settings: readonly ServiceSettings[]): ServiceRules {
  const said = (name: keyof ServiceSettings) =>
    settings.find((it) => it[name] !== null)?.[name] ?? usualServiceRules[name]
  return { serviceLevelSeconds: said('serviceLevelSeconds'), shortSeconds: said('shortSeconds') }
}

/** The figures of a set of calls (docs/metrics.md). Everything but the first group speaks of inbound calls unless it says so. */
export interface CallSummary {
  readonly calls: number
  readonly inbound: number
  readonly outbound: number
  readonly internal: number

  readonly answered: number
  /** Of those that were answered: forwarded out and answered there. */
  readonly answeredOutside: number
  /** Inbound and not answered; by outcome beside it. */
  readonly missed: number
  readonly missedBy: Readonly<Record<Exclude<Outcome, 'answered'>, number>>
  /** The caller left without a person and without a message: outcome `missed` or `automated`. */
  readonly abandoned: number
  readonly abandonedShort: number

  readonly talkSeconds: number
  readonly holdSeconds: number
  readonly answerRate: Ratio
  readonly averageTalk: Ratio
  readonly averageWait: Ratio
  readonly averageHandling: Ratio
  readonly abandonRate: Ratio
  readonly abandonRateNet: Ratio
  readonly serviceLevel: Ratio
  readonly serviceLevel2: Ratio
  readonly serviceLevel3: Ratio
  readonly serviceLevel4: Ratio
  readonly transferRate: Ratio

  /** Outbound: the far party answered. */
  readonly reached: number
  readonly reachedRate: Ratio
  readonly averageTalkOut: Ratio
}

export function summarise(calls: Iterable<CountedCall>, rules: ServiceRules): CallSummary {
  const directions = { inbound: 0, outbound: 0, internal: 0 }
  const outcomes: Record<Outcome, number> = { answered: 0, missed: 0, busy: 0, failed: 0, voicemail: 0, automated: 0 }
  const n = { outside: 0, short: 0, answeredInTime: 0, leftInTime: 0, transferred: 0, reached: 0 }
  const seconds = { talk: 0, hold: 0, answeredTalk: 0, answeredHold: 0, answeredWait: 0, reachedTalk: 0 }
  for (const call of calls) {
    directions[call.direction]++
    seconds.talk += call.talkSeconds
    seconds.hold += call.holdSeconds
    const isAnswered = call.outcome === 'answered'
    if (call.direction === 'outbound' && isAnswered) {
      n.reached++
      seconds.reachedTalk += call.talkSeconds
    }
    if (call.direction !== 'inbound') continue
    outcomes[call.outcome]++
    const isInTime = call.waitSeconds <= rules.serviceLevelSeconds
    if (isAnswered) {
      if (call.answeredOutside) n.outside++
      if (isInTime) n.answeredInTime++
      if (isTransferred(call)) n.transferred++
      seconds.answeredTalk += call.talkSeconds
      seconds.answeredHold += call.holdSeconds
      seconds.answeredWait += call.waitSeconds
    } else if (isAbandoned(call)) {
      if (isInTime) n.leftInTime++
      if (call.waitSeconds <= rules.shortSeconds) n.short++
    }
  }
  const { answered, ...missedBy } = outcomes
  const abandoned = outcomes.missed + outcomes.automated
  return {
    calls: directions.inbound + directions.outbound + directions.internal,
    ...directions,
    answered,
    answeredOutside: n.outside,
    missed: directions.inbound - answered,
    missedBy,
    abandoned,
    abandonedShort: n.short,
    talkSeconds: seconds.talk,
    holdSeconds: seconds.hold,
    answerRate: ratio(answered, directions.inbound),
    averageTalk: ratio(seconds.answeredTalk, answered),
    averageWait: ratio(seconds.answeredWait, answered),
    averageHandling: ratio(seconds.answeredTalk + seconds.answeredHold, answered),
    abandonRate: ratio(abandoned, answered + abandoned),
    abandonRateNet: ratio(abandoned - n.short, answered + abandoned - n.short),
    serviceLevel: ratio(n.answeredInTime, answered + abandoned - n.short),
    serviceLevel2: ratio(n.answeredInTime, answered + abandoned),
    serviceLevel3: ratio(n.answeredInTime, answered),
    serviceLevel4: ratio(n.answeredInTime + n.leftInTime, answered + abandoned),
    transferRate: ratio(n.transferred, answered),
    reached: n.reached,
    reachedRate: ratio(n.reached, directions.outbound),
    averageTalkOut: ratio(seconds.reachedTalk, n.reached),
  }
}

const isAbandoned = ({ outcome }: CountedCall): boolean => outcome === 'missed' || outcome === 'automated'

/** Two or more own extensions talked, and not because they met in a conference. A consultation leaves no such trace. */
const isTransferred = ({ extensions, conference }: CountedCall): boolean =>
  conference === null && extensions.filter(({ part }) => part === 'answered' || part === 'transferred').length >= 2
