import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { findEmployee } from '../../src/domain/find-employee.ts'
import { formats } from '../../src/domain/formats/formats.ts'
import { openRandom, type Random } from '../../src/domain/simulation/random.ts'
import { callJson } from '../../src/pipeline/call-view.ts'
import type { CallFilter } from '../../src/pipeline/store-reading.ts'
import { assertSameDump, countOf } from '../support/accounts.ts'
import { replayAll } from '../support/again.ts'
import { assertAttributed } from '../support/attributed.ts'
import { attributeAll, attributorOf } from '../support/attribution.ts'
import { avayaLine } from '../support/avaya-lines.ts'
import { believableDay, crowdedDay, type Day, readingOf, streamOf, testSeed } from '../support/days.ts'
import { canonicalDump } from '../support/dump.ts'
import { applyReading, feedAtRandom, importAll } from '../support/feed.ts'
import { assertSound } from '../support/invariants.ts'
import { assignmentSql, employeeSql, inOneTransaction, partsOf, rangeSql, shiftSql } from '../support/people-rows.ts'
import { engines, type TestStore } from '../support/stores.ts'

/** R11 with people in the store: who held what, who was at work, and what comes or is told late. */

const format = 'avaya-ip-office'
/** 09:00:05 in Moscow, where the calls of these tests begin. */
const start = Date.UTC(2024, 2, 4, 6, 0, 5)
const hourMs = 3_600_000

const bring = (it: TestStore, ...lines: Parameters<typeof avayaLine>[0][]) =>
  importAll(it.store, 'pbx', streamOf(lines.map((line) => Buffer.from(avayaLine(line)))), { format })

async function withTwoAtWork(it: TestStore): Promise<void> {
  await applyReading(it.store, 'pbx', readingOf(format))
  await inOneTransaction(it, [
    employeeSql(1, 'Иванов Иван', '0042'),
    employeeSql(2, 'Петрова Анна Сергеевна'),
    assignmentSql({ employeeId: 1, extension: '201' }),
    assignmentSql({ employeeId: 2, extension: '202' }),
    ...shiftSql({ id: 1, employeeId: 1, from: start - hourMs, to: start + 8 * hourMs }),
    ...shiftSql({ id: 2, employeeId: 2, from: start - hourMs, to: start + 8 * hourMs }),
  ])
}

const first = { ring: 5, connected: '00:00:20', continuation: 1 } as const
const second = { ring: 10, connected: '00:00:15', called: '202', device1: 'E202', name1: 'Extn202' } as const

async function atRest(it: TestStore): Promise<void> {
  await attributeAll(it.store)
  await assertAttributed(it, formats, true)
  await assertSound(it)
}

const everyCall: CallFilter = {
  from: null,
  to: null,
  source: null,
  extension: null,
  employeeId: null,
  number: null,
  kind: 'call',
  direction: null,
  outcome: null,
}

