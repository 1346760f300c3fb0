import { type OldHolding, planAssignments, type PlannedAssignment } from '../../domain/legacy/assignments.ts'
import { type Issue, issue } from '../../domain/legacy/issue.ts'
import type { Assignment } from '../../domain/people.ts'
import type { ImportTransaction } from './dry-run.ts'
import type { Period, TelephoneTime } from '../people-store.ts'
import { importer, type Made } from './legacy-store.ts'
import { lockFinder } from './locks.ts'
import { countStanding, coverRanges, fingerprint, judge, type LegacyRun, type MadeRow } from './run.ts'

const profileTable = 'monitor_profile'
const commentTable = 'working_working_log'
const oldTables = [profileTable, commentTable] as const

/**
 * Writes who held which extension (M5): what comments of bound calls say of the past, and what profiles hold from the import on.
 * An empty profile says nothing, because the end of a shift emptied it there; another number there ends the one before.
 */
export async function writeAssignments(run: LegacyRun, seen: Iterable<OldHolding>): Promise<void> {
  const phones = await profileHoldings(run)
  const { assignments, issues } = planAssignments([...phones.holdings, ...seen], run.people)
  run.issues.push(...issues)
  const ours = await madeBefore(run, assignments)
  const byUser = Map.groupBy(assignments, (it) => it.userId)
  // Whoever gives an extension up is written before whoever gets it.
  const endedIds = new Set([...phones.ended.values()].map((it) => it.id))
  const people = new Set([...phones.ended.keys(), ...byUser.keys()])
  const counts = { fresh: 0, changed: 0, same: 0, kept: 0, locked: 0, unconfirmed: 0 }
  for (const userId of people) {
    const planned = byUser.get(userId) ?? []
    let at = 0
    do {
      const some = planned.slice(at, (at += rowsAtMost))
      const ended = at === rowsAtMost ? phones.ended.get(userId) : undefined
      const done = await run.write((tx) => writePerson(tx, run, { userId, planned: some, gone: ended, endedIds, ours }))
      await readBack(run, run.employeeOf.get(userId) ?? 0, done.made)
      run.issues.push(...done.issues)
      for (const it of done.outcomes) counts[it]++
      counts.unconfirmed += done.unconfirmed
    } while (at < planned.length)
  }
  for (const [flag, count] of Object.entries(counts))
    if (count > 0) run.ledger.of(commentTable).flags[`assignments-${flag}`] = count
}

/** What was written of assignments is no row of a table there, so it is not compared with the ledger. */
async function readBack(run: LegacyRun, employeeId: number, made: Written['made']): Promise<void> {
  for (const table of oldTables)
    await run.readBackAlone(table, made[table].length, (tx, since) =>
      countStanding(tx, since, [table, 'assignment'], made[table], async () => {
        return new Map((await tx.assignmentsOf(employeeId)).map((it) => [it.id, printOf(it, table)]))
      }),
    )
}

/** So many in one transaction: the exchange's records wait for it. */
const rowsAtMost = 300

type Ours = ReadonlyMap<string, Made>
const nameOf = (it: Pick<OldHolding, 'table' | 'key'>): string => `${it.table} ${it.key}`

async function madeBefore(run: LegacyRun, assignments: readonly PlannedAssignment[]): Promise<Ours> {
  const found = new Map<string, Made>()
  for (const table of oldTables) {
    const keys = assignments.filter((it) => it.table === table).map((it) => it.key)
    for (let at = 0; at < keys.length; at += 5000)
      for (const [key, made] of await run.write((tx) => tx.legacy.made(table, 'assignment', keys.slice(at, at + 5000))))
        found.set(nameOf({ table, key }), made)
  }
  return found
}

