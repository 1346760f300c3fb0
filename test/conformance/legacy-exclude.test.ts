import assert from 'node:assert/strict'
import type { BoundExcludedJson } from '../../src/pipeline/legacy/exclude-bound.ts'
import { activityReport } from '../../src/pipeline/reports/activity.ts'
import { shiftReport } from '../../src/pipeline/reports/shift.ts'
import { callOf, importFrom } from '../support/legacy-import.ts'
import { factsOf, fewRows, inMemory } from '../support/legacy-memory.ts'
import { at as oldAt, shiftOn } from '../support/legacy-schema.ts'
import { onBothEngines, refused } from '../support/people.ts'

const day = '2018-03-05'
const period = { from: oldAt(`${day} 00:00:00`), to: oldAt('2018-03-06 00:00:00') }

onBothEngines(
  'a bound call that is excluded is in no graph, and among the events of its shift as it was there',
  async (place, t) => {
    const rows = fewRows(1)
    await importFrom(place.it.store, inMemory(rows))
    const oldId = shiftOn(1, day) * 10 + 3
    const id = Number((await callOf(place.it, oldId))['id'])
    const counts = async () => {
      const facts = await factsOf(t, place.it, period)
      const { rows: of } = await activityReport(facts, 'day', true)
      const [shift] = (await shiftReport(facts)).rows
      return [of.find(({ type }) => type.name === 'bound-inbound')?.count ?? 0, shift?.old.events, shift?.boundCalls]
    }
    const before = await counts()
    assert.deepEqual(before, [1, 4, 2])
    const tick = (call: number, excluded: boolean) =>
      place.ask<BoundExcludedJson>({ do: 'legacy-exclude', call, excluded }, { who: 'Олег' })
    const told = await tick(id, true)
    assert.deepEqual([told.id, told.excluded, told.employee.name], [String(id), true, 'Абрамова Анна Олеговна'])
    assert.deepEqual(await counts(), [0, 4, 2])
    // Told again it is one tick and one line of the trail; what an import brings that has not changed there leaves it so.
    await tick(id, true)
    await importFrom(place.it.store, inMemory(rows))
    assert.deepEqual(await counts(), [0, 4, 2])
    await tick(id, false)
    assert.deepEqual(await counts(), before)
    const trail = (await (await place.it.reader()).audit(Number(told.employee.id), 50)).filter(
      ({ what }) => what === 'legacy-exclude',
    )
    assert.deepEqual(
      trail.map(({ who, after }) => [who, JSON.parse(after ?? '')]),
      [
        ['Олег', { boundCall: id, excluded: false }],
        ['Олег', { boundCall: id, excluded: true }],
      ],
    )
    // Changed there and here: what was said here stays, and is listed.
    await tick(id, true)
    const row = rows['working_working_log']?.find((one) => one['id'] === oldId)
    assert.ok(row)
    row['comment'] = '89130000000 -> 4101'
    const report = await importFrom(place.it.store, inMemory(rows))
    assert.deepEqual(await counts(), [0, 4, 2])
    assert.ok(report.issues.some((one) => one.kind === 'changed-here' && one.ids.includes(String(oldId))))
    await assert.rejects(tick(9999, true), refused('thing-unknown', { what: 'bound call' }))
    await place.ask({ do: 'period-lock', ...period, unit: null })
    await assert.rejects(tick(id, false), refused('period-locked'))
  },
)
