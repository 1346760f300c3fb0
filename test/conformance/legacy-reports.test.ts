import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { suite, test, type TestContext } from 'node:test'
import { Kysely } from 'kysely'
import { SqlLegacyReader } from '../../src/adapters/store-sql/legacy-reader.ts'
import type { ReportTables } from '../../src/adapters/store-sql/report-tables.ts'
import { NodeSqliteDialect } from '../../src/adapters/store-sql/sqlite/dialect.ts'
import { openRandom } from '../../src/domain/simulation/random.ts'
import { activityReport } from '../../src/pipeline/reports/activity.ts'
import { ReportFacts } from '../../src/pipeline/reports/facts.ts'
import { type NamedFilter, resolveFilter } from '../../src/pipeline/reports/named-filter.ts'
import { type OldPhoneAsked, oldPhoneReport } from '../../src/pipeline/reports/old-phone.ts'
import { phoneReport } from '../../src/pipeline/reports/phone.ts'
import { shiftReport } from '../../src/pipeline/reports/shift.ts'
import type { PeopleRequest } from '../../src/pipeline/people-request.ts'
import { openReports } from '../../src/roles/store-place.ts'
import { numberKey } from '../../src/domain/call.ts'
import { readingOf, testSeed } from '../support/days.ts'
import { applyReading } from '../support/feed.ts'
import { importFrom } from '../support/legacy-import.ts'
import { inMemory, type OldRows } from '../support/legacy-memory.ts'
import { at, legacyNow, legacyTables, odd, shiftOn } from '../support/legacy-schema.ts'
import { reportWorld } from '../support/report-world.ts'
import { type Engine, engines, type TestStore } from '../support/stores.ts'
import { tell } from '../support/tell-people.ts'

/** What reports say of imported data is what counting the old rows one by one gives. */

const zone = 'Asia/Krasnoyarsk'
const rules = { serviceLevelSeconds: 20, shortSeconds: 5 }
const whole = { from: at('2018-01-28 00:00:00'), to: at('2018-09-16 00:00:00') }

const oldRows = (): OldRows =>
  Object.fromEntries(Object.entries(legacyTables()).map(([name, { rows }]) => [name, rows.map((row) => ({ ...row }))]))

async function factsOf(
  t: TestContext,
  it: TestStore,
  period: { readonly from: number; readonly to: number },
  named: NamedFilter = {},
): Promise<ReportFacts> {
  const reading = await openReports(it.place)
  assert.ok(reading)
  t.after(() => reading[Symbol.asyncDispose]())
  const filter = await resolveFilter(reading, named, () => null)
  return ReportFacts.open(reading, { period, filter, rules, zone, now: legacyNow, shiftAtMostSeconds: 12 * 3600 })
}

async function imported(t: TestContext, engine: Engine, rows = oldRows()): Promise<TestStore> {
  const it = await engine.open(t)
  await importFrom(it.store, inMemory(rows))
  return it
}

const instant = (value: unknown): number => Date.parse(String(value))

