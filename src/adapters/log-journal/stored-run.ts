import type { Delivery } from '../../domain/record.ts'
import {
  entryBytes,
  entryCheck,
  entryEnd,
  entryFragment,
  entryOccurrence,
  recordCheck,
  rowLimits,
  viewOf,
} from '../../pipeline/journal-entry.ts'
import { fragmentCodes, type LogRecord } from '../../pipeline/ports.ts'

/** A row of `run` as found: any part of it may be wrong. */
export interface StoredRun {
  /** The source that is being read. */
  readonly source: number
  readonly first: number
  readonly count: number
  readonly line: number
  readonly receivedAt: number
  readonly directory: Uint8Array
  readonly body: Uint8Array
}

export interface StoredDelivery {
  readonly delivery: Delivery
  readonly seed: number
  /** Its row passes its check. */
  readonly isSound: boolean
}

/** The entry's record when its check holds, else null. Never reads outside the row, whatever the directory says. */
export function wholeRecord(
  run: StoredRun,
  directory: DataView,
  index: number,
  { delivery, seed }: StoredDelivery,
): LogRecord | null {
  const start = index === 0 ? 0 : entryEnd(directory, index - 1)
  const end = entryEnd(directory, index)
  const code = entryFragment(directory, index)
  if (start > end || end > run.body.length || code >= fragmentCodes.length) return null
  const bytes = run.body.subarray(start, end)
  const number = run.first + index
  const line = run.line + index
  const check = recordCheck(seed, run.source, number, line, run.receivedAt, directory, index, bytes)
  if (check !== entryCheck(directory, index)) return null
  const fragment = fragmentCodes[code] ?? null
  const occurrence = entryOccurrence(directory, index)
  return { number, delivery, line, occurrence, receivedAt: run.receivedAt, fragment, bytes }
}

/**
 * All records of a row of which something is wrong. An entry whose check holds is given as it is. The others are `damaged`:
 * a stretch of them shares the bytes between the good records on both sides, parted where the directory can be believed, so
 * that no byte is left out. No more than `limit` records can stand here: their damaged ones have numbers below that.
 */
export function salvageRun(run: StoredRun, stored: StoredDelivery, limit: number): LogRecord[] {
  const { directory, body } = run
  const view = viewOf(directory)
  const entries = Math.floor(directory.length / entryBytes)
  const claimed = Number.isSafeInteger(run.count) ? run.count : 0
  const records: LogRecord[] = []
  let reached = 0
  let stretch: number[] = []

  const giveStretch = (to: number) => {
    for (const [place, index] of stretch.entries()) {
      const believed = index < entries ? entryEnd(view, index) : reached
      const end = place === stretch.length - 1 ? to : Math.min(Math.max(believed, reached), to)
      records.push(damagedRecord(run, stored.delivery, index, body.subarray(reached, end)))
      reached = end
    }
    stretch = []
  }

  for (let index = 0; index < entries; index++) {
    const record = wholeRecord(run, view, index, stored)
    if (record) {
      giveStretch(index === 0 ? 0 : entryEnd(view, index - 1))
      records.push(record)
      reached = entryEnd(view, index)
    } else if (index < limit) stretch.push(index)
  }
  for (let index = entries; index < Math.min(claimed, limit, rowLimits.records); index++) stretch.push(index)
  giveStretch(body.length)
  return records
}

/** Its number and line are those that it has by its place. */
function damagedRecord(run: StoredRun, delivery: Delivery, index: number, bytes: Uint8Array): LogRecord {
  const line = Number.isSafeInteger(run.line) && run.line > 0 ? run.line + index : index + 1
  const receivedAt = isInstant(run.receivedAt) ? run.receivedAt : delivery.openedAt
  return { number: run.first + index, delivery, line, occurrence: 0, receivedAt, fragment: 'damaged', bytes }
}

const lastInstant = Date.UTC(2100, 0, 1)

/** True for a time that Smena can have written. */
export const isInstant = (at: number): boolean => Number.isSafeInteger(at) && at >= 0 && at < lastInstant
