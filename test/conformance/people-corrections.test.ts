import assert from 'node:assert/strict'
import { noMinutes } from '../../src/domain/worktime/corrections.ts'
import type { Edit } from '../../src/domain/worktime/edit.ts'
import { seenNow } from '../../src/pipeline/people-correction-effect.ts'
import type { ChangeJson } from '../../src/pipeline/people-correction-sight.ts'
import type { CorrectionJson } from '../../src/pipeline/people-correction-view.ts'
import { closeOverdueShifts } from '../../src/pipeline/people.ts'
import { defaultWorkRules } from '../../src/domain/worktime/rules.ts'
import { attributeAll } from '../support/attribution.ts'
import { bring, lineAt } from '../support/office.ts'
import { at, onBothEngines, type Place, refused, zone } from '../support/people.ts'

/** Corrections through both engines: what they may change, what they show before and after, who decides. */

const request = (place: Place, employee: string, edits: readonly Edit[], who = 'Секретарь') =>
  place.ask<CorrectionJson>({ do: 'correction-request', employee, reason: 'x', edits }, { who })

const approve = (place: Place, { id }: CorrectionJson, who = 'Олег', asNow = false) =>
  place.ask<CorrectionJson>({ do: 'correction-approve', correction: Number(id), comment: null, asNow }, { who })

const times = async (place: Place, table: string, from = 'started_at', to = 'ended_at') => {
  const rows = await place.it.rows(`SELECT id, ${from} AS f, ${to} AS t FROM ${table} ORDER BY id`)
  const text = (instant: unknown) =>
    instant === null ? '…' : new Date((instant as number) + 7 * 3_600_000).toISOString().slice(11, 16)
  return rows.map(({ id, f, t }) => `${id as number} ${text(f)}–${text(t)}`)
}

onBothEngines('rows that move into the place where another one was are moved together', async (place) => {
  const anna = await place.add('Петрова Анна')
  place.now = at('23:00')
  for (const [from, to] of [
    ['09:00', '12:00'],
    ['12:00', '15:00'],
  ] as const) {
    await place.start(anna, at(from))
    await place.end(anna, at(to))
  }
  for (const [from, to] of [
    ['09:10', '09:20'],
    ['09:20', '09:30'],
  ] as const) {
    await place.pause(anna, 'rest', at(from))
    await place.resume(anna, at(to))
  }
  await place.assign(anna, '201', at('09:00'), at('12:00'))
  const asked = await request(place, anna, [
    { edit: 'add-assignment', plan: 'avaya', extension: '201', from: at('12:00'), to: at('15:00') },
  ])
  await approve(place, asked)
  // Breaks first, within the shift; then both shifts and both assignments three hours later.
  const breaks = await request(place, anna, [
    { edit: 'set-break', break: 1, startedAt: at('09:20'), endedAt: at('09:30') },
    { edit: 'set-break', break: 2, startedAt: at('09:30'), endedAt: at('09:40') },
  ])
  await approve(place, breaks)
  assert.deepEqual(await times(place, 'shift_break'), ['1 09:20–09:30', '2 09:30–09:40'])
  const moved = await request(place, anna, [
    { edit: 'set-shift', shift: 1, startedAt: at('12:00'), endedAt: at('15:00') },
    { edit: 'set-break', break: 1, startedAt: at('12:20'), endedAt: at('12:30') },
    { edit: 'set-break', break: 2, startedAt: at('12:30'), endedAt: at('12:40') },
    { edit: 'set-shift', shift: 2, startedAt: at('15:00'), endedAt: at('18:00') },
    { edit: 'set-assignment', assignment: 1, from: at('12:00'), to: at('15:00') },
    { edit: 'set-assignment', assignment: 2, from: at('15:00'), to: at('18:00') },
  ])
  await approve(place, moved)
  assert.deepEqual(await times(place, 'shift'), ['1 12:00–15:00', '2 15:00–18:00'])
  assert.deepEqual(await times(place, 'shift_break'), ['1 12:20–12:30', '2 12:30–12:40'])
  assert.deepEqual(await times(place, 'assignment', 'from_at', 'to_at'), ['1 12:00–15:00', '2 15:00–18:00'])
  const places = await place.it.rows('SELECT employee_id, shift_id FROM shift_break ORDER BY id')
  assert.deepEqual(
    places.map((it) => ({ ...it })),
    [1, 1].map(() => ({ employee_id: Number(anna), shift_id: 1 })),
  )
  // And changed about, in one request.
  const swapped = await request(place, anna, [
    { edit: 'set-shift', shift: 1, startedAt: at('15:00'), endedAt: at('18:00') },
    { edit: 'remove-break', break: 1 },
    { edit: 'remove-break', break: 2 },
    { edit: 'set-shift', shift: 2, startedAt: at('12:00'), endedAt: at('15:00') },
  ])
  await approve(place, swapped)
  assert.deepEqual(await times(place, 'shift'), ['1 15:00–18:00', '2 12:00–15:00'])
})

