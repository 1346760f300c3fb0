import { SmenaError } from '../domain/errors.ts'
import { storeMends } from '../domain/store-mends.ts'
import { attributeCalls } from './attribute-calls.ts'
import { isNewestReading, type Sources } from './sources.ts'
import { type DueRange, monthOf, type RangePlace, type SourceRow, type Store, type StoreTransaction } from './store.ts'

/**
 * The loop that gives calls to people. It reads no log and knows no position: whoever changes a call writes it down as due in
 * the same transaction, and whoever changes who held an extension writes down its range (R1). Its states:
 *
 *     walking ──nothing is due──▶ waiting ──woken, or a second later──▶ walking
 *        │ store away: wait, longer each time, then walk again
 *
 * One step is one transaction over one source: its lock, pieces of ranges made due, up to 500 due calls worked out from
 * what is committed now, their rows and what these add to rollups replaced, the due rows deleted. A step that did not commit has changed nothing, one that is
 * done twice gives the same rows, and two processes that come for one source take their steps one after the other.
 */
export interface AttributeOptions {
  readonly store: Store
  readonly sources: Sources
  readonly now: () => number
  readonly report: (event: AttributeEvent) => void
  /** How long a shift that nobody ends counts; absent: `shiftAtMostMs`. */
  readonly shiftAtMostMs?: number
}

export type AttributeEvent =
  | { readonly kind: 'attributed'; readonly source: string; readonly calls: number; readonly seconds: number }
  | { readonly kind: 'trouble'; readonly error: SmenaError }
  | { readonly kind: 'recovered' }

/** Calls of a step, also while the exchange is sending: its records wait for no more than such a step. */
const callsAtMost = 500
const callsAtMostBusy = 100
const idleMs = 1000
/** Between two walks: calls that come one by one are taken together, not in a transaction each. */
const restMs = 100
const firstPauseMs = 100
const longestPauseMs = 5000

export class Attributor {
  readonly #options: AttributeOptions
  /** The last call taken of each source: the queue is gone through in a circle, past what was deleted a moment ago. */
  readonly #after = new Map<number, number>()
  #wake: (() => void) | null = null
  #woken = false
  #closed = false

  constructor(options: AttributeOptions) {
    this.#options = options
  }

  /** There may be calls due. */
  wake(): void {
    this.#woken = true
    this.#wake?.()
  }

  /** Ends `run` after the step under way. */
  close(): void {
    this.#closed = true
    this.wake()
  }

