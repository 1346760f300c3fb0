import assert from 'node:assert/strict'
import { closeOverdueShifts } from '../../src/pipeline/people.ts'
import type { AssignmentJson } from '../../src/pipeline/people-view.ts'
import type { Store } from '../../src/pipeline/store.ts'
import { at, onBothEngines, refused, zone } from '../support/people.ts'

/** People's telephones and time through both engines: what is told, what is refused, what it makes due. */

onBothEngines(
  'a shift with its breaks is told, and what is impossible is refused with what is possible',
  async (place) => {
    const anna = await place.add('Петрова Анна')
    await place.start(anna, at('09:00'))
    await assert.rejects(
      place.start(anna, at('10:00')),
      refused('time-impossible', { state: 'on shift', since: '2026-11-24 09:00', possible: /break start, shift end/u }),
    )
    await assert.rejects(place.resume(anna, at('10:00')), refused('time-impossible', { why: 'is on no break' }))
    await assert.rejects(place.pause(anna, 'smoke', at('10:00')), refused('name-unknown', { known: /meal, rest/u }))
    const pause = await place.pause(anna, 'meal', at('12:00'))
    assert.equal(pause.endedAt, null)
    await place.resume(anna, at('12:40'))
    const { workedSeconds, breaks, flags } = await place.end(anna, at('18:00'))
    assert.equal(workedSeconds, 9 * 3600 - 40 * 60)
    assert.deepEqual(
      breaks.map((it) => [it.type, it.startedAt, it.endedAt, it.flags]),
      [['meal', '2026-11-24T05:00:00Z', '2026-11-24T05:40:00Z', []]],
    )
    assert.deepEqual(flags, [])
    await assert.rejects(place.end(anna, at('19:00')), refused('time-impossible', { state: 'off shift' }))
  },
)

onBothEngines(
  'what waited to be done is judged by when it was told, never by a time that is yet to come',
  async (place) => {
    const anna = await place.add('Петрова Анна')
    const press = { employee: anna, at: null } as const
    const shift = await place.ask({ ...press, do: 'shift-start' }, { toldAt: at('19:15') })
    assert.equal(shift.startedAt, '2026-11-24T12:15:00Z')
    place.now = at('19:40')
    const { endedAt } = await place.ask({ ...press, do: 'shift-end' }, { toldAt: at('23:00') })
    assert.equal(endedAt, '2026-11-24T12:40:00Z')
  },
)

onBothEngines(
  'a telephone has one holder at one instant, and the refusal names who has it and until when',
  async (place) => {
    const [anna, oleg] = [await place.add('Петрова Анна'), await place.add('Сидоров Олег')]
    await place.assign(anna, '201', at('09:00'), at('18:00'))
    await assert.rejects(
      place.assign(oleg, '201', at('17:59')),
      refused('extension-held', { holder: 'Петрова Анна', from: '2026-11-24 09:00', to: '2026-11-24 18:00' }),
    )
    // The end is not in it: two people swap at an instant.
    await place.assign(oleg, '201', at('18:00'))
    await place.assign(anna, '202', at('09:00'))
    // The same number of another plan is another telephone.
    await place.ask({ do: 'assign', employee: oleg, extension: '202', plan: 'asterisk', from: at('09:00'), to: null })
    await place.due()
    await place.ask({ do: 'release', employee: anna, extension: '202', plan: null, at: at('12:00') })
    await place.assign(oleg, '202', at('12:00'))
    assert.deepEqual(await place.due(), ['avaya 202 24T12:00 …', 'avaya 202 24T12:00 …'])
    await assert.rejects(
      place.ask({ do: 'release', employee: anna, extension: '202', plan: null, at: at('13:00') }),
      refused('extension-not-held', { held: '201 (avaya)' }),
    )
  },
)

onBothEngines('who already has a telephone keeps one assignment, made longer', async (place) => {
  const anna = await place.add('Петрова Анна')
  const first = await place.assign(anna, '201', at('09:00'), at('12:00'))
  assert.deepEqual(await place.assign(anna, '201', at('10:00'), at('11:00')), first)
  const longer = await place.assign(anna, '201', at('08:00'), at('13:00'))
  assert.deepEqual([longer.from, longer.to], ['2026-11-24T01:00:00Z', '2026-11-24T06:00:00Z'])
  assert.equal((await place.it.rows('SELECT 1 AS one FROM assignment')).length, 1)
})

