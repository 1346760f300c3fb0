import type { BreakFlag, ShiftFlag } from '../worktime/shift.ts'
import { type Issue, issue } from './issue.ts'
import type { OldSpan } from './old-tables.ts'

/** From this length on a shift is taken for one that the nightly job ended (M3), and an open one for a forgotten one. */
export const limitMs = 12 * 3_600_000

/** A shift as it is to stand here, made of one old row or of several that lay over each other. */
export interface PlacedShift {
  /** The first began first; what is known of the shift is kept under its id. */
  readonly ids: readonly number[]
  readonly userId: number
  readonly startedAt: number
  /** Null: open. */
  readonly endedAt: number | null
  readonly endedHow: 'legacy' | 'automatic' | null
  readonly flags: readonly ShiftFlag[]
  readonly breaks: PlacedBreak[]
}

export interface PlacedBreak {
  /** Old rows that it is made of; the first began first. */
  readonly ids: readonly number[]
  readonly startedAt: number
  /** Null: open, and so is its shift. */
  readonly endedAt: number | null
  readonly flags: readonly BreakFlag[]
}

export interface PlacedShifts {
  readonly shifts: readonly PlacedShift[]
  readonly byOldId: ReadonlyMap<number, PlacedShift>
  /** Rows that were put into an earlier one. */
  readonly merged: readonly number[]
  readonly skipped: readonly { readonly id: number; readonly reason: 'no-person' | 'ends-before-begin' | 'empty' }[]
  readonly issues: readonly Issue[]
}

/**
 * Places the shifts of everybody (M2, M3). Open is what is `current`, whatever its end says; one that has been open past the limit
 * ends there, or it would lie over all that came after it. Of rows that lie over each other the earliest begin is kept, and an end
 * that a person gave goes before one that the job or the limit gave.
 */
export function placeShifts(
  rows: readonly OldSpan[],
  people: ReadonlyMap<number, { readonly name: string }>,
  now: number,
): PlacedShifts {
  const shifts: PlacedShift[] = []
  const skipped: PlacedShifts['skipped'][number][] = []
  const issues: Issue[] = []
  const usable = rows.filter((row) => {
    const reason = whyNot(row, people)
    if (reason !== null) skipped.push({ id: row.id, reason })
    return reason === null
  })
  for (const [userId, own] of Map.groupBy(usable, (it) => it.userId)) {
    const who = [people.get(userId)?.name ?? '']
    const clusters = together(own, now)
    for (const [at, cluster] of clusters.entries()) {
      const next = clusters[at + 1]?.[0]?.begin ?? null
      const { placed, isCut } = place(cluster, next, now)
      shifts.push(placed)
      const about = { people: who, from: placed.startedAt, to: placed.endedAt }
      if (placed.ids.length > 1) issues.push(issue('shifts-merged', 'working_working_time', placed.ids, about))
      if (isCut) issues.push(issue('shift-cut', 'working_working_time', placed.ids, about))
      else if (placed.flags.includes('closed-by-system'))
        issues.push(issue('shift-ended-at-limit', 'working_working_time', placed.ids, about))
    }
  }
  const byOldId = new Map(shifts.flatMap((shift) => shift.ids.map((id) => [id, shift] as const)))
  return { shifts, byOldId, merged: shifts.flatMap((it) => it.ids.slice(1)), skipped, issues }
}

function whyNot(row: OldSpan, people: ReadonlyMap<number, unknown>): PlacedShifts['skipped'][number]['reason'] | null {
  if (!people.has(row.userId)) return 'no-person'
  if (row.current || row.end === null) return null
  if (row.end < row.begin) return 'ends-before-begin'
  return row.end === row.begin ? 'empty' : null
}

const isOpen = (row: OldSpan): boolean => row.current || row.end === null
const isForgotten = (row: OldSpan, now: number): boolean => isOpen(row) && now - row.begin >= limitMs
const isEndedByJob = (row: OldSpan): boolean => !isOpen(row) && (row.end ?? 0) - row.begin >= limitMs

/** Until when it can have been work: what the job or nobody ended says no more than the limit. */
function reachOf(row: OldSpan, now: number): number {
  if (isForgotten(row, now) || isEndedByJob(row)) return row.begin + limitMs
  return isOpen(row) ? Infinity : (row.end ?? Infinity)
}

/** Rows of one person that lie over each other, by their begin. */
function together(rows: readonly OldSpan[], now: number): OldSpan[][] {
  const clusters: OldSpan[][] = []
  let reach = -Infinity
  for (const row of rows.toSorted((a, b) => a.begin - b.begin || a.id - b.id)) {
    if (row.begin < reach) clusters.at(-1)?.push(row)
    else clusters.push([row])
    reach = Math.max(reach, reachOf(row, now))
  }
  return clusters
}

function place(rows: readonly OldSpan[], next: number | null, now: number): { placed: PlacedShift; isCut: boolean } {
  const first = rows[0] as OldSpan
  const flags = new Set<ShiftFlag>()
  if (rows.length > 1) flags.add('merged')
  const latestBegin = Math.max(...rows.map((it) => it.begin))
  const told = rows.filter((it) => !isOpen(it) && !isEndedByJob(it)).map((it) => it.end ?? 0)
  const byPerson = Math.max(-Infinity, ...told)
  const byJob = Math.max(-Infinity, ...rows.filter(isEndedByJob).map((it) => it.end ?? 0))
  const limits = rows.filter((it) => isForgotten(it, now)).map((it) => it.begin + limitMs)
  // The limit runs from the begin that is kept, as long as that leaves room for what began later.
  const byLimit = limits.find((it) => it > latestBegin) ?? -Infinity
  let endedAt: number | null
  if (rows.some((it) => isOpen(it) && !isForgotten(it, now))) endedAt = null
  else if (byPerson > latestBegin) endedAt = byPerson
  else {
    endedAt = Math.max(byJob, byLimit)
    flags.add(byLimit >= byJob ? 'closed-by-system' : 'probably-closed-by-job')
  }
  const isCut = endedAt !== null && next !== null && endedAt > next
  if (isCut) endedAt = next
  const endedHow = endedAt === null ? null : flags.has('closed-by-system') ? 'automatic' : 'legacy'
  const { userId, begin: startedAt } = first
  const ids = rows.map((it) => it.id)
  return { placed: { ids, userId, startedAt, endedAt, endedHow, flags: [...flags], breaks: [] }, isCut }
}

/** Finds the shift that a person was in at an instant. */
export function openCover(shifts: readonly PlacedShift[]): (userId: number, at: number) => PlacedShift | null {
  const byUser = Map.groupBy(
    shifts.toSorted((a, b) => a.startedAt - b.startedAt),
    (it) => it.userId,
  )
  return (userId, at) => {
    const own = byUser.get(userId) ?? []
    let low = 0
    let high = own.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((own[middle]?.startedAt ?? 0) <= at) low = middle + 1
      else high = middle
    }
    const found = own[low - 1]
    return found !== undefined && at < (found.endedAt ?? Infinity) ? found : null
  }
}
