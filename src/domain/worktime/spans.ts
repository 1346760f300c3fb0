/** Stretches of time as half-open intervals [from, to). What these functions give is in order, without overlap, none empty. */
export interface Span {
  readonly from: number
  readonly to: number
}

export function unionOf(spans: readonly Span[]): Span[] {
  const union: { from: number; to: number }[] = []
  for (const { from, to } of spans.toSorted((a, b) => a.from - b.from)) {
    if (to <= from) continue
    const last = union.at(-1)
    if (last && from <= last.to) last.to = Math.max(last.to, to)
    else union.push({ from, to })
  }
  return union
}

/** What both have; each is a union. */
export function commonOf(a: readonly Span[], b: readonly Span[]): Span[] {
  const common: Span[] = []
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const [left, right] = [a[i] as Span, b[j] as Span]
    const from = Math.max(left.from, right.from)
    const to = Math.min(left.to, right.to)
    if (from < to) common.push({ from, to })
    if (left.to < right.to) i++
    else j++
  }
  return common
}

/** What `a` has and `b` has not; each is a union. */
export function withoutOf(a: readonly Span[], b: readonly Span[]): Span[] {
  const gaps: Span[] = []
  let from = Number.NEGATIVE_INFINITY
  for (const taken of b) {
    if (taken.from > from) gaps.push({ from, to: taken.from })
    from = taken.to
  }
  gaps.push({ from, to: Number.POSITIVE_INFINITY })
  return commonOf(a, gaps)
}

export const lengthOf = (spans: readonly Span[]): number => spans.reduce((sum, { from, to }) => sum + to - from, 0)
