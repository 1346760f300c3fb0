import assert from 'node:assert/strict'
import { closeOverdueShifts } from '../../src/pipeline/people.ts'
import type { EmployeeTold } from '../../src/pipeline/people-entries.ts'
import type { PeopleRequest } from '../../src/pipeline/people-request.ts'
import type { AssignmentJson, EmployeeJson, MarkJson } from '../../src/pipeline/people-view.ts'
import { employeeReport } from '../../src/pipeline/reports/employee.ts'
import { shiftReport } from '../../src/pipeline/reports/shift.ts'
import { reportsOf } from '../support/office.ts'
import { at, onBothEngines, type Place, refused } from '../support/people.ts'

/** How far what people tell reaches, through both engines: what is to come, what is too late, who is there and who is not. */

const mark = (place: Place, employee: string, when: number | null, type = 'Почта') =>
  place.ask<MarkJson>({ do: 'mark-add', employee, type, comment: null, count: 1, seconds: null, at: when })

onBothEngines(
  'what nobody can know yet is refused, and a shift that was begun next week ends nothing today',
  async (place) => {
    place.now = at('09:00')
    const anna = await place.add('Петрова Анна')
    const ahead = refused('time-ahead', { at: '2026-12-01 09:00', now: '2026-11-24 09:00', latest: '2026-11-24 21:00' })
    await assert.rejects(place.start(anna, at('09:00', 31)), ahead)
    const { endedAt, flags } = await place.start(anna, at('09:00'))
    assert.deepEqual([endedAt, flags], [null, []])
    for (const told of [place.end, place.resume, (who: string, when: number) => place.pause(who, 'rest', when)])
      await assert.rejects(told(anna, at('09:00', 31)), ahead)
    await assert.rejects(mark(place, anna, at('09:00', 31)), ahead)
    // As far as a shift may reach.
    await assert.rejects(place.end(anna, at('21:00') + 1000), refused('time-ahead'))
    await place.end(anna, at('21:00'))
    // The limit is that of the place.
    place.shiftAtMostSeconds = 3600
    await assert.rejects(place.start(anna, at('10:01')), refused('time-ahead', { latest: '2026-11-24 10:00' }))
    // A telephone can be planned ahead.
    const planned = await place.assign(anna, '201', at('09:00', 31))
    assert.equal(planned.from, '2026-12-01T02:00:00Z')
  },
)

onBothEngines('an end that is told before it comes counts when it has come', async (place, t) => {
  const anna = await place.add('Петрова Анна')
  place.now = at('12:15')
  await place.start(anna, at('09:00'))
  await place.pause(anna, 'meal', at('12:00'))
  await place.resume(anna, at('12:45'))
  assert.equal((await place.end(anna, at('18:00'))).workedSeconds, 3 * 3600)
  const facts = await reportsOf(place, t)
  const figures = async () => {
    const [one] = (await shiftReport(await facts())).rows
    const [all] = (await employeeReport(await facts())).rows
    return [one?.workedSeconds, one?.breakSeconds, one?.old.hours, all?.workedSeconds, all?.breakSeconds]
  }
  assert.deepEqual(await figures(), [3 * 3600, 900, 3, 3 * 3600, 900])
  place.now = at('18:00')
  assert.deepEqual(await figures(), [8.25 * 3600, 2700, 9, 8.25 * 3600, 2700])
})

