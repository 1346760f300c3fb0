import { SmenaError } from '../domain/errors.ts'
import type { Candidate } from './candidates.ts'

/**
 * Commits the candidates. When the store refuses a value that a parser let through, the batch is halved until the record is
 * alone; that one is committed unread, into quarantine, and the rest goes on (R13).
 */
export async function commitInHalves(
  candidates: readonly Candidate[],
  commit: (candidates: readonly Candidate[]) => Promise<void>,
): Promise<void> {
  try {
    await commit(candidates)
  } catch (error) {
    if (!(error instanceof SmenaError) || error.code !== 'store-refused') throw error
    const [only, second] = candidates
    if (only && !second) {
      await commit([{ ...only, verdict: { kind: 'bad', reason: 'store-refused', detail: error.message } }])
      return
    }
    const middle = candidates.length >> 1
    await commitInHalves(candidates.slice(0, middle), commit)
    await commitInHalves(candidates.slice(middle), commit)
  }
}