for (const engine of engines)
  suite(`reports over the older system's data, on ${engine.name}`, { skip: engine.skip }, () => {
    test('R1, M10: events of each imported shift are its old rows, excluded ones and calls from raw lines or not', async (t) => {
      const rows = oldRows()
      const log = rows['working_working_log'] ?? []
      const day = '2018-03-06'
      // One more call than pressed, and left out of reports.
      log.push({
        ...log.find((row) => row['working_id'] === shiftOn(2, day) && row['mark_id'] === 3),
        id: 400_001,
        visible: false,
      })
      const it = await engine.open(t)
      const report = await importFrom(it.store, inMemory(rows))
      const differing = new Set(report.differences.map((found) => found.shiftId))
      const made = new Map(
        (await it.rows(`SELECT old_id, id FROM legacy_id WHERE kind = 'shift'`)).map((row) => [
          String(row['id']),
          Number(row['old_id']),
        ]),
      )
      const person = (await it.rows(`SELECT id FROM employee WHERE name LIKE 'Белов %'`))[0]?.['id']
      // What raw lines of that day gave since: two calls in the shift.
      for (const [id, time] of [
        [1, '10:30:00'],
        [2, '11:00:00'],
      ] as const)
        await it.execute(callInShift(id, Number(person), at(`${day} ${time}`)))
      const shifts = await shiftReport(await factsOf(t, it, whole))
      let compared = 0
      for (const row of shifts.rows) {
        const oldId = made.get(row.id) ?? 0
        const own = log.filter((event) => event['working_id'] === oldId)
        const bound = own.filter((event) => [3, 4].includes(Number(event['mark_id'])) && event['duration'] !== null)
        if (differing.has(oldId)) continue
        compared++
        assert.deepEqual([row.old.events, row.boundCalls], [own.length, bound.length], `shift ${oldId}`)
        const isOfCalls = oldId === shiftOn(2, day)
        assert.deepEqual([row.calls, row.talkSeconds], isOfCalls ? [2, 120] : [0, 0], `shift ${oldId}`)
      }
      assert.ok(compared > 850, String(compared))
      const of = shifts.rows.find((row) => made.get(row.id) === shiftOn(2, day))
      assert.deepEqual([of?.old.events, of?.boundCalls, of?.marks], [5, 3, 2])
    })

    test('a mark that stands outside of its shift is one of its events', async (t) => {
      const it = await imported(t, engine)
      const day = '2018-03-05'
      const { rows } = await shiftReport(
        await factsOf(t, it, { from: at(`${day} 00:00:00`), to: at(`${day} 23:00:00`) }),
      )
      const log = oldRows()['working_working_log'] ?? []
      const own = log.filter((row) => row['working_id'] === shiftOn(2, day) && row['id'] !== odd.ofNoType)
      assert.ok(own.some((row) => row['id'] === odd.outside))
      const found = rows.find((row) => row.employee.name.startsWith('Белов '))
      // And the one that stood in the shift of somebody else.
      assert.equal(found?.old.events, own.length + 1)
    })

    test('R3: activity --old is included marks and bound calls by the time of their row, by hour or day, person and kind', async (t) => {
      const rows = oldRows()
      const log = rows['working_working_log'] ?? []
      const extra = (id: number, when: string, visible: boolean) => ({
        id,
        mark_id: 4,
        working_id: null,
        user_id: 3,
        datetime_create: new Date(at(when)).toISOString(),
        duration: 95,
        comment: '4103 -> 89139990000',
        visible,
      })
      // Begun in the hour, and in the period, before; and one that reports leave out.
      log.push(extra(400_001, '2018-03-05 00:00:10', true), extra(400_002, '2018-03-05 12:00:10', true))
      log.push(extra(400_003, '2018-03-05 12:00:11', false))
      const it = await imported(t, engine, rows)
      const employees = await oldEmployees(it)
      for (const [step, from, to] of [
        ['hour', '2018-03-05 00:00:00', '2018-03-07 00:00:00'],
        ['day', '2018-01-28 00:00:00', '2018-09-16 00:00:00'],
      ] as const) {
        const period = { from: at(from), to: at(to) }
        const expected = new Map<string, number>()
        for (const row of log) {
          const [mark, when] = [Number(row['mark_id']), instant(row['datetime_create'])]
          const employee = employees.get(Number(row['user_id']))
          const isPlaced = employee !== undefined && mark !== 77
          if (!isPlaced || row['visible'] !== true || when < period.from || when >= period.to) continue
          const local = new Date(when + 7 * 3_600_000).toISOString().slice(0, step === 'hour' ? 13 : 10)
          const isBound = row['duration'] !== null && (mark === 3 || mark === 4)
          const kind = isBound ? (mark === 3 ? 'bound-inbound' : 'bound-outbound') : 'mark'
          const key = `${local} ${employee} ${kind}`
          expected.set(key, (expected.get(key) ?? 0) + 1)
        }
        const { rows: found, total } = await activityReport(await factsOf(t, it, period), step, true)
        const here = new Map<string, number>()
        for (const row of found) {
          const key = `${row.clock.slice(0, step === 'hour' ? 13 : 10)} ${row.employee.id} ${row.type.id === null ? row.type.name : 'mark'}`
          here.set(key, (here.get(key) ?? 0) + row.count)
        }
        assert.deepEqual(sorted(here), sorted(expected))
        assert.equal(
          total.count,
          [...expected.values()].reduce((sum, n) => sum + n, 0),
        )
        // Without it they are only told of.
        const plain = await activityReport(await factsOf(t, it, period), step, false)
        const bound = [...expected].filter(([key]) => key.includes('bound')).reduce((sum, [, n]) => sum + n, 0)
        assert.ok(bound > 0)
        assert.equal(plain.total.boundCalls, bound)
        assert.equal(plain.total.count, total.count - bound)
      }
      const one = { employee: 'Волкова Анна Олеговна' }
      const day = { from: at('2018-03-05 00:00:00'), to: at('2018-03-06 00:00:00') }
      const own = await activityReport(await factsOf(t, it, day, { ...one, direction: 'outbound' }), 'hour', true)
      assert.deepEqual(
        own.rows
          .filter((row) => row.type.id === null)
          .map((row) => [row.clock.slice(11, 13), row.type.name, row.count]),
        [
          ['00', 'bound-outbound', 1],
          ['12', 'bound-outbound', 1],
          ['15', 'bound-outbound', 1],
        ],
      )
      assert.equal(
        (await activityReport(await factsOf(t, it, day, { plan: 'avaya' }), 'hour', true)).total.boundCalls,
        0,
      )
    })

    test('M7: 6 to 10 September 2018 are a gap in both reports, and a day beside them is none', async (t) => {
      const it = await imported(t, engine)
      const gap = [{ from: '2018-09-05T17:00:00Z', to: '2018-09-10T17:00:00Z' }]
      const inside = await factsOf(t, it, { from: at('2018-09-07 00:00:00'), to: at('2018-09-08 00:00:00') })
      const activity = await activityReport(inside, 'hour', true)
      assert.deepEqual(activity.total.gaps, gap)
      assert.ok(activity.rows.length > 0 && activity.rows.every((row) => row.inGap && row.type.id !== null))
      const shifts = await shiftReport(inside)
      assert.deepEqual(shifts.total.gaps, gap)
      assert.ok(shifts.rows.length > 0 && shifts.rows.every((row) => row.inGap && row.boundCalls === 0))
      const after = await factsOf(t, it, { from: at('2018-09-11 00:00:00'), to: at('2018-09-12 00:00:00') })
      assert.deepEqual((await activityReport(after, 'hour', true)).total.gaps, [])
      const worked = await shiftReport(after)
      assert.deepEqual([worked.total.gaps, worked.rows.some((row) => row.inGap)], [[], false])
      assert.ok(worked.total.boundCalls > 0)
    })

    test(`R4 and R5 over old rows are what counting row by row gives (seed ${testSeed})`, async (t) => {
      const { it, rows } = await withStatistics(t, engine)
      await listNumbers(it)
      const asked: OldPhoneAsked = { number: null, source: null, site: null, byDay: false, exchanges }
      const periods = [
        ['2018-11-01 00:00:00', '2018-12-20 00:00:00'],
        ['2018-12-12 00:00:00', '2018-12-14 00:00:00'],
        ['2018-11-03 00:00:00', '2018-11-05 00:00:00'],
      ] as const
      for (const [from, to] of periods) {
        const period = { from: at(from), to: at(to) }
        const counted = (first: 'avaya_log' | 'phone_log') => countedRows(rows, period, first)
        for (const number of [null, '89130000001']) {
          const named = { extension: '4101, 4102,4102 ,4999' }
          const report = await oldPhoneReport(await factsOf(t, it, period, named), { ...asked, number })
          const of = (own: readonly string[]) =>
            counted('avaya_log').filter(
              (row) =>
                own.some((it) => row.a === it || row.c === it) &&
                (number === null || row.a === number || row.c === number),
            )
          // F27, F31: trimmed, and once however often it was named.
          assert.deepEqual(
            report.rows.map((row) => row.number),
            ['4101', '4102', '4999'],
          )
          for (const row of report.rows) assertFigures(row, of([row.number]))
          assertFigures(report.total, of(['4101', '4102', '4999']))
        }
        for (const byDay of [false, true]) {
          const report = await oldPhoneReport(await factsOf(t, it, period, { group: 'Группа 1' }), { ...asked, byDay })
          const days = byDay ? Math.round((period.to - period.from) / 86_400_000) : 1
          const grouped = counted('phone_log')
          for (const row of report.rows) {
            const within = grouped.filter(
              (it) =>
                (it.a === row.number || it.c === row.number) &&
                it.exchange === row.source &&
                (row.day === null || (it.at >= Date.parse(row.day.from) && it.at < Date.parse(row.day.to))),
            )
            assertFigures(row, within)
          }
          assert.equal(report.rows.filter((row) => row.number === '4556').length, days, 'a row of zeros')
          assertFigures(report.total, grouped.filter(isListed))
          if (byDay) {
            const clocks = report.rows.map((row) => row.day?.clock ?? '')
            assert.deepEqual(clocks, clocks.toSorted().toReversed(), 'newest day first')
            assert.ok(
              clocks.every((clock) => clock.endsWith('T00:00+07:00')),
              'days of the clock',
            )
          }
        }
      }
    })

    test('R5: the check of the older report – 37 calls of a day – and a listed number without calls', async (t) => {
      const { it } = await withStatistics(t, engine)
      await listNumbers(it)
      const day = { from: at('2018-12-18 00:00:00'), to: at('2018-12-19 00:00:00') }
      const report = await oldPhoneReport(await factsOf(t, it, day, { group: 'Группа 1' }), {
        number: null,
        source: null,
        site: null,
        byDay: true,
        exchanges,
      })
      const row = report.rows.find((found) => found.number === '4555')
      assert.deepEqual(
        [row?.source, row?.plan, row?.site, row?.total, row?.incoming, row?.incomingAccepted, row?.incomingPercent],
        ['KRS-G700', 'g700', 'Ачинск', 37, 24, 2, 8],
      )
      assert.deepEqual([row?.outgoing, row?.outgoingAccepted, row?.outgoingPercent], [13, 10, 76])
      const zero = report.rows.find((found) => found.number === '4556')
      assert.deepEqual([zero?.source, zero?.site, zero?.total, zero?.incomingPercent], [null, 'Ачинск', 0, null])
      assert.deepEqual(
        report.total.counted.map((it) => it.table),
        ['phone_log'],
      )
      assert.equal(report.total.oldZone, zone)
    })

    test('M6: before 17 February 2018 the seconds of old rows are of ringing, and nothing is known of the talk', async (t) => {
      const it = await imported(t, engine)
      const period = { from: at('2018-02-16 00:00:00'), to: at('2018-02-17 00:00:00') }
      const asked = { number: null, source: null, site: null, byDay: false, exchanges }
      const { rows } = await oldPhoneReport(await factsOf(t, it, period, { extension: '4102' }), asked)
      // Rows 1 to 8 of the statistics: from 16:00 to 23:00, every second one incoming.
      assert.deepEqual(
        rows.map((row) => [
          row.incoming,
          row.outgoing,
          row.incomingAccepted,
          row.incomingPercent,
          row.incomingTalkUnknown,
        ]),
        [[4, 4, null, null, 4]],
      )
      const all = await oldPhoneReport(await factsOf(t, it, whole, { extension: '4102' }), asked)
      assert.equal(all.total.total, 60)
      assert.equal(all.total.incomingTalkUnknown + all.total.outgoingTalkUnknown, 8)
      assert.ok((all.total.incomingAccepted ?? 0) + (all.total.outgoingAccepted ?? 0) <= 52)
    })

    test('old rows come page by page, each once, whatever the size of the page', async (t) => {
      const { it, rows } = await withStatistics(t, engine)
      const { reading } = await factsOf(t, it, whole)
      const query = { origin: 'phone_log', from: at('2018-11-01 00:00:00'), to: at('2019-01-01 00:00:00') } as const
      const found: string[] = []
      for (let after: { at: number; oldId: string } | null = null; ; ) {
        const page: readonly { at: number; oldId: string }[] = await reading.legacy.pageOldRows(
          { ...query, numbers: ['4102'], other: null },
          after,
          7,
        )
        found.push(...page.map((row) => row.oldId))
        after = page.at(-1) ?? null
        if (page.length < 7) break
      }
      const expected = rows.filter((row) => row.origin === 'phone_log' && (row.a === '4102' || row.c === '4102'))
      assert.deepEqual(found.toSorted(), expected.map((row) => row.id).toSorted())
      assert.ok(found.length > 20)
    })

    test('report phone with a number of the other party has the calls with it, however it is written', async (t) => {
      const it = await engine.open(t)
      const middle = Date.parse('2026-05-05T12:00:00Z')
      const span = { from: middle - 20 * 3_600_000, to: middle + 20 * 3_600_000 }
      const world = await reportWorld(it, openRandom(testSeed, 91), { ...span, calls: 300 })
      const facts = await factsOf(t, it, span, { number: '+7 (495) 555-01-01' })
      const { rows, total, checks } = await phoneReport(facts)
      const isWith = ({ from, to }: { from: string | null; to: string | null }) =>
        [from, to].some((number) => number !== null && number.replaceAll(/\D/gu, '').endsWith('4955550101'))
      const calls = world.calls.filter((call) => call.extensions.length > 0 && isWith(call))
      assert.ok(calls.length > 20 && calls.length < world.calls.length / 2)
      assert.equal(total.calls, calls.length)
      for (const row of rows)
        assert.equal(
          row.calls,
          calls.filter((call) => call.plan === row.plan && call.extensions.some((own) => own.number === row.extension))
            .length,
        )
      const [check] = await checks()
      assert.ok(check?.kind === 'calls' && check.list === check.outcomes + check.others)
      assert.equal(numberKey('84955550101'), facts.request.filter.number)
    })

    test('the log of a shift has what was bound in it, and all its marks', async (t) => {
      const it = await imported(t, engine)
      const reader = await it.reader()
      const [row] = await it.rows(
        `SELECT id FROM legacy_id WHERE kind = 'shift' AND old_id = '${shiftOn(2, '2018-03-05')}'`,
      )
      const calls = await reader.boundCalls(Number(row?.['id']))
      const host = calls.find((call) => call.comment?.startsWith('79131234567@'))
      assert.deepEqual(
        [host?.extension, host?.otherNumber, host?.seconds, host?.ringOnly, host?.direction],
        ['4102', '79131234567', 61, false, 'inbound'],
      )
      assert.equal(calls.length, 4)
      const marks = await reader.shiftMarks(Number(row?.['id']))
      assert.ok(marks.some((mark) => mark.at === at('2018-03-05 19:30:00')))
      const [early] = await it.rows(
        `SELECT id FROM legacy_id WHERE kind = 'shift' AND old_id = '${shiftOn(2, '2018-02-16')}'`,
      )
      assert.ok((await reader.boundCalls(Number(early?.['id']))).every((call) => call.ringOnly))
    })

    test('an issue is decided once, in the trail; one without a cause is closed by the next import, and open when it is back', async (t) => {
      const rows = oldRows()
      const it = await imported(t, engine, rows)
      const reader = await it.reader()
      const find = async (kind: string, id: string | null) => {
        const found = (await reader.legacyIssues()).find(
          (it) => it.kind === kind && (id === null || it.ids.includes(id)),
        )
        assert.ok(found, `${kind} ${id}`)
        return found
      }
      const open = async () => (await reader.legacyIssues()).filter((it) => it.decidedAt === null).length
      const before = await open()
      const double = await find('shifts-merged', String(odd.doubleShift[0]))
      const decide = (how: string | null): PeopleRequest => ({ do: 'legacy-decide', issue: double.key, how })
      await tell(it.store, decide('  обе верны '), legacyNow, 'Петрова Анна')
      assert.deepEqual(
        [(await find('shifts-merged', double.ids[0] ?? '')).decidedBy, await open()],
        ['Петрова Анна', before - 1],
      )
      assert.equal((await reader.legacyDecisions()).get(double.key), 'обе верны')
      await assert.rejects(tell(it.store, decide(null), legacyNow), { code: 'issue-decided' })
      const unknown = { ...decide(null), issue: 'AAAA' } as PeopleRequest
      await assert.rejects(tell(it.store, unknown, legacyNow), { code: 'thing-unknown' })

      // The row that belonged to nobody is set right there; the one that was decided is found again.
      const shifts = rows['working_working_time'] ?? []
      const lost = shifts.find((row) => row['id'] === odd.ofNobody)
      assert.ok(lost)
      lost['user_id'] = 19
      const second = await importFrom(it.store, inMemory(rows))
      assert.equal(second.notes.issuesGone, 1)
      assert.equal((await find('quarantined', String(odd.ofNobody))).decidedBy, 'legacy import')
      assert.equal((await find('shifts-merged', double.ids[0] ?? '')).decidedBy, 'Петрова Анна')
      assert.equal((await importFrom(it.store, inMemory(rows))).notes.issuesGone, 0)

      lost['user_id'] = 999
      await importFrom(it.store, inMemory(rows))
      assert.equal((await find('quarantined', String(odd.ofNobody))).decidedAt, null)
      assert.equal((await find('gap-expected', null)).decidedAt, null)
      const gone = await it.rows(`SELECT after FROM audit WHERE what = 'legacy-issues-gone'`)
      assert.equal(gone.length, 1)
    })

    test('an import that does not read a table closes no issue of it', async (t) => {
      const it = await imported(t, engine)
      const reader = await it.reader()
      const of = async (table: string) =>
        (await reader.legacyIssues()).filter((it) => it.table === table && it.decidedAt === null).length
      const [shifts, log] = [await of('working_working_time'), await of('working_working_log')]
      assert.ok(shifts > 0 && log > 0)
      const { working_working_log: _, ...rest } = oldRows()
      await importFrom(it.store, inMemory(rest))
      assert.deepEqual([await of('working_working_time'), await of('working_working_log')], [shifts, log])
    })
  })

