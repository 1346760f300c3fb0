import { SmenaError } from '../domain/errors.ts'
import { fullName } from '../domain/people.ts'
import { changedPresence, changedTime } from '../domain/worktime/presence.ts'
import { type Shift, wholeSecond } from '../domain/worktime/shift.ts'
import {
  closedAsOf,
  closeOverdue,
  decide,
  type Fact,
  type FactKind,
  neighbourhoodOf,
  type Refused,
} from '../domain/worktime/timeline.ts'
import { requireEmployed } from './people-employed.ts'
import { requireOpenTime } from './people-locks.ts'
import { momentAfter, requireNear } from './people-moment.ts'
import type { PeopleRequest } from './people-request.ts'
import { type Employee, isNew, type PeopleTransaction, type TelephoneTime } from './people-store.ts'
import { audited, clockText, lockedEmployee, type Telling } from './people-telling.ts'
import { breakJson, type BreakJson, employeeBrief, type ShiftJson, shiftJson } from './people-view.ts'

/** Shifts and breaks: what a person says is judged by `domain/worktime`, and the difference written. */

type FactRequest = Extract<PeopleRequest, { readonly do: FactKind }>

export async function tellFact(
  tx: PeopleTransaction,
  request: FactRequest,
  it: Telling,
): Promise<{ readonly employeeId: number; readonly answer: ShiftJson | BreakJson }> {
  const employee = await lockedEmployee(tx, request.employee)
  const told = request.at ?? it.now
  requireNear(told, it)
  // An open shift would lie over whatever begins later, however much later.
  const shifts = await tx.shiftsOf(employee.id, neighbourhoodOf(told, it.rules).from, null)
  const fact = factOf(request, request.at ?? momentAfter(shifts, it.now), employee, it)
  if (fact.kind === 'shift-start') requireEmployed(employee, fact.at, it)
  const decision = decide(shifts, employee.id, fact, it.rules)
  if (decision.kind === 'refused') throw refusal(employee, fact, request, decision, it)
  // Told so late that its limit has passed meanwhile, a shift is closed with the telling.
  const after = closedAsOf(decision.after, it.now, it.rules)
  const stored = await writeShifts(tx, employee, decision.before, after, it)
  const shift = stored.get(decision.shift.id) as Shift
  await tx.addAudit([audited(it, fact.kind, employee.id, decision.before, [...stored.values()])])
  const brief = employeeBrief(employee)
  const broken = request.do.startsWith('break') && breakAt(shift, fact)
  const answer = broken ? breakJson(broken, shift, brief, it.now, it.rules) : shiftJson(shift, brief, it.now, it.rules)
  return { employeeId: employee.id, answer }
}

/** The break that a fact began or ended. */
const breakAt = (shift: Shift, { kind, at }: Fact) => {
  const second = wholeSecond(at)
  return shift.breaks.find((it) => (kind === 'break-start' ? it.startedAt : it.endedAt) === second)
}

function factOf(request: FactRequest, at: number, employee: Employee, it: Telling): Fact {
  const { how } = it
  switch (request.do) {
    case 'shift-start':
      return { kind: 'shift-start', at, zone: employee.zone ?? it.zone, how }
    case 'break-start':
      return { kind: 'break-start', at, type: request.type ?? '', how }
    case 'shift-end':
    case 'break-end':
      return { kind: request.do, at, how }
  }
}

const states = { 'on-shift': 'on shift', 'on-break': 'on a break', 'off-shift': 'off shift' } as const
const reasons = {
  'already-on-shift': 'is on shift already',
  'already-on-break': 'is on a break already',
  'on-break': 'is on a break',
  'off-shift': 'is not on shift',
  'not-on-break': 'is on no break',
  'already-ended': 'has told that end already',
  'break-later': 'has a break that begins or ends later',
  'too-long': 'would have worked longer than a person’s own end may say',
  'unknown-break-type': 'there is no such kind of break',
} as const

function refusal(employee: Employee, fact: Fact, { type }: FactRequest, decision: Refused, it: Telling): SmenaError {
  if (decision.why !== 'unknown-break-type') return impossible(employee, fact.at, decision, it)
  const known = it.rules.breakTypes.filter(({ active }) => active).map(({ name }) => name)
  return new SmenaError('name-unknown', { what: 'kind of break', found: type ?? '–', known: known.join(', ') })
}

