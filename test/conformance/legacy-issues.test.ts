import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { PeopleRequest } from '../../src/pipeline/people-request.ts'
import { importFrom } from '../support/legacy-import.ts'
import { imported, inMemory, oldRows } from '../support/legacy-memory.ts'
import { legacyNow, odd } from '../support/legacy-schema.ts'
import { engines } from '../support/stores.ts'
import { tell } from '../support/tell-people.ts'

for (const engine of engines)
  suite(`what an import left to decide, on ${engine.name}`, { skip: engine.skip }, () => {
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
