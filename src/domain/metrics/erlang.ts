import { type Ratio, ratio } from './ratio.ts'

/**
 * What queueing theory expects of a load and a staff (A. K. Erlang, 1917). Calls come by chance, whoever finds nobody free waits and
 * does not hang up: where callers do, fewer wait and shorter.
 */
export interface ErlangC {
  /** People who take calls: whole ones. Null: not known. */
  readonly staff: number | null
  /** E, in erlang: offered calls × average handling ÷ the time in which they came. */
  readonly load: Ratio
  /** Null: there is no load, or it is not below the staff, and the queue grows without end. */
  readonly waiting: number | null
  readonly serviceLevel: number | null
  readonly averageWaitSeconds: number | null
}

/** The share of calls that find all lines taken: B₀ = 1; Bₙ = E·Bₙ₋₁ ÷ (n + E·Bₙ₋₁). */
export function erlangB(load: number, lines: number): number {
  let blocked = 1
  for (let n = 1; n <= lines; n++) blocked = (load * blocked) / (n + load * blocked)
  return blocked
}

interface Queue {
  readonly staff: number | null
  readonly calls: number
  readonly averageHandling: Ratio
  /** In which the calls came. */
  readonly seconds: number
  /** T of the service level. */
  readonly withinSeconds: number
}

/** C = B ÷ (1 − (E÷N)(1 − B)); SL = 1 − C·e^(−(N−E)·T÷AHT); ASA = C·AHT ÷ (N−E). */
export function erlangC({ staff, calls, averageHandling, seconds, withinSeconds }: Queue): ErlangC {
  const handling = averageHandling.value
  const load = ratio(handling === null ? 0 : calls * handling, handling === null || seconds <= 0 ? 0 : seconds)
  const e = load.value ?? 0
  const free = (staff ?? 0) - e
  if (staff === null || !handling || e === 0 || free <= 0)
    return { staff, load, waiting: null, serviceLevel: null, averageWaitSeconds: null }
  const blocked = erlangB(e, staff)
  const waiting = blocked / (1 - (e / staff) * (1 - blocked))
  return {
    staff,
    load,
    waiting,
    serviceLevel: 1 - waiting * Math.exp((-free * withinSeconds) / handling),
    averageWaitSeconds: (waiting * handling) / free,
  }
}
