import { SmenaError } from '../domain/errors.ts'

/**
 * Does the work for all records of a batch at once. When the store refuses a value that a parser let through, the batch is
 * halved until the record is alone; that one is dealt with as refused, and the rest goes on (R13).
 */
export async function inHalves<Item>(
  items: readonly Item[],
  work: (items: readonly Item[]) => Promise<void>,
  refused: (item: Item, error: SmenaError) => Promise<void>,
): Promise<void> {
  try {
    await work(items)
  } catch (error) {
    if (!(error instanceof SmenaError) || error.code !== 'store-refused') throw error
    const [only, second] = items
    if (only !== undefined && second === undefined) return refused(only, error)
    const middle = items.length >> 1
    await inHalves(items.slice(0, middle), work, refused)
    await inHalves(items.slice(middle), work, refused)
  }
}
