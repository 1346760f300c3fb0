import { type Issue, issue } from './issue.ts'
import { limitMs, type PlacedShift } from './shifts.ts'

/** That a person held an extension, as the older system lets it be known. */
export interface OldHolding {
  /** Name under which it is found again: of a profile, or of a shift and an extension. */
  readonly table: 'monitor_profile' | 'working_working_log'
  readonly key: string
  readonly userId: number
  readonly extension: string
  readonly from: number
  readonly to: number | null
}

export interface PlannedAssignment extends OldHolding {
  /** False: somebody else seems to have held it at some instant of that time. */
  readonly confirmed: boolean
}

/** Extensions named by bound calls, by shift. */
export class SeenExtensions {
  readonly #seen = new Map<PlacedShift, Set<string>>()

  add(shift: PlacedShift, extension: string): void {
    const found = this.#seen.get(shift)
    if (found) found.add(extension)
    else this.#seen.set(shift, new Set([extension]))
  }

  /** Each holds for the span of its shift (M5); while the shift is open, as long as it can last. */
  *holdings(): Generator<OldHolding> {
    for (const [shift, extensions] of this.#seen)
      for (const extension of extensions)
        yield {
          table: 'working_working_log',
          key: `${shift.ids[0] ?? 0}/${extension}`,
          userId: shift.userId,
          extension,
          from: shift.startedAt,
          to: shift.endedAt ?? shift.startedAt + limitMs,
        }
  }
}

/**
 * Brings what is known of who held what together. Of one person and extension the profile goes before a comment, and nothing is
 * said twice. Where two people have one extension at one instant neither is confirmed (M5).
 */
export function planAssignments(
  holdings: Iterable<OldHolding>,
  people: ReadonlyMap<number, { readonly name: string }>,
): { readonly assignments: readonly PlannedAssignment[]; readonly issues: readonly Issue[] } {
  const assignments: PlannedAssignment[] = []
  const issues: Issue[] = []
  for (const [extension, held] of Map.groupBy(holdings, (it) => it.extension)) {
    const spans = [...Map.groupBy(held, (it) => it.userId).values()].flatMap(withoutRepeats)
    spans.sort((a, b) => a.from - b.from || a.userId - b.userId)
    const disputed = disputes(spans)
    for (const [i, span] of spans.entries()) assignments.push({ ...span, confirmed: !disputed.some((it) => it.has(i)) })
    for (const group of disputed) {
      const of = [...group].map((i) => spans[i]).filter((it) => it !== undefined)
      const ends = of.map((it) => it.to ?? Infinity)
      const last = Math.max(...ends)
      issues.push(
        issue(
          'same-extension',
          of[0]?.table ?? 'working_working_log',
          of.map((it) => it.key),
          {
            people: [...new Set(of.map((it) => it.userId))].map((id) => people.get(id)?.name ?? ''),
            from: Math.min(...of.map((it) => it.from)),
            to: last === Infinity ? null : last,
            detail: extension,
          },
        ),
      )
    }
  }
  return { assignments, issues }
}

/** Spans of one person and one extension: what a later one says already is taken from the earlier. */
function withoutRepeats(spans: readonly OldHolding[]): OldHolding[] {
  const kept: OldHolding[] = []
  // The profile's comes first, then by time.
  const order = (it: OldHolding) => (it.table === 'monitor_profile' ? 0 : 1)
  for (const span of spans.toSorted((a, b) => order(a) - order(b) || a.from - b.from)) {
    let rest: OldHolding | null = span
    for (const other of kept) {
      if (rest === null || rest.from >= (other.to ?? Infinity) || (rest.to ?? Infinity) <= other.from) continue
      rest = rest.from < other.from ? { ...rest, to: other.from } : null
    }
    if (rest) kept.push(rest)
  }
  return kept
}

/** Groups of places, by begin, in which spans of different people lie over each other. */
function disputes(spans: readonly OldHolding[]): Set<number>[] {
  const groups: Set<number>[] = []
  let open: number[] = []
  let group: Set<number> | null = null
  for (const [i, span] of spans.entries()) {
    open = open.filter((other) => (spans[other]?.to ?? Infinity) > span.from)
    if (open.length === 0) group = null
    const others = open.filter((other) => spans[other]?.userId !== span.userId)
    if (others.length > 0) {
      if (!group) groups.push((group = new Set()))
      for (const other of [...others, i]) group.add(other)
    }
    open.push(i)
  }
  return groups
}