onBothEngines('the plan that is not named is the only one that has seen the number, or is asked for', async (place) => {
  const anna = await place.add('Петрова Анна')
  const assign = (extension: string, plan: string | null) =>
    place.ask<AssignmentJson>({ do: 'assign', employee: anna, extension, plan, from: null, to: null })
  await assert.rejects(assign('4731', null), refused('plan-unclear', { plans: 'asterisk, avaya', how: 'with --plan' }))
  await assert.rejects(assign('4731', 'other'), refused('name-unknown', { known: 'asterisk, avaya' }))
  await place.it.execute(`INSERT INTO call (id, source_id, reading_id, rules, plan, start_wall, exchange_call_id, kind, direction,
    outcome, targets, answered_outside, extensions, started_at, ended_at, ring_seconds, wait_seconds, talk_seconds, hold_seconds,
    park_seconds, machine_seconds, segments, doubtful)
    VALUES (1025, 1, 1, 1, 'avaya', 0, 'x', 'call', 'inbound', 'answered', '[]', 0, '[]', 0, 0, 0, 0, 0, 0, 0, 0, 1, '[]')`)
  await place.it.execute(`INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at)
    VALUES (1025, 0, 'answered', 'avaya', '4731', '4731', 0, 0)`)
  assert.equal((await assign('4731', null)).plan, 'avaya')
})

onBothEngines(
  'the engine itself refuses two people on one telephone, two shifts at one time, two breaks at one time',
  async (place) => {
    const [anna, oleg] = [Number(await place.add('Петрова Анна')), Number(await place.add('Сидоров Олег'))]
    const held = { plan: 'avaya', extension: '201', confirmed: true }
    const { store } = place.it
    await store.people((tx) => tx.addAssignments([{ ...held, employeeId: anna, from: 10, to: null }], 0))
    await assert.rejects(
      store.people((tx) => tx.addAssignments([{ ...held, employeeId: oleg, from: 5, to: 11 }], 0)),
      refused('people-raced'),
    )
    await store.people((tx) => tx.addAssignments([{ ...held, employeeId: oleg, from: 5, to: 10 }], 0))
    await store.people((tx) => tx.addAssignments([{ ...held, employeeId: oleg, from: 5, to: 12, confirmed: false }], 0))
    const shift = (startedAt: number, endedAt: number | null) => ({
      id: 0,
      employeeId: anna,
      startedAt,
      endedAt,
      zone,
      startedHow: 'shell' as const,
      endedHow: null,
      flags: [],
      breaks: [],
    })
    await store.people((tx) => tx.addShifts([shift(10, 20)], 0))
    await assert.rejects(
      store.people((tx) => tx.addShifts([shift(19, null)], 0)),
      refused('people-raced'),
    )
    const pause = (startedAt: number, endedAt: number) => ({ id: 0, type: 'meal', startedAt, endedAt, flags: [] })
    await assert.rejects(
      store.people((tx) => tx.addShifts([{ ...shift(30, 50), breaks: [pause(31, 40), pause(39, 41)] }], 0)),
      refused('people-raced'),
    )
    assert.equal((await place.shifts()).length, 1)
  },
)

onBothEngines('of two who take one telephone at the same moment one is refused, and told who has it', async (place) => {
  const names = ['Петрова Анна', 'Сидоров Олег']
  const ids = [await place.add(names[0] as string), await place.add(names[1] as string)]
  const others = place.it.another ? [await place.it.another(), await place.it.another()] : []
  const results = await Promise.allSettled(
    ids.map((employee, n) =>
      place.ask(
        { do: 'assign', employee, extension: '201', plan: 'avaya', from: at('09:00'), to: null },
        others[n] ? { store: others[n] } : {},
      ),
    ),
  )
  const lost = results.filter((it) => it.status === 'rejected')
  assert.equal(lost.length, 1)
  const winner = names[results.findIndex((it) => it.status === 'fulfilled')] as string
  refused('extension-held', { holder: winner })(lost[0]?.reason)
})

