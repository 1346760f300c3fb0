import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type ErrorCode, SmenaError } from '../../src/domain/errors.ts'
import { closeOverdueShifts, doPeople, type PeopleOptions } from '../../src/pipeline/people.ts'
import type { PeopleRequest } from '../../src/pipeline/people-request.ts'
import type {
  AssignmentJson,
  BreakJson,
  CorrectionJson,
  EmployeeJson,
  PeriodJson,
  ShiftJson,
} from '../../src/pipeline/people-view.ts'
import type { Store } from '../../src/pipeline/store.ts'
import { applyReading, sampleReadings } from '../support/feed.ts'
import { type Engine, engines, type TestStore } from '../support/stores.ts'

/** People and their time through both engines: what is told, what is refused, what it makes due, what is kept of it. */

const zone = 'Asia/Krasnoyarsk'
/** 24 November 2026 on the site's clock, which is seven hours ahead. */
const at = (time: string, day = 24): number => Date.parse(`2026-11-${String(day).padStart(2, '0')}T${time}:00+07:00`)

class Place {
  readonly it: TestStore
  now = at('12:00')

  constructor(it: TestStore) {
    this.it = it
  }

  options(store: Store = this.it.store): PeopleOptions {
    return { store, now: () => this.now, settings: { zone, shiftAtMostSeconds: 12 * 3600 } }
  }

  ask<T = ShiftJson>(request: PeopleRequest, more: { who?: string; key?: string; store?: Store } = {}): Promise<T> {
    const told = { request, who: more.who ?? 'test', how: 'shell' as const, key: more.key ?? null }
    return doPeople(this.options(more.store), told) as Promise<T>
  }

  async add(name: string, more: { personnelNumber?: string; unit?: string } = {}): Promise<string> {
    return (await this.ask<EmployeeJson>({ do: 'employee-add', name, ...more })).id
  }

  assign(employee: string, extension: string, from: number, to: number | null = null): Promise<AssignmentJson> {
    return this.ask({ do: 'assign', employee, extension, plan: 'avaya', from, to })
  }

  start = (employee: string, when: number) => this.ask({ do: 'shift-start', employee, at: when })
  end = (employee: string, when: number) => this.ask({ do: 'shift-end', employee, at: when })
  pause = (employee: string, type: string, when: number) =>
    this.ask<BreakJson>({ do: 'break-start', employee, type, at: when })
  resume = (employee: string, when: number) => this.ask<BreakJson>({ do: 'break-end', employee, at: when })

  /** Ranges that were made due since they were looked at last. */
  async due(): Promise<string[]> {
    const rows = await this.it.rows('SELECT plan, extension, from_at, to_at FROM attribution_due_range ORDER BY id')
    await this.it.execute('DELETE FROM attribution_due_range')
    return rows.map(({ plan, extension, from_at, to_at }) => {
      const text = (instant: unknown) => new Date((instant as number) + 7 * 3_600_000).toISOString().slice(8, 16)
      return `${plan} ${extension} ${text(from_at)} ${to_at === null ? '…' : text(to_at)}`
    })
  }

  async shifts(): Promise<readonly Record<string, unknown>[]> {
    return this.it.rows('SELECT * FROM shift ORDER BY started_at')
  }
}

async function openPlace(engine: Engine, t: TestContext): Promise<Place> {
  const it = await engine.open(t)
  for (const name of ['avaya', 'asterisk'] as const) await applyReading(it.store, name, sampleReadings[name])
  return new Place(it)
}

const refused =
  (code: ErrorCode, details: Readonly<Record<string, string | number | RegExp>> = {}) =>
  (error: unknown) => {
    assert.ok(error instanceof SmenaError, String(error))
    assert.equal(error.code, code, error.message)
    for (const [name, value] of Object.entries(details))
      if (value instanceof RegExp) assert.match(String(error.details[name]), value)
      else assert.equal(error.details[name], value, name)
    return true
  }

