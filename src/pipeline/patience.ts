import { SmenaError } from '../domain/errors.ts'

const firstPauseMs = 100
const longestPauseMs = 5000

/** So often is done anew what somebody else was faster with: who loses more races has met what will not go away by itself. */
export const racesAtMost = 10

/** Does the work; while the world may heal (remedy `retry`), waits longer each time, makes ready again and does it anew. */
export async function untilThere<T>(work: () => Promise<T>, again: () => Promise<void> = async () => {}): Promise<T> {
  let pauseMs = firstPauseMs
  for (let failures = 0, races = 0; ; failures++) {
    try {
      if (failures > 0) await again()
      return await work()
    } catch (error) {
      if (!(error instanceof SmenaError) || error.remedy !== 'retry') throw error
      const isRace = error.code === 'people-raced'
      if (isRace && ++races === racesAtMost) throw error
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
      if (!isRace) pauseMs = Math.min(longestPauseMs, pauseMs * 2)
    }
  }
}
