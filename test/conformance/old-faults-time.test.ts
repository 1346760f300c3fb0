import assert from 'node:assert/strict'
import type { CorrectionJson } from '../../src/pipeline/people-correction-view.ts'
import { closeOverdueShifts } from '../../src/pipeline/people.ts'
import type { SavedJson } from '../../src/pipeline/people-saved.ts'
import type { MarkJson, ShiftJson } from '../../src/pipeline/people-view.ts'
import { activityReport } from '../../src/pipeline/reports/activity.ts'
import { shiftReport } from '../../src/pipeline/reports/shift.ts'
import { openReports } from '../../src/roles/store-place.ts'
import { importFrom } from '../support/legacy-import.ts'
import { factsOf, inMemory, oldRows } from '../support/legacy-memory.ts'
import { at as oldAt, shiftOn } from '../support/legacy-schema.ts'
import { bring, lineAt, reportsOf } from '../support/office.ts'
import { at, onBothEngines, type Place, refused } from '../support/people.ts'

/** Faults of the older system in people's time and in reports of it (F15 to F23); those of calls stand in old-faults.test.ts. */

const markAt = (place: Place, employee: string, time: string) =>
  place.ask<MarkJson>({ do: 'mark-add', employee, type: 'Почта', comment: null, count: 1, seconds: null, at: at(time) })

async function corrected(place: Place, employee: string, edit: object): Promise<void> {
  const asked = await place.ask<CorrectionJson>({
    do: 'correction-request',
    employee,
    reason: 'забыла',
    edits: [edit as never],
  })
  await place.ask({ do: 'correction-approve', correction: Number(asked.id), comment: null }, { who: 'Олег' })
}

onBothEngines('F15: the database itself refuses two people one extension at one time', async (place) => {
  const [anna, oleg] = [await place.add('Анна'), await place.add('Олег')]
  await place.assign(anna, '201', at('08:00'))
  await assert.rejects(place.assign(oleg, '201', at('12:00')), refused('extension-held', { holder: 'Анна' }))
  const insert = (from: number, to: number | null) =>
    place.it.execute(
      `INSERT INTO assignment (employee_id, plan, extension, from_at, to_at, confirmed, created_at)
       VALUES (${oleg}, 'avaya', '201', ${from}, ${to}, 1, 0)`,
    )
  await assert.rejects(insert(at('12:00'), null), /assignment|overlap/iu)
  await insert(at('07:00'), at('08:00'))
})

onBothEngines(
  'F16: the close of a forgotten shift leaves the telephone, and the next day’s calls are the person’s',
  async (place) => {
    const anna = await place.add('Анна')
    await place.assign(anna, '201', at('08:00', 23))
    place.now = at('08:00', 23)
    await place.start(anna, at('08:00', 23))
    place.now = at('07:00')
    assert.equal(await closeOverdueShifts(place.options()), 1)
    await place.start(anna, at('07:00'))
    await bring(place, 'avaya', lineAt('09:00'))
    const rows = await place.it.rows('SELECT employee_id, extension, state FROM attribution')
    assert.deepEqual(
      rows.map((row) => Object.values(row)),
      [[Number(anna), '201', 'on-shift']],
    )
  },
)

onBothEngines('F17: a forgotten shift ends at its limit whenever the close runs, and says so', async (place) => {
  const anna = await place.add('Анна')
  place.now = at('09:00', 20)
  await place.start(anna, at('09:00', 20))
  place.now = at('18:00', 23)
  assert.equal(await closeOverdueShifts(place.options()), 1)
  const [shift] = await place.shifts()
  assert.deepEqual([shift?.['ended_at'], shift?.['flags']], [at('21:00', 20), '["closed-by-system"]'])
})

