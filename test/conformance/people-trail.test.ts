import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CorrectionJson } from '../../src/pipeline/people-correction-view.ts'
import type { EmployeeTold } from '../../src/pipeline/people-entries.ts'
import type { EmployeeImportReport } from '../../src/pipeline/people-import.ts'
import type { PeopleRequest } from '../../src/pipeline/people-request.ts'
import type { PeriodJson } from '../../src/pipeline/people-view.ts'
import { changeTexts, deedText } from '../../src/cli/present/trail.ts'
import { openWords } from '../../src/cli/words/words.ts'
import { at, onBothEngines, refused, zone } from '../support/people.ts'
import { freshDatabase, postgresMissing } from '../support/postgres.ts'
import { openPostgresAt } from '../support/stores.ts'

/** What is kept of people through both engines: names, lists, corrections, locked periods, the trail. */

onBothEngines('names are found however they are typed, and sorted as people expect', async (place) => {
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

onBothEngines('a personnel number is one person’s', async (place) => {
  await place.add('Петрова Анна', { personnelNumber: '1017' })
  await assert.rejects(
    place.add('Сидоров Олег', { personnelNumber: '1017' }),
    refused('name-taken', { holder: 'Петрова Анна' }),
  )
  await place.start('1017', at('09:00'))
})

onBothEngines('a correction is asked for, shown, approved by somebody else, and done', async (place) => {
  const anna = await place.add('Петрова Анна')
  await place.assign(anna, '201', at('08:00'))
  const { id } = await place.start(anna, at('09:00'))
  await place.end(anna, at('17:00'))
  await place.due()
  const edits = [{ edit: 'set-shift' as const, shift: Number(id), endedAt: at('18:30') }]
  const request = { do: 'correction-request' as const, employee: anna, reason: 'забыла', edits }
  const asked = await place.ask<CorrectionJson>(request, { who: 'Анна' })
  const minutes = (worked: number) => {
    return { workedMinutes: worked, dayMinutes: worked, nightMinutes: 0, paidBreakMinutes: 0, unpaidBreakMinutes: 0 }
  }
  const day = { day: '2026-11-24', beforeSeconds: 8 * 3600, afterSeconds: 9.5 * 3600 }
  assert.deepEqual(asked.effect, {
    days: [{ ...day, before: minutes(480), after: minutes(570) }],
    workedSeconds: 5400,
    minutes: minutes(90),
    marks: 0,
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

onBothEngines('an impossible correction is refused when it is asked for', async (place) => {
  const anna = await place.add('Петрова Анна')
  const oleg = await place.add('Сидоров Олег')
  await place.assign(oleg, '201', at('08:00'))
  const request = { do: 'correction-request' as const, employee: anna, reason: 'x' }
  await assert.rejects(
    place.ask({ ...request, edits: [{ edit: 'remove-shift', shift: 77 }] }),
    refused('correction-impossible', { why: 'the person has no such shift', of: '77' }),
  )
  const edit = { edit: 'add-assignment' as const, plan: 'avaya', extension: '201', from: at('09:00'), to: null }
  await assert.rejects(place.ask({ ...request, edits: [edit] }), refused('extension-held', { holder: 'Сидоров Олег' }))
})

onBothEngines('a correction adds a forgotten shift with its break, and marks find their shift', async (place) => {
  const anna = await place.add('Петрова Анна')
  // Of a shift that was removed by mistake a mark is left.
  const { id } = await place.start(anna, at('09:00'))
  const mark = { do: 'mark-add' as const, employee: anna, type: 'Почта', comment: null, count: 1, seconds: 60 }
  await place.ask({ ...mark, at: at('10:00') })
  const remove = { do: 'correction-request' as const, employee: anna, reason: 'x' }
  const removed = await place.ask<CorrectionJson>({ ...remove, edits: [{ edit: 'remove-shift', shift: Number(id) }] })
  await place.ask({ do: 'correction-approve', correction: Number(removed.id), comment: null }, { who: 'Олег' })
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

onBothEngines('a locked period keeps its figures; an approved correction makes its next version', async (place) => {
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

onBothEngines(
  'a telephone from now on is refused where what is to come is locked, saying how to have it',
  async (place) => {
    const anna = await place.add('Петрова Анна')
    await place.ask({ do: 'period-lock', from: at('00:00', 26), to: at('00:00', 30), unit: null })
    const ahead = refused('period-locked-ahead', { until: '2026-11-26T00:00', to: '2026-11-30 00:00' })
    await assert.rejects(place.assign(anna, '201', at('09:00')), ahead)
    await assert.rejects(place.assign(anna, '201', at('00:00', 26)), refused('period-locked'))
    await place.assign(anna, '201', at('09:00'), at('00:00', 26))
    await place.assign(anna, '201', at('00:00', 30))
  },
)

onBothEngines('facts that a person has already leave no line in the trail', async (place) => {
  const told = { personnelNumber: '1017', unit: 'Поддержка' }
  const anna = await place.add('Петрова Анна', told)
  const lines = async () => (await place.it.rows(`SELECT id FROM audit WHERE what = 'employee-set'`)).length
  const set = (words: object) => place.ask<EmployeeTold>({ do: 'employee-set', employee: anna, ...words })
  const same = await set({ ...told, unit: 'поддержка', name: 'Петрова Анна' })
  assert.deepEqual([same.changed, same.unitMade, await lines()], [false, false, 0])
  const moved = await set({ unit: 'Продажи' })
  assert.deepEqual([moved.changed, moved.unitMade, await lines()], [true, true, 1])
})

onBothEngines('the period of a unit is that of its people and of the units below', async (place) => {
  await place.ask({ do: 'unit-add', name: 'Офис', parent: null })
  await place.ask({ do: 'unit-add', name: 'Поддержка', parent: 'офис' })
  const [anna, oleg] = [await place.add('Петрова Анна', { unit: 'поддержка' }), await place.add('Сидоров Олег')]
  await place.ask({ do: 'period-lock', from: at('00:00', 1), to: at('00:00', 21), unit: 'Офис' })
  await assert.rejects(place.start(anna, at('09:00', 10)), refused('period-locked'))
  await place.start(oleg, at('09:00', 10))
})

onBothEngines('a unit is renamed and moved, but never into itself, by however many at once', async (place) => {
  // A name that was mistyped is a unit of its own.
  const anna = await place.add('Петрова Анна', { unit: 'Suport' })
  for (const name of ['Офис', 'Линия']) await place.ask({ do: 'unit-add', name, parent: null })
  const set = (unit: string, words: { name?: string; parent?: string | null }, store = place.it.store) =>
    place.ask<{ id: string; name: string; parent: string | null }>({ do: 'unit-set', unit, ...words }, { store })
  const made = await set('suport', { name: 'Поддержка', parent: 'ОФИС' })
  assert.deepEqual(made, { id: '1', name: 'Поддержка', parent: 'Офис' })
  const reader = await place.it.reader()
  const [person] = await reader.employees({ search: null, unitIds: [1], onlyActive: true })
  assert.equal(person?.id, Number(anna))
  await assert.rejects(set('Линия', { name: 'поддержка' }), refused('name-taken', { holder: 'id 1' }))
  await assert.rejects(set('Suport', { parent: null }), refused('name-unknown', { known: 'Линия, Офис, Поддержка' }))
  for (const parent of ['Офис', 'Поддержка'])
    await assert.rejects(set('Офис', { parent }), refused('unit-within', { unit: 'Офис', parent }))
  assert.equal((await set('Поддержка', { name: 'ПОДДЕРЖКА' })).parent, 'Офис')
  assert.equal((await set('Поддержка', { parent: null })).name, 'ПОДДЕРЖКА')
  const stores = [place.it.store, (await place.it.another?.()) ?? place.it.store] as const
  const told = await Promise.allSettled([
    set('Офис', { parent: 'Линия' }, stores[0]),
    set('Линия', { parent: 'Офис' }, stores[1]),
  ])
  const [lost, ...others] = told.flatMap((it) => (it.status === 'rejected' ? [it.reason as unknown] : []))
  assert.equal(others.length, 0)
  assert.ok(refused('unit-within')(lost))
})

onBothEngines('what is of nobody has its line too, and words for it', async (place) => {
  const anna = await place.add('Петрова Анна', { unit: 'Suport' })
  const done: readonly [PeopleRequest, RegExp][] = [
    [{ do: 'unit-add', name: 'Офис', parent: null }, /^unit added; Unit: – → Офис$/u],
    [
      { do: 'unit-set', unit: 'Suport', name: 'Support', parent: 'Офис' },
      /^unit changed; Unit: Suport → Support; Part of: – → Офис$/u,
    ],
    [{ do: 'site-set', name: 'Чита', zone: 'Asia/Chita' }, /^site set; Site: – → Чита; Time zone: – → Asia\/Chita$/u],
    [
      { do: 'directory-set', entries: [{ line: null, extension: '300', plan: 'avaya', isGroup: true }], dryRun: false },
      /^directory changed; Extension: – → 300 \(avaya\); Group: – → yes$/u,
    ],
    [{ do: 'break-type-set', name: 'rest', paid: false }, /^kind of breaks set; Kind: rest; Paid: yes → no$/u],
    [
      { do: 'mark-type-set', name: 'Почта' },
      /^kind of marks set; Kind: – → Почта; Work after a call: – → no; Active: – → yes$/u,
    ],
    [{ do: 'mark-type-set', name: 'почта', newName: 'Письма' }, /^kind of marks set; Kind: Почта → Письма$/u],
    [
      { do: 'period-lock', from: at('00:00', 1), to: at('00:00', 2), unit: 'Офис' },
      /^period locked; Id: – → 1; From: – → 01 Nov 2026 00:00:00; Until: – → 02 Nov .*; Unit: – → Офис; State: – → locked$/u,
    ],
    [{ do: 'period-unlock', period: 1 }, /^period opened; Id: 1; State: locked → open$/u],
    [
      { do: 'report-save', name: 'Ноябрь', report: 'shift', filter: '{}', rows: null, shifts: null },
      /^report saved; Name: – → Ноябрь$/u,
    ],
    [{ do: 'report-delete', saved: 1 }, /^report deleted; Name: Ноябрь → –$/u],
  ]
  for (const [request] of done) await place.ask(request)
  await place.start(anna, at('09:00'))
  const reader = await place.it.reader()
  const known = { units: await reader.units(), markTypes: await reader.markTypes() }
  const said = async (language: 'en' | 'ru') => {
    const words = openWords(language, zone)
    const lines = (await reader.audit(null, 50)).toReversed()
    return lines.map((it) => [deedText(it.what, words), ...changeTexts(it, known, words)].join('; '))
  }
  const [first, ...lines] = await said('en')
  assert.equal(first, 'unit added; Unit: – → Suport')
  assert.equal(lines.length, done.length)
  for (const [at, [, expected]] of done.entries()) assert.match(lines[at] as string, expected)
  for (const line of await said('ru')) assert.match(line, /^[а-яё ]+; (Id|[А-ЯЁ][а-яё. ]*): /u, line)
  assert.equal((await reader.audit(null, 2)).length, 2)
})

onBothEngines('every change leaves a line that nobody can change or take away', async (place) => {
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
  const line = `INTO audit (id, at, who, what) VALUES (1, 0, 'x', 'x')`
  const replaced =
    'file' in place.it.place
      ? ['INSERT OR REPLACE', 'REPLACE'].map((insert) => `${insert} ${line}`)
      : [`INSERT ${line} ON CONFLICT (id) DO UPDATE SET who = excluded.who`]
  for (const sql of [`UPDATE audit SET who = 'x'`, 'DELETE FROM audit', ...replaced])
    await assert.rejects(place.it.execute(sql), /append only/u, sql)
  assert.deepEqual(await reader.audit(Number(anna), 10), trail)
})

test('nobody empties the trail on PostgreSQL', { skip: postgresMissing }, async (t) => {
  const it = await openPostgresAt(t, await freshDatabase(t))
  await assert.rejects(it.execute('TRUNCATE audit'), /append only/u)
  await assert.rejects(it.execute('TRUNCATE audit, employee RESTART IDENTITY CASCADE'), /append only/u)
})

onBothEngines('a list of people is taken whole or not at all, and a dry run tells the same', async (place) => {
  const line = (line: number, name: string, extension: string | null, personnelNumber: string | null = null) => {
    return {
      line,
      name,
      personnelNumber,
      position: null,
      unit: 'Продажи',
      zone: null,
      hiredOn: null,
      leftOn: null,
      extension,
      plan: 'avaya',
      from: null,
      to: null,
    }
  }
  const rows = [line(2, 'Петрова Анна', '201', '1'), line(3, '', null), line(4, 'Сидоров Олег', '201', '2')]
  const ask = (dryRun: boolean, some = rows) =>
    place.ask<{ added: number; problems: { line: number; code: string; message: string }[] }>({
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
  const planless = await ask(true, [{ ...line(2, 'Петрова Анна', '201'), plan: null } as never])
  assert.match(planless.problems[0]?.message ?? '', /Name the plan in the column plan\./u)
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
  const again = (await ask(false, good)) as unknown as EmployeeImportReport
  assert.deepEqual([again.added, again.unchanged, again.assignments], [0, 3, 0])
  assert.equal((await place.it.rows('SELECT 1 AS one FROM assignment')).length, 3)
})

onBothEngines(
  'a list of people tells their zone and from when to when they are here, each line judged',
  async (place) => {
    const line = (line: number, name: string, facts: { zone?: string; hiredOn?: string; leftOn?: string }) => {
      const unknown = { personnelNumber: null, position: null, unit: null, zone: null, hiredOn: null, leftOn: null }
      return { line, name, ...unknown, ...facts, extension: null, plan: null, from: null, to: null }
    }
    const ask = (...rows: ReturnType<typeof line>[]) =>
      place.ask<EmployeeImportReport>({ do: 'employee-import', rows, dryRun: false })
    const anna = line(2, 'Петрова Анна', { zone: 'asia/chita', hiredOn: '2026-11-02', leftOn: '2026-12-31' })
    assert.deepEqual((await ask(anna, line(3, 'Сидоров Олег', {}))).added, 2)
    const facts = async () =>
      (await place.it.rows('SELECT zone, hired_on, left_on FROM employee ORDER BY id')).map((it) => Object.values(it))
    const nothing = [null, null, null]
    assert.deepEqual(await facts(), [['Asia/Chita', '2026-11-02', '2026-12-31'], nothing])
    // What a line leaves empty stays.
    const again = await ask(line(2, 'Петрова Анна', { leftOn: '2026-12-30' }), line(3, 'Сидоров Олег', {}))
    assert.deepEqual([again.changed, again.unchanged], [1, 1])
    assert.deepEqual(await facts(), [['Asia/Chita', '2026-11-02', '2026-12-30'], nothing])
    const bad = [
      line(2, 'Петрова Анна', { zone: 'Mars' }),
      line(3, 'Сидоров Олег', { hiredOn: '1.11.2026' }),
      line(4, 'Сидоров Олег', { leftOn: '2026-02-30' }),
    ]
    const { problems } = await place.ask<EmployeeImportReport>({ do: 'employee-import', rows: bad, dryRun: true })
    assert.deepEqual(
      problems.map((it) => [it.line, it.details['what']]),
      [
        [2, 'zone'],
        [3, 'hired on'],
        [4, 'left on'],
      ],
    )
  },
)

onBothEngines('presses of one second are moments one after the other', async (place) => {
  place.now = at('12:00')
  const anna = await place.add('Петрова Анна')
  const now = { employee: anna, at: null }
  await place.ask({ do: 'shift-start', ...now })
  await place.ask({ do: 'break-start', type: 'rest', ...now })
  await place.ask({ do: 'break-end', ...now })
  const { breaks, startedAt, endedAt } = await place.ask({ do: 'shift-end', ...now })
  const second = (n: number) => new Date(at('12:00') + n * 1000).toISOString().replace('.000', '')
  assert.deepEqual([startedAt, endedAt], [second(0), second(3)])
  assert.deepEqual(
    breaks.map((it) => [it.type, it.startedAt, it.endedAt]),
    [['rest', second(1), second(2)]],
  )
})
