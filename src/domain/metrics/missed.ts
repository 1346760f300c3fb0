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

interface Fate {
  readonly call: CountedCall
  readonly state: MissedState
  /** The call that settled it. */
  readonly by: CountedCall | null
  readonly done: MissedDone | null
  readonly attempts: readonly CountedCall[]
}

export interface MissedNumber {
  /** As the exchange wrote it last; null: the calls without a number, together. */
  readonly number: string | null
  readonly missed: number
  readonly firstAt: number
  readonly lastAt: number
  /** Settled only when each of its missed calls is: otherwise that of the newest one that is not. */
  readonly state: MissedState
  /** Of the call whose state it is. */
  readonly by: CountedCall | null
  readonly done: MissedDone | null
  readonly afterSeconds: number | null
  readonly attempts: number
  readonly lastAttemptAt: number | null
  /** Each of its missed calls was returned, or the caller called again and was answered. */
  readonly allReturned: boolean
}

/** `later`: outbound calls and answered inbound ones of the site, from the period's begin to the window after its last call's end. */
export function missedNumbers(
  missed: readonly CountedCall[],
  later: readonly CountedCall[],
  rules: MissedRules,
): MissedNumber[] {
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
  const numbers = new Map<string | null, Fate[]>()
  for (const call of missed) {
    const key = call.from === null ? null : keyOf(call, call.from)
    const fate: Fate =
      key === null
        ? { call, state: 'unknown', by: null, done: null, attempts: [] }
        : fateOf(call, answers.get(key) ?? [], rules)
    const of = numbers.get(key)
    if (of) of.push(fate)
    else numbers.set(key, [fate])
  }
  return [...numbers].map(([key, fates]) => numberOf(key, fates)).toSorted(unknownLast)
}

function fateOf(call: CountedCall, later: readonly CountedCall[], rules: MissedRules): Fate {
  const until = call.endedAt + rules.windowMs
  const inWindow = later.filter((it) => it.startedAt <= until && it.id !== call.id)
  const attempts = inWindow.filter((it) => it.direction === 'outbound' && it.startedAt >= call.endedAt)
  const fate = { call, by: null, done: null, attempts }
  const returned = attempts.find((it) => it.outcome === 'answered')
  if (returned) return { ...fate, state: 'returned', by: returned }
  const again = inWindow.find((it) => it.direction === 'inbound' && it.startedAt > call.startedAt)
  if (again) return { ...fate, state: 'called-again', by: again }
  const done = rules.doneBy(call)
  if (done) return { ...fate, state: 'done', done }
  if (rules.now > until) return { ...fate, state: 'expired' }
  return { ...fate, state: attempts.length > 0 ? 'tried' : 'open' }
}

const isSettled = ({ state }: { readonly state: MissedState }): boolean =>
  state === 'returned' || state === 'called-again' || state === 'done'

function numberOf(key: string | null, fates: readonly Fate[]): MissedNumber {
  const inOrder = fates.toSorted((a, b) => a.call.startedAt - b.call.startedAt || a.call.id - b.call.id)
  const last = inOrder.at(-1) as Fate
  const decisive = inOrder.findLast((it) => !isSettled(it)) ?? last
  const attempts = new Map(inOrder.flatMap((it) => it.attempts).map((it) => [it.id, it.startedAt]))
  const { by, call, done, state } = decisive
  return {
    number: key === null ? null : last.call.from,
    missed: inOrder.length,
    firstAt: (inOrder[0] as Fate).call.startedAt,
    lastAt: last.call.startedAt,
    state,
    by,
    done,
    // Who calls again while the first call still rings has not been kept waiting.
    afterSeconds: by && Math.max(0, (by.startedAt - call.endedAt) / 1000),
    attempts: attempts.size,
    lastAttemptAt: attempts.size === 0 ? null : Math.max(...attempts.values()),
    allReturned: inOrder.every((it) => it.state === 'returned' || it.state === 'called-again'),
  }
}

const unknownLast = (a: MissedNumber, b: MissedNumber): number =>
  Number(a.number === null) - Number(b.number === null) || a.firstAt - b.firstAt

/** Numbers all of whose missed calls were returned or called again and answered ÷ numbers with missed calls; none without number. */
export function missedReturnedRate(numbers: readonly MissedNumber[]): Ratio {
  const known = numbers.filter(({ number }) => number !== null)
  return ratio(known.filter((it) => it.allReturned).length, known.length)
}