onBothEngines(
  'F18: a break that is open at the end of its shift ends with it, and no later press moves it on',
  async (place) => {
    const anna = await place.add('Анна')
    await place.start(anna, at('08:00'))
    await place.pause(anna, 'meal', at('11:30'))
    await place.end(anna, at('12:00'))
    await place.start(anna, at('13:00'))
    await assert.rejects(place.resume(anna, at('13:10')), refused('time-impossible'))
    const rows = await place.it.rows(
      `SELECT s.started_at, b.started_at AS begun, b.ended_at, b.flags FROM shift_break b JOIN shift s ON s.id = b.shift_id`,
    )
    assert.deepEqual(
      rows.map((row) => Object.values(row)),
      [[at('08:00'), at('11:30'), at('12:00'), '["closed-with-shift"]']],
    )
  },
)

onBothEngines('F19: two starts at one moment are one shift', async (place) => {
  const anna = await place.add('Анна')
  const stores = [place.it.store, (await place.it.another?.()) ?? place.it.store]
  const told = await Promise.allSettled(
    stores.map((store) => place.ask({ do: 'shift-start', employee: anna, at: at('09:00') }, { store })),
  )
  assert.deepEqual(told.map((it) => it.status).toSorted(), ['fulfilled', 'rejected'])
  assert.equal((await place.shifts()).length, 1)
})

onBothEngines('F20: nothing but a correction changes the end of a shift', async (place) => {
  const anna = await place.add('Анна')
  const { id } = await place.start(anna, at('08:00'))
  await place.end(anna, at('12:00'))
  const ends = async () => (await place.shifts()).map((it) => it['ended_at'])
  // Everything else that is written beside or into it.
  const mark = await markAt(place, anna, '11:00')
  await place.ask({ do: 'mark-exclude', mark: Number(mark.id), excluded: true })
  await place.ask({ do: 'employee-set', employee: anna, position: 'Старшая' })
  await assert.rejects(place.end(anna, at('12:30')), refused('time-impossible'))
  await place.start(anna, at('13:00'))
  await place.end(anna, at('18:00'))
  assert.deepEqual(await ends(), [at('12:00'), at('18:00')])
  await corrected(place, anna, { edit: 'set-shift', shift: Number(id), endedAt: at('12:10') })
  assert.deepEqual(await ends(), [at('12:10'), at('18:00')])
})

onBothEngines('F21: time is summed to the second, with the older figures beside it', async (place, t) => {
  place.now = at('23:30', 26)
  const anna = await place.add('Анна')
  for (const day of [24, 25, 26]) {
    await place.start(anna, at('09:00', day))
    await place.pause(anna, 'meal', at('12:00', day))
    await place.resume(anna, at('12:10', day) + 50_000)
    await place.end(anna, at('16:59', day))
  }
  const facts = await reportsOf(place, t)
  const period = { from: at('00:00', 24), to: at('00:00', 27) }
  const { total } = await shiftReport(await facts({}, { period }))
  const [shift, pause] = [(7 * 60 + 59) * 60, 650]
  assert.deepEqual(
    [total.presenceSeconds, total.breakSeconds, total.workedSeconds],
    [3 * shift, 3 * pause, 3 * (shift - pause)],
  )
  const { people, hours, breakMinutes, from, to } = total.old
  assert.deepEqual([people, hours, breakMinutes, from, to], [1, 21, 30, at('09:00', 24), at('16:59', 26)])
})

onBothEngines('F18: a report of shifts says of their breaks what is to be looked at', async (place, t) => {
  place.now = at('18:00')
  const anna = await place.add('Анна')
  await place.start(anna, at('08:00'))
  await place.pause(anna, 'rest', at('09:00'))
  await place.resume(anna, at('09:30'))
  await place.pause(anna, 'meal', at('11:50'))
  await place.end(anna, at('12:00'))
  await place.start(anna, at('13:00'))
  await place.pause(anna, 'rest', at('17:30'))
  const facts = await reportsOf(place, t)
  const flags = async () => (await shiftReport(await facts())).rows.map((row) => row.flags.toSorted())
  assert.deepEqual(await flags(), [['overrun'], ['closed-with-shift', 'overrun', 'too-short']])
  place.now = at('17:50')
  assert.deepEqual((await flags())[0], [], 'not too long yet')
})

