import type { Lane } from '../../pipeline/store.ts'

/**
 * Who may write next. One holder at a time; a waiting live batch goes before a waiting bulk batch, so an import delays the
 * exchange's records by no more than the batch that it is in (R16).
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
      const next = this.#waiting.live.shift() ?? this.#waiting.bulk.shift()
      // The turn passes from hand to hand: nobody who comes in between can take it.
      if (next) next()
      else this.#held = false
    }
  }
}

/** Tells whether live batches come: for a second after one, bulk lanes keep their own batches short. */
export class LiveTraffic {
  #lastAt = Number.NEGATIVE_INFINITY

  note(): void {
    this.#lastAt = performance.now()
  }

  isBusy(): boolean {
    return performance.now() - this.#lastAt < 1000
  }
}
