import type { Delivery } from '../domain/record.ts'
import { type Candidate, readCandidates, refusedCandidate } from './candidates.ts'
import { Cutter, type TakeCut } from './cut.ts'
import { ingest, type Ingested } from './ingest.ts'
import type { LogRecord } from './ports.ts'
import { untilThere } from './patience.ts'
import { newestReading, type SourceReadings } from './readings.ts'
import { inHalves } from './refusal.ts'
import { requireNewestReading, type Sources } from './sources.ts'
import type { Store } from './store.ts'

/**
 * The lane of archives (R16): file → store, past the journal, because the file is one already. Its delivery is its journal:
 * numbers are lines. The position moves in the transaction that stores the records, so a run that is killed has counted
 * each record once; a second run is a delivery of its own in which everything is a duplicate.
 */
export interface ImportOptions {
  readonly store: Store
  readonly sources: Sources
  readonly now: () => number
  readonly source: string
  readonly delivery: Delivery
  readonly progress: (counts: ImportCounts) => void
}

export interface ImportCounts extends Omit<Ingested, 'rolledBack'> {
  readonly received: number
  /** Records before the source's horizon, left out (R14). */
  readonly outside: number
}

const recordsAtMost = 5000
const recordsAtLeast = 20
const bytesAtMost = 8 << 20
/** How long a batch may hold the store: long when nobody waits, short while the exchange is sending. */
const quietMs = 150
const busyMs = 3

export class Importer {
  readonly #options: ImportOptions
  #source: SourceReadings
  readonly #cutter: Cutter
  #batch: LogRecord[] = []
  #batchBytes = 0
  #position = 0
  #storing: Promise<void> = Promise.resolve()
  #size = 500
  #counts: ImportCounts = { received: 0, stored: 0, duplicate: 0, quarantined: 0, suspect: 0, outside: 0 }

  private constructor(options: ImportOptions, source: SourceReadings) {
    this.#options = options
    this.#source = source
    this.#cutter = new Cutter(newestReading(source).format)
  }

  static async open(options: ImportOptions): Promise<Importer> {
    return new Importer(options, await untilThere(() => options.sources.named(options.source)))
  }

  get counts(): ImportCounts {
    return this.#counts
  }

  /** Takes a piece of the file; resolves when the next may come: while one batch is being stored, one more is read. */
  async push(chunk: Uint8Array): Promise<void> {
    this.#cutter.push(chunk, this.#take)
    while (this.#batch.length >= this.#size || this.#batchBytes >= bytesAtMost) await this.#flush()
  }

  /** The file is over; resolves when all of it is stored and the delivery is closed. */
  async end(): Promise<ImportCounts> {
    this.#cutter.end('whole', this.#take)
    while (this.#batch.length > 0) await this.#flush()
    await this.close()
    return this.#counts
  }

  /** Closes the delivery where it stands: what was stored stays, the rest of the file was not received. */
  async close(): Promise<void> {
    const { store, delivery, now } = this.#options
    await this.#storing
    await this.#untilDone(() =>
      store.transaction(this.#source.id, 'bulk', async (tx) => {
        await tx.lockSource()
        await tx.ensureDeliveries([delivery])
        await tx.closeDeliveries(new Map([[delivery.uid, now()]]))
        await tx.addChange([], now())
      }),
    )
  }

  readonly #take: TakeCut = (bytes, line, occurrence, fragment) => {
    const { delivery, now } = this.#options
    this.#batchBytes += bytes.length
    this.#batch.push({ number: line, delivery, line, occurrence, receivedAt: now(), fragment, bytes: bytes.slice() })
  }

  /** Reads the next batch, waits until the one before is stored, and begins to store this one. */
  async #flush(): Promise<void> {
    const { store } = this.#options
    const records = this.#batch.slice(0, this.#size)
    this.#batch = this.#batch.slice(records.length)
    for (const { bytes } of records) this.#batchBytes -= bytes.length
    const source = this.#source
    const candidates = readCandidates(source, store.hashKey, records)
    await this.#storing
    this.#storing = this.#store(source, candidates)
    // Whoever waits for it next is told of a failure; until then it must not count as unhandled.
    this.#storing.catch(() => undefined)
  }

  async #store(readBy: SourceReadings, read: readonly Candidate[]): Promise<void> {
    const { store, progress } = this.#options
    const started = performance.now()
    let candidates = read
    await this.#untilDone(async () => {
      if (this.#source !== readBy)
        candidates = readCandidates(
          this.#source,
          store.hashKey,
          read.map((it) => it.record),
        )
      const left = candidates.filter((it) => it.record.number > this.#position)
      if (left.length > 0)
        await inHalves(
          left,
          (part) => this.#commit(part),
          (only, { message }) => this.#commit([refusedCandidate(only, message)]),
        )
    })
    const next = (read.length * (store.liveIsBusy() ? busyMs : quietMs)) / Math.max(performance.now() - started, 0.1)
    this.#size = Math.round(Math.min(recordsAtMost, this.#size * 4, Math.max(recordsAtLeast, next)))
    progress(this.#counts)
  }

  async #commit(candidates: readonly Candidate[]): Promise<void> {
    const { store, delivery, now } = this.#options
    const last = (candidates.at(-1) as Candidate).record.number
    await store.prepareMonths(candidates.map((it) => it.identity.contentAt))
    const counts = await store.transaction(this.#source.id, 'bulk', async (tx) => {
      const locked = await tx.lockSource()
      requireNewestReading(this.#source, locked.readingVersion)
      const journalId = await tx.ensureJournal(delivery.uid, 'import')
      await tx.movePosition(journalId, this.#position, last)
      return ingest(tx, this.#source, locked, journalId, candidates, now())
    })
    this.#position = last
    this.#count(counts)
  }

  #count(counts: Ingested): void {
    const { stored, duplicate, quarantined, suspect } = this.#counts
    this.#counts = {
      received: this.#position,
      stored: stored + counts.stored,
      duplicate: duplicate + counts.duplicate,
      quarantined: quarantined + counts.quarantined,
      suspect: suspect + counts.suspect,
      outside: 0,
    }
  }

  /** A commit whose answer was lost shows in the stored position and in the ledger. */
  #untilDone(work: () => Promise<void>): Promise<void> {
    const { store, sources, delivery } = this.#options
    return untilThere(work, async () => {
      this.#source = await sources.again(this.#source)
      const position = await store.position(this.#source.id, delivery.uid)
      if (position === this.#position) return
      this.#position = position
      this.#counts = { ...this.#counts, received: position, ...(await store.ledgerOf(this.#source.id, delivery.uid)) }
    })
  }
}
