import type { Format } from '../domain/formats/format.ts'
import type { FormatName } from '../domain/formats/format-name.ts'
import { openReader, type Reader, readingFor, type ReadingVersion } from '../domain/reading.ts'

/** A source with everything that gives its bytes their meaning: all versions of its reading, ready for use. */
export interface SourceReadings {
  readonly id: number
  readonly name: string
  /** Ascending by version; the first holds for all time. */
  readonly versions: readonly ReadyReading[]
}

export interface ReadyReading extends ReadingVersion {
  readonly reader: Reader
  readonly format: Format<unknown>
}

export type Formats = Readonly<Record<FormatName, Format<unknown>>>

export function readyReadings(
  source: { readonly id: number; readonly name: string },
  versions: readonly ReadingVersion[],
  formats: Formats,
): SourceReadings {
  return {
    id: source.id,
    name: source.name,
    versions: versions.map((it) => ({ ...it, reader: openReader(it.reading), format: formats[it.reading.format] })),
  }
}

/** The reading that holds for a record of this wall time. */
export const readingAt = (source: SourceReadings, wall: number): ReadyReading => readingFor(source.versions, wall)

export function readingById(source: SourceReadings, id: number): ReadyReading {
  const found = source.versions.find((it) => it.id === id)
  if (!found) throw new RangeError(`source ${source.name} has no reading ${id}`)
  return found
}

export const newestReading = (source: SourceReadings): ReadyReading => source.versions.at(-1) as ReadyReading
