import assert from 'node:assert/strict'
import { formats } from '../../src/domain/formats/formats.ts'
import { Attributor } from '../../src/pipeline/attribute.ts'
import { closeOverdueShifts } from '../../src/pipeline/people.ts'
import { employeeReport } from '../../src/pipeline/reports/employee.ts'
import { phoneReport } from '../../src/pipeline/reports/phone.ts'
import { shiftReport } from '../../src/pipeline/reports/shift.ts'
import { Sources } from '../../src/pipeline/sources.ts'
import { assertAttributed } from '../support/attributed.ts'
import { attributeAll } from '../support/attribution.ts'
import { bring, lineAt, missedAt, reportsOf } from '../support/office.ts'
import { at, onBothEngines, type Place } from '../support/people.ts'

/** What is set for a place and its numbers, through both engines, with what it does to calls and figures. */

onBothEngines(
  'a shift is over after as long as the setting says, for its close, its figures and its calls',
  async (place, t) => {
    place.now = at('12:00')
    place.shiftAtMostSeconds = 8 * 3600
    const anna = await place.add('Анна')
    await place.assign(anna, '201', at('08:00'))
    await place.start(anna, at('09:00'))
    await bring(place, 'avaya')
    const { store } = place.it
    const attribute = async () => {
      const sources = new Sources(store, formats)
      await new Attributor({
        store,
        sources,
        now: () => place.now,
        report: () => undefined,
        shiftAtMostMs: 8 * 3_600_000,
      }).drain()
      const parts = await place.it.rows('SELECT state FROM attribution ORDER BY started_at')
      return parts.map((row) => row['state'])
    }
    await bring(place, 'avaya', lineAt('16:59', { ring: 0 }), lineAt('17:01', { ring: 0 }))
    await place.it.execute('INSERT INTO attribution_due (source_id, call_id) SELECT source_id, id FROM call')
    assert.deepEqual(await attribute(), ['on-shift', 'off-shift'])

    const facts = await reportsOf(place, t)
    place.now = at('16:59')
    assert.equal(await closeOverdueShifts(place.options()), 0)
    place.now = at('19:00')
    const worked = async () => {
      const [row] = (await shiftReport(await facts())).rows
      return [row?.workedSeconds, row?.calls, row?.endedAt]
    }
    assert.deepEqual(await worked(), [8 * 3600, 1, null], 'open, and counted up to the limit')
    assert.equal(await closeOverdueShifts(place.options()), 1)
    const [closed] = await place.shifts()
    assert.deepEqual([closed?.['ended_at'], closed?.['flags']], [at('17:00'), '["closed-by-system"]'])
    assert.deepEqual(await worked(), [8 * 3600, 1, '2026-11-24T10:00:00Z'])
    assert.deepEqual(await attribute(), ['on-shift', 'off-shift'])
    // Another setting, another day: the limit is the one in force.
    place.shiftAtMostSeconds = 10 * 3600
    place.now = at('09:00', 25)
    await place.start(anna, at('09:00', 25))
    place.now = at('18:59', 25)
    assert.equal(await closeOverdueShifts(place.options()), 0)
    place.now = at('19:00', 25)
    assert.equal(await closeOverdueShifts(place.options()), 1)
    assert.equal((await place.shifts())[1]?.['ended_at'], at('19:00', 25))
  },
)

const isGroup = (place: Place, extension: string, is: boolean) =>
  place.ask({ do: 'directory-set', entries: [{ line: null, extension, plan: 'avaya', isGroup: is }], dryRun: false })

onBothEngines(
  'a number that becomes a group gives its calls up, and has them again when it is none',
  async (place, t) => {
    const [anna, oleg] = [await place.add('Анна'), await place.add('Олег')]
    await place.assign(anna, '201', at('08:00'))
    await place.assign(oleg, '202', at('08:00'))
    for (const employee of [anna, oleg]) await place.start(employee, at('08:00'))
    await bring(place, 'avaya', lineAt('09:00'), lineAt('09:30', { called: '202', device1: 'E202' }))
    const facts = await reportsOf(place, t)
    const calls = async () => {
      await attributeAll(place.it.store)
      await assertAttributed(place.it, formats, true)
      const { rows } = await employeeReport(await facts())
      const parts = await place.it.rows('SELECT extension FROM attribution ORDER BY started_at')
      return [...rows.map((row) => row.calls), ...parts.map((row) => row['extension'])]
    }
    assert.deepEqual(await calls(), [1, 1, '201', '202'])
    await place.due()
    await isGroup(place, '202', true)
    assert.deepEqual(await calls(), [1, 0, '201'])
    await isGroup(place, '202', true)
    assert.deepEqual(await place.due(), [], 'what is a group already makes nothing due')
    await isGroup(place, '202', false)
    assert.deepEqual(await calls(), [1, 1, '201', '202'])
    // A label changes no call.
    const entry = { line: null, extension: '202', plan: 'avaya', label: 'Касса' }
    await place.ask({ do: 'directory-set', entries: [entry], dryRun: false })
    assert.deepEqual(await place.due(), [])
  },
)

/** R4 and R5 of the older system, worked out with a pencil. */
onBothEngines('a telephone’s figures of the older system are what a pencil makes of the lines', async (place, t) => {
  const out = {
    direction: 'O',
    caller: '201',
    called: '74955559001',
    dialled: '84955559001',
    device1: 'E201',
    device2: 'T9001',
  }
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
  await bring(
    place,
    'avaya',
    // In: 150 s, 151 s, one in vain.
    lineAt('09:00', { connected: '00:02:30' }),
    lineAt('09:10', { connected: '00:02:31' }),
    missedAt('09:20', 12),
    // Out: 100 s, two that nobody answered; inside: 31 s.
    lineAt('10:00', { ...out, connected: '00:01:40' }),
    missedAt('10:10', 20, out),
    missedAt('10:20', 20, out),
    lineAt('10:30', { ...inside, connected: '00:00:31' }),
  )
  const facts = await reportsOf(place, t)
  const { rows } = await phoneReport(await facts({ extension: '201,202,209', plan: 'avaya' }))
  assert.deepEqual(
    rows.map(({ extension, old }) => [extension, ...Object.values(old)]),
    [
      // 2 of 3 are 66 %, 301 s ÷ 2 are 150 s; 2 of 4 are 50 %, 131 s ÷ 2 are 65 s: cut down.
      ['201', 7, 3, 4, 2, 2, 66, 50, 150, 65],
      // What another telephone of the house called is outgoing there, and here too.
      ['202', 1, 0, 1, 0, 1, null, 100, null, 31],
      ['209', 0, 0, 0, 0, 0, null, null, null, null],
    ],
  )
  const names = 'total incoming outgoing incomingAccepted outgoingAccepted incomingPercent outgoingPercent'
  assert.equal(
    Object.keys(rows[0]?.old ?? {}).join(' '),
    `${names} incomingAverageSeconds outgoingAverageSeconds`,
    'in this order above',
  )
})
