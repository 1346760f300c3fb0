import { SmenaError } from '../domain/errors.ts'
import { foldedKey, type Assignment } from '../domain/people.ts'
import { applyEdits, effectOf, type PersonTime } from '../domain/worktime/corrections.ts'
import type { Edit } from '../domain/worktime/edit.ts'
import type { Mark } from '../domain/worktime/shift.ts'
import { changedTime, presenceOf } from '../domain/worktime/presence.ts'
import { heldBy } from './people-assignments.ts'
import { locksOf } from './people-locks.ts'
import { addVersion } from './people-periods.ts'
import type { PeopleRequest } from './people-request.ts'
import { writeShifts } from './people-shifts.ts'
import { type Correction, type Employee, type PeopleTransaction, type TelephoneTime } from './people-store.ts'
import { audited, cleanOrNull, cleanText, lockedEmployee, type Telling } from './people-telling.ts'
import { type CorrectionEffect, type CorrectionJson, correctionJson, employeeBrief } from './people-view.ts'

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
  const change = await worked(tx, employee, request.edits, it)
  const row: Omit<Correction, 'id'> = {
    employeeId: employee.id,
    state: 'requested',
    reason,
    author: it.who,
    requestedAt: it.now,
    edits: JSON.stringify(request.edits),
    effect: JSON.stringify(await effectIn(tx, employee, change, it)),
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
  const change = await worked(tx, employee, JSON.parse(correction.edits) as Edit[], it)
  const effect = await effectIn(tx, employee, change, it)
  const periods = await locksOf(tx, employee, timesOf(change, it))
  await write(tx, employee, change, it)
  for (const period of periods) await addVersion(tx, period, `correction ${correction.id}: ${correction.reason}`, it)
  const decided: Correction = {
    ...correction,
    state: 'approved',
    effect: JSON.stringify(effect),
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

/** A correction to decide on, its person locked. Nobody decides on what they asked for themselves. */
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
  if (foldedKey(author) === foldedKey(it.who)) throw new SmenaError('correction-own', { id, who: author })
  return { employee, correction }
}

interface Change {
  readonly before: PersonTime
  readonly after: PersonTime
}

/** The person's time as the edits would make it. */
async function worked(tx: PeopleTransaction, employee: Employee, edits: readonly Edit[], it: Telling): Promise<Change> {
  if (edits.length === 0)
    throw new SmenaError('value-unreadable', { what: 'correction', found: 'nothing', expected: 'at least one change' })
  const marks: Mark[] = []
  for (const edit of edits) {
    const mark = 'mark' in edit ? await tx.mark(edit.mark) : null
    if (mark?.employeeId === employee.id && !marks.some(({ id }) => id === mark.id)) marks.push(mark)
  }
  const before: PersonTime = {
    employeeId: employee.id,
    shifts: await tx.shiftsOf(employee.id, null, null),
    assignments: await tx.assignmentsOf(employee.id),
    marks,
  }
  const edited = applyEdits(before, edits, it.rules)
  if (edited.kind === 'refused')
    throw new SmenaError('correction-impossible', { why: faults[edited.why], of: edited.of.join(', ') || '–' })
  for (const { plan, extension, from, to } of assignmentsMade(before, edited.after)) {
    const other = (await tx.holders(plan, extension, from, to)).find((held) => held.employeeId !== employee.id)
    if (other) throw await heldBy(tx, other, it)
  }
  return { before, after: edited.after }
}

const faults = {
  'no-such-shift': 'the person has no such shift',
  'no-such-break': 'the person has no such break',
  'no-such-assignment': 'the person has no such assignment',
  'no-such-mark': 'the person has no such mark',
  'end-before-start': 'an end lies before its start',
  'shifts-overlap': 'two shifts would overlap',
  'breaks-overlap': 'two breaks would overlap',
  'break-outside-shift': 'a break would lie outside its shift',
  'assignments-overlap': 'two assignments would overlap',
  'unknown-break-type': 'there is no such kind of break',
  'unknown-zone': 'there is no such time zone',
} as const

/** Rows of `of` that are not the same in `other`. */
function differing<Row extends { readonly id: number }>(of: readonly Row[], other: readonly Row[]): Row[] {
  const texts = new Map(other.map((row) => [row.id, JSON.stringify(row)]))
  return of.filter((row) => texts.get(row.id) !== JSON.stringify(row))
}

const changedOf = (of: PersonTime, other: PersonTime) => ({
  shifts: differing(of.shifts, other.shifts),
  assignments: differing(of.assignments, other.assignments),
  marks: differing(of.marks, other.marks),
})

const assignmentsMade = (before: PersonTime, after: PersonTime): readonly Assignment[] =>
  differing(after.assignments, before.assignments).filter(({ confirmed }) => confirmed)

/** Telephones whose holder changes, and when. */
const telephonesOf = ({ before, after }: Change): TelephoneTime[] =>
  [...differing(before.assignments, after.assignments), ...differing(after.assignments, before.assignments)]
    .filter(({ confirmed }) => confirmed)
    .map(({ plan, extension, from, to }) => ({ plan, extension, from, to }))

/** The times about which a locked period is asked. */
const timesOf = (change: Change, it: Telling) => [
  ...changedTime(change.before.shifts, change.after.shifts, it.rules),
  ...telephonesOf(change),
  ...[...differing(change.before.marks, change.after.marks), ...differing(change.after.marks, change.before.marks)].map(
    ({ at }) => ({ from: at, to: at + 1000 }),
  ),
]

async function effectIn(
  tx: PeopleTransaction,
  employee: Employee,
  change: Change,
  it: Telling,
): Promise<CorrectionEffect> {
  const { before, after } = change
  const shiftsBefore = differing(before.shifts, after.shifts)
  const shiftsAfter = differing(after.shifts, before.shifts)
  const { days, workedSeconds, ranges } = effectOf(shiftsBefore, shiftsAfter, it.now, it.rules)
  const calls = new Set<number>()
  const [was, is] = [presenceOf(before.shifts, it.rules), presenceOf(after.shifts, it.rules)]
  for (const { from, to } of ranges)
    for (const { callId, at } of await tx.attributedTo(employee.id, from, to)) if (was(at) !== is(at)) calls.add(callId)
  const holds = (assignments: readonly Assignment[], { plan, extension }: TelephoneTime, at: number) =>
    assignments.some(
      (held) =>
        held.confirmed &&
        held.plan === plan &&
        held.extension === extension &&
        held.from <= at &&
        (held.to === null || held.to > at),
    )
  for (const telephone of telephonesOf(change))
    for (const { callId, at } of await tx.attributedOn(telephone))
      if (holds(before.assignments, telephone, at) !== holds(after.assignments, telephone, at)) calls.add(callId)
  const periods = await locksOf(tx, employee, timesOf(change, it))
  return { days, workedSeconds, calls: calls.size, periods: periods.map(({ id }) => String(id)) }
}

/** Writes the difference. */
async function write(tx: PeopleTransaction, employee: Employee, { before, after }: Change, it: Telling): Promise<void> {
  const now = it.now
  const stay = (rows: readonly { readonly id: number }[]) => new Set(rows.map(({ id }) => id))
  const assignments = stay(after.assignments)
  await tx.removeAssignments(before.assignments.filter(({ id }) => !assignments.has(id)).map(({ id }) => id))
  const changed = differing(after.assignments, before.assignments)
  const length = ({ from, to }: Assignment) => (to ?? Number.MAX_SAFE_INTEGER) - from
  const growth = (row: Assignment) => length(row) - length(before.assignments.find(({ id }) => id === row.id) ?? row)
  for (const row of changed.filter(({ id }) => id > 0).toSorted((a, b) => growth(a) - growth(b)))
    await tx.setAssignment(row)
  await tx.addAssignments(
    changed.filter(({ id }) => id <= 0),
    now,
  )
  await tx.addDueRanges(telephonesOf({ before, after }))
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
