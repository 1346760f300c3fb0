import { SmenaError } from '../domain/errors.ts'
import { type Assignment, fullName } from '../domain/people.ts'
import { wholeSecond } from '../domain/worktime/shift.ts'
import { type Span, withoutOf } from '../domain/worktime/spans.ts'
import { requireEmployed } from './people-employed.ts'
import { locksOf, periodLocked, requireOpenTime } from './people-locks.ts'
import type { PeopleRequest, Telephone } from './people-request.ts'
import type { Employee, PeopleTransaction, TelephoneTime } from './people-store.ts'
import { audited, cleanText, clockText, endText, lockedEmployee, type Telling } from './people-telling.ts'
import { type AssignmentJson, assignmentJson, employeeBrief } from './people-view.ts'

/** Who holds which telephone, and when (R7). */

type Request<D extends PeopleRequest['do']> = Extract<PeopleRequest, { readonly do: D }>

/** The plan that is meant when none is named: the only one there is, else the only one in which a call had the extension. */
export async function planOf(
  tx: Pick<PeopleTransaction, 'plans' | 'plansThatSaw'>,
  extension: string,
  named: string | null,
): Promise<string> {
  const plans = await tx.plans()
  const known = plans.join(', ') || '–'
  if (named !== null) {
    if (plans.includes(named)) return named
    throw new SmenaError('name-unknown', { what: 'plan', found: named, known })
  }
  const [only, ...others] = plans
  if (only !== undefined && others.length === 0) return only
  const saw = await tx.plansThatSaw(extension, plans)
  if (saw.length === 1) return saw[0] as string
  throw new SmenaError('plan-unclear', {
    extension,
    plans: known,
    seen: saw.join(', ') || 'none of them',
    how: 'with --plan',
  })
}

export async function assign(
  tx: PeopleTransaction,
  request: Request<'assign'>,
  it: Telling,
): Promise<{ readonly employeeId: number; readonly answer: AssignmentJson }> {
  const employee = await lockedEmployee(tx, request.employee)
  const { held: made } = await assigned(tx, employee, request, request.from ?? it.now, request.to, it)
  return { employeeId: employee.id, answer: assignmentJson(made, employeeBrief(employee)) }
}

interface Given {
  readonly held: Assignment
  /** What the person had of the telephone in that time. */
  readonly before: readonly Assignment[]
  /** Not: the person had it all that time already. */
  readonly isNew: boolean
}

/** What the person has already is made longer, not twice. Refused where somebody else has the telephone. */
export async function assigned(
  tx: PeopleTransaction,
  employee: Employee,
  telephone: Telephone,
  fromAt: number,
  toAt: number | null,
  it: Telling,
): Promise<Given> {
  const [from, to] = [wholeSecond(fromAt), toAt === null ? null : wholeSecond(toAt)]
  const extension = cleanText('extension', telephone.extension, 64)
  if (extension.includes(' '))
    throw new SmenaError('value-unreadable', {
      what: 'extension',
      found: extension,
      expected: 'one number without spaces',
    })
  const plan = await planOf(tx, extension, telephone.plan)
  if (to !== null && to <= from)
    throw new SmenaError('value-unreadable', {
      what: 'to',
      found: clockText(to, it.zone),
      expected: 'a time after the beginning',
    })
  const holders = await tx.holders(plan, extension, from, to)
  const other = holders.find(({ employeeId }) => employeeId !== employee.id)
  if (other) throw await heldBy(tx, other, it)
  const wanted: Assignment = { id: 0, employeeId: employee.id, plan, extension, from, to, confirmed: true }
  const enclosing = holders.find((held) => held.from <= from && endOf(held) >= endOf(wanted))
  if (enclosing) return { held: enclosing, before: [enclosing], isNew: false }
  const all = [wanted, ...holders]
  const end = Math.max(...all.map(endOf))
  const union = {
    ...wanted,
    from: Math.min(...all.map((held) => held.from)),
    to: end === Number.POSITIVE_INFINITY ? null : end,
  }
  // What the person has already stays as it is.
  const added = withoutOf([spanOf(wanted)], holders.map(spanOf))
  requireEmployed(employee, added[0]?.from ?? from, it)
  const times: TelephoneTime[] = added.map((span) => {
    return { plan, extension, from: span.from, to: Number.isFinite(span.to) ? span.to : null }
  })
  await requireOpenTelephone(tx, employee, times, it)
  await tx.removeAssignments(holders.map(({ id }) => id))
  const [id] = await tx.addAssignments([union], it.now)
  const made = { ...union, id: id as number }
  await tx.addDueRanges(times)
  await tx.addAudit([audited(it, 'assign', employee.id, holders.length > 0 ? holders : null, made)])
  return { held: made, before: holders, isNew: true }
}

