import assert from 'node:assert/strict'
import type { Edit } from '../../src/domain/worktime/edit.ts'
import { defaultWorkRules } from '../../src/domain/worktime/rules.ts'
import type { CorrectionJson } from '../../src/pipeline/people-correction-view.ts'
import { sinceVersion } from '../../src/pipeline/people-periods.ts'
import type { PeriodJson } from '../../src/pipeline/people-view.ts'
import { attributeAll } from '../support/attribution.ts'
import { bring, lineAt } from '../support/office.ts'
import { at, onBothEngines, type Place, refused, zone } from '../support/people.ts'

/** Locked periods through both engines: whose they are, what gets past them, and what their versions say. */

const lock = (place: Place, unit: string | null = null) =>
  place.ask<PeriodJson>({ do: 'period-lock', from: at('00:00', 1), to: at('00:00', 25), unit })

const unlock = (place: Place, { id }: PeriodJson) => place.ask<PeriodJson>({ do: 'period-unlock', period: Number(id) })

async function correct(place: Place, employee: string, ...edits: Edit[]): Promise<CorrectionJson> {
  const asked = await place.ask<CorrectionJson>({ do: 'correction-request', employee, reason: 'x', edits })
  const approve = { do: 'correction-approve' as const, correction: Number(asked.id), comment: null }
  return place.ask<CorrectionJson>(approve, { who: 'Олег' })
}

async function worked(place: Place, employee: string, from: string, to: string): Promise<void> {
  await place.start(employee, at(from))
  await place.end(employee, at(to))
}

const briefly = (difference: NonNullable<PeriodJson['since']>, figures: readonly string[]) =>
  difference
    .filter(({ figure }) => figures.includes(figure))
    .map(({ employee, figure, before, after }) => `${employee.id} ${figure} ${before} → ${after}`)

/** What has changed since the newest version, as it is shown. */
async function since(place: Place, { id }: PeriodJson, ...figures: string[]): Promise<string[]> {
  const reader = await place.it.reader()
  const period = (await reader.periods()).find((one) => one.id === Number(id))
  const last = (await reader.periodVersions(Number(id))).at(-1)
  assert.ok(period && last)
  const it = { now: place.now, zone, rules: { ...defaultWorkRules, breakTypes: await reader.breakTypes() } }
  const changed = await reader.seeing((sight) => sinceVersion(sight, period, last, it))
  assert.ok(changed)
  return briefly(
    changed.map(({ employeeId, ...rest }) => ({ employee: { id: String(employeeId), name: '' }, ...rest })),
    figures,
  )
}

onBothEngines('a locked unit keeps its people, whatever unit they come to be of', async (place) => {
  place.now = at('12:00', 26)
  for (const name of ['Поддержка', 'Продажи']) await place.ask({ do: 'unit-add', name, parent: null })
  const anna = await place.add('Петрова Анна', { unit: 'Поддержка', personnelNumber: '1' })
  const oleg = await place.add('Сидоров Олег', { unit: 'Поддержка', personnelNumber: '2' })
  const ivan = await place.add('Котов Иван', { unit: 'Продажи' })
  await worked(place, anna, '09:00', '17:00')
  const period = await lock(place, 'Поддержка')
  await place.ask({ do: 'employee-set', employee: anna, unit: 'Продажи' })
  const line = { line: 2, name: 'Сидоров Олег', personnelNumber: '2', position: null, unit: 'Продажи' }
  const unknown = { zone: null, hiredOn: null, leftOn: null }
  const telephone = { extension: null, plan: null, from: null, to: null }
  await place.ask({ do: 'employee-import', rows: [{ ...line, ...unknown, ...telephone }], dryRun: false })
  const locked = refused('period-locked', { id: Number(period.id) })
  await assert.rejects(place.start(anna, at('19:00')), locked)
  await assert.rejects(place.start(oleg, at('09:00')), locked, 'also who had no time in it')
  await place.start(ivan, at('09:00'))
  const done = await correct(place, anna, { edit: 'set-shift', shift: 1, endedAt: at('18:00') })
  assert.deepEqual(done.effect.periods, [period.id])
  const { versions } = await unlock(place, period)
  assert.deepEqual(
    versions.map(({ version, workedSeconds }) => [version, workedSeconds]),
    [
      [1, 8 * 3600],
      [2, 9 * 3600],
    ],
  )
  // Who is new in a locked unit is held by it too; a correction of that time makes it the period's.
  await lock(place, 'Поддержка')
  const vera = await place.add('Новикова Вера', { unit: 'Поддержка' })
  await assert.rejects(place.start(vera, at('09:00')), locked)
  await correct(place, vera, { edit: 'add-shift', startedAt: at('09:00'), endedAt: at('10:00'), zone })
  await place.ask({ do: 'employee-set', employee: vera, unit: 'Продажи' })
  await assert.rejects(place.start(vera, at('19:00')), locked)
  assert.equal((await unlock(place, period)).versions.at(-1)?.workedSeconds, 10 * 3600)
})