test('old rows of a period are found along the index by time, not among those of all times', async (t) => {
  const [sqlite] = engines
  const it = await (sqlite as Engine).open(t)
  assert.ok('file' in it.place)
  const file = new DatabaseSync(it.place.file)
  const asked: { sql: string; parameters: readonly unknown[] }[] = []
  const db = new Kysely<ReportTables>({
    dialect: new NodeSqliteDialect(file),
    log: (event) => void asked.push(event.query),
  })
  const reader = new SqlLegacyReader(db, (error) => error)
  const query = { origin: 'phone_log', from: 1, to: 2, numbers: ['4102'], other: '8913' } as const
  await reader.pageOldRows(query, { at: 1, oldId: 'x' }, 10)
  await reader.edgeOfOldRows('phone_log', query, 'last')
  assert.equal(asked.length, 2)
  for (const { sql, parameters } of asked) {
    const plan = file.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...(parameters as (string | number)[]))
    const text = plan.map((row) => String(row['detail'])).join('\n')
    assert.match(text, /USING (?:COVERING )?INDEX legacy_digest_at \(at>\? AND at<\?\)/u)
    assert.doesNotMatch(text, /TEMP B-TREE/u)
  }
  await db.destroy()
})

const sorted = (counts: ReadonlyMap<string, number>) => [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1))

