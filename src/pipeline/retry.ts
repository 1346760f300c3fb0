import { SmenaError } from '../domain/errors.ts'
import type { QuarantineReason } from '../domain/record.ts'
import { type Candidate, IdentityHasher, wholeCandidate } from './candidates.ts'
import { untilThere } from './patience.ts'
import type { SourceReadings } from './readings.ts'
import { findTouched, recompute, type Told } from './recompute.ts'
import { inHalves } from './refusal.ts'
import { asLogRecord, ledgerMoves, ledgerSums } from './replay.ts'
import { requireNewestReading, type Sources } from './sources.ts'
import type { LedgerDelta, QuarantineRow, Store, StoredRecord, StoreTransaction } from './store.ts'

/**
 * Reads quarantined records again, after a fix of the parser or of the source's reading. A record keeps its bytes, its
 * receipt and its id; what it becomes moves in the ledger in its own hour. Fragments are left alone: their whole copies are
 * records of their own (R2).
 */
export interface RetryOptions {
  readonly store: Store
  readonly sources: Sources
  readonly now: () => number
  readonly filter: QuarantineFilter
  readonly signal: AbortSignal
  readonly progress: (done: RetryCounts) => void
}

export interface QuarantineFilter {
  /** Null: every source. */
  readonly source: string | null
  readonly reason: QuarantineReason | null
  readonly recordIds: readonly number[] | null
}

export interface RetryCounts {
  readonly tried: number
  readonly stored: number
  readonly duplicate: number
  /** Still not readable. */
  readonly quarantined: number
  readonly fragments: number
}

const noCounts: RetryCounts = { tried: 0, stored: 0, duplicate: 0, quarantined: 0, fragments: 0 }
const sumOf = (a: RetryCounts, b: RetryCounts): RetryCounts => ({
  tried: a.tried + b.tried,
  stored: a.stored + b.stored,
  duplicate: a.duplicate + b.duplicate,
  quarantined: a.quarantined + b.quarantined,
  fragments: a.fragments + b.fragments,
})
const chunk = 500

export async function retry(options: RetryOptions): Promise<RetryCounts> {
  const { store, sources, filter, signal, progress } = options
  let counts = noCounts
  for (const { id, name } of await untilThere(() => store.sources())) {
    if (filter.source !== null && filter.source !== name) continue
    let source = await untilThere(async () => sources.again(await sources.named(name)))
    for (let after = 0; !signal.aborted; ) {
      const rows: readonly QuarantineRow[] = await untilThere(() =>
        store.pageQuarantine({ sourceId: id, reason: filter.reason, recordIds: filter.recordIds, after, limit: chunk }),
      )
      const last = rows.at(-1)
      if (!last) break
      const retryPart = async (part: readonly QuarantineRow[]) => {
        counts = sumOf(counts, await retryRows(options, source, part))
      }
      // What the store still refuses stays as it is.
      const refused = async () => {
        counts = sumOf(counts, { ...noCounts, tried: 1, quarantined: 1 })
      }
      await untilThere(
        () => inHalves(rows, retryPart, refused),
        async () => {
          source = await sources.again(source)
        },
      )
      after = last.recordId
      progress(counts)
    }
  }
  return counts
}

/**
 * Reads one fragment by hand, as if it were a record, under the content rule: stored, or a duplicate of what was sent again
 * whole. Throws `not-readable` when it cannot be read, and leaves it as it is.
 */
export async function retryAsRecord(
  options: Omit<RetryOptions, 'filter' | 'progress' | 'signal'>,
  recordId: number,
): Promise<RetryCounts> {
  const { store, sources } = options
  for (const { id, name } of await store.sources()) {
    const [row] = await store.pageQuarantine({ sourceId: id, reason: null, recordIds: [recordId], after: 0, limit: 1 })
    if (row) {
      const source = await sources.again(await sources.named(name))
      return untilThere(() => retryRows(options, source, [row], 'as-record'))
    }
  }
  throw new SmenaError('quarantine-unknown', { id: recordId })
}

