/**
 * R17: what a report of a month costs follows the calls of the month, not those of the store. Each report over the same month, first
 * in a store that has nothing else, then among a hundred and more months of the same size. SQLite and PostgreSQL.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { openPostgresStore } from '../src/adapters/store-sql/postgres/store.ts'
import { openSqliteStore } from '../src/adapters/store-sql/sqlite/store.ts'
import { usualServiceRules } from '../src/domain/metrics/call-summary.ts'
import { activityReport } from '../src/pipeline/reports/activity.ts'
import { employeeReport } from '../src/pipeline/reports/employee.ts'
import { ReportFacts } from '../src/pipeline/reports/facts.ts'
import { groupReport } from '../src/pipeline/reports/group.ts'
import { intervalReport } from '../src/pipeline/reports/interval.ts'
import { missedCallReport, missedReport } from '../src/pipeline/reports/missed.ts'
import { phoneReport } from '../src/pipeline/reports/phone.ts'
import { shiftReport } from '../src/pipeline/reports/shift.ts'
import { unattributedReport } from '../src/pipeline/reports/unattributed.ts'
import { openReports, type StorePlace } from '../src/roles/store-place.ts'
import { applyReading, sampleReadings } from '../test/support/feed.ts'
import { startPostgres } from '../test/support/postgres.ts'
import { machine, median, option, seconds, show } from './measure.ts'

const calls = option('calls', 10_000)
const months = Math.max(1, Math.round(option('store', 3_000_000) / calls) - 1)
const rounds = option('rounds', 7)
const warmUpRounds = 3
const people = 40
const monthMs = 30 * 86_400_000
const from = Date.UTC(2026, 5, 1)
const period = { from, to: from + monthMs }

/** One month of calls, every second one with a second telephone that nobody held; one part a telephone. */
function month(start: number, firstId: number): string[] {
  const numbered = `WITH RECURSIVE n(i) AS (SELECT CAST(0 AS bigint) UNION ALL SELECT i + 1 FROM n WHERE i < ${calls - 1})`
  const at = `(${start} + i * ${Math.floor(monthMs / calls / 1000) * 1000})`
  const direction = `CASE i % 4 WHEN 0 THEN 'outbound' WHEN 1 THEN 'internal' ELSE 'inbound' END`
  const outcome = `CASE WHEN i % 5 = 2 THEN 'missed' WHEN i % 50 = 3 THEN 'busy' ELSE 'answered' END`
  const talk = `CASE WHEN i % 5 = 2 OR i % 50 = 3 THEN 0 ELSE 20 + i % 300 END`
  const own = `(200 + i % ${people})`
  return [
    `INSERT INTO call (id, source_id, reading_id, rules, plan, start_wall, exchange_call_id, kind, direction, outcome,
        from_number, to_number, targets, answered_by, answered_outside, extensions, started_at, answered_at, ended_at,
        ring_seconds, wait_seconds, talk_seconds, hold_seconds, park_seconds, machine_seconds, segments, doubtful)
      ${numbered} SELECT ${firstId} + i, 1, 1, 1, 'avaya', ${at}, '1', 'call', ${direction}, ${outcome},
        '7495' || (5550000 + i % 3000), '7495' || (5550000 + i % 2000), '["300"]', NULL, 0,
        '[["' || ${own} || '","answered"],["201","offered"]]', ${at}, ${at} + 10000, ${at} + 10000 + 1000 * (${talk}),
        10, 10, ${talk}, 0, 0, 0, 1, '[]' FROM n`,
    `INSERT INTO attribution (call_id, position, source_id, started_at, direction, counted, employee_id, plan, extension,
        role, state, at, ring_seconds, talk_seconds, hold_seconds, busy_from, busy_to, offer)
      ${numbered} SELECT ${firstId} + i, 0, 1, ${at}, ${direction}, 1, 1 + i % ${people}, 'avaya', CAST(${own} AS text),
        'answered', CASE WHEN i % 20 = 0 THEN 'off-shift' ELSE 'on-shift' END, ${at}, 10, ${talk}, 0,
        ${at} + 10000, ${at} + 10000 + 1000 * (${talk}), 'talked' FROM n`,
    `INSERT INTO attribution (call_id, position, source_id, started_at, direction, counted, employee_id, plan, extension,
        role, state, at, ring_seconds, talk_seconds, hold_seconds, busy_from, busy_to, offer)
      ${numbered} SELECT ${firstId} + i, 1, 1, ${at}, ${direction}, 1, CAST(NULL AS bigint), 'avaya', '201',
        'offered', 'no-holder', ${at}, 10, 0, 0, CAST(NULL AS bigint), CAST(NULL AS bigint), 'elsewhere' FROM n WHERE i % 2 = 0`,
    `INSERT INTO shift (employee_id, started_at, ended_at, zone, started_how, created_at)
      ${numbered} SELECT 1 + i % ${people}, ${start} + (i / ${people}) * 86400000, ${start} + (i / ${people}) * 86400000 + 30000000,
        'UTC', 'shell', 0 FROM n WHERE i < ${people * 30}`,
  ]
}