/** A change in one line: times of the day, kinds and numbers. */
function brief({ what, id, before, after }: ChangeJson): string {
  const clock = (instant: string | null) =>
    instant === null ? '…' : new Date(Date.parse(instant) + 7 * 3_600_000).toISOString().slice(11, 16)
  const text = (it: ChangeJson['before']) => {
    if (it === null) return '–'
    if ('plan' in it) return `${it.extension} ${clock(it.from)}–${clock(it.to)}`
    if ('at' in it) return `${it.type} ${clock(it.at)} ×${it.count}${it.excluded ? ' out' : ''}`
    return [...('type' in it ? [it.type] : []), `${clock(it.startedAt)}–${clock(it.endedAt)}`, ...it.flags].join(' ')
  }
  return `${what} ${id ?? 'new'}: ${text(before)} → ${text(after)}`
}

/** A person's day, 09:00–18:00 with a rest of ten minutes, and a mark. */
async function day(place: Place, name = 'Петрова Анна'): Promise<string> {
  const anna = await place.add(name)
  place.now = at('23:00')
  await place.start(anna, at('09:00'))
  await place.pause(anna, 'rest', at('10:00'))
  await place.resume(anna, at('10:10'))
  await place.ask({
    do: 'mark-add',
    employee: anna,
    type: 'Почта',
    comment: null,
    count: 1,
    seconds: null,
    at: at('11:00'),
  })
  await place.end(anna, at('18:00'))
  return anna
}

onBothEngines('a correction that would leave everything as it is is refused, whenever that shows', async (place) => {
  const anna = await place.add('Петрова Анна')
  await place.start(anna, at('09:00'))
  await place.end(anna, at('17:00'))
  const told: Edit = { edit: 'set-shift', shift: 1, startedAt: at('09:00'), endedAt: at('17:00') + 400 }
  for (const edits of [[], [{ edit: 'set-shift', shift: 1 }], [told]] as const)
    await assert.rejects(request(place, anna, edits), refused('correction-empty'))
  // Two ask for the same; when one of them is approved nothing is left for the other to change.
  const wanted: Edit = { ...told, endedAt: at('18:00') }
  const [one, other] = [await request(place, anna, [wanted]), await request(place, anna, [wanted])]
  await approve(place, one)
  await assert.rejects(approve(place, other), refused('correction-empty'))
  await assert.rejects(request(place, anna, [wanted]), refused('correction-empty'))
  assert.deepEqual(await times(place, 'shift'), ['1 09:00–18:00'])
})

onBothEngines('that an end which the system set was right is a change: its flag goes', async (place) => {
  const anna = await place.add('Петрова Анна')
  await place.start(anna, at('09:00', 23))
  const asked = await request(place, anna, [{ edit: 'set-shift', shift: 1, endedAt: at('21:00', 23) }])
  await approve(place, asked)
  const [shift] = await place.shifts()
  assert.deepEqual([shift?.['ended_at'], shift?.['flags']], [at('21:00', 23), '["corrected"]'])
})

