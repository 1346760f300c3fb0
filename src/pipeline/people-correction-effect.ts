import { SmenaError } from '../domain/errors.ts'
import type { Assignment } from '../domain/people.ts'
import { lacksEnd } from '../domain/worktime/breaks.ts'
import { applyEdits, effectOf, type PersonTime } from '../domain/worktime/corrections.ts'
import type { Edit } from '../domain/worktime/edit.ts'
import { changedTime, presenceOf } from '../domain/worktime/presence.ts'
import type { Break, Mark, Shift } from '../domain/worktime/shift.ts'
import { closedAsOf } from '../domain/worktime/timeline.ts'
import { heldBy } from './people-assignments.ts'
import type { CorrectionSight } from './people-correction-sight.ts'
import { changesOf, type Obstacle } from './people-correction-view.ts'
import { checkedEdits } from './people-edits.ts'
import { requireEmployed } from './people-employed.ts'
import { locksOf } from './people-locks.ts'
import { requireNear } from './people-moment.ts'
import type { Correction, Employee, PeopleSight, TelephoneTime } from './people-store.ts'
import type { Judging } from './people-telling.ts'

/** What a correction does as things stand: judged alike where it is asked for, shown and approved. */

export interface Change {
  /** As they are stored: nothing left in them that a store or a reader could not take. */
  readonly edits: readonly Edit[]
  readonly before: PersonTime
  readonly after: PersonTime
}

/** The person's time as the edits would make it. Throws what stands in their way. */
export async function changeBy(
  sight: PeopleSight,
  employee: Employee,
  wanted: readonly Edit[],
  it: Judging,
): Promise<Change> {
  const edits = await checkedEdits(sight, wanted)
  const marks: Mark[] = []
  for (const edit of edits) {
    const mark = 'mark' in edit ? await sight.mark(edit.mark) : null
    if (mark?.employeeId === employee.id && !marks.some(({ id }) => id === mark.id)) marks.push(mark)
  }
  const before: PersonTime = {
    employeeId: employee.id,
    shifts: await sight.shiftsOf(employee.id, null, null),
    assignments: await sight.assignmentsOf(employee.id),
    marks,
  }
  // What has passed its limit by now is closed there first, as by whatever is told.
  const known = { ...before, shifts: closedAsOf(before.shifts, it.now, it.rules) }
  const edited = applyEdits(known, edits, it.rules)
  if (edited.kind === 'refused')
    throw new SmenaError('correction-impossible', { why: faults[edited.why], of: namesOf(edited.of) })
  requireTellable(employee, before, edited.after, it)
  // So is what the edits open.
  const after = { ...edited.after, shifts: closedAsOf(edited.after.shifts, it.now, it.rules) }
  for (const { plan, extension, from, to } of differing(after.assignments, before.assignments).filter(isHeld)) {
    const other = (await sight.holders(plan, extension, from, to)).find((held) => held.employeeId !== employee.id)
    if (other) throw await heldBy(sight, other, it)
  }
  if (changesOf(known, after, []).length === 0) throw new SmenaError('correction-empty', {})
  return { edits, before, after }
}

/** What stands in the way by its id; what an edit adds has none yet. */
const namesOf = (ids: readonly number[]): string =>
  [...new Set(ids.map((id) => (id > 0 ? String(id) : 'what is to be added')))].join(', ') || '–'

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

/** What stands at another time than before is judged as if it had been told: not far ahead, and begun while the person is there. */
function requireTellable(employee: Employee, before: PersonTime, after: PersonTime, it: Judging): void {
  const shifts = differing(after.shifts, before.shifts)
  const starts = moved(shifts, before.shifts, ({ startedAt }) => startedAt)
  const ends = moved(shifts, before.shifts, (shift) =>
    shift.flags.includes('closed-by-system') ? null : shift.endedAt,
  )
  const [breaks, were] = [breaksOf(shifts), breaksOf(before.shifts)]
  const pauses = moved(breaks, were, ({ startedAt }) => startedAt)
  const returns = moved(breaks, were, (one) => (lacksEnd(one) ? null : one.endedAt))
  const marks = moved(after.marks, before.marks, ({ at }) => at)
  for (const at of [...starts, ...ends, ...pauses, ...returns, ...marks]) requireNear(at, it)
  const held = moved(after.assignments.filter(isHeld), before.assignments.filter(isHeld), ({ from }) => from)
  for (const at of [...starts, ...held]) requireEmployed(employee, at, it)
}

const breaksOf = (shifts: readonly Shift[]): readonly Break[] => shifts.flatMap(({ breaks }) => breaks)

