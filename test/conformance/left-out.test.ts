import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { CallExcludedJson } from '../../src/pipeline/people-calls.ts'
import type { MarkJson } from '../../src/pipeline/people-view.ts'
import { activityReport } from '../../src/pipeline/reports/activity.ts'
import { employeeReport } from '../../src/pipeline/reports/employee.ts'
import type { ReportFacts } from '../../src/pipeline/reports/facts.ts'
import { intervalReport } from '../../src/pipeline/reports/interval.ts'
import { holds } from '../../src/pipeline/reports/request.ts'
import { shiftReport } from '../../src/pipeline/reports/shift.ts'
import { replayAll } from '../support/again.ts'
import { attributeAll } from '../support/attribution.ts'
import { bring, callIdOf, lineAt, missedAt, reportsOf } from '../support/office.ts'
import { at, onBothEngines, type Place, refused } from '../support/people.ts'

/** What is left out of reports, through both engines: marks and calls, told by the commands, in activity and in shifts. */

interface Events {
  readonly activity: Readonly<Record<string, number>>
  readonly shifts: readonly { readonly calls: number; readonly excludedCalls: number; readonly talkSeconds: number }[]
}

/** What `report activity` and `report shift` count. */
async function eventsOf(facts: ReportFacts): Promise<Events> {
  const { rows } = await activityReport(facts, 'day', false)
  const activity: Record<string, number> = {}
  for (const { employee, type, count } of rows) activity[`${employee.name} ${type.name}`] = count
  const shifts = (await shiftReport(facts)).rows
  return {
    activity,
    shifts: shifts.toReversed().map(({ calls, excludedCalls, talkSeconds }) => ({ calls, excludedCalls, talkSeconds })),
  }
}

/** Anna has 201, Oleg 202; both are on shift from 08:00. */
async function atWork(place: Place, t: TestContext) {
  const [anna, oleg] = [await place.add('Анна'), await place.add('Олег')]
  await place.assign(anna, '201', at('08:00'))
  await place.assign(oleg, '202', at('08:00'))
  for (const employee of [anna, oleg]) await place.start(employee, at('08:00'))
  return { anna, oleg, facts: await reportsOf(place, t) }
}

const tick = (place: Place, call: number, excluded: boolean, employee: string | null = null) =>
  place.ask<CallExcludedJson>({ do: 'call-exclude', call, employee, excluded })

onBothEngines('a mark that is excluded is in no count, and is again when it is included', async (place, t) => {
  const { anna, facts } = await atWork(place, t)
  const add = (count: number, time: string) =>
    place.ask<MarkJson>({
      do: 'mark-add',
      employee: anna,
      type: 'Почта',
      comment: null,
      count,
      seconds: null,
      at: at(time),
    })
  const mail = await add(2, '09:00')
  await add(1, '09:30')
  const counts = async () => {
    const { rows, total } = await activityReport(await facts(), 'day', false)
    const of = (await shiftReport(await facts({ employee: 'Анна' }))).rows[0]
    return [
      rows.find(({ type }) => type.name === 'Почта')?.count ?? 0,
      total.count,
      of?.marks,
      of?.excludedMarks,
      of?.old.events,
    ]
  }
  assert.deepEqual(await counts(), [3, 3, 3, 0, 3])
  const mark = Number(mail.id)
  const excluded = await place.ask<MarkJson>({ do: 'mark-exclude', mark, excluded: true }, { who: 'Олег' })
  assert.equal(excluded.excluded, true)
  assert.deepEqual(await counts(), [1, 1, 1, 2, 3])
  await place.ask({ do: 'mark-exclude', mark, excluded: false })
  assert.deepEqual(await counts(), [3, 3, 3, 0, 3])
  const trail = await (await place.it.reader()).audit(Number(anna), 2)
  assert.deepEqual(
    trail.map(({ who, what, after }) => [who, what, JSON.parse(after ?? '{}').excluded]),
    [
      ['test', 'mark-exclude', false],
      ['Олег', 'mark-exclude', true],
    ],
  )
  await assert.rejects(place.ask({ do: 'mark-exclude', mark: 99, excluded: true }), refused('thing-unknown'))
  await place.ask({ do: 'period-lock', from: at('00:00'), to: at('00:00', 25), unit: null })
  await assert.rejects(place.ask({ do: 'mark-exclude', mark, excluded: true }), refused('period-locked'))
})