onBothEngines(
  'every change is shown before and after, with what comes of it, though as much is worked',
  async (place) => {
    const anna = await day(place)
    const shown = async (...edits: Edit[]) => {
      const { changes, effect } = await request(place, anna, edits)
      return [changes.map(brief), effect.minutes, effect.days.length, effect.marks]
    }
    assert.deepEqual(await shown({ edit: 'add-break', type: 'rest', startedAt: at('15:00'), endedAt: at('15:15') }), [
      ['break new: – → rest 15:00–15:15'],
      { ...noMinutes, paidBreakMinutes: 15 },
      1,
      0,
    ])
    assert.deepEqual(await shown({ edit: 'set-break', break: 1, type: 'training' }), [
      ['break 1: rest 10:00–10:10 → training 10:00–10:10'],
      noMinutes,
      0,
      0,
    ])
    assert.deepEqual(await shown({ edit: 'set-shift', shift: 1, startedAt: at('09:00'), endedAt: at('23:00') }), [
      ['shift 1: 09:00–18:00 → 09:00–23:00 over-limit'],
      { ...noMinutes, workedMinutes: 300, dayMinutes: 240, nightMinutes: 60 },
      1,
      0,
    ])
    assert.deepEqual(
      await shown(
        { edit: 'set-mark', mark: 1, count: 3, at: at('12:00') },
        { edit: 'add-mark', typeId: 1, at: at('13:00') },
        { edit: 'add-assignment', plan: 'avaya', extension: '201', from: at('09:00'), to: null },
      ),
      [
        ['assignment new: – → 201 09:00–…', 'mark 1: Почта 11:00 ×1 → Почта 12:00 ×3', 'mark new: – → Почта 13:00 ×1'],
        noMinutes,
        0,
        2,
      ],
    )
    assert.deepEqual(await shown({ edit: 'remove-shift', shift: 1 }), [
      ['shift 1: 09:00–18:00 → –', 'break 1: rest 10:00–10:10 → –'],
      { ...noMinutes, workedMinutes: -540, dayMinutes: -540, paidBreakMinutes: -10 },
      1,
      1,
    ])
  },
)

onBothEngines('an open request shows what it does now, a decided one what it did', async (place) => {
  const anna = await day(place)
  const longer = await request(place, anna, [{ edit: 'set-shift', shift: 1, endedAt: at('19:00') }])
  const gone = await request(place, anna, [{ edit: 'remove-break', break: 1 }])
  const later = await request(place, anna, [{ edit: 'set-shift', shift: 1, endedAt: at('20:00') }])
  await approve(place, later)
  await approve(place, await request(place, anna, [{ edit: 'remove-break', break: 1 }]))
  const reader = await place.it.reader()
  const [employee] = await reader.employees({ search: null, unitIds: null, onlyActive: true })
  const it = { now: place.now, zone, rules: { ...defaultWorkRules, breakTypes: await reader.breakTypes() } }
  const now = async ({ id }: CorrectionJson) => {
    const row = await reader.correction(Number(id))
    assert.ok(row && employee)
    const seen = await reader.seeing((sight) => seenNow(sight, employee, row, it))
    assert.ok(seen)
    return 'seen' in seen ? seen.seen.changes.map(brief) : seen.obstacle.code
  }
  assert.deepEqual(longer.changes.map(brief), ['shift 1: 09:00–18:00 → 09:00–19:00'])
  assert.deepEqual(await now(longer), ['shift 1: 09:00–20:00 → 09:00–19:00'])
  assert.equal(await now(gone), 'correction-impossible')
  await assert.rejects(approve(place, longer), refused('correction-changed', { what: 'shift, worked time' }))
  assert.deepEqual(await times(place, 'shift'), ['1 09:00–20:00'])
  const done = await approve(place, longer, 'Олег', true)
  assert.deepEqual(done.changes.map(brief), ['shift 1: 09:00–20:00 → 09:00–19:00'])
  assert.deepEqual([done.effect.workedSeconds, done.effect.minutes.workedMinutes], [-3600, -60])
  const [kept] = await place.it.rows(`SELECT effect FROM correction WHERE id = ${longer.id}`)
  assert.deepEqual(JSON.parse(kept?.['effect'] as string), { ...done.effect, changes: done.changes })
})

