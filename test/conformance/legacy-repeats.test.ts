import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { countOf } from '../support/accounts.ts'
import { idsOf, importFrom, peopleDump } from '../support/legacy-import.ts'
import { fewRows, inMemory } from '../support/legacy-memory.ts'
import { engines } from '../support/stores.ts'

for (const engine of engines)
  suite(`rows and names that come twice, in a store of ${engine.name}`, { skip: engine.skip }, () => {
    test('a row that comes again counts once and is what came first, on whatever page', async (t) => {
      const it = await engine.open(t)
      // Pages have a thousand rows.
      const rows = fewRows(2)
      const log = rows['working_working_log'] ?? []
      const [first, second] = [log.find((row) => row['duration'] === null), log.find((row) => row['duration'] !== null)]
      assert.ok(first && second)
      const marks = log.length
      const filler = Array.from({ length: 1200 }, (_, n) => ({ ...first, id: 700_000 + n }))
      const changed = { ...first, comment: 'второй раз' }
      rows['working_working_log'] = [first, second, first, ...log.filter((row) => row !== first && row !== second)]
      rows['working_working_log'].push(...filler, second, changed)
      const statistics = rows['monitor_avaya_log'] ?? []
      const [digest] = statistics
      assert.ok(digest)
      const more = Array.from({ length: 1000 }, (_, n) => ({ ...digest, id: 5000 + n }))
      rows['monitor_avaya_log'] = [...statistics, digest, ...more, { ...digest, duration: 999 }]
      const call = { id: '7d2a6a4e-11a1-4b55-9d2c-000000000001', source: 'KRS', datetime_call: '2018-12-01 09:30:00' }
      const phone = { ...call, duration: 61, in_out: 'True', call_a: '89131234567', call_b: '', call_c: '4102' }
      rows['phone_log'] = [phone, { ...phone, duration: 7 }]
      const report = await importFrom(it.store, inMemory(rows))
      assert.equal(
        (await countOf(it, 'mark')) + (await countOf(it, 'legacy_call')),
        marks + filler.length - quarantined(report),
      )
      assert.equal(await countOf(it, 'legacy_digest'), statistics.length + more.length + 1)
      assert.equal(await countOf(it, `mark WHERE comment = 'второй раз'`), 0)
      assert.equal(await countOf(it, `legacy_digest WHERE seconds IN (999, 7)`), 0)
      const of = (table: string) => report.tables.find((ledger) => ledger.table === table)
      assert.deepEqual(
        ['working_working_log', 'monitor_avaya_log', 'phone_log'].map((table) => of(table)?.reasons['repeated']),
        [3, 2, 1],
      )
      for (const { read, imported, merged, skipped } of report.tables) assert.equal(read, imported + merged + skipped)
      const before = await peopleDump(it)
      await importFrom(it.store, inMemory(rows))
      assert.equal(await peopleDump(it), before)
    })

    test('names that differ only by letters of two alphabets are two people and one question', async (t) => {
      const it = await engine.open(t)
      const rows = fewRows(5)
      const users = rows['auth_user'] ?? []
      const profiles = rows['monitor_profile'] ?? []
      const named = (id: number, family: string) => {
        Object.assign(users.find((row) => row['id'] === id) ?? {}, { last_name: family, first_name: 'Иван' })
        Object.assign(profiles.find((row) => row['user_id'] === id) ?? {}, { surname: 'Олегович' })
      }
      named(3, 'Сидоров')
      // With a Latin C.
      named(4, 'Cидоров')
      named(5, 'Pоманов')
      const facts = { personnelNumber: null, position: null, unitId: null, zone: null, hiredOn: null, leftOn: null }
      const here = await it.store.people((tx) =>
        tx.addEmployee({ ...facts, family: 'Романов', given: 'Иван', patronymic: 'Олегович', active: true }, 0),
      )
      const report = await importFrom(it.store, inMemory(rows))
      assert.deepEqual(idsOf(report, 'look-alike-names'), [['3', '4']])
      assert.equal(await countOf(it, `employee WHERE name IN ('Сидоров Иван Олегович', 'Cидоров Иван Олегович')`), 2)
      const same = report.issues.filter((found) => found.kind === 'same-name-here')
      assert.deepEqual(
        same.map((found) => [found.ids, found.detail]),
        [[['5'], String(here)]],
      )
      const open = await it.rows(
        `SELECT old_ids FROM legacy_issue WHERE kind = 'look-alike-names' AND decided_at IS NULL`,
      )
      assert.deepEqual(
        open.map((row) => row['old_ids']),
        ['["3","4"]'],
      )
    })
  })

/** Rows of the log that belong to nobody or to no type. */
const quarantined = (report: Awaited<ReturnType<typeof importFrom>>): number =>
  report.tables.find((ledger) => ledger.table === 'working_working_log')?.skipped ?? 0
