import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { suite, test, type TestContext } from 'node:test'
import { Kysely } from 'kysely'
import { SqlLegacyReader } from '../../src/adapters/store-sql/legacy-reader.ts'
import type { ReportTables } from '../../src/adapters/store-sql/report-tables.ts'
import { NodeSqliteDialect } from '../../src/adapters/store-sql/sqlite/dialect.ts'
import { openRandom } from '../../src/domain/simulation/random.ts'
import { type OldPhoneAsked, oldPhoneReport } from '../../src/pipeline/reports/old-phone.ts'
import { readingOf, testSeed } from '../support/days.ts'
import { applyReading } from '../support/feed.ts'
import { factsOf, imported, oldRows, whole, zone } from '../support/legacy-memory.ts'
import { at, legacyNow } from '../support/legacy-schema.ts'
import { type Engine, engines, type TestStore } from '../support/stores.ts'
import { tell } from '../support/tell-people.ts'

/** What the report of telephones says of old rows is what counting them one by one gives. */

for (const engine of engines)
  suite(`old rows of the statistics, on ${engine.name}`, { skip: engine.skip }, () => {
    test(`R4 and R5 over old rows are what counting row by row gives (seed ${testSeed})`, async (t) => {
      const { it, rows } = await withStatistics(t, engine)
      await listNumbers(it)
      const asked: OldPhoneAsked = { number: null, source: null, site: null, byDay: false, exchanges }
      const periods = [
        ['2018-11-01 00:00:00', '2018-12-20 00:00:00'],
        ['2018-12-12 00:00:00', '2018-12-14 00:00:00'],
        ['2018-11-03 00:00:00', '2018-11-05 00:00:00'],
      ] as const
      for (const [from, to] of periods) {
        const period = { from: at(from), to: at(to) }
        const counted = (first: 'avaya_log' | 'phone_log') => countedRows(rows, period, first)
        for (const number of [null, '89130000001']) {
          const named = { extension: '4101, 4102,4102 ,4999' }
          const report = await oldPhoneReport(await factsOf(t, it, period, named), { ...asked, number })
          const of = (own: readonly string[]) =>
            counted('avaya_log').filter(
              (row) =>
                own.some((it) => row.a === it || row.c === it) &&
                (number === null || row.a === number || row.c === number),
            )
          // F27, F31: trimmed, and once however often it was named.
          assert.deepEqual(
            report.rows.map((row) => row.number),
            ['4101', '4102', '4999'],
          )
          for (const row of report.rows) assertFigures(row, of([row.number]))
          assertFigures(report.total, of(['4101', '4102', '4999']))
        }
        for (const byDay of [false, true]) {
          const report = await oldPhoneReport(await factsOf(t, it, period, { group: 'Группа 1' }), { ...asked, byDay })
          const days = byDay ? Math.round((period.to - period.from) / 86_400_000) : 1
          const grouped = counted('phone_log')
          for (const row of report.rows) {
            const within = grouped.filter(
              (it) =>
                (it.a === row.number || it.c === row.number) &&
                it.exchange === row.source &&
                (row.day === null || (it.at >= Date.parse(row.day.from) && it.at < Date.parse(row.day.to))),
            )
            assertFigures(row, within)
          }
          assert.equal(report.rows.filter((row) => row.number === '4556').length, days, 'a row of zeros')
          assertFigures(report.total, grouped.filter(isListed))
          if (byDay) {
            const clocks = report.rows.map((row) => row.day?.clock ?? '')
            assert.deepEqual(clocks, clocks.toSorted().toReversed(), 'newest day first')
            assert.ok(
              clocks.every((clock) => clock.endsWith('T00:00+07:00')),
              'days of the clock',
            )
          }
        }
      }
    })

    test('R5: the check of the older report – 37 calls of a day – and a listed number without calls', async (t) => {
      const { it } = await withStatistics(t, engine)
      await listNumbers(it)
      const day = { from: at('2018-12-18 00:00:00'), to: at('2018-12-19 00:00:00') }
      const report = await oldPhoneReport(await factsOf(t, it, day, { group: 'Группа 1' }), {
        number: null,
        source: null,
        site: null,
        byDay: true,
        exchanges,
      })
      const row = report.rows.find((found) => found.number === '4555')
      assert.deepEqual(
        [row?.source, row?.plan, row?.site, row?.total, row?.incoming, row?.incomingAccepted, row?.incomingPercent],
        ['KRS-G700', 'g700', 'Ачинск', 37, 24, 2, 8],
      )
      assert.deepEqual([row?.outgoing, row?.outgoingAccepted, row?.outgoingPercent], [13, 10, 76])
      const zero = report.rows.find((found) => found.number === '4556')
      assert.deepEqual([zero?.source, zero?.site, zero?.total, zero?.incomingPercent], [null, 'Ачинск', 0, null])
      assert.deepEqual(
        report.total.counted.map((it) => it.table),
        ['phone_log'],
      )
      assert.equal(report.total.oldZone, zone)
    })

    test('M6: before 17 February 2018 the seconds of old rows are of ringing, and nothing is known of the talk', async (t) => {
      const it = await imported(t, engine)
      const period = { from: at('2018-02-16 00:00:00'), to: at('2018-02-17 00:00:00') }
      const asked = { number: null, source: null, site: null, byDay: false, exchanges }
      const { rows } = await oldPhoneReport(await factsOf(t, it, period, { extension: '4102' }), asked)
      // Rows 1 to 8 of the statistics: from 16:00 to 23:00, every second one incoming.
      assert.deepEqual(
        rows.map((row) => [
          row.incoming,
          row.outgoing,
          row.incomingAccepted,
          row.incomingPercent,
          row.incomingTalkUnknown,
        ]),
        [[4, 4, null, null, 4]],
      )
      const all = await oldPhoneReport(await factsOf(t, it, whole, { extension: '4102' }), asked)
      assert.equal(all.total.total, 60)
      assert.equal(all.total.incomingTalkUnknown + all.total.outgoingTalkUnknown, 8)
      assert.ok((all.total.incomingAccepted ?? 0) + (all.total.outgoingAccepted ?? 0) <= 52)
    })

    test('old rows come page by page, each once, whatever the size of the page', async (t) => {
      const { it, rows } = await withStatistics(t, engine)
      const { reading } = await factsOf(t, it, whole)
      const query = { origin: 'phone_log', from: at('2018-11-01 00:00:00'), to: at('2019-01-01 00:00:00') } as const
      const found: string[] = []
      for (let after: { at: number; oldId: string } | null = null; ; ) {
        const page: readonly { at: number; oldId: string }[] = await reading.legacy.pageOldRows(
          { ...query, numbers: ['4102'], other: null },
          after,
          7,
        )
        found.push(...page.map((row) => row.oldId))
        after = page.at(-1) ?? null
        if (page.length < 7) break
      }
      const expected = rows.filter((row) => row.origin === 'phone_log' && (row.a === '4102' || row.c === '4102'))
      assert.deepEqual(found.toSorted(), expected.map((row) => row.id).toSorted())
      assert.ok(found.length > 20)
    })
  })

