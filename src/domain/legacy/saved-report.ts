import type { OldReport } from './old-tables.ts'

/** How a report of the older system is known among the saved ones. */
export const legacyReport = 'legacy'

/** A saved report of the older system (R2): its totals as they stood; which shifts it covered was never kept. */
export interface LegacyReport {
  readonly name: string
  readonly filter: { readonly from: number | null; readonly to: number | null }
  readonly madeAt: number
  readonly figures: {
    readonly people: number
    readonly hours: number
    readonly breakMinutes: number
    readonly events: number
    readonly counts: readonly { readonly type: string; readonly count: number }[]
  }
}

export function planReport(report: OldReport): LegacyReport {
  const { name, from, to, madeAt, people, hours, breakMinutes, events } = report
  const entries = report.counts !== null && typeof report.counts === 'object' ? Object.entries(report.counts) : []
  const counts = entries.map(([type, count]) => ({ type, count: Number(count) || 0 }))
  return { name, filter: { from, to }, madeAt, figures: { people, hours, breakMinutes, events, counts } }
}