async function retryRows(
  options: Pick<RetryOptions, 'store' | 'now'>,
  source: SourceReadings,
  rows: readonly QuarantineRow[],
  how: 'as-record' | 'again' = 'again',
): Promise<RetryCounts> {
  const { store, now } = options
  const hasher = new IdentityHasher(store.hashKey)
  const months = new Set<number>()
  // What each will be is known only with its bytes; the months that it may move to are looked at first.
  const before = await store.recordsOf(source.id, rows)
  for (const record of before) if (record.bytes) months.add(readAgain(source, hasher, record).identity.contentAt)
  await store.prepareMonths(months)
  return store.transaction(source.id, 'bulk', async (tx) => {
    const locked = await tx.lockSource()
    requireNewestReading(source, locked.readingVersion)
    const work = new Retry(tx, source, hasher)
    for (const record of await tx.recordsByIdentity(rows)) await work.one(record, how)
    await work.finish()
    await tx.addChange(
      work.told.map((it) => it.recordId),
      now(),
    )
    return work.counts
  })
}

function readAgain(source: SourceReadings, hasher: IdentityHasher, record: StoredRecord): Candidate {
  const again = asLogRecord(record)
  // Cut between CR and LF: the CR is half a line end and no content (R2).
  const bytes = record.fragment === 'partial' && again.bytes.at(-1) === 13 ? again.bytes.subarray(0, -1) : again.bytes
  return wholeCandidate(source, hasher, { ...again, bytes, occurrence: Math.max(1, record.k) })
}

class Retry {
  readonly told: Told[] = []
  readonly #tx: StoreTransaction
  readonly #source: SourceReadings
  readonly #hasher: IdentityHasher
  readonly #ledger: LedgerDelta[] = []
  readonly #left: number[] = []
  readonly #still: QuarantineRow[] = []
  readonly #counts = { ...noCounts }

  constructor(tx: StoreTransaction, source: SourceReadings, hasher: IdentityHasher) {
    this.#tx = tx
    this.#source = source
    this.#hasher = hasher
  }

  get counts(): RetryCounts {
    return { ...this.#counts }
  }

  async one(record: StoredRecord, how: 'as-record' | 'again'): Promise<void> {
    if (record.state !== 'quarantined' || record.bytes === null) return
    if (record.fragment && how === 'again') {
      this.#counts.fragments++
      return
    }
    this.#counts.tried++
    const { record: read, identity, verdict, readingId } = readAgain(this.#source, this.#hasher, record)
    if (verdict.kind === 'bad') {
      if (how === 'as-record')
        throw new SmenaError('not-readable', { id: record.id, reason: verdict.reason, detail: verdict.detail })
      this.#counts.quarantined++
      this.#left.push(record.id)
      const { id: recordId, sourceId, contentAt, hash, k, deliveryId, line, receivedAt } = record
      const place = { contentAt, hash, k, deliveryId, line, receivedAt }
      this.#still.push({ recordId, sourceId, ...place, reason: verdict.reason, detail: verdict.detail })
      return
    }
    this.#left.push(record.id)
    const [other] = await this.#tx.findRecords([identity])
    if (other && other.id !== record.id) {
      this.#counts.duplicate++
      await this.#tx.removeRecord(record)
      await this.#tx.repointDuplicates(record.id, other.id)
      const { sourceId, journalId, deliveryId, line, receivedAt } = record
      await this.#tx.appendDuplicates([{ recordId: other.id, sourceId, journalId, deliveryId, line, receivedAt }])
      this.#ledger.push(...ledgerMoves([record], 'quarantined', 'duplicate'))
      return
    }
    this.#counts.stored++
    await this.#tx.updateRecord(record, { ...record, ...identity, bytes: read.bytes, state: 'stored', fragment: null })
    this.#ledger.push(...ledgerMoves([record], 'quarantined', 'stored'))
    if (verdict.kind === 'no-call') return
    const { startWall, endWall, fields } = verdict
    const { id, receivedAt, deliveryId: delivery, line } = record
    this.told.push({
      recordId: id,
      segment: { id, startWall, endWall, receivedAt, delivery, line, readingId, fields },
      known: false,
      // It may have named a call before, whose end is still due for attribution.
      fresh: false,
    })
  }

  async finish(): Promise<void> {
    await this.#tx.removeQuarantine(this.#left)
    await this.#tx.appendQuarantine(this.#still)
    await recompute(this.#tx, this.#source, await findTouched(this.#tx, this.#source, this.told))
    await this.#tx.addLedger(ledgerSums(this.#ledger))
  }
}
