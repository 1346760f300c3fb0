import { SmenaError } from '../domain/errors.ts'
import { foldedKey } from '../domain/people.ts'
import { type BreakType, type Mark, type MarkType, wholeSecond } from '../domain/worktime/shift.ts'
import { requireOpenTime } from './people-locks.ts'
import { momentNow } from './people-shifts.ts'
import type { PeopleRequest } from './people-request.ts'
import type { PeopleTransaction } from './people-store.ts'
import { audited, cleanText, lockedEmployee, type Telling } from './people-telling.ts'
import { employeeBrief, markJson, type MarkJson } from './people-view.ts'

/** Marks, and the kinds of marks and breaks. */

type Request<D extends PeopleRequest['do']> = Extract<PeopleRequest, { readonly do: D }>

export async function addMark(
  tx: PeopleTransaction,
  request: Request<'mark-add'>,
  it: Telling,
): Promise<{ readonly employeeId: number; readonly answer: MarkJson }> {
  const employee = await lockedEmployee(tx, request.employee)
  const near = await tx.shiftsOf(employee.id, (request.at ?? it.now) - 1000, null)
  const at = request.at === null ? momentNow(near, it.now) : wholeSecond(request.at)
  await requireOpenTime(tx, employee, [{ from: at, to: at + 1000 }], it)
  const type = await markTypeNamed(tx, request.type, it)
  const [shift] = await tx.shiftsOf(employee.id, at, at + 1)
  const row: Omit<Mark, 'id'> = {
    employeeId: employee.id,
    shiftId: shift?.id ?? null,
    typeId: type.id,
    at,
    count: counted('count', request.count, 1),
    seconds: request.seconds === null ? null : counted('seconds', request.seconds, 0),
    comment:
      request.comment === null || request.comment.trim() === '' ? null : cleanText('comment', request.comment, 2000),
    excluded: false,
    how: it.how,
  }
  const [id] = await tx.addMarks([row])
  const mark = { ...row, id: id as number }
  await tx.addAudit([audited(it, 'mark-add', employee.id, null, mark)])
  return { employeeId: employee.id, answer: markJson(mark, type.name, employeeBrief(employee)) }
}

function counted(what: string, found: number, least: number): number {
  if (Number.isSafeInteger(found) && found >= least && found <= 1_000_000) return found
  throw new SmenaError('value-unreadable', { what, found, expected: `a whole number from ${least} to 1000000` })
}

/** The kind of this name; one that is not there yet is made. Those that the program counts by itself are nobody's to press. */
async function markTypeNamed(tx: PeopleTransaction, text: string, it: Telling): Promise<MarkType> {
  const name = cleanText('kind of mark', text)
  const types = await tx.markTypes()
  const known = types.find((type) => foldedKey(type.name) === foldedKey(name))
  if (known?.active === false) {
    const active = types.filter((type) => type.active).map((type) => type.name)
    throw new SmenaError('name-unknown', {
      what: 'kind of mark in use',
      found: known.name,
      known: active.join(', ') || '–',
    })
  }
  return known ?? madeMarkType(tx, { name, active: true, wrapUp: false, reserved: null }, it)
}

async function madeMarkType(tx: PeopleTransaction, type: Omit<MarkType, 'id'>, it: Telling): Promise<MarkType> {
  const made = { ...type, id: await tx.addMarkType(type) }
  await tx.addAudit([audited(it, 'mark-type-set', null, null, made)])
  return made
}

export async function setMarkType(tx: PeopleTransaction, request: Request<'mark-type-set'>, it: Telling) {
  const name = cleanText('kind of mark', request.name)
  const known = (await tx.markTypes()).find((type) => foldedKey(type.name) === foldedKey(name))
  const active = request.active ?? known?.active ?? true
  const wrapUp = request.wrapUp ?? known?.wrapUp ?? false
  if (!known) return typeJson(await madeMarkType(tx, { name, active, wrapUp, reserved: null }, it))
  const after = { ...known, name, active, wrapUp }
  await tx.setMarkType(after)
  await tx.addAudit([audited(it, 'mark-type-set', null, known, after)])
  return typeJson(after)
}

const typeJson = ({ id, ...type }: MarkType) => ({ id: String(id), ...type })

export async function excludeMark(tx: PeopleTransaction, request: Request<'mark-exclude'>, it: Telling) {
  const found = await tx.mark(request.mark)
  const employee = found && (await tx.lockEmployee(found.employeeId))
  const before = await tx.mark(request.mark)
  if (!employee || !before) throw new SmenaError('thing-unknown', { what: 'mark', id: request.mark })
  await requireOpenTime(tx, employee, [{ from: before.at, to: before.at + 1 }], it)
  const after = { ...before, excluded: request.excluded }
  await tx.setMark(after)
  await tx.addAudit([audited(it, 'mark-exclude', employee.id, before, after)])
  const type = (await tx.markTypes()).find(({ id }) => id === before.typeId)
  return { employeeId: employee.id, answer: markJson(after, type?.name ?? '–', employeeBrief(employee)) }
}

/** A kind of break, made or changed. What was paid under it so far is worked out anew by what it is now. */
export async function setBreakType(
  tx: PeopleTransaction,
  request: Request<'break-type-set'>,
  it: Telling,
): Promise<BreakType> {
  const name = cleanText('kind of break', request.name, 64)
  const before = it.rules.breakTypes.find((type) => type.name === name) ?? null
  const limit = (what: string, told: number | null | undefined, was: number | null | undefined) =>
    told === undefined ? (was ?? null) : told === null ? null : counted(what, told, 1)
  const after: BreakType = {
    name,
    paid: request.paid ?? before?.paid ?? null,
    minimumSeconds: limit('minimum', request.minimumSeconds, before?.minimumSeconds),
    maximumSeconds: limit('maximum', request.maximumSeconds, before?.maximumSeconds),
    active: request.active ?? before?.active ?? true,
  }
  await tx.setBreakType(after)
  await tx.addAudit([audited(it, 'break-type-set', null, before, after)])
  return after
}
