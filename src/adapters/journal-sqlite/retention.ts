import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite'
import { entryBytes, type SourceRow } from '../../pipeline/journal-entry.ts'

/** The oldest row of a source. */
interface Head {
  /** No record of the row has a larger number. */
  readonly last: number
  readonly receivedAt: number
  /** Bytes that the source had been given before the row. */
  readonly start: number
}

interface Found {
  readonly id: bigint
  /** First number by the index and by the row. */
  readonly place: number
  readonly first: number
  readonly count: number
  readonly entries: number
  readonly receivedAt: number
  readonly start: number
  readonly bytes: number
}

const foundOf = (row: Record<string, SQLOutputValue>): Found => ({
  id: row['id'] as bigint,
  place: Number(row['place']),
  first: Number(row['first']),
  count: Number(row['count']),
  entries: Number(row['entries']),
  receivedAt: Number(row['received_at']),
  start: Number(row['start']),
  bytes: Number(row['bytes']),
})

/**
 * Lets settled rows go: those that are older than `keepMs`, the oldest of those beyond `keepBytes`, and the oldest whatever
 * they are when the disk is short of room. Sizes of ranges are differences of `start`, so that nothing has to be summed up.
 *
 * An unsettled row never goes, whatever single bit of the file has flipped: where a row ends is told by its own count, by its
 * directory and by the next row, and the largest of them counts. What claims numbers that were not given yet is wrong and
 * keeps its row no longer than that.
 */
export class Retention {
  readonly #keepMs: number
  readonly #keepBytes: number
  readonly #oldest: StatementSync
  readonly #holding: StatementSync
  readonly #delete: StatementSync
  readonly #prune: StatementSync
  /** The oldest row of each source; null: it has none; absent: not looked up yet. */
  readonly #heads = new Map<number, Head | null>()
  readonly #settledEnds = new Map<number, { readonly settled: number; readonly end: number }>()

  constructor(db: DatabaseSync, keepMs: number, keepBytes: number) {
    this.#keepMs = keepMs
    this.#keepBytes = keepBytes
    // Integers that a bit flip made too large for a number must not end the program.
    const prepare = (sql: string) => db.prepare(sql, { readBigInts: true })
    // The join gives the place by the index and the row by the table, so that one can be held against the other.
    this.#oldest = prepare(
      `SELECT run.id, place.first AS place, run.first, run.count, length(run.directory) / ${entryBytes} AS entries, run.received_at,
              run.start, length(run.directory) + length(run.body) AS bytes
       FROM run AS place INDEXED BY run_place CROSS JOIN run ON run.id = place.id
       WHERE place.source = ? ORDER BY place.first LIMIT ?`,
    )
    this.#holding = prepare('SELECT start FROM run WHERE source = ? AND first <= ? ORDER BY first DESC LIMIT 1')
    this.#delete = prepare('DELETE FROM run WHERE id = ?')
    this.#prune = prepare(
      `DELETE FROM delivery WHERE id IN (
         SELECT id FROM (SELECT id, last_run FROM delivery WHERE closed_at <= ? ORDER BY closed_at LIMIT 1000)
         WHERE last_run < coalesce((SELECT min(id) FROM run), last_run + 1))`,
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