onBothEngines('wrap-up whose mark is excluded was work all the same: handling and occupancy stay', async (place, t) => {
  const { anna, facts } = await atWork(place, t)
  await bring(place, 'avaya', lineAt('09:00', { connected: '00:01:00' }))
  await place.ask({ do: 'mark-type-set', name: 'Обработка', wrapUp: true })
  const told = { employee: anna, type: 'Обработка', comment: null, count: 1, seconds: 90, at: at('09:30') }
  const mark = await place.ask<MarkJson>({ do: 'mark-add', ...told })
  place.now = at('12:00')
  const hers = async () => {
    const [row] = (await employeeReport(await facts({ employee: 'Анна' }))).rows
    return [row?.wrapUpSeconds, row?.averageHandling.numerator, row?.busySeconds]
  }
  const wrapUp = async () => (await intervalReport(await facts({ employee: 'Анна' }), 60)).total.wrapUpSeconds
  assert.deepEqual([...(await hers()), await wrapUp()], [90, 150, 150, 90])
  await place.ask({ do: 'mark-exclude', mark: Number(mark.id), excluded: true })
  assert.deepEqual([...(await hers()), await wrapUp()], [90, 150, 150, 90])
  assert.equal((await activityReport(await facts(), 'day', false)).total.count, 1, 'the call, not the mark')
})

onBothEngines(
  'a call that is left out is in no count of events, and in every figure of the telephone',
  async (place, t) => {
    const { anna, facts } = await atWork(place, t)
    await bring(place, 'avaya', lineAt('09:00'), lineAt('09:30', { connected: '00:01:00' }), missedAt('10:00', 9))
    place.now = at('12:00')
    const before = await eventsOf(await facts())
    assert.deepEqual(before, {
      activity: { 'Анна inbound': 2 },
      shifts: [
        { calls: 2, excludedCalls: 0, talkSeconds: 155 + 60 },
        { calls: 0, excludedCalls: 0, talkSeconds: 0 },
      ],
    })
    const figures = async () => {
      const { rows, total, checks } = await employeeReport(await facts())
      for (const check of await checks()) assert.ok(holds(check), JSON.stringify(check))
      return { rows, total, quarters: (await place.it.rows('SELECT * FROM person_quarter ORDER BY quarter')).length }
    }
    const telephone = await figures()
    assert.equal(telephone.rows.find(({ employee }) => employee.name === 'Анна')?.calls, 3)

    const call = await callIdOf(place, '09:00')
    assert.deepEqual(await tick(place, call, true), {
      call: String(call),
      employee: { id: anna, name: 'Анна' },
      excluded: true,
    })
    const after = await eventsOf(await facts())
    assert.deepEqual(after, {
      activity: { 'Анна inbound': 1 },
      shifts: [
        { calls: 1, excludedCalls: 1, talkSeconds: 155 + 60 },
        { calls: 0, excludedCalls: 0, talkSeconds: 0 },
      ],
    })
    assert.equal((await shiftReport(await facts())).total.excludedCalls, 1)
    assert.equal(
      (await shiftReport(await facts({ employee: 'Анна' }))).rows[0]?.old.events,
      2,
      'counted by the old system',
    )
    assert.deepEqual(await figures(), telephone)
    const reader = await place.it.reader()
    assert.deepEqual(
      (await reader.excludedCalls(Number(anna))).map(({ callId }) => callId),
      [call],
    )

    // Told again it is one tick, and one line of the trail.
    await tick(place, call, true)
    const trail = async () => (await reader.audit(Number(anna), 20)).filter(({ what }) => what === 'call-exclude')
    assert.equal((await trail()).length, 1)
    await tick(place, call, false)
    await tick(place, call, false)
    assert.deepEqual(await eventsOf(await facts()), before)
    assert.deepEqual(
      (await trail()).map(({ before: was, after: is }) => [JSON.parse(was ?? ''), JSON.parse(is ?? '')]),
      [
        [
          { call, excluded: true },
          { call, excluded: false },
        ],
        [
          { call, excluded: false },
          { call, excluded: true },
        ],
      ],
    )
  },
)

onBothEngines(
  'only an event can be left out, of somebody whose event it is, and not in a locked period',
  async (place, t) => {
    const { anna, oleg, facts } = await atWork(place, t)
    const inside = {
      direction: 'O',
      caller: '201',
      called: '202',
      dialled: '202',
      internal: 1,
      device1: 'E201',
      device2: 'E202',
      name2: 'Extn202',
    }
    await bring(place, 'avaya', missedAt('09:00', 9), lineAt('09:30', inside), lineAt('10:00'), lineAt('07:00'))
    const [rang, both, hers, early] = [
      await callIdOf(place, '09:00'),
      await callIdOf(place, '09:30'),
      await callIdOf(place, '10:00'),
      await callIdOf(place, '07:00'),
    ]
    await assert.rejects(tick(place, 5, true), refused('call-unknown'))
    await assert.rejects(tick(place, rang, true), refused('call-no-event', { people: '–' }))
    await assert.rejects(tick(place, early, true), refused('call-no-event'))
    await assert.rejects(tick(place, hers, true, oleg), refused('call-no-event', { people: `Анна (${anna})` }))
    await assert.rejects(
      tick(place, both, true),
      refused('call-person-unclear', { people: `Анна (${anna}), Олег (${oleg})` }),
    )
    await tick(place, both, true, 'олег')
    const { activity } = await eventsOf(await facts())
    assert.deepEqual(activity, { 'Анна inbound': 1, 'Анна internal': 1 }, 'it is Anna’s event as before')
    // Of those who had it only one left it out.
    assert.equal((await tick(place, both, false)).employee.name, 'Олег')
    await place.ask({ do: 'period-lock', from: at('00:00'), to: at('00:00', 25), unit: null })
    await assert.rejects(tick(place, hers, true), refused('period-locked'))
  },
)

