import assert from 'node:assert/strict'
import type { MissedDoneJson } from '../../src/pipeline/people-missed.ts'
import { type MissedRow, missedReport } from '../../src/pipeline/reports/missed.ts'
import type { ReportFacts } from '../../src/pipeline/reports/facts.ts'
import { holds } from '../../src/pipeline/reports/request.ts'
import { replayAll } from '../support/again.ts'
import { avayaLine } from '../support/avaya-lines.ts'
import { readingOf } from '../support/days.ts'
import { applyReading } from '../support/feed.ts'
import { bring, lineAt, missedAt, reportsOf } from '../support/office.ts'
import { at, onBothEngines, type Place, refused } from '../support/people.ts'

/** Missed numbers that are ticked off, through both engines: by site and number up to an instant, whatever becomes of the calls. */

const hour = 3_600_000
const ask = (place: Place, number: string, more: { at?: number; how?: string; site?: string; who?: string } = {}) =>
  place.ask<MissedDoneJson>(
    { do: 'missed-done', number, site: more.site ?? null, at: more.at ?? null, how: more.how ?? 'other-way' },
    { who: more.who ?? 'Анна' },
  )
const undo = (place: Place, number: string, site: string | null = null) =>
  place.ask<MissedDoneJson>({ do: 'missed-undo', number, site })

async function rowsOf(facts: ReportFacts, siteOf: (id: number) => string = () => ''): Promise<readonly MissedRow[]> {
  const { rows, checks } = await missedReport(facts, { windowMs: 24 * hour, siteOf })
  for (const check of await checks()) assert.ok(holds(check), JSON.stringify(check))
  return rows
}

const told = ({ state, missed, done }: MissedRow) => [state, missed, done?.by ?? null, done?.how ?? null]

onBothEngines(
  'a number is ticked off, with by whom and how; what rings later is open until it is again',
  async (place, t) => {
    const facts = await reportsOf(place, t)
    const from = { caller: '84955557001' }
    await bring(
      place,
      'avaya',
      missedAt('09:00', 10, from),
      missedAt('09:20', 10, from),
      missedAt('09:30', 5, { caller: '74955557002' }),
    )
    const rows = async () => (await rowsOf(await facts())).map(told)
    assert.deepEqual(await rows(), [
      ['open', 2, null, null],
      ['open', 1, null, null],
    ])
    place.now = at('10:00')
    // The second of the two still rang later than the instant.
    await ask(place, '+7 495 555-70-01', { at: at('09:10'), how: 'spam' })
    assert.deepEqual((await rows())[0], ['open', 2, null, null])
    const made = await ask(place, '+7 495 555-70-01', { how: 'написали письмом', who: 'Олег' })
    assert.deepEqual(
      { ...made, id: '' },
      {
        id: '',
        number: '+7 495 555-70-01',
        site: null,
        until: '2026-11-24T03:00:00Z',
        at: '2026-11-24T03:00:00Z',
        by: 'Олег',
        how: 'написали письмом',
      },
    )
    assert.deepEqual(await rows(), [
      ['done', 2, 'Олег', 'написали письмом'],
      ['open', 1, null, null],
    ])
    const { total } = await missedReport(await facts(), { windowMs: 24 * hour, siteOf: () => '' })
    assert.deepEqual(
      [total.returnedRate.numerator, total.returnedRate.denominator],
      [0, 2],
      'ticked off is not returned',
    )

    await bring(place, 'avaya', missedAt('10:30', 10, from))
    assert.deepEqual((await rows())[0], ['open', 3, null, null])
    place.now = at('11:00')
    await ask(place, '84955557001', { how: 'wrong-number' })
    assert.deepEqual((await rows())[0], ['done', 3, 'Анна', 'wrong-number'])

    const reader = await place.it.reader()
    assert.deepEqual(
      (await reader.missedDone('4955557001', 2)).map(({ how, until }) => [how, until]),
      [
        ['wrong-number', at('11:00')],
        ['написали письмом', at('10:00')],
      ],
    )
    assert.deepEqual(await reader.missedDone('4955557002', 9), [])
    assert.equal((await undo(place, '9 4955557001')).how, 'wrong-number')
    assert.deepEqual((await rows())[0], ['open', 3, null, null])
    await undo(place, '84955557001')
    await undo(place, '84955557001')
    await assert.rejects(undo(place, '84955557001'), refused('number-not-done'))
    assert.deepEqual(await rows(), [
      ['open', 3, null, null],
      ['open', 1, null, null],
    ])
    const trail = await reader.audit(null, 6)
    assert.deepEqual(
      trail.map(({ what }) => what),
      ['missed-undo', 'missed-undo', 'missed-undo', 'missed-done', 'missed-done', 'missed-done'],
    )
    assert.deepEqual([trail[4]?.who, JSON.parse(trail[4]?.after ?? '{}').how], ['Олег', 'написали письмом'])
  },
)

