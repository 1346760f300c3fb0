import type { AttributedPart, AttributionState } from './attribution.ts'
import type { Direction } from './call.ts'

/**
 * What calls add to one row of the rollup `person_quarter` (R17): rows are per person, UTC quarter hour, direction and state.
 * **Counts** stand in the quarter in which the call starts, each call once per person: two telephones of one person in a call are
 * one call, and its state is `on-shift` if any of the person's parts is. **Seconds** stand where they lie, by the state of
 * their own part. Nothing of what is `off-shift`, nobody's or not counted.
 */
export interface PersonQuarter {
  readonly employeeId: number
  readonly quarter: number
  readonly direction: Direction
  readonly state: Exclude<AttributionState, 'off-shift' | 'no-holder'>
  readonly calls: number
  /** Calls in which the person talked, whoever began. */
  readonly handled: number
  /** Calls in which a telephone of the person rang and talked. */
  readonly answered: number
  /** Calls in which a telephone of the person rang. */
  readonly offered: number
  /** Of these, those in which nobody talked. */
  readonly missed: number
  readonly talk: number
  readonly hold: number
}

type Sum = { -readonly [K in keyof PersonQuarter]: PersonQuarter[K] }
type CountedPart = AttributedPart & Pick<PersonQuarter, 'employeeId' | 'state'>

export const quarterMs = 900_000

/** Whole calls: all parts of each. In order of the rows' key. */
export const personQuarters = (parts: readonly AttributedPart[]): PersonQuarter[] => personQuarterDeltas([], parts)

/** New minus old; rows that do not change are left out. */
export function personQuarterDeltas(
  before: readonly AttributedPart[],
  after: readonly AttributedPart[],
): PersonQuarter[] {
  const sums = new Map<string, Sum>()
  add(sums, before, -1)
  add(sums, after, 1)
  return [...sums.values()]
    .filter((it) => it.calls || it.handled || it.answered || it.offered || it.missed || it.talk || it.hold)
    .sort(
      (a, b) =>
        a.employeeId - b.employeeId ||
        a.quarter - b.quarter ||
        compare(a.direction, b.direction) ||
        compare(a.state, b.state),
    )
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function add(sums: Map<string, Sum>, parts: readonly AttributedPart[], sign: 1 | -1): void {
  const rowOf = ({ employeeId, direction }: CountedPart, quarter: number, state: PersonQuarter['state']): Sum => {
    const key = `${employeeId} ${quarter} ${direction} ${state}`
    let sum = sums.get(key)
    if (!sum) {
      sum = { employeeId, quarter, direction, state, ...none }
      sums.set(key, sum)
    }
    return sum
  }
  const calls = new Map<string, CountedPart[]>()
  for (const part of parts) {
    if (!isCounted(part)) continue
    const call = `${part.callId} ${part.employeeId}`
    const list = calls.get(call)
    if (list) list.push(part)
    else calls.set(call, [part])
    for (const [quarter, talk, hold] of secondsByQuarter(part)) {
      const row = rowOf(part, quarter, part.state)
      row.talk += sign * talk
      row.hold += sign * hold
    }
  }
  for (const list of calls.values()) {
    const first = list[0] as CountedPart
    const state = list.some((it) => it.state === 'on-shift') ? 'on-shift' : 'on-break'
    const row = rowOf(first, Math.floor(first.startedAt / quarterMs), state)
    row.calls += sign
    if (list.some((it) => it.busy !== null)) row.handled += sign
    if (list.some((it) => it.offer === 'talked')) row.answered += sign
    if (list.some((it) => it.offer !== null)) row.offered += sign
    if (list.some((it) => it.offer === 'missed')) row.missed += sign
  }
}

const none = { calls: 0, handled: 0, answered: 0, offered: 0, missed: 0, talk: 0, hold: 0 } as const

const isCounted = (part: AttributedPart): part is CountedPart =>
  part.counted && part.employeeId !== null && (part.state === 'on-shift' || part.state === 'on-break')

/** [quarter, talk, hold]: talk goes before hold. */
function* secondsByQuarter(part: AttributedPart): Generator<[number, number, number]> {
  const { busy, at, ringSeconds, talkSeconds, holdSeconds } = part
  const from = busy?.from ?? at + ringSeconds * 1000
  const length = talkSeconds + holdSeconds
  for (let done = 0; done < length; ) {
    const quarter = Math.floor((from + done * 1000) / quarterMs)
    // A second that a quarter's end cuts through counts where it begins.
    const until = Math.min(length, Math.ceil(((quarter + 1) * quarterMs - from) / 1000))
    const talk = Math.max(0, Math.min(until, talkSeconds) - done)
    yield [quarter, talk, until - done - talk]
    done = until
  }
}