  isDue(sources: Iterable<SourceRow>, now: number, isShort: boolean): boolean {
    const all = [...sources]
    const excess = this.#excess(all, isShort)
    return all.some((source) => this.#isHeadDue(source, now, excess))
  }

  /** Deletes up to about `rows` rows and `bytes` bytes that are due, the oldest first. Runs in the caller's transaction. */
  trim(sources: Iterable<SourceRow>, now: number, rows: number, bytes: number, isShort: boolean): void {
    const left = new Set(sources)
    let excess = this.#excess(left, isShort)
    const quota = { rows, bytes }
    while (quota.rows > 0 && quota.bytes > 0) {
      let oldest: { readonly source: SourceRow; readonly head: Head } | undefined
      for (const source of left) {
        const head = this.#head(source)
        if (!head || !this.#isDue(source, head, now, excess)) left.delete(source)
        else if (!oldest || head.receivedAt < oldest.head.receivedAt) oldest = { source, head }
      }
      if (!oldest) return
      const freed = this.#trimSource(oldest.source, now, quota, excess)
      if (freed === null) left.delete(oldest.source)
      else excess -= freed
    }
  }

  /**
   * Forgets deliveries that are over and have no record here any more, the longest closed first. Their end is kept for as long as
   * a record would be: who is to be told of it may be away.
   */
  pruneDeliveries(now: number): void {
    this.#prune.run(now - this.#keepMs)
  }

  /** Deletes a stretch at the source's beginning; returns its bytes, null when nothing could go. */
  #trimSource(source: SourceRow, now: number, quota: { rows: number; bytes: number }, excess: number): number | null {
    const due: Found[] = []
    let freed = 0
    let row: Found | undefined
    let head: Head | undefined
    // Leaving the loop ends the statement.
    for (const found of this.#oldest.iterate(source.id, quota.rows + 2)) {
      const next = foundOf(found)
      if (row) {
        head = headOf(source, row, next)
        if (due.length === quota.rows || freed >= quota.bytes || !this.#isDue(source, head, now, excess - freed)) break
        due.push(row)
        freed += row.bytes
        head = undefined
      }
      row = next
    }
    // The source's last row, when all before it go.
    if (row && !head && due.length < quota.rows && freed < quota.bytes) {
      const last = headOf(source, row, undefined)
      if (this.#isDue(source, last, now, excess - freed)) due.push(row)
    }
    if (due.length === 0) return null
    for (const { id } of due) this.#delete.run(id)
    if (head) this.#heads.set(source.id, head)
    else this.#heads.delete(source.id)
    quota.rows -= due.length
    quota.bytes -= freed
    return freed
  }

  #isDue(source: SourceRow, head: Head, now: number, excess: number): boolean {
    return head.last <= source.settled && (head.receivedAt < now - this.#keepMs || excess > 0)
  }

  #isHeadDue(source: SourceRow, now: number, excess: number): boolean {
    const head = this.#head(source)
    return head !== null && this.#isDue(source, head, now, excess)
  }

  /** Settled bytes of which no more are to be kept. */
  #excess(sources: Iterable<SourceRow>, isShort: boolean): number {
    return isShort ? Number.POSITIVE_INFINITY : this.#settledBytes(sources) - this.#keepBytes
  }

  #settledBytes(sources: Iterable<SourceRow>): number {
    let bytes = 0
    for (const source of sources) {
      const head = this.#head(source)
      if (head) bytes += Math.max(this.#settledEnd(source) - head.start, 0)
    }
    return bytes
  }

  #head(source: SourceRow): Head | null {
    const known = this.#heads.get(source.id)
    if (known !== undefined) return known
    const [row, next] = this.#oldest.all(source.id, 2).map(foundOf)
    const head = row ? headOf(source, row, next) : null
    this.#heads.set(source.id, head)
    return head
  }

  /** Where, in bytes ever given to the source, what is settled ends. */
  #settledEnd(source: SourceRow): number {
    if (source.settled >= source.next - 1) return source.bytes
    const known = this.#settledEnds.get(source.id)
    if (known?.settled === source.settled) return known.end
    const end = Number(this.#holding.get(source.id, source.settled + 1)?.['start'] ?? 0)
    this.#settledEnds.set(source.id, { settled: source.settled, end })
    return end
  }
}

/** `next`: the row after it, when there is one. Times never fall, so one that lies after the next row's is wrong. */
function headOf(source: SourceRow, row: Found, next: Found | undefined): Head {
  const { place, first, count, entries } = row
  const lasts = [(next?.place ?? source.next) - 1, first + count - 1, first + entries - 1, place + entries - 1]
  const times = [row.receivedAt, next?.receivedAt ?? source.newestAt]
  return {
    last: Math.min(Math.max(...lasts.filter(Number.isSafeInteger)), source.next - 1),
    receivedAt: Math.min(...times.filter(Number.isSafeInteger)),
    start: Number.isSafeInteger(row.start) ? row.start : source.bytes,
  }
}
