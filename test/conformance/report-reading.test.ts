import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CountedCall } from '../../src/domain/metrics/counted-call.ts'
import { SmenaError } from '../../src/domain/errors.ts'
import { employeeReport } from '../../src/pipeline/reports/employee.ts'
import { groupReport } from '../../src/pipeline/reports/group.ts'
import { intervalReport } from '../../src/pipeline/reports/interval.ts'
import { ask, assertChecks, places } from '../support/asked-reports.ts'
import { extensions, type ReportWorld } from '../support/report-world.ts'
import type { CallCursor } from '../../src/pipeline/store-reading.ts'
import { engines } from '../support/stores.ts'

/** What reports read: pages that give every row once, one instant, names that are known. */

for (const engine of engines) {
  test(`pages by key give every row once, whatever their size, on ${engine.name}`, { skip: engine.skip }, async (t) => {
    const { facts, period, world } = await ask(t, engine, places[0])
    const { reading } = await facts()
    const query = { ...period, sourceIds: null, direction: null }
    const ids: number[] = []
    for (let after: CountedCall | null = null; ; ) {
      const page: readonly CountedCall[] = await reading.pageCountedCalls(query, after, 7)
      ids.push(...page.map(({ id }) => id))
      after = page.at(-1) ?? null
      if (page.length < 7) break
    }
    const expected = world.calls.filter((it) => it.startedAt >= period.from && it.startedAt < period.to)
    assert.deepEqual(ids.toSorted(), expected.map(({ id }) => id).toSorted())
    const there: CallCursor[] = []
    for (let after: CallCursor | null = null; ; ) {
      const page: readonly CallCursor[] = await reading.pageCallTimes(period, after, 6)
      there.push(...page)
      after = page.at(-1) ?? null
      if (page.length < 6) break
    }
    // Those of another kind are among them.
    const twins = world.calls.slice(0, 5).map(({ id, startedAt }) => ({ id: id + 2 ** 30, startedAt }))
    const ofPeriod = [...world.calls, ...twins].filter((it) => it.startedAt >= period.from && it.startedAt < period.to)
    assert.deepEqual(
      there,
      ofPeriod
        .map(({ id, startedAt }) => ({ id, startedAt }))
        .toSorted((a, b) => a.startedAt - b.startedAt || a.id - b.id),
    )
    let stale = 0
    for (const employeeId of [1, 4, null]) {
      const found: string[] = []
      for (let after: ReportWorld['parts'][number] | null = null; ; ) {
        const page: ReportWorld['parts'] = await reading.pageParts({ ...period, employeeId }, after, 5)
        const ofCalls = page.filter(({ callId }) => there.some(({ id }) => id === callId))
        found.push(...ofCalls.map((it) => `${it.callId} ${it.position}`))
        stale += page.length - ofCalls.length
        after = page.at(-1) ?? null
        if (page.length < 5) break
      }
      const own = world.parts.filter(
        (it) => it.startedAt >= period.from && it.startedAt < period.to && it.employeeId === employeeId,
      )
      assert.deepEqual(found.toSorted(), own.map((it) => `${it.callId} ${it.position}`).toSorted())
    }
    assert.ok(stale > 0, 'parts of calls that are no more come too')
    assert.equal(extensions.length, 6)
  })

  test(`a report is of one instant, whatever is written while it is made, on ${engine.name}`, {
    skip: engine.skip,
  }, async (t) => {
    const { facts, reading, execute, period } = await ask(t, engine, places[0])
    const query = { ...period, sourceIds: null, direction: null }
    const before = await reading.countCalls(query)
    await reading.atOneInstant(async (snapshot) => {
      const all = await facts({}, snapshot)
      const [hours, people] = [await intervalReport(all, 60), await employeeReport(all)]
      for (const table of ['attribution WHERE call_id', 'call WHERE id'])
        await execute(`DELETE FROM ${table} IN (SELECT id FROM call WHERE id % 2 = 0)`)
      for (const { total, checks } of [hours, people]) {
        assert.ok(total.calls > 0)
        assertChecks(await checks(), 'torn')
      }
      const again = await facts({}, snapshot)
      assert.deepEqual((await intervalReport(again, 60)).rows, hours.rows)
      assert.deepEqual((await employeeReport(again)).rows, people.rows)
    })
    const after = await reading.countCalls(query)
    assert.ok(after > 0 && after < before, 'later reports are of later')
    await assert.rejects(
      reading.atOneInstant(() => Promise.reject(new RangeError('of the report'))),
      RangeError,
    )
    assert.equal(await reading.countCalls(query), after)
  })

  test(`a name that is nobody's is refused with those there are, on ${engine.name}`, {
    skip: engine.skip,
  }, async (t) => {
    const { facts } = await ask(t, engine, places[0])
    const isRefused = (known: RegExp) => (error: unknown) =>
      error instanceof SmenaError && known.test(String(error.details['known']))
    await assert.rejects(facts({ source: 'pbz' }), isRefused(/^pbx, kro, new$/u))
    await assert.rejects(facts({ plan: 'pbz' }), isRefused(/pbx.*kro.*later|pbx.*later/u))
    await assert.rejects(facts({ group: '999' }), isRefused(/Кассы/u))
    for (const named of [{ source: 'new' }, { plan: 'later' }])
      assert.deepEqual((await groupReport(await facts(named))).rows, [], 'nothing has come yet')
  })
}