/** Where only what is to come of a time is locked, it is said how to have the time before. */
async function requireOpenTelephone(
  tx: PeopleTransaction,
  employee: Employee,
  times: readonly TelephoneTime[],
  it: Telling,
): Promise<void> {
  const [locked] = (await locksOf(tx, employee, times)).toSorted((a, b) => a.from - b.from)
  if (!locked) return
  if (times.every(({ from }) => from >= locked.from)) throw periodLocked(locked, it)
  const [from, to] = [clockText(locked.from, it.zone), clockText(locked.to, it.zone)]
  throw new SmenaError('period-locked-ahead', { id: locked.id, from, to, until: from.replace(' ', 'T') })
}

const endOf = ({ to }: { readonly to: number | null }): number => to ?? Number.POSITIVE_INFINITY
const spanOf = (it: Assignment): Span => ({ from: it.from, to: endOf(it) })

export async function heldBy(
  tx: Pick<PeopleTransaction, 'employeesNamed'>,
  held: Assignment,
  it: Pick<Telling, 'zone'>,
): Promise<SmenaError> {
  const [holder] = await tx.employeesNamed({ id: held.employeeId, personnelNumber: null, name: null })
  return new SmenaError('extension-held', {
    extension: held.extension,
    plan: held.plan,
    holder: holder ? fullName(holder) : `id ${held.employeeId}`,
    from: clockText(held.from, it.zone),
    to: endText(held.to, it.zone),
  })
}

export async function release(
  tx: PeopleTransaction,
  request: Request<'release'>,
  it: Telling,
): Promise<{ readonly employeeId: number; readonly answer: AssignmentJson }> {
  const employee = await lockedEmployee(tx, request.employee)
  const at = wholeSecond(request.at ?? it.now)
  const extension = cleanText('extension', request.extension, 64)
  const all = (await tx.assignmentsOf(employee.id)).filter(({ confirmed }) => confirmed)
  const held = all.filter((one) => one.from <= at && endOf(one) > at)
  const matching = held.filter(
    (one) => one.extension === extension && (request.plan === null || one.plan === request.plan),
  )
  const [before, ...others] = matching
  if (!before)
    throw new SmenaError('extension-not-held', {
      employee: fullName(employee),
      extension,
      at: clockText(at, it.zone),
      held: held.map((one) => `${one.extension} (${one.plan})`).join(', ') || 'nothing',
    })
  if (others.length > 0) {
    const plans = matching.map(({ plan }) => plan).join(', ')
    throw new SmenaError('plan-unclear', { extension, plans, seen: plans, how: 'with --plan' })
  }
  const time: TelephoneTime = { plan: before.plan, extension, from: at, to: before.to }
  await requireOpenTime(tx, employee, [time], it)
  const after = { ...before, to: at }
  // What ends where it begins was never held.
  if (at > before.from) await tx.setAssignments([after])
  else await tx.removeAssignments([before.id])
  await tx.addDueRanges([time])
  await tx.addAudit([audited(it, 'release', employee.id, before, at > before.from ? after : null)])
  return { employeeId: employee.id, answer: assignmentJson(after, employeeBrief(employee)) }
}
