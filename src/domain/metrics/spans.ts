/** Stretches of time [from, to) in milliseconds. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** The same time, each instant once, in order. */
export function unionOf(spans: readonly Span[]): Span[] {
  const united: { from: number; to: number }[] = []
  for (const { from, to } of spans.filter((it) => it.to > it.from).toSorted((a, b) => a.from - b.from)) {
    const last = united.at(-1)
    if (last && from <= last.to) last.to = Math.max(last.to, to)
    else united.push({ from, to })
  }
  return united
}

/** What of them lies in [from, to). */
export const clip = (spans: readonly Span[], from: number, to: number): Span[] =>
  spans.map((it) => ({ from: Math.max(it.from, from), to: Math.min(it.to, to) })).filter((it) => it.to > it.from)

/** What of `spans` lies in none of `others`. */
export function without(spans: readonly Span[], others: readonly Span[]): Span[] {
  const taken = unionOf(others)
  const left: Span[] = []
  let next = 0
  for (const { from, to } of unionOf(spans)) {
    let at = from
    while ((taken[next]?.to ?? Number.POSITIVE_INFINITY) <= from) next++
    for (let i = next; i < taken.length; i++) {
      const other = taken[i] as Span
      if (other.from >= to) break
      if (other.from > at) left.push({ from: at, to: other.from })
      at = Math.max(at, other.to)
    }
    if (at < to) left.push({ from: at, to })
  }
  return left
}

/** Seconds of all of them: of a union, the time; otherwise each for itself. */
export const secondsOf = (spans: readonly Span[]): number =>
  spans.reduce((sum, { from, to }) => sum + (to - from), 0) / 1000