onBothEngines('what is told when its limit has passed is closed by the telling, without the sweep', async (place) => {
  const [anna, oleg] = [await place.add('Петрова Анна'), await place.add('Сидоров Олег')]
  place.now = at('22:30')
  const told = await place.start(anna, at('09:00'))
  assert.deepEqual([told.endedAt, told.flags], ['2026-11-24T14:00:00Z', ['closed-by-system']])
  assert.equal((await place.shifts())[0]?.['ended_at'], at('21:00'))
  // What follows is told as of a shift whose end is missing.
  const pause = await place.pause(anna, 'rest', at('20:50'))
  assert.deepEqual([pause.endedAt, pause.flags], ['2026-11-24T14:00:00Z', ['closed-with-shift']])
  // The sweep is for those that become overdue afterwards.
  await place.start(oleg, at('11:00'))
  assert.equal(await closeOverdueShifts(place.options()), 0)
  place.now = at('23:00')
  assert.equal(await closeOverdueShifts(place.options()), 1)
  const { endedAt, flags, breaks } = await place.end(anna, at('20:55'))
  assert.deepEqual([endedAt, flags, breaks[0]?.flags], ['2026-11-24T13:55:00Z', [], ['closed-with-shift']])
})

onBothEngines('a break that goes on beyond its maximum is said to, before it ends', async (place) => {
  const anna = await place.add('Петрова Анна')
  place.now = at('12:20')
  await place.start(anna, at('09:00'))
  assert.deepEqual((await place.pause(anna, 'rest', at('12:00'))).flags, [])
  place.now = at('12:21')
  await assert.rejects(place.pause(anna, 'rest', at('12:10')), refused('time-impossible'))
  const { flags } = await place.resume(anna, at('12:21'))
  assert.deepEqual(flags, ['overrun'])
  await place.pause(anna, 'rest', at('12:40'))
  place.now = at('13:01')
  const late = await place.pause(anna, 'rest', at('12:25'))
  assert.deepEqual([late.endedAt, late.flags], ['2026-11-24T05:40:00Z', ['closed-by-system']])
})

onBothEngines('a mark is set by who works at that time, and refused with what is possible', async (place) => {
  const anna = await place.add('Петрова Анна')
  await assert.rejects(
    mark(place, anna, null),
    refused('time-impossible', { why: 'is not on shift', state: 'off shift', possible: 'shift start' }),
  )
  const { id } = await place.start(anna, at('09:00'))
  await place.pause(anna, 'meal', at('12:00'))
  await assert.rejects(
    mark(place, anna, at('12:10')),
    refused('time-impossible', { why: 'is on a break', state: 'on a break', possible: 'break end, shift end' }),
  )
  await place.resume(anna, at('12:30'))
  await place.end(anna, at('18:00'))
  await assert.rejects(mark(place, anna, at('18:00')), refused('time-impossible', { since: '2026-11-24 18:00' }))
  await assert.rejects(mark(place, anna, at('08:59')), refused('time-impossible', { since: 'the beginning' }))
  // Told afterwards, of a time at which the person worked.
  assert.equal((await mark(place, anna, at('17:59'))).shift, id)
  assert.equal((await mark(place, anna, at('12:30'))).shift, id)
  assert.equal((await place.it.rows('SELECT 1 AS one FROM mark')).length, 2)
  // What was refused made no kind of mark.
  assert.equal((await place.it.rows('SELECT 1 AS one FROM mark_type')).length, 1)
  // A press in the very second of the start is one of the shift; one after a forgotten shift is not.
  place.now = at('19:00')
  await place.ask({ do: 'shift-start', employee: anna, at: null })
  await mark(place, anna, null)
  place.now = at('08:00', 25)
  await assert.rejects(
    mark(place, anna, null),
    refused('time-impossible', { since: '2026-11-25 07:00', possible: 'shift start, shift end' }),
  )
})

onBothEngines('marks that the program counts are nobody’s to press', async (place) => {
  const anna = await place.add('Петрова Анна')
  await place.start(anna, at('09:00'))
  await mark(place, anna, at('10:00'))
  await place.it.store.people((tx) =>
    tx.addMarkType({ name: 'Входящие звонки', active: true, wrapUp: false, reserved: 'inbound' }),
  )
  await assert.rejects(
    mark(place, anna, at('10:00'), 'входящие звонки'),
    refused('mark-counted', { found: 'Входящие звонки', known: 'Почта' }),
  )
})

