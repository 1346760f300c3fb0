import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { SmenaError } from '../../domain/errors.ts'
import { journalError, journalFileName, sourceCheck } from '../../pipeline/journal-entry.ts'
import { openJournalFile } from './journal-file.ts'

/**
 * Gives a source of the journal another name. Its numbers go on, and its records keep the delivery, with the source's name in
 * it, that they came under. The caller holds the data directory's lock and nobody writes.
 *
 * True when it was renamed. False when the journal does not know it, be it that it was renamed before or that none of its
 * records ever came here: so it can be called again when what belongs to it was interrupted. Throws `source-exists` when both
 * names are taken.
 */
export function renameJournalSource(directory: string, old: string, next: string): boolean {
  const file = join(directory, journalFileName)
  if (!existsSync(file)) return false
  try {
    const { db, sources } = openJournalFile(directory)
    try {
      const source = sources.get(old)
      if (!source || old === next) return false
      if (sources.has(next)) throw new SmenaError('source-exists', { source: next })
      const renamed = { ...source, name: next }
      db.prepare('UPDATE source SET name = ?, crc = ? WHERE id = ?').run(next, sourceCheck(renamed), source.id)
      return true
    } finally {
      db.close()
    }
  } catch (error) {
    throw journalError(error, file)
  }
}
