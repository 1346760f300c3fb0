import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { employeeReport } from '../../src/pipeline/reports/employee.ts'
import { shiftReport } from '../../src/pipeline/reports/shift.ts'
import { countOf } from '../support/accounts.ts'
import { rowText } from '../support/asterisk-rows.ts'
import { attributeAll } from '../support/attribution.ts'
import { streamOf } from '../support/days.ts'
import { importAll } from '../support/feed.ts'
import { bring, lineAt, reportsOf } from '../support/office.ts'
import { at, onBothEngines, type Place } from '../support/people.ts'

/**
 * Faults of the older system in whose call it was (F8 to F14): each test makes what it got wrong, through the whole of the program
 * that works it out. Those of shifts and reports stand in old-faults-time.test.ts.
 */

/** Anna has 201 and 1120, Oleg 202 and 1122, of the one exchange and of the other; both work from 08:00. */
async function atWork(place: Place, t: TestContext) {
  const [anna, oleg] = [await place.add('Анна'), await place.add('Олег')]
  for (const [employee, avaya, asterisk] of [
    [anna, '201', '1120'],
    [oleg, '202', '1122'],
  ] as const) {
    await place.assign(employee, avaya, at('08:00'))
    await place.ask({ do: 'assign', employee, extension: asterisk, plan: 'asterisk', from: at('08:00'), to: null })
    await place.start(employee, at('08:00'))
  }
  return { anna, oleg, facts: await reportsOf(place, t) }
}

/** A call inside of the house, as the IP Office writes it: direction O. */
const inside = {
  direction: 'O',
  caller: '201',
  called: '202',
  dialled: '202',
  internal: 1,
  device1: 'E201',
  device2: 'E202',
  name2: 'Extn202',
} as const