onBothEngines('Артём and Артем are found by their names', async (place) => {
  const [yo, e] = [await place.add('Юн Артём'), await place.add('Юн Артем')]
  assert.equal((await place.start('Юн Артём', at('09:00'))).employee.id, yo)
  assert.equal((await place.start('юн артем', at('09:00'))).employee.id, e)
  const line = { line: 2, name: 'Юн Артём', personnelNumber: null, position: 'Оператор', unit: null }
  const rows = [{ ...line, zone: null, hiredOn: null, leftOn: null, extension: null, plan: null, from: null, to: null }]
  const report = await place.ask<{ changed: number }>({ do: 'employee-import', rows, dryRun: false })
  assert.equal(report.changed, 1)
  const people = await place.it.rows('SELECT id, position FROM employee ORDER BY id')
  assert.deepEqual(
    people.map((it) => [String(it['id']), it['position']]),
    [
      [yo, 'Оператор'],
      [e, null],
    ],
  )
})

onBothEngines('nothing begins for who is not there; what was before is told afterwards', async (place, t) => {
  const anna = await place.add('Петрова Анна')
  const set = (more: Partial<Extract<PeopleRequest, { do: 'employee-set' }>>) =>
    place.ask<EmployeeJson>({ do: 'employee-set', employee: anna, ...more })
  await set({ hiredOn: '2026-11-10', leftOn: '2026-11-20' })
  const away = refused('employee-away', { employee: 'Петрова Анна', from: '2026-11-10', to: '2026-11-20' })
  await assert.rejects(place.start(anna, at('00:00', 21)), away)
  await assert.rejects(place.start(anna, at('23:59', 9)), away)
  await assert.rejects(place.assign(anna, '201', at('00:00', 21)), away)
  await assert.rejects(place.assign(anna, '201', at('23:59', 9)), away)
  // The last day is one of them, and its night is worked to the end.
  await place.assign(anna, '201', at('08:00', 10), at('08:00', 22))
  await place.start(anna, at('22:00', 20))
  await place.end(anna, at('02:00', 21))
  // What the person has already does not begin.
  await place.assign(anna, '201', at('08:00', 21), at('08:00', 22))
  // A day is that of the person's own clock: the 20th lasts longer in Moscow than here.
  await set({ zone: 'Europe/Moscow' })
  await assert.rejects(place.start(anna, at('04:00', 21)), refused('employee-away', { at: '2026-11-21 00:00' }))
  await place.start(anna, at('03:59', 21))
  await set({ leftOn: null, active: false })
  const inactive = refused('employee-inactive', { employee: 'Петрова Анна' })
  await assert.rejects(place.start(anna, at('09:00', 12)), inactive)
  await assert.rejects(place.assign(anna, '202', at('09:00', 12)), inactive)
  await set({ leftOn: '2026-11-20' })
  await place.start(anna, at('09:00', 12))
  await place.end(anna, at('10:00', 12))
  // Who left is in the reports of the time before.
  const facts = await reportsOf(place, t)
  const period = { from: at('00:00', 12), to: at('00:00', 13) }
  const rows = (await employeeReport(await facts({}, { period }))).rows
  assert.deepEqual(
    rows.map(({ employee, workedSeconds }) => [employee.name, workedSeconds]),
    [['Петрова Анна', 3600]],
  )
  assert.equal((await shiftReport(await facts({}, { period }))).rows.length, 1)
})

