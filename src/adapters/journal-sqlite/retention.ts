import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { SourceRow } from '../../pipeline/journal-entry.ts'

interface Row {
  readonly first: number
  readonly receivedAt: number
  /** Bytes that the source had been given before the row. */
  readonly start: number
}

const rowOf = (row: Record<string, unknown>): Row => ({
  first: Number(row['first']),
  receivedAt: Number(row['received_at']),
  start: Number(row['start']),
})

/**
 * Lets settled rows go: those that are older than `keepMs`, and the oldest of those beyond `keepBytes`. A row is settled when
 * the next row of its source begins at or before the number after the last settled one; its own count is not asked, because
 * a wrong one must not free an unsettled record. Sizes are differences of `start`, so that nothing has to be summed up.
 */
export class Retention {
  readonly #keepMs: number
  readonly #keepBytes: number
  readonly #oldest: StatementSync
  readonly #holding: StatementSync
  readonly #delete: StatementSync
  readonly #prune: StatementSync
  /** The oldest row of each source; null: it has none; absent: not looked up yet. */
  readonly #heads = new Map<number, Row | null>()
  readonly #settledEnds = new Map<number, { readonly settled: number; readonly end: number }>()

  constructor(db: DatabaseSync, keepMs: number, keepBytes: number) {
    this.#keepMs = keepMs
    this.#keepBytes = keepBytes
    // Integers that a bit flip made too large for a number must not end the program.
    const prepare = (sql: string) => db.prepare(sql, { readBigInts: true })
    this.#oldest = prepare('SELECT first, received_at, start FROM run WHERE source = ? ORDER BY first LIMIT ?')
    this.#holding = prepare(
      'SELECT first, received_at, start FROM run WHERE source = ? AND first <= ? ORDER BY first DESC LIMIT 1',
    )
    this.#delete = prepare('DELETE FROM run WHERE source = ? AND first >= ? AND first <= ?')
    this.#prune = prepare(
      `DELETE FROM delivery WHERE id IN (SELECT id FROM delivery
         WHERE closed_at < ?1 AND last_run < coalesce((SELECT min(id) FROM run), last_run + 1) LIMIT 1000)`,
    )
  }

  /** A row was added to the source. */
  appended(source: number): void {
    if (this.#heads.get(source) === null) this.#heads.delete(source)
  }

  /** What was remembered may be wrong: a transaction was rolled back. */
  forget(): void {
    this.#heads.clear()
    this.#settledEnds.clear()
  }

  isDue(sources: Iterable<SourceRow>, now: number): boolean {
    const all = [...sources]
    const excess = this.#settledBytes(all) - this.#keepBytes
    return all.some((source) => this.#isHeadDue(source, now, excess))
  }

  /** Deletes up to about `rows` rows and `bytes` bytes that are due, the oldest first. Runs in the caller's transaction. */
  trim(sources: Iterable<SourceRow>, now: number, rows: number, bytes: number): void {
    const left = new Set(sources)
    let excess = this.#settledBytes(left) - this.#keepBytes
    const quota = { rows, bytes }
    while (quota.rows > 0 && quota.bytes > 0) {
      let oldest: SourceRow | undefined
      for (const source of left) {
        if (!this.#isHeadDue(source, now, excess)) left.delete(source)
        else if (!oldest || this.#head(source)!.receivedAt < this.#head(oldest)!.receivedAt) oldest = source
      }
      if (!oldest) return
      const freed = this.#trimSource(oldest, now, quota, excess)
      if (freed === null) left.delete(oldest)
      else excess -= freed
    }
  }

  /** Forgets deliveries that are over and have no record here any more. */
  pruneDeliveries(now: number): void {
    this.#prune.run(now - this.#keepMs)
  }

  /** Deletes a stretch at the source's beginning; returns its bytes, null when nothing could go. */
  #trimSource(source: SourceRow, now: number, quota: { rows: number; bytes: number }, excess: number): number | null {
    const limit = Math.min(quota.rows, 1000)
    const found = this.#oldest.all(source.id, limit + 1).map(rowOf)
    let count = 0
    let freed = 0
    for (const [i, row] of found.entries()) {
      if (i === limit || freed >= quota.bytes) break
      const next = found[i + 1]
      if ((next ? next.first : source.next) > source.settled + 1) break
      if (!(row.receivedAt < now - this.#keepMs || excess > freed)) break
      count = i + 1
      freed += Math.max((next ? next.start : source.bytes) - row.start, 0)
    }
    const [first, last] = [found[0], found[count - 1]]
    if (!first || !last) return null
    this.#delete.run(source.id, first.first, last.first)
    const next = found[count]
    if (next) this.#heads.set(source.id, next)
    else this.#heads.delete(source.id)
    quota.rows -= count
    quota.bytes -= freed
    return freed
  }

  #isHeadDue(source: SourceRow, now: number, excess: number): boolean {
    const head = this.#head(source)
    if (!head || this.#settledEnd(source) <= head.start) return false
    return head.receivedAt < now - this.#keepMs || excess > 0
  }

  #settledBytes(sources: Iterable<SourceRow>): number {
    let bytes = 0
    for (const source of sources) {
      const head = this.#head(source)
      if (head) bytes += Math.max(this.#settledEnd(source) - head.start, 0)
    }
    return bytes
  }

  #head(source: SourceRow): Row | null {
    const known = this.#heads.get(source.id)
    if (known !== undefined) return known
    const row = this.#oldest.get(source.id, 1)
    const head = row ? rowOf(row) : null
    this.#heads.set(source.id, head)
    return head
  }

  /** Where, in bytes ever given to the source, what is settled ends. */
  #settledEnd(source: SourceRow): number {
    if (source.settled >= source.next - 1) return source.bytes
    const known = this.#settledEnds.get(source.id)
    if (known?.settled === source.settled) return known.end
    const row = this.#holding.get(source.id, source.settled + 1)
    const end = row ? rowOf(row).start : 0
    this.#settledEnds.set(source.id, { settled: source.settled, end })
    return end
  }
}
