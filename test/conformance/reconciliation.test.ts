import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callOf } from '../../src/adapters/store-sql/rows.ts'
import { formats } from '../../src/domain/formats/formats.ts'
import { openReader } from '../../src/domain/reading.ts'
import { openRandom } from '../../src/domain/simulation/random.ts'
import { activityReport } from '../../src/pipeline/reports/activity.ts'
import { employeeReport } from '../../src/pipeline/reports/employee.ts'
import { ReportFacts } from '../../src/pipeline/reports/facts.ts'
import { groupReport } from '../../src/pipeline/reports/group.ts'
import { intervalReport } from '../../src/pipeline/reports/interval.ts'
import { missedCallReport, missedReport } from '../../src/pipeline/reports/missed.ts'
import { type NamedFilter, resolveFilter } from '../../src/pipeline/reports/named-filter.ts'
import { phoneReport } from '../../src/pipeline/reports/phone.ts'
import { shiftReport } from '../../src/pipeline/reports/shift.ts'
import { unattributedReport } from '../../src/pipeline/reports/unattributed.ts'
import { openReports } from '../../src/roles/store-place.ts'
import { assertChecks } from '../support/asked-reports.ts'
import { attributeAll } from '../support/attribution.ts'
import { recomputed } from '../support/attributed.ts'
import { streamOf, testSeed } from '../support/days.ts'
import { applyReading, importAll } from '../support/feed.ts'
import { isCounted, sum } from '../support/report-counting.ts'
import { employeeIds, simulatedOffice, writeTruth } from '../support/simulated-people.ts'
import { engines, type TestStore } from '../support/stores.ts'

/**
 * Reconciliation over people: what the reports say of people and of nobody, added up, is what the segments of the calls give their
 * telephones. What attribute wrote is not asked.
 */

const day = 86_400_000
const begin = Date.parse('2026-03-16T00:00:00Z')
const zone = 'Europe/Moscow'
const asIs = { serviceLevelSeconds: null, shortSeconds: null }

const offices = (['avaya-ip-office', 'asterisk-csv'] as const).map((format, i) =>
  simulatedOffice(format === 'asterisk-csv' ? 'kro' : 'pbx', {
    format,
    seed: testSeed + i,
    from: '2026-03-16',
    days: 2,
    callsADay: 50,
    timezone: zone,
    variant: format === 'asterisk-csv' ? 21 : 35,
    people: 12,
  }),
)

/** Two exchanges, their people with shifts that are not always told in time, and every call given to its people. */
async function filled(it: TestStore): Promise<void> {
  for (const { source, reading, records } of offices) {
    await applyReading(it.store, source, reading)
    const lines = records.map(({ line }) => Buffer.from(line))
    await importAll(it.store, source, streamOf(lines), { format: reading.format })
  }
  await writeTruth(it, offices)
  await it.execute(`INSERT INTO unit (id, name, name_key) VALUES (1, 'Отдел', 'отдел')`)
  await it.execute('UPDATE employee SET unit_id = 1 WHERE id % 3 = 0')
  await attributeAll(it.store)
}

