import type { Outcome } from '../call.ts'
import { type CountedCall, isHandled } from './counted-call.ts'
import { type Ratio, ratio } from './ratio.ts'
import { lengthOf, type Span } from '../worktime/spans.ts'

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

/** Work after calls: so many seconds for each handled one, or, where that is 0, what people marked; of several people, side by side. */
export interface WrapUp {
  readonly perCallSeconds: number
  readonly marked: readonly Span[]
}

export const noWrapUp: WrapUp = { perCallSeconds: 0, marked: [] }

/** In seconds, after so many handled calls. */
export const wrapUpOf = ({ perCallSeconds, marked }: WrapUp, handled: number): number =>
  perCallSeconds > 0 ? perCallSeconds * handled : lengthOf(marked) / 1000

/** The figures of a set of calls (docs/metrics.md). Everything but the first group speaks of inbound calls unless it says so. */
export interface CallSummary {
  readonly calls: number
  readonly inbound: number
  readonly outbound: number
  readonly internal: number
  /** In which somebody at the site talked, either way. */
  readonly handled: number

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
  readonly wrapUpSeconds: number
  readonly answerRate: Ratio
  readonly averageTalk: Ratio
  readonly averageWait: Ratio
  /** Talk, hold and wrap-up of the handled calls, either way ÷ their number. */
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

export function summarise(calls: Iterable<CountedCall>, rules: ServiceRules, wrapUp = noWrapUp): CallSummary {
  const directions = { inbound: 0, outbound: 0, internal: 0 }
  const outcomes: Record<Outcome, number> = { answered: 0, missed: 0, busy: 0, failed: 0, voicemail: 0, automated: 0 }
  const n = { outside: 0, short: 0, answeredInTime: 0, leftInTime: 0, transferred: 0, reached: 0, handled: 0 }
  const seconds = { talk: 0, hold: 0, answeredTalk: 0, answeredWait: 0, reachedTalk: 0, handling: 0 }
  for (const call of calls) {
    directions[call.direction]++
    seconds.talk += call.talkSeconds
    seconds.hold += call.holdSeconds
    if (isHandled(call)) {
      n.handled++
      seconds.handling += call.talkSeconds + call.holdSeconds
    }
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
      seconds.answeredWait += call.waitSeconds
    } else if (isAbandoned(call)) {
      if (isInTime) n.leftInTime++
      if (call.waitSeconds <= rules.shortSeconds) n.short++
    }
  }
  const { answered, ...missedBy } = outcomes
  const afterCalls = wrapUpOf(wrapUp, n.handled)
  const abandoned = outcomes.missed + outcomes.automated
  return {
    calls: directions.inbound + directions.outbound + directions.internal,
    ...directions,
    handled: n.handled,
    answered,
    answeredOutside: n.outside,
    missed: directions.inbound - answered,
    missedBy,
    abandoned,
    abandonedShort: n.short,
    talkSeconds: seconds.talk,
    holdSeconds: seconds.hold,
    wrapUpSeconds: afterCalls,
    answerRate: ratio(answered, directions.inbound),
    averageTalk: ratio(seconds.answeredTalk, answered),
    averageWait: ratio(seconds.answeredWait, answered),
    averageHandling: ratio(seconds.handling + afterCalls, n.handled),
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
