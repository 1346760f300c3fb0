import { IdentityHasher, refusedCandidate, wholeCandidate } from './candidates.ts'
import type { LogRecord } from './ports.ts'
import type { SourceReadings } from './readings.ts'
import { findTouched, recompute, type Told } from './recompute.ts'
import { inHalves } from './refusal.ts'
import { requireNewestReading, type Sources } from './sources.ts'
import type { LedgerDelta, QuarantineRow, RecordIdentity, Store, StoredRecord } from './store.ts'
import { untilThere } from './patience.ts'

/**
 * Makes segments, calls, parties and rollups anew from the bytes of stored records, by the rules and readings of today.
 * Walks the range in chunks, a transaction each: it may be ended after any of them and begun again, and live records go in
 * between. Calls that reach over the edges of the range are made whole. What does not change is not written.
 */
export interface ReplayOptions {
  readonly store: Store
  readonly sources: Sources
  readonly now: () => number
  readonly source: string
  /** Wall milliseconds of the records' own time, `to` exclusive; null: without bound. */
  readonly from: number | null
  readonly to: number | null
  readonly signal: AbortSignal
  readonly progress: (done: ReplayCounts) => void
}

export interface ReplayCounts {
  readonly records: number
  /** Records that can no longer be read and went to quarantine. */
  readonly quarantined: number
  /** Wall milliseconds of the newest record done. */
  readonly at: number
}

const replayChunk = 2000

export async function replay(options: ReplayOptions): Promise<ReplayCounts> {
  const { store, sources, signal, progress } = options
  let source = await untilThere(async () => sources.again(await sources.named(options.source)))
  let done: ReplayCounts = { records: 0, quarantined: 0, at: options.from ?? 0 }
  let after: RecordIdentity | null = null
  while (!signal.aborted) {
    const page: readonly StoredRecord[] = await untilThere(() =>
      store.pageRecords({
        sourceId: source.id,
        state: 'stored',
        from: options.from,
        to: options.to,
        after,
        limit: replayChunk,
      }),
    )
    const last = page.at(-1)
    if (!last) break
    let quarantined = 0
    await untilThere(
      () =>
        inHalves(
          page,
          async (part) => void (quarantined += await replayPage(options, source, part)),
          async (only, { message }) => void (quarantined += await replayPage(options, source, [only], message)),
        ),
      async () => {
        source = await sources.again(source)
      },
    )
    after = last
    done = {
      records: done.records + page.length,
      quarantined: done.quarantined + quarantined,
      at: last.contentAt,
    }
    progress(done)
  }
  return done
}

/** Says how many records went to quarantine. `refusal`: what the store says to the only record of the page. */
async function replayPage(
  options: ReplayOptions,
  source: SourceReadings,
  page: readonly StoredRecord[],
  refusal?: string,
): Promise<number> {
  const { store, now } = options
  const hasher = new IdentityHasher(store.hashKey)
  const read = page
    .filter((it) => it.bytes !== null)
    .map((record) => {
      const candidate = wholeCandidate(source, hasher, asLogRecord(record))
      return { record, candidate: refusal === undefined ? candidate : refusedCandidate(candidate, refusal) }
    })
  return store.transaction(source.id, 'bulk', async (tx) => {
    const locked = await tx.lockSource()
    requireNewestReading(source, locked.readingVersion)
    // Between the page and the lock somebody may have changed a record: what is no longer as it was is left to them.
    const present = await tx.findRecords(page)
    const told: Told[] = []
    const bad: { record: StoredRecord; row: QuarantineRow }[] = []
    const stillThere = new Set(
      page.filter((it, i) => present[i]?.id === it.id && present[i].state === 'stored').map((it) => it.id),
    )
    for (const { record, candidate } of read) {
      if (!stillThere.has(record.id)) continue
      const { verdict, readingId } = candidate
      if (verdict.kind === 'segment') {
        const { startWall, endWall, fields } = verdict
        const { id, receivedAt, deliveryId: delivery, line } = record
        told.push({
          recordId: id,
          segment: { id, startWall, endWall, receivedAt, delivery, line, readingId, fields },
          known: true,
          fresh: false,
        })
      } else told.push({ recordId: record.id, segment: null, known: true, fresh: false })
      if (verdict.kind === 'bad') {
        const { contentAt, hash, k, sourceId, deliveryId, line, receivedAt } = record
        const { reason, detail } = verdict
        const place = { contentAt, hash, k, sourceId, deliveryId, line, receivedAt }
        bad.push({ record, row: { recordId: record.id, ...place, reason, detail } })
      }
    }
    await recompute(tx, source, await findTouched(tx, source, told))
    if (bad.length > 0) {
      for (const { record } of bad) await tx.updateRecord(record, { ...record, state: 'quarantined' })
      await tx.appendQuarantine(bad.map((it) => it.row))
      const moved = bad.map(({ record }) => record)
      await tx.addLedger(ledgerSums(ledgerMoves(moved, 'stored', 'quarantined')))
    }
    await tx.addChange(
      told.map((it) => it.recordId),
      now(),
    )
    return bad.length
  })
}

/** A stored record as it was when it came, for reading it again. Its k is carried, not counted anew (R4). */
export function asLogRecord(record: StoredRecord): LogRecord {
  return {
    number: 0,
    delivery: { uid: '', source: '', format: '', how: 'import', peer: '', openedAt: 0 },
    line: record.line,
    occurrence: record.k,
    receivedAt: record.receivedAt,
    fragment: null,
    bytes: record.bytes ?? new Uint8Array(),
  }
}

const hourMs = 3_600_000
type Column = 'stored' | 'duplicate' | 'quarantined'

/** Records that change their state move between columns, each in the hour of its own receipt and in its own journal (R12). */
export function ledgerMoves(records: readonly StoredRecord[], from: Column, to: Column): LedgerDelta[] {
  return records.map(({ journalId, receivedAt }) => {
    const delta = { journalId, hour: Math.floor(receivedAt / hourMs), stored: 0, duplicate: 0, quarantined: 0 }
    delta[from]--
    delta[to]++
    return delta
  })
}

/** One delta for each row of the ledger, by key: an engine may refuse to change one row twice in one statement. */
export function ledgerSums(deltas: readonly LedgerDelta[]): LedgerDelta[] {
  const sums = new Map<string, { -readonly [K in keyof LedgerDelta]: LedgerDelta[K] }>()
  for (const delta of deltas) {
    const key = `${delta.journalId} ${delta.hour}`
    const sum = sums.get(key)
    if (!sum) {
      sums.set(key, { ...delta })
      continue
    }
    sum.stored += delta.stored
    sum.duplicate += delta.duplicate
    sum.quarantined += delta.quarantined
  }
  return [...sums.values()].sort((a, b) => a.journalId - b.journalId || a.hour - b.hour)
}
