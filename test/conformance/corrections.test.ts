import assert from 'node:assert/strict'
import { test } from 'node:test'
import { markTypes } from '../../src/domain/simulation/names.ts'
import { openRandom, type Random } from '../../src/domain/simulation/random.ts'
import type { Edit } from '../../src/domain/worktime/edit.ts'
import type { CorrectionJson } from '../../src/pipeline/people-correction-view.ts'
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
type Held = SimulatedOffice['assignments'][number]
type Mark = Extract<SimulatedFact, { readonly fact: 'mark' }>
/** What asks for one or more corrections and has them approved. */
type SetRight = (it: TestStore, now: number) => Promise<void>

const minuteMs = 60_000
const isOf = (shift: Shift) => (fact: SimulatedFact) =>
  fact.employee === shift.employee && fact.at >= shift.startedAt && fact.at <= shift.endedAt && !('extension' in fact)

/** What is told instead of the truth, and what sets it right. */
function told(office: SimulatedOffice, random: Random): { facts: SimulatedFact[]; wrong: SetRight[] } {
  const instead = new Map<SimulatedFact, readonly SimulatedFact[]>()
  const wrong: SetRight[] = []
  for (const shift of office.shifts) {
    const own = office.facts.filter(isOf(shift))
    const marks = own.filter((fact) => fact.fact === 'mark')
    if (tellShiftWrong(shift, own, random, instead))
      wrong.push((it, now) => setShiftRight(it, office, shift, marks, now))
    else if (marks.length > 0 && random.chance(0.3)) wrong.push(tellMarksWrong(office, shift, marks, random, instead))
  }
  for (const held of office.assignments) {
    const assign = office.facts.find(
      (fact) => fact.fact === 'assign' && isHeldBy(fact, held) && fact.at === held.from && !instead.has(fact),
    )
    const seconds = ((held.to ?? held.from + 60 * minuteMs) - held.from) / 1000
    if (assign && seconds >= 10 && random.chance(0.3))
      wrong.push(tellHoldingWrong(office, held, assign, seconds, random, instead))
  }
  return { facts: office.facts.flatMap((fact) => instead.get(fact) ?? [fact]), wrong }
}

/** Not at all, with another beginning, or without one of its breaks; nothing is marked in it. */
function tellShiftWrong(
  shift: Shift,
  own: readonly SimulatedFact[],
  random: Random,
  instead: Map<SimulatedFact, readonly SimulatedFact[]>,
): boolean {
  const pause = shift.breaks.length > 0 && random.chance(0.2) ? random.pick(shift.breaks) : null
  const moved = random.chance(0.25) ? random.between(-15, 15) * minuteMs : 0
  const isLeftOut = random.chance(0.12)
  if (!isLeftOut && pause === null && moved === 0) return false
  const isPause = (at: number) => pause !== null && (at === pause.startedAt || at === pause.endedAt)
  for (const fact of own)
    if (isLeftOut || fact.fact === 'mark' || (fact.fact.startsWith('break') && isPause(fact.at))) instead.set(fact, [])
    else if (fact.fact === 'shift-start') {
      const at = fact.at + moved
      instead.set(fact, [{ ...fact, at, toldAt: Math.max(at, fact.toldAt) }])
    }
  return true
}

/** Each not at all, twice, at the wrong time, or as something else. */
function tellMarksWrong(
  office: SimulatedOffice,
  shift: Shift,
  marks: readonly Mark[],
  random: Random,
  instead: Map<SimulatedFact, readonly SimulatedFact[]>,
): SetRight {
  const editsOf: ((idOf: (mark: Mark) => Promise<number>, types: Ids) => Promise<Edit>)[] = []
  for (const mark of marks) {
    const { at, type, comment } = mark
    const say = (...facts: Mark[]) => instead.set(mark, facts)
    switch (random.pick(['left out', 'twice', 'moved', 'other'] as const)) {
      case 'left out':
        say()
        editsOf.push(async (_, types) => ({ edit: 'add-mark', typeId: types.get(type) as number, at, comment }))
        break
      case 'twice': {
        const again = { ...mark, comment: 'ещё раз' }
        say(mark, again)
        editsOf.push(async (idOf) => ({ edit: 'remove-mark', mark: await idOf(again) }))
        break
      }
      case 'moved': {
        const moved = { ...mark, at: shift.startedAt }
        say(moved)
        editsOf.push(async (idOf) => ({ edit: 'set-mark', mark: await idOf(moved), at }))
        break
      }
      case 'other': {
        const other = { ...mark, type: random.pick(markTypes), comment: 'не то' }
        say(other)
        editsOf.push(async (idOf, types) => {
          return { edit: 'set-mark', mark: await idOf(other), typeId: types.get(type) as number, comment }
        })
      }
    }
  }
  return async (it, now) => {
    const id = (await employeeIds(it)).get(numberOf(office, shift.employee)) as number
    const types = await typeIds(it)
    const taken = new Set<number>()
    const idOf = async ({ at, type, comment }: Mark): Promise<number> => {
      const said = comment === null ? 'comment IS NULL' : `comment = '${comment}'`
      const rows = await it.rows(
        `SELECT id FROM mark WHERE employee_id = ${id} AND at = ${at} AND type_id = ${types.get(type)} AND ${said}`,
      )
      const found = rows.map((row) => row['id'] as number).find((one) => !taken.has(one)) as number
      taken.add(found)
      return found
    }
    const edits: Edit[] = []
    for (const editOf of editsOf) edits.push(await editOf(idOf, types))
    await correct(it, numberOf(office, shift.employee), edits, now)
  }
}

const isHeldBy = (fact: SimulatedFact, { employee, extension }: Held): boolean =>
  'extension' in fact && fact.employee === employee && fact.extension === extension