  /** Runs until closed. Throws only what must end the process. */
  async run(): Promise<void> {
    let pauseMs = 0
    const succeeded = () => {
      if (pauseMs > 0) this.#options.report({ kind: 'recovered' })
      pauseMs = 0
    }
    while (!this.#closed) {
      try {
        this.#woken = false
        await this.#walk(succeeded)
        if (!this.#woken) await this.#pause(idleMs)
        await this.#rest()
      } catch (error) {
        if (!(error instanceof SmenaError) || error.remedy !== 'retry') throw error
        if (pauseMs === 0) this.#options.report({ kind: 'trouble', error })
        pauseMs = Math.min(longestPauseMs, Math.max(firstPauseMs, pauseMs * 2))
        await this.#pause(pauseMs)
      }
    }
  }

  /** Takes what is due, to its end or until closed. What a store that is away keeps from it stays due. */
  async drain(): Promise<void> {
    try {
      await this.#walk(() => undefined)
    } catch (error) {
      if (!(error instanceof SmenaError) || error.remedy !== 'retry') throw error
    }
  }

  /** A step of each source by turns, until nothing is due. */
  async #walk(succeeded: () => void): Promise<void> {
    const { store } = this.#options
    await store.dealDueRanges()
    for (;;) {
      let due = await store.dueSources()
      if (due.length === 0) return succeeded()
      // Those that have more to do go on; others are looked for every second.
      const until = performance.now() + idleMs
      while (due.length > 0 && performance.now() < until) {
        const more: SourceRow[] = []
        for (const source of due) {
          if (this.#closed) return
          if (await this.#step(source)) more.push(source)
          succeeded()
        }
        due = more
      }
    }
  }

  /** True when there was more than one step could take. */
  async #step(source: SourceRow): Promise<boolean> {
    const { store, sources, now, report } = this.#options
    const known = await sources.named(source.name)
    // Another source may have the name by now.
    const readings = known.id === source.id ? known : await sources.again(source)
    const started = performance.now()
    const after = this.#after.get(source.id) ?? 0
    const atMost = store.liveIsBusy() ? callsAtMostBusy : callsAtMost
    const step = await store.transaction(source.id, 'bulk', async (tx) => {
      const { readingVersion } = await tx.holdSource()
      if (!isNewestReading(readings, readingVersion)) return { newest: readingVersion }
      const isExpanded = await expandRanges(tx, atMost)
      const ids = await tx.dueCalls(after, atMost)
      if (ids.length > 0) {
        await attributeCalls(tx, readings, ids, this.#options.shiftAtMostMs)
        await tx.removeDue(ids)
        await tx.addChange(ids, now())
      }
      return { ids, isExpanded }
    })
    if ('newest' in step) {
      // Versions are only added: what is not there now never comes, and would be waited for in a loop.
      const found = (await sources.again(source)).versions.at(-1)?.version ?? 0
      if (found < step.newest)
        throw new SmenaError('store-broken', {
          cause: `${source.name} has no reading of version ${step.newest}`,
          mend: storeMends.disk,
        })
      return true
    }
    const { ids, isExpanded } = step
    this.#after.set(source.id, ids.length < atMost ? 0 : (ids.at(-1) as number))
    const seconds = (performance.now() - started) / 1000
    if (ids.length > 0) report({ kind: 'attributed', source: source.name, calls: ids.length, seconds })
    return ids.length === atMost || !isExpanded
  }

  async #rest(): Promise<void> {
    const until = performance.now() + restMs
    for (let left = restMs; left > 0 && !this.#closed; left = until - performance.now()) await this.#pause(left)
  }

  #pause(ms: number): Promise<void> {
    if (this.#closed) return Promise.resolve()
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        this.#wake = null
        resolve()
      }
      const timer = setTimeout(done, ms)
      this.#wake = done
    })
  }
}

const monthsAtMost = 24
const rangesAtMost = 100
const dayMs = 86_400_000
/** A call that began before the range may reach into it: nobody talks for longer than this. */
const callMsAtMost = 31 * dayMs

/** What one step may spend on ranges. */
interface Room {
  calls: number
  months: number
}

/**
 * Makes calls of ranges due, as much as a step has room for: of short ones many, of years of one a piece. False: there is more. A
 * press of a button makes a range for each telephone of the person, so that a transaction for each would be mostly waiting.
 */
async function expandRanges(tx: StoreTransaction, calls: number): Promise<boolean> {
  const room: Room = { calls, months: monthsAtMost }
  for (let n = 0; n < rangesAtMost && room.calls > 0 && room.months > 0; n++) {
    const range = await tx.dueRange()
    if (!range) return true
    await expand(tx, range, room)
  }
  return false
}

async function expand(tx: StoreTransaction, range: DueRange, room: Room): Promise<void> {
  const months = await tx.callMonths()
  if (!months) return tx.moveDueRange(range.id, null)
  const last = range.to === null ? months.last : Math.min(months.last, monthOf(range.to))
  let place: RangePlace = range.done ?? {
    month: Math.max(months.first, monthOf(range.from - callMsAtMost)),
    callId: 0,
  }
  while (room.months > 0 && place.month <= last && room.calls > 0) {
    const ids = await tx.callIdsInRange(range, place, room.calls)
    if (ids.length > 0) await tx.addDue(ids, [])
    place = ids.length < room.calls ? { month: place.month + 1, callId: 0 } : { ...place, callId: ids.at(-1) as number }
    room.calls -= ids.length
    room.months--
  }
  await tx.moveDueRange(range.id, place.month <= last ? place : null)
}
