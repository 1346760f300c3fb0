import type { Expression, ExpressionBuilder, SqlBool } from 'kysely'
import { numberKey } from '../../domain/call.ts'
import type { EmployeeName } from '../../domain/find-employee.ts'
import { foldedKey } from '../../domain/people.ts'
import type { ReadingVersion } from '../../domain/reading.ts'
import { type CallRow, type MadeDelta, monthOf, type PassedInterval, type SegmentRow } from '../../pipeline/store.ts'
import type {
  Accounts,
  CallCursor,
  CallFilter,
  FeedPosition,
  LedgerCounts,
  NamedPart,
  PassedNumbers,
  QuarantineCursor,
  QuarantinedRecord,
  QuarantineListFilter,
  SourceFacts,
  StoreReader,
} from '../../pipeline/store-reading.ts'
import { attributionOf, extensionRoles } from './attribution-rows.ts'
import { SqlPeopleReader } from './people-reader.ts'
import { callOf, quarantineOf, readingOf, type Row, segmentOf } from './rows.ts'
import type { Tables } from './tables.ts'

/** Questions to either engine; what the engines raise is translated by whoever opened it. */
export class SqlReader extends SqlPeopleReader implements StoreReader {
  async sources(): Promise<readonly SourceFacts[]> {
    const rows = await this.ask(
      this.db.selectFrom('source').select(['id', 'name', 'last_received_at', 'clock_samples']).orderBy('id').execute(),
    )
    return rows.map((row) => ({
      id: row.id,
      name: row.name,
      lastReceivedAt: row.last_received_at,
      clockSamples: JSON.parse(row.clock_samples) as number[],
    }))
  }

  async readings(sourceId: number): Promise<readonly ReadingVersion[]> {
    const rows = await this.ask(
      this.db
        .selectFrom('reading')
        .select(['id', 'version', 'valid_from', 'body'])
        .where('source_id', '=', sourceId)
        .orderBy('version')
        .execute(),
    )
    return rows.map((row) => readingOf(row as Row))
  }

  async pageCalls(filter: CallFilter, after: CallCursor | null, limit: number): Promise<readonly CallRow[]> {
    if (filter.extension === null && filter.number === null) return this.#callsStarted(filter, after, limit, null)
    const months = await this.#months(filter, after)
    for (const month of months) {
      const rows = await this.#callsStarted(filter, after, limit, month)
      if (rows.length > 0) return rows
    }
    return []
  }

