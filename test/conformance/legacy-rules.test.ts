import assert from 'node:assert/strict'
import { before, suite, test, type TestContext } from 'node:test'
import {
  breakOf,
  callOf,
  flags,
  idsOf,
  importDatabase,
  made,
  markOf,
  peopleDump,
  personOf,
  shiftOf,
} from '../support/legacy-import.ts'
import { at, buildLegacyDatabase, inLegacy, legacyNow, odd, shiftOn } from '../support/legacy-schema.ts'
import { freshDatabase, postgresMissing } from '../support/postgres.ts'
import { engines, type TestStore } from '../support/stores.ts'

for (const engine of engines)
  suite(`the older system's data in a store of ${engine.name}`, { skip: engine.skip || postgresMissing }, () => {
    let url = ''
    const afters: (() => Promise<void> | void)[] = []
    const kept = { after: (work: () => Promise<void> | void) => void afters.push(work) }
    before(async () => {
      url = await freshDatabase({ after: kept.after } as Pick<TestContext, 'after'>)
      await buildLegacyDatabase(url)
    })
    test.after(async () => {
      for (const work of afters.reverse()) await work()
    })

    test('every rule of the import (M1 to M11) over one database of two months', async (t) => {
      const it = await engine.open(t)
      const report = await importDatabase(it.store, url)

      await t.test('M1: read is imported, merged and skipped in every table', () => {
        assert.ok(report.tables.length >= 11)
        for (const { table, read, imported, merged, skipped, fresh, changed, same, kept: left } of report.tables) {
          assert.equal(read, imported + merged + skipped, table)
          assert.deepEqual([imported, changed, same, left], [fresh, 0, 0, 0], table)
        }
      })

      await t.test('M1: a second run changes nothing', async () => {
        const first = await peopleDump(it)
        const again = await importDatabase(it.store, url)
        assert.equal(await peopleDump(it), first)
        for (const { table, imported, same } of again.tables) assert.equal(same, imported, table)
      })

      await t.test(
        'mapping: the surname column is the patronymic, the HR id a number only where it is unique',
        async () => {
          const two = await personOf(it, 2)
          assert.deepEqual(
            [two['name'], two['personnel_number'], two['position'], two['hired_on'], two['active']],
            ['Белов Пётр Олегович', 'T-2', 'Специалист', '2017-11-20', 1],
          )
          assert.equal((await personOf(it, 12))['personnel_number'], null)
          assert.equal((await personOf(it, 19))['active'], 0)
          const shared = report.issues.find((found) => found.kind === 'code-not-unique')
          assert.deepEqual([shared?.detail, shared?.people.length], ['default-1517', 10])
        },
      )

      await t.test('mapping: namesakes stay two people, an account without a name goes by its login', async () => {
        assert.notEqual((await personOf(it, 18))['id'], (await personOf(it, 20))['id'])
        assert.equal(report.notes.namesakes, 2)
        assert.equal((await personOf(it, 90))['name'], 'admin')
        assert.deepEqual(idsOf(report, 'no-name'), [['90']])
      })

      await t.test('mapping: roles are kept for the day of accounts, passwords nowhere', async () => {
        const roles = await it.rows(
          `SELECT username, role FROM legacy_account WHERE role <> 'employee' ORDER BY user_id`,
        )
        assert.deepEqual(
          roles.map((row) => ({ ...row })),
          [
            { username: 'user1', role: 'supervisor' },
            { username: 'user2', role: 'admin' },
            { username: 'admin', role: 'admin' },
          ],
        )
        assert.doesNotMatch(await peopleDump(it), /pbkdf2/u)
      })

      await t.test(
        'mapping: two types of marks with one name stay two (F23); the types of calls are reserved',
        async () => {
          const types = await it.rows('SELECT name, reserved, active FROM mark_type ORDER BY position, id')
          assert.deepEqual(
            types.map((row) => [row['name'], row['reserved'], row['active']]),
            [
              ['Входящие звонки', 'inbound', 1],
              ['Входящие звонки (вручную)', null, 1],
              ['Исходящие звонки', 'outbound', 1],
              ['ЕТТ', null, 1],
              ['Почта', null, 1],
              ['Почта (6)', null, 0],
            ],
          )
        },
      )

      await t.test('M2: what is current is open, whatever its end says', async () => {
        const open = await shiftOf(it, odd.openShift)
        assert.deepEqual([open['started_at'], open['ended_at']], [at('2018-09-15 09:00:00'), null])
        assert.equal((await breakOf(it, odd.openBreak))['ended_at'], null)
        assert.equal(open['started_how'], 'legacy')
        assert.equal(open['zone'], 'Asia/Krasnoyarsk')
      })

      await t.test('M3: a shift of 12 hours and more was probably ended by the job (F17)', async () => {
        const ended = await shiftOf(it, odd.endedByJob)
        assert.equal(ended['ended_at'], at('2018-02-21 22:00:00'))
        assert.deepEqual(flags(ended), ['probably-closed-by-job'])
      })

      await t.test(
        'M3: two quick starts are one shift, from the earlier, until the end that a person gave (F19)',
        async () => {
          const [first, second] = odd.doubleShift
          const one = await shiftOf(it, first)
          assert.deepEqual([one['started_at'], one['ended_at']], [at('2018-02-20 09:00:00'), at('2018-02-20 18:00:00')])
          assert.deepEqual(flags(one), ['merged'])
          assert.equal((await shiftOf(it, second))['id'], one['id'])
          const [openOne, openTwo] = odd.bothOpen
          const open = await shiftOf(it, openOne)
          assert.deepEqual([open['started_at'], open['ended_at']], [at('2018-09-15 08:00:00'), null])
          assert.equal((await shiftOf(it, openTwo))['id'], open['id'])
          assert.deepEqual(
            idsOf(report, 'shifts-merged').flat().toSorted(),
            [...odd.doubleShift, ...odd.bothOpen].map(String),
          )
        },
      )

      await t.test('M3: one that nobody ended ends at the limit and swallows none that came after it', async () => {
        const forgotten = await shiftOf(it, odd.forgotten)
        assert.equal(forgotten['ended_at'], at('2018-03-01 21:00:00'))
        assert.deepEqual([forgotten['ended_how'], ...flags(forgotten)], ['automatic', 'closed-by-system'])
        assert.equal((await shiftOf(it, shiftOn(7, '2018-03-02')))['ended_how'], 'legacy')
      })

      await t.test('M4: a break that is open in a shift that is over ended with it (F18)', async () => {
        const never = await breakOf(it, odd.neverEnded)
        const shift = await shiftOf(it, shiftOn(9, '2018-02-12'))
        assert.deepEqual([never['shift_id'], never['ended_at']], [shift['id'], shift['ended_at']])
        assert.deepEqual([...flags(never), never['type']], ['closed-with-shift', 'legacy'])
      })

      await t.test(
        'M4: a break that was carried into the next shift stands in its own, cut at its end (F18)',
        async () => {
          const moved = await breakOf(it, odd.movedOn)
          const shift = await shiftOf(it, shiftOn(9, '2018-02-14'))
          assert.deepEqual([moved['shift_id'], moved['ended_at']], [shift['id'], shift['ended_at']])
          const long = await breakOf(it, odd.tooLong)
          assert.equal(long['ended_at'], (await shiftOf(it, shiftOn(11, '2018-02-14')))['ended_at'])
        },
      )

      await t.test('M4: a break without a shift is placed by person and time, or quarantined', async () => {
        const stray = await breakOf(it, odd.strayInside)
        assert.equal(stray['shift_id'], (await shiftOf(it, shiftOn(10, '2018-02-13')))['id'])
        assert.deepEqual(await breakOf(it, odd.strayOutside), {})
        const outside = report.issues.find((found) => found.ids[0] === String(odd.strayOutside))
        assert.match(`${outside?.kind} ${outside?.detail}`, /^quarantined no-shift-then/u)
        const [first, second] = odd.doubleBreak
        const both = await breakOf(it, first)
        assert.equal((await breakOf(it, second))['id'], both['id'])
        assert.equal(both['ended_at'], at('2018-02-13 16:12:00'))
      })

      await t.test('M5: comments say who held which extension, for the span of the shift', async () => {
        const day = '2018-03-06'
        const shift = await shiftOf(it, shiftOn(2, day))
        const [held] = await made(it, 'working_working_log', 'assignment', `${shiftOn(2, day)}/4102`, 'assignment')
        assert.deepEqual(
          [held?.['plan'], held?.['extension'], held?.['from_at'], held?.['to_at'], held?.['confirmed']],
          ['avaya', '4102', shift['started_at'], shift['ended_at'], 1],
        )
        assert.equal(held?.['employee_id'], (await personOf(it, 2))['id'])
      })

      await t.test('M5: from 1 to 5 February 2018 incoming comments are the other way round', async () => {
        for (const day of ['2018-01-31', '2018-02-01', '2018-02-05', '2018-02-06']) {
          const call = await callOf(it, shiftOn(2, day) * 10 + 3)
          assert.deepEqual([call['extension'], String(call['other_number']).slice(0, 4)], ['4102', '8913'], day)
        }
        const odder = await callOf(it, odd.reversed)
        assert.deepEqual([odder['extension'], odder['other_number']], ['4777', '89130000000'])
      })

      await t.test('M5: two people at once on one extension are both unconfirmed and listed (F15)', async () => {
        const found = report.issues.filter((issue) => issue.kind === 'same-extension')
        assert.deepEqual(found.map((issue) => [issue.detail, issue.people.length]).toSorted(), [
          ['4114', 2],
          ['4300', 2],
        ])
        const rows = await it.rows(`SELECT employee_id FROM assignment WHERE extension = '4300' AND confirmed = 0`)
        assert.equal(rows.length, 2)
        assert.deepEqual(await it.rows(`SELECT 1 AS x FROM assignment WHERE extension = '4300' AND confirmed = 1`), [])
      })

      await t.test('mapping: a profile holds its extension from the import on', async () => {
        const five = (await personOf(it, 5))['id']
        const rows = await it.rows(
          `SELECT from_at, to_at FROM assignment WHERE employee_id = ${String(five)} AND to_at IS NULL`,
        )
        assert.deepEqual(
          rows.map((row) => [row['from_at'], row['to_at']]),
          [[legacyNow, null]],
        )
      })

      await t.test(
        'M6: a bound call began about its seconds before it was written; an address is no part of a number',
        async () => {
          const call = await callOf(it, odd.host)
          assert.equal(call['at'], at('2018-03-05 10:30:30') - 61_000)
          assert.deepEqual(
            [call['told_at'], call['seconds'], call['other_number'], call['extension'], call['direction']],
            [at('2018-03-05 10:30:30'), 61, '79131234567', '4102', 'inbound'],
          )
        },
      )

      await t.test('M6: before 16:07 on 16 February 2018 the seconds are of ringing', async () => {
        assert.equal((await callOf(it, odd.ringing))['ring_only'], 1)
        assert.equal((await callOf(it, shiftOn(2, '2018-02-16') * 10 + 4))['ring_only'], 1)
        assert.equal((await callOf(it, shiftOn(2, '2018-02-19') * 10 + 3))['ring_only'], 0)
        const digests = await it.rows('SELECT count(*) AS n FROM legacy_digest WHERE ring_only = 1')
        assert.equal(Number(digests[0]?.['n']), 8)
      })

      await t.test('M7: the days on which nothing could be written are a gap', () => {
        const gap = report.issues.find((found) => found.kind === 'gap-expected')
        assert.deepEqual([gap?.from, gap?.to, gap?.detail], [at('2018-09-06 00:00:00'), at('2018-09-11 00:00:00'), '0'])
      })

      await t.test(
        'M8: a mark without a shift, of another person, or outside of its shift is imported and flagged',
        async () => {
          const mark = async (id: number) => {
            const row = await markOf(it, id)
            return [row['shift_id'], ...flags(row)]
          }
          const own = (await shiftOf(it, shiftOn(2, '2018-03-05')))['id']
          assert.deepEqual(await mark(odd.withoutShift), [null, 'without-shift'])
          assert.deepEqual(await mark(odd.ofAnother), [own, 'of-another-person'])
          assert.deepEqual(await mark(odd.outside), [own, 'outside-shift'])
        },
      )

      await t.test(
        'marks: pressed by hand under a type of calls, in the desk window, left out of reports',
        async () => {
          const [manual, desk, hidden] = [
            await markOf(it, odd.manual),
            await markOf(it, odd.desk),
            await markOf(it, odd.hidden),
          ]
          const type = await it.rows(`SELECT id FROM mark_type WHERE name = 'Входящие звонки (вручную)'`)
          assert.equal(manual['type_id'], type[0]?.['id'])
          assert.deepEqual([desk['how'], manual['how']], ['desk', 'legacy'])
          assert.deepEqual([hidden['excluded'], hidden['comment'], desk['excluded']], [1, 'не считать', 0])
          assert.equal((await callOf(it, odd.unreadableComment))['extension'], null)
        },
      )

      await t.test('what belongs to nobody or to no type is quarantined with its reason', () => {
        const reasons = report.issues
          .filter((found) => found.kind === 'quarantined')
          .map((found) => `${found.ids[0]} ${found.detail.split(' ')[0]}`)
        assert.deepEqual(reasons.toSorted(), [
          `${odd.ofNobody} no-person`,
          `${odd.backwards} ends-before-begin`,
          `${odd.empty} empty`,
          `${odd.strayOutside} no-shift-then`,
          `${odd.ofNoType} no-type`,
          `${odd.logOfNobody} no-person`,
        ])
      })

      await t.test(
        'saved reports are frozen totals of the older system (F22); statistics stand by themselves',
        async () => {
          const [saved] = await it.rows('SELECT * FROM saved_report')
          assert.deepEqual(
            [saved?.['name'], saved?.['report'], saved?.['frozen'], saved?.['author'], saved?.['shifts']],
            ['Февраль', 'legacy', 1, 'Абрамова Анна Олеговна', null],
          )
          assert.deepEqual(JSON.parse(String(saved?.['rows'])), [
            {
              people: 18,
              hours: 720,
              breakMinutes: 5400,
              events: 360,
              counts: [
                { type: 'ЕТТ', count: 180 },
                { type: 'Почта', count: 180 },
              ],
            },
          ])
          const digests = await it.rows('SELECT count(*) AS n FROM legacy_digest')
          assert.equal(Number(digests[0]?.['n']), 60)
          assert.deepEqual(await it.rows('SELECT id FROM call'), [])
        },
      )

      await t.test('M10: figures are those of the old rows, and where they are not the cause is known', async () => {
        assert.deepEqual(
          report.differences.filter((found) => found.causes.length === 0),
          [],
        )
        const differing = new Set(report.differences.map((found) => found.shiftId))
        const expected = [
          odd.doubleShift[0],
          odd.forgotten,
          odd.ofNobody,
          odd.backwards,
          shiftOn(9, '2018-02-12'),
          shiftOn(9, '2018-02-14'),
          shiftOn(9, '2018-02-15'),
          shiftOn(10, '2018-02-13'),
          shiftOn(11, '2018-02-13'),
          shiftOn(11, '2018-02-14'),
          shiftOn(2, '2018-03-05'),
          shiftOn(4, '2018-03-05'),
        ]
        // A difference of a merged or moved row may stand with either of its shifts.
        for (const id of differing) assert.ok(expected.includes(id), `shift ${id}`)
        await equalFigures(it, url, differing)
      })

      await t.test('M11: nothing is made up: no plan, no correction, no absence', async () => {
        assert.deepEqual(await it.rows('SELECT id FROM correction'), [])
        assert.deepEqual(await it.rows('SELECT id FROM period'), [])
      })

      await t.test('calls of the extensions in the time of their assignments are attributed anew', async () => {
        const ranges = await it.rows(`SELECT from_at, to_at FROM attribution_due_range WHERE extension = '4101'`)
        const [first] = ranges.map((row) => Number(row['from_at'])).toSorted((a, b) => a - b)
        assert.equal(first, (await shiftOf(it, shiftOn(1, '2018-01-29')))['started_at'])
        assert.ok(ranges.length <= 3, String(ranges.length))
      })

      await t.test('what was imported is in the trail of changes, person by person', async () => {
        const rows = await it.rows(`SELECT DISTINCT what FROM audit WHERE who = 'legacy import' ORDER BY what`)
        assert.deepEqual(
          rows.map((row) => row['what']),
          ['legacy-assignments', 'legacy-employee', 'legacy-events', 'legacy-report', 'legacy-shifts'],
        )
      })
    })

    test('a dry run says what the import says and writes nothing', async (t) => {
      const it = await engine.open(t)
      const empty = await peopleDump(it)
      const dry = await importDatabase(it.store, url, { dryRun: true })
      assert.equal(await peopleDump(it), empty)
      const versions = await it.rows('SELECT version FROM employee WHERE version > 0')
      assert.deepEqual(versions, [])
      const real = await importDatabase(it.store, url)
      assert.deepEqual({ ...dry, dryRun: false }, real)
    })
  })

