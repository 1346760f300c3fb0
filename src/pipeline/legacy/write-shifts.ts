import { type Issue, issue, type IssueKind } from '../../domain/legacy/issue.ts'
import type { PlacedShift } from '../../domain/legacy/shifts.ts'
import type { Break, Shift } from '../../domain/worktime/shift.ts'
import type { ImportTransaction } from './dry-run.ts'
import { locksOf } from '../people-locks.ts'
import type { Deed, NewAuditRow, Period, TelephoneTime } from '../people-store.ts'
import { importer, type Made } from './legacy-store.ts'
import { countStanding, coverRanges, fingerprint, judge, type LegacyRun, legacyBreak, type MadeRow } from './run.ts'

const shiftTable = 'working_working_time'
const breakTable = 'working_working_relax'

/** What became of a placed shift, and so of the rows that it is made of. */
type Outcome = 'fresh' | 'changed' | 'same' | 'kept' | 'overlaps-shift-here' | 'period-locked'

export interface WrittenShift {
  readonly placed: PlacedShift
  readonly is: Outcome
}

interface Planned {
  readonly placed: PlacedShift
  readonly shift: Shift
  readonly known: Made | undefined
  /** Made of rows that have since been put together. */
  readonly others: readonly number[]
  readonly current: Shift | undefined
  readonly fingerprint: string
  is: Outcome
}

/** Writes all shifts of one person, with their breaks, in one transaction under the person's lock. */
export async function writeShifts(
  run: LegacyRun,
  userId: number,
  placed: readonly PlacedShift[],
): Promise<readonly WrittenShift[]> {
  const employeeId = run.employeeOf.get(userId) ?? 0
  const done = await run.write(async (tx) => {
    const employee = await tx.lockEmployee(employeeId)
    const here = await tx.shiftsOf(employeeId, null, null)
    const oldIds = placed.flatMap((it) => it.ids.map(String))
    const known = await tx.legacy.made(shiftTable, 'shift', oldIds)
    const plans = placed.map((it) => plan(it, { run, employeeId, known, here }))
    const times = plans.flatMap((it) => timesOf(it, here))
    const from = Math.min(...times.map((it) => it.startedAt))
    // Whom a dry run would make is of no unit.
    const locked = await locksOf(tx, employee ?? { id: employeeId, unitId: null }, [{ from, to: null }])
    const issues = judgeAll(run, plans, { here, ours: new Set([...known.values()].map((it) => it.id)), locked })
    return { plans, issues, ...(await writeAll(tx, run, employeeId, plans)) }
  })
  for (const [shift, id] of done.ids) run.shiftIdOf.set(shift, id)
  const here = (tx: ImportTransaction) => tx.shiftsOf(employeeId, null, null)
  await run.readBack(shiftTable, (tx, since) =>
    countStanding(tx, since, [shiftTable, 'shift'], done.made.shifts, async () => {
      return new Map((await here(tx)).map((it) => [it.id, shiftFingerprint(it)]))
    }),
  )
  await run.readBack(breakTable, (tx, since) =>
    countStanding(tx, since, [breakTable, 'break'], done.made.breaks, async () => {
      return new Map((await here(tx)).flatMap(({ breaks }) => breaks.map((it) => [it.id, breakFingerprint(it)])))
    }),
  )
  run.issues.push(...done.issues)
  return done.plans.map(({ placed: it, is }) => ({ placed: it, is }))
}