/** A row of Asterisk of that day by the exchange's clock, which is that of Moscow: `05:00:00` is 09:00 here. */
function rowAt(time: string, row: Parameters<typeof rowText>[0] & { readonly context?: string }): string {
  const start = Date.parse(`2026-11-24T${time}Z`)
  const after = (seconds: number) => new Date(start + seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')
  const ids = { uniqueid: `${start / 1000}.${uniqueId++}`, channel: `SIP/trunk-msk-${uniqueId}` }
  const { context = 'from-trunk', ...columns } = row
  return rowText({ start: after(0), answer: after(5), end: after(35), ...ids, ...columns }).replace(
    ',"from-trunk",',
    `,"${context}",`,
  )
}
let uniqueId = 1

async function bringRows(place: Place, ...rows: readonly string[]): Promise<void> {
  await importAll(place.it.store, 'asterisk', streamOf(rows.map((row) => Buffer.from(row))), { format: 'asterisk-csv' })
  await attributeAll(place.it.store)
}

/** Parts of calls: extension, whose, role, state, seconds of talk. */
async function partsOf(place: Place): Promise<unknown[][]> {
  const rows = await place.it.rows(
    `SELECT a.extension, e.name, a.role, a.state, a.talk_seconds FROM attribution a LEFT JOIN employee e ON e.id = a.employee_id
     ORDER BY a.started_at, a.extension`,
  )
  return rows.map((row) => Object.values(row))
}

onBothEngines('F8: a call between two own people is internal, and both have it', async (place, t) => {
  const { facts } = await atWork(place, t)
  await bring(place, 'avaya', lineAt('09:00', { ...inside, connected: '00:01:40' }))
  const [call] = await place.it.rows('SELECT direction, outcome, answered_by FROM call')
  assert.deepEqual({ ...call }, { direction: 'internal', outcome: 'answered', answered_by: '202' })
  const { rows } = await employeeReport(await facts())
  assert.deepEqual(
    rows.map((it) => [it.employee.name, it.calls, it.internal, it.outbound, it.answered, it.talkSeconds]),
    [
      ['Анна', 1, 1, 0, 0, 100],
      ['Олег', 1, 1, 0, 1, 100],
    ],
  )
})

onBothEngines(
  'F9: a call that dialled a city number is of who picked up, though nobody holds that number',
  async (place, t) => {
    await atWork(place, t)
    await bring(
      place,
      'avaya',
      lineAt('09:00', { dialled: '3912000101', called: '300', device1: 'E202', name1: 'Олег' }),
    )
    assert.deepEqual(await partsOf(place), [['202', 'Олег', 'answered', 'on-shift', 155]])
  },
)

onBothEngines('F10: calls of every exchange are in a person’s shift', async (place, t) => {
  const { facts } = await atWork(place, t)
  await bring(place, 'avaya', lineAt('09:00'))
  await bringRows(place, rowAt('05:30:00', { dst: '1120', dstchannel: 'SIP/1120-000001a2', lastdata: 'SIP/1120,30' }))
  const anna = await shiftReport(await facts({ employee: 'Анна' }))
  assert.deepEqual(
    anna.rows.map((it) => [it.calls, it.talkSeconds, it.old.events]),
    [[2, 155 + 30, 2]],
  )
})

onBothEngines('F11: records of every Asterisk context are stored, and are calls', async (place, t) => {
  await atWork(place, t)
  const contexts = ['default', 'pre-rec', 'ivr-3', 'from-internal', 'from-trunk', 'from-did-direct']
  const own = { dst: '1120', dstchannel: 'SIP/1120-000001a2', lastdata: 'SIP/1120,30' }
  await bringRows(place, ...contexts.map((context, n) => rowAt(`05:0${n}:00`, { ...own, context })))
  assert.deepEqual(
    [await countOf(place.it, 'segment'), await countOf(place.it, 'call')],
    [contexts.length, contexts.length],
  )
  assert.deepEqual(
    (await partsOf(place)).map(([, name]) => name),
    contexts.map(() => 'Анна'),
  )
})

onBothEngines('F12: the answerer is who picked up, not what was dialled', async (place, t) => {
  await atWork(place, t)
  await bringRows(
    place,
    rowAt('05:00:00', { dst: '1120', dstchannel: 'SIP/1122-000001a2', lastdata: 'SIP/1120&SIP/1122,30' }),
  )
  const [call] = await place.it.rows('SELECT answered_by, to_number FROM call')
  assert.deepEqual([call?.['answered_by'], call?.['to_number']], ['1122', '1120'])
  assert.deepEqual(
    (await partsOf(place)).filter(([, , role]) => role === 'answered'),
    [['1122', 'Олег', 'answered', 'on-shift', 30]],
  )
})

onBothEngines(
  'F13: who was there when the call was answered has it, whatever has changed until it is read',
  async (place, t) => {
    const { anna, oleg } = await atWork(place, t)
    // Over the start of a break, over a change of desks, over the end of the shift; all of it is told before a record comes.
    await place.pause(anna, 'meal', at('12:01'))
    await place.resume(anna, at('12:30'))
    for (const [employee, extension] of [
      [anna, '201'],
      [oleg, '202'],
    ] as const)
      await place.ask({ do: 'release', employee, extension, plan: 'avaya', at: at('13:01') })
    await place.assign(oleg, '201', at('13:01'))
    await place.assign(anna, '202', at('13:01'))
    for (const employee of [anna, oleg]) await place.end(employee, at('17:01'))
    const long = { ring: 5, connected: '00:10:00' }
    await bring(place, 'avaya', ...['12:00', '13:00', '13:02', '17:00', '17:02'].map((time) => lineAt(time, long)))
    assert.deepEqual(await partsOf(place), [
      ['201', 'Анна', 'answered', 'on-shift', 600],
      ['201', 'Анна', 'answered', 'on-shift', 600],
      ['201', 'Олег', 'answered', 'on-shift', 600],
      ['201', 'Олег', 'answered', 'on-shift', 600],
      ['201', 'Олег', 'answered', 'off-shift', 600],
    ])
  },
)

onBothEngines('F14: a call that was answered during a break is the person’s, marked so', async (place, t) => {
  const { anna, facts } = await atWork(place, t)
  await place.pause(anna, 'meal', at('12:00'))
  await bring(place, 'avaya', lineAt('12:10'))
  assert.deepEqual(await partsOf(place), [['201', 'Анна', 'answered', 'on-break', 155]])
  const [row] = (await employeeReport(await facts({ employee: 'Анна' }))).rows
  assert.deepEqual([row?.answered, row?.talkSeconds], [1, 155])
})