/** R1 of every shift that is not known to differ, asked of both databases by SQL. */
async function equalFigures(it: TestStore, url: string, differing: ReadonlySet<number>): Promise<void> {
  const old = await inLegacy(
    url,
    `SELECT t.id, floor(extract(epoch FROM t.datetime_end - t.datetime_begin) / 3600)::int AS hours,
       (SELECT coalesce(sum(floor(extract(epoch FROM r.datetime_end - r.datetime_begin) / 60)), 0)::int
         FROM working_working_relax r WHERE r.working_id = t.id) AS minutes,
       (SELECT count(*)::int FROM working_working_log l WHERE l.working_id = t.id) AS events
     FROM working_working_time t WHERE NOT t.current ORDER BY t.id`,
  )
  const here = new Map<string, unknown[]>()
  const events = new Map<unknown, number>()
  for (const table of ['mark', 'legacy_call'])
    for (const row of await it.rows(`SELECT shift_id, count(*) AS n FROM ${table} GROUP BY shift_id`))
      events.set(row['shift_id'], (events.get(row['shift_id']) ?? 0) + Number(row['n']))
  const minutes = new Map<unknown, number>()
  for (const row of await it.rows(
    'SELECT shift_id, started_at, ended_at FROM shift_break WHERE ended_at IS NOT NULL',
  )) {
    const more = Math.floor((Number(row['ended_at']) - Number(row['started_at'])) / 60_000)
    minutes.set(row['shift_id'], (minutes.get(row['shift_id']) ?? 0) + more)
  }
  for (const row of await it.rows(
    `SELECT l.old_id, s.id, s.started_at, s.ended_at FROM shift s JOIN legacy_id l ON l.id = s.id AND l.kind = 'shift'`,
  )) {
    const hours = Math.floor((Number(row['ended_at']) - Number(row['started_at'])) / 3_600_000)
    here.set(String(row['old_id']), [hours, minutes.get(row['id']) ?? 0, events.get(row['id']) ?? 0])
  }
  let compared = 0
  for (const row of old) {
    if (differing.has(Number(row['id'])) || Number(row['id']) > 100_000) continue
    compared++
    assert.deepEqual(
      here.get(String(row['id'])),
      [row['hours'], row['minutes'], row['events']],
      `shift ${String(row['id'])}`,
    )
  }
  assert.ok(compared > 800, String(compared))
}
