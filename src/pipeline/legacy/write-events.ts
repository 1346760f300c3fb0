import { type EventFlag, type NotPlaced, type PlacedCall, type PlacedMark } from '../../domain/legacy/events.ts'
import { type Issue, issue } from '../../domain/legacy/issue.ts'
import type { Imported } from '../../domain/legacy/ledger.ts'
import type { Span } from '../../domain/worktime/spans.ts'
import type { OldMarkType } from '../../domain/legacy/old-tables.ts'
import type { ImportTransaction } from './dry-run.ts'
import { importer, type LegacyCall, type LegacyMark } from './legacy-store.ts'
import { lockFinder } from './locks.ts'
import { countStanding, fingerprint, judge, type LegacyRun, type MadeRow } from './run.ts'
import { manualType } from './write-mark-types.ts'
import { audited } from '../people-telling.ts'

const table = 'working_working_log'

export type PlacedEvent = Exclude<PlacedMark | PlacedCall | NotPlaced, NotPlaced>

/** Writes a page of marks and bound calls. */
export async function writeEvents(
  run: LegacyRun,
  events: readonly PlacedEvent[],
  types: ReadonlyMap<number, OldMarkType>,
): Promise<void> {
  const done = await run.write(async (tx) => {
    const manual = new Map<string, number>()
    for (const it of events) {
      if (it.kind !== 'mark' || !it.manual || manual.has(String(it.markId))) continue
      manual.set(String(it.markId), await manualType(tx, run, types.get(it.markId) as OldMarkType))
    }
    const typeOf = (it: PlacedMark) =>
      (it.manual ? manual.get(String(it.markId)) : run.typeOf.get(String(it.markId))) ?? 0
    const marks = await writeKind(
      tx,
      run,
      markVerbs(tx),
      ofKind(events, 'mark').map((it) => [it, markOf(run, it, typeOf(it))]),
    )
    const calls = await writeKind(
      tx,
      run,
      callVerbs(tx),
      ofKind(events, 'call').map((it) => [it, callOf(run, it)]),
    )
    const fresh = [...marks.outcomes, ...calls.outcomes].filter((it) => it === 'fresh').length
    const ids = events.map((it) => it.id)
    const what = { rows: fresh, first: Math.min(...ids), last: Math.max(...ids) }
    const by = { now: run.options.now, who: importer }
    if (fresh > 0) await tx.addAudit([audited(by, 'legacy-events', null, null, what)])
    const both = { outcomes: [...marks.outcomes, ...calls.outcomes], issues: [...marks.issues, ...calls.issues] }
    return { ...both, manual, marks: marks.made, calls: calls.made }
  })
  await run.readBack(
    table,
    async (tx, since) =>
      (await standing(tx, since, markVerbs(tx), done.marks)) + (await standing(tx, since, callVerbs(tx), done.calls)),
  )
  for (const [id, type] of done.manual) run.typeOf.set(`${id}/manual`, type)
  for (const it of done.outcomes)
    if (it === 'period-locked') run.ledger.skipped(table, it)
    else run.ledger.imported(table, it)
  for (const { flags } of events) for (const flag of flags) run.ledger.flag(table, flag)
  run.issues.push(...done.issues)
}

const ofKind = <K extends PlacedEvent['kind']>(events: readonly PlacedEvent[], kind: K) =>
  events.filter((it): it is Extract<PlacedEvent, { kind: K }> => it.kind === kind)

interface Common {
  readonly employeeId: number
  readonly shiftId: number | null
  readonly excluded: boolean
  readonly comment: string | null
  readonly flags: readonly EventFlag[]
}

const commonOf = (run: LegacyRun, { userId, shift, excluded, comment, flags }: PlacedEvent): Common => ({
  employeeId: run.employeeOf.get(userId) ?? 0,
  shiftId: shift ? (run.shiftIdOf.get(shift) ?? null) : null,
  excluded,
  comment,
  flags,
})

const markOf = (run: LegacyRun, it: PlacedMark, typeId: number): LegacyMark => {
  return { ...commonOf(run, it), typeId, at: it.at, count: 1, seconds: it.seconds, how: it.how }
}

function callOf(run: LegacyRun, it: PlacedCall): LegacyCall {
  const { at, toldAt, direction, extension, otherNumber, seconds, ringOnly } = it
  return { ...commonOf(run, it), at, toldAt, direction, extension, otherNumber, seconds, ringOnly }
}