onBothEngines('a locked unit keeps its people and figures when units are moved and renamed', async (place) => {
  place.now = at('12:00', 26)
  await place.ask({ do: 'unit-add', name: 'Офис', parent: null })
  for (const name of ['Поддержка', 'Продажи']) await place.ask({ do: 'unit-add', name, parent: 'Офис' })
  await place.ask({ do: 'unit-add', name: 'Склад', parent: null })
  const anna = await place.add('Петрова Анна', { unit: 'Поддержка' })
  const ivan = await place.add('Котов Иван', { unit: 'Склад' })
  await worked(place, anna, '09:00', '17:00')
  await worked(place, ivan, '09:00', '12:00')
  const period = await lock(place, 'Офис')
  // Out of the office goes its own unit, into it comes another one.
  await place.ask({ do: 'unit-set', unit: 'Поддержка', name: 'Линия', parent: null })
  await place.ask({ do: 'unit-set', unit: 'склад', parent: 'офис' })
  assert.deepEqual(await since(place, period, 'workedSeconds'), [])
  const locked = refused('period-locked', { id: Number(period.id) })
  await assert.rejects(place.start(anna, at('19:00')), locked, 'who was in it when it was locked')
  await assert.rejects(place.start(ivan, at('19:00')), locked, 'who is in it now')
  const { versions } = await unlock(place, period)
  assert.deepEqual(
    versions.map(({ workedSeconds }) => workedSeconds),
    [8 * 3600],
  )
  await place.start(ivan, at('19:00'))
})

onBothEngines('a kind of break stays paid or not where a locked period has such breaks', async (place) => {
  place.now = at('12:00', 26)
  await place.ask({ do: 'unit-add', name: 'Поддержка', parent: null })
  const anna = await place.add('Петрова Анна', { unit: 'Поддержка' })
  const oleg = await place.add('Сидоров Олег')
  await worked(place, anna, '09:00', '17:00')
  await worked(place, oleg, '09:00', '17:00')
  for (const [who, type] of [
    [anna, 'rest'],
    [oleg, 'training'],
  ] as const) {
    await place.pause(who, type, at('10:00'))
    await place.resume(who, at('10:10'))
  }
  const period = await lock(place, 'Поддержка')
  const set = (name: string, more: { paid?: boolean; active?: boolean }) =>
    place.ask({ do: 'break-type-set', name, ...more })
  await assert.rejects(
    set('rest', { paid: false }),
    refused('break-type-kept', { type: 'rest', id: Number(period.id) }),
  )
  await set('rest', { active: true })
  await set('training', { paid: false })
  await set('meal', { paid: true })
  await unlock(place, period)
  await set('rest', { paid: false })
})

onBothEngines('a period that is locked again goes on with its versions and says what has changed', async (place) => {
  place.now = at('12:00', 26)
  const anna = await place.add('Петрова Анна')
  await worked(place, anna, '09:00', '17:00')
  const first = await lock(place)
  await unlock(place, first)
  await worked(place, anna, '18:00', '19:00')
  const second = await lock(place)
  assert.deepEqual([second.id, second.locked, second.unlockedAt], [first.id, true, null])
  assert.deepEqual(
    second.versions.map(({ version, workedSeconds }) => [version, workedSeconds]),
    [
      [1, 8 * 3600],
      [2, 9 * 3600],
    ],
  )
  assert.deepEqual(briefly(second.versions[1]?.difference ?? [], ['workedSeconds']), [
    `${anna} workedSeconds ${8 * 3600} → ${9 * 3600}`,
  ])
  await assert.rejects(lock(place), refused('period-locked'))
})

onBothEngines('calls that come or change later show as a difference of a locked period (R11)', async (place) => {
  place.now = at('12:00', 26)
  const [anna, oleg] = [await place.add('Петрова Анна'), await place.add('Сидоров Олег')]
  await worked(place, anna, '09:00', '18:00')
  await worked(place, oleg, '09:00', '18:00')
  await place.assign(anna, '201', at('09:00'))
  await bring(place, 'avaya', lineAt('10:00'), lineAt('12:00'))
  const period = await lock(place)
  const [figures] = period.versions[0]?.figures ?? []
  assert.deepEqual([figures?.['calls'], figures?.['talkSeconds'], figures?.day], [2, 310, '2026-11-24'])
  assert.deepEqual(await since(place, period, 'calls'), [])
  // An archive that comes late.
  await bring(place, 'avaya', lineAt('14:00'))
  assert.deepEqual(await since(place, period, 'calls', 'talkSeconds'), [
    `${anna} calls 2 → 3`,
    `${anna} talkSeconds 310 → 465`,
  ])
  // A telephone that was somebody else's from noon on.
  await correct(place, anna, { edit: 'set-assignment', assignment: 1, to: at('11:00') })
  await correct(place, oleg, {
    edit: 'add-assignment',
    plan: 'avaya',
    extension: '201',
    from: at('11:00'),
    to: null,
  })
  await attributeAll(place.it.store)
  assert.deepEqual(await since(place, period, 'calls'), [`${anna} calls 3 → 1`, `${oleg} calls 0 → 2`])
  await unlock(place, period)
  const again = await lock(place)
  assert.deepEqual(
    again.versions.map(({ version, difference }) => [version, briefly(difference, ['calls'])]),
    [
      [1, []],
      [2, [`${anna} calls 2 → 3`]],
      [3, []],
      [4, [`${anna} calls 3 → 1`, `${oleg} calls 0 → 2`]],
    ],
  )
  assert.deepEqual(await since(place, period, 'calls', 'talkSeconds', 'workedSeconds'), [])
})