const persons = Array.from(
  { length: people },
  (_, i) => `INSERT INTO employee (id, family, given, patronymic, name, name_key, created_at)
    VALUES (${i + 1}, 'P', '${i}', '', 'P ${i}', 'p ${i}', 0)`,
)

const missedOptions = { windowMs: 86_400_000, siteOf: () => '' }

/** Milliseconds of each report, medians. */
async function measure(place: StorePlace): Promise<Map<string, number>> {
  await using reading = await openReports(place)
  if (!reading) throw new Error('no store')
  const filter = {
    employeeIds: null,
    extensions: null,
    plan: null,
    group: null,
    sourceIds: null,
    direction: null,
    number: null,
  }
  const request = {
    period,
    filter,
    rules: usualServiceRules,
    zone: 'Europe/Moscow',
    now: period.to,
    shiftAtMostSeconds: 43_200,
    wrapUpSeconds: 0,
  }
  const reports: [string, (facts: ReportFacts) => Promise<unknown>][] = [
    ['employee', employeeReport],
    ['phone', phoneReport],
    ['group', groupReport],
    ['interval', (facts) => intervalReport(facts, 60)],
    ['missed', (facts) => missedReport(facts, missedOptions)],
    ['missed by call', (facts) => missedCallReport(facts, missedOptions)],
    ['unattributed', unattributedReport],
    ['shift', shiftReport],
    ['activity', (facts) => activityReport(facts, 'day', false)],
  ]
  const found = new Map<string, number>()
  for (const [name, report] of reports) {
    const once = async () => {
      await reading.atOneInstant(async (snapshot) => report(await ReportFacts.open(snapshot, request)))
    }
    // Neither the program nor the disk's cache is cold when the clock begins.
    for (let round = 0; round < warmUpRounds; round++) await once()
    const times: number[] = []
    for (let round = 0; round < rounds; round++) times.push(await seconds(once))
    found.set(name, median(times) * 1000)
  }
  return found
}

async function compare(
  name: string,
  place: StorePlace,
  execute: (statements: readonly string[]) => Promise<void>,
): Promise<void> {
  const statistics = 'url' in place ? ['VACUUM ANALYZE'] : ['ANALYZE']
  await execute([...persons, ...month(from, 1), ...statistics])
  const alone = await measure(place)
  const others = Array.from({ length: months }, (_, i) => month(from - (i + 2) * monthMs, (i + 1) * calls + 1))
  await execute(others.flat())
  await execute(statistics)
  const among = await measure(place)
  show(
    [...among].map(([report, ms]) => {
      return {
        path: `report ${report}, ${calls} calls of ${calls * (months + 1)}, ${name}`,
        ours: ms,
        limit: alone.get(report) ?? Number.NaN,
        unit: 'ms',
        reach: 1.2,
        atMost: true,
      }
    }),
  )
}

console.log(`${machine()}; the limit is the same month alone: at most 1.2 ×`)
const directory = mkdtempSync(join(tmpdir(), 'smena-bench-'))
try {
  const file = join(directory, 'store.db')
  {
    await using store = await openSqliteStore(file)
    await applyReading(store, 'avaya', sampleReadings.avaya)
  }
  await compare('SQLite', { file }, async (statements) => {
    const db = new DatabaseSync(file)
    db.exec('PRAGMA synchronous = OFF')
    for (const statement of statements) db.exec(statement)
    db.close()
  })
  if (option('postgres', 1) === 1) {
    await using postgres = await startPostgres({ shared_buffers: '512MB', max_wal_size: '4GB' })
    {
      await using store = await openPostgresStore(postgres.url)
      await applyReading(store, 'avaya', sampleReadings.avaya)
    }
    await compare('PostgreSQL', { url: postgres.url }, async (statements) => {
      const client = new pg.Client({ connectionString: postgres.url })
      await client.connect()
      try {
        for (const statement of statements) await client.query(statement)
      } finally {
        await client.end()
      }
    })
  }
} finally {
  rmSync(directory, { recursive: true, force: true })
}
