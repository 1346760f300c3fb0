import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { activityReport } from '../../src/pipeline/reports/activity.ts'
import { shiftReport } from '../../src/pipeline/reports/shift.ts'
import { importFrom } from '../support/legacy-import.ts'
import { factsOf, imported, inMemory, oldRows, whole } from '../support/legacy-memory.ts'
import { at, odd, shiftOn } from '../support/legacy-schema.ts'
import { engines, type TestStore } from '../support/stores.ts'

/** What reports say of people's imported time is what counting the old rows one by one gives. */

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
