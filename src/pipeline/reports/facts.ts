import type { AttributedPart } from '../../domain/attribution.ts'
import { type Direction, numberKey } from '../../domain/call.ts'
import type { CountedCall } from '../../domain/metrics/counted-call.ts'
import { type ServiceRules, serviceRules, type WrapUp } from '../../domain/metrics/call-summary.ts'
import { distinctGroups, type RuledGroup, rulesTogether } from '../../domain/metrics/groups.ts'
import { exclusionFinder } from '../../domain/metrics/excluded-calls.ts'
import { isCounted } from '../../domain/metrics/person.ts'
import type { BoundCount } from '../../domain/metrics/shifts.ts'
import { endAsOf, stretchesOf } from '../../domain/worktime/presence.ts'
import { defaultWorkRules, type WorkRules } from '../../domain/worktime/rules.ts'
import { type Mark, type Shift, wholeSecond } from '../../domain/worktime/shift.ts'
import { commonOf, type Span, unionOf } from '../../domain/worktime/spans.ts'
import type { BoundRow } from '../legacy/legacy-reading.ts'
import type { EmployeeFacts, ReportReading } from '../report-reading.ts'
import type { CallCursor } from '../store-reading.ts'
import { groupFinder } from './groups-known.ts'
import type { ReportRequest } from './request.ts'

/** A call that began before the period can reach into it: none is looked for that began earlier than this. */
export const reachMs = 86_400_000

const pageSize = 5000
const idsPageSize = 20_000
const idsAtOnce = 2000
const peopleAtOnce = 200

export interface NamedEmployee {
  readonly id: string
  readonly name: string
}

/** What a report is made of, read for its filter. */
export class ReportFacts {
  readonly reading: ReportReading
  readonly request: ReportRequest
  readonly employees: readonly EmployeeFacts[]
  readonly #named: ReadonlyMap<number, NamedEmployee>
  readonly #groupsOf: (call: CountedCall) => readonly RuledGroup[]
  #there: (Span & { readonly ids: ReadonlySet<number> }) | null = null
  /** Calls in which the people asked for took part; null: whoever took part. */
  #callsOfPeople: ReadonlySet<number> | null = null

  static async open(reading: ReportReading, request: ReportRequest): Promise<ReportFacts> {
    const facts = new ReportFacts(reading, request, await reading.employees(), await groupFinder(reading))
    if (request.filter.employeeIds !== null) {
      const { from, to } = request.period
      const span = { from: from - reachMs, to }
      const parts = await facts.#read(span, request.filter.employeeIds, false, (it) => facts.#isPartAsked(it))
      facts.#callsOfPeople = new Set(parts.filter(isCounted).map((it) => it.callId))
    }
    return facts
  }

  constructor(
    reading: ReportReading,
    request: ReportRequest,
    employees: readonly EmployeeFacts[],
    groupsOf: (call: CountedCall) => readonly RuledGroup[],
  ) {
    this.reading = reading
    this.request = request
    this.employees = employees
    this.#groupsOf = groupsOf
    this.#named = new Map(employees.map(({ id, name }) => [id, { id: String(id), name }]))
  }

  named(employeeId: number | null): NamedEmployee | null {
    if (employeeId === null) return null
    return this.#named.get(employeeId) ?? { id: String(employeeId), name: String(employeeId) }
  }

  groupsOf(call: CountedCall): readonly RuledGroup[] {
    return this.#groupsOf(call)
  }

  /** People whose rows are asked for. */
  get people(): readonly EmployeeFacts[] {
    const { employeeIds } = this.request.filter
    return employeeIds === null ? this.employees : this.employees.filter(({ id }) => employeeIds.includes(id))
  }

  /** Some calls are asked for, not all of the people: whose time these calls took nobody can say. */
  get isOfSomeCalls(): boolean {
    const { employeeIds: _, ...ofCalls } = this.request.filter
    return Object.values(ofCalls).some((it) => it !== null)
  }

  /** Calls of the sources and the direction that start in the span, in order, whatever else is asked. */
  async calls({ from, to }: Span, direction: Direction | null = this.request.filter.direction): Promise<CountedCall[]> {
    const { sourceIds } = this.request.filter
    const calls: CountedCall[] = []
    for (;;) {
      const after = calls.at(-1) ?? null
      const page = await this.reading.pageCountedCalls({ from, to, sourceIds, direction }, after, pageSize)
      for (const call of page) calls.push(call)
      if (page.length < pageSize) return calls
    }
  }

