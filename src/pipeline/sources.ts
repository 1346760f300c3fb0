import { SmenaError } from '../domain/errors.ts'
import { differingKeys, type Reading, sameReading } from '../domain/reading.ts'
import { type Formats, readyReadings, type SourceReadings } from './readings.ts'
import type { SourceRow, Store } from './store.ts'

/**
 * The sources of a store with their readings, as this process knows them. The newest version stands in the source's row and
 * is compared under its lock, so a batch that was read with an older one is noticed and read again.
 *
 * Where a process has said how its own file reads a source, every newer version is compared with that as it is loaded: whoever
 * reads otherwise ends with `reading-differs` before it writes by either (R8). Solo says nothing: it applies its file by itself.
 */
export class Sources {
  readonly #store: Store
  readonly #formats: Formats
  readonly #known = new Map<string, SourceReadings>()
  readonly #own = new Map<string, Reading>()

  constructor(store: Store, formats: Formats) {
    this.#store = store
    this.#formats = formats
  }

  async named(name: string): Promise<SourceReadings> {
    const known = this.#known.get(name)
    if (known) return known
    const rows = await this.#store.sources()
    const row = rows.find((it) => it.name === name)
    if (!row) throw sourceUnknown(name, rows)
    return this.#load(row)
  }

  async again(source: SourceRow): Promise<SourceReadings> {
    return this.#load(source)
  }

  async #load(row: SourceRow): Promise<SourceReadings> {
    const versions = await this.#store.readings(row.id)
    const [newest, own] = [versions.at(-1), this.#own.get(row.name)]
    const difference = newest && own && readingDifference(row.name, newest.reading, own)
    if (difference) throw difference
    const ready = readyReadings(row, versions, this.#formats)
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
    if (!(await this.#add(row, newest?.version ?? 0, newest ? from : null, reading, now)))
      throw new SmenaError('reading-changed', { source: name })
    return { source: await this.#load(row), change: newest ? 'new-version' : 'first' }
  }

  /** False: the newest version is another one by now. */
  #add(row: SourceRow, newest: number, from: number | null, reading: Reading, now: number): Promise<boolean> {
    return this.#store.transaction(row.id, 'live', async (tx) => {
      const { readingVersion } = await tx.lockSource()
      if (readingVersion !== newest) return false
      await tx.addReading(newest + 1, from, reading, now)
      await tx.addChange([], now)
      return true
    })
  }

  /** `reading`: this process's own. A source that has none gets it as its first; throws `reading-differs` when its newest is another. */
  async begin(name: string, reading: Reading, now: number): Promise<void> {
    this.#own.set(name, reading)
    const row = await this.#store.ensureSource(name)
    // Of several that begin a source one gives it its reading, and each compares.
    if ((await this.#store.readings(row.id)).length === 0) await this.#add(row, 0, null, reading, now)
    await this.#load(row)
  }

  /** The same for a process that gives sources no reading. */
  async compare(name: string, reading: Reading): Promise<void> {
    this.#own.set(name, reading)
    const row = (await this.#store.sources()).find((it) => it.name === name)
    if (row) await this.#load(row)
  }

  /** The source that may be renamed so; throws `source-unknown` or `source-exists`. */
  async checkRename(old: string, next: string): Promise<SourceRow> {
    const rows = await this.#store.sources()
    const row = rows.find((it) => it.name === old)
    if (!row) throw sourceUnknown(old, rows)
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

export function sourceUnknown(source: string, known: readonly { readonly name: string }[]): SmenaError {
  const names = new Set(known.map(({ name }) => name))
  return new SmenaError('source-unknown', { source, known: [...names].join(', ') || '–' })
}

/** `readingVersion`: the store's newest; a source that was never configured has none. */
export const isNewestReading = ({ versions }: SourceReadings, readingVersion: number): boolean =>
  (versions.at(-1)?.version ?? 0) === readingVersion

/** Throws `reading-changed` when the batch was read with another version than the store's newest. */
export function requireNewestReading(source: SourceReadings, readingVersion: number): void {
  if (!isNewestReading(source, readingVersion)) throw new SmenaError('reading-changed', { source: source.name })
}

/** `reading-differs`: the file's reading of a source is not the store's newest; null: it is. */
export function readingDifference(source: string, newest: Reading, own: Reading): SmenaError | null {
  const keys = differingKeys(newest, own)
  return keys.length > 0 ? new SmenaError('reading-differs', { source, keys: keys.join(', ') }) : null
}
