import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { idsOf, importFrom, peopleDump } from '../support/legacy-import.ts'
import { fewRows, inMemory, type OldRows } from '../support/legacy-memory.ts'
import { at, shiftOn } from '../support/legacy-schema.ts'
import { engines, type TestStore } from '../support/stores.ts'

const day = '2018-03-05'
const period = { from: at(`${day} 00:00:00`), to: at('2018-03-06 00:00:00') }
const instant = (time: string): string => new Date(at(`${day} ${time}`)).toISOString()

const rowOf = (rows: OldRows, table: string, id: number): OldRows[string][number] => {
  const found = rows[table]?.find((row) => row['id'] === id)
  assert.ok(found, `${table} ${id}`)
  return found
}

const lock = (it: TestStore): Promise<number> =>
  it.store.people((tx) =>
    tx.addPeriod({ unitId: null, ...period, lockedBy: 'x', lockedAt: 0, unlockedBy: null, unlockedAt: null }),
  )

/** One change of each kind in that day; the last two are of the kinds that have their tick changed. */
function changed(rows: OldRows): void {
  const of = (person: number) => shiftOn(person, day)
  rowOf(rows, 'working_working_time', of(1))['datetime_end'] = instant('18:30:00')
  rowOf(rows, 'working_working_relax', of(2))['datetime_end'] = instant('13:45:00')
  rowOf(rows, 'working_working_log', of(3) * 10 + 1)['comment'] = 'иначе'
  rowOf(rows, 'working_working_log', of(4) * 10 + 3)['comment'] = '89130000000 -> 4104'
  rowOf(rows, 'working_working_log', of(5) * 10 + 1)['visible'] = false
  rowOf(rows, 'working_working_log', of(5) * 10 + 4)['visible'] = false
  rows['working_working_time']?.push({
    id: 900_001,
    user_id: 6,
    datetime_begin: instant('20:00:00'),
    datetime_end: instant('22:00:00'),
    current: false,
  })
  rows['working_working_relax']?.push({
    id: 900_002,
    user_id: 6,
    working_id: 900_001,
    datetime_begin: instant('21:00:00'),
    datetime_end: instant('21:10:00'),
    current: false,
  })
  const log = { working_id: 900_001, user_id: 6, datetime_create: instant('21:30:00'), visible: true }
  rows['working_working_log']?.push(
    { ...log, id: 900_003, mark_id: 1, duration: null, comment: null },
    { ...log, id: 900_004, mark_id: 3, duration: 60, comment: '89131234567 -> 4206' },
  )
}

/** Without what a run says of itself. */
const stand = async (it: TestStore): Promise<string[]> =>
  (await peopleDump(it)).split('\n').filter((line) => !/^(?:audit|legacy_issue) /u.test(line))