onBothEngines(
  'a call stays left out where it is joined with another, made anew, and given to others and back',
  async (place, t) => {
    const { anna, oleg, facts } = await atWork(place, t)
    const piece = (start: string, connected: string, continuation: number) =>
      lineAt('09:00', { start: `2026/11/24 05:${start}`, callId: 5, connected, ring: 0, continuation })
    await bring(place, 'avaya', piece('01:40', '00:00:10', 0))
    await bring(place, 'avaya', piece('00:00', '00:00:20', 1))
    place.now = at('12:00')
    const [other, call] = (await place.it.rows('SELECT id FROM call ORDER BY id')).map((row) => row['id'] as number)
    assert.ok(call !== undefined && other !== undefined)
    await tick(place, call, true)
    const annas = async () => {
      const { activity, shifts } = await eventsOf(await facts())
      return [activity['Анна inbound'] ?? 0, shifts[0]?.excludedCalls]
    }
    assert.deepEqual(await annas(), [1, 1])
    await replayAll(place.it.store, 'avaya')
    await attributeAll(place.it.store)
    assert.deepEqual(await annas(), [1, 1], 'after a replay')

    // The joined call has the id of the other one.
    await bring(place, 'avaya', piece('01:00', '00:00:30', 1))
    assert.deepEqual(
      (await place.it.rows('SELECT id FROM call')).map((row) => row['id']),
      [other],
    )
    assert.deepEqual(await annas(), [0, 1], 'the one call that they became')

    // Oleg had the telephone all the time: it is his call now, and he left nothing out.
    const [assignment] = await place.it.rows(`SELECT id FROM assignment WHERE employee_id = ${anna}`)
    const moved = async (edit: object, employee: string) => {
      const asked = await place.ask<{ id: string }>({
        do: 'correction-request',
        employee,
        reason: 'x',
        edits: [edit as never],
      })
      await place.ask({ do: 'correction-approve', correction: Number(asked.id), comment: null }, { who: 'Ян' })
      await attributeAll(place.it.store)
    }
    await moved({ edit: 'remove-assignment', assignment: assignment?.['id'] }, anna)
    await moved({ edit: 'add-assignment', plan: 'avaya', extension: '201', from: at('08:00'), to: null }, oleg)
    assert.deepEqual((await eventsOf(await facts())).activity, { 'Олег inbound': 1 })
    assert.deepEqual(await annas(), [0, 0])
    const [his] = await place.it.rows(`SELECT id FROM assignment WHERE employee_id = ${oleg} AND extension = '201'`)
    await moved({ edit: 'remove-assignment', assignment: his?.['id'] }, oleg)
    await moved({ edit: 'add-assignment', plan: 'avaya', extension: '201', from: at('08:00'), to: null }, anna)
    assert.deepEqual(await annas(), [0, 1])
    // The id under which it was left out still finds it.
    assert.equal((await tick(place, call, false)).call, String(other))
    assert.deepEqual(await annas(), [1, 0])
  },
)

onBothEngines('what one of two people leaves out hangs on that person’s leg of the call', async (place, t) => {
  const { oleg, facts } = await atWork(place, t)
  const leg = (start: string, continuation: number, extension: string) => {
    const to = { called: extension, device1: `E${extension}`, name1: `Extn${extension}` }
    return lineAt('09:00', {
      start: `2026/11/24 05:${start}`,
      callId: 5,
      connected: '00:00:20',
      ring: 0,
      continuation,
      ...to,
    })
  }
  await bring(place, 'avaya', leg('00:00', 1, '201'), leg('00:20', 0, '202'))
  const [call, ...others] = await place.it.rows('SELECT id FROM call')
  assert.deepEqual(others, [])
  const [first, second] = (await place.it.rows('SELECT id FROM segment ORDER BY id')).map((row) => row['id'])
  assert.equal(call?.['id'], first)
  await tick(place, Number(first), true, oleg)
  const [kept] = await place.it.rows('SELECT employee_id, record_id FROM call_exclusion')
  assert.deepEqual([kept?.['employee_id'], kept?.['record_id']], [Number(oleg), second])
  const { activity } = await eventsOf(await facts())
  assert.deepEqual(activity, { 'Анна inbound': 1 })
})