/** What cannot be told of the moment, and what can. */
export function impossible(employee: Employee, at: number, decision: Refused, it: Telling): SmenaError {
  const { why, state, since, possible } = decision
  return new SmenaError('time-impossible', {
    employee: fullName(employee),
    why: reasons[why],
    at: clockText(at, it.zone),
    state: states[state],
    since: since === null ? 'the beginning' : clockText(since, it.zone),
    possible: possible.map((kind) => kind.replace('-', ' ')).join(', ') || 'nothing',
  })
}

/**
 * Writes shifts that are no more as they were and what stands in their place, and makes due the calls of the person's telephones
 * where the person's state changed. Returns what was stored, by the id that it was decided under.
 */
export async function writeShifts(
  tx: PeopleTransaction,
  employee: Employee,
  before: readonly Shift[],
  after: readonly Shift[],
  it: Telling,
  locks: 'respect' | 'pass' = 'respect',
): Promise<ReadonlyMap<number, Shift>> {
  if (locks === 'respect') await requireOpenTime(tx, employee, changedTime(before, after, it.rules), it)
  const gone = before.filter(({ id }) => !after.some((shift) => shift.id === id))
  await tx.removeShifts(gone.map(({ id }) => id))
  const ids = new Map(after.map(({ id }) => [id, id]))
  await tx.setShifts(after.filter((shift) => !isNew(shift)))
  const made = after.filter(isNew)
  for (const [at, id] of (await tx.addShifts(made, it.now)).entries()) ids.set((made[at] as Shift).id, id)
  await tx.addDueRanges(telephoneTimes(await tx.assignmentsOf(employee.id), changedPresence(before, after, it.rules)))
  const stored = new Map<number, Shift>()
  if (after.length > 0) {
    const from = Math.min(...after.map(({ startedAt }) => startedAt))
    const now = await tx.shiftsOf(employee.id, from, null)
    for (const [decided, id] of ids) {
      const shift = now.find((one) => one.id === id)
      if (shift) stored.set(decided, shift)
    }
  }
  await placeMarks(tx, employee.id, [...before, ...stored.values()], [...stored.values()])
  return stored
}

/** A mark belongs to the shift in which it lies. `where`: shifts in whose time that may have changed. */
async function placeMarks(
  tx: PeopleTransaction,
  employeeId: number,
  where: readonly Shift[],
  now: readonly Shift[],
): Promise<void> {
  for (const { startedAt, endedAt } of where) await tx.moveMarks(employeeId, startedAt, endedAt, null)
  for (const { startedAt, endedAt, id } of now) await tx.moveMarks(employeeId, startedAt, endedAt, id)
}

/** The parts of a person's assignments that lie in the times. */
function telephoneTimes(
  assignments: readonly TelephoneTime[],
  times: readonly { readonly from: number; readonly to: number | null }[],
): TelephoneTime[] {
  const ranges: TelephoneTime[] = []
  for (const { plan, extension, ...held } of assignments)
    for (const time of times) {
      const from = Math.max(held.from, time.from)
      const to = Math.min(held.to ?? Number.POSITIVE_INFINITY, time.to ?? Number.POSITIVE_INFINITY)
      if (from < to) ranges.push({ plan, extension, from, to: to === Number.POSITIVE_INFINITY ? null : to })
    }
  return ranges
}

/** Closes the person's shift that was open too long; false: there is none any more, or its period is locked. */
export async function closeOverdueShift(tx: PeopleTransaction, employeeId: number, it: Telling): Promise<boolean> {
  const employee = await tx.lockEmployee(employeeId)
  if (!employee) return false
  const shifts = await tx.shiftsOf(employeeId, it.now, null)
  const { before, after } = closeOverdue(shifts, it.now, it.rules)
  if (after.length === 0) return false
  // An open shift counts up to its limit anyhow: closing it changes no figure, and so passes every lock.
  const stored = await writeShifts(tx, employee, before, after, it, 'pass')
  // Unless the limit was another one when its calls were attributed.
  const beyond = after.map(({ startedAt, endedAt }) => ({ from: endedAt ?? startedAt, to: it.now }))
  await tx.addDueRanges(telephoneTimes(await tx.assignmentsOf(employeeId), beyond))
  await tx.addAudit([audited(it, 'shift-close', employeeId, before, [...stored.values()])])
  return true
}