for (const engine of engines)
  test(`by any filter people and nobody add up to what the segments of the calls give, on ${engine.name} (seed ${testSeed})`, {
    skip: engine.skip,
  }, async (t) => {
    const it = await engine.open(t)
    await filled(it)
    const calls = (await it.rows('SELECT * FROM call')).map(callOf)
    const parts = (await recomputed(it, calls, formats)).filter((part) => part.counted)
    assert.ok(parts.length > 150 && new Set(parts.map(({ state }) => state)).size === 4, `${parts.length} parts`)
    const people = await it.rows('SELECT id, unit_id, personnel_number FROM employee')
    const sources = new Map((await it.rows('SELECT id, name FROM source')).map((row) => [row['id'], row['name']]))
    const isGroup = new Map(offices.map(({ source, reading }) => [source, openReader(reading).isGroup]))
    const reading = await openReports(it.place)
    assert.ok(reading)
    t.after(() => reading[Symbol.asyncDispose]())
    const random = openRandom(testSeed, 90)
    const groups = [...new Set(calls.flatMap(({ plan, call }) => call.targets.filter((to) => isGroup.get(plan)?.(to))))]
    assert.ok(groups.length > 0)
    const maybe = <T>(of: readonly T[]): T | undefined => (random.chance(0.3) ? random.pick(of) : undefined)
    let found = 0

    for (let n = 0; n < 16; n++) {
      const named: NamedFilter =
        n === 0
          ? {}
          : {
              source: maybe(['pbx', 'kro']),
              direction: maybe(['inbound', 'outbound', 'internal'] as const),
              extension: maybe([...new Set(parts.map(({ extension }) => extension))]),
              group: maybe(groups),
              employee: maybe([...(await employeeIds(it)).keys()]),
              unit: maybe(['Отдел']),
            }
      const from = n === 0 ? begin - day : begin + random.below(36) * 3_600_000
      const period = { from, to: n === 0 ? begin + 4 * day : from + (1 + random.below(30)) * 3_600_000 }
      const message = JSON.stringify({ ...named, ...period })

      const ids = people
        .filter((row) => (named.employee ?? row['personnel_number']) === row['personnel_number'])
        .filter((row) => named.unit === undefined || row['unit_id'] === 1)
        .map((row) => row['id'] as number)
      const isOfPeople = named.employee !== undefined || named.unit !== undefined
      const isPart = (part: (typeof parts)[number]) =>
        (named.source ?? part.plan) === sources.get(part.sourceId) &&
        (named.direction ?? part.direction) === part.direction &&
        (named.extension ?? part.extension) === part.extension
      const ofPeople = new Set(
        parts.filter((it) => isPart(it) && isCounted(it.state) && ids.includes(it.employeeId!)).map((it) => it.callId),
      )
      const isOfGroup = ({ call, plan }: (typeof calls)[number]) =>
        named.group === undefined || (call.targets.includes(named.group) && isGroup.get(plan)?.(named.group) === true)
      const inPeriod = calls.filter(
        (it) => it.call.kind === 'call' && it.call.startedAt >= period.from && it.call.startedAt < period.to,
      )
      const asked = inPeriod.filter(
        (it) =>
          (named.source ?? it.plan) === it.plan &&
          (named.direction ?? it.call.direction) === it.call.direction &&
          (named.extension === undefined || it.call.extensions.some(({ number }) => number === named.extension)) &&
          isOfGroup(it) &&
          (!isOfPeople || ofPeople.has(it.id)),
      )
      const ofGroup = new Set(inPeriod.filter(isOfGroup).map(({ id }) => id))
      const own = parts.filter(
        (it) => ofGroup.has(it.callId) && isPart(it) && (!isOfPeople || ids.includes(it.employeeId ?? 0)),
      )
      const talk = (of: typeof parts) => sum(of.map(({ talkSeconds }) => talkSeconds))
      found += talk(own)

      const filter = await resolveFilter(reading, named, [])
      const facts = await ReportFacts.open(reading, {
        period,
        filter,
        rules: asIs,
        zone,
        now: begin + 5 * day,
        shiftAtMostSeconds: 12 * 3600,
        wrapUpSeconds: 0,
      })
      const employees = await employeeReport(facts)
      for (const row of employees.rows) {
        const hers = own.filter((it) => it.employeeId === Number(row.employee.id) && isCounted(it.state))
        const holdSeconds = sum(hers.map((it) => it.holdSeconds))
        const callCount = new Set(hers.map(({ callId }) => callId)).size
        assert.deepEqual([row.talkSeconds, row.holdSeconds, row.calls], [talk(hers), holdSeconds, callCount], message)
      }
      const unattributed = await unattributedReport(facts)
      for (const reason of ['no-holder', 'off-shift'] as const)
        assert.equal(
          sum(unattributed.rows.filter((it) => it.reason === reason).map((it) => it.talkSeconds)),
          talk(own.filter((it) => it.state === reason)),
          `${reason} ${message}`,
        )
      assert.equal(
        sum(employees.rows.map((it) => it.talkSeconds)) + sum(unattributed.rows.map((it) => it.talkSeconds)),
        talk(own),
        message,
      )

      const phones = await phoneReport(facts)
      const askedIds = new Set(asked.map(({ id }) => id))
      const rung = parts.filter((it) => askedIds.has(it.callId) && (named.extension ?? it.extension) === it.extension)
      assert.equal(sum(phones.rows.map((it) => it.talkSeconds)), talk(rung), message)
      assert.equal(phones.total.calls, new Set(asked.filter((it) => it.call.extensions.length > 0)).size, message)

      const intervals = await intervalReport(facts, 60)
      const groupsFound = await groupReport(facts)
      assert.equal(sum(intervals.rows.map((it) => it.calls)), asked.length, message)
      assert.equal(
        groupsFound.total.calls,
        asked.filter((it) => it.call.targets.some((to) => isGroup.get(it.plan)?.(to))).length,
        message,
      )
      const activity = await activityReport(facts, 'hour', false)
      const events = own.filter((it) => isCounted(it.state) && it.role !== 'offered')
      assert.equal(
        activity.total.count,
        new Set(events.map((it) => `${it.employeeId} ${it.callId}`)).size,
        `activity ${message}`,
      )
      const options = { windowMs: day, siteOf: () => '' }
      for (const make of [missedReport, missedCallReport])
        assertChecks(await (await make(facts, options)).checks(), message)
      const shifts = await shiftReport(facts)
      for (const { checks } of [employees, unattributed, phones, intervals, groupsFound, shifts, activity])
        assertChecks(await checks(), message)
      if (n > 0) continue
      const [check] = await shifts.checks()
      assert.ok(check?.kind === 'shifts' && check.onShift > 0, JSON.stringify(check))
      assert.ok(
        sum(shifts.rows.map((row) => row.calls)) > shifts.total.distinctCalls,
        'an internal call has two people',
      )
    }
    assert.ok(found > 0)
  })
