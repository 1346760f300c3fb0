import { isZone } from '../clock.ts'
import type { Assignment } from '../people.ts'
import { endedBy } from './breaks.ts'
import type { Edit } from './edit.ts'
import { endOf } from './presence.ts'
import type { WorkRules } from './rules.ts'
import { type Break, type Mark, newId, type Shift, wholeSecond } from './shift.ts'

export type EditFault =
  | 'no-such-shift'
  | 'no-such-break'
  | 'no-such-assignment'
  | 'no-such-mark'
  | 'end-before-start'
  | 'shifts-overlap'
  | 'breaks-overlap'
  | 'break-outside-shift'
  | 'assignments-overlap'
  | 'unknown-break-type'
  | 'unknown-zone'

/** A person's time while it is edited. */
export interface Draft {
  readonly employeeId: number
  readonly shifts: Shift[]
  readonly assignments: Assignment[]
  readonly marks: Mark[]
  /** Ids of shifts that are no more what they were. */
  readonly touched: Set<number>
}

export type Fault = { readonly why: EditFault; readonly of: readonly number[] }

/** Changes the draft, or says why not. */
export function apply(draft: Draft, edit: Edit, rules: WorkRules): Fault | null {
  switch (edit.edit) {
    case 'add-shift':
    case 'set-shift':
    case 'remove-shift':
      return editShift(draft, edit, rules)
    case 'add-break':
    case 'set-break':
    case 'remove-break':
      return editBreak(draft, edit, rules)
    case 'add-assignment':
    case 'set-assignment':
    case 'remove-assignment':
      return editAssignment(draft, edit)
    case 'add-mark':
    case 'set-mark':
    case 'remove-mark':
      return editMark(draft, edit)
  }
}

type Of<Kind extends string> = Extract<Edit, { edit: `${string}-${Kind}` }>

function editShift(draft: Draft, edit: Of<'shift'>, rules: WorkRules): Fault | null {
  const { shifts, touched, employeeId } = draft
  if (edit.edit === 'add-shift') {
    const id = newId(shifts)
    if (!isZone(edit.zone)) return { why: 'unknown-zone', of: [id] }
    const breaks: Break[] = []
    for (const it of edit.breaks ?? []) {
      const breakId = newId([...allBreaks(shifts), ...breaks])
      if (!isType(it.type, rules)) return { why: 'unknown-break-type', of: [breakId] }
      const times = { startedAt: second(it.startedAt), endedAt: second(it.endedAt) }
      breaks.push({ id: breakId, type: it.type, ...times, flags: ['corrected'] })
    }
    const how = 'correction'
    const times = { startedAt: second(edit.startedAt), endedAt: second(edit.endedAt), zone: edit.zone }
    shifts.push({ id, employeeId, ...times, startedHow: how, endedHow: how, flags: [], breaks })
    touched.add(id)
    return null
  }
  const index = shifts.findIndex(({ id }) => id === edit.shift)
  const shift = shifts[index]
  if (!shift) return { why: 'no-such-shift', of: [edit.shift] }
  if (edit.edit === 'remove-shift') {
    shifts.splice(index, 1)
    for (const [place, it] of draft.marks.entries())
      if (it.shiftId === edit.shift) draft.marks[place] = { ...it, shiftId: null }
    return null
  }
  if (edit.zone !== undefined && !isZone(edit.zone)) return { why: 'unknown-zone', of: [shift.id] }
  shifts[index] = {
    ...shift,
    ...(edit.zone === undefined ? {} : { zone: edit.zone }),
    ...(edit.startedAt === undefined ? {} : { startedAt: second(edit.startedAt), startedHow: 'correction' }),
    ...(edit.endedAt === undefined ? {} : withEnd(shift, edit.endedAt)),
  }
  touched.add(shift.id)
  return null
}

const withEnd = (shift: Shift, endedAt: number | null): Partial<Shift> => ({
  endedAt: endedAt === null ? null : second(endedAt),
  endedHow: endedAt === null ? null : 'correction',
  flags: shift.flags.filter((flag) => flag !== 'closed-by-system' && flag !== 'probably-closed-by-job'),
})