for (const engine of engines)
  suite(`locked periods and an import into a store of ${engine.name}`, { skip: engine.skip }, () => {
    test('nothing that lies in a locked period is changed or comes to it, of whatever kind, and each row says why', async (t) => {
      const it = await engine.open(t)
      const rows = fewRows(6)
      await importFrom(it.store, inMemory(rows))
      const id = await lock(it)
      const before = await stand(it)
      changed(rows)
      const dry = await importFrom(it.store, inMemory(rows), { dryRun: true })
      const report = await importFrom(it.store, inMemory(rows))
      assert.deepEqual(report.tables, dry.tables)
      assert.deepEqual(await stand(it), before)
      const skipped = (table: string) => report.tables.find((found) => found.table === table)?.reasons['period-locked']
      // The shift, that whose break is another, and the new one; their breaks.
      assert.equal(skipped('working_working_time'), 3)
      assert.equal(skipped('working_working_relax'), 3)
      // A mark, a call, two ticks, a new mark and a new call.
      assert.equal(skipped('working_working_log'), 6)
      for (const { read, imported, merged, skipped: left } of report.tables)
        assert.equal(read, imported + merged + left)
      const shift = (person: number) => String(shiftOn(person, day))
      assert.deepEqual(
        idsOf(report, 'period-locked').toSorted(),
        // Telephones are told with the shift that they were held in.
        [[shift(1)], [`${shift(1)}/4101`], [shift(2)], ['900001'], ['900001/4206']],
      )
      // Once it is open all of it is brought over.
      await it.execute(`UPDATE period SET unlocked_at = 1, unlocked_by = 'x' WHERE id = ${id}`)
      const open = await importFrom(it.store, inMemory(rows))
      const counts = (table: string) => {
        const found = open.tables.find((ledger) => ledger.table === table)
        return [found?.fresh, found?.changed, found?.reasons['period-locked']]
      }
      assert.deepEqual(counts('working_working_time'), [1, 2, undefined])
      assert.deepEqual(counts('working_working_log'), [2, 4, undefined])
      const held = await it.rows(`SELECT 1 AS one FROM assignment WHERE extension = '4206'`)
      assert.equal(held.length, 1)
    })

    test('a period that was locked before the first import stays empty, and its kind of breaks as paid as it was', async (t) => {
      const it = await engine.open(t)
      await lock(it)
      const report = await importFrom(it.store, inMemory(fewRows(6)))
      const inside = async (table: string, from: string, to: string) =>
        (await it.rows(`SELECT 1 AS one FROM ${table} WHERE ${from} < ${period.to} AND ${to} > ${period.from}`)).length
      assert.deepEqual(
        [
          await inside('shift', 'started_at', 'ended_at'),
          await inside('shift_break', 'started_at', 'ended_at'),
          await inside('mark', 'at', 'at'),
          await inside('legacy_call', 'at', 'told_at'),
          await inside('assignment', 'from_at', 'to_at'),
        ],
        [0, 0, 0, 0, 0],
      )
      assert.ok((await it.rows('SELECT 1 AS one FROM mark')).length > 10)
      assert.equal(report.tables.find((found) => found.table === 'working_working_time')?.reasons['period-locked'], 6)
      // Another period, that has breaks.
      await it.store.people((tx) =>
        tx.addPeriod({
          unitId: null,
          from: period.to,
          to: period.to + 86_400_000,
          lockedBy: 'x',
          lockedAt: 0,
          unlockedBy: null,
          unlockedAt: null,
        }),
      )
      const paid = await importFrom(it.store, inMemory(fewRows(6)), { breaks: 'paid' })
      assert.deepEqual(
        (await it.rows(`SELECT paid FROM break_type WHERE name = 'legacy'`)).map((row) => row['paid']),
        [null],
      )
      assert.ok(paid.issues.some((found) => found.kind === 'period-locked' && found.table === 'working_working_relax'))
    })

    test('a shift that is left as it was in a locked period is not written over by its neighbour', async (t) => {
      const it = await engine.open(t)
      const rows = fewRows(6)
      const late = { id: 900_001, user_id: 6, current: false }
      const end = new Date(period.to + 4 * 3_600_000).toISOString()
      rows['working_working_time']?.push({ ...late, datetime_begin: instant('22:00:00'), datetime_end: end })
      await importFrom(it.store, inMemory(rows))
      await lock(it)
      const before = await it.rows('SELECT started_at, ended_at FROM shift ORDER BY id')
      // It ends earlier there, and what begins after it lies outside of the period.
      rowOf(rows, 'working_working_time', 900_001)['datetime_end'] = instant('23:30:00')
      const begin = new Date(period.to + 2 * 3_600_000).toISOString()
      rows['working_working_time']?.push({ ...late, id: 900_002, datetime_begin: begin, datetime_end: end })
      const report = await importFrom(it.store, inMemory(rows))
      assert.deepEqual(await it.rows('SELECT started_at, ended_at FROM shift ORDER BY id'), before)
      assert.deepEqual(idsOf(report, 'overlaps-shift-here'), [['900002']])
    })
  })
