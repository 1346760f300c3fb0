/** Channels of one kind, given out so that no two calls have the same one at the same time. Numbers begin at `first`. */
export class Pool {
  readonly #first: number
  readonly #busyUntil: number[] = []

  constructor(first: number) {
    this.#first = first
  }

  /** The smallest number that is free at `from`; taken until `until`. */
  take(from: number, until: number): number {
    const busy = this.#busyUntil
    let at = busy.findIndex((end) => end < from)
    if (at < 0) at = busy.length
    busy[at] = until
    return this.#first + at
  }
}