/** A call of 60 s that the person answered at once, as record and attribute leave it. */
const callInShift = (id: number, person: number, when: number): string =>
  `INSERT INTO call (id, source_id, reading_id, rules, plan, start_wall, exchange_call_id, kind, direction, outcome,
     from_number, to_number, targets, answered_by, answered_outside, extensions, started_at, answered_at, ended_at,
     ring_seconds, wait_seconds, talk_seconds, hold_seconds, park_seconds, machine_seconds, segments, doubtful)
   VALUES (${id}, 1, 1, 1, 'avaya', ${when}, '${id}', 'call', 'inbound', 'answered', '89130001122', '4102', '[]', '4102', 0,
     '[["4102","answered"]]', ${when}, ${when}, ${when + 60_000}, 0, 0, 60, 0, 0, 0, 1, '[]');
   INSERT INTO attribution (call_id, position, source_id, started_at, direction, counted, employee_id, plan, extension, role,
     state, at, ring_seconds, talk_seconds, hold_seconds, busy_from, busy_to, offer)
   VALUES (${id}, 0, 1, ${when}, 'inbound', 1, ${person}, 'avaya', '4102', 'answered', 'on-shift', ${when}, 0, 60, 0,
     ${when}, ${when + 60_000}, 'talked')`

/** Ids of the employees, by the ids of the old users. */
async function oldEmployees(it: TestStore): Promise<ReadonlyMap<number, string>> {
  const rows = await it.rows(`SELECT old_id, id FROM legacy_id WHERE kind = 'employee'`)
  return new Map(rows.map((row) => [Number(row['old_id']), String(row['id'])]))
}

