import { SmenaError } from '../domain/errors.ts'
import { differingKeys, type Reading, sameReading } from '../domain/reading.ts'
import { type Formats, newestReading, readyReadings, type SourceReadings } from './readings.ts'
import type { SourceRow, Store } from './store.ts'

/**
 * The sources of a store with their readings, as this process knows them. The newest version stands in the source's row and
 * is compared under its lock, so a batch that was read with an older one is noticed and read again.
 */
export class Sources {
  readonly #store: Store
  readonly #formats: Formats
  readonly #known = new Map<string, SourceReadings>()

  constructor(store: Store, formats: Formats) {
    this.#store = store
    this.#formats = formats
  }

  async named(name: string): Promise<SourceReadings> {
    const known = this.#known.get(name)
    if (known) return known
    const rows = await this.#store.sources()
    const row = rows.find((it) => it.name === name)
    if (!row)
      throw new SmenaError('source-unknown', { source: name, known: rows.map((it) => it.name).join(', ') || '–' })
    return this.#load(row)
  }

  async again(source: SourceRow): Promise<SourceReadings> {
    return this.#load(source)
  }

  async #load(row: SourceRow): Promise<SourceReadings> {
    const ready = readyReadings(row, await this.#store.readings(row.id), this.#formats)
    this.#known.set(row.name, ready)
    return ready
  }

  /**
   * Brings the store's reading of a source to `reading`. The first one holds for all time; another becomes a new version
   * that holds for records from `from` on: wall milliseconds, null for all time (R8). Says whether it made one.
   * `if-changed`: the newest version is left as it is when it says the same, whatever its date.
   */
  async apply(
    name: string,
    reading: Reading,
    from: number | null,
    how: 'if-changed' | 'always',
    now: number,
  ): Promise<Applied> {
    const row = await this.#store.ensureSource(name)
    const versions = await this.#store.readings(row.id)
    const newest = versions.at(-1)
    if (newest && sameReading(newest.reading, reading) && (how === 'if-changed' || newest.from === from))
      return { source: await this.#load(row), change: 'none' }
    await this.#store.transaction(row.id, 'live', async (tx) => {
      const { readingVersion } = await tx.lockSource()
      if (readingVersion !== (newest?.version ?? 0)) throw new SmenaError('reading-changed', { source: name })
      await tx.addReading(readingVersion + 1, newest ? from : null, reading, now)
      await tx.addChange([], now)
    })
    return { source: await this.#load(row), change: newest ? 'new-version' : 'first' }
  }

  /** Gives a source that has no reading its first; throws `reading-differs` when its newest is another. */
  async begin(name: string, reading: Reading, now: number): Promise<void> {
    const row = await this.#store.ensureSource(name)
    const newest = (await this.#store.readings(row.id)).at(-1)
    if (!newest) return void (await this.apply(name, reading, null, 'if-changed', now))
    const keys = differingKeys(newest.reading, reading)
    if (keys.length > 0) throw new SmenaError('reading-differs', { source: name, keys: keys.join(', ') })
  }

  /** The source that may be renamed so; throws `source-unknown` or `source-exists`. */
  async checkRename(old: string, next: string): Promise<SourceRow> {
    const rows = await this.#store.sources()
    const row = rows.find((it) => it.name === old)
    if (!row)
      throw new SmenaError('source-unknown', { source: old, known: rows.map((it) => it.name).join(', ') || '–' })
    if (rows.some((it) => it.name === next)) throw new SmenaError('source-exists', { source: next })
    return row
  }

  async rename(old: string, next: string, now: number): Promise<void> {
    const row = await this.checkRename(old, next)
    await this.#store.transaction(row.id, 'bulk', async (tx) => {
      await tx.lockSource()
      await tx.renameSource(next)
      await tx.addChange([], now)
    })
    this.#known.delete(old)
  }
}

export interface Applied {
  readonly source: SourceReadings
  readonly change: 'none' | 'first' | 'new-version'
}

/** Throws `reading-changed` when the batch was read with another version than the store's newest. */
export function requireNewestReading(source: SourceReadings, readingVersion: number): void {
  if (newestReading(source).version !== readingVersion) throw new SmenaError('reading-changed', { source: source.name })
}
