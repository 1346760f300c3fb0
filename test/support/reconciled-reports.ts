import assert from 'node:assert/strict'
import type { Span } from '../../src/domain/worktime/spans.ts'
import { activityReport } from '../../src/pipeline/reports/activity.ts'
import { employeeReport } from '../../src/pipeline/reports/employee.ts'
import { ReportFacts } from '../../src/pipeline/reports/facts.ts'
import { groupReport } from '../../src/pipeline/reports/group.ts'
import { intervalReport } from '../../src/pipeline/reports/interval.ts'
import { missedReport } from '../../src/pipeline/reports/missed.ts'
import { resolveFilter } from '../../src/pipeline/reports/named-filter.ts'
import { phoneReport } from '../../src/pipeline/reports/phone.ts'
import { type Check, holds } from '../../src/pipeline/reports/request.ts'
import { shiftReport } from '../../src/pipeline/reports/shift.ts'
import { unattributedReport } from '../../src/pipeline/reports/unattributed.ts'
import { openReports } from '../../src/roles/store-place.ts'
import type { TestStore } from './stores.ts'

const hourMs = 3_600_000

/**
 * Reconciliation (metrics.md): what every report adds up to is what the list of calls is, by outcome and by hour, the talk of people
 * and of nobody is the talk of the calls' people, shifts hold what was judged to be in them, and every event is a call or a mark.
 */
export async function assertReportsReconcile(it: TestStore, period: Span, zone: string): Promise<void> {
  const reading = await openReports(it.place)
  assert.ok(reading)
  try {
    const filter = await resolveFilter(reading, {}, [])
    const rules = { serviceLevelSeconds: 20, shortSeconds: 5 }
    const request = { period, filter, rules, zone, now: period.to, shiftAtMostSeconds: 12 * 3600, wrapUpSeconds: 0 }
    const facts = await ReportFacts.open(reading, request)
    const reports: { readonly name: string; readonly checks: () => Promise<readonly Check[]> }[] = [
      { name: 'employee', ...(await employeeReport(facts)) },
      { name: 'phone', ...(await phoneReport(facts)) },
      { name: 'group', ...(await groupReport(facts)) },
      { name: 'interval', ...(await intervalReport(facts, 60)) },
      { name: 'missed', ...(await missedReport(facts, { windowMs: 24 * hourMs, siteOf: () => '' })) },
      { name: 'unattributed', ...(await unattributedReport(facts)) },
      { name: 'shift', ...(await shiftReport(facts)) },
      { name: 'activity', ...(await activityReport(facts, 'day', false)) },
    ]
    const [row] = await it.rows(
      `SELECT count(*) AS n FROM call WHERE kind = 'call' AND started_at >= ${period.from} AND started_at < ${period.to}`,
    )
    const calls = Number(row?.['n'])
    assert.ok(calls > 0)
    for (const { name, checks } of reports) {
      const found = await checks()
      assert.ok(found.length > 0, name)
      for (const check of found) {
        assert.ok(holds(check), `${name}: ${JSON.stringify(check)}`)
        if (check.kind === 'calls' && name !== 'missed') assert.equal(check.list, calls, name)
      }
    }
  } finally {
    await reading[Symbol.asyncDispose]()
  }
}