/** The exchanges of the installation: the IP Office under a name of its own, the G700 under the old one in other letters. */
const exchanges = [
  { name: 'avaya', format: 'avaya-ip-office', plan: 'avaya', site: null },
  { name: 'krs-g700', format: 'avaya-cm', plan: 'g700', site: 'Ачинск' },
]

interface Counted {
  readonly origin: 'avaya_log' | 'phone_log'
  readonly id: string
  readonly exchange: string
  readonly at: number
  readonly seconds: number
  readonly isIn: boolean
  readonly a: string
  readonly c: string
}

/** Both statistics in the last two months of 2018: the later begins when the first still goes on, with the same records. */
async function withStatistics(t: TestContext, engine: Engine): Promise<{ it: TestStore; rows: readonly Counted[] }> {
  const random = openRandom(testSeed, 90)
  const rows: Counted[] = []
  const numbers = ['4101', '4102', '4103', '4555', '2876', '89130000001', '89130000002']
  for (let i = 0; i < 1200; i++) {
    const when = at('2018-11-01 00:00:00') + random.below(49 * 86_400) * 1000
    const exchange = random.pick(['KRS-AVAYA', 'KRS-ASTERISK', 'KRS-G700', 'CHI-DEFINITY'])
    const [a, c] = [random.pick(numbers), random.pick(numbers)]
    const row = {
      exchange,
      at: when,
      seconds: random.chance(0.4) ? 0 : random.below(300),
      isIn: random.chance(0.5),
      a,
      c,
    }
    const isFirst = exchange === 'KRS-AVAYA' || exchange === 'KRS-ASTERISK'
    if (isFirst && when < at('2018-12-05 00:00:00')) rows.push({ ...row, origin: 'avaya_log', id: String(1000 + i) })
    if (when >= at('2018-11-20 12:00:00')) rows.push({ ...row, origin: 'phone_log', id: `7d2a-${i}` })
  }
  const ofCheck = (i: number, isIn: boolean, seconds: number): Counted => ({
    origin: 'phone_log',
    id: `check-${i}`,
    exchange: 'KRS-G700',
    at: at('2018-12-18 09:00:00') + i * 60_000,
    seconds,
    isIn,
    a: isIn ? '221133' : '4555',
    c: isIn ? '4555' : '221133',
  })
  // None but these of that day.
  const clear = rows.filter((row) => row.at < at('2018-12-18 00:00:00') || row.at >= at('2018-12-19 00:00:00'))
  for (let i = 0; i < 24; i++) clear.push(ofCheck(i, true, i < 2 ? 61 : 0))
  for (let i = 24; i < 37; i++) clear.push(ofCheck(i, false, i < 34 ? 30 : 0))
  const old = oldRows()
  old['monitor_avaya_log'] = clear
    .filter((row) => row.origin === 'avaya_log')
    .map((row) => ({
      id: Number(row.id),
      source: row.exchange === 'KRS-AVAYA' ? 0 : 1,
      datetime_call: new Date(row.at).toISOString(),
      duration: row.seconds,
      in_out: row.isIn ? 'I' : 'O',
      // M6: an address is no part of a number.
      call_a: row.a.length > 4 ? `${row.a}@10.6.0.1` : row.a,
      call_b: '4102',
      call_c: row.c,
      call_inner: 0,
    }))
  old['phone_log'] = clear
    .filter((row) => row.origin === 'phone_log')
    .map((row) => ({
      id: row.id,
      source: row.exchange,
      // What the clock of Krasnoyarsk showed, kept as if it were UTC.
      datetime_call: new Date(row.at + 7 * 3_600_000).toISOString(),
      duration: row.seconds,
      in_out: row.isIn,
      call_a: row.a,
      call_b: '',
      call_c: row.c,
      call_inner: false,
    }))
  return { it: await imported(t, engine, old), rows: clear }
}

