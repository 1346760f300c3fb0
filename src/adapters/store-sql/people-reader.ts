import type { Kysely } from 'kysely'
import type { CallExclusion } from '../../domain/metrics/excluded-calls.ts'
import type { MissedDone } from '../../domain/metrics/missed-done.ts'
import { type Assignment, foldedKey } from '../../domain/people.ts'
import type { Unit } from '../../domain/units.ts'
import type { BreakType, Mark, MarkType, Shift } from '../../domain/worktime/shift.ts'
import { decidedInTrail, type LoggedCall, type StandingIssue } from '../../pipeline/legacy/legacy-store.ts'
import type { EmployeeFilter, PeopleReader, PeopleTime, ShiftCall } from '../../pipeline/people-reading.ts'
import type {
  AuditRow,
  Correction,
  CorrectionState,
  DirectoryEntry,
  Employee,
  PeopleSight,
  Period,
  PeriodVersion,
  Site,
} from '../../pipeline/people-store.ts'
import { callOf, issueOf } from './legacy-rows.ts'
import { checkSchemaVersion } from './migrations.ts'
import { SqlPeople } from './people.ts'
import { excludedCalls, shiftsIn } from './people-queries.ts'
import {
  assignmentOf,
  breakTypeOf,
  correctionOf,
  directoryOf,
  employeeOf,
  markOf,
  markTypeOf,
  missedDoneOf,
  periodOf,
  periodVersionOf,
  unitOf,
} from './people-rows.ts'
import type { Tables } from './tables.ts'

const schemaWithPeople = 3
const schemaWithTicks = 4
const schemaWithPeriodPeople = 5
/** A call begins no longer than this before the instant by which a part of it is judged. */
const callMsAtMost = 31 * 86_400_000

/** Questions about people and their time to either engine; what the engines raise is translated by whoever opened it. */
export class SqlPeopleReader implements PeopleReader {
  protected readonly db: Kysely<Tables>
  readonly #translate: (error: unknown) => unknown
  #schema = 0

  constructor(db: Kysely<Tables>, translate: (error: unknown) => unknown) {
    this.db = db
    this.#translate = translate
  }

  protected async ask<T>(question: Promise<T>): Promise<T> {
    try {
      return await question
    } catch (error) {
      throw this.#translate(error)
    }
  }

  /** A store that only an older program has written to has no such tables: it has no people. */
  protected async hasPeople(): Promise<boolean> {
    return this.#has(schemaWithPeople)
  }

  async #has(schema: number): Promise<boolean> {
    if (this.#schema < schema) this.#schema = await this.ask(checkSchemaVersion(this.db))
    return this.#schema >= schema
  }