for (const engine of engines) {
  const suite = (name: string, run: (place: Place, t: TestContext) => Promise<void>) =>
    test(`${engine.name}: ${name}`, { skip: engine.skip }, async (t) => run(await openPlace(engine, t), t))

  suite('a shift with its breaks is told, and what is impossible is refused with what is possible', async (place) => {
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
    assert.deepEqual(breaks, [{ type: 'meal', startedAt: '2026-11-24T05:00:00Z', endedAt: '2026-11-24T05:40:00Z' }])
    assert.deepEqual(flags, [])
    await assert.rejects(place.end(anna, at('19:00')), refused('time-impossible', { state: 'off shift' }))
  })

  suite('a telephone has one holder at one instant, and the refusal names who has it and until when', async (place) => {
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
  })

  suite('who already has a telephone keeps one assignment, made longer', async (place) => {
    const anna = await place.add('Петрова Анна')
    const first = await place.assign(anna, '201', at('09:00'), at('12:00'))
    assert.deepEqual(await place.assign(anna, '201', at('10:00'), at('11:00')), first)
    const longer = await place.assign(anna, '201', at('08:00'), at('13:00'))
    assert.deepEqual([longer.from, longer.to], ['2026-11-24T01:00:00Z', '2026-11-24T06:00:00Z'])
    assert.equal((await place.it.rows('SELECT 1 AS one FROM assignment')).length, 1)
  })

  suite('the plan that is not named is the only one that has seen the number, or is asked for', async (place) => {
    const anna = await place.add('Петрова Анна')
    const assign = (extension: string, plan: string | null) =>
      place.ask<AssignmentJson>({ do: 'assign', employee: anna, extension, plan, from: null, to: null })
    await assert.rejects(assign('4731', null), refused('plan-unclear', { plans: 'asterisk, avaya' }))
    await assert.rejects(assign('4731', 'other'), refused('name-unknown', { known: 'asterisk, avaya' }))
    await place.it.execute(`INSERT INTO call (id, source_id, reading_id, rules, plan, start_wall, exchange_call_id, kind, direction,
      outcome, targets, answered_outside, extensions, started_at, ended_at, ring_seconds, wait_seconds, talk_seconds, hold_seconds,
      park_seconds, machine_seconds, segments, doubtful)
      VALUES (1025, 1, 1, 1, 'avaya', 0, 'x', 'call', 'inbound', 'answered', '[]', 0, '[]', 0, 0, 0, 0, 0, 0, 0, 0, 1, '[]')`)
    await place.it.execute(`INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at)
      VALUES (1025, 0, 'answered', 'avaya', '4731', '4731', 0, 0)`)
    assert.equal((await assign('4731', null)).plan, 'avaya')
  })

  suite('the engine itself refuses two people on one telephone, two shifts at one time, two breaks at one time', async (place) => {
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
  })

  suite('of two who take one telephone at the same moment one is refused, and told who has it', async (place) => {
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

  suite('fifty starts at once are one shift', async (place) => {
    const anna = await place.add('Петрова Анна')
    const stores = [place.it.store]
    for (let n = 0; n < 4 && place.it.another; n++) stores.push(await place.it.another())
    const results = await Promise.allSettled(
      Array.from({ length: 50 }, (_, n) =>
        place.ask(
          { do: 'shift-start', employee: anna, at: at('09:00') },
          { store: stores[n % stores.length] as Store },
        ),
      ),
    )
    assert.equal(results.filter((it) => it.status === 'fulfilled').length, 1)
    for (const it of results) if (it.status === 'rejected') refused('time-impossible')(it.reason)
    assert.equal((await place.shifts()).length, 1)
  })

  suite('fifty times the same press under one key is one shift and one answer', async (place) => {
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

  suite('names are found however they are typed, and sorted as people expect', async (place) => {
    for (const name of ['Яковлев Пётр', 'ёлкина Алёна', 'Петрова Анна', 'Егоров Ян', 'Петрова анна'])
      await place.add(name)
    const reader = await place.it.reader()
    const names = async (search: string | null) =>
      (await reader.employees({ search, unitIds: null, onlyActive: true })).map(
        ({ family, given }) => `${family} ${given}`,
      )
    assert.deepEqual(await names(null), ['Егоров Ян', 'ёлкина Алёна', 'Петрова Анна', 'Петрова анна', 'Яковлев Пётр'])
    assert.deepEqual(await names('АЛЕН'), ['ёлкина Алёна'])
    assert.deepEqual(await names('петр'), ['Петрова Анна', 'Петрова анна', 'Яковлев Пётр'])
    await place.start('ЕЛКИНА  алена', at('09:00'))
    await assert.rejects(place.start('Петрова Анна', at('09:00')), refused('employee-ambiguous', { ids: '3, 5' }))
    await assert.rejects(place.start('Никто', at('09:00')), refused('employee-unknown'))
  })

  suite('a personnel number is one person’s', async (place) => {
    await place.add('Петрова Анна', { personnelNumber: '1017' })
    await assert.rejects(
      place.add('Сидоров Олег', { personnelNumber: '1017' }),
      refused('name-taken', { holder: 'Петрова Анна' }),
    )
    await place.start('1017', at('09:00'))
  })

  suite('a start that is told an hour late makes the calls of its time due, of every telephone held then', async (place) => {
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
  })

  suite('a forgotten shift is closed at the limit and flagged; the person’s own end takes its place', async (place) => {
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
  })

  suite('the next start closes a forgotten shift without anybody’s help', async (place) => {
    const anna = await place.add('Петрова Анна')
    await place.start(anna, at('09:00'))
    await place.start(anna, at('09:00', 25))
    const [first, second] = await place.shifts()
    assert.deepEqual([first?.['ended_at'], first?.['flags']], [at('21:00'), '["closed-by-system"]'])
    assert.equal(second?.['ended_at'], null)
  })

  suite('a correction is asked for, shown, approved by somebody else, and done', async (place) => {
    const anna = await place.add('Петрова Анна')
    await place.assign(anna, '201', at('08:00'))
    const { id } = await place.start(anna, at('09:00'))
    await place.end(anna, at('17:00'))
    await place.due()
    const edits = [{ edit: 'set-shift' as const, shift: Number(id), endedAt: at('18:30') }]
    const request = { do: 'correction-request' as const, employee: anna, reason: 'забыла', edits }
    const asked = await place.ask<CorrectionJson>(request, { who: 'Анна' })
    assert.deepEqual(asked.effect, {
      days: [{ day: '2026-11-24', beforeSeconds: 8 * 3600, afterSeconds: 9.5 * 3600 }],
      workedSeconds: 5400,
      calls: 0,
      periods: [],
    })
    assert.deepEqual(await place.due(), [])
    const approve = { do: 'correction-approve' as const, correction: Number(asked.id), comment: null }
    await assert.rejects(place.ask(approve, { who: 'АННА' }), refused('correction-own'))
    const done = await place.ask<CorrectionJson>(approve, { who: 'Олег' })
    assert.deepEqual([done.state, done.decidedBy], ['approved', 'Олег'])
    const [shift] = await place.shifts()
    assert.deepEqual([shift?.['ended_at'], shift?.['flags']], [at('18:30'), '["corrected"]'])
    assert.deepEqual(await place.due(), ['avaya 201 24T17:00 24T18:30'])
    await assert.rejects(place.ask(approve, { who: 'Олег' }), refused('correction-decided', { state: 'approved' }))
    // Another one, refused: nothing changes.
    const again = await place.ask<CorrectionJson>(
      { ...request, edits: [{ edit: 'remove-shift', shift: Number(id) }] },
      { who: 'Анна' },
    )
    await place.ask({ do: 'correction-refuse', correction: Number(again.id), comment: 'нет' }, { who: 'Олег' })
    assert.equal((await place.shifts()).length, 1)
    assert.deepEqual(await place.due(), [])
  })

  suite('an impossible correction is refused when it is asked for', async (place) => {
    const anna = await place.add('Петрова Анна')
    const oleg = await place.add('Сидоров Олег')
    await place.assign(oleg, '201', at('08:00'))
    const request = { do: 'correction-request' as const, employee: anna, reason: 'x' }
    await assert.rejects(
      place.ask({ ...request, edits: [{ edit: 'remove-shift', shift: 77 }] }),
      refused('correction-impossible', { why: 'the person has no such shift', of: '77' }),
    )
    const edit = { edit: 'add-assignment' as const, plan: 'avaya', extension: '201', from: at('09:00'), to: null }
    await assert.rejects(
      place.ask({ ...request, edits: [edit] }),
      refused('extension-held', { holder: 'Сидоров Олег' }),
    )
  })

  suite('a correction adds a forgotten shift with its break, and marks find their shift', async (place) => {
    const anna = await place.add('Петрова Анна')
    const mark = { do: 'mark-add' as const, employee: anna, type: 'Почта', comment: null, count: 1, seconds: 60 }
    await place.ask({ ...mark, at: at('10:00') })
    const breaks = [{ type: 'meal', startedAt: at('12:00'), endedAt: at('12:30') }]
    const edits = [{ edit: 'add-shift' as const, startedAt: at('09:00'), endedAt: at('18:00'), zone, breaks }]
    const asked = await place.ask<CorrectionJson>({ do: 'correction-request', employee: anna, reason: 'x', edits })
    assert.equal(asked.effect.workedSeconds, 8.5 * 3600)
    await place.ask({ do: 'correction-approve', correction: Number(asked.id), comment: null }, { who: 'Олег' })
    const [shift] = await place.shifts()
    const [kept] = await place.it.rows('SELECT shift_id FROM mark')
    assert.equal(kept?.['shift_id'], shift?.['id'])
    assert.equal((await place.it.rows('SELECT 1 AS one FROM shift_break')).length, 1)
  })

  suite('a locked period keeps its figures; an approved correction makes its next version', async (place) => {
    const anna = await place.add('Петрова Анна')
    const { id } = await place.start(anna, at('09:00', 10))
    await place.end(anna, at('17:00', 10))
    await place.start(anna, at('20:00', 20))
    const lock = { do: 'period-lock' as const, from: at('00:00', 1), to: at('00:00', 21), unit: null }
    const period = await place.ask<PeriodJson>(lock)
    // The open shift of the last night counts up to the midnight.
    assert.equal(period.versions[0]?.workedSeconds, 12 * 3600)
    await assert.rejects(place.ask(lock), refused('period-locked'))
    await assert.rejects(place.start(anna, at('09:00', 11)), refused('period-locked', { to: '2026-11-21 00:00' }))
    await assert.rejects(place.assign(anna, '201', at('09:00', 11)), refused('period-locked'))
    // It ends after the lock and changes nothing within.
    await place.end(anna, at('06:00', 21))
    await place.assign(anna, '201', at('00:00', 21))
    const edits = [{ edit: 'set-shift' as const, shift: Number(id), endedAt: at('18:00', 10) }]
    const request = { do: 'correction-request' as const, employee: anna, reason: 'забыла', edits }
    const asked = await place.ask<CorrectionJson>(request)
    assert.deepEqual(asked.effect.periods, [period.id])
    await place.ask({ do: 'correction-approve', correction: Number(asked.id), comment: null }, { who: 'Олег' })
    const unlocked = await place.ask<PeriodJson>({ do: 'period-unlock', period: Number(period.id) })
    assert.deepEqual(
      unlocked.versions.map(({ version, workedSeconds }) => [version, workedSeconds]),
      [
        [1, 12 * 3600],
        [2, 13 * 3600],
      ],
    )
    const difference = unlocked.versions[1]?.difference.filter(({ figure }) => figure === 'workedSeconds')
    assert.deepEqual(difference, [
      {
        employee: { id: anna, name: 'Петрова Анна' },
        day: '2026-11-10',
        figure: 'workedSeconds',
        before: 8 * 3600,
        after: 9 * 3600,
      },
    ])
    await place.start(anna, at('09:00', 11))
  })

  suite('the period of a unit is that of its people and of the units below', async (place) => {
    await place.ask({ do: 'unit-add', name: 'Офис', parent: null })
    await place.ask({ do: 'unit-add', name: 'Поддержка', parent: 'офис' })
    const [anna, oleg] = [await place.add('Петрова Анна', { unit: 'поддержка' }), await place.add('Сидоров Олег')]
    await place.ask({ do: 'period-lock', from: at('00:00', 1), to: at('00:00', 21), unit: 'Офис' })
    await assert.rejects(place.start(anna, at('09:00', 10)), refused('period-locked'))
    await place.start(oleg, at('09:00', 10))
  })

  suite('every change leaves a line that nobody can change or take away', async (place) => {
    const anna = await place.add('Петрова Анна')
    await place.ask({ do: 'shift-start', employee: anna, at: at('09:00') }, { who: 'Олег' })
    const reader = await place.it.reader()
    const trail = await reader.audit(Number(anna), 10)
    assert.deepEqual(
      trail.map(({ who, what }) => [who, what]),
      [
        ['Олег', 'shift-start'],
        ['test', 'employee-add'],
      ],
    )
    const [shift] = JSON.parse(trail[0]?.after ?? '[]') as { startedAt: number }[]
    assert.equal(shift?.startedAt, at('09:00'))
    for (const sql of [`UPDATE audit SET who = 'x'`, 'DELETE FROM audit'])
      await assert.rejects(place.it.execute(sql), /append only/u)
  })

  suite('a list of people is taken whole or not at all, and a dry run tells the same', async (place) => {
    const line = (line: number, name: string, extension: string | null, personnelNumber: string | null = null) => {
      return {
        line,
        name,
        personnelNumber,
        position: null,
        unit: 'Продажи',
        extension,
        plan: 'avaya',
        from: null,
        to: null,
      }
    }
    const rows = [line(2, 'Петрова Анна', '201', '1'), line(3, '', null), line(4, 'Сидоров Олег', '201', '2')]
    const ask = (dryRun: boolean, some = rows) =>
      place.ask<{ added: number; problems: { line: number; code: string }[] }>({
        do: 'employee-import',
        rows: some,
        dryRun,
      })
    const { problems } = await ask(true)
    assert.deepEqual(
      problems.map((it) => [it.line, it.code]),
      [
        [3, 'value-unreadable'],
        [4, 'extension-held'],
      ],
    )
    await assert.rejects(ask(false), refused('list-unusable', { lines: 2, line: 3 }))
    assert.equal((await place.it.rows('SELECT 1 AS one FROM employee')).length, 0)
    const good = [
      line(2, 'Петрова Анна', '201', '1'),
      line(3, 'Сидоров Олег', '202', '2'),
      line(4, 'Сидоров Олег', '203', '2'),
    ]
    assert.equal((await ask(true, good)).added, 2)
    assert.equal((await place.it.rows('SELECT 1 AS one FROM employee')).length, 0)
    assert.equal((await ask(false, good)).added, 2)
    assert.equal((await place.it.rows('SELECT 1 AS one FROM assignment')).length, 3)
    const again = (await ask(false, good)) as unknown as { added: number; unchanged: number }
    assert.deepEqual([again.added, again.unchanged], [0, 3])
    assert.equal((await place.it.rows('SELECT 1 AS one FROM assignment')).length, 3)
  })

  suite('presses of one second are moments one after the other', async (place) => {
    const anna = await place.add('Петрова Анна')
    const now = { employee: anna, at: null }
    await place.ask({ do: 'shift-start', ...now })
    await place.ask({ do: 'break-start', type: 'rest', ...now })
    await place.ask({ do: 'break-end', ...now })
    const { breaks, startedAt, endedAt } = await place.ask({ do: 'shift-end', ...now })
    const second = (n: number) => new Date(at('12:00') + n * 1000).toISOString().replace('.000', '')
    assert.deepEqual([startedAt, endedAt], [second(0), second(3)])
    assert.deepEqual(breaks, [{ type: 'rest', startedAt: second(1), endedAt: second(2) }])
  })
}