onBothEngines('calls that a correction takes away or gives are counted before it is approved', async (place) => {
  const anna = await day(place)
  await place.assign(anna, '201', at('09:00'))
  await bring(place, 'avaya', lineAt('09:30'), lineAt('12:00'), lineAt('17:30'), lineAt('18:30'))
  const calls = async (...edits: Edit[]) => (await request(place, anna, edits)).effect.calls
  assert.equal(await calls({ edit: 'set-shift', shift: 1, endedAt: at('17:00') }), 1)
  assert.equal(await calls({ edit: 'set-shift', shift: 1, startedAt: at('10:00'), endedAt: at('19:00') }), 2)
  assert.equal(await calls({ edit: 'add-break', type: 'meal', startedAt: at('12:00'), endedAt: at('12:30') }), 1)
  assert.equal(await calls({ edit: 'set-assignment', assignment: 1, to: at('12:00') }), 3)
  assert.equal(await calls({ edit: 'set-mark', mark: 1, count: 2 }), 0)
  await approve(place, await request(place, anna, [{ edit: 'set-assignment', assignment: 1, to: at('12:00') }]))
  assert.deepEqual(await times(place, 'assignment', 'from_at', 'to_at'), ['1 09:00–12:00'])
  await attributeAll(place.it.store)
  const held = await place.it.rows('SELECT call_id FROM attribution WHERE employee_id IS NOT NULL')
  assert.equal(held.length, 1)
})

onBothEngines('marks are set, added and removed by corrections', async (place) => {
  const anna = await day(place)
  const approved = async (...edits: Edit[]) => approve(place, await request(place, anna, edits))
  const marks = async () =>
    (await place.it.rows('SELECT * FROM mark ORDER BY at')).map((row) => {
      const clock = new Date((row['at'] as number) + 7 * 3_600_000).toISOString().slice(11, 16)
      return [clock, row['shift_id'], row['count'], row['seconds'], row['comment'], row['excluded'], row['how']]
    })
  await approved(
    { edit: 'set-mark', mark: 1, at: at('20:00'), count: 2, seconds: 30, comment: 'ответ', excluded: true },
    { edit: 'add-mark', typeId: 1, at: at('12:00'), comment: ' два  слова ' },
  )
  assert.deepEqual(await marks(), [
    ['12:00', 1, 1, null, 'два слова', 0, 'correction'],
    ['20:00', null, 2, 30, 'ответ', 1, 'shell'],
  ])
  await approved({ edit: 'remove-mark', mark: 1 })
  assert.equal((await marks()).length, 1)
})

onBothEngines(
  'nobody decides on what they asked for, or on their own time, by whatever name they go',
  async (place) => {
    const anna = await place.add('Петрова Анна', { personnelNumber: '1017' })
    const oleg = await place.add('Сидоров Олег', { personnelNumber: '1018' })
    await place.start(anna, at('09:00'))
    const edits: Edit[] = [{ edit: 'set-shift', shift: 1, startedAt: at('08:00') }]
    const byOleg = await request(place, anna, edits, 'Сидоров Олег')
    for (const who of ['1018', oleg, 'сидоров  ОЛЕГ']) {
      await assert.rejects(approve(place, byOleg, who), refused('correction-own', { who: 'Сидоров Олег' }))
      const refuse = { do: 'correction-refuse' as const, correction: Number(byOleg.id), comment: null }
      await assert.rejects(place.ask(refuse, { who }), refused('correction-own'))
    }
    for (const who of ['1017', anna, 'петрова анна'])
      await assert.rejects(approve(place, byOleg, who), refused('correction-own-time', { employee: 'Петрова Анна' }))
    assert.equal((await approve(place, byOleg, 'shell:root')).state, 'approved')
    // A number that is also somebody's id may mean either: neither decides.
    await place.add('Котов Иван', { personnelNumber: oleg })
    const byNumber = await request(place, anna, [{ edit: 'set-shift', shift: 1, startedAt: at('07:00') }], oleg)
    for (const who of ['Котов Иван', 'Сидоров Олег'])
      await assert.rejects(approve(place, byNumber, who), refused('correction-own'))
    assert.equal((await approve(place, byNumber, 'shell:root')).state, 'approved')
    // Alike names are one person's until there are both.
    await place.add('Лебедев Артём')
    const byArtyom = await request(place, anna, edits, 'Лебедев Артём')
    await assert.rejects(approve(place, byArtyom, 'Лебедев Артем'), refused('correction-own'))
    await place.add('Лебедев Артем')
    assert.equal((await approve(place, byArtyom, 'лебедев артем')).state, 'approved')
  },
)

