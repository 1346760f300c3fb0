import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { lockPeriod } from '../../src/pipeline/people-periods.ts'
import { defaultWorkRules } from '../../src/domain/worktime/rules.ts'
import type { Store } from '../../src/pipeline/store.ts'
import { until } from '../support/smena.ts'
import { at, Place, refused, zone } from '../support/people.ts'
import { engines } from '../support/stores.ts'

/** What two processes tell at one moment, where the engine lets them go side by side. */
const postgres = engines.find((it) => it.name === 'postgres')
const skip = postgres?.skip ?? 'no engine'

async function two(t: TestContext): Promise<{ place: Place; other: Store; waits: () => Promise<boolean> }> {
  const it = await postgres?.open(t)
  const other = await it?.another?.()
  assert.ok(it && other)
  const waiting = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
  return { place: new Place(it), other, waits: async () => (await it.rows(waiting)).length > 0 }
}

const month = { from: at('00:00', 1), to: at('00:00', 25) }

test('whoever comes to be of a unit while its period is being locked is kept in it', { skip }, async (t) => {
  const { place, other, waits } = await two(t)
  await place.ask({ do: 'unit-add', name: 'Поддержка', parent: null })
  const [anna] = [await place.add('Петрова Анна', { unit: 'Поддержка' })]
  const oleg = await place.add('Сидоров Олег')
  let locking: Promise<unknown> = Promise.resolve()
  await other.people(async (tx) => {
    await tx.lockEmployee(Number(anna))
    const { id, ...facts } = (await tx.lockEmployee(Number(oleg))) ?? assert.fail()
    const [unit] = await tx.units()
    await tx.setEmployee(id, { ...facts, unitId: unit?.id ?? 0 })
    locking = place.ask({ do: 'period-lock', ...month, unit: 'Поддержка' })
    await until(waits, (isWaiting) => isWaiting)
  })
  await locking
  const rows = await place.it.rows('SELECT employee_id FROM period_person ORDER BY employee_id')
  assert.deepEqual(
    rows.map((row) => String(row['employee_id'])),
    [anna, oleg],
  )
})

test('a kind of break stays as it is while a period that has breaks of it is being locked', { skip }, async (t) => {
  const { place, other, waits } = await two(t)
  const anna = await place.add('Петрова Анна')
  await place.start(anna, at('09:00'))
  await place.pause(anna, 'meal', at('12:00'))
  await place.resume(anna, at('12:30'))
  await place.end(anna, at('17:00'))
  place.now = at('12:00', 26)
  let setting: Promise<unknown> = Promise.resolve()
  await place.it.store.people(async (tx) => {
    const rules = { ...defaultWorkRules, breakTypes: await tx.breakTypes() }
    const it = { who: 'test', how: 'shell' as const, now: place.now, zone, sites: {}, rules }
    await lockPeriod(tx, { do: 'period-lock', ...month, unit: null }, it)
    const request = { do: 'break-type-set', name: 'meal', paid: true } as const
    let isDone = false
    setting = place.ask(request, { store: other }).finally(() => (isDone = true))
    setting.catch(() => undefined)
    await until(
      async () => isDone || (await waits()),
      (is) => is,
    )
  })
  await assert.rejects(setting, refused('break-type-kept', { type: 'meal' }))
})