/** Each record from one of the statistics: the one that goes before, as far as it reaches, then the other. */
function countedRows(
  rows: readonly Counted[],
  period: { readonly from: number; readonly to: number },
  first: Counted['origin'],
): readonly Counted[] {
  const within = rows.filter((row) => row.at >= period.from && row.at < period.to)
  const own = within.filter((row) => row.origin === first).map((row) => row.at)
  if (first === 'avaya_log') {
    const last = Math.max(...own)
    return within.filter((row) => (row.origin === first ? row.at <= last : !(row.at <= last)))
  }
  const begin = Math.min(...own)
  return within.filter((row) => (row.origin === first ? row.at >= begin : row.at < begin))
}

/** 4102 of the list is on the IP Office, 4555 on the G700; what the other two exchanges are here nobody knows. */
const isListed = ({ a, c, exchange }: Counted): boolean =>
  ([a, c].includes('4102') && exchange !== 'KRS-G700') || ([a, c].includes('4555') && exchange !== 'KRS-AVAYA')

async function listNumbers(it: TestStore): Promise<void> {
  for (const plan of ['avaya', 'g700']) await applyReading(it.store, plan, readingOf('avaya-ip-office', { plan }))
  for (const name of ['Красноярск', 'Ачинск']) await tell(it.store, { do: 'site-set', name, zone }, legacyNow)
  const line = { line: null, groups: ['Группа 1'] }
  await tell(
    it.store,
    {
      do: 'directory-set',
      dryRun: false,
      entries: [
        { ...line, extension: '4102', plan: 'avaya', site: 'Красноярск' },
        { ...line, extension: '4555', plan: 'g700', site: 'Ачинск' },
        { ...line, extension: '4556', plan: 'g700', site: 'Ачинск' },
      ],
    },
    legacyNow,
  )
}

function assertFigures(
  found:
    | Awaited<ReturnType<typeof oldPhoneReport>>['total']
    | Awaited<ReturnType<typeof oldPhoneReport>>['rows'][number],
  rows: readonly Counted[],
): void {
  const way = (isIn: boolean) => {
    const of = rows.filter((row) => row.isIn === isIn)
    const accepted = of.filter((row) => row.seconds > 0)
    const seconds = accepted.reduce((sum, row) => sum + row.seconds, 0)
    const percent = of.length === 0 ? null : Math.floor((100 * accepted.length) / of.length)
    return [of.length, accepted.length, percent, accepted.length === 0 ? null : Math.floor(seconds / accepted.length)]
  }
  assert.deepEqual(
    [
      [found.incoming, found.incomingAccepted, found.incomingPercent, found.incomingAverageSeconds],
      [found.outgoing, found.outgoingAccepted, found.outgoingPercent, found.outgoingAverageSeconds],
      found.total,
    ],
    [way(true), way(false), rows.length],
  )
}