onBothEngines('what a store or a reader could not take is refused when it is asked for', async (place) => {
  const anna = await day(place)
  await place.ask({ do: 'mark-type-set', name: 'Старое', active: false })
  const cases: [Edit, string, RegExp | string][] = [
    [{ edit: 'add-mark', typeId: 77, at: at('10:00') }, 'name-unknown', '1 (Почта)'],
    [{ edit: 'set-mark', mark: 1, typeId: 2 }, 'name-unknown', '1 (Почта)'],
    [{ edit: 'add-mark', typeId: 1, at: at('10:00'), count: -5 }, 'value-unreadable', '-5'],
    [{ edit: 'set-mark', mark: 1, count: 0 }, 'value-unreadable', '0'],
    [{ edit: 'set-mark', mark: 1, seconds: -1 }, 'value-unreadable', '-1'],
    [{ edit: 'add-mark', typeId: 1, at: at('10:00'), comment: 'a\u0000b' }, 'value-unreadable', /a/u],
    [{ edit: 'add-mark', typeId: 1, at: -1 }, 'value-unreadable', '-1'],
    [{ edit: 'set-shift', shift: 1, endedAt: Date.UTC(2100, 0, 1) }, 'value-unreadable', '4102444800000'],
    [
      { edit: 'add-assignment', plan: 'mars', extension: '201', from: 0, to: null },
      'name-unknown',
      /asterisk, avaya|avaya, asterisk/u,
    ],
    [{ edit: 'add-assignment', plan: 'avaya', extension: '2\u00001', from: 0, to: null }, 'value-unreadable', /2/u],
    [
      { edit: 'add-break', type: 'a\u0000b', startedAt: at('15:00'), endedAt: at('15:10') },
      'correction-impossible',
      '',
    ],
  ]
  for (const [edit, code, said] of cases) {
    await assert.rejects(request(place, anna, [edit]), (error: unknown) => {
      refused(code as 'name-unknown')(error)
      const { found, known } = (error as { details: Record<string, unknown> }).details
      const texts = [found, known].map(String)
      if (said !== '')
        assert.ok(
          texts.some((it) => (said instanceof RegExp ? said.test(it) : it === said)),
          texts.join(' '),
        )
      return true
    })
  }
  assert.equal((await place.it.rows('SELECT 1 AS one FROM correction')).length, 0)
})

onBothEngines('a correction puts nothing where it could not be told', async (place) => {
  const anna = await day(place)
  await place.assign(anna, '201', at('09:00'), at('12:00'))
  const add = (from: number, to: number): Edit => ({ edit: 'add-shift', startedAt: from, endedAt: to, zone })
  const year = Date.UTC(2027, 10, 24)
  const ahead: Edit[][] = [
    [add(year, year + 3_600_000)],
    [
      { edit: 'set-shift', shift: 1, startedAt: year, endedAt: year + 3_600_000 },
      { edit: 'remove-break', break: 1 },
    ],
    [{ edit: 'set-shift', shift: 1, endedAt: at('11:01', 25) }],
    [{ edit: 'set-mark', mark: 1, at: at('11:01', 25) }],
    [{ edit: 'add-mark', typeId: 1, at: year }],
    [
      { edit: 'set-shift', shift: 1, endedAt: null },
      { edit: 'add-break', shift: 1, type: 'rest', startedAt: year, endedAt: year + 60_000 },
    ],
  ]
  for (const edits of ahead)
    await assert.rejects(request(place, anna, edits), refused('time-ahead', { latest: '2026-11-25 11:00' }))
  await request(place, anna, [{ edit: 'set-shift', shift: 1, endedAt: at('11:00', 25) }])
  const facts = { do: 'employee-set' as const, employee: anna, hiredOn: '2026-11-20', leftOn: '2026-11-24' }
  await place.ask(facts)
  const away: Edit[][] = [
    [add(at('09:00', 19), at('18:00', 19))],
    [add(at('00:00', 25), at('08:00', 25))],
    [
      { edit: 'set-shift', shift: 1, startedAt: at('23:59', 19), endedAt: at('05:00', 20) },
      { edit: 'remove-break', break: 1 },
    ],
    [{ edit: 'set-assignment', assignment: 1, from: at('09:00', 19) }],
    [{ edit: 'add-assignment', plan: 'avaya', extension: '202', from: at('09:00', 30), to: null }],
  ]
  for (const edits of away)
    await assert.rejects(
      request(place, anna, edits),
      refused('employee-away', { from: '2026-11-20', to: '2026-11-24' }),
    )
  // Nothing begins then: what goes on, and what goes, is nobody's matter.
  await request(place, anna, [{ edit: 'set-shift', shift: 1, endedAt: at('02:00', 25) }])
  await request(place, anna, [{ edit: 'set-assignment', assignment: 1, to: null }])
  const early = await request(place, anna, [add(at('09:00', 20), at('18:00', 20))])
  // Known to have begun later when somebody decides on it.
  await place.ask({ ...facts, hiredOn: '2026-11-21' })
  await assert.rejects(approve(place, early), refused('employee-away'))
  await approve(place, await request(place, anna, [{ edit: 'remove-shift', shift: 1 }]))
})

