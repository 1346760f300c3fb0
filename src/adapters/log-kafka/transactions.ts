import type { ReadBatch } from './record-batch.ts'

/** A transaction that a producer took back: it began at the offset `first`. */
export interface AbortedTransaction {
  readonly producerId: bigint
  readonly first: number
}

/**
 * Which batches of one answer of a broker are of transactions that were aborted. The batches are asked for in their order, each
 * once. A producer has one transaction at a time: from its beginning on every batch of the producer's transactions is of it, until
 * the control batch that ends it. The broker names each that reaches into the answer, also one that began before.
 */
export class AbortedTransactions {
  /** Not begun yet, the next one last. */
  readonly #ahead: AbortedTransaction[]
  readonly #open = new Set<bigint>()

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#ahead = aborted.toSorted((a, b) => b.first - a.first)
  }

  has({ last, transactionOf, isControl }: ReadBatch): boolean {
    for (let next = this.#ahead.at(-1); next && next.first <= last; next = this.#ahead.at(-1)) {
      this.#open.add(next.producerId)
      this.#ahead.pop()
    }
    if (transactionOf === null) return false
    return isControl ? this.#open.delete(transactionOf) : this.#open.has(transactionOf)
  }
}
