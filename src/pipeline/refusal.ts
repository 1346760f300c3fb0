import { SmenaError } from '../domain/errors.ts'
import { type Candidate, readCandidates } from './candidates.ts'
import type { LogRecord } from './ports.ts'
import type { SourceReadings } from './readings.ts'

/**
 * Reads the records and commits them. When the store refuses a value that a parser let through, the batch is halved until the
 * record is alone; that one is committed unread, into quarantine, and the rest goes on (R13).
 */
export async function commitRecords(
  source: SourceReadings,
  hashKey: Uint8Array,
  records: readonly LogRecord[],
  commit: (candidates: readonly Candidate[]) => Promise<void>,
): Promise<void> {
  const candidates = readCandidates(source, hashKey, records)
  try {
    await commit(candidates)
  } catch (error) {
    if (!(error instanceof SmenaError) || error.code !== 'store-refused') throw error
    const [only, second] = candidates
    if (only && !second) {
      await commit([{ ...only, verdict: { kind: 'bad', reason: 'store-refused', detail: error.message } }])
      return
    }
    const middle = records.length >> 1
    await commitRecords(source, hashKey, records.slice(0, middle), commit)
    await commitRecords(source, hashKey, records.slice(middle), commit)
  }
}