test('old rows of a period are found along the index by time, not among those of all times', async (t) => {
  const [sqlite] = engines
  const it = await (sqlite as Engine).open(t)
  assert.ok('file' in it.place)
  const file = new DatabaseSync(it.place.file)
  const asked: { sql: string; parameters: readonly unknown[] }[] = []
  const db = new Kysely<ReportTables>({
    dialect: new NodeSqliteDialect(file),
    log: (event) => void asked.push(event.query),
  })
  const reader = new SqlLegacyReader(db, (error) => error)
  const query = { origin: 'phone_log', from: 1, to: 2, numbers: ['4102'], other: '8913' } as const
  await reader.pageOldRows(query, { at: 1, oldId: 'x' }, 10)
  await reader.edgeOfOldRows('phone_log', query, 'last')
  assert.equal(asked.length, 2)
  for (const { sql, parameters } of asked) {
    const plan = file.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...(parameters as (string | number)[]))
    const text = plan.map((row) => String(row['detail'])).join('\n')
    assert.match(text, /USING (?:COVERING )?INDEX legacy_digest_at \(at>\? AND at<\?\)/u)
    assert.doesNotMatch(text, /TEMP B-TREE/u)
  }
  await db.destroy()
})

/** The exchanges of the installation: the IP Office under a name of its own, the G700 under the old one in other letters. */
const exchanges = [
  { name: 'avaya', format: 'avaya-ip-office', plan: 'avaya', site: null },
  { name: 'krs-g700', format: 'avaya-cm', plan: 'g700', site: 'Ачинск' },
]

interface Counted {
  readonly origin: 'avaya_log' | 'phone_log'
  readonly id: string
  readonly exchange: string
  readonly at: number
  readonly seconds: number
  readonly isIn: boolean
  readonly a: string
  readonly c: string
}

