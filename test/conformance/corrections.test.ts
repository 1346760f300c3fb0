import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openRandom, type Random } from '../../src/domain/simulation/random.ts'
import type { Edit } from '../../src/domain/worktime/edit.ts'
import type { CorrectionJson } from '../../src/pipeline/people-view.ts'
import { assertSameDump } from '../support/accounts.ts'
import { attributeAll } from '../support/attribution.ts'
import { cutAtRandom, shuffled, streamOf, testSeed } from '../support/days.ts'
import { canonicalDump } from '../support/dump.ts'
import { applyReading, importAll } from '../support/feed.ts'
import { assertSound } from '../support/invariants.ts'
import {
  assertTruth,
  employeeIds,
  numberOf,
  type SimulatedFact,
  type SimulatedOffice,
  simulatedOffice,
  writeTruth,
} from '../support/simulated-people.ts'
import { engines, type TestStore } from '../support/stores.ts'
import {
  addEmployees,
  closeOverdueAt,
  inOrderOfTelling,
  requestOf,
  tell,
  tellTogether,
} from '../support/tell-people.ts'

/**
 * People tell wrong things, or nothing, while calls come in any order and attribute runs now and then; corrections set right what was
 * wrong. At rest everything is as if it had been right from the start.
 */

type Shift = SimulatedOffice['shifts'][number]

const minuteMs = 60_000
const isOf = (shift: Shift) => (fact: SimulatedFact) =>
  fact.employee === shift.employee && fact.at >= shift.startedAt && fact.at <= shift.endedAt && !('extension' in fact)

/** What is told instead: some shifts not at all, some with another beginning, some without one of their breaks. */
function told(office: SimulatedOffice, random: Random): { facts: SimulatedFact[]; wrong: Shift[] } {
  let facts = [...office.facts]
  const wrong: Shift[] = []
  for (const shift of office.shifts) {
    const mine = isOf(shift)
    const pause = shift.breaks.length > 0 && random.chance(0.2) ? random.pick(shift.breaks) : null
    const moved = random.chance(0.25) ? random.between(-15, 15) * minuteMs : 0
    const isLeftOut = random.chance(0.12)
    if (!isLeftOut && pause === null && moved === 0) continue
    wrong.push(shift)
    const isPause = (at: number) => pause !== null && (at === pause.startedAt || at === pause.endedAt)
    facts = facts.flatMap((fact) => {
      if (!mine(fact)) return [fact]
      if (isLeftOut || (fact.fact.startsWith('break') && isPause(fact.at))) return []
      if (fact.fact !== 'shift-start') return fact.fact === 'mark' ? [] : [fact]
      const at = fact.at + moved
      return [{ ...fact, at, toldAt: Math.max(at, fact.toldAt) }]
    })
  }
  return { facts, wrong }
}

/** Asked for by one, approved by another: the shift as it was worked, whatever of it stands there. */
async function setRight(it: TestStore, office: SimulatedOffice, shift: Shift, now: number): Promise<void> {
  const employee = numberOf(office, shift.employee)
  const id = (await employeeIds(it)).get(employee) as number
  const { startedAt, endedAt } = shift
  const breaks = shift.breaks.map((one) => ({ type: one.type, startedAt: one.startedAt, endedAt: one.endedAt }))
  const [there] = await it.rows(
    `SELECT id FROM shift WHERE employee_id = ${id} AND started_at < ${endedAt} AND (ended_at IS NULL OR ended_at > ${startedAt})`,
  )
  const shiftId = there?.['id'] as number
  const gone = there ? await it.rows(`SELECT id FROM shift_break WHERE shift_id = ${shiftId}`) : []
  const edits: Edit[] = there
    ? [
        ...gone.map((row) => ({ edit: 'remove-break', break: row['id'] as number }) as const),
        { edit: 'set-shift', shift: shiftId, startedAt, endedAt },
        ...breaks.map((one) => ({ edit: 'add-break', shift: shiftId, ...one }) as const),
      ]
    : [{ edit: 'add-shift', zone: 'Asia/Kathmandu', startedAt, endedAt, breaks }]
  const reason = 'told wrong'
  const asked = await tell(it.store, { do: 'correction-request', employee, reason, edits }, now, 'one')
  const correction = Number((asked as CorrectionJson).id)
  await tell(it.store, { do: 'correction-approve', correction, comment: null }, now, 'another')
}

const timesOf = async ({ rows }: TestStore): Promise<unknown[]> => [
  await rows('SELECT employee_id, plan, extension, from_at, to_at FROM assignment ORDER BY plan, extension, from_at'),
  await rows('SELECT employee_id, started_at, ended_at FROM shift ORDER BY employee_id, started_at'),
  await rows('SELECT employee_id, type, started_at, ended_at FROM shift_break ORDER BY employee_id, started_at'),
]

for (const engine of engines)
  test(`what was told wrong and set right is as if it had been told right, on ${engine.name} (seed ${testSeed})`, {
    skip: engine.skip,
  }, async (t) => {
    const random = openRandom(testSeed, 121)
    const options = {
      seed: testSeed,
      from: '2026-03-27',
      days: 4,
      callsADay: 260,
      people: 12,
      timezone: 'Europe/Berlin',
    }
    const format = random.pick(['avaya-ip-office', 'asterisk-csv'] as const)
    const office = simulatedOffice('pbx', { ...options, format })
    const lines = office.records.map(({ line }) => Buffer.from(line))
    const last = Math.max(...office.facts.map(({ toldAt }) => toldAt), ...office.shifts.map(({ endedAt }) => endedAt))
    const bring = (it: TestStore, some: readonly Buffer[]) =>
      importAll(it.store, office.source, streamOf(some, '\n'), { format })

    const it = await engine.open(t)
    await applyReading(it.store, office.source, office.reading)
    const { facts, wrong } = told(office, random)
    await addEmployees(it.store, [office])
    const pieces = cutAtRandom(shuffled(lines, random), 6, random)
    const slices = cutAtRandom(inOrderOfTelling([{ ...office, facts }]), 6, random)
    const corrections = shuffled(wrong, random)
    // What is still open would be closed by the next thing that is told: corrections come when all is told.
    while (pieces.length + slices.length + corrections.length > 0) {
      const slice = slices[0]
      if (slice && random.chance(0.4)) {
        slices.shift()
        await tellTogether(it.store, async (store) => {
          for (const { fact } of slice) await tell(store, requestOf(office, fact), fact.toldAt)
        })
      } else if (random.chance(0.3)) await bring(it, pieces.pop() ?? [])
      else if (random.chance(0.2)) await attributeAll(it.store)
      else if (slices.length === 0)
        for (const shift of corrections.splice(0, 3)) await setRight(it, office, shift, last)
    }
    await closeOverdueAt(it.store, last + 1000)
    await attributeAll(it.store)
    await assertTruth(it, office)
    await assertSound(it)

    const right = await engine.open(t)
    await writeTruth(right, [office])
    await applyReading(right.store, office.source, office.reading)
    await bring(right, lines)
    await attributeAll(right.store)
    t.diagnostic(`${wrong.length} of ${office.shifts.length} shifts told wrong, ${office.calls.length} calls`)
    assert.deepEqual(await timesOf(it), await timesOf(right))
    assertSameDump(await canonicalDump(it), await canonicalDump(right), 'corrected and right from the start')
  })
