import { numberKey } from '../call.ts'
import type { CountedCall } from './counted-call.ts'
import type { MissedDone } from './missed-done.ts'
import { type Ratio, ratio } from './ratio.ts'

/** What became of a missed call's number; in this order the first that holds decides, then `tried`, then `open`. */
export type MissedState = 'returned' | 'called-again' | 'done' | 'tried' | 'open' | 'expired' | 'unknown'

export const returnWindowHours = 24

export interface MissedRules {
  /** How long after a missed call its return counts. */
  readonly windowMs: number
  readonly now: number
  /** Who ticked a missed call off; null: nobody. */
  readonly doneBy: (call: CountedCall) => MissedDone | null
  /** The place of a source: a call is returned by anyone at the same site. */
  readonly siteOf: (sourceId: number) => string
}

/** What became of a missed call, or of a number's missed calls. */
interface Fate {
  readonly state: MissedState
  /** The call that settled it. */
  readonly by: CountedCall | null
  readonly done: MissedDone | null
  /** From the end of the missed call to the start of the one that settled it. */
  readonly afterSeconds: number | null
}

export interface MissedCall extends Fate {
  readonly call: CountedCall
  readonly site: string
  /** Outbound calls to its number in the window. */
  readonly attempts: readonly CountedCall[]
}

export interface MissedNumber extends Fate {
  /** As the exchange wrote it last; null: the calls without a number, together. */
  readonly number: string | null
  /** Where it called; empty: of sources that have no site. Null: calls without a number, wherever they were. */
  readonly site: string | null
  readonly missed: number
  readonly firstAt: number
  readonly lastAt: number
  /** Settled only when each of its missed calls is: otherwise that of the newest one that is not, and so is all that is said of it. */
  readonly state: MissedState
  readonly attempts: number
  readonly lastAttemptAt: number | null
  /** Each of its missed calls was returned, or the caller called again and was answered. */
  readonly allReturned: boolean
}

/** `later`: outbound calls and answered inbound ones of the site, from the period's begin to the window after its last call's end. */
export function missedCalls(
  missed: readonly CountedCall[],
  later: readonly CountedCall[],
  rules: MissedRules,
): MissedCall[] {
  const keyOf = (call: CountedCall, number: string) => `${rules.siteOf(call.sourceId)}\n${numberKey(number)}`
  const answers = new Map<string, CountedCall[]>()
  for (const call of later) {
    const number = call.direction === 'outbound' ? call.to : call.direction === 'inbound' ? call.from : null
    if (number === null || (call.direction === 'inbound' && call.outcome !== 'answered')) continue
    const key = keyOf(call, number)
    const of = answers.get(key)
    if (of) of.push(call)
    else answers.set(key, [call])
  }
  for (const of of answers.values()) of.sort((a, b) => a.startedAt - b.startedAt || a.id - b.id)
  return missed
    .map((call): MissedCall => {
      const site = rules.siteOf(call.sourceId)
      if (call.from !== null) return { call, site, ...fateOf(call, answers.get(keyOf(call, call.from)) ?? [], rules) }
      return { call, site, state: 'unknown', by: null, done: null, afterSeconds: null, attempts: [] }
    })
    .toSorted((a, b) => a.call.startedAt - b.call.startedAt || a.call.id - b.call.id)
}

/** Each number of a site once, the calls without one together at the end. */
export function missedNumbers(calls: readonly MissedCall[]): MissedNumber[] {
  const numbers = Map.groupBy(calls, ({ call: { from }, site }) =>
    from === null ? null : `${site}\n${numberKey(from)}`,
  )
  return [...numbers.values()].map(numberOf).toSorted(unknownLast)
}

function fateOf(
  call: CountedCall,
  later: readonly CountedCall[],
  rules: MissedRules,
): Omit<MissedCall, 'call' | 'site'> {
  const until = call.endedAt + rules.windowMs
  const inWindow = later.filter((it) => it.startedAt <= until && it.id !== call.id)
  const attempts = inWindow.filter((it) => it.direction === 'outbound' && it.startedAt >= call.endedAt)
  const settledBy = (state: MissedState, by: CountedCall) => ({
    state,
    by,
    done: null,
    // Who calls again while the first call still rings has not been kept waiting.
    afterSeconds: Math.max(0, (by.startedAt - call.endedAt) / 1000),
    attempts,
  })
  const returned = attempts.find((it) => it.outcome === 'answered')
  if (returned) return settledBy('returned', returned)
  const again = inWindow.find((it) => it.direction === 'inbound' && it.startedAt > call.startedAt)
  if (again) return settledBy('called-again', again)
  const done = rules.doneBy(call)
  const fate = { by: null, done, afterSeconds: null, attempts }
  if (done) return { ...fate, state: 'done' }
  if (rules.now > until) return { ...fate, state: 'expired' }
  return { ...fate, state: attempts.length > 0 ? 'tried' : 'open' }
}

const isSettled = ({ state }: { readonly state: MissedState }): boolean =>
  state === 'returned' || state === 'called-again' || state === 'done'

/** `calls`: of one number, in order. */
function numberOf(calls: readonly MissedCall[]): MissedNumber {
  const [first, last] = [calls[0], calls.at(-1)] as [MissedCall, MissedCall]
  const { state, by, done, afterSeconds } = calls.findLast((it) => !isSettled(it)) ?? last
  const attempts = new Map(calls.flatMap((it) => it.attempts).map((it) => [it.id, it.startedAt]))
  return {
    number: last.call.from,
    site: last.call.from === null ? null : last.site,
    missed: calls.length,
    firstAt: first.call.startedAt,
    lastAt: last.call.startedAt,
    state,
    by,
    done,
    afterSeconds,
    attempts: attempts.size,
    lastAttemptAt: attempts.size === 0 ? null : Math.max(...attempts.values()),
    allReturned: calls.every((it) => it.state === 'returned' || it.state === 'called-again'),
  }
}

const unknownLast = (a: MissedNumber, b: MissedNumber): number =>
  Number(a.number === null) - Number(b.number === null) || a.firstAt - b.firstAt

/** Numbers all of whose missed calls were returned or called again and answered ÷ numbers with missed calls; none without number. */
export function missedReturnedRate(numbers: readonly MissedNumber[]): Ratio {
  const known = numbers.filter(({ number }) => number !== null)
  return ratio(known.filter((it) => it.allReturned).length, known.length)
}