function editBreak(draft: Draft, edit: Of<'break'>, rules: WorkRules): Fault | null {
  const { shifts, touched } = draft
  const named = edit.edit === 'remove-break' ? undefined : edit.type
  const change = (shift: Shift, breaks: readonly Break[]): null => {
    shifts[shifts.indexOf(shift)] = { ...shift, breaks }
    touched.add(shift.id)
    return null
  }
  if (edit.edit === 'add-break') {
    const id = newId(allBreaks(shifts))
    if (!isType(edit.type, rules)) return { why: 'unknown-break-type', of: [id] }
    const startedAt = second(edit.startedAt)
    const wanted = edit.shift ?? shiftOf(shifts, startedAt, rules)
    const shift = shifts.find((it) => it.id === wanted)
    if (!shift) return edit.shift === undefined ? { why: 'break-outside-shift', of: [id] } : noShift(edit.shift)
    const added: Break = { id, type: edit.type, startedAt, endedAt: second(edit.endedAt), flags: ['corrected'] }
    return change(shift, [...shift.breaks, added])
  }
  const shift = shifts.find((it) => it.breaks.some(({ id }) => id === edit.break))
  if (!shift) return { why: 'no-such-break', of: [edit.break] }
  if (edit.edit === 'remove-break')
    return change(
      shift,
      shift.breaks.filter(({ id }) => id !== edit.break),
    )
  if (named !== undefined && !isType(named, rules)) return { why: 'unknown-break-type', of: [edit.break] }
  const set = (it: Break): Break => {
    const timed = edit.endedAt === undefined ? it : { ...endedBy(it, 0), endedAt: second(edit.endedAt) }
    const { startedAt = it.startedAt, type = it.type } = edit
    const flags = timed.flags.includes('corrected') ? timed.flags : [...timed.flags, 'corrected' as const]
    return { ...timed, type, startedAt: second(startedAt), flags }
  }
  return change(
    shift,
    shift.breaks.map((it) => (it.id === edit.break ? set(it) : it)),
  )
}

function editAssignment({ assignments, employeeId }: Draft, edit: Of<'assignment'>): Fault | null {
  if (edit.edit === 'add-assignment') {
    const { plan, extension } = edit
    const times = { from: second(edit.from), to: second(edit.to) }
    assignments.push({ id: newId(assignments), employeeId, plan, extension, ...times, confirmed: true })
    return null
  }
  const index = assignments.findIndex(({ id }) => id === edit.assignment)
  const found = assignments[index]
  if (!found) return { why: 'no-such-assignment', of: [edit.assignment] }
  if (edit.edit === 'remove-assignment') assignments.splice(index, 1)
  else {
    const { from = found.from, to = found.to, confirmed = found.confirmed } = edit
    assignments[index] = { ...found, from: second(from), to: second(to), confirmed }
  }
  return null
}

function editMark({ marks, employeeId }: Draft, edit: Of<'mark'>): Fault | null {
  if (edit.edit === 'add-mark') {
    const { typeId, count = 1, seconds = null, comment = null } = edit
    const what = { typeId, count, seconds, comment, excluded: false, how: 'correction' as const }
    marks.push({ id: newId(marks), employeeId, shiftId: null, at: second(edit.at), ...what })
    return null
  }
  const index = marks.findIndex(({ id }) => id === edit.mark)
  const found = marks[index]
  if (!found) return { why: 'no-such-mark', of: [edit.mark] }
  if (edit.edit === 'remove-mark') marks.splice(index, 1)
  else {
    const { edit: _, mark: __, at, ...rest } = edit
    marks[index] = { ...found, ...rest, ...(at === undefined ? {} : { at: second(at), shiftId: null }) }
  }
  return null
}

const noShift = (id: number): Fault => ({ why: 'no-such-shift', of: [id] })
const isType = (name: string, rules: WorkRules): boolean => rules.breakTypes.some((it) => it.name === name)
const allBreaks = (shifts: readonly Shift[]): Break[] => shifts.flatMap(({ breaks }) => breaks)

function second(instant: number): number
function second(instant: number | null): number | null
function second(instant: number | null): number | null {
  return instant === null ? null : wholeSecond(instant)
}

export const shiftOf = (shifts: readonly Shift[], at: number, rules: WorkRules): number | null =>
  shifts.find((it) => it.startedAt <= at && at < endOf(it, rules))?.id ?? null