function plan(
  placed: PlacedShift,
  of: {
    readonly run: LegacyRun
    readonly employeeId: number
    readonly known: ReadonlyMap<string, Made>
    readonly here: readonly Shift[]
  },
): Planned {
  const made = placed.ids.flatMap((it) => of.known.get(String(it)) ?? [])
  const [known] = made
  const current = of.here.find((it) => it.id === known?.id)
  const breaks: Break[] = placed.breaks.map(({ startedAt, endedAt, flags }, at) => {
    const was = current?.breaks.find((it) => it.startedAt === startedAt)
    return { id: was?.id ?? -at, type: was?.type ?? legacyBreak, startedAt, endedAt, flags }
  })
  const shift: Shift = {
    id: known?.id ?? 0,
    employeeId: of.employeeId,
    startedAt: placed.startedAt,
    endedAt: placed.endedAt,
    zone: of.run.options.timezone,
    startedHow: 'legacy',
    endedHow: placed.endedHow,
    flags: placed.flags,
    breaks,
  }
  const others = [...new Set(made.map((it) => it.id))].filter((it) => it !== known?.id)
  return { placed, shift, known, others, current, fingerprint: shiftFingerprint(shift), is: 'fresh' }
}

/** What the system ended at the limit is as open as it was: nobody has said anything. */
function shiftFingerprint(it: Shift): string {
  const end = it.flags.includes('closed-by-system') ? null : it.endedAt
  const breaks = it.breaks.map(({ type, startedAt, endedAt }) => {
    return [type, startedAt, end === null && endedAt === it.endedAt ? null : endedAt]
  })
  return fingerprint(it.employeeId, it.startedAt, end, it.flags.includes('corrected'), breaks)
}

/** What it would be, and what it would take the place of. */
const timesOf = ({ shift, current, others }: Planned, here: readonly Shift[]): Span[] => [
  shift,
  ...(current ? [current] : []),
  ...here.filter((it) => others.includes(it.id)),
]

function judgeAll(
  run: LegacyRun,
  plans: readonly Planned[],
  of: { readonly here: readonly Shift[]; readonly ours: ReadonlySet<number>; readonly locked: readonly Period[] },
): Issue[] {
  const issues: Issue[] = []
  const say = (kind: IssueKind, { placed, shift }: Planned, detail = '') => {
    const about = { people: [run.nameOf(placed.userId)], from: shift.startedAt, to: shift.endedAt, detail }
    issues.push(issue(kind, shiftTable, placed.ids, about))
  }
  const isToWrite = ({ is }: Planned) => is === 'fresh' || is === 'changed'
  for (const it of plans) {
    const verdict = judge(it.known, it.fingerprint, () => (it.current ? shiftFingerprint(it.current) : null))
    // One that is still open here, though the limit has passed, would lie over all that came after it.
    const isOverdue = it.current?.endedAt === null && it.shift.endedAt !== null
    it.is = verdict.is === 'same' && it.current && (it.others.length > 0 || isOverdue) ? 'changed' : verdict.is
    if (verdict.is === 'kept') say(verdict.why, it)
    const times = isToWrite(it) ? timesOf(it, of.here) : []
    const period = of.locked.find(({ from, to }) => times.some((one) => overlap(one, { startedAt: from, endedAt: to })))
    if (!period) continue
    say('period-locked', it, String(period.id))
    it.is = 'period-locked'
  }
  // What was worked here, and what was changed here or is locked, stays; nothing is put over it.
  const left = plans.filter(({ is }) => is === 'kept' || is === 'period-locked').flatMap((it) => it.current ?? [])
  const firm = [...of.here.filter((it) => !of.ours.has(it.id)), ...left]
  for (const it of plans) {
    if (!isToWrite(it) || !firm.some((other) => overlap(other, it.shift))) continue
    say('overlaps-shift-here', it)
    it.is = it.is === 'changed' ? 'kept' : 'overlaps-shift-here'
  }
  return issues
}

type Span = Pick<Shift, 'startedAt' | 'endedAt'>
const overlap = (a: Span, b: Span): boolean =>
  a.startedAt < (b.endedAt ?? Infinity) && b.startedAt < (a.endedAt ?? Infinity)

interface Written {
  readonly ids: ReadonlyMap<PlacedShift, number>
  /** Of each shift and break the first of the rows that it is made of. */
  readonly made: { readonly shifts: readonly MadeRow[]; readonly breaks: readonly MadeRow[] }
}