  /** True when the call passes what `calls` has not asked yet. */
  isAsked(call: CountedCall): boolean {
    return this.isAskedInAnyGroup(call) && this.isInGroup(call)
  }

  /** The same but for the group. */
  isAskedInAnyGroup(call: CountedCall): boolean {
    const { extensions, plan } = this.request.filter
    if (!this.#isWithNumber(call)) return false
    if (plan !== null && call.plan !== plan) return false
    if (extensions !== null && !call.extensions.some(({ number }) => extensions.includes(number))) return false
    return this.#callsOfPeople?.has(call.id) ?? true
  }

  /** The number asked for called or was called. */
  #isWithNumber({ from, to }: CountedCall): boolean {
    const { number } = this.request.filter
    return number === null || [from, to].some((it) => it !== null && numberKey(it) === number)
  }

  isInGroup(call: CountedCall): boolean {
    return this.request.filter.group === null || this.askedGroupsOf(call).length > 0
  }

  /** The groups of the call that are asked for. */
  askedGroupsOf(call: CountedCall): readonly RuledGroup[] {
    const { group } = this.request.filter
    const groups = this.#groupsOf(call)
    return group === null ? groups : groups.filter(({ name, number }) => name === group || number === group)
  }

  /** The thresholds by which all of these calls are judged: those of the group that is asked for, when it is one. */
  async rulesOf(calls: readonly CountedCall[]): Promise<ServiceRules> {
    const { filter, rules } = this.request
    if (filter.group === null) return serviceRules(rules)
    const groups = distinctGroups(calls.flatMap((call) => this.askedGroupsOf(call)))
    if (groups.length > 0) return rulesTogether(groups, rules)
    // A group without calls is judged as it would be with them.
    const entries = (await this.reading.directory()).filter((it) => it.isGroup)
    const named = entries.filter((it) => it.number === filter.group || it.label === filter.group)
    return rulesTogether(
      named.map(({ plan, number, ...it }) => ({ name: it.label ?? number, plan, number, rules: it })),
      rules,
    )
  }

  /** Calls that are left out of the events of their person. */
  async exclusions(): Promise<(part: Pick<AttributedPart, 'employeeId' | 'callId'>) => boolean> {
    return exclusionFinder(await this.reading.excludedCalls(this.people.map(({ id }) => id)))
  }

  /** The calls of the period that are asked for: those that the list of calls has. */
  async askedCalls(): Promise<CountedCall[]> {
    return (await this.calls(this.request.period)).filter((it) => this.isAsked(it))
  }

  /** How many there are, counted by the store itself where the filter is one that it knows. */
  async countAsked(direction: Direction | null = this.request.filter.direction): Promise<number> {
    const { period, filter } = this.request
    const { sourceIds, direction: _, ...others } = filter
    if (Object.values(others).every((it) => it === null))
      return this.reading.countCalls({ ...period, sourceIds, direction })
    return (await this.calls(period, direction)).filter((it) => this.isAsked(it)).length
  }

  /** Parts of calls that start in the span and are asked for: of these people, or also what nobody held. */
  async parts(span: Span, employeeIds: readonly number[], andNobody = false): Promise<AttributedPart[]> {
    return this.#read(span, employeeIds, andNobody, await this.partsAsked(span))
  }

  /** The same, whichever calls are asked for: what filled the time of these people. */
  async allParts(span: Span, employeeIds: readonly number[], andNobody = false): Promise<AttributedPart[]> {
    return this.#read(span, employeeIds, andNobody, () => true)
  }