/** Not at all, for too short a time, or of somebody else. */
function tellHoldingWrong(
  office: SimulatedOffice,
  held: Held,
  assign: SimulatedFact,
  seconds: number,
  random: Random,
  instead: Map<SimulatedFact, readonly SimulatedFact[]>,
): SetRight {
  const { extension, from, to } = held
  for (const fact of office.facts)
    if (isHeldBy(fact, held) && (fact === assign || (fact.fact === 'release' && fact.at === to))) instead.set(fact, [])
  const say = (facts: Partial<Held>) => instead.set(assign, [{ ...assign, to, ...facts } as SimulatedFact])
  const employee = numberOf(office, held.employee)
  const plan = office.source
  const add: Edit = { edit: 'add-assignment', plan, extension, from, to }
  const wrongId = async ({ rows }: TestStore): Promise<number> => {
    const before = to === null ? '' : `AND from_at < ${to}`
    const [row] = await rows(
      `SELECT id FROM assignment WHERE plan = '${plan}' AND extension = '${extension}' AND from_at >= ${from} ${before}`,
    )
    return row?.['id'] as number
  }
  switch (random.pick(['left out', 'too short', 'other'] as const)) {
    case 'left out':
      return (it, now) => correct(it, employee, [add], now)
    case 'too short': {
      const less = () => random.between(1, Math.floor(seconds / 3)) * 1000
      const at = from + less()
      instead.set(assign, [{ ...assign, at, to: to === null ? null : to - less() } as SimulatedFact])
      return async (it, now) =>
        correct(it, employee, [{ edit: 'set-assignment', assignment: await wrongId(it), from, to }], now)
    }
    case 'other': {
      const other = random.pick(office.employees.filter((one) => one.employee !== held.employee)).employee
      say({ employee: other })
      return async (it, now) => {
        const remove: Edit = { edit: 'remove-assignment', assignment: await wrongId(it) }
        await correct(it, numberOf(office, other), [remove], now)
        await correct(it, employee, [add], now)
      }
    }
  }
}

/** The shift as it was worked, whatever of it stands there. */
async function setShiftRight(
  it: TestStore,
  office: SimulatedOffice,
  shift: Shift,
  marks: readonly Mark[],
  now: number,
): Promise<void> {
  const employee = numberOf(office, shift.employee)
  const id = (await employeeIds(it)).get(employee) as number
  const { startedAt, endedAt } = shift
  const breaks = shift.breaks.map((one) => ({ type: one.type, startedAt: one.startedAt, endedAt: one.endedAt }))
  // An open one lasts until the limit at the latest.
  const ends = `COALESCE(ended_at, started_at + ${12 * 60 * minuteMs})`
  const [there] = await it.rows(
    `SELECT id FROM shift WHERE employee_id = ${id} AND started_at < ${endedAt} AND ${ends} > ${startedAt}`,
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
  const types = await typeIds(it)
  for (const { at, type, comment } of marks)
    edits.push({ edit: 'add-mark', typeId: types.get(type) as number, at, comment })
  await correct(it, employee, edits, now)
}

/** Asked for by one, approved by another. */
async function correct(it: TestStore, employee: string, edits: readonly Edit[], now: number): Promise<void> {
  const asked = await tell(it.store, { do: 'correction-request', employee, reason: 'told wrong', edits }, now, 'one')
  const correction = Number((asked as CorrectionJson).id)
  await tell(it.store, { do: 'correction-approve', correction, comment: null }, now, 'another')
}

type Ids = ReadonlyMap<string, number>

const typeIds = async ({ rows }: TestStore): Promise<Ids> =>
  new Map((await rows('SELECT id, name FROM mark_type')).map((row) => [row['name'] as string, row['id'] as number]))

/** Each mark of the office in one line, as it is stored and as it was. */
const marksIn = async ({ rows }: TestStore): Promise<string[]> => {
  const found = await rows(
    `SELECT e.personnel_number, m.at, t.name, m.comment, s.started_at FROM mark m JOIN employee e ON e.id = m.employee_id
      JOIN mark_type t ON t.id = m.type_id LEFT JOIN shift s ON s.id = m.shift_id`,
  )
  return found
    .map((row) => ['personnel_number', 'at', 'name', 'comment', 'started_at'].map((name) => row[name]).join(' '))
    .toSorted()
}

const marksOf = (office: SimulatedOffice): string[] =>
  office.shifts
    .flatMap((shift) =>
      office.facts
        .filter(isOf(shift))
        .filter((fact) => fact.fact === 'mark')
        .map(({ employee, at, type, comment }) =>
          [numberOf(office, employee), at, type, comment, shift.startedAt].join(' '),
        ),
    )
    .toSorted()

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
    for (const name of markTypes) await tell(it.store, { do: 'mark-type-set', name, active: true }, 0)
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
      else if (slices.length === 0) for (const setRight of corrections.splice(0, 3)) await setRight(it, last)
    }
    await closeOverdueAt(it.store, last + 1000)
    await attributeAll(it.store)
    await assertTruth(it, office)
    assert.deepEqual(await marksIn(it), marksOf(office))
    await assertSound(it)

    const right = await engine.open(t)
    await writeTruth(right, [office])
    await applyReading(right.store, office.source, office.reading)
    await bring(right, lines)
    await attributeAll(right.store)
    t.diagnostic(
      `${wrong.length} told wrong: of ${office.shifts.length} shifts and ${office.assignments.length} holdings; ${office.calls.length} calls`,
    )
    assert.deepEqual(await timesOf(it), await timesOf(right))
    assertSameDump(await canonicalDump(it), await canonicalDump(right), 'corrected and right from the start')
  })