/** Both statistics in the last two months of 2018: the later begins when the first still goes on, with the same records. */
async function withStatistics(t: TestContext, engine: Engine): Promise<{ it: TestStore; rows: readonly Counted[] }> {
  const random = openRandom(testSeed, 90)
  const rows: Counted[] = []
  const numbers = ['4101', '4102', '4103', '4555', '2876', '89130000001', '89130000002']
  for (let i = 0; i < 1200; i++) {
    const when = at('2018-11-01 00:00:00') + random.below(49 * 86_400) * 1000
    const exchange = random.pick(['KRS-AVAYA', 'KRS-ASTERISK', 'KRS-G700', 'CHI-DEFINITY'])
    const [a, c] = [random.pick(numbers), random.pick(numbers)]
    const row = {
      exchange,
      at: when,
      seconds: random.chance(0.4) ? 0 : random.below(300),
      isIn: random.chance(0.5),
      a,
      c,
    }
    const isFirst = exchange === 'KRS-AVAYA' || exchange === 'KRS-ASTERISK'
    if (isFirst && when < at('2018-12-05 00:00:00')) rows.push({ ...row, origin: 'avaya_log', id: String(1000 + i) })
    if (when >= at('2018-11-20 12:00:00')) rows.push({ ...row, origin: 'phone_log', id: `7d2a-${i}` })
  }
  const ofCheck = (i: number, isIn: boolean, seconds: number): Counted => ({
    origin: 'phone_log',
    id: `check-${i}`,
    exchange: 'KRS-G700',
    at: at('2018-12-18 09:00:00') + i * 60_000,
    seconds,
    isIn,
    a: isIn ? '221133' : '4555',
    c: isIn ? '4555' : '221133',
  })
  // None but these of that day.
  const clear = rows.filter((row) => row.at < at('2018-12-18 00:00:00') || row.at >= at('2018-12-19 00:00:00'))
  for (let i = 0; i < 24; i++) clear.push(ofCheck(i, true, i < 2 ? 61 : 0))
  for (let i = 24; i < 37; i++) clear.push(ofCheck(i, false, i < 34 ? 30 : 0))
  const old = oldRows()
  old['monitor_avaya_log'] = clear
    .filter((row) => row.origin === 'avaya_log')
    .map((row) => ({
      id: Number(row.id),
      source: row.exchange === 'KRS-AVAYA' ? 0 : 1,
      datetime_call: new Date(row.at).toISOString(),
      duration: row.seconds,
      in_out: row.isIn ? 'I' : 'O',
      // M6: an address is no part of a number.
      call_a: row.a.length > 4 ? `${row.a}@10.6.0.1` : row.a,
      call_b: '4102',
      call_c: row.c,
      call_inner: 0,
    }))
  old['phone_log'] = clear
    .filter((row) => row.origin === 'phone_log')
    .map((row) => ({
      id: row.id,
      source: row.exchange,
      // What the clock of Krasnoyarsk showed, kept as if it were UTC.
      datetime_call: new Date(row.at + 7 * 3_600_000).toISOString(),
      duration: row.seconds,
      in_out: row.isIn,
      call_a: row.a,
      call_b: '',
      call_c: row.c,
      call_inner: false,
    }))
  return { it: await imported(t, engine, old), rows: clear }
}

/** Each record from one of the statistics: the one that goes before, as far as it reaches, then the other. */
function countedRows(
  rows: readonly Counted[],
  period: { readonly from: number; readonly to: number },
  first: Counted['origin'],
): readonly Counted[] {
  const within = rows.filter((row) => row.at >= period.from && row.at < period.to)
  const own = within.filter((row) => row.origin === first).map((row) => row.at)
  if (first === 'avaya_log') {
    const last = Math.max(...own)
    return within.filter((row) => (row.origin === first ? row.at <= last : !(row.at <= last)))
  }
  const begin = Math.min(...own)
  return within.filter((row) => (row.origin === first ? row.at >= begin : row.at < begin))
}

/** 4102 of the list is on the IP Office, 4555 on the G700; what the other two exchanges are here nobody knows. */
const isListed = ({ a, c, exchange }: Counted): boolean =>
  ([a, c].includes('4102') && exchange !== 'KRS-G700') || ([a, c].includes('4555') && exchange !== 'KRS-AVAYA')

async function listNumbers(it: TestStore): Promise<void> {
  for (const plan of ['avaya', 'g700']) await applyReading(it.store, plan, readingOf('avaya-ip-office', { plan }))
  for (const name of ['Красноярск', 'Ачинск']) await tell(it.store, { do: 'site-set', name, zone }, legacyNow)
  const line = { line: null, groups: ['Группа 1'] }
  await tell(
    it.store,
    {
      do: 'directory-set',
      dryRun: false,
      entries: [
        { ...line, extension: '4102', plan: 'avaya', site: 'Красноярск' },
        { ...line, extension: '4555', plan: 'g700', site: 'Ачинск' },
        { ...line, extension: '4556', plan: 'g700', site: 'Ачинск' },
      ],
    },
    legacyNow,
  )
}

function assertFigures(
  found:
    | Awaited<ReturnType<typeof oldPhoneReport>>['total']
    | Awaited<ReturnType<typeof oldPhoneReport>>['rows'][number],
  rows: readonly Counted[],
): void {
  const way = (isIn: boolean) => {
    const of = rows.filter((row) => row.isIn === isIn)
    const accepted = of.filter((row) => row.seconds > 0)
    const seconds = accepted.reduce((sum, row) => sum + row.seconds, 0)
    const percent = of.length === 0 ? null : Math.floor((100 * accepted.length) / of.length)
    return [of.length, accepted.length, percent, accepted.length === 0 ? null : Math.floor(seconds / accepted.length)]
  }
  assert.deepEqual(
    [
      [found.incoming, found.incomingAccepted, found.incomingPercent, found.incomingAverageSeconds],
      [found.outgoing, found.outgoingAccepted, found.outgoingPercent, found.outgoingAverageSeconds],
      found.total,
    ],
    [way(true), way(false), rows.length],
  )
}
