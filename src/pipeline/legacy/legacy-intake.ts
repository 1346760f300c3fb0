import type { OldRow } from '../../domain/legacy/old-row.ts'
import type { Store } from '../store.ts'
import { LegacyImporter, type LegacyReport } from './legacy-importer.ts'
import type { LegacyOptions } from './run.ts'

/** A line of what a command sends: a page of rows of a table, or that all people and their time have been sent. */
export type LegacyLine = { readonly table: string; readonly rows: readonly OldRow[] } | { readonly time: true }

/** Lines of JSON, as they come from the command that reads the older system, made into an import. */
export class LegacyIntake {
  readonly #importer: LegacyImporter
  readonly #decoder = new TextDecoder()
  readonly #progress: (rows: number) => void
  #held: string[] = []
  #rows = 0

  constructor(store: Store, options: LegacyOptions, progress: (rows: number) => void) {
    this.#importer = new LegacyImporter(store, options)
    this.#progress = progress
  }

  async push(chunk: Uint8Array): Promise<void> {
    const [rest = '', ...lines] = this.#decoder.decode(chunk, { stream: true }).split('\n')
    this.#held.push(rest)
    for (const line of lines) {
      const whole = this.#held.join('')
      this.#held = [line]
      await this.#take(JSON.parse(whole) as LegacyLine)
    }
  }

  async #take(line: LegacyLine): Promise<void> {
    if ('time' in line) return this.#importer.time()
    await this.#importer.take(line.table, line.rows)
    this.#progress((this.#rows += line.rows.length))
  }

  end(): Promise<LegacyReport> {
    return this.#importer.end()
  }
}
