import { standstill } from './bound-call.ts'
import { type Issue, issue } from './issue.ts'

/** Looks at when bound calls came, and tells whether the time in which none could be written lies between them (M7). */
export class GapWatch {
  #first: string | null = null
  #last: string | null = null
  #inside = 0

  /** `day`: local, `2018-09-06`. */
  add(day: string): void {
    if (this.#first === null || day < this.#first) this.#first = day
    if (this.#last === null || day > this.#last) this.#last = day
    if (day >= standstill.from && day <= standstill.to) this.#inside++
  }

  /** What is to be shown as a gap and not as idleness; empty where the rows do not reach over it. `startOf`: of a local day. */
  issues(startOf: (day: string) => number): readonly Issue[] {
    const { from, to } = standstill
    if (this.#first === null || this.#last === null || this.#first > from || this.#last < to) return []
    const span = { from: startOf(from), to: startOf(to) + 24 * 3_600_000 }
    return [issue('gap-expected', 'working_working_log', [], { ...span, detail: String(this.#inside) })]
  }
}