/** What profiles hold now, from when they were first seen to; `ended`: assignments that a profile no longer has, by person. */
async function profileHoldings(
  run: LegacyRun,
): Promise<{ holdings: OldHolding[]; ended: ReadonlyMap<number, Assignment> }> {
  const { now, plan } = run.options
  const holders = [...run.people.values()].filter((it) => it.profileId !== null && it.active)
  const keys = holders.map((it) => String(it.profileId))
  const { known, current } = await run.write(async (tx) => {
    const made = await tx.legacy.made(profileTable, 'assignment', keys)
    const assignments = new Map<number, Assignment>()
    for (const { userId, profileId } of holders)
      if (made.has(String(profileId)))
        for (const it of await tx.assignmentsOf(run.employeeOf.get(userId) ?? 0)) assignments.set(it.id, it)
    return { known: made, current: assignments }
  })
  const taken = new Set(holders.map((it) => it.phone))
  const holdings: OldHolding[] = []
  const ended = new Map<number, Assignment>()
  for (const { userId, profileId, phone } of holders) {
    const key = String(profileId)
    const before = current.get(known.get(key)?.id ?? 0)
    const isOpen = before !== undefined && before.to === null
    const holding = { table: profileTable, key, userId, to: null } as const
    if (phone !== null) {
      const isSame = before?.extension === phone && before.plan === plan
      if (isOpen && !isSame) ended.set(userId, before)
      holdings.push({ ...holding, extension: phone, from: isSame ? before.from : now })
    } else if (isOpen && before.plan === plan) {
      // Somebody else has it now: a desk changed hands.
      if (taken.has(before.extension)) ended.set(userId, before)
    }
  }
  return { holdings, ended }
}

const printOf = (it: Omit<Assignment, 'id'>, table: OldHolding['table']): string =>
  // When a profile was first seen is no part of what it says.
  fingerprint(it.employeeId, it.plan, it.extension, table === profileTable ? null : it.from, it.to, it.confirmed)

interface Written {
  readonly made: Readonly<Record<OldHolding['table'], readonly MadeRow[]>>
  readonly outcomes: readonly ('fresh' | 'changed' | 'same' | 'kept' | 'locked')[]
  readonly unconfirmed: number
  readonly issues: readonly Issue[]
}

interface PersonPart {
  readonly userId: number
  readonly planned: readonly PlannedAssignment[]
  /** The assignment that the profile of this person no longer has. */
  readonly gone: Assignment | undefined
  readonly endedIds: ReadonlySet<number>
  readonly ours: Ours
}

