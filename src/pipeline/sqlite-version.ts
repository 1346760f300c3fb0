import { SmenaError } from '../domain/errors.ts'

/** Older ones can corrupt a database in WAL mode (sqlite.org/wal.html#walresetbug). */
const sqliteMinimum = '3.51.3'

/** Throws when this Node's SQLite is too old. */
export function requireSqlite(version = process.versions['sqlite'] ?? '0'): void {
  const [found, expected] = [version, sqliteMinimum].map((text) => text.split('.').map(Number))
  for (let i = 0; i < 3; i++) {
    const difference = (found?.[i] ?? 0) - (expected?.[i] ?? 0)
    if (difference > 0) return
    if (difference < 0) throw new SmenaError('sqlite-too-old', { found: version, expected: sqliteMinimum })
  }
}