for (const engine of engines) {
  const { skip } = engine

  test(`a late segment that changes who answered takes the answer from whom it had been given to, on ${engine.name}`, {
    skip,
  }, async (t) => {
    const it = await engine.open(t)
    await withTwoAtWork(it)
    await bring(it, second)
    await atRest(it)
    assert.deepEqual(await partsOf(it), [['202', 2, 'answered', 'on-shift', 15]])
    await bring(it, first)
    await atRest(it)
    assert.deepEqual(await partsOf(it), [
      ['201', 1, 'answered', 'on-shift', 20],
      ['202', 2, 'transferred', 'on-shift', 15],
    ])
    const reader = await it.reader()
    const [row] = await reader.pageCalls(everyCall, null, 10)
    assert.ok(row)
    const { employees } = callJson(row, 'pbx', await reader.attributions([row.id]), Date.now())
    assert.deepEqual(employees, [
      {
        id: '1',
        name: 'Иванов Иван',
        extension: '201',
        role: 'answered',
        state: 'on-shift',
        talkSeconds: 20,
        ringSeconds: 5,
        holdSeconds: 0,
      },
      {
        id: '2',
        name: 'Петрова Анна Сергеевна',
        extension: '202',
        role: 'transferred',
        state: 'on-shift',
        talkSeconds: 15,
        ringSeconds: 10,
        holdSeconds: 0,
      },
    ])
  })

  test(`two people who swapped desks in the middle of a call have its legs from then on, when that is told, on ${engine.name}`, {
    skip,
  }, async (t) => {
    const it = await engine.open(t)
    await withTwoAtWork(it)
    await bring(it, first, second)
    await atRest(it)
    const at = start + 10_000
    await inOneTransaction(it, [
      `UPDATE assignment SET to_at = ${at}`,
      assignmentSql({ employeeId: 2, extension: '201', from: at }),
      assignmentSql({ employeeId: 1, extension: '202', from: at }),
      rangeSql('201', at, null),
      rangeSql('202', at, null),
    ])
    await atRest(it)
    assert.deepEqual(await partsOf(it), [
      ['201', 1, 'answered', 'on-shift', 20],
      ['202', 1, 'transferred', 'on-shift', 15],
    ])
    assert.deepEqual(
      (await it.rows('SELECT employee_id, calls, handled, talk FROM person_quarter')).map((row) => ({ ...row })),
      [{ employee_id: 1, calls: 1, handled: 1, talk: 35 }],
      'one call of one person',
    )
  })

  test(`a shift that is told an hour late has the calls since it began, on ${engine.name}`, { skip }, async (t) => {
    const it = await engine.open(t)
    await withTwoAtWork(it)
    await it.execute(`UPDATE shift SET started_at = ${start + hourMs} WHERE employee_id = 2`)
    await bring(it, first, second)
    await atRest(it)
    assert.deepEqual((await partsOf(it))[1], ['202', 2, 'transferred', 'off-shift', 15])
    assert.equal(await countOf(it, 'person_quarter WHERE employee_id = 2'), 0)
    await inOneTransaction(it, [
      `UPDATE shift SET started_at = ${start - hourMs} WHERE employee_id = 2`,
      rangeSql('202', start - hourMs, start + hourMs),
    ])
    await atRest(it)
    assert.deepEqual((await partsOf(it))[1], ['202', 2, 'transferred', 'on-shift', 15])
    const rest = { from: start + 20_000, to: start + 40_000 }
    await inOneTransaction(it, [
      `DELETE FROM shift WHERE id = 2`,
      ...shiftSql({ id: 3, employeeId: 2, from: start - hourMs, to: null, breaks: [rest] }),
      rangeSql('202', rest.from, rest.to),
    ])
    await atRest(it)
    assert.deepEqual((await partsOf(it))[1], ['202', 2, 'transferred', 'on-break', 15])
  })

  test(`one number in two plans is two telephones, of two people at one instant, on ${engine.name}`, {
    skip,
  }, async (t) => {
    const it = await engine.open(t)
    await withTwoAtWork(it)
    await applyReading(it.store, 'chita', readingOf(format, { plan: 'chita' }))
    await it.execute(assignmentSql({ employeeId: 2, plan: 'chita', extension: '201' }))
    await bring(it, {})
    await importAll(it.store, 'chita', streamOf([Buffer.from(avayaLine({ ring: 8 }))]), { format })
    await atRest(it)
    const rows = await it.rows('SELECT plan, extension, employee_id FROM attribution ORDER BY plan')
    assert.deepEqual(
      rows.map((row) => [row['plan'], row['extension'], row['employee_id']]),
      [
        ['chita', '201', 2],
        ['site', '201', 1],
      ],
    )
  })

  test(`a number that the directory knows as a group is nobody's telephone any more, on ${engine.name}`, {
    skip,
  }, async (t) => {
    const it = await engine.open(t)
    await withTwoAtWork(it)
    await bring(it, first, second)
    await atRest(it)
    await inOneTransaction(it, [
      `INSERT INTO directory (plan, number, is_group) VALUES ('site', '202', 1), ('chita', '201', 1)`,
      rangeSql('202', 0, null),
    ])
    await atRest(it)
    assert.deepEqual(
      (await partsOf(it)).map(([extension]) => extension),
      ['201'],
    )
    assert.equal(await countOf(it, 'person_quarter WHERE employee_id = 2'), 0)
  })

  test(`an assignment that nobody has confirmed attributes nothing, on ${engine.name}`, { skip }, async (t) => {
    const it = await engine.open(t)
    await withTwoAtWork(it)
    await it.execute('UPDATE assignment SET confirmed = 0 WHERE employee_id = 1')
    await bring(it, first, second)
    await atRest(it)
    assert.deepEqual((await partsOf(it))[0], ['201', null, 'answered', 'no-holder', 20])
  })

  test(`calls are listed by who held a telephone in them, whatever the state, on ${engine.name}`, {
    skip,
  }, async (t) => {
    const it = await engine.open(t)
    await withTwoAtWork(it)
    const at = (minute: number) => `2024/03/04 ${minute < 600 ? '09' : '23'}:${`${minute % 60}`.padStart(2, '0')}:00`
    const inside = { called: '202', device1: 'E202', name1: 'Extn202' }
    for (let i = 0; i < 7; i++) await bring(it, { callId: i + 1, start: at(i), ...(i % 2 ? inside : {}) })
    await bring(it, { callId: 99, start: at(600) })
    await atRest(it)
    const reader = await it.reader()
    const list = async (employeeId: number, more: Partial<CallFilter> = {}, limit = 2) => {
      const found: string[] = []
      let after = null
      for (;;) {
        const page = await reader.pageCalls({ ...everyCall, employeeId, ...more }, after, limit)
        found.push(...page.map((row) => row.call.exchangeCallId))
        const last = page.at(-1)
        if (!last) return found
        after = { startedAt: last.call.startedAt, id: last.id }
      }
    }
    assert.deepEqual(await list(1), ['1', '3', '5', '7', '99'], 'the last is off shift')
    assert.deepEqual(await list(2), ['2', '4', '6'])
    assert.deepEqual(await list(1, { from: Date.UTC(2024, 2, 4, 6, 2), to: Date.UTC(2024, 2, 4, 6, 6) }), ['3', '5'])
    assert.deepEqual(await list(1, { extension: '202' }), [])
    for (const text of ['1', '0042', 'иванов  ИВАН'])
      assert.equal(findEmployee(text, await reader.employeesNamed(text)).id, 1)
    assert.deepEqual(await reader.employeesNamed('Иванов'), [])
  })
}

