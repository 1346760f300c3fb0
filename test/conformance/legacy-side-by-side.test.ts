import assert from 'node:assert/strict'
import { before, suite, test, type TestContext } from 'node:test'
import {
  breakOf,
  idsOf,
  importDatabase,
  importFrom,
  made,
  markOf,
  peopleDump,
  personOf,
  shiftOf,
} from '../support/legacy-import.ts'
import {
  at,
  buildLegacyDatabase,
  extensionOf,
  inLegacy,
  insert,
  legacyNow,
  odd,
  shiftOn,
} from '../support/legacy-schema.ts'
import { openLegacyDatabase } from '../../src/adapters/legacy-postgres/database.ts'
import type { LegacySource } from '../../src/adapters/legacy-postgres/legacy-source.ts'
import { freshDatabase, postgresMissing } from '../support/postgres.ts'
import { engines, type TestStore } from '../support/stores.ts'

for (const engine of engines)
  suite(`the older system beside a store of ${engine.name}`, { skip: engine.skip || postgresMissing }, () => {
    let url = ''
    const afters: (() => Promise<void> | void)[] = []
    const kept = { after: (work: () => Promise<void> | void) => void afters.push(work) }
    before(async () => {
      url = await freshDatabase({ after: kept.after } as Pick<TestContext, 'after'>)
      await buildLegacyDatabase(url)
    })
    test.after(async () => {
      for (const work of afters.reverse()) await work()
    })
    /** An older database of the test's own, which it may write to. */
    const ownDatabase = async (t: TestContext) => {
      const own = await freshDatabase(t)
      await buildLegacyDatabase(own)
      return own
    }

    test('M1: side by side, a later run adds what is new and brings what changed up to date', async (t) => {
      const own = await ownDatabase(t)
      const it = await engine.open(t)
      await importDatabase(it.store, own)
      const end = at('2018-09-15 18:00:00')
      const later = { now: at('2018-09-16 12:00:00') }
      await inLegacy(
        own,
        [
          `UPDATE working_working_time SET current = false, datetime_end = '${new Date(end).toISOString()}' WHERE id = ${odd.openShift}`,
          `UPDATE working_working_relax SET current = false, datetime_end = '2018-09-15 05:00:00+00' WHERE id = ${odd.openBreak}`,
          `UPDATE auth_user SET last_name = 'Белова-Новая' WHERE id = 4`,
          `UPDATE working_working_log SET visible = true WHERE id = ${odd.hidden}`,
          insert('working_working_time', [
            {
              id: 110_000,
              user_id: 5,
              datetime_begin: '2018-09-16 02:00:00+00',
              datetime_end: '2018-09-16 02:00:00+00',
              current: true,
            },
          ]),
          insert('working_working_log', [
            {
              id: 310_000,
              mark_id: 3,
              working_id: 110_000,
              user_id: 5,
              datetime_create: '2018-09-16 03:00:00+00',
              duration: 60,
              comment: '89131111111 -> 4205',
              visible: true,
            },
          ]),
        ].join(';\n'),
      )
      const report = await importDatabase(it.store, own, later)
      const counts = (table: string) => {
        const found = report.tables.find((ledger) => ledger.table === table)
        return [found?.fresh, found?.changed, found?.kept]
      }
      assert.deepEqual(counts('working_working_time'), [1, 2, 0])
      assert.deepEqual(counts('auth_user'), [0, 1, 0])
      assert.deepEqual(counts('working_working_log'), [1, 1, 0])
      const shift = await shiftOf(it, odd.openShift)
      assert.equal(shift['ended_at'], end)
      assert.equal((await breakOf(it, odd.openBreak))['ended_at'], at('2018-09-15 12:00:00'))
      assert.match(String((await personOf(it, 4))['name']), /^Белова-Новая/u)
      assert.equal((await markOf(it, odd.hidden))['excluded'], 0)
      const [held] = await made(it, 'working_working_log', 'assignment', '110000/4205', 'assignment')
      assert.equal(held?.['from_at'], at('2018-09-16 09:00:00'))
      const settled = await peopleDump(it)
      await importDatabase(it.store, own, later)
      assert.equal(await peopleDump(it), settled)
    })

    test('M1: what somebody changed here stays, and is listed, when the old row changes too', async (t) => {
      const own = await ownDatabase(t)
      const it = await engine.open(t)
      await importDatabase(it.store, own)
      const id = shiftOn(1, '2018-03-07')
      const here = await shiftOf(it, id)
      const corrected = Number(here['ended_at']) - 600_000
      await it.execute(
        `UPDATE shift SET ended_at = ${corrected}, flags = '["corrected"]' WHERE id = ${String(here['id'])};
         UPDATE employee SET position = 'Старший' WHERE name LIKE 'Абрамова%'`,
      )
      await inLegacy(
        own,
        `UPDATE working_working_time SET datetime_end = datetime_end + interval '5 minutes' WHERE id = ${id};
         UPDATE monitor_profile SET job = 'Другой' WHERE user_id = 1`,
      )
      const report = await importDatabase(it.store, own)
      assert.equal((await shiftOf(it, id))['ended_at'], corrected)
      assert.equal((await personOf(it, 1))['position'], 'Старший')
      assert.deepEqual(idsOf(report, 'changed-here').toSorted(), [['1'], [String(id)]])
      const issues = await it.rows(`SELECT old_ids FROM legacy_issue WHERE kind = 'changed-here'`)
      assert.equal(issues.length, 2)
    })

    test('a shift that was worked here, and a telephone that somebody holds here, are not overwritten', async (t) => {
      const it = await engine.open(t)
      const day = '2018-03-06'
      const facts = { personnelNumber: 'T-1', position: null, unitId: null, zone: null, hiredOn: null, leftOn: null }
      const { person, other } = await it.store.people(async (tx) => {
        const name = { family: 'Абрамова', given: 'Анна', patronymic: 'Олеговна' }
        const first = await tx.addEmployee({ ...facts, ...name, active: true }, 0)
        const foreign = { family: 'Чужой', given: 'Человек', patronymic: '', personnelNumber: 'T-3', active: true }
        const second = await tx.addEmployee({ ...facts, ...foreign }, 0)
        const [from, to] = [at(`${day} 00:00:00`), at(`${day} 23:00:00`)]
        await tx.addAssignments(
          [{ employeeId: second, plan: 'avaya', extension: extensionOf(2), from, to, confirmed: true }],
          0,
        )
        const shift = { id: 0, employeeId: first, startedAt: at(`${day} 08:00:00`), endedAt: at(`${day} 10:00:00`) }
        const rest = { zone: 'UTC', startedHow: 'shell', endedHow: 'shell', flags: [], breaks: [] } as const
        await tx.addShifts([{ ...shift, ...rest }], 0)
        return { person: first, other: second }
      })
      const report = await importDatabase(it.store, url)
      assert.equal((await personOf(it, 1))['id'], person)
      assert.notEqual((await personOf(it, 3))['id'], other)
      assert.equal((await personOf(it, 3))['personnel_number'], null)
      assert.deepEqual(idsOf(report, 'number-of-another'), [['3']])
      assert.deepEqual(idsOf(report, 'overlaps-shift-here'), [[String(shiftOn(1, day))]])
      assert.deepEqual(idsOf(report, 'extension-held-here'), [[`${shiftOn(2, day)}/4102`]])
      const [unconfirmed] = await made(it, 'working_working_log', 'assignment', `${shiftOn(2, day)}/4102`, 'assignment')
      assert.equal(unconfirmed?.['confirmed'], 0)
      const first = await peopleDump(it)
      await importDatabase(it.store, url)
      assert.equal(await peopleDump(it), first)
    })

    test('an import that was interrupted at any page is brought to its end by the next', async (t) => {
      const whole = await engine.open(t)
      await importDatabase(whole.store, url)
      const withoutTrail = async (it: TestStore) =>
        (await peopleDump(it)).split('\n').filter((line) => !/^(?:audit|attribution_due_range) /u.test(line))
      const expected = await withoutTrail(whole)
      const it = await engine.open(t)
      for (const pages of [3, 8, 9, 10]) {
        await using source = await openLegacyDatabase(url)
        let left = pages
        const cut: LegacySource = {
          ...source,
          rows: async function* (tables) {
            for await (const page of source.rows(tables)) {
              if (left-- === 0) throw new Error('cut')
              yield page
            }
          },
        }
        await assert.rejects(importFrom(it.store, cut), /cut/u)
      }
      await importDatabase(it.store, url)
      assert.deepEqual(await withoutTrail(it), expected)
    })

    test('a profile that is emptied at the end of a shift keeps its telephone here (F16); another number ends it', async (t) => {
      const own = await ownDatabase(t)
      const it = await engine.open(t)
      await importDatabase(it.store, own)
      const open = async (person: number) => {
        const id = String((await personOf(it, person))['id'])
        const rows = await it.rows(
          `SELECT extension, from_at FROM assignment WHERE employee_id = ${id} AND to_at IS NULL AND confirmed = 1`,
        )
        return rows.map((row) => [row['extension'], row['from_at']])
      }
      await inLegacy(own, `UPDATE monitor_profile SET phone = '' WHERE user_id = 5`)
      await importDatabase(it.store, own, { now: legacyNow + 3_600_000 })
      assert.deepEqual(await open(5), [['4105', legacyNow]])
      await inLegacy(own, `UPDATE monitor_profile SET phone = '4999' WHERE user_id = 5`)
      const second = legacyNow + 7_200_000
      await importDatabase(it.store, own, { now: second })
      assert.deepEqual(await open(5), [['4999', second]])
      await inLegacy(
        own,
        `UPDATE monitor_profile SET phone = '' WHERE user_id = 5; UPDATE monitor_profile SET phone = '4999' WHERE user_id = 6`,
      )
      const third = second + 3_600_000
      await importDatabase(it.store, own, { now: third })
      assert.deepEqual([await open(5), await open(6)], [[], [['4999', third]]])
    })

    test('tables and columns that are missing are no obstacle', async (t) => {
      const own = await ownDatabase(t)
      await inLegacy(
        own,
        `DROP TABLE monitor_avaya_log; DROP TABLE working_working_reports; DROP TABLE auth_user_groups;
         ALTER TABLE monitor_profile DROP COLUMN userkiscode, DROP COLUMN job;
         ALTER TABLE working_marks DROP COLUMN "order"; ALTER TABLE working_working_log DROP COLUMN visible`,
      )
      const it = await engine.open(t)
      const report = await importDatabase(it.store, own)
      assert.equal((await personOf(it, 2))['position'], null)
      assert.deepEqual(
        report.differences.filter((found) => found.causes.length === 0),
        [],
      )
    })

    test('the kind of the old breaks is unknown until an import says it', async (t) => {
      const it = await engine.open(t)
      const paid = async () => (await it.rows(`SELECT paid FROM break_type WHERE name = 'legacy'`))[0]?.['paid']
      await importDatabase(it.store, url)
      assert.equal(await paid(), null)
      await importDatabase(it.store, url, { breaks: 'paid' })
      assert.equal(await paid(), 1)
      await importDatabase(it.store, url)
      assert.equal(await paid(), 1)
    })
  })