onBothEngines('a locked stretch that an assignment does not change does not refuse it', async (place) => {
  const anna = await place.add('Петрова Анна')
  await place.assign(anna, '201', at('08:00', 5))
  await place.ask({ do: 'release', employee: anna, extension: '201', plan: null, at: at('08:00', 22) })
  await place.ask({ do: 'period-lock', from: at('00:00', 1), to: at('00:00', 21), unit: null })
  await place.due()
  const longer = await place.assign(anna, '201', at('08:00', 10), at('08:00', 23))
  assert.deepEqual([longer.from, longer.to], ['2026-11-05T01:00:00Z', '2026-11-23T01:00:00Z'])
  assert.deepEqual(await place.due(), ['avaya 201 22T08:00 23T08:00'])
  await assert.rejects(place.assign(anna, '201', at('08:00', 4), at('08:00', 23)), refused('period-locked'))
  // Also a hole that lies in it, between two stretches that the person has.
  await place.assign(anna, '202', at('08:00', 22))
  await assert.rejects(place.assign(anna, '202', at('08:00', 20)), refused('period-locked'))
})

onBothEngines('a shift is counted by the days of its person’s own zone', async (place) => {
  const anna = await place.add('Петрова Анна')
  await place.ask({ do: 'employee-set', employee: anna, zone: 'Asia/Kamchatka' })
  // 17:00 here is ten in the evening there: two hours to midnight.
  place.now = at('20:00')
  await place.start(anna, at('17:00'))
  await place.end(anna, at('20:00'))
  assert.equal((await place.shifts())[0]?.['zone'], 'Asia/Kamchatka')
  const period = await place.ask<{ versions: { figures: { day: string; nightSeconds: number }[] }[] }>({
    do: 'period-lock',
    from: at('00:00', 1),
    to: at('00:00', 30),
    unit: null,
  })
  assert.deepEqual(
    period.versions[0]?.figures.map(({ day, nightSeconds }) => [day, nightSeconds]),
    [
      ['2026-11-24', 2 * 3600],
      ['2026-11-25', 3600],
    ],
  )
})

onBothEngines('what is known of somebody is set word by word, with its line in the trail', async (place) => {
  const anna = await place.add('Петрова Анна', { personnelNumber: '1017', unit: 'Поддержка' })
  const set = (more: Partial<Extract<PeopleRequest, { do: 'employee-set' }>>) =>
    place.ask<EmployeeTold>({ do: 'employee-set', employee: anna, ...more })
  const first = await set({ position: 'Оператор', hiredOn: '2026-11-01', zone: 'asia/chita' })
  assert.deepEqual(first, {
    changed: true,
    unitMade: false,
    id: anna,
    name: 'Петрова Анна',
    personnelNumber: '1017',
    position: 'Оператор',
    unit: 'Поддержка',
    zone: 'Asia/Chita',
    hiredOn: '2026-11-01',
    leftOn: null,
    active: true,
  })
  const second = await set({ name: 'Ким Анна Олеговна', unit: 'Продажи', position: '', active: false })
  const changed = { name: 'Ким Анна Олеговна', unit: 'Продажи', position: null, active: false }
  assert.deepEqual(second, { ...first, ...changed, unitMade: true })
  for (const wrong of [{ hiredOn: '2026-02-30' }, { leftOn: 'вчера' }, { zone: 'Mars/Base' }, { name: ' ' }])
    await assert.rejects(set(wrong), refused('value-unreadable'))
  const oleg = await place.add('Сидоров Олег', { personnelNumber: '7' })
  await assert.rejects(
    place.ask({ do: 'employee-set', employee: oleg, personnelNumber: '1017' }),
    refused('name-taken', { holder: 'Ким Анна Олеговна' }),
  )
  const [line] = await (await place.it.reader()).audit(Number(anna), 1)
  assert.equal(line?.what, 'employee-set')
  assert.partialDeepStrictEqual([first, second], [JSON.parse(line?.before ?? ''), JSON.parse(line?.after ?? '')])
})