/** What a mark and a bound call differ in. */
interface Verbs<Row> {
  readonly kind: 'mark' | 'call'
  /** From when to when it is. */
  readonly time: (row: Row) => Span
  /** Where it stands is no part of it: shifts are put together and moved apart without anybody touching it. */
  readonly fingerprint: (row: Row) => string
  readonly add: (rows: readonly Row[]) => Promise<readonly number[]>
  readonly find: (ids: readonly number[]) => Promise<ReadonlyMap<number, Row>>
  readonly set: (id: number, row: Row) => Promise<void>
}

const markVerbs = (tx: ImportTransaction): Verbs<LegacyMark> => ({
  kind: 'mark',
  time: ({ at }) => ({ from: at, to: at + 1 }),
  fingerprint: (it) => fingerprint(it.employeeId, it.typeId, it.at, it.count, it.seconds, it.comment, it.excluded),
  add: (rows) => tx.legacy.addMarks(rows),
  find: (ids) => tx.legacy.marks(ids),
  set: (id, row) => tx.legacy.setMark(id, row),
})

const callVerbs = (tx: ImportTransaction): Verbs<LegacyCall> => ({
  kind: 'call',
  time: ({ at, toldAt }) => ({ from: at, to: toldAt + 1 }),
  fingerprint: (it) =>
    fingerprint(it.employeeId, it.at, it.toldAt, it.direction, it.extension, it.otherNumber, it.excluded, it.comment),
  add: (rows) => tx.legacy.addCalls(rows),
  find: (ids) => tx.legacy.calls(ids),
  set: (id, row) => tx.legacy.setCall(id, row),
})

async function writeKind<Row extends { readonly employeeId: number; readonly shiftId: number | null }>(
  tx: ImportTransaction,
  run: LegacyRun,
  verbs: Verbs<Row>,
  pairs: readonly (readonly [PlacedEvent, Row])[],
): Promise<{ outcomes: (Imported | 'period-locked')[]; issues: Issue[]; made: MadeRow[] }> {
  const known = await tx.legacy.made(
    table,
    verbs.kind,
    pairs.map(([it]) => String(it.id)),
  )
  const prints = pairs.map(([, row]) => verbs.fingerprint(row))
  const differing = pairs.filter(([it], at) => known.get(String(it.id))?.fingerprint !== prints[at])
  const current = await verbs.find(differing.flatMap(([it]) => known.get(String(it.id))?.id ?? []))
  const touched = [...differing.map(([, row]) => row), ...current.values()]
  await tx.lockEmployees([...new Set(touched.map((it) => it.employeeId))])
  const lockOf = await lockFinder(
    tx,
    touched.reduce((first, it) => Math.min(first, verbs.time(it).from), Infinity),
  )
  const outcomes: (Imported | 'period-locked')[] = []
  const issues: Issue[] = []
  const fresh: number[] = []
  const made: MadeRow[] = []
  for (const [at, [event, row]] of pairs.entries()) {
    const before = known.get(String(event.id))
    const here = before ? current.get(before.id) : undefined
    const verdict = judge(before, prints[at] ?? '', () => (here ? verbs.fingerprint(here) : null))
    if (verdict.is === 'fresh' || verdict.is === 'changed') {
      const lockHere = here ? await lockOf(here.employeeId, verbs.time(here)) : null
      if (lockHere ?? (await lockOf(row.employeeId, verbs.time(row)))) {
        outcomes.push('period-locked')
        continue
      }
    }
    outcomes.push(verdict.is)
    if (verdict.is === 'kept') {
      const about = { people: [run.nameOf(event.userId)], from: event.at, to: null }
      issues.push(issue(verdict.why, table, [event.id], about))
    } else if (verdict.is === 'fresh') fresh.push(at)
    else if (verdict.is === 'changed' && before && here) {
      await verbs.set(before.id, { ...row, shiftId: here.shiftId ?? row.shiftId })
      made.push({ oldId: String(event.id), id: before.id, fingerprint: prints[at] ?? '', employeeId: row.employeeId })
    }
  }
  const ids = await verbs.add(fresh.flatMap((at) => pairs[at]?.[1] ?? []))
  for (const [i, at] of fresh.entries()) {
    const [event, row] = pairs[at] ?? []
    const employeeId = row?.employeeId ?? null
    made.push({ oldId: String(event?.id), id: ids[i] ?? 0, fingerprint: prints[at] ?? '', employeeId })
  }
  await tx.legacy.putMade(table, verbs.kind, made)
  return { outcomes, issues, made }
}

const standing = <Row>(
  tx: ImportTransaction,
  since: number,
  verbs: Verbs<Row>,
  made: readonly MadeRow[],
): Promise<number> =>
  countStanding(tx, since, [table, verbs.kind], made, async (ids) => {
    return new Map([...(await verbs.find(ids))].map(([id, row]) => [id, verbs.fingerprint(row)]))
  })
