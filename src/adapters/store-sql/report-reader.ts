import type { ExpressionBuilder, Kysely, Selectable } from 'kysely'
import type { AttributedPart } from '../../domain/attribution.ts'
import type { CountedCall } from '../../domain/metrics/counted-call.ts'
import type { CallExclusion } from '../../domain/metrics/excluded-calls.ts'
import type { MissedDone } from '../../domain/metrics/missed-done.ts'
import type { Reading } from '../../domain/reading.ts'
import type { Unit } from '../../domain/units.ts'
import type { BreakType, Mark, MarkType, Shift } from '../../domain/worktime/shift.ts'
import type { Span } from '../../domain/worktime/spans.ts'
import type {
  CountedCallQuery,
  DirectoryEntry,
  EmployeeFacts,
  ListedNumber,
  MarkCursor,
  MarkQuery,
  PartQuery,
  ReportReading,
  SavedFacts,
  ShiftCursor,
  ShiftQuery,
} from '../../pipeline/report-reading.ts'
import type { CallCursor } from '../../pipeline/store-reading.ts'
import type { SourceRow } from '../../pipeline/store.ts'
import { SqlLegacyReader } from './legacy-reader.ts'
import { attributionOf } from './attribution-rows.ts'
import { checkSchemaVersion } from './migrations.ts'
import { excludedCalls } from './people-queries.ts'
import { breakOf, breakTypeOf, directoryOf, markOf, markTypeOf, missedDoneOf, shiftOf, unitOf } from './people-rows.ts'
import { callReader, savedOf } from './report-rows.ts'
import type { ReportTables } from './report-tables.ts'

type SavedRow = Selectable<ReportTables['saved_report']>

const schemaWithTicks = 4
const keysAtOnce = 500

const isAfter =
  ({ startedAt, id }: CallCursor) =>
  (it: ExpressionBuilder<ReportTables, 'call'>) =>
    it.and([it('started_at', '>=', startedAt), it.or([it('started_at', '>', startedAt), it('id', '>', id)])])

/** The questions of reports to either engine. Each is answered along an index by time, so that its cost follows the period. */
export class SqlReportReader implements ReportReading {
  readonly legacy: SqlLegacyReader

  readonly #db: Kysely<ReportTables>

  readonly #translate: (error: unknown) => unknown

  readonly #callOf = callReader()

  #schema = 0

  constructor(db: Kysely<ReportTables>, translate: (error: unknown) => unknown) {
    this.#db = db
    this.#translate = translate
    this.legacy = new SqlLegacyReader(db, translate)
  }

