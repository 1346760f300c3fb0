import { SmenaError } from '../domain/errors.ts'
import { foldedKey } from '../domain/people.ts'
import { type BreakType, type Mark, type MarkType, wholeSecond } from '../domain/worktime/shift.ts'
import { decideMark, neighbourhoodOf } from '../domain/worktime/timeline.ts'
import { requireOpenBreaks, requireOpenTime } from './people-locks.ts'
import { momentNow, requireNear } from './people-moment.ts'
import { impossible } from './people-shifts.ts'
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
  const told = request.at ?? it.now
  requireNear(told, it)
  const shifts = await tx.shiftsOf(employee.id, neighbourhoodOf(told, it.rules).from, null)
  const at = request.at === null ? momentNow(shifts, it.now) : wholeSecond(request.at)
  const decision = decideMark(shifts, at, it.rules)
  if (decision.kind === 'refused') throw impossible(employee, at, decision, it)
  await requireOpenTime(tx, employee, [{ from: at, to: at + 1000 }], it)
  const type = await markTypeNamed(tx, request.type, it)
  const row: Omit<Mark, 'id'> = {
    employeeId: employee.id,
    shiftId: decision.shift.id,
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

export function counted(what: string, found: number, least: number): number {
  if (Number.isSafeInteger(found) && found >= least && found <= 1_000_000) return found
  throw new SmenaError('value-unreadable', { what, found, expected: `a whole number from ${least} to 1000000` })
}

/** The kind of this name; one that is not there yet is made. Those that the program counts by itself are nobody's to press. */
async function markTypeNamed(tx: PeopleTransaction, text: string, it: Telling): Promise<MarkType> {
  const name = cleanText('kind of mark', text)
  const types = await tx.markTypes()
  const known = types.find((type) => foldedKey(type.name) === foldedKey(name))
  if (known && (known.reserved !== null || !known.active)) {
    const active = types.filter((type) => type.active && type.reserved === null).map((type) => type.name)
    if (known.reserved !== null)
      throw new SmenaError('mark-counted', { found: known.name, known: active.join(', ') || '–' })
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
  const types = await tx.markTypes()
  const named = cleanText('kind of mark', request.name)
  const known = types.find((type) => foldedKey(type.name) === foldedKey(named))
  const name = request.newName === undefined ? named : cleanText('kind of mark', request.newName)
  const taken = types.find((type) => type.id !== known?.id && foldedKey(type.name) === foldedKey(name))
  if (taken) throw new SmenaError('name-taken', { what: 'kind of mark', found: name, holder: `id ${taken.id}` })
  if (!known && request.newName !== undefined)
    throw new SmenaError('name-unknown', {
      what: 'kind of mark',
      found: named,
      known: types.map((type) => type.name).join(', ') || '–',
    })
  const active = request.active ?? known?.active ?? true
  const wrapUp = request.wrapUp ?? known?.wrapUp ?? false
  const made = known ?? (await madeMarkType(tx, { name, active, wrapUp, reserved: null }, it))
  const after = { ...made, name, active, wrapUp }
  if (known) await tx.setMarkType(after)
  const place = request.position === undefined ? null : await placed(tx, made.id, request.position)
  if (known || place)
    await tx.addAudit([
      audited(it, 'mark-type-set', null, { ...made, ...place?.before }, { ...after, ...place?.after }),
    ])
  return typeJson(after)
}

/** Puts a kind where it is to stand among the others, which keep their order. */
async function placed(tx: PeopleTransaction, id: number, position: number) {
  const ids = (await tx.markTypes()).map((type) => type.id)
  const wanted = Math.min(counted('position', position, 1), ids.length)
  const others = ids.filter((one) => one !== id)
  for (const [index, one] of others.toSpliced(wanted - 1, 0, id).entries()) await tx.placeMarkType(one, index + 1)
  return { before: { position: ids.indexOf(id) + 1 }, after: { position: wanted } }
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

/** A kind of break, made or changed. What was paid under it so far is worked out anew by what it is now, and so refused where that is locked. */
export async function setBreakType(
  tx: PeopleTransaction,
  request: Request<'break-type-set'>,
  it: Telling,
): Promise<BreakType> {
  const name = cleanText('kind of break', request.name, 64)
  const before = (await tx.lockBreakTypes()).find((type) => type.name === name) ?? null
  const limit = (what: string, told: number | null | undefined, was: number | null | undefined) =>
    told === undefined ? (was ?? null) : told === null ? null : counted(what, told, 1)
  const after: BreakType = {
    name,
    paid: request.paid ?? before?.paid ?? null,
    minimumSeconds: limit('minimum', request.minimumSeconds, before?.minimumSeconds),
    maximumSeconds: limit('maximum', request.maximumSeconds, before?.maximumSeconds),
    active: request.active ?? before?.active ?? true,
  }
  const { minimumSeconds, maximumSeconds } = after
  const isTold = request.minimumSeconds !== undefined || request.maximumSeconds !== undefined
  if (isTold && minimumSeconds !== null && maximumSeconds !== null && minimumSeconds > maximumSeconds)
    throw new SmenaError('break-limits-crossed', {
      type: name,
      minimum: minimumSeconds / 60,
      maximum: maximumSeconds / 60,
    })
  if ((before?.paid === true) !== (after.paid === true)) await requireOpenBreaks(tx, name, it)
  await tx.setBreakType(after)
  await tx.addAudit([audited(it, 'break-type-set', null, before, after)])
  return after
}
