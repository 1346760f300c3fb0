import type { Lane } from '../../pipeline/store.ts'

/**
 * Who may write next. One holder at a time; a live batch goes before a waiting bulk batch, also one that is made in the moment
 * after another: an import delays the exchange's records by no more than the batch that it is in (R16).
 */
export class Turns {
  #held = false
  readonly #waiting: Readonly<Record<Lane, (() => void)[]>> = { live: [], bulk: [] }

  async take(lane: Lane): Promise<() => void> {
    // On an engine that never waits a bulk lane would go on from batch to batch without anybody else being heard.
    if (lane === 'bulk') await new Promise((resolve) => setImmediate(resolve))
    if (this.#held) await new Promise<void>((resolve) => this.#waiting[lane].push(resolve))
    this.#held = true
    return () => {
      const live = this.#waiting.live.shift()
      // The turn passes from hand to hand: nobody who comes in between can take it.
      if (live) return live()
      this.#held = false
      if (this.#waiting.bulk.length > 0) setImmediate(() => this.#passToBulk())
    }
  }

  #passToBulk(): void {
    if (this.#held) return
    const bulk = this.#waiting.bulk.shift()
    this.#held = bulk !== undefined
    bulk?.()
  }
}

/** Tells whether batches of a lane come: one that came within the last second says so. */
export class Traffic {
  #lastAt = Number.NEGATIVE_INFINITY

  note(): void {
    this.#lastAt = performance.now()
  }

  isBusy(): boolean {
    return performance.now() - this.#lastAt < 1000
  }
}