/** Instants of rows that are new, or that were another one in `other`; null: the row says none. */
function moved<Row extends { readonly id: number }>(
  of: readonly Row[],
  other: readonly Row[],
  instantOf: (row: Row) => number | null,
): number[] {
  const were = new Map(other.map((row) => [row.id, instantOf(row)]))
  return of.flatMap((row) => {
    const at = instantOf(row)
    return at === null || were.get(row.id) === at ? [] : [at]
  })
}

/** Rows of `of` that are not the same in `other`. */
export function differing<Row extends { readonly id: number }>(of: readonly Row[], other: readonly Row[]): Row[] {
  const texts = new Map(other.map((row) => [row.id, JSON.stringify(row)]))
  return of.filter((row) => texts.get(row.id) !== JSON.stringify(row))
}

const eitherWay = <Row extends { readonly id: number }>(a: readonly Row[], b: readonly Row[]): Row[] => [
  ...differing(a, b),
  ...differing(b, a),
]

const isHeld = ({ confirmed }: Assignment): boolean => confirmed

/** Telephones whose holder changes, and when. */
export const telephonesOf = ({ before, after }: Change): TelephoneTime[] =>
  eitherWay(before.assignments, after.assignments)
    .filter(isHeld)
    .map(({ plan, extension, from, to }) => ({ plan, extension, from, to }))

/** The times about which a locked period is asked. */
export const timesOf = (change: Change, { rules }: Judging) => [
  ...changedTime(change.before.shifts, change.after.shifts, rules),
  ...telephonesOf(change),
  ...eitherWay(change.before.marks, change.after.marks).map(({ at }) => ({ from: at, to: at + 1000 })),
]

/** The change as it is shown before anybody approves it, and kept when somebody has. */
export async function sightOf(
  sight: PeopleSight,
  employee: Employee,
  change: Change,
  it: Judging,
): Promise<CorrectionSight> {
  const { before, after } = change
  const { ranges, ...worked } = effectOf(before.shifts, after.shifts, it.now, it.rules)
  const changes = changesOf(before, after, await sight.markTypes())
  const calls = new Set<number>()
  const [was, is] = [presenceOf(before.shifts, it.rules), presenceOf(after.shifts, it.rules)]
  for (const { from, to } of ranges)
    for (const { callId, at } of await sight.attributedTo(employee.id, from, to))
      if (was(at) !== is(at)) calls.add(callId)
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
    for (const { callId, at } of await sight.attributedOn(telephone))
      if (holds(before.assignments, telephone, at) !== holds(after.assignments, telephone, at)) calls.add(callId)
  const periods = await locksOf(sight, employee, timesOf(change, it))
  const changedMarks = new Set(changes.flatMap(({ what, id }) => (what === 'mark' && id !== null ? [id] : [])))
  const lost = (await marksLeftOut(sight, change)).filter(({ id }) => !changedMarks.has(String(id)))
  const marks = changes.filter(({ what }) => what === 'mark').length + lost.length
  return { changes, effect: { ...worked, marks, calls: calls.size, periods: periods.map(({ id }) => String(id)) } }
}

/** Marks that would be of no shift any more: a mark is of the shift in which it lies. */
async function marksLeftOut(sight: PeopleSight, { before, after }: Change): Promise<readonly Mark[]> {
  const changed = differing(before.shifts, after.shifts)
  const stays = new Set(after.shifts.map(({ id }) => id))
  const isIn = ({ startedAt, endedAt }: Shift, at: number) => startedAt <= at && (endedAt === null || at < endedAt)
  return (await sight.marksOfShifts(changed.map(({ id }) => id))).filter(({ shiftId, at }) => {
    const shift = changed.find(({ id }) => id === shiftId)
    // One of the older system may lie outside its shift, and stays with it where that only moves.
    if (!shift || (stays.has(shift.id) && !isIn(shift, at))) return false
    return !after.shifts.some((one) => isIn(one, at))
  })
}

/** What is seen now of a correction that nobody has decided on; where it is no more possible, why. */
export async function seenNow(
  sight: PeopleSight,
  employee: Employee,
  { edits }: Correction,
  it: Judging,
): Promise<{ readonly seen: CorrectionSight } | { readonly obstacle: Obstacle }> {
  try {
    const change = await changeBy(sight, employee, JSON.parse(edits) as Edit[], it)
    return { seen: await sightOf(sight, employee, change, it) }
  } catch (error) {
    if (!(error instanceof SmenaError) || error.remedy !== 'refuse') throw error
    const { code, message, details } = error
    return { obstacle: { code, message, details } }
  }
}
