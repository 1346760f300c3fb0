import type { BreakChange, PlacedBreaks } from './breaks.ts'
import type { OldBreak, OldSpan } from './old-tables.ts'
import type { PlacedShift, PlacedShifts } from './shifts.ts'

/** A shift as the older system showed it (R1): cut down to whole hours, and each break to whole minutes. */
interface OldFigures {
  readonly hours: number
  readonly breakMinutes: number
  readonly events: number
}

export type DifferenceCause =
  | BreakChange
  | 'shifts-merged'
  | 'shift-cut'
  | 'shift-ended-at-limit'
  | 'shift-not-imported'
  | 'event-of-another-person'
  | 'event-not-imported'

/** Where what was imported gives another figure than the old rows (M10). Without a cause it is a fault of the import. */
export interface FigureDifference {
  readonly shiftId: number
  readonly person: string
  readonly startedAt: number
  readonly figure: keyof OldFigures
  readonly old: number
  readonly here: number
  readonly causes: readonly DifferenceCause[]
}

const hourMs = 3_600_000
const minuteMs = 60_000
const figureNames = ['hours', 'breakMinutes', 'events'] as const

const hoursOf = (from: number, to: number | null, now: number): number => Math.floor(((to ?? now) - from) / hourMs)
const minutesOf = (from: number, to: number | null, now: number): number => Math.floor(((to ?? now) - from) / minuteMs)

/** Counts events of the log by shift, as the old rows name it and as it was imported. */
export class EventCounts {
  readonly old = new Map<number, number>()
  readonly here = new Map<PlacedShift, number>()
  readonly causes = new Map<number, Set<DifferenceCause>>()

  add(oldShiftId: number | null, here: PlacedShift | null, cause: DifferenceCause | null): void {
    if (oldShiftId !== null) this.old.set(oldShiftId, (this.old.get(oldShiftId) ?? 0) + 1)
    if (here) this.here.set(here, (this.here.get(here) ?? 0) + 1)
    if (cause === null) return
    for (const id of [oldShiftId, ...(here?.ids ?? [])])
      if (id !== null) this.causes.set(id, (this.causes.get(id) ?? new Set()).add(cause))
  }
}

export interface ToCheck {
  readonly rows: readonly OldSpan[]
  readonly breaks: readonly OldBreak[]
  readonly placed: PlacedShifts
  readonly placedBreaks: PlacedBreaks
  readonly events: EventCounts
  readonly people: ReadonlyMap<number, { readonly name: string }>
  readonly now: number
}

/** R1 of every old shift, over the old rows and over what was made of them. */
export function checkFigures(it: ToCheck): readonly FigureDifference[] {
  const { placed, placedBreaks, events, people, now } = it
  const minutes = new Map<number, number>()
  for (const row of it.breaks) {
    if (row.shiftId === null) continue
    const more = minutesOf(row.begin, row.current ? null : row.end, now)
    minutes.set(row.shiftId, (minutes.get(row.shiftId) ?? 0) + more)
  }
  const differences: FigureDifference[] = []
  for (const row of it.rows) {
    const old: OldFigures = {
      hours: hoursOf(row.begin, row.current ? null : row.end, now),
      breakMinutes: minutes.get(row.id) ?? 0,
      events: events.old.get(row.id) ?? 0,
    }
    const shift = placed.byOldId.get(row.id)
    // What was merged is compared with the shift that took it in, once.
    if (shift && shift.ids[0] !== row.id) continue
    const here: OldFigures = shift
      ? {
          hours: hoursOf(shift.startedAt, shift.endedAt, now),
          breakMinutes: shift.breaks.reduce((sum, it) => sum + minutesOf(it.startedAt, it.endedAt, now), 0),
          events: events.here.get(shift) ?? 0,
        }
      : { hours: 0, breakMinutes: 0, events: 0 }
    const causes = [
      ...causesOf(row, shift ?? null),
      ...(shift?.ids ?? [row.id]).flatMap((id) => [
        ...(placedBreaks.touched.get(id) ?? []),
        ...(events.causes.get(id) ?? []),
      ]),
    ]
    for (const figure of figureNames)
      if (old[figure] !== here[figure])
        differences.push({
          shiftId: row.id,
          person: people.get(row.userId)?.name ?? '',
          startedAt: row.begin,
          figure,
          old: old[figure],
          here: here[figure],
          causes: [...new Set(causes)],
        })
  }
  return differences
}

function causesOf(row: OldSpan, shift: PlacedShift | null): DifferenceCause[] {
  if (!shift) return ['shift-not-imported']
  if (shift.ids.length > 1) return ['shifts-merged']
  if (shift.flags.includes('closed-by-system')) return ['shift-ended-at-limit']
  return !row.current && row.end !== shift.endedAt ? ['shift-cut'] : []
}