async function writeAll(
  tx: ImportTransaction,
  run: LegacyRun,
  employeeId: number,
  plans: readonly Planned[],
): Promise<Written> {
  const { now } = run.options
  const ids = new Map<PlacedShift, number>()
  const audit: NewAuditRow[] = []
  const log = (what: Deed, before: unknown, after: unknown) => {
    const text = (it: unknown) => (it === null ? null : JSON.stringify(it))
    audit.push({ at: now, who: importer, what, employeeId, before: text(before), after: text(after) })
  }
  const changed = plans.filter((it) => it.is === 'changed' && it.current)
  for (const it of changed) {
    for (const other of it.others) await tx.legacy.moveEvents(other, it.shift.id)
    await tx.removeShifts(it.others)
  }
  await tx.setShifts(changed.map(({ shift }) => shift))
  for (const it of changed) log('legacy-shift', it.current, it.shift)
  const fresh = plans.filter((it) => it.is === 'fresh')
  const made = await tx.addShifts(
    fresh.map((it) => it.shift),
    now,
  )
  for (const [at, it] of fresh.entries()) ids.set(it.placed, made[at] ?? 0)
  for (const it of plans) if (it.known && it.current) ids.set(it.placed, it.known.id)
  if (fresh.length > 0) log('legacy-shifts', null, { shifts: fresh.length, first: made[0], last: made.at(-1) })
  const written = [...changed, ...fresh]
  const shifts = written.map((it) =>
    it.placed.ids.map((oldId) => {
      return { oldId: String(oldId), id: ids.get(it.placed) ?? 0, fingerprint: it.fingerprint, employeeId }
    }),
  )
  await tx.legacy.putMade(shiftTable, 'shift', shifts.flat())
  const breaks = await rememberBreaks(tx, employeeId, written, ids)
  await tx.addAudit(audit)
  const spans = written.flatMap((it) => [it.shift, ...(it.current ? [it.current] : [])])
  await tx.addDueRanges(await rangesOf(tx, employeeId, spans))
  return { ids, made: { shifts: shifts.flatMap((it) => it.slice(0, 1)), breaks } }
}

async function rememberBreaks(
  tx: ImportTransaction,
  employeeId: number,
  written: readonly Planned[],
  ids: ReadonlyMap<PlacedShift, number>,
): Promise<readonly MadeRow[]> {
  if (written.every((it) => it.placed.breaks.length === 0)) return []
  const here = new Map((await tx.shiftsOf(employeeId, null, null)).map((it) => [it.id, it]))
  const made = written.flatMap(({ placed }) => {
    const stored = here.get(ids.get(placed) ?? 0)?.breaks ?? []
    return placed.breaks.map((it) => {
      const id = stored.find(({ startedAt }) => startedAt === it.startedAt)?.id ?? 0
      const mark = breakFingerprint(it)
      return it.ids.map((oldId) => ({ oldId: String(oldId), id, fingerprint: mark, employeeId }))
    })
  })
  await tx.legacy.putMade(breakTable, 'break', made.flat())
  return made.flatMap((it) => it.slice(0, 1))
}

const breakFingerprint = (it: Pick<Break, 'startedAt' | 'endedAt'>): string => fingerprint(it.startedAt, it.endedAt)

/** Calls of the person's telephones in the time of these shifts are attributed anew. */
async function rangesOf(
  tx: ImportTransaction,
  employeeId: number,
  spans: readonly Span[],
): Promise<readonly TelephoneTime[]> {
  if (spans.length === 0) return []
  const held = (await tx.assignmentsOf(employeeId)).filter((it) => it.confirmed)
  return coverRanges(
    held.flatMap(({ plan: of, extension, from, to }) =>
      spans
        .filter((it) => overlap(it, { startedAt: from, endedAt: to }))
        .map((it) => ({ plan: of, extension, from: it.startedAt, to: it.endedAt })),
    ),
  )
}
