import { noRules } from '../../domain/metrics/groups.ts'
import { intervalMinutes } from '../../domain/metrics/intervals.ts'
import { returnWindowHours } from '../../domain/metrics/missed.ts'
import { activityReport, usualStep } from '../../pipeline/reports/activity.ts'
import { employeeReport } from '../../pipeline/reports/employee.ts'
import type { ReportFacts } from '../../pipeline/reports/facts.ts'
import type { FrozenReport } from '../../pipeline/reports/frozen.ts'
import { groupReport } from '../../pipeline/reports/group.ts'
import { intervalReport } from '../../pipeline/reports/interval.ts'
import { missedCallReport, missedReport } from '../../pipeline/reports/missed.ts'
import { type OldPhoneAsked, oldPhoneReport } from '../../pipeline/reports/old-phone.ts'
import { phoneReport } from '../../pipeline/reports/phone.ts'
import type { Report } from '../../pipeline/reports/request.ts'
import { shiftReport } from '../../pipeline/reports/shift.ts'
import { unattributedReport } from '../../pipeline/reports/unattributed.ts'
import { activityView } from '../present/reports/activity-view.ts'
import { employeeView } from '../present/reports/employee-view.ts'
import { groupView } from '../present/reports/group-view.ts'
import { intervalView } from '../present/reports/interval-view.ts'
import { missedCallsView, missedView } from '../present/reports/missed-view.ts'
import { oldPhoneView } from '../present/reports/old-phone-view.ts'
import { phoneView } from '../present/reports/phone-view.ts'
import { shiftView } from '../present/reports/shift-view.ts'
import { unattributedView } from '../present/reports/unattributed-view.ts'
import type { ReportName } from '../report-options.ts'
import type { ReportView } from '../present/reports/view.ts'

interface KindOptions {
  readonly minutes?: string
  readonly staff?: string
  readonly window?: string
  readonly byStep?: 'hour' | 'day'
  readonly byCall?: true
  readonly old?: true
  readonly oldRows?: true
}

/** What makes one kind of report, and what becomes of it: each has rows of its own. */
type ReportKind = <T>(
  facts: ReportFacts,
  siteOf: (sourceId: number) => string,
  use: <Row, Total, Line>(report: Report<Row, Total>, view: ReportView<Row, Total, Line>) => Promise<T>,
) => Promise<T>

/** `oldRows`: rows of the older system's statistics instead of calls, in the report of telephones. */
export function openReportKind(
  name: ReportName,
  { minutes, staff, window, byStep, byCall, old }: KindOptions,
  oldRows: OldPhoneAsked | null,
): ReportKind {
  switch (name) {
    case 'employee':
      return async (facts, _, use) => use(await employeeReport(facts), employeeView)
    case 'phone':
      if (oldRows !== null) return async (facts, _, use) => use(await oldPhoneReport(facts, oldRows), oldPhoneView)
      return async (facts, _, use) => use(await phoneReport(facts), phoneView)
    case 'group':
      return async (facts, _, use) => use(await groupReport(facts), groupView)
    case 'interval': {
      const size = intervalMinutes.find((it) => String(it) === minutes) ?? 60
      return async (facts, _, use) =>
        use(await intervalReport(facts, size, staff === undefined ? null : Number(staff)), intervalView)
    }
    case 'missed': {
      const windowMs = Number(window ?? returnWindowHours) * 3_600_000
      if (byCall)
        return async (facts, siteOf, use) => use(await missedCallReport(facts, { windowMs, siteOf }), missedCallsView)
      return async (facts, siteOf, use) => use(await missedReport(facts, { windowMs, siteOf }), missedView)
    }
    case 'unattributed':
      return async (facts, _, use) => use(await unattributedReport(facts), unattributedView)
    case 'shift':
      return async (facts, _, use) => use(await shiftReport(facts), shiftView)
    case 'activity':
      return async (facts, _, use) => {
        const step = byStep ?? usualStep(facts.request.period)
        return use(await activityReport(facts, step, old === true), activityView)
      }
  }
}

/** How a report looks, for rows that were made before. */
export function viewOf(
  name: ReportName,
  { byCall, oldRows }: Pick<KindOptions, 'byCall' | 'oldRows'>,
): ReportView<unknown, unknown, unknown> {
  const views = {
    employee: employeeView,
    phone: oldRows ? oldPhoneView : phoneView,
    group: groupView,
    interval: intervalView,
    missed: byCall ? missedCallsView : missedView,
    unattributed: unattributedView,
    shift: shiftView,
    activity: activityView,
  }
  // Rows come back from the store as the same report has handed them over.
  return views[name] as unknown as ReportView<unknown, unknown, unknown>
}

const noHandling = { handled: null, wrapUpSeconds: 0 }

/** What rows and totals have learned to say since some were frozen: what a report says where it was made before. */
const learned: Partial<Record<ReportName, { readonly row: object; readonly total: object }>> = {
  group: { row: { ...noRules, ...noHandling }, total: { ...noRules, ...noHandling } },
  interval: {
    row: { ...noHandling, staffSeconds: null, erlangC: null },
    total: { ...noRules, ...noHandling, staffSeconds: null, staff: null },
  },
  missed: { row: { done: null, site: null, byCall: null, byAt: null }, total: { missedBy: null } },
  shift: {
    row: { excludedCalls: 0, boundCalls: 0, inGap: false },
    total: { distinctCalls: null, excludedCalls: 0, boundCalls: 0, gaps: [] },
  },
  activity: { row: { inGap: false }, total: { boundCalls: 0, gaps: [] } },
}

/** A frozen report in the shape that it has today: what an older Smena did not know of is not there, not undefined. */
export function asOfToday(name: ReportName, { rows, total }: FrozenReport): FrozenReport {
  const since = learned[name]
  if (since === undefined) return { rows, total }
  const withNew = (it: unknown, news: object) => ({ ...(it as object), ...news, ...(it as object) })
  return { rows: rows.map((row) => withNew(row, since.row)), total: withNew(total, since.total) }
}