onBothEngines('what is expired can be ticked off too; a call back still comes first', async (place, t) => {
  const facts = await reportsOf(place, t)
  await bring(place, 'avaya', missedAt('09:00', 10))
  place.now = at('10:00', 26)
  const states = async () => (await rowsOf(await facts())).map(({ state }) => state)
  assert.deepEqual(await states(), ['expired'])
  await ask(place, '74955557001')
  assert.deepEqual(await states(), ['done'])
  const back = { start: '2026/11/24 06:00:00', caller: '201', direction: 'O', called: '74955557001', callId: 77 }
  await bring(place, 'avaya', avayaLine({ ...back, dialled: '84955557001', device1: 'E201', device2: 'T9001' }))
  const [row] = await rowsOf(await facts())
  assert.deepEqual([row?.state, row?.done, row?.by?.extension], ['returned', null, '201'])
})

onBothEngines('a tick stays where calls are joined by a late record, and when they are made anew', async (place, t) => {
  const facts = await reportsOf(place, t)
  const piece = { callId: 5, caller: '74955557009' }
  await bring(place, 'avaya', missedAt('09:01', 10, { ...piece, start: '2026/11/24 05:01:40', continuation: 0 }))
  await bring(place, 'avaya', missedAt('09:00', 20, { ...piece, start: '2026/11/24 05:00:00', continuation: 1 }))
  const rows = async () => (await rowsOf(await facts())).map(told)
  assert.deepEqual(await rows(), [['open', 2, null, null]])
  await ask(place, piece.caller, { how: 'spam' })
  assert.deepEqual(await rows(), [['done', 2, 'Анна', 'spam']])
  await bring(place, 'avaya', missedAt('09:01', 30, { ...piece, start: '2026/11/24 05:01:00', continuation: 1 }))
  assert.deepEqual(await rows(), [['done', 1, 'Анна', 'spam']], 'one call of what were two')
  await place.it.execute('DELETE FROM call_party')
  await place.it.execute('DELETE FROM call')
  assert.deepEqual(await rows(), [])
  await replayAll(place.it.store, 'avaya')
  assert.deepEqual(await rows(), [['done', 1, 'Анна', 'spam']])
})

onBothEngines('a tick is of the site at which the number called in vain', async (place, t) => {
  await applyReading(place.it.store, 'chita', readingOf('avaya-ip-office', { plan: 'chita' }))
  place.sites = { avaya: 'Москва', chita: 'Чита' }
  const facts = await reportsOf(place, t)
  await bring(place, 'avaya', missedAt('09:00', 10))
  place.now = at('10:00')
  const id = '74955557001'
  await assert.rejects(ask(place, id, { site: 'Чита' }), refused('number-not-missed', { number: id }))
  await assert.rejects(ask(place, id, { site: 'Тула' }), refused('name-unknown', { known: 'Москва, Чита' }))
  await bring(place, 'chita', missedAt('09:30', 10))
  await assert.rejects(ask(place, id), refused('site-unclear', { sites: 'Москва, Чита' }))
  // Only one of them had a call by then.
  assert.equal((await ask(place, id, { at: at('09:10') })).site, 'Москва')
  await undo(place, id)
  await ask(place, id, { site: 'Чита' })
  const sourceIds = new Map(
    (await place.it.rows('SELECT id, name FROM source')).map((row) => [row['id'], String(row['name'])]),
  )
  const siteOf = (source: number) => place.sites[sourceIds.get(source) ?? ''] ?? ''
  assert.deepEqual(
    (await rowsOf(await facts(), siteOf)).map(({ firstAt, state }) => [firstAt, state]),
    [
      ['2026-11-24T02:00:00Z', 'open'],
      ['2026-11-24T02:30:00Z', 'done'],
    ],
  )
  await assert.rejects(undo(place, id, 'Москва'), refused('number-not-done'))
  await undo(place, id, 'Чита')
})

onBothEngines('what was not missed cannot be ticked off, nor what is still to come', async (place) => {
  // The second number was answered.
  await bring(place, 'avaya', missedAt('09:00', 10), lineAt('09:10', { caller: '74955557002' }))
  place.now = at('10:00')
  await assert.rejects(ask(place, '74955557002'), refused('number-not-missed', { at: '2026-11-24 10:00' }))
  await assert.rejects(ask(place, '74955557001', { at: at('08:59') }), refused('number-not-missed'))
  await assert.rejects(ask(place, '74955557001', { at: at('10:01') }), refused('value-unreadable', { what: 'at' }))
  await assert.rejects(ask(place, '74955557001', { how: ' ' }), refused('value-unreadable', { what: 'how' }))
  await assert.rejects(ask(place, ''), refused('value-unreadable', { what: 'number' }))
  assert.equal((await place.it.rows('SELECT 1 AS one FROM missed_done')).length, 0)
})
