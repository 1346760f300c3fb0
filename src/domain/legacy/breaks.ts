import { type Issue, issue } from './issue.ts'
import type { OldBreak } from './old-tables.ts'
import type { PlacedBreak, PlacedShift, PlacedShifts } from './shifts.ts'

export type BreakChange = 'moved' | 'closed-with-shift' | 'cut-at-shift-end' | 'merged' | 'quarantined'

export interface PlacedBreaks {
  readonly merged: readonly number[]
  readonly skipped: readonly {
    readonly id: number
    readonly reason: 'no-person' | 'no-shift-then' | 'ends-before-begin' | 'empty'
  }[]
  /** What was done to a row otherwise. */
  readonly changes: readonly { readonly id: number; readonly change: BreakChange }[]
  /** Old shifts whose breaks are not what they were, and why: for the check of the figures (M10). */
  readonly touched: ReadonlyMap<number, ReadonlySet<BreakChange>>
  readonly issues: readonly Issue[]
}

interface Draft {
  readonly row: OldBreak
  readonly shift: PlacedShift
  readonly endedAt: number | null
  /** The end is the shift's, not the person's. */
  readonly isCut: boolean
}

/**
 * Puts breaks into the placed shifts (M4). A break belongs to the shift that its row names if it begins in it, else to the one
 * that covers its begin, else to none; it ends with that shift at the latest. An open one in a shift that is over ended with it.
 */
export function placeBreaks(
  rows: readonly OldBreak[],
  { byOldId }: PlacedShifts,
  cover: (userId: number, at: number) => PlacedShift | null,
  people: ReadonlyMap<number, { readonly name: string }>,
): PlacedBreaks {
  const skipped: PlacedBreaks['skipped'][number][] = []
  const changes: { id: number; change: BreakChange }[] = []
  const touched = new Map<number, Set<BreakChange>>()
  const issues: Issue[] = []
  const merged: number[] = []
  const note = (row: OldBreak, shift: PlacedShift | null, change: BreakChange) => {
    changes.push({ id: row.id, change })
    for (const id of [row.shiftId, ...(shift?.ids ?? [])])
      if (id !== null) touched.set(id, (touched.get(id) ?? new Set()).add(change))
  }
  const byShift = new Map<PlacedShift, Draft[]>()
  for (const row of rows) {
    const isOver = !row.current && row.end !== null
    const own = row.shiftId === null ? undefined : byOldId.get(row.shiftId)
    const isIn = own?.userId === row.userId && row.begin >= own.startedAt && row.begin < (own.endedAt ?? Infinity)
    const shift = isIn ? own : cover(row.userId, row.begin)
    const reason = !people.has(row.userId)
      ? 'no-person'
      : isOver && (row.end ?? 0) < row.begin
        ? 'ends-before-begin'
        : isOver && row.end === row.begin
          ? 'empty'
          : shift
            ? null
            : 'no-shift-then'
    if (reason !== null || !shift) {
      skipped.push({ id: row.id, reason: reason ?? 'no-shift-then' })
      if (reason !== 'empty') note(row, null, 'quarantined')
      continue
    }
    if (!isIn) note(row, shift, 'moved')
    const end = isOver ? (row.end ?? Infinity) : Infinity
    const limit = shift.endedAt ?? Infinity
    if (end > limit) note(row, shift, isOver ? 'cut-at-shift-end' : 'closed-with-shift')
    const endedAt = Math.min(end, limit)
    const draft = { row, shift, endedAt: endedAt === Infinity ? null : endedAt, isCut: end > limit }
    byShift.set(shift, [...(byShift.get(shift) ?? []), draft])
  }
  for (const [shift, drafts] of byShift)
    for (const cluster of together(drafts)) {
      const placed = place(cluster)
      shift.breaks.push(placed)
      if (placed.ids.length === 1) continue
      for (const { row } of cluster.slice(1)) merged.push(row.id)
      for (const { row } of cluster) note(row, shift, 'merged')
      const about = { people: [people.get(shift.userId)?.name ?? ''], from: placed.startedAt, to: placed.endedAt }
      issues.push(issue('breaks-merged', 'working_working_relax', placed.ids, about))
    }
  return { merged, skipped, changes, touched, issues }
}

/** Breaks of one shift that lie over each other, by their begin. */
function together(drafts: readonly Draft[]): Draft[][] {
  const clusters: Draft[][] = []
  let reach = -Infinity
  for (const draft of drafts.toSorted((a, b) => a.row.begin - b.row.begin || a.row.id - b.row.id)) {
    if (draft.row.begin < reach) clusters.at(-1)?.push(draft)
    else clusters.push([draft])
    reach = Math.max(reach, draft.endedAt ?? Infinity)
  }
  return clusters
}

/** Of two breaks that one press made, the one that a person ended says when it was over. */
function place(cluster: readonly Draft[]): PlacedBreak {
  const startedAt = cluster[0]?.row.begin ?? 0
  const ids = cluster.map((it) => it.row.id)
  if (cluster.some((it) => it.endedAt === null)) return { ids, startedAt, endedAt: null, flags: [] }
  const latestBegin = Math.max(...cluster.map((it) => it.row.begin))
  const byPerson = Math.max(-Infinity, ...cluster.filter((it) => !it.isCut).map((it) => it.endedAt ?? 0))
  if (byPerson > latestBegin) return { ids, startedAt, endedAt: byPerson, flags: [] }
  const endedAt = Math.max(...cluster.map((it) => it.endedAt ?? 0))
  return { ids, startedAt, endedAt, flags: ['closed-with-shift'] }
}
