/** Things to come, in the order in which they happen; of two at the same instant the one that was planned first. */
export class Timeline {
  #heap: { readonly at: number; readonly order: number; readonly run: () => void }[] = []
  #planned = 0

  plan(at: number, run: () => void): void {
    const heap = this.#heap
    const item = { at, order: this.#planned++, run }
    let hole = heap.length
    while (hole > 0) {
      const parent = (hole - 1) >> 1
      const above = heap[parent] as typeof item
      if (above.at < at || (above.at === at && above.order < item.order)) break
      heap[hole] = above
      hole = parent
    }
    heap[hole] = item
  }

  /** Lets the next thing happen. False when nothing is left. */
  step(): boolean {
    const heap = this.#heap
    const first = heap[0]
    if (first === undefined) return false
    const moved = heap.pop() as typeof first
    const size = heap.length
    if (size > 0) {
      let hole = 0
      for (let child = 1; child < size; child = 2 * hole + 1) {
        let below = heap[child] as typeof first
        const right = heap[child + 1]
        if (right !== undefined && earlier(right, below)) {
          below = right
          child++
        }
        if (!earlier(below, moved)) break
        heap[hole] = below
        hole = child
      }
      heap[hole] = moved
    }
    first.run()
    return true
  }
}

const earlier = (a: { at: number; order: number }, b: { at: number; order: number }): boolean =>
  a.at < b.at || (a.at === b.at && a.order < b.order)