  async #ask<T>(question: { execute(): Promise<T[]> }): Promise<T[]> {
    try {
      return await question.execute()
    } catch (error) {
      throw this.#translate(error)
    }
  }

  async atOneInstant<T>(read: (reading: ReportReading) => Promise<T>): Promise<T> {
    // SQLite knows no other isolation and takes no notice: a transaction that only reads sees what stood when it read first.
    const begin = this.#db.startTransaction().setIsolationLevel('repeatable read').setAccessMode('read only')
    const [snapshot] = await this.#ask({ execute: async () => [await begin.execute()] })
    if (!snapshot) throw new Error('a transaction begins or fails')
    try {
      return await read(new SqlReportReader(snapshot, this.#translate))
    } finally {
      // Nothing was written; a connection that broke has let go by itself.
      await snapshot
        .rollback()
        .execute()
        .catch(() => undefined)
    }
  }

  async sources(): Promise<readonly SourceRow[]> {
    return this.#ask(this.#db.selectFrom('source').select(['id', 'name']).orderBy('id'))
  }

  async allReadings(): Promise<ReadonlyMap<number, Reading>> {
    const rows = await this.#ask(this.#db.selectFrom('reading').select(['id', 'body']))
    return new Map(rows.map(({ id, body }) => [id, JSON.parse(body) as Reading]))
  }

  async employees(): Promise<readonly EmployeeFacts[]> {
    const rows = await this.#ask(this.#db.selectFrom('employee').selectAll().orderBy('name_key').orderBy('id'))
    return rows.map((row) => ({
      id: row.id,
      name: row.name,
      nameKey: row.name_key,
      personnelNumber: row.personnel_number,
      unitId: row.unit_id,
      active: row.active === 1,
    }))
  }

  async units(): Promise<readonly Unit[]> {
    return (await this.#ask(this.#db.selectFrom('unit').selectAll().orderBy('name_key'))).map(unitOf)
  }

  async directory(): Promise<readonly DirectoryEntry[]> {
    const rows = await this.#ask(this.#db.selectFrom('directory').selectAll().orderBy('plan').orderBy('number'))
    return rows.map(directoryOf)
  }

  async numberLists(): Promise<readonly ListedNumber[]> {
    return this.#ask(
      this.#db
        .selectFrom('directory_group')
        .select(['name', 'plan', 'number'])
        .orderBy('name')
        .orderBy('plan')
        .orderBy('number'),
    )
  }

  async siteZones(): Promise<ReadonlyMap<string, string>> {
    const rows = await this.#ask(this.#db.selectFrom('site').selectAll())
    return new Map(rows.map(({ name, zone }) => [name, zone]))
  }

  async breakTypes(): Promise<readonly BreakType[]> {
    return (await this.#ask(this.#db.selectFrom('break_type').selectAll().orderBy('position'))).map(breakTypeOf)
  }

  async markTypes(): Promise<readonly MarkType[]> {
    return (await this.#ask(this.#db.selectFrom('mark_type').selectAll().orderBy('position').orderBy('id'))).map(
      markTypeOf,
    )
  }

  #calls({ from, to, sourceIds, direction }: CountedCallQuery) {
    let query = this.#db
      .selectFrom('call')
      .where('started_at', '>=', from)
      .where('started_at', '<', to)
      .where('kind', '=', 'call')
    if (sourceIds !== null) query = query.where('source_id', 'in', sourceIds.length > 0 ? sourceIds : [0])
    if (direction !== null) query = query.where('direction', '=', direction)
    return query
  }

  async pageCountedCalls(
    query: CountedCallQuery,
    after: CallCursor | null,
    limit: number,
  ): Promise<readonly CountedCall[]> {
    let page = this.#calls(query)
    if (after) page = page.where(isAfter(after))
    const rows = await this.#ask(
      page
        .select(['id', 'source_id', 'reading_id', 'plan', 'direction', 'outcome', 'from_number', 'to_number'])
        .select(['targets', 'answered_by', 'answered_outside', 'extensions', 'started_at', 'answered_at', 'ended_at'])
        .select(['wait_seconds', 'talk_seconds', 'hold_seconds', 'conference'])
        .orderBy('started_at')
        .orderBy('id')
        .limit(limit),
    )
    return rows.map(this.#callOf)
  }

  async pageCallTimes({ from, to }: Span, after: CallCursor | null, limit: number): Promise<readonly CallCursor[]> {
    let page = this.#db.selectFrom('call').where('started_at', '>=', from).where('started_at', '<', to)
    if (after) page = page.where(isAfter(after))
    return this.#ask(page.select(['id', 'started_at as startedAt']).orderBy('started_at').orderBy('id').limit(limit))
  }

  async countCalls(query: CountedCallQuery): Promise<number> {
    const [row] = await this.#ask(this.#calls(query).select(({ fn }) => fn.countAll<number>().as('n')))
    return row?.n ?? 0
  }

  async pageParts(
    { from, to, employeeId }: PartQuery,
    after: AttributedPart | null,
    limit: number,
  ): Promise<readonly AttributedPart[]> {
    let page = this.#db
      .selectFrom('attribution')
      .selectAll()
      .where('started_at', '>=', from)
      .where('started_at', '<', to)
    page = page.where('employee_id', employeeId === null ? 'is' : '=', employeeId)
    if (after)
      page = page.where((it) => {
        const inCall = it.and([it('call_id', '=', after.callId), it('position', '>', after.position)])
        const inSecond = it.or([it('call_id', '>', after.callId), inCall])
        return it.and([
          it('started_at', '>=', after.startedAt),
          it.or([it('started_at', '>', after.startedAt), inSecond]),
        ])
      })
    const rows = await this.#ask(page.orderBy('started_at').orderBy('call_id').orderBy('position').limit(limit))
    return rows.map(attributionOf)
  }

  async partsOfCalls(callIds: readonly number[]): Promise<readonly AttributedPart[]> {
    if (callIds.length === 0) return []
    const rows = await this.#ask(
      this.#db
        .selectFrom('attribution')
        .selectAll()
        .where('call_id', 'in', callIds)
        .orderBy('call_id')
        .orderBy('position'),
    )
    return rows.map(attributionOf)
  }

  /** None of a person's shifts overlap: only the last one that began before an instant can reach over it. */
  async #shiftsReachingTo(at: number, employeeIds: readonly number[]) {
    const last = await this.#ask(
      this.#db
        .selectFrom('employee as e')
        .where('e.id', 'in', employeeIds)
        .select((it) =>
          it
            .selectFrom('shift as s')
            .select('s.id')
            .whereRef('s.employee_id', '=', 'e.id')
            .where('s.started_at', '<', at)
            .orderBy('s.started_at', 'desc')
            .limit(1)
            .as('id'),
        ),
    )
    const ids = last.flatMap(({ id }) => (id === null ? [] : [id]))
    if (ids.length === 0) return []
    return this.#ask(
      this.#db
        .selectFrom('shift')
        .select(['id', 'started_at'])
        .where('id', 'in', ids)
        .where((it) => it.or([it('ended_at', 'is', null), it('ended_at', '>', at)])),
    )
  }

  async pageShifts(
    { from, to, employeeIds }: ShiftQuery,
    after: ShiftCursor | null,
    limit: number,
  ): Promise<readonly Shift[]> {
    if (employeeIds.length === 0) return []
    const reaching = await this.#shiftsReachingTo(from, employeeIds)
    const ids = reaching.map(({ id }) => id)
    let page = this.#db
      .selectFrom('shift')
      .selectAll()
      // The bound keeps the search in the index to the period, which the alternatives below would not.
      .where('started_at', '>=', Math.min(from, ...reaching.map((it) => it.started_at)))
      .where('started_at', '<', to)
      .where('employee_id', 'in', employeeIds)
      .where((it) => it.or([it('started_at', '>=', from), ...(ids.length > 0 ? [it('id', 'in', ids)] : [])]))
    if (after)
      page = page.where((it) =>
        it.or([
          it('started_at', '>', after.startedAt),
          it.and([it('started_at', '=', after.startedAt), it('id', '>', after.id)]),
        ]),
      )
    const shifts = await this.#ask(page.orderBy('started_at').orderBy('id').limit(limit))
    if (shifts.length === 0) return []
    const breaks = await this.#ask(
      this.#db
        .selectFrom('shift_break')
        .selectAll()
        .where(
          'shift_id',
          'in',
          shifts.map(({ id }) => id),
        )
        .orderBy('shift_id')
        .orderBy('started_at'),
    )
    const ofShift = Map.groupBy(breaks, (it) => it.shift_id)
    return shifts.map((row) => shiftOf(row, (ofShift.get(row.id) ?? []).map(breakOf)))
  }

  async pageMarks({ from, to }: MarkQuery, after: MarkCursor | null, limit: number): Promise<readonly Mark[]> {
    let page = this.#db.selectFrom('mark').selectAll().where('at', '>=', from).where('at', '<', to)
    if (after)
      page = page.where((it) =>
        it.and([it('at', '>=', after.at), it.or([it('at', '>', after.at), it('id', '>', after.id)])]),
      )
    return (await this.#ask(page.orderBy('at').orderBy('id').limit(limit))).map(markOf)
  }

  /** A store that only an older program has written to has no such tables: nothing was ticked. */
  async #hasTicks(): Promise<boolean> {
    if (this.#schema < schemaWithTicks) {
      const version = async () => [await checkSchemaVersion(this.#db)]
      this.#schema = (await this.#ask({ execute: version }))[0] ?? 0
    }
    return this.#schema >= schemaWithTicks
  }

  async missedDone(numberKeys: readonly string[]): Promise<readonly MissedDone[]> {
    if (!(await this.#hasTicks())) return []
    const found: MissedDone[] = []
    for (let i = 0; i < numberKeys.length; i += keysAtOnce) {
      const keys = numberKeys.slice(i, i + keysAtOnce)
      const rows = await this.#ask(
        this.#db.selectFrom('missed_done').selectAll().where('number_key', 'in', keys).orderBy('id'),
      )
      found.push(...rows.map(missedDoneOf))
    }
    return found
  }

  async excludedCalls(employeeIds: readonly number[]): Promise<readonly CallExclusion[]> {
    if (!(await this.#hasTicks())) return []
    return this.#ask({ execute: async () => [...(await excludedCalls(this.#db, employeeIds))] })
  }

  async marksOfShifts(shiftIds: readonly number[]): Promise<readonly Mark[]> {
    if (shiftIds.length === 0) return []
    return (
      await this.#ask(this.#db.selectFrom('mark').selectAll().where('shift_id', 'in', shiftIds).orderBy('id'))
    ).map(markOf)
  }

  async savedReports(): Promise<readonly SavedFacts[]> {
    const rows = await this.#ask(
      this.#db
        .selectFrom('saved_report')
        .select(['id', 'name', 'report', 'filter', 'author', 'made_at', 'frozen'])
        .orderBy('name')
        .orderBy('id'),
    )
    return rows.map(savedOf)
  }

  async savedReport(id: number): Promise<(SavedFacts & Pick<SavedRow, 'rows' | 'shifts'>) | null> {
    const [row] = await this.#ask(this.#db.selectFrom('saved_report').selectAll().where('id', '=', id))
    return row ? { ...savedOf(row), rows: row.rows, shifts: row.shifts } : null
  }

  async attributionDue(): Promise<number> {
    const [calls] = await this.#ask(
      this.#db.selectFrom('attribution_due').select(({ fn }) => fn.countAll<number>().as('n')),
    )
    const [ranges] = await this.#ask(
      this.#db.selectFrom('attribution_due_range').select(({ fn }) => fn.countAll<number>().as('n')),
    )
    return (calls?.n ?? 0) + (ranges?.n ?? 0)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#db.destroy()
  }
}
