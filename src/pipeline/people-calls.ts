import { SmenaError } from '../domain/errors.ts'
import { isEvent } from '../domain/metrics/excluded-calls.ts'
import { fullName } from '../domain/people.ts'
import { requireOpenTime } from './people-locks.ts'
import type { PeopleRequest } from './people-request.ts'
import type { CallOfRecord, Employee, PeopleTransaction } from './people-store.ts'
import { audited, lockedEmployee, type Telling } from './people-telling.ts'
import { employeeBrief, type EmployeeBrief } from './people-view.ts'

type Request<D extends PeopleRequest['do']> = Extract<PeopleRequest, { readonly do: D }>

export interface CallExcludedJson {
  readonly call: string
  readonly employee: EmployeeBrief
  readonly excluded: boolean
}

/**
 * Leaves a call out of the events of one person, or takes it in again. It hangs on the record of the leg in which the person had a
 * part: ids of records survive a replay, and whatever call the record is in by then is the one that is left out (R9).
 */
export async function excludeCall(
  tx: PeopleTransaction,
  request: Request<'call-exclude'>,
  it: Telling,
): Promise<{ readonly employeeId: number; readonly answer: CallExcludedJson }> {
  const employee = await personOf(tx, request)
  const found = await callOf(tx, request.call)
  const events = found.parts.filter((part) => part.employeeId === employee.id && isEvent(part))
  const before = (await tx.callExclusions(found.callId)).filter((one) => one.employeeId === employee.id)
  if (events.length === 0 && before.length === 0) {
    const people = await peopleNamed(tx, eventPeople(found))
    throw new SmenaError('call-no-event', { id: request.call, employee: fullName(employee), people })
  }
  await requireOpenTime(
    tx,
    employee,
    events.map(({ at }) => ({ from: at, to: at + 1 })),
    it,
  )
  const isExcluded = before.length > 0
  if (request.excluded !== isExcluded) {
    // A part that stands in no leg is known by the call alone, whose id is one of its records.
    const recordId = events.find((part) => part.recordId !== null)?.recordId ?? found.callId
    if (request.excluded) await tx.addCallExclusion({ employeeId: employee.id, recordId })
    else await tx.removeCallExclusions(before)
    const trail = (excluded: boolean) => ({ call: found.callId, excluded })
    await tx.addAudit([audited(it, 'call-exclude', employee.id, trail(isExcluded), trail(request.excluded))])
  }
  const answer = { call: String(found.callId), employee: employeeBrief(employee), excluded: request.excluded }
  return { employeeId: employee.id, answer }
}

async function callOf(tx: PeopleTransaction, recordId: number): Promise<CallOfRecord> {
  const found = await tx.callOfRecord(recordId)
  if (!found) throw new SmenaError('call-unknown', { id: recordId })
  return found
}

const eventPeople = ({ parts }: CallOfRecord): number[] => [
  ...new Set(parts.filter(isEvent).flatMap(({ employeeId }) => (employeeId === null ? [] : [employeeId]))),
]

/** The person who is named, else the only one whose event the call is or was; locked. */
async function personOf(
  tx: PeopleTransaction,
  { call, employee, excluded }: Request<'call-exclude'>,
): Promise<Employee> {
  if (employee !== null) return lockedEmployee(tx, employee)
  const found = await callOf(tx, call)
  const left = new Set((await tx.callExclusions(found.callId)).map(({ employeeId }) => employeeId))
  const candidates = !excluded && left.size > 0 ? [...left] : eventPeople(found)
  const [only, ...others] = candidates
  if (others.length > 0)
    throw new SmenaError('call-person-unclear', { id: call, people: await peopleNamed(tx, candidates) })
  const locked = only === undefined ? null : await tx.lockEmployee(only)
  if (!locked) throw new SmenaError('call-no-event', { id: call, employee: 'anybody', people: '–' })
  return locked
}

async function peopleNamed(tx: PeopleTransaction, ids: readonly number[]): Promise<string> {
  const named = (await tx.employees()).filter(({ id }) => ids.includes(id)).map((it) => `${fullName(it)} (${it.id})`)
  return named.join(', ') || '–'
}