/** People of a random run: who holds which telephone and who is at work, as pieces of time that do not overlap. */
interface Piece {
  readonly employeeId: number
  readonly from: number
  readonly to: number | null
  readonly rest: { readonly from: number; readonly to: number } | null
}

interface PeopleModel {
  readonly held: Map<string, readonly Piece[]>
  readonly worked: Map<number, readonly Piece[]>
}

const people = [1, 2, 3, 4, 5]

/** What is left of the pieces outside [from, to). */
const around = (pieces: readonly Piece[], from: number, to: number | null): Piece[] =>
  pieces.flatMap((it) => [
    ...(it.from < from ? [{ ...it, to: it.to === null ? from : Math.min(it.to, from) }] : []),
    ...(to !== null && (it.to === null || it.to > to) ? [{ ...it, from: Math.max(it.from, to) }] : []),
  ])

const within = ({ rest }: Piece, from: number, to: number | null) =>
  rest && rest.from >= from && (to === null || rest.to <= to) ? [rest] : []

const rowsOf = ({ held, worked }: PeopleModel): string[] => [
  ...people.map((id) => employeeSql(id, `Человек ${id}`)),
  ...[...held].flatMap(([extension, pieces]) => pieces.map((piece) => assignmentSql({ ...piece, extension }))),
  ...[...worked.values()]
    .flat()
    .flatMap((piece, i) => shiftSql({ id: i + 1, ...piece, breaks: within(piece, piece.from, piece.to) })),
]

/** Writes a change of people at random: who held a telephone, or where a person was, for some of the day. */
function changeOf(random: Random, model: PeopleModel, extensions: readonly string[], ids: { next: number }) {
  const day = Date.UTC(2026, 2, 15, 18)
  const from = day + random.below(36 * 60) * 60_000
  const to = from + random.between(1, 300) * 60_000
  const isOpen = random.chance(0.07)
  if (random.chance(0.5)) {
    const extension = random.pick(extensions)
    const before = model.held.get(extension) ?? []
    const piece = { employeeId: random.pick(people), from, to: isOpen ? null : to, rest: null }
    const after = [...around(before, from, isOpen ? null : to), ...(random.chance(0.8) ? [piece] : [])]
    model.held.set(extension, after)
    return [
      `DELETE FROM assignment WHERE extension = '${extension}'`,
      ...after.map((it) => assignmentSql({ ...it, extension })),
      rangeSql(extension, from, isOpen ? null : to),
    ]
  }
  const employeeId = random.pick(people)
  const before = model.worked.get(employeeId) ?? []
  const rest = random.chance(0.6) ? { from: from + 60_000, to: from + random.between(2, 120) * 60_000 } : null
  const piece = { employeeId, from, to: isOpen ? null : to, rest }
  const after = [...around(before, from, isOpen ? null : to), ...(random.chance(0.8) ? [piece] : [])]
  model.worked.set(employeeId, after)
  const theirs = [...model.held].filter(([, pieces]) => pieces.some((it) => it.employeeId === employeeId))
  // An open shift that is cut is shorter or longer than it was by its limit too.
  const reach = before.some((it) => it.to === null) || isOpen ? null : to
  return [
    `DELETE FROM shift_break WHERE employee_id = ${employeeId}`,
    `DELETE FROM shift WHERE employee_id = ${employeeId}`,
    ...after.flatMap((it) => shiftSql({ id: ids.next++, ...it, breaks: within(it, it.from, it.to) })),
    ...theirs.map(([extension]) => rangeSql(extension, Math.min(from, ...before.map((it) => it.from)), reach)),
  ]
}