  async #list<Row, T>(question: () => Promise<Row[]>, of: (row: Row) => T): Promise<T[]> {
    return (await this.hasPeople()) ? (await this.ask(question())).map(of) : []
  }

  async employees({ search, unitIds, onlyActive }: EmployeeFilter): Promise<readonly Employee[]> {
    if (unitIds?.length === 0) return []
    let query = this.db.selectFrom('employee').selectAll()
    if (onlyActive) query = query.where('active', '=', 1)
    if (unitIds) query = query.where('unit_id', 'in', [...unitIds])
    const people = await this.#list(() => query.orderBy('name_key').orderBy('id').execute(), employeeOf)
    if (search === null) return people
    const key = foldedKey(search)
    return people.filter(
      (it) =>
        it.personnelNumber === search.trim() || foldedKey([it.family, it.given, it.patronymic].join(' ')).includes(key),
    )
  }

  async units(): Promise<readonly Unit[]> {
    return this.#list(() => this.db.selectFrom('unit').selectAll().orderBy('name_key').execute(), unitOf)
  }

  async sites(): Promise<readonly Site[]> {
    return this.#list(
      () => this.db.selectFrom('site').select(['name', 'zone']).orderBy('name').execute(),
      (row) => row,
    )
  }

  async directory(): Promise<readonly (DirectoryEntry & { groups: readonly string[] })[]> {
    const members = await this.#list(
      () => this.db.selectFrom('directory_group').selectAll().orderBy('name').execute(),
      (row) => row,
    )
    const groups = Map.groupBy(members, ({ plan, number }) => `${plan} ${number}`)
    return this.#list(
      () => this.db.selectFrom('directory').selectAll().orderBy('plan').orderBy('number').execute(),
      (row) => ({
        ...directoryOf(row),
        groups: (groups.get(`${row.plan} ${row.number}`) ?? []).map(({ name }) => name),
      }),
    )
  }

  async assignments({ employeeIds, from, to }: PeopleTime): Promise<readonly Assignment[]> {
    if (employeeIds?.length === 0) return []
    let query = this.db.selectFrom('assignment').selectAll()
    if (employeeIds) query = query.where('employee_id', 'in', [...employeeIds])
    if (from !== null) query = query.where((it) => it.or([it('to_at', 'is', null), it('to_at', '>', from)]))
    if (to !== null) query = query.where('from_at', '<', to)
    return this.#list(() => query.orderBy('employee_id').orderBy('from_at').orderBy('id').execute(), assignmentOf)
  }

  async shifts(filter: PeopleTime): Promise<readonly Shift[]> {
    if (filter.employeeIds?.length === 0) return []
    return this.#list(
      () => shiftsIn(this.db, filter),
      (shift) => shift,
    )
  }

  async shift(id: number): Promise<Shift | null> {
    const [shift] = await this.#list(
      () => shiftsIn(this.db, { id }),
      (it) => it,
    )
    return shift ?? null
  }

  async breakTypes(): Promise<readonly BreakType[]> {
    return this.#list(
      () => this.db.selectFrom('break_type').selectAll().orderBy('position').orderBy('name').execute(),
      breakTypeOf,
    )
  }

  async markTypes(): Promise<readonly MarkType[]> {
    return this.#list(
      () => this.db.selectFrom('mark_type').selectAll().orderBy('position').orderBy('id').execute(),
      markTypeOf,
    )
  }

  async marks({ employeeIds, from, to }: PeopleTime): Promise<readonly Mark[]> {
    if (employeeIds?.length === 0) return []
    let query = this.db.selectFrom('mark').selectAll()
    if (employeeIds) query = query.where('employee_id', 'in', [...employeeIds])
    if (from !== null) query = query.where('at', '>=', from)
    if (to !== null) query = query.where('at', '<', to)
    return this.#list(() => query.orderBy('at').orderBy('id').execute(), markOf)
  }

  async shiftMarks(shiftId: number): Promise<readonly Mark[]> {
    return this.#list(
      () => this.db.selectFrom('mark').selectAll().where('shift_id', '=', shiftId).orderBy('id').execute(),
      markOf,
    )
  }

  async boundCalls(shiftId: number): Promise<readonly LoggedCall[]> {
    return this.#list(
      () => this.db.selectFrom('legacy_call').selectAll().where('shift_id', '=', shiftId).orderBy('id').execute(),
      callOf,
    )
  }

  async shiftCalls(employeeId: number, from: number, to: number): Promise<readonly ShiftCall[]> {
    return this.#list(
      () =>
        this.db
          .selectFrom('attribution as a')
          .innerJoin('call as c', 'c.id', 'a.call_id')
          .select(['a.call_id as callId', 'a.at', 'a.plan', 'a.extension', 'a.role', 'a.state'])
          .select(['c.direction', 'c.from_number as from', 'c.to_number as to'])
          .select(['a.ring_seconds as ringSeconds', 'a.talk_seconds as talkSeconds', 'a.hold_seconds as holdSeconds'])
          .where('a.employee_id', '=', employeeId)
          .where('a.started_at', '>=', from - callMsAtMost)
          .where('a.started_at', '<', to)
          .where('a.at', '>=', from)
          .where('a.at', '<', to)
          .where('a.counted', '=', 1)
          .orderBy('a.at')
          .orderBy('a.call_id')
          .orderBy('a.position')
          .execute(),
      (row) => row,
    )
  }

  async excludedCalls(employeeId: number): Promise<readonly CallExclusion[]> {
    if (!(await this.#has(schemaWithTicks))) return []
    return this.ask(excludedCalls(this.db, [employeeId]))
  }

  async missedDone(numberKey: string | null, limit: number): Promise<readonly MissedDone[]> {
    if (!(await this.#has(schemaWithTicks))) return []
    let query = this.db.selectFrom('missed_done').selectAll()
    if (numberKey !== null) query = query.where('number_key', '=', numberKey)
    return (await this.ask(query.orderBy('id', 'desc').limit(limit).execute())).map(missedDoneOf)
  }

  async corrections({
    employeeId,
    state,
  }: {
    readonly employeeId: number | null
    readonly state: CorrectionState | null
  }): Promise<readonly Correction[]> {
    let query = this.db.selectFrom('correction').selectAll()
    if (employeeId !== null) query = query.where('employee_id', '=', employeeId)
    if (state !== null) query = query.where('state', '=', state)
    return this.#list(() => query.orderBy('id', 'desc').execute(), correctionOf)
  }

  async correction(id: number): Promise<Correction | null> {
    const [row] = await this.#list(
      () => this.db.selectFrom('correction').selectAll().where('id', '=', id).execute(),
      correctionOf,
    )
    return row ?? null
  }

  async periods(): Promise<readonly Period[]> {
    return this.#list(
      () => this.db.selectFrom('period').selectAll().orderBy('from_at').orderBy('id').execute(),
      periodOf,
    )
  }

  async periodVersions(periodId: number): Promise<readonly PeriodVersion[]> {
    return this.#list(
      () =>
        this.db.selectFrom('period_version').selectAll().where('period_id', '=', periodId).orderBy('version').execute(),
      periodVersionOf,
    )
  }

  async legacyIssues(): Promise<readonly StandingIssue[]> {
    return this.#list(() => this.db.selectFrom('legacy_issue').selectAll().orderBy('key').execute(), issueOf)
  }

  async legacyDecisions(): Promise<ReadonlyMap<string, string>> {
    const said = await this.#list(
      () => this.db.selectFrom('audit').select('after').where('what', '=', decidedInTrail).orderBy('id').execute(),
      ({ after }) => JSON.parse(after ?? '{}') as { readonly key: string; readonly how: string | null },
    )
    // The later word counts.
    return new Map(said.map(({ key, how }) => [key, how ?? '']))
  }

  async seeing<T>(judge: (sight: PeopleSight) => Promise<T>): Promise<T | null> {
    return (await this.#has(schemaWithPeriodPeople)) ? this.ask(judge(new SqlPeople(this.db))) : null
  }

  async audit(employeeId: number | null, limit: number): Promise<readonly (AuditRow & { id: number })[]> {
    let query = this.db.selectFrom('audit').selectAll()
    query = employeeId === null ? query.where('employee_id', 'is', null) : query.where('employee_id', '=', employeeId)
    return this.#list(
      () => query.orderBy('id', 'desc').limit(limit).execute(),
      ({ employee_id, ...row }) => ({ ...row, employeeId: employee_id }),
    )
  }
}
