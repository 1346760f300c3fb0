import { intervalMinutes } from '../../domain/metrics/intervals.ts'
import { returnWindowHours } from '../../domain/metrics/missed.ts'
import { activityReport, usualStep } from '../../pipeline/reports/activity.ts'
import { employeeReport } from '../../pipeline/reports/employee.ts'
import type { ReportFacts } from '../../pipeline/reports/facts.ts'
import { groupReport } from '../../pipeline/reports/group.ts'
import { intervalReport } from '../../pipeline/reports/interval.ts'
import { missedReport } from '../../pipeline/reports/missed.ts'
import { type OldPhoneAsked, oldPhoneReport } from '../../pipeline/reports/old-phone.ts'
import { phoneReport } from '../../pipeline/reports/phone.ts'
import type { Report } from '../../pipeline/reports/request.ts'
import { shiftReport } from '../../pipeline/reports/shift.ts'
import { unattributedReport } from '../../pipeline/reports/unattributed.ts'
import { activityView } from '../present/reports/activity-view.ts'
import { employeeView } from '../present/reports/employee-view.ts'
import { groupView } from '../present/reports/group-view.ts'
import { intervalView } from '../present/reports/interval-view.ts'
import { missedView } from '../present/reports/missed-view.ts'
import { oldPhoneView } from '../present/reports/old-phone-view.ts'
import { phoneView } from '../present/reports/phone-view.ts'
import { shiftView } from '../present/reports/shift-view.ts'
import { unattributedView } from '../present/reports/unattributed-view.ts'
import type { ReportName } from '../report-options.ts'
import type { ReportView } from '../present/reports/view.ts'

interface KindOptions {
  readonly minutes?: string
  readonly window?: string
  readonly byStep?: 'hour' | 'day'
  readonly old?: true
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
  { minutes, window, byStep, old }: KindOptions,
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
      return async (facts, _, use) => use(await intervalReport(facts, size), intervalView)
    }
    case 'missed': {
      const windowMs = Number(window ?? returnWindowHours) * 3_600_000
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
export function viewOf(name: ReportName, oldRows: boolean): ReportView<unknown, unknown, unknown> {
  const views = {
    employee: employeeView,
    phone: oldRows ? oldPhoneView : phoneView,
    group: groupView,
    interval: intervalView,
    missed: missedView,
    unattributed: unattributedView,
    shift: shiftView,
    activity: activityView,
  }
  // Rows come back from the store as the same report has handed them over.
  return views[name] as unknown as ReportView<unknown, unknown, unknown>
}