for (const engine of engines)
  test(`records, people and attribute in any order end as if all had been known from the start, on ${engine.name} (seed ${testSeed})`, {
    skip: engine.skip,
  }, async (t) => {
    const it = await engine.open(t)
    const random = openRandom(testSeed, 71)
    const days = [
      believableDay('avaya-ip-office', testSeed, 30),
      believableDay('asterisk-csv', testSeed, 30),
      crowdedDay('avaya-ip-office', testSeed),
      crowdedDay('asterisk-csv', testSeed),
    ]
    const sourceOf = (day: Day) => `day-${days.indexOf(day)}`
    for (const day of days) await applyReading(it.store, sourceOf(day), day.reading)
    const numbers = days.flatMap(({ lines }) =>
      lines.flatMap((line) =>
        [...line.toString().matchAll(/(?:\/|,E)(\d{3,4})\b/gu)].map(([, number]) => number ?? ''),
      ),
    )
    const extensions = [...new Set(numbers)]
    const always = (employeeId: number): Piece => ({ employeeId, from: Date.UTC(2026, 2, 14), to: null, rest: null })
    const model: PeopleModel = {
      held: new Map(extensions.map((it) => [it, random.chance(0.8) ? [always(random.pick(people))] : []])),
      worked: new Map(people.map((id) => [id, [{ ...always(id), to: Date.UTC(2026, 2, 18) }]])),
    }
    const ids = { next: people.length + 1 }
    await inOneTransaction(it, rowsOf(model))
    const others = it.another ? [await it.another(), await it.another()] : []
    const running = others.map((store) => attributorOf(store))
    const done = running.map((attributor) => attributor.run())
    const { url } = it.place as { url?: string }
    const writer = url ? new pg.Client({ connectionString: url }) : null
    await writer?.connect()
    let isOpen = false
    const settle = async () => {
      if (isOpen) await writer?.query('COMMIT')
      isOpen = false
    }
    let heldOpen = 0
    try {
      for (let step = 0; step < 60; step++) {
        if (random.chance(0.3)) {
          const day = random.pick(days)
          const lines = day.lines.filter(() => random.chance(0.3))
          if (lines.length > 0) await feedAtRandom(it.store, sourceOf(day), { ...day, lines }, random)
        } else if (random.chance(0.5)) {
          await settle()
          const statements = changeOf(random, model, extensions, ids)
          if (writer && random.chance(0.5)) {
            // Meanwhile records come and calls are attributed without it.
            await writer.query(['BEGIN', ...statements].join(';\n'))
            isOpen = true
            heldOpen++
          } else await inOneTransaction(it, statements)
        } else if (random.chance(0.85)) {
          if (others.length === 0) await attributeAll(it.store)
          for (const attributor of running) attributor.wake()
        } else await replayAll(it.store, sourceOf(random.pick(days)))
      }
      for (const day of days) await feedAtRandom(it.store, sourceOf(day), day, random)
      await settle()
    } finally {
      for (const attributor of running) attributor.close()
      await Promise.all(done)
      await writer?.end()
    }
    await atRest(it)

    const fresh = await engine.open(t)
    for (const day of days) await applyReading(fresh.store, sourceOf(day), day.reading)
    await inOneTransaction(fresh, rowsOf(model))
    for (const day of days)
      await importAll(fresh.store, sourceOf(day), streamOf(day.lines), { format: day.reading.format })
    await atRest(fresh)
    assertSameDump(await canonicalDump(it), await canonicalDump(fresh), `seed ${testSeed}`)
    const states = await it.rows('SELECT state, count(*) AS n FROM attribution GROUP BY state ORDER BY state')
    t.diagnostic(`${states.map((row) => `${row['n']} ${row['state']}`).join(', ')}; ${heldOpen} changes held open`)
    assert.ok((await countOf(it, 'person_quarter')) > 20)
  })
