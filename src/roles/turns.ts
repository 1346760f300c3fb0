import { SmenaError } from '../domain/errors.ts'

export interface Waiting {
  readonly directory: string
  readonly signal?: AbortSignal | undefined
  /** Told again and again how long it waits, once that is longer than a moment; null: no longer. */
  readonly waits?: ((seconds: number | null) => void) | undefined
}

/** Another command is mostly done in a moment. */
const usual = { tellAfterMs: 2000, atMostMs: 30_000 }

/**
 * Tries until nobody else owns the data directory: several commands at once take their turns. An attempt says when it has begun;
 * nothing of one that finds the directory owned has.
 */
export async function inTurn<T>(
  { directory, signal, waits }: Waiting,
  attempt: (begun: () => void) => Promise<T>,
  { tellAfterMs, atMostMs } = usual,
): Promise<T> {
  const since = performance.now()
  let isTold = false
  const over = () => {
    if (isTold) waits?.(null)
    isTold = false
  }
  try {
    for (;;) {
      try {
        return await attempt(over)
      } catch (error) {
        const isOwned = error instanceof SmenaError && error.code === 'data-directory-owned'
        if (!isOwned || signal?.aborted) throw error
        const seconds = (performance.now() - since) / 1000
        if (seconds * 1000 > atMostMs)
          throw new SmenaError('data-directory-busy', { directory, seconds: Math.floor(seconds) }, { cause: error })
        isTold = seconds * 1000 >= tellAfterMs
        if (isTold) waits?.(seconds)
      }
      await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 80))
    }
  } finally {
    over()
  }
}
