import { type OldTable, oldTables } from './old-tables.ts'

/**
 * What became of the rows of each table: read = imported + merged + skipped. `imported`: what stands here now, whether it was new,
 * had changed, was as before or was left alone because somebody changed it here. `merged`: its content stands in something else.
 */
export interface TableLedger {
  readonly table: OldTable
  read: number
  imported: number
  merged: number
  skipped: number
  /** Of the imported. */
  fresh: number
  changed: number
  same: number
  kept: number
  /** Why rows were merged or skipped, and what was flagged, with how many. */
  readonly reasons: Record<string, number>
  readonly flags: Record<string, number>
}

export type Imported = 'fresh' | 'changed' | 'same' | 'kept'

export class Ledger {
  readonly #tables = new Map<OldTable, TableLedger>()

  of(table: OldTable): TableLedger {
    let found = this.#tables.get(table)
    if (!found) {
      const none = { read: 0, imported: 0, merged: 0, skipped: 0, fresh: 0, changed: 0, same: 0, kept: 0 }
      found = { table, ...none, reasons: {}, flags: {} }
      this.#tables.set(table, found)
    }
    return found
  }

  read(table: OldTable): void {
    this.of(table).read++
  }

  imported(table: OldTable, how: Imported, rows = 1): void {
    const it = this.of(table)
    it.imported += rows
    it[how] += rows
  }

  merged(table: OldTable, reason: string): void {
    const it = this.of(table)
    it.merged++
    it.reasons[reason] = (it.reasons[reason] ?? 0) + 1
  }

  skipped(table: OldTable, reason: string): void {
    const it = this.of(table)
    it.skipped++
    it.reasons[reason] = (it.reasons[reason] ?? 0) + 1
  }

  flag(table: OldTable, flag: string): void {
    const { flags } = this.of(table)
    flags[flag] = (flags[flag] ?? 0) + 1
  }

  /** In the order in which the tables are read. */
  tables(): readonly TableLedger[] {
    return oldTables.flatMap((it) => this.#tables.get(it) ?? [])
  }
}