onBothEngines('a kind of break that is added or changed counts as it says', async (place, t) => {
  const type = (name: string, more: object) => place.ask({ do: 'break-type-set', name, ...more })
  const anna = await place.add('Петрова Анна')
  await type('smoke', { paid: true, minimumSeconds: 120, maximumSeconds: 600 })
  await place.start(anna, at('09:00'))
  await place.pause(anna, 'smoke', at('10:00'))
  assert.deepEqual((await place.resume(anna, at('10:11'))).flags, ['overrun'])
  await place.pause(anna, 'smoke', at('11:00'))
  assert.deepEqual((await place.resume(anna, at('11:01'))).flags, ['too-short'])
  await place.end(anna, at('18:00'))
  const facts = await reportsOf(place, t)
  const counted = async () => {
    const [row] = (await shiftReport(await facts())).rows
    return [row?.workedSeconds, row?.breakSeconds, row?.unpaidBreakSeconds]
  }
  assert.deepEqual(await counted(), [9 * 3600, 720, 0])
  // Said to be unpaid, it is for what was before, too; what is not told stays.
  const changed = await type('smoke', { paid: false, maximumSeconds: null })
  assert.deepEqual(changed, { name: 'smoke', paid: false, minimumSeconds: 120, maximumSeconds: null, active: true })
  assert.deepEqual(await counted(), [9 * 3600 - 720, 720, 720])
  await place.pause(anna, 'smoke', at('12:00'))
  assert.deepEqual((await place.resume(anna, at('12:30'))).flags, [])
  await type('smoke', { active: false })
  await assert.rejects(place.pause(anna, 'smoke', at('13:00')), refused('name-unknown', { found: 'smoke' }))
  await assert.rejects(type('smoke', { minimumSeconds: 0 }), refused('value-unreadable', { what: 'minimum' }))
})

const span = ({ from, to }: AssignmentJson) => [from.slice(8, 16), to?.slice(8, 16) ?? null]

onBothEngines(
  'an assignment grows together with one that was planned, and a plan is cancelled whole',
  async (place) => {
    const [anna, oleg] = [await place.add('Петрова Анна'), await place.add('Сидоров Олег')]
    const release = (when: number) =>
      place.ask<AssignmentJson>({ do: 'release', employee: anna, extension: '201', plan: null, at: when })
    await place.assign(anna, '201', at('09:00', 26), at('18:00', 26))
    await place.assign(anna, '201', at('09:00', 28))
    await place.due()
    // From now on until further notice: both plans are in it.
    assert.deepEqual(span(await place.assign(anna, '201', at('09:00'))), ['24T02:00', null])
    assert.deepEqual(await place.due(), ['avaya 201 24T09:00 26T09:00', 'avaya 201 26T18:00 28T09:00'])
    assert.equal((await place.it.rows('SELECT 1 AS one FROM assignment')).length, 1)
    await release(at('12:00'))
    // What ends where it begins was never held.
    await place.assign(anna, '201', at('09:00', 28))
    await release(at('09:00', 28))
    assert.deepEqual(
      (await place.it.rows('SELECT to_at FROM assignment')).map((row) => row['to_at']),
      [at('12:00')],
    )
    assert.deepEqual(span(await place.assign(oleg, '201', at('09:00', 28))), ['28T02:00', null])
  },
)

onBothEngines('a number that somebody holds in two plans is released when the plan is named', async (place) => {
  const anna = await place.add('Петрова Анна')
  for (const plan of ['avaya', 'asterisk'])
    await place.ask({ do: 'assign', employee: anna, extension: '201', plan, from: at('09:00'), to: null })
  const release = (plan: string | null) =>
    place.ask<AssignmentJson>({ do: 'release', employee: anna, extension: '201', plan, at: at('12:00') })
  await assert.rejects(release(null), refused('plan-unclear', { extension: '201', plans: /avaya/u, seen: /asterisk/u }))
  assert.equal((await place.it.rows('SELECT 1 AS one FROM assignment WHERE to_at IS NULL')).length, 2)
  assert.equal((await release('asterisk')).plan, 'asterisk')
  // One is left: nothing has to be named.
  assert.equal((await release(null)).plan, 'avaya')
})