async function writePerson(
  tx: ImportTransaction,
  run: LegacyRun,
  { userId, planned, gone, endedIds, ours }: PersonPart,
): Promise<Written> {
  const { now, plan } = run.options
  const employeeId = run.employeeOf.get(userId) ?? 0
  await tx.lockEmployee(employeeId)
  const lockOf = await lockFinder(tx, 0)
  const here = new Map((await tx.assignmentsOf(employeeId)).map((it) => [it.id, it]))
  const made: Record<OldHolding['table'], MadeRow[]> = {
    monitor_profile: [],
    working_working_log: [],
  }
  const ranges: TelephoneTime[] = []
  const issues: Issue[] = []
  const outcomes: Written['outcomes'][number][] = []
  const changed: Assignment[] = []
  const fresh: { readonly of: PlannedAssignment; readonly row: Omit<Assignment, 'id'> }[] = []
  const ownIds = new Set([...ours.values()].map((it) => it.id))
  const log: { readonly before: unknown; readonly after: unknown }[] = []
  const spanOf = ({ from, to }: Pick<Assignment, 'from' | 'to'>) => ({ from, to: to ?? Number.MAX_SAFE_INTEGER })
  const sayLocked = ({ id }: Period, table: OldHolding['table'], key: string, time: Pick<Assignment, 'from' | 'to'>) =>
    issues.push(
      issue('period-locked', table, [key], {
        people: [run.nameOf(userId)],
        from: time.from,
        to: time.to,
        detail: String(id),
      }),
    )
  const keepsGone = gone ? await lockOf(employeeId, spanOf({ from: Math.max(gone.from, now), to: null })) : null
  if (gone && keepsGone) sayLocked(keepsGone, profileTable, String(run.people.get(userId)?.profileId ?? ''), gone)
  else if (gone) {
    if (gone.from < now) await tx.setAssignments([{ ...gone, to: now }])
    else await tx.removeAssignments([gone.id])
    ranges.push({ plan: gone.plan, extension: gone.extension, from: now, to: null })
    log.push({ before: gone, after: gone.from < now ? { ...gone, to: now } : null })
  }
  for (const it of planned) {
    const row = { employeeId, plan, extension: it.extension, from: it.from, to: it.to, confirmed: it.confirmed }
    // What a profile has now instead of what it had is another assignment.
    const last = ours.get(nameOf(it))
    const stands = here.get(last?.id ?? 0)
    const before = stands && stands.extension !== it.extension ? undefined : last
    const unconfirmed = { ...row, confirmed: false }
    const unchanged = [row, unconfirmed].find((as) => before?.fingerprint === printOf(as, it.table))
    if (before && unchanged && (unchanged.confirmed || !it.confirmed)) {
      outcomes.push('same')
      continue
    }
    let wanted = row
    if (it.confirmed) {
      const others = await tx.holders(plan, it.extension, it.from, it.to)
      const firm = others.filter((as) => !ownIds.has(as.id) && !endedIds.has(as.id) && as.id !== before?.id)
      if (firm.length > 0) {
        wanted = unconfirmed
        const about = { people: [run.nameOf(userId)], from: it.from, to: it.to, detail: it.extension }
        issues.push(issue('extension-held-here', it.table, [it.key], about))
      }
    }
    const print = printOf(wanted, it.table)
    const current = before ? here.get(before.id) : undefined
    const verdict = judge(before, print, () => (current ? printOf(current, it.table) : null))
    if (verdict.is === 'fresh' || verdict.is === 'changed') {
      const lockHere = current ? await lockOf(employeeId, spanOf(current)) : null
      const period = lockHere ?? (await lockOf(employeeId, spanOf(row)))
      if (period) {
        sayLocked(period, it.table, it.key, row)
        outcomes.push('locked')
        continue
      }
    }
    outcomes.push(verdict.is)
    if (verdict.is === 'kept') {
      const about = { people: [run.nameOf(userId)], from: it.from, to: it.to, detail: it.extension }
      issues.push(issue(verdict.why, it.table, [it.key], about))
    } else if (verdict.is === 'fresh') fresh.push({ of: it, row: wanted })
    else if (verdict.is === 'changed' && before && current) {
      changed.push({ ...wanted, id: before.id })
      made[it.table].push({ oldId: it.key, id: before.id, fingerprint: print, employeeId })
      log.push({ before: current, after: { ...wanted, id: before.id } })
      for (const as of [current, wanted]) if (as.confirmed) ranges.push(rangeOf(as))
    }
  }
  await tx.setAssignments(changed)
  const ids = await tx.addAssignments(
    fresh.map((it) => it.row),
    now,
  )
  for (const [at, { of, row }] of fresh.entries()) {
    made[of.table].push({ oldId: of.key, id: ids[at] ?? 0, fingerprint: printOf(row, of.table), employeeId })
    if (row.confirmed) ranges.push(rangeOf(row))
  }
  if (fresh.length > 0)
    log.push({ before: null, after: { assignments: fresh.length, first: ids[0], last: ids.at(-1) } })
  for (const table of oldTables) await tx.legacy.putMade(table, 'assignment', made[table])
  await tx.addDueRanges(coverRanges(ranges))
  const text = (it: unknown) => (it === null ? null : JSON.stringify(it))
  await tx.addAudit(
    log.map(({ before, after }) => {
      return {
        at: now,
        who: importer,
        what: 'legacy-assignments',
        employeeId,
        before: text(before),
        after: text(after),
      }
    }),
  )
  return { made, outcomes, unconfirmed: planned.filter((it) => !it.confirmed).length, issues }
}

const rangeOf = ({ plan, extension, from, to }: Omit<Assignment, 'id'>): TelephoneTime => ({
  plan,
  extension,
  from,
  to,
})
