/**
 * A row of the older system: values as PostgreSQL writes them, by column; null: NULL. Its schema was made on the spot and never
 * published, so a column may be absent, and one that is not known here is passed over.
 */
export type OldRow = Readonly<Record<string, string | null>>

/** A row that cannot be read: which column stood in the way. */
export interface Unreadable {
  readonly unreadable: string
}

const instant =
  /^(\d{4})-(\d{2})-(\d{2})[ T](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:(Z)|([+-])(\d{2}):?(\d{2})?(?::?(\d{2}))?)?$/u

/** Milliseconds of `2018-02-16 09:07:00.123456+00`, finer parts cut off; without an offset it is UTC. Null: no such time. */
export function parseOldInstant(text: string): number | null {
  const [, year, month, day, hour, minute, second, fraction = '', , sign, hours, minutes = '0', seconds = '0'] =
    instant.exec(text.trim()) ?? []
  if (year === undefined) return null
  const wall = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second))
  if (!(wall >= 0) || new Date(wall).getUTCDate() !== Number(day)) return null
  const offset = hours === undefined ? 0 : (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000
  return wall + Number(fraction.slice(0, 3).padEnd(3, '0')) - (sign === '-' ? -offset : offset)
}

const trueWords: ReadonlySet<string> = new Set(['t', 'true', '1', 'y', 'yes', 'on'])
const falseWords: ReadonlySet<string> = new Set(['f', 'false', '0', 'n', 'no', 'off'])

/** Takes columns out of a row and remembers the first that was not what it had to be. */
export class Columns {
  readonly #row: OldRow
  #unreadable: string | null = null

  constructor(row: OldRow) {
    this.#row = row
  }

  /** Null as long as every column could be read. */
  get problem(): Unreadable | null {
    return this.#unreadable === null ? null : { unreadable: this.#unreadable }
  }

  #bad(column: string): void {
    this.#unreadable ??= column
  }

  /** Empty where it is NULL or absent. U+0000 and halves of letters are nothing that both engines hold (R13). */
  text(column: string): string {
    return (this.#row[column] ?? '').replaceAll('\u0000', '\uFFFD').toWellFormed()
  }

  textOrNull(column: string): string | null {
    return (this.#row[column] ?? null) === null ? null : this.text(column)
  }

  /** An absent or empty column is `absent`. */
  flag(column: string, absent: boolean): boolean {
    const text = this.#row[column]?.toLowerCase()
    if (text === undefined) return absent
    if (trueWords.has(text)) return true
    if (!falseWords.has(text)) this.#bad(column)
    return false
  }

  wholeOrNull(column: string): number | null {
    const text = this.#row[column]
    if (text === undefined || text === null) return null
    const value = /^-?\d{1,15}$/u.test(text) ? Number(text) : Number.NaN
    if (!Number.isNaN(value)) return value
    this.#bad(column)
    return null
  }

  whole(column: string): number {
    const value = this.wholeOrNull(column)
    if (value === null) this.#bad(column)
    return value ?? 0
  }

  /** A number that may be written with a fraction, cut to whole. */
  number(column: string): number {
    const text = this.#row[column]
    const value = text === undefined || text === null ? 0 : Math.floor(Number(text))
    if (Number.isSafeInteger(value)) return value
    this.#bad(column)
    return 0
  }

  instantOrNull(column: string): number | null {
    const text = this.#row[column]
    if (text === undefined || text === null) return null
    const value = parseOldInstant(text)
    if (value === null) this.#bad(column)
    return value
  }

  instant(column: string): number {
    const value = this.instantOrNull(column)
    if (value === null) this.#bad(column)
    return value ?? 0
  }

  /** NULL, absent or no JSON: null. */
  json(column: string): unknown {
    try {
      return JSON.parse(this.#row[column] ?? 'null')
    } catch {
      this.#bad(column)
      return null
    }
  }
}
