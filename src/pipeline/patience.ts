import { SmenaError } from '../domain/errors.ts'

const firstPauseMs = 100
const longestPauseMs = 5000

/** Does the work; while the world may heal (remedy `retry`), waits longer each time, makes ready again and does it anew. */
export async function untilThere<T>(work: () => Promise<T>, again: () => Promise<void> = async () => {}): Promise<T> {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
    try {
      if (pauseMs > firstPauseMs) await again()
      return await work()
    } catch (error) {
      if (!(error instanceof SmenaError) || error.remedy !== 'retry') throw error
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }
}
