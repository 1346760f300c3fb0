import { SmenaError } from '../domain/errors.ts'
import { fullName, nameKey } from '../domain/people.ts'
import type { PersonTime } from '../domain/worktime/corrections.ts'
import type { Edit } from '../domain/worktime/edit.ts'
import { type Change, changeBy, differing, sightOf, telephonesOf, timesOf } from './people-correction-effect.ts'
import { differencesOf } from './people-correction-difference.ts'
import { type CorrectionJson, correctionJson, keptSight, sightText } from './people-correction-view.ts'
import { locksOf } from './people-locks.ts'
import { addVersion } from './people-periods.ts'
import type { PeopleRequest } from './people-request.ts'
import { writeShifts } from './people-shifts.ts'
import type { Correction, Employee, PeopleTransaction } from './people-store.ts'
import { audited, cleanOrNull, cleanText, lockedEmployee, namedBy, type Telling } from './people-telling.ts'
import { employeeBrief } from './people-view.ts'

/**
 * Corrections: asked for, shown with what they would change, decided by somebody else, done. Nothing of people's time changes before
 * it is approved, and then all of it does or nothing. What a correction changes in a locked period makes a new version of its figures.
 */

type Request<D extends PeopleRequest['do']> = Extract<PeopleRequest, { readonly do: D }>
type Answer = { readonly employeeId: number; readonly answer: CorrectionJson }

export async function requestCorrection(
  tx: PeopleTransaction,
  request: Request<'correction-request'>,
  it: Telling,
): Promise<Answer> {
  const employee = await lockedEmployee(tx, request.employee)
  const reason = cleanText('reason', request.reason, 2000)
  const change = await changeBy(tx, employee, request.edits, it)
  const row: Omit<Correction, 'id'> = {
    employeeId: employee.id,
    state: 'requested',
    reason,
    author: it.who,
    requestedAt: it.now,
    edits: JSON.stringify(change.edits),
    effect: sightText(await sightOf(tx, employee, change, it)),
    decidedBy: null,
    decidedAt: null,
    decision: null,
  }
  const made = { ...row, id: await tx.addCorrection(row) }
  await tx.addAudit([audited(it, 'correction-request', employee.id, null, made)])
  return { employeeId: employee.id, answer: correctionJson(made, employeeBrief(employee)) }
}

export async function approveCorrection(
  tx: PeopleTransaction,
  request: Request<'correction-approve'>,
  it: Telling,
): Promise<Answer> {
  const { employee, correction } = await undecided(tx, request.correction, it)
  const change = await changeBy(tx, employee, JSON.parse(correction.edits) as Edit[], it)
  const seen = await sightOf(tx, employee, change, it)
  const differences = differencesOf(keptSight(correction), seen, correction.requestedAt)
  if (differences.length > 0 && !request.asNow) {
    const what = [...new Set(differences.map((one) => one.what))].join(', ')
    throw new SmenaError('correction-changed', { id: correction.id, what })
  }
  const periods = await locksOf(tx, employee, timesOf(change, it))
  await write(tx, employee, change, it)
  for (const period of periods) {
    if (period.unitId !== null) await tx.addPeriodPeople(period.id, [employee.id])
    await addVersion(tx, period, `correction ${correction.id}: ${correction.reason}`, it)
  }
  const decided: Correction = {
    ...correction,
    state: 'approved',
    effect: sightText(seen),
    decidedBy: it.who,
    decidedAt: it.now,
    decision: cleanOrNull('comment', request.comment),
  }
  await tx.setCorrection(decided)
  const { before, after } = change
  await tx.addAudit([
    audited(it, 'correction-approve', employee.id, correction, decided),
    audited(it, 'correction', employee.id, changedOf(before, after), changedOf(after, before)),
  ])
  return { employeeId: employee.id, answer: correctionJson(decided, employeeBrief(employee)) }
}

export async function refuseCorrection(
  tx: PeopleTransaction,
  request: Request<'correction-refuse'>,
  it: Telling,
): Promise<Answer> {
  const { employee, correction } = await undecided(tx, request.correction, it)
  const decision = cleanOrNull('comment', request.comment)
  const decided: Correction = { ...correction, state: 'refused', decidedBy: it.who, decidedAt: it.now, decision }
  await tx.setCorrection(decided)
  await tx.addAudit([audited(it, 'correction-refuse', employee.id, correction, decided)])
  return { employeeId: employee.id, answer: correctionJson(decided, employeeBrief(employee)) }
}

/** A correction to decide on, its person locked. Nobody decides on what they asked for themselves, or on their own time. */
async function undecided(
  tx: PeopleTransaction,
  id: number,
  it: Telling,
): Promise<{ readonly employee: Employee; readonly correction: Correction }> {
  const found = await tx.correction(id)
  const employee = found && (await tx.lockEmployee(found.employeeId))
  // Again, now that nobody else can decide on it.
  const correction = await tx.correction(id)
  if (!employee || !correction) throw new SmenaError('thing-unknown', { what: 'correction', id })
  const { state, author, decidedBy } = correction
  if (state !== 'requested') throw new SmenaError('correction-decided', { id, state, who: decidedBy ?? '–' })
  // A person goes by an id, a number and a name.
  const [authors, deciders] = [await namedBy(tx, author), await namedBy(tx, it.who)]
  if (nameKey(author) === nameKey(it.who) || authors.some((one) => deciders.includes(one)))
    throw new SmenaError('correction-own', { id, who: author })
  if (deciders.includes(employee.id)) throw new SmenaError('correction-own-time', { id, employee: fullName(employee) })
  return { employee, correction }
}

const changedOf = (of: PersonTime, other: PersonTime) => ({
  shifts: differing(of.shifts, other.shifts),
  assignments: differing(of.assignments, other.assignments),
  marks: differing(of.marks, other.marks),
})

/** Writes the difference. */
async function write(tx: PeopleTransaction, employee: Employee, change: Change, it: Telling): Promise<void> {
  const { before, after } = change
  const stay = (rows: readonly { readonly id: number }[]) => new Set(rows.map(({ id }) => id))
  const assignments = stay(after.assignments)
  await tx.removeAssignments(before.assignments.filter(({ id }) => !assignments.has(id)).map(({ id }) => id))
  const changed = differing(after.assignments, before.assignments)
  await tx.setAssignments(changed.filter(({ id }) => id > 0))
  await tx.addAssignments(
    changed.filter(({ id }) => id <= 0),
    it.now,
  )
  await tx.addDueRanges(telephonesOf(change))
  const stored = await writeShifts(
    tx,
    employee,
    differing(before.shifts, after.shifts),
    differing(after.shifts, before.shifts),
    it,
    'pass',
  )
  const marks = stay(after.marks)
  await tx.removeMarks(before.marks.filter(({ id }) => !marks.has(id)).map(({ id }) => id))
  for (const mark of differing(after.marks, before.marks)) {
    const shiftId = mark.shiftId === null ? null : (stored.get(mark.shiftId)?.id ?? mark.shiftId)
    if (mark.id > 0) await tx.setMark({ ...mark, shiftId })
    else await tx.addMarks([{ ...mark, shiftId }])
  }
}