  async #read(
    span: Span,
    employeeIds: readonly number[],
    andNobody: boolean,
    isAsked: (part: AttributedPart) => boolean,
  ): Promise<AttributedPart[]> {
    const parts: AttributedPart[] = []
    const isThere = await this.#callsThere(span)
    // Person by person: each page begins in the index where the one before has ended.
    for (const employeeId of andNobody ? [null, ...employeeIds] : employeeIds) {
      let after: AttributedPart | null = null
      for (;;) {
        const page: readonly AttributedPart[] = await this.reading.pageParts({ ...span, employeeId }, after, pageSize)
        for (const it of page) if (isThere.has(it.callId) && isAsked(it)) parts.push(it)
        after = page.at(-1) ?? null
        if (page.length < pageSize) break
      }
    }
    return parts
  }

  /** The calls that start in the span; read once for the widest that is asked for. */
  async #callsThere({ from, to }: Span): Promise<ReadonlySet<number>> {
    const known = this.#there
    if (known && known.from <= from && to <= known.to) return known.ids
    const ids = new Set<number>()
    for (let after: CallCursor | null = null; ; ) {
      const page: readonly CallCursor[] = await this.reading.pageCallTimes({ from, to }, after, idsPageSize)
      for (const { id } of page) ids.add(id)
      after = page.at(-1) ?? null
      if (page.length < idsPageSize) break
    }
    this.#there = { from, to, ids }
    return ids
  }

  /** Which of the parts of calls that start in the span are asked for. */
  async partsAsked(span: Span): Promise<(part: AttributedPart) => boolean> {
    if (this.request.filter.group === null) return (it) => this.#isPartAsked(it)
    const inGroup = new Set((await this.calls(span)).filter((it) => this.isInGroup(it)).map(({ id }) => id))
    return (it) => this.#isPartAsked(it) && inGroup.has(it.callId)
  }

  #isPartAsked({ sourceId, direction, plan, extension }: AttributedPart): boolean {
    const { filter } = this.request
    return (
      (filter.sourceIds?.includes(sourceId) ?? true) &&
      (filter.direction ?? direction) === direction &&
      (filter.plan ?? plan) === plan &&
      (filter.extensions?.includes(extension) ?? true)
    )
  }

  /** Parts of these calls, by call. */
  async partsByCall(callIds: readonly number[]): Promise<ReadonlyMap<number, readonly AttributedPart[]>> {
    const parts = new Map<number, AttributedPart[]>()
    for (let i = 0; i < callIds.length; i += idsAtOnce)
      for (const it of await this.reading.partsOfCalls(callIds.slice(i, i + idsAtOnce))) {
        const of = parts.get(it.callId)
        if (of) of.push(it)
        else parts.set(it.callId, [it])
      }
    return parts
  }

  /** Person-seconds of talk in the calls that start in the period, by way of the calls themselves. */
  async talkByCalls(): Promise<number> {
    const { employeeIds } = this.request.filter
    const isAsked = (call: CountedCall) => this.isInGroup(call)
    const ids = (await this.calls(this.request.period)).filter(isAsked).map(({ id }) => id)
    let seconds = 0
    for (const parts of (await this.partsByCall(ids)).values())
      for (const it of parts) {
        if (!it.counted || !this.#isPartAsked(it)) continue
        if (employeeIds !== null && !employeeIds.includes(it.employeeId ?? 0)) continue
        seconds += it.talkSeconds
      }
    return seconds
  }

  /** Shifts with time in the span: one that nobody ended counts up to its limit. */
  async shifts(rules: WorkRules): Promise<Shift[]> {
    const { period: span, now } = this.request
    const employeeIds = this.people.map(({ id }) => id)
    const shifts: Shift[] = []
    for (let i = 0; i < employeeIds.length; i += peopleAtOnce) {
      const query = { ...span, employeeIds: employeeIds.slice(i, i + peopleAtOnce) }
      let after: Shift | null = null
      for (;;) {
        const page: readonly Shift[] = await this.reading.pageShifts(query, after, idsAtOnce)
        shifts.push(...page)
        after = page.at(-1) ?? null
        if (page.length < idsAtOnce) break
      }
    }
    return shifts
      .filter((it) => endAsOf(it, now, rules) > span.from)
      .toSorted((a, b) => a.startedAt - b.startedAt || a.id - b.id)
  }

  /**
   * When people were on shift and not on a break: a span each, so that they can be counted. Null: some calls are asked for, and who
   * takes those of one group, exchange or site is not known.
   */
  async staffed(): Promise<readonly Span[] | null> {
    if (this.isOfSomeCalls) return null
    const rules = await this.workRules()
    const shifts = (await this.shifts(rules)).map((it) => ({ ...it, endedAt: endAsOf(it, this.request.now, rules) }))
    return shifts.flatMap((it) =>
      stretchesOf([it], rules)
        .filter((stretch) => stretch.break === null)
        .map(({ from, to }) => ({ from: wholeSecond(from), to: wholeSecond(to) })),
    )
  }

  async marks(span: Span = this.request.period): Promise<Mark[]> {
    const people = new Set(this.people.map(({ id }) => id))
    const marks: Mark[] = []
    let after: Mark | null = null
    for (;;) {
      const page: readonly Mark[] = await this.reading.pageMarks(span, after, pageSize)
      for (const it of page) if (people.has(it.employeeId)) marks.push(it)
      after = page.at(-1) ?? null
      if (page.length < pageSize) return marks
    }
  }

  /**
   * Work after calls as each person marked it, as far as it lies in the period: from its mark on, for as long as the mark says. A mark
   * that is left out of the events was work all the same.
   */
  async markedWork(): Promise<ReadonlyMap<number, readonly Span[]>> {
    const types = new Set((await this.reading.markTypes()).filter(({ wrapUp }) => wrapUp).map(({ id }) => id))
    if (types.size === 0) return new Map()
    const { period } = this.request
    const marks = await this.marks({ from: period.from - reachMs, to: period.to })
    const work = marks.filter((it) => types.has(it.typeId) && it.seconds !== null)
    const spanOf = ({ at, seconds }: Mark): Span => ({ from: at, to: at + (seconds ?? 0) * 1000 })
    return new Map(
      [...Map.groupBy(work, (it) => it.employeeId)].map(([id, of]) => [
        id,
        commonOf(unionOf(of.map(spanOf)), [period]),
      ]),
    )
  }

  /** After the calls asked for; a mark is of no call: asked for some of them there are none. */
  async wrapUp(): Promise<WrapUp> {
    const marked = this.isOfSomeCalls ? [] : [...(await this.markedWork()).values()].flat()
    return { perCallSeconds: this.request.wrapUpSeconds, marked }
  }

  /** Of these shifts, by shift, whenever they were set. */
  async marksByShift(shifts: readonly Shift[]): Promise<ReadonlyMap<number | null, readonly Mark[]>> {
    const marks: Mark[] = []
    for (const ids of idsOf(shifts)) for (const it of await this.reading.marksOfShifts(ids)) marks.push(it)
    return Map.groupBy(marks, (it) => it.shiftId)
  }

  /** How many calls the older system bound in each of these shifts. */
  async boundByShift(shifts: readonly Shift[]): Promise<ReadonlyMap<number, readonly BoundCount[]>> {
    const counts = new Map<number, readonly BoundCount[]>()
    for (const ids of idsOf(shifts))
      for (const [id, found] of await this.reading.legacy.boundInShifts(ids)) counts.set(id, found)
    return counts
  }

  /**
   * Calls that the older system bound to the people asked for and wrote down in the period. It kept neither the exchange nor the
   * group: asked for one of these there are none.
   */
  async boundCalls(): Promise<BoundRow[]> {
    const { period, filter } = this.request
    if (filter.sourceIds !== null || filter.plan !== null || filter.group !== null) return []
    const people = new Set(this.people.map(({ id }) => id))
    const isAsked = ({ employeeId, direction, extension }: BoundRow) =>
      people.has(employeeId) &&
      (filter.direction ?? direction) === direction &&
      (filter.extensions?.includes(extension ?? '') ?? true)
    const calls: BoundRow[] = []
    for (let after: BoundRow | null = null; ; ) {
      const page: readonly BoundRow[] = await this.reading.legacy.pageBoundCalls(period, after, pageSize)
      for (const it of page) if (isAsked(it)) calls.push(it)
      after = page.at(-1) ?? null
      if (page.length < pageSize) return calls
    }
  }

  /** The rules of people's time, with the kinds of breaks of this installation. */
  async workRules(): Promise<WorkRules> {
    const { shiftAtMostSeconds } = this.request
    return { ...defaultWorkRules, shiftAtMostSeconds, breakTypes: await this.reading.breakTypes() }
  }
}

function* idsOf(shifts: readonly Shift[]): Generator<number[]> {
  for (let i = 0; i < shifts.length; i += idsAtOnce) yield shifts.slice(i, i + idsAtOnce).map(({ id }) => id)
}