onBothEngines(
  'F22: a saved report keeps what it covers, stands as it was, and can be worked out anew',
  async (place, t) => {
    const anna = await place.add('Анна')
    const { id } = await place.start(anna, at('08:00'))
    await markAt(place, anna, '09:00')
    await place.end(anna, at('12:00'))
    const facts = await reportsOf(place, t)
    const made = await shiftReport(await facts())
    const asked = { employee: 'Анна', from: '2026-11-24', to: '2026-11-25' }
    const shifts = made.rows.map((row) => row.id)
    const saved = await place.ask<SavedJson>({
      do: 'report-save',
      name: 'Ноябрь',
      report: 'shift',
      filter: JSON.stringify(asked),
      rows: JSON.stringify({ rows: made.rows, total: made.total }),
      shifts: JSON.stringify(shifts),
    })
    await corrected(place, anna, { edit: 'set-shift', shift: Number(id), endedAt: at('13:00') })
    const reading = await openReports(place.it.place)
    assert.ok(reading)
    t.after(() => reading[Symbol.asyncDispose]())
    const kept = await reading.savedReport(Number(saved.id))
    assert.deepEqual([JSON.parse(kept?.filter ?? ''), JSON.parse(kept?.shifts ?? '')], [asked, [id]])
    const frozen = JSON.parse(kept?.rows ?? '') as { rows: ShiftJson[]; total: { workedSeconds: number } }
    assert.deepEqual(frozen, JSON.parse(JSON.stringify({ rows: made.rows, total: made.total })))
    const anew = await shiftReport(await facts(JSON.parse(kept?.filter ?? '')))
    assert.deepEqual([frozen.total.workedSeconds, anew.total.workedSeconds], [4 * 3600, 5 * 3600])
    // From a row of it down to the shift, which says why the two differ.
    const [shift] = await place.it.rows(`SELECT flags FROM shift WHERE id = ${frozen.rows[0]?.id}`)
    assert.equal(shift?.['flags'], '["corrected"]')
  },
)

onBothEngines(
  'F23: kinds of marks are counted by their ids: equal names stay apart, a renamed one stays one',
  async (place, t) => {
    const rows = oldRows()
    const day = '2018-03-05'
    const press = (id: number, type: number) =>
      ({
        ...rows['working_working_log']?.[0],
        id,
        mark_id: type,
        working_id: shiftOn(1, day),
        user_id: 1,
        duration: null,
        comment: null,
        visible: true,
        datetime_create: new Date(oldAt(`${day} 12:00:00`)).toISOString(),
      }) as never
    // Two kinds by the name of Почта, 5 and 6.
    rows['working_working_log'] = [press(1, 5), press(2, 5), press(3, 6)]
    const counts = async () => {
      const facts = await factsOf(t, place.it, { from: oldAt(`${day} 00:00:00`), to: oldAt(`${day} 23:59:59`) })
      const found = await activityReport(facts, 'day', false)
      return found.rows.map(({ type, count }) => [type.name, count])
    }
    await importFrom(place.it.store, inMemory(rows))
    assert.deepEqual(await counts(), [
      ['Почта', 2],
      ['Почта (6)', 1],
    ])
    // Here, and before the others.
    await place.ask({ do: 'mark-type-set', name: 'почта (6)', newName: 'Журнал', position: 1 })
    assert.deepEqual(await counts(), [
      ['Почта', 2],
      ['Журнал', 1],
    ])
    const kinds = async () => (await (await place.it.reader()).markTypes()).map(({ name }) => name)
    assert.equal((await kinds())[0], 'Журнал')
    await place.ask({ do: 'mark-type-set', name: 'Журнал', newName: 'Почта (6)', position: 99 })
    assert.equal((await kinds()).at(-1), 'Почта (6)')
    await assert.rejects(
      place.ask({ do: 'mark-type-set', name: 'Почта (6)', newName: 'почта' }),
      refused('name-taken', { found: 'почта' }),
    )
    const renamed = rows['working_marks']?.find((row) => row['id'] === 5)
    assert.ok(renamed)
    renamed['name'] = 'Письма'
    rows['working_working_log'].push(press(4, 5))
    await importFrom(place.it.store, inMemory(rows))
    assert.deepEqual(await counts(), [
      ['Письма', 3],
      ['Почта', 1],
    ])
  },
)