onBothEngines('a shift that has passed its limit is closed by a correction, without the sweep', async (place) => {
  place.now = at('09:00')
  const anna = await place.add('Петрова Анна')
  await place.start(anna, at('09:00'))
  place.now = at('23:00')
  const asked = await request(place, anna, [{ edit: 'add-shift', startedAt: at('22:00'), endedAt: at('22:30'), zone }])
  assert.deepEqual(asked.changes.map(brief), [
    'shift 1: 09:00–… → 09:00–21:00 closed-by-system',
    'shift new: – → 22:00–22:30',
  ])
  await approve(place, asked)
  assert.deepEqual(await times(place, 'shift'), ['1 09:00–21:00', '2 22:00–22:30'])
})

onBothEngines('an end that nobody told is put anew when a correction takes the next shift away', async (place) => {
  const anna = await place.add('Петрова Анна')
  place.now = at('23:00')
  await place.start(anna, at('14:00'))
  await place.start(anna, at('09:00'))
  assert.deepEqual(await times(place, 'shift'), ['1 14:00–…', '2 09:00–14:00'])
  const asked = await request(place, anna, [{ edit: 'remove-shift', shift: 1 }])
  assert.deepEqual(asked.changes.map(brief), [
    'shift 2: 09:00–14:00 closed-by-system → 09:00–21:00 closed-by-system',
    'shift 1: 14:00–… → –',
  ])
  await approve(place, asked)
  assert.deepEqual(await times(place, 'shift'), ['2 09:00–21:00'])
  // Before the limit it is open again, as if the other had never been told.
  const oleg = await place.add('Сидоров Олег')
  place.now = at('15:00', 25)
  await place.start(oleg, at('14:00', 25))
  await place.start(oleg, at('09:00', 25))
  const [, next] = await place.it.rows('SELECT id FROM shift ORDER BY id')
  await approve(place, await request(place, oleg, [{ edit: 'remove-shift', shift: next?.['id'] as number }]))
  const [, shift] = await place.shifts()
  assert.deepEqual([shift?.['ended_at'], shift?.['flags']], [null, '["corrected"]'])
  place.now = at('21:00', 25)
  assert.equal(await closeOverdueShifts(place.options()), 1)
})

onBothEngines('a telephone that is released when it was given was never held', async (place) => {
  const anna = await place.add('Петрова Анна')
  await place.assign(anna, '201', at('09:00'))
  await place.due()
  const answer = await place.ask({ do: 'release', employee: anna, extension: '201', plan: null, at: at('09:00') })
  assert.ok(answer)
  assert.deepEqual(await times(place, 'assignment', 'from_at', 'to_at'), [])
  assert.deepEqual(await place.due(), ['avaya 201 24T09:00 …'])
  const [line] = await place.it.rows(`SELECT before, after FROM audit WHERE what = 'release'`)
  assert.ok(line?.['before'])
  assert.equal(line?.['after'], null)
})
