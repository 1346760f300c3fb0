import { type EventFlag, type NotPlaced, type PlacedCall, type PlacedMark } from '../../domain/legacy/events.ts'
import { type Issue, issue } from '../../domain/legacy/issue.ts'
import type { Imported } from '../../domain/legacy/ledger.ts'
import type { OldMarkType } from '../../domain/legacy/old-tables.ts'
import type { ImportTransaction } from './dry-run.ts'
import { importer, type LegacyCall, type LegacyMark, type Made } from './legacy-store.ts'
import { fingerprint, judge, type LegacyRun } from './run.ts'
import { manualType } from './write-mark-types.ts'

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
    const audit = { at: run.options.now, who: importer, what: 'legacy-events', employeeId: null, before: null }
    if (fresh > 0) await tx.addAudit([{ ...audit, after: JSON.stringify(what) }])
    return { outcomes: [...marks.outcomes, ...calls.outcomes], issues: [...marks.issues, ...calls.issues], manual }
  })
  for (const [id, type] of done.manual) run.typeOf.set(`${id}/manual`, type)
  for (const it of done.outcomes) run.ledger.imported(table, it)
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
  /** Where it stands is no part of it: shifts are put together and moved apart without anybody touching it. */
  readonly fingerprint: (row: Row) => string
  readonly add: (rows: readonly Row[]) => Promise<readonly number[]>
  readonly find: (ids: readonly number[]) => Promise<ReadonlyMap<number, Row>>
  readonly set: (id: number, row: Row) => Promise<void>
}

const markVerbs = (tx: ImportTransaction): Verbs<LegacyMark> => ({
  kind: 'mark',
  fingerprint: (it) => fingerprint(it.employeeId, it.typeId, it.at, it.count, it.seconds, it.comment, it.excluded),
  add: (rows) => tx.legacy.addMarks(rows),
  find: (ids) => tx.legacy.marks(ids),
  set: (id, row) => tx.legacy.setMark(id, row),
})

const callVerbs = (tx: ImportTransaction): Verbs<LegacyCall> => ({
  kind: 'call',
  fingerprint: (it) =>
    fingerprint(it.employeeId, it.at, it.toldAt, it.direction, it.extension, it.otherNumber, it.excluded, it.comment),
  add: (rows) => tx.legacy.addCalls(rows),
  find: (ids) => tx.legacy.calls(ids),
  set: (id, row) => tx.legacy.setCall(id, row),
})

async function writeKind<Row extends { readonly shiftId: number | null }>(
  tx: ImportTransaction,
  run: LegacyRun,
  verbs: Verbs<Row>,
  pairs: readonly (readonly [PlacedEvent, Row])[],
): Promise<{ outcomes: Imported[]; issues: Issue[] }> {
  const known = await tx.legacy.made(
    table,
    verbs.kind,
    pairs.map(([it]) => String(it.id)),
  )
  const prints = pairs.map(([, row]) => verbs.fingerprint(row))
  const differing = pairs.flatMap(([it], at) => {
    const before = known.get(String(it.id))
    return before && before.fingerprint !== prints[at] ? [before.id] : []
  })
  const current = await verbs.find(differing)
  const outcomes: Imported[] = []
  const issues: Issue[] = []
  const fresh: number[] = []
  const made: (Made & { oldId: string })[] = []
  for (const [at, [event, row]] of pairs.entries()) {
    const before = known.get(String(event.id))
    const here = before ? current.get(before.id) : undefined
    const verdict = judge(before, prints[at] ?? '', () => (here ? verbs.fingerprint(here) : null))
    outcomes.push(verdict.is)
    if (verdict.is === 'kept') {
      const about = { people: [run.nameOf(event.userId)], from: event.at, to: null }
      issues.push(issue(verdict.why, table, [event.id], about))
    } else if (verdict.is === 'fresh') fresh.push(at)
    else if (verdict.is === 'changed' && before && here) {
      await verbs.set(before.id, { ...row, shiftId: here.shiftId ?? row.shiftId })
      made.push({ oldId: String(event.id), id: before.id, fingerprint: prints[at] ?? '' })
    }
  }
  const ids = await verbs.add(fresh.flatMap((at) => pairs[at]?.[1] ?? []))
  for (const [i, at] of fresh.entries())
    made.push({ oldId: String(pairs[at]?.[0].id), id: ids[i] ?? 0, fingerprint: prints[at] ?? '' })
  await tx.legacy.putMade(table, verbs.kind, made)
  return { outcomes, issues }
}
