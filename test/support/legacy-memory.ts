import type { LegacySource } from '../../src/adapters/legacy-postgres/legacy-source.ts'
import { phoneLog } from '../../src/domain/legacy/old-tables.ts'
import type { OldRow } from '../../src/domain/legacy/old-row.ts'

export type OldRows = Record<string, Record<string, string | number | boolean | null>[]>

/** The older system's rows as they are here, without a database of it; the file of Cassandra comes with the events. */
export const inMemory = (rows: OldRows): LegacySource => ({
  size: { unit: 'records', total: 0 },
  done: () => 0,
  rows: async function* (tables) {
    const asked = tables.includes('working_working_log') ? [...tables, phoneLog] : tables
    for (const table of asked) {
      const of = (rows[table] ?? []).map(textOf)
      for (let at = 0; at < of.length; at += 1000) yield { table, rows: of.slice(at, at + 1000) }
    }
  },
  [Symbol.asyncDispose]: async () => undefined,
})

const textOf = (row: OldRows[string][number]): OldRow =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value === null ? null : String(value)]))
