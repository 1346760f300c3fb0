import type { ErrorCode } from '../domain/errors.ts'
import { noMinutes, type PersonTime } from '../domain/worktime/corrections.ts'
import type { MarkType } from '../domain/worktime/shift.ts'
import type { Correction, CorrectionState } from './people-store.ts'
import { differencesOf } from './people-correction-difference.ts'
import type { ChangeJson, CorrectionEffect, CorrectionSight } from './people-correction-sight.ts'
import { isoTimes } from './iso-times.ts'
import { type EmployeeBrief, timeText } from './people-view.ts'
import { instantText } from './status.ts'

/** Corrections as JSON: what was asked for, each row before and after, and what comes of it. */

/** Why it cannot be approved as things stand. */
export interface Obstacle {
  readonly code: ErrorCode
  readonly message: string
  readonly details: Readonly<Record<string, string | number>>
}

export interface CorrectionJson extends CorrectionSight {
  readonly id: string
  readonly employee: EmployeeBrief
  readonly state: CorrectionState
  readonly reason: string
  readonly author: string
  readonly requestedAt: string
  readonly edits: readonly unknown[]
  /** Of one that is not decided yet: why it is no more possible; then `changes` and `effect` are of when it was asked for. */
  readonly obstacle: Obstacle | null
  /** Of one that is not decided yet and would now do something else than when it was asked for: what was shown then. */
  readonly shown: CorrectionSight | null
  readonly decidedBy: string | null
  readonly decidedAt: string | null
  readonly decision: string | null
}

/** `seen`: what is seen of it now; left out: what is kept with it. */
export const correctionJson = (
  it: Correction,
  employee: EmployeeBrief,
  seen: CorrectionSight = keptSight(it),
  obstacle: Obstacle | null = null,
): CorrectionJson => ({
  id: String(it.id),
  employee,
  state: it.state,
  reason: it.reason,
  author: it.author,
  requestedAt: instantText(it.requestedAt),
  edits: isoTimes(JSON.parse(it.edits)) as unknown[],
  changes: seen.changes,
  effect: seen.effect,
  obstacle,
  shown: it.state === 'requested' && isChanged(it, seen) ? keptSight(it) : null,
  decidedBy: it.decidedBy,
  decidedAt: timeText(it.decidedAt),
  decision: it.decision,
})

export const sightText = ({ changes, effect }: CorrectionSight): string => JSON.stringify({ ...effect, changes })

const isChanged = (it: Correction, seen: CorrectionSight): boolean =>
  differencesOf(keptSight(it), seen, it.requestedAt).length > 0

/** Older programs kept only seconds of days, and calls. */
export function keptSight({ effect: text }: Correction): CorrectionSight {
  const { changes = [], ...effect } = JSON.parse(text) as CorrectionEffect & Partial<CorrectionSight>
  const days = effect.days.map((day) => ({ ...day, before: day.before ?? noMinutes, after: day.after ?? noMinutes }))
  return { changes, effect: { ...effect, days, minutes: effect.minutes ?? noMinutes, marks: effect.marks ?? 0 } }
}

/** Rows that differ, each as it was and as it is to be: shifts, breaks, telephones, marks. */
export function changesOf(before: PersonTime, after: PersonTime, markTypes: readonly MarkType[]): ChangeJson[] {
  const [was, is] = [rowsOf(before, markTypes), rowsOf(after, markTypes)]
  const kinds = ['shift', 'break', 'assignment', 'mark'] as const
  return kinds.flatMap((what) => {
    const ids = new Set([...was[what].keys(), ...is[what].keys()])
    return [...ids].flatMap((id) => {
      const change = { before: was[what].get(id) ?? null, after: is[what].get(id) ?? null }
      if (JSON.stringify(change.before) === JSON.stringify(change.after)) return []
      return [{ what, id: id > 0 ? String(id) : null, ...change } as ChangeJson]
    })
  })
}

function rowsOf({ shifts, assignments, marks }: PersonTime, markTypes: readonly MarkType[]) {
  // That a correction was made is no change that it makes.
  const flagsOf = (flags: readonly string[]) => flags.filter((flag) => flag !== 'corrected')
  return {
    shift: new Map(
      shifts.map(({ id, startedAt, endedAt, zone, flags }) => [
        id,
        { startedAt: instantText(startedAt), endedAt: timeText(endedAt), zone, flags: flagsOf(flags) },
      ]),
    ),
    break: new Map(
      shifts
        .flatMap(({ breaks }) => breaks)
        .map(({ id, type, startedAt, endedAt, flags }) => [
          id,
          { type, startedAt: instantText(startedAt), endedAt: timeText(endedAt), flags: flagsOf(flags) },
        ]),
    ),
    assignment: new Map(
      assignments.map(({ id, plan, extension, from, to, confirmed }) => [
        id,
        { plan, extension, from: instantText(from), to: timeText(to), confirmed },
      ]),
    ),
    mark: new Map(
      marks.map(({ id, typeId, at, count, seconds, comment, excluded }) => {
        const type = markTypes.find((one) => one.id === typeId)?.name ?? String(typeId)
        return [id, { type, at: instantText(at), count, seconds, comment, excluded }]
      }),
    ),
  }
}