  /** The months in which calls of the filter can start: a number is looked for in one month's part of the index at a time. */
  async #months(filter: CallFilter, after: CallCursor | null): Promise<number[]> {
    const bound = (order: 'asc' | 'desc') =>
      this.ask(this.db.selectFrom('call').select('started_at').orderBy('started_at', order).limit(1).executeTakeFirst())
    const [first, last] = [await bound('asc'), await bound('desc')]
    if (!first || !last) return []
    const from = monthOf(
      Math.max(first.started_at, filter.from ?? first.started_at, after?.startedAt ?? first.started_at),
    )
    const to = monthOf(Math.min(last.started_at, filter.to ?? last.started_at))
    return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i)
  }

  async #callsStarted(
    filter: CallFilter,
    after: CallCursor | null,
    limit: number,
    month: number | null,
  ): Promise<readonly CallRow[]> {
    const { from, to, source, extension, number, kind, direction, outcome } = filter
    const sourceId = source === null ? null : (await this.sources()).find((it) => it.name === source)?.id
    if (sourceId === undefined) return []
    let query = this.db.selectFrom('call').selectAll()
    if (from !== null) query = query.where('started_at', '>=', from)
    if (to !== null) query = query.where('started_at', '<', to)
    if (after)
      query = query.where((it) =>
        it.and([
          it('started_at', '>=', after.startedAt),
          it.or([it('started_at', '>', after.startedAt), it('id', '>', after.id)]),
        ]),
      )
    if (sourceId !== null) query = query.where('source_id', '=', sourceId)
    if (kind !== 'all') query = query.where('kind', '=', kind)
    if (direction) query = query.where('direction', '=', direction)
    if (outcome) query = query.where('outcome', '=', outcome)
    const { employeeId } = filter
    if (employeeId !== null)
      query = query.where((it) => it('id', 'in', heldBy(it, employeeId, after?.startedAt ?? from, to)))
    if (month !== null && extension !== null) query = query.where((it) => hasParty(it, month, extension, 'extension'))
    if (month !== null && number !== null) query = query.where((it) => hasParty(it, month, number, 'any'))
    const rows = await this.ask(query.orderBy('started_at').orderBy('id').limit(limit).execute())
    return rows.map((row) => callOf(row as Row))
  }

  async call(recordId: number): Promise<{ row: CallRow; segments: readonly SegmentRow[] } | null> {
    const segment = await this.ask(
      this.db.selectFrom('segment').select('call_id').where('id', '=', recordId).executeTakeFirst(),
    )
    if (!segment) return null
    const row = await this.ask(
      this.db.selectFrom('call').selectAll().where('id', '=', segment.call_id).executeTakeFirst(),
    )
    const segments = await this.ask(
      this.db.selectFrom('segment').selectAll().where('call_id', '=', segment.call_id).orderBy('id').execute(),
    )
    return row ? { row: callOf(row as Row), segments: segments.map((it) => segmentOf(it as Row)) } : null
  }

  async attributions(callIds: readonly number[]): Promise<readonly NamedPart[]> {
    if (callIds.length === 0 || !(await this.hasPeople())) return []
    const rows = await this.ask(
      this.db
        .selectFrom('attribution as a')
        .leftJoin('employee as e', 'e.id', 'a.employee_id')
        .selectAll('a')
        .select('e.name as employee_name')
        .where('a.call_id', 'in', callIds)
        .orderBy('a.call_id')
        .orderBy('a.position')
        .execute(),
    )
    return rows.map((row) => ({ ...attributionOf(row as Row), employeeName: row.employee_name }))
  }

  async employeesNamed(text: string): Promise<readonly EmployeeName[]> {
    if (!(await this.hasPeople())) return []
    const wanted = text.trim()
    const id = Number(wanted)
    const rows = await this.ask(
      this.db
        .selectFrom('employee')
        .select(['id', 'personnel_number', 'name'])
        .where((it) =>
          it.or([
            it('personnel_number', '=', wanted),
            it('name_key', '=', foldedKey(wanted)),
            ...(Number.isSafeInteger(id) ? [it('id', '=', id)] : []),
          ]),
        )
        .orderBy('id')
        .execute(),
    )
    return rows.map((row) => ({ id: row.id, personnelNumber: row.personnel_number, name: row.name }))
  }

  async rawOf(sourceId: number, segments: readonly SegmentRow[]): Promise<ReadonlyMap<number, Uint8Array | null>> {
    const raw = new Map<number, Uint8Array | null>()
    for (const { id, startWall } of segments) {
      const row = await this.ask(
        this.db
          .selectFrom('record')
          .select(['id', 'bytes'])
          .where('source_id', '=', sourceId)
          .where('content_at', '=', startWall)
          .where('id', '=', id)
          .executeTakeFirst(),
      )
      if (row) raw.set(row.id, row.bytes)
    }
    return raw
  }

  async pageQuarantine(
    filter: QuarantineListFilter,
    after: QuarantineCursor | null,
    limit: number,
  ): Promise<readonly QuarantinedRecord[]> {
    let query = this.db
      .selectFrom('quarantine as q')
      .innerJoin('source as s', 's.id', 'q.source_id')
      .innerJoin('delivery as d', 'd.id', 'q.delivery_id')
      .innerJoin('record as r', (join) =>
        join
          .onRef('r.source_id', '=', 'q.source_id')
          .onRef('r.content_at', '=', 'q.content_at')
          .onRef('r.hash', '=', 'q.hash')
          .onRef('r.k', '=', 'q.k'),
      )
      .selectAll('q')
      .select(['s.name as source', 'd.uid as delivery', 'r.bytes'])
    if (filter.source !== null) query = query.where('s.name', '=', filter.source)
    if (filter.reason !== null) query = query.where('q.reason', '=', filter.reason)
    if (filter.recordId !== null) query = query.where('q.record_id', '=', filter.recordId)
    if (after)
      query = query.where((it) =>
        it.and([
          it('q.received_at', '>=', after.receivedAt),
          it.or([it('q.received_at', '>', after.receivedAt), it('q.record_id', '>', after.recordId)]),
        ]),
      )
    const rows = await this.ask(query.orderBy('q.received_at').orderBy('q.record_id').limit(limit).execute())
    return rows.map((row) => ({
      ...quarantineOf(row as Row),
      source: row.source,
      delivery: row.delivery,
      bytes: row.bytes,
    }))
  }

  async accounts(): Promise<Accounts> {
    const counted = this.db
      .selectFrom('ledger as l')
      .innerJoin('journal as j', 'j.id', 'l.journal_id')
      .select((it) => [
        it.lit<number>(1).as('counted'),
        'l.source_id as sourceId',
        'j.id as journalId',
        'j.uid as journalUid',
        'j.kind as kind',
        'j.generation as generation',
        it.fn.sum<number>('l.stored').as('first'),
        it.fn.sum<number>('l.duplicate').as('second'),
        it.fn.sum<number>('l.quarantined').as('third'),
      ])
      .groupBy(['l.source_id', 'j.id', 'j.uid', 'j.kind', 'j.generation'])
    const passed = this.db
      .selectFrom('passed as p')
      .innerJoin('journal as j', 'j.id', 'p.journal_id')
      .select((it) => [
        it.lit<number>(0).as('counted'),
        'p.source_id as sourceId',
        'j.id as journalId',
        'j.uid as journalUid',
        'j.kind as kind',
        'j.generation as generation',
        'p.from_number as first',
        'p.to_number as second',
        'p.since as third',
      ])
    // One statement, so that both see the same transactions.
    const rows = await this.ask(
      counted.unionAll(passed).orderBy('sourceId').orderBy('journalId').orderBy('first').execute(),
    )
    const counts: LedgerCounts[] = []
    const found: (Omit<PassedNumbers, 'intervals'> & { readonly intervals: PassedInterval[] })[] = []
    for (const { counted: isCount, sourceId, journalUid, kind: text, generation, first, second, third } of rows) {
      const kind = text as LedgerCounts['kind']
      if (isCount === 1) {
        counts.push({ sourceId, journalUid, kind, stored: first, duplicate: second, quarantined: third })
        continue
      }
      let last = found.at(-1)
      if (last?.sourceId !== sourceId || last.journalUid !== journalUid || last.generation !== generation)
        found.push((last = { sourceId, journalUid, kind, generation, intervals: [] }))
      last.intervals.push({ from: first, to: second, since: third })
    }
    return { counts, passed: found }
  }

  positions(): Promise<FeedPosition[]> {
    return this.ask(
      this.db
        .selectFrom('position as p')
        .innerJoin('journal as j', 'j.id', 'p.journal_id')
        .select(['p.source_id as sourceId', 'j.uid as feed', 'p.next as next'])
        .execute(),
    )
  }

  async made(): Promise<readonly (MadeDelta & { sourceId: number })[]> {
    const rows = await this.ask(this.db.selectFrom('call_made').selectAll().execute())
    return rows.map((row) => ({
      sourceId: row.source_id,
      readingId: row.reading_id,
      rules: row.rules,
      day: row.day,
      calls: row.calls,
    }))
  }

  async countMade(sourceId: number, readingId: number, rules: number, from: number, to: number): Promise<number> {
    // Instants lie within 15 hours of the wall time, whatever the zone: the index on instants narrows the search.
    const margin = 15 * 3_600_000
    const row = await this.ask(
      this.db
        .selectFrom('call')
        .select(({ fn }) => fn.countAll<number>().as('n'))
        .where('started_at', '>=', from - margin)
        .where('started_at', '<', to + margin)
        .where('source_id', '=', sourceId)
        .where('reading_id', '=', readingId)
        .where('rules', '=', rules)
        .where('start_wall', '>=', from)
        .where('start_wall', '<', to)
        .executeTakeFirst(),
    )
    return row?.n ?? 0
  }

  async attributionDue(): Promise<number> {
    const count = async (table: 'attribution_due' | 'attribution_due_range') => {
      const row = await this.ask(
        this.db
          .selectFrom(table)
          .select(({ fn }) => fn.countAll<number>().as('n'))
          .executeTakeFirst(),
      )
      return row?.n ?? 0
    }
    return (await count('attribution_due')) + (await count('attribution_due_range'))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.db.destroy()
  }
}

/** Calls in which the person held an extension, by the call's own start. */
function heldBy(it: ExpressionBuilder<Tables, 'call'>, employeeId: number, from: number | null, to: number | null) {
  let parts = it.selectFrom('attribution').select('call_id').where('employee_id', '=', employeeId)
  if (from !== null) parts = parts.where('started_at', '>=', from)
  if (to !== null) parts = parts.where('started_at', '<', to)
  return parts
}

/** A call that starts in `month` and in which the number takes part: as an own extension, or anywhere. */
function hasParty(
  it: ExpressionBuilder<Tables, 'call'>,
  month: number,
  number: string,
  where: 'extension' | 'any',
): Expression<SqlBool> {
  let parties = it
    .selectFrom('call_party')
    .select('call_id')
    .where('month', '=', month)
    .where('number_key', '=', numberKey(number))
  if (where === 'extension') parties = parties.where('number', '=', number).where('role', 'in', extensionRoles)
  return it('id', 'in', parties)
}