onBothEngines('fifty starts at once are one shift', async (place) => {
  const anna = await place.add('Петрова Анна')
  const stores = [place.it.store]
  for (let n = 0; n < 4 && place.it.another; n++) stores.push(await place.it.another())
  const results = await Promise.allSettled(
    Array.from({ length: 50 }, (_, n) =>
      place.ask({ do: 'shift-start', employee: anna, at: at('09:00') }, { store: stores[n % stores.length] as Store }),
    ),
  )
  assert.equal(results.filter((it) => it.status === 'fulfilled').length, 1)
  for (const it of results) if (it.status === 'rejected') refused('time-impossible')(it.reason)
  assert.equal((await place.shifts()).length, 1)
})

onBothEngines('fifty times the same press under one key is one shift and one answer', async (place) => {
  const anna = await place.add('Петрова Анна')
  const stores = [place.it.store]
  for (let n = 0; n < 4 && place.it.another; n++) stores.push(await place.it.another())
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, n) =>
      place.ask(
        { do: 'shift-start', employee: anna, at: at('09:00') },
        { store: stores[n % stores.length] as Store, key: 'press 1' },
      ),
    ),
  )
  for (const answer of answers) assert.deepEqual(answer, answers[0])
  assert.equal((await place.shifts()).length, 1)
  await assert.rejects(
    place.ask({ do: 'shift-end', employee: anna, at: at('18:00') }, { key: 'press 1' }),
    refused('client-key-taken'),
  )
  // A refusal is not kept: the press can be told again.
  const other = { do: 'break-end' as const, employee: anna, at: at('10:00') }
  await assert.rejects(place.ask(other, { key: 'press 2' }), refused('time-impossible'))
  await place.pause(anna, 'rest', at('09:50'))
  await place.ask(other, { key: 'press 2' })
})

onBothEngines(
  'a start that is told an hour late makes the calls of its time due, of every telephone held then',
  async (place) => {
    const anna = await place.add('Петрова Анна')
    await place.assign(anna, '201', at('08:00'), at('09:30'))
    await place.assign(anna, '202', at('09:30'))
    await place.due()
    place.now = at('10:00')
    await place.start(anna, at('09:00'))
    // An open shift counts up to its limit.
    assert.deepEqual(await place.due(), ['avaya 201 24T09:00 24T09:30', 'avaya 202 24T09:30 24T21:00'])
    await place.pause(anna, 'meal', at('09:20'))
    await place.due()
    await place.resume(anna, at('09:50'))
    assert.deepEqual(await place.due(), ['avaya 202 24T09:50 24T21:00'])
    await place.end(anna, at('18:00'))
    assert.deepEqual(await place.due(), ['avaya 202 24T18:00 24T21:00'])
    // An end that is told touches no telephone.
    assert.equal((await place.it.rows('SELECT 1 AS one FROM assignment WHERE to_at IS NULL')).length, 1)
  },
)

onBothEngines(
  'a forgotten shift is closed at the limit and flagged; the person’s own end takes its place',
  async (place) => {
    const anna = await place.add('Петрова Анна')
    await place.start(anna, at('09:00'))
    await place.pause(anna, 'rest', at('20:00'))
    place.now = at('20:59')
    assert.equal(await closeOverdueShifts(place.options()), 0)
    place.now = at('21:00')
    assert.equal(await closeOverdueShifts(place.options()), 1)
    assert.equal(await closeOverdueShifts(place.options()), 0)
    const [closed] = await place.shifts()
    assert.equal(closed?.['ended_at'], at('21:00'))
    assert.equal(closed?.['flags'], '["closed-by-system"]')
    const [pause] = await place.it.rows('SELECT * FROM shift_break')
    assert.deepEqual([pause?.['ended_at'], /closed-with-shift/u.test(String(pause?.['flags']))], [at('21:00'), true])
    place.now = at('08:00', 25)
    const own = await place.end(anna, at('20:30'))
    assert.deepEqual([own.endedAt, own.flags], ['2026-11-24T13:30:00Z', []])
  },
)

onBothEngines('the next start closes a forgotten shift without anybody’s help', async (place) => {
  const anna = await place.add('Петрова Анна')
  await place.start(anna, at('09:00'))
  place.now = at('09:00', 25)
  await place.start(anna, at('09:00', 25))
  const [first, second] = await place.shifts()
  assert.deepEqual([first?.['ended_at'], first?.['flags']], [at('21:00'), '["closed-by-system"]'])
  assert.equal(second?.['ended_at'], null)
})
