/** Sets of whole numbers as intervals, both ends inclusive: numbers passed of a journal, lines passed of a delivery. */
export interface Interval {
  readonly from: number
  readonly to: number
}

/** True when `n` lies in one of the intervals, which ascend and do not touch. */
export function contains(intervals: readonly Interval[], n: number): boolean {
  let low = 0
  let high = intervals.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const { from, to } = intervals[middle] as Interval
    if (n < from) high = middle - 1
    else if (n > to) low = middle + 1
    else return true
  }
  return false
}

/** The ascending numbers as intervals. */
export function runsOf(numbers: readonly number[]): Interval[] {
  const runs: { from: number; to: number }[] = []
  for (const n of numbers) {
    const last = runs.at(-1)
    if (last && n === last.to + 1) last.to = n
    else if (!last || n > last.to) runs.push({ from: n, to: n })
  }
  return runs
}

/**
 * The union of `intervals` and `added`, as what to take away and what to put in its place. Intervals that touch become one;
 * it keeps the other properties of the lowest interval it is made of.
 */
export function union<I extends Interval>(
  intervals: readonly I[],
  added: readonly I[],
): { remove: I[]; add: I[]; result: I[] } {
  const sorted = [...intervals.map((it) => ({ it, old: true })), ...added.map((it) => ({ it, old: false }))].sort(
    (a, b) => a.it.from - b.it.from,
  )
  const remove: I[] = []
  const add: I[] = []
  const result: I[] = []
  let group: { it: I; old: boolean }[] = []
  let to = Number.NEGATIVE_INFINITY
  const close = () => {
    const first = group[0]
    if (!first) return
    if (group.length === 1) {
      result.push(first.it)
      if (!first.old) add.push(first.it)
      return
    }
    const merged: I = { ...first.it, to }
    result.push(merged)
    if (first.old && first.it.to === to) {
      // Everything else lies inside an interval that was there.
      for (const { it, old } of group.slice(1)) if (old) remove.push(it)
      return
    }
    for (const { it, old } of group) if (old) remove.push(it)
    add.push(merged)
  }
  for (const next of sorted) {
    if (group.length > 0 && next.it.from <= to + 1) {
      group.push(next)
      to = Math.max(to, next.it.to)
    } else {
      close()
      group = [next]
      to = next.it.to
    }
  }
  close()
  return { remove, add, result }
}

/** The holes between the intervals, from `first` on. */
export function holes(intervals: readonly Interval[], first = 1): Interval[] {
  const found: Interval[] = []
  let next = first
  for (const { from, to } of intervals) {
    if (from > next) found.push({ from: next, to: from - 1 })
    next = to + 1
  }
  return found
}
