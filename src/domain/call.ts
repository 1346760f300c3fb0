/**
 * A **call** is what people mean by the word: everything between the first ring and the last hang-up, made from one or
 * more segments. Counting is done in calls.
 */

export type CallKind = 'call' | 'twin-leg' | 'conference-leg' | 'service' | 'wake-up' | 'transit'
export type Direction = 'inbound' | 'outbound' | 'internal'
export type Outcome = 'answered' | 'missed' | 'busy' | 'failed' | 'voicemail' | 'automated'
export type Doubt = 'ambiguous-hour' | 'skipped-hour' | 'answer-includes-ringing' | 'analogue-answer'

export const callKinds: readonly CallKind[] = ['call', 'twin-leg', 'conference-leg', 'service', 'wake-up', 'transit']
export const directions: readonly Direction[] = ['inbound', 'outbound', 'internal']
export const outcomes: readonly Outcome[] = ['answered', 'missed', 'busy', 'failed', 'voicemail', 'automated']

/** What an own extension did in a call. Each extension has one part: the first of these that is true of it. */
export type ExtensionPart = 'caller' | 'answered' | 'transferred' | 'offered'

export interface Extension {
  readonly number: string
  readonly part: ExtensionPart
}

/** A call as a format assembles it from its segments: everything but its place in the store. Instants are UTC milliseconds. */
export interface Call {
  /** The exchange's own name of the call, as text. Not unique for ever. */
  readonly exchangeCallId: string
  readonly kind: CallKind
  readonly direction: Direction
  readonly outcome: Outcome
  /** Numbers as the exchange wrote them, cut at `@`; withheld: null. */
  readonly from: string | null
  readonly fromName: string | null
  readonly to: string | null
  /** Where the exchange was to send the call, in order, each once. */
  readonly targets: readonly string[]
  /** The extension that answered first; null if nobody at the site did (always null for outbound). */
  readonly answeredBy: string | null
  readonly answeredOutside: boolean
  /** Own extensions that were offered the call or took part, in order of appearance, each once. */
  readonly extensions: readonly Extension[]
  readonly startedAt: number
  /** `startedAt` + `waitSeconds`; null unless `answered`. */
  readonly answeredAt: number | null
  readonly endedAt: number
  readonly ringSeconds: number
  readonly waitSeconds: number
  readonly talkSeconds: number
  readonly holdSeconds: number
  readonly parkSeconds: number
  readonly machineSeconds: number
  /** Number of the conference, as text. */
  readonly conference: string | null
  readonly segments: number
  readonly doubtful: readonly Doubt[]
  /** No further record is expected from this instant on; null: not known (the closing record has not come). */
  readonly completeAt: number | null
}

/** A number in a call and its role there; `plan` is null for a number outside. One row per call, role and number. */
export interface Party {
  readonly role: 'from' | 'to' | 'target' | ExtensionPart
  readonly plan: string | null
  readonly number: string
}

export function partiesOf(call: Call, plan: string, isInternal: (number: string) => boolean): Party[] {
  const parties: Party[] = []
  const planOf = (number: string) => (isInternal(number) ? plan : null)
  if (call.from !== null) parties.push({ role: 'from', plan: planOf(call.from), number: call.from })
  if (call.to !== null) parties.push({ role: 'to', plan: planOf(call.to), number: call.to })
  for (const number of call.targets) parties.push({ role: 'target', plan: planOf(number), number })
  for (const { number, part } of call.extensions) parties.push({ role: part, plan, number })
  return parties
}

/**
 * What two numbers have in common when they are the same: the last ten digits; all digits when there are fewer. `+7`, `8` and a
 * prefix `9` do not matter. A number without digits has itself as its key (a SIP name is a number too).
 */
export function numberKey(number: string): string {
  const digits = number.replace(/\D+/gu, '')
  return digits === '' ? number : digits.slice(-10)
}

/** What a call adds to one row of the rollup `call_quarter`: rows are per source, UTC quarter hour, direction and outcome. */
export interface Contribution {
  readonly quarter: number
  readonly direction: Direction
  readonly outcome: Outcome
  readonly calls: number
  readonly talk: number
  readonly ring: number
  readonly wait: number
  readonly hold: number
  readonly park: number
  readonly machine: number
}

const quarterMs = 900_000

/** Each call once, in the quarter hour in which it starts; only `kind` call counts. */
export function contributionsOf(
  call: Pick<
    Call,
    | 'kind'
    | 'direction'
    | 'outcome'
    | 'startedAt'
    | 'talkSeconds'
    | 'ringSeconds'
    | 'waitSeconds'
    | 'holdSeconds'
    | 'parkSeconds'
    | 'machineSeconds'
  >,
): Contribution[] {
  if (call.kind !== 'call') return []
  return [
    {
      quarter: Math.floor(call.startedAt / quarterMs),
      direction: call.direction,
      outcome: call.outcome,
      calls: 1,
      talk: call.talkSeconds,
      ring: call.ringSeconds,
      wait: call.waitSeconds,
      hold: call.holdSeconds,
      park: call.parkSeconds,
      machine: call.machineSeconds,
    },
  ]
}
