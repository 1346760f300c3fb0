import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { importFrom } from '../support/legacy-import.ts'
import { fewRows, inMemory } from '../support/legacy-memory.ts'
import { at, shiftOn } from '../support/legacy-schema.ts'
import { refused } from '../support/people.ts'
import { engines, type TestStore } from '../support/stores.ts'
import { withVisitor } from '../support/visitors.ts'

const day = '2018-03-05'

/** What the store does behind the program's back with every row that is put into a table from now on. */
async function behindTheBack(it: TestStore, engine: string, table: string, statement: string): Promise<void> {
  await it.execute(
    engine === 'sqlite'
      ? `CREATE TRIGGER unseen AFTER INSERT ON ${table} BEGIN ${statement}; END`
      : `CREATE OR REPLACE FUNCTION unseen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${statement}; RETURN NULL; END $$;
         CREATE TRIGGER unseen AFTER INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION unseen()`,
  )
}

const noMore = (it: TestStore, engine: string, table: string) =>
  it.execute(`DROP TRIGGER unseen${engine === 'sqlite' ? '' : ` ON ${table}`}`)

/** Every table that there is, row by row. The lock of a person, which is raised by looking, is no part of it. */
async function everything(it: TestStore, engine: string): Promise<string[]> {
  const tables = await it.rows(
    engine === 'sqlite'
      ? `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`
      : `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
  )
  const lines: string[] = []
  for (const { name } of tables)
    for (const row of await it.rows(`SELECT * FROM ${String(name)}`)) {
      const { version, ...rest } = row
      lines.push(`${String(name)} ${JSON.stringify(name === 'employee' ? rest : { version, ...rest })}`)
    }
  return lines.sort()
}

for (const engine of engines)
  suite(`what an import wrote, read back from a store of ${engine.name}`, { skip: engine.skip }, () => {
    test('what does not stand as it was written is an error with its table and number', async (t) => {
      const it = await engine.open(t)
      const rows = fewRows(2)
      const run = () => importFrom(it.store, inMemory(rows))
      await run()
      const shift = { id: 900_001, user_id: 1, current: false }
      const begin = new Date(at(`${day} 20:00:00`)).toISOString()
      const end = new Date(at(`${day} 21:00:00`)).toISOString()
      const log = { working_id: shiftOn(1, day), user_id: 1, datetime_create: begin, visible: true }
      const digest = rows['monitor_avaya_log']?.[0]
      const report = rows['working_working_reports']?.[0]
      // One more row in each table, and what becomes of it in the store.
      for (const [old, row, table, statement] of [
        [
          'auth_user',
          { ...rows['auth_user']?.[0], id: 3, username: 'c' },
          'employee',
          `UPDATE employee SET family = 'X' WHERE id = NEW.id`,
        ],
        [
          'working_marks',
          { id: 9, name: 'Ещё', order: 9, visible: true },
          'mark_type',
          'DELETE FROM mark_type WHERE id = NEW.id',
        ],
        [
          'working_working_time',
          { ...shift, datetime_begin: begin, datetime_end: end },
          'shift',
          'UPDATE shift SET ended_at = ended_at + 1 WHERE id = NEW.id',
        ],
        [
          'working_working_log',
          { ...log, id: 900_002, mark_id: 1, duration: null, comment: null },
          'mark',
          'DELETE FROM mark WHERE id = NEW.id',
        ],
        [
          'working_working_log',
          { ...log, id: 900_003, mark_id: 3, duration: 9, comment: '8913 -> 4101' },
          'legacy_call',
          `UPDATE legacy_call SET comment = 'x' WHERE id = NEW.id`,
        ],
        [
          'working_working_reports',
          { ...report, id: 2, name: 'Март' },
          'saved_report',
          'DELETE FROM saved_report WHERE id = NEW.id',
        ],
        [
          'monitor_avaya_log',
          { ...digest, id: 9001 },
          'legacy_digest',
          'DELETE FROM legacy_digest WHERE old_id = NEW.old_id',
        ],
      ] as const) {
        rows[old]?.push(row)
        await behindTheBack(it, engine.name, table, statement)
        await assert.rejects(run(), refused('legacy-not-as-written', { table: old, written: 1, found: 0 }), table)
        await noMore(it, engine.name, table)
      }
      // A telephone that a profile has now is a row of no table there.
      rows['monitor_profile'] = (rows['monitor_profile'] ?? []).map((it) => {
        return it['user_id'] === 1 ? { ...it, phone: '4999' } : it
      })
      await behindTheBack(it, engine.name, 'assignment', 'DELETE FROM assignment WHERE id = NEW.id')
      await assert.rejects(run(), refused('legacy-not-as-written', { table: 'monitor_profile', written: 1, found: 0 }))
      await noMore(it, engine.name, 'assignment')
      // A break alone: its shift is then another too, and is read first.
      const pause = { id: 900_004, user_id: 2, working_id: shiftOn(2, day), current: false }
      const [from, to] = ['16:00:00', '16:10:00'].map((time) => new Date(at(`${day} ${time}`)).toISOString())
      rows['working_working_relax']?.push({ ...pause, datetime_begin: from ?? '', datetime_end: to ?? '' })
      await behindTheBack(it, engine.name, 'shift_break', 'DELETE FROM shift_break WHERE id = NEW.id')
      await assert.rejects(run(), refused('legacy-not-as-written', { table: 'working_working_time', found: 0 }))
      await noMore(it, engine.name, 'shift_break')
    })

    test('what a person tells before a shift is read back is no error of the import', async (t) => {
      const it = await engine.open(t)
      let isTold = false
      const store = withVisitor(it.store, 'people', async () => {
        const [row] = isTold ? [] : await it.rows('SELECT employee_id FROM shift')
        if (!row) return
        isTold = true
        await it.store.people(async (tx) => {
          const employeeId = Number(row['employee_id'])
          const [shift] = await tx.shiftsOf(employeeId, null, null)
          assert.ok(shift)
          await tx.setShifts([{ ...shift, endedAt: (shift.endedAt ?? 0) - 60_000 }])
          await tx.addAudit([{ at: 0, who: 'Анна', what: 'correction', employeeId, before: null, after: null }])
        })
      })
      await importFrom(store, inMemory(fewRows(2)))
      assert.ok(isTold)
    })

    test('a second run changes nothing in any table', async (t) => {
      const it = await engine.open(t)
      const rows = fewRows(2)
      await importFrom(it.store, inMemory(rows))
      const before = await everything(it, engine.name)
      assert.ok(before.length > 80)
      await importFrom(it.store, inMemory(rows))
      assert.deepEqual(await everything(it, engine.name), before)
    })
  })
