import type { ErrorCode } from '../domain/errors.ts'
import { type Effect, noMinutes, type PersonTime } from '../domain/worktime/corrections.ts'
import type { MarkType } from '../domain/worktime/shift.ts'
import type { Correction, CorrectionState } from './people-store.ts'
import { type EmployeeBrief, timeText } from './people-view.ts'
import { instantText } from './status.ts'

/** Corrections as JSON: what was asked for, each row before and after, and what comes of it. */

/** A row that a correction changes. `id` null: it is new; `before` null: there was none; `after` null: there is none any more. */
interface Changed<What extends string, Facts> {
  readonly what: What
  readonly id: string | null
  readonly before: Facts | null
  readonly after: Facts | null
}

interface Times {
  readonly startedAt: string
  readonly endedAt: string | null
  readonly flags: readonly string[]
}

export type ChangeJson =
  | Changed<'shift', Times & { readonly zone: string }>
  | Changed<'break', Times & { readonly type: string }>
  | Changed<
      'assignment',
      {
        readonly plan: string
        readonly extension: string
        readonly from: string
        readonly to: string | null
        readonly confirmed: boolean
      }
    >
  | Changed<
      'mark',
      {
        readonly type: string
        readonly at: string
        readonly count: number
        readonly seconds: number | null
        readonly comment: string | null
        readonly excluded: boolean
      }
    >

/** What comes of a correction. */
interface CorrectionEffect extends Omit<Effect, 'ranges'> {
  /** Marks that it adds, changes, removes or leaves without a shift. */
  readonly marks: number
  /** Calls that would be somebody else's, or in another state. */
  readonly calls: number
  /** Locked periods that would get a new version. */
  readonly periods: readonly string[]
}

/** What is seen of a correction at a moment; kept with it from the moment when it was asked for, then from when it was decided on. */
export interface CorrectionSight {
  readonly changes: readonly ChangeJson[]
  readonly effect: CorrectionEffect
}

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
  edits: JSON.parse(it.edits) as unknown[],
  changes: seen.changes,
  effect: seen.effect,
  obstacle,
  decidedBy: it.decidedBy,
  decidedAt: timeText(it.decidedAt),
  decision: it.decision,
})

export const sightText = ({ changes, effect }: CorrectionSight): string => JSON.stringify({ ...effect, changes })

/** Older programs kept only seconds of days, and calls. */
function keptSight({ effect: text }: Correction): CorrectionSight {
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
