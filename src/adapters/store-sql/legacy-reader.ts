import { type Kysely, sql } from 'kysely'
import type { BoundCount } from '../../domain/metrics/shifts.ts'
import type { Span } from '../../domain/worktime/spans.ts'
import type {
  BoundCursor,
  BoundRow,
  FoundOldRow,
  LegacyReading,
  OldRowCursor,
  OldRowQuery,
} from '../../pipeline/legacy/legacy-reading.ts'
import type { DigestOrigin } from '../../pipeline/legacy/legacy-store.ts'
import type { ReportTables } from './report-tables.ts'

/** A bound call was written down no longer than this after it began. */
const callMsAtMost = 31 * 86_400_000

/** Questions of reports about the older system's data to either engine, along the index by time. */
export class SqlLegacyReader implements LegacyReading {
  readonly #db: Kysely<ReportTables>
  readonly #translate: (error: unknown) => unknown

  constructor(db: Kysely<ReportTables>, translate: (error: unknown) => unknown) {
    this.#db = db
    this.#translate = translate
  }

  async #ask<T>(question: { execute(): Promise<T[]> }): Promise<T[]> {
    try {
      return await question.execute()
    } catch (error) {
      throw this.#translate(error)
    }
  }

  async boundInShifts(shiftIds: readonly number[]): Promise<ReadonlyMap<number, readonly BoundCount[]>> {
    if (shiftIds.length === 0) return new Map()
    const rows = await this.#ask(
      this.#db
        .selectFrom('legacy_call')
        .select(['shift_id', 'direction', 'excluded', ({ fn }) => fn.countAll<number>().as('count')])
        .where('shift_id', 'in', shiftIds)
        .groupBy(['shift_id', 'direction', 'excluded']),
    )
    const counts = new Map<number, BoundCount[]>()
    for (const { shift_id, direction, excluded, count } of rows) {
      const of = { direction: direction as BoundCount['direction'], excluded: excluded === 1, count }
      counts.set(shift_id ?? 0, [...(counts.get(shift_id ?? 0) ?? []), of])
    }
    return counts
  }

  async pageBoundCalls({ from, to }: Span, after: BoundCursor | null, limit: number): Promise<readonly BoundRow[]> {
    let page = this.#db
      .selectFrom('legacy_call')
      .select(['id', 'employee_id', 'at', 'told_at', 'direction', 'extension', 'excluded'])
      .where('at', '>=', from - callMsAtMost)
      .where('at', '<', to)
      .where('told_at', '>=', from)
      .where('told_at', '<', to)
    if (after)
      page = page.where((it) =>
        it.and([it('at', '>=', after.at), it.or([it('at', '>', after.at), it('id', '>', after.id)])]),
      )
    const rows = await this.#ask(page.orderBy('at').orderBy('id').limit(limit))
    return rows.map((row) => ({
      id: row.id,
      employeeId: row.employee_id,
      at: row.at,
      toldAt: row.told_at,
      direction: row.direction as BoundRow['direction'],
      extension: row.extension,
      excluded: row.excluded === 1,
    }))
  }

  async gaps({ from, to }: Span): Promise<readonly Span[]> {
    const rows = await this.#ask(
      this.#db
        .selectFrom('legacy_issue')
        .select(['from_at', 'to_at'])
        .where('kind', '=', 'gap-expected')
        .where('from_at', '<', to)
        .where('to_at', '>', from)
        .orderBy('from_at'),
    )
    return rows.map(({ from_at, to_at }) => ({ from: from_at ?? from, to: to_at ?? to }))
  }

  /** An equation with the first column of the key would be looked up there, among the rows of all times. */
  #oldRows(origin: DigestOrigin, { from, to }: Span) {
    return this.#db
      .selectFrom('legacy_digest')
      .where('at', '>=', from)
      .where('at', '<', to)
      .where(sql<string>`coalesce(origin, '')`, '=', origin)
  }

  async pageOldRows(
    { origin, numbers, other, ...span }: OldRowQuery,
    after: OldRowCursor | null,
    limit: number,
  ): Promise<readonly FoundOldRow[]> {
    if (numbers.length === 0) return []
    let page = this.#oldRows(origin, span).where((it) => it.or([it('a', 'in', numbers), it('c', 'in', numbers)]))
    if (other !== null) page = page.where((it) => it.or([it('a', '=', other), it('c', '=', other)]))
    if (after)
      page = page.where((it) =>
        it.and([it('at', '>=', after.at), it.or([it('at', '>', after.at), it('old_id', '>', after.oldId)])]),
      )
    const rows = await this.#ask(
      page
        .select(['old_id', 'source', 'at', 'seconds', 'direction', 'a', 'b', 'c', 'internal', 'ring_only'])
        .orderBy('at')
        .orderBy('origin')
        .orderBy('old_id')
        .limit(limit),
    )
    return rows.map(({ old_id: oldId, direction, internal, ring_only, ...row }) => ({
      ...row,
      oldId,
      direction: direction as FoundOldRow['direction'],
      internal: internal === 1,
      ringOnly: ring_only === 1,
    }))
  }

  async edgeOfOldRows(origin: DigestOrigin, span: Span, edge: 'first' | 'last'): Promise<number | null> {
    const direction = edge === 'first' ? 'asc' : 'desc'
    const [row] = await this.#ask(this.#oldRows(origin, span).select('at').orderBy('at', direction).limit(1))
    return row?.at ?? null
  }

  async oldZone(): Promise<string | null> {
    const [row] = await this.#ask(
      this.#db.selectFrom('shift').select('zone').where('started_how', '=', 'legacy').orderBy('started_at').limit(1),
    )
    return row?.zone ?? null
  }
}
