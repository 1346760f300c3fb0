import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import type { CallJson } from '../../src/pipeline/call-view.ts'
import type { EmployeeRow } from '../../src/pipeline/reports/employee.ts'
import type { MissedCallRow, MissedRow } from '../../src/pipeline/reports/missed.ts'
import type { UnattributedReportRow } from '../../src/pipeline/reports/unattributed.ts'
import { unpackReport } from '../../src/pipeline/reports/frozen.ts'
import { reportNames } from '../../src/cli/report-options.ts'
import { sample } from '../support/feed.ts'
import { freshDatabase, postgresMissing } from '../support/postgres.ts'
import {
  configured,
  type Installation,
  inThisProcess,
  sampleYaml,
  serve,
  smena,
  smenaJson,
  told,
  until,
} from '../support/smena.ts'
import { temporaryDirectory } from '../support/stores.ts'

/** Reports from the shell: people, their time and the sample calls, and every figure as a person with a stop-watch would have it. */

const day = ['--from', '2024-03-04', '--to', '2024-03-05']
const rows = <T>(it: Installation, ...args: string[]) => smenaJson<T>(it, ['report', ...args, '--format', 'json'])
const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0)

async function fill(it: Installation, t: TestContext): Promise<void> {
  await told(it, 'employee', 'add', 'Петрова Анна', '--personnel-number', '1017', '--unit', 'Поддержка')
  await told(it, 'employee', 'add', 'Иванов Пётр')
  for (const [who, extension] of [
    ['1017', '201'],
    ['Иванов Пётр', '202'],
  ] as const)
    await told(it, 'employee', 'assign', who, '--extension', extension, '--plan', 'avaya', '--from', '2024-03-01')
  await told(it, 'shift', 'start', '1017', '--at', '2024-03-04T09:00')
  await told(it, 'break', 'start', '1017', '--type', 'meal', '--at', '2024-03-04T13:00')
  await told(it, 'break', 'end', '1017', '--at', '2024-03-04T13:45:30')
  await told(it, 'mark', 'add', '1017', '--type', 'Почта', '--at', '2024-03-04T10:30')
  await told(it, 'shift', 'end', '1017', '--at', '2024-03-04T18:00')
  const file = join(it.directory, 'avaya.csv')
  writeFileSync(file, sample('avaya-smdr.sample.csv'))
  await told(it, 'import', file, '--source', 'avaya')
  const running = await serve(it, t)
  await until(
    async () => (await smenaJson<{ roles: { attribute: { lag: number } } }>(it, ['status', '--json']))[0],
    (status) => status?.roles.attribute.lag === 0,
  )
  await running.stop()
}

/** Frozen reports as they were kept before rows learned to say more, and before they were packed. */
function forgetWhatWasLearned({ directory }: Installation): void {
  const always =
    'gaps boundCalls excludedCalls distinctCalls inGap serviceLevelSeconds shortSeconds done handled wrapUpSeconds staffSeconds staff erlangC'
  const ofMissed = 'site byCall byAt missedBy'
  using db = new DatabaseSync(join(directory, 'data', 'store.db'))
  for (const { id, report, rows } of db
    .prepare('SELECT id, report, rows FROM saved_report WHERE rows IS NOT NULL')
    .all()) {
    const learned = (report === 'missed' ? `${always} ${ofMissed}` : always).split(' ')
    const text = JSON.stringify(unpackReport(String(rows)), (key, value: unknown) =>
      learned.includes(key) ? undefined : value,
    )
    db.prepare('UPDATE saved_report SET rows = ? WHERE id = ?').run(text, Number(id))
  }
}

/** What people say of calls, told and seen from the shell. */
async function ticks(it: Installation): Promise<void> {
  const missed = async () => rows<MissedRow>(it, 'missed', ...day)
  const [first] = await missed()
  assert.ok(first?.number)
  await told(it, 'missed', 'done', `+7${first.number.slice(-10)}`, '--how', 'spam', '--by', 'Иванов Пётр')
  const [done] = await missed()
  assert.deepEqual(
    [done?.number, done?.state, done?.done?.by, done?.done?.how],
    [first.number, 'done', 'Иванов Пётр', 'spam'],
  )
  assert.match(await told(it, 'report', 'missed', ...day, '--lang', 'ru'), /закрыт вручную +Иванов Пётр: спам/u)
  assert.match(await told(it, 'report', 'missed', ...day, '--format', 'csv'), /done\.by,done\.at,done\.how/u)
  assert.match(await told(it, 'missed', 'list', '--lang', 'ru'), /спам +Иванов Пётр/u)
  const stranger = await smena(it, ['missed', 'done', '79999999999', '--lang', 'ru'])
  assert.equal(stranger.code, 1)
  assert.match(stranger.stderr, /Пропущенных с номера 79999999999/u)
  await told(it, 'missed', 'undo', first.number)
  assert.deepEqual(await missed(), [first, ...(await missed()).slice(1)])

  await told(it, 'directory', 'set', '300', '--plan', 'avaya', '--service-level', '30', '--short', '10')
  const thresholds = async (...more: string[]) =>
    (await rows<{ serviceLevelSeconds: number; shortSeconds: number }>(it, ...more)).map(
      ({ serviceLevelSeconds, shortSeconds }) => [serviceLevelSeconds, shortSeconds],
    )
  assert.deepEqual(await thresholds('group', ...day), [[30, 10]])
  assert.deepEqual(await thresholds('group', ...day, '--short', '0'), [[30, 0]])
  assert.deepEqual((await thresholds('interval', ...day, '--group', '300'))[0], [30, 10])
  assert.match(await told(it, 'report', 'interval', ...day, '--group', '300'), /SL-1 = A≤30 s .* Ab≤10 s/u)
  const file = join(it.directory, 'numbers.csv')
  writeFileSync(file, 'extension;plan;service level;short\n300;avaya;;7\n301;avaya;x;\n')
  const refused = await smena(it, ['directory', 'import', file, '--lang', 'ru'])
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /строка 3: порог уровня сервиса — «x»/u)
  assert.deepEqual(await thresholds('group', ...day), [[30, 10]])
  writeFileSync(file, 'extension;plan;service level;short\n300;avaya;;7\n')
  await told(it, 'directory', 'import', file)
  assert.match(await told(it, 'directory', 'list'), /300 +avaya +30 +7/u)
  await told(it, 'directory', 'set', '300', '--plan', 'avaya', '--service-level', '')
  assert.deepEqual(await thresholds('group', ...day), [[20, 7]])

  const [shift] = await rows<{ id: string; calls: number; excludedCalls: number }>(it, 'shift', ...day)
  const log = async () =>
    (
      await smenaJson<{ calls: { call: string; role: string; excluded: boolean }[] }>(it, [
        'shift',
        'show',
        shift?.id ?? '',
        '--json',
      ])
    )[0]?.calls ?? []
  const call = (await log()).find(({ role }) => role !== 'offered')?.call ?? ''
  await told(it, 'shift', 'exclude', call)
  assert.deepEqual(
    (await log()).filter(({ excluded }) => excluded).map((one) => one.call),
    [call],
  )
  assert.match(await told(it, 'shift', 'show', shift?.id ?? '', '--lang', 'ru'), /не в отчётах/u)
  const [left] = await rows<{ calls: number; excludedCalls: number }>(it, 'shift', ...day)
  assert.deepEqual([left?.calls, left?.excludedCalls], [(shift?.calls ?? 0) - 1, 1])
  await told(it, 'shift', 'include', call)
  assert.deepEqual((await rows(it, 'shift', ...day))[0], shift)
}

const filled = async (t: TestContext, databaseUrl?: string): Promise<Installation> => {
  const it = configured(temporaryDirectory(t), sampleYaml(), databaseUrl === undefined ? {} : { databaseUrl })
  const empty = await smena(it, ['report', 'employee', ...day])
  assert.equal(empty.code, 0, empty.stderr)
  assert.match(empty.stdout, /smena employee add/u)
  await fill(it, t)
  return inThisProcess(it)
}

/** The figures agree with the calls and with each other. */
async function figures(it: Installation) {
  const calls = await smenaJson<CallJson>(it, ['calls', '--json', '--source', 'avaya', ...day])
  const people = await rows<EmployeeRow>(it, 'employee', ...day)
  const lost = await rows<UnattributedReportRow>(it, 'unattributed', ...day)
  const lostCalls = (reason: string) => new Set(lost.filter((it) => it.reason === reason).map(({ call }) => call)).size
  const [noHolder, offShift] = [lostCalls('no-holder'), lostCalls('off-shift')]
  const said = `nobody held it ${noHolder}; its holder was off shift ${offShift};`
  assert.ok(lost.length > noHolder + offShift, 'a call has rows of several telephones')
  assert.ok((await told(it, 'report', 'unattributed', ...day)).includes(said), said)
  const anna = people.find(({ employee }) => employee.name === 'Петрова Анна')
  assert.ok(anna)
  const hers = calls.filter(({ employees }) => employees.some((one) => one.id === anna.employee.id))
  assert.equal(anna.calls, hers.length)
  assert.equal(anna.inbound, hers.filter(({ direction }) => direction === 'inbound').length)
  assert.equal(anna.workedSeconds, 9 * 3600 - 45 * 60 - 30)
  assert.equal(anna.breakSeconds, 45 * 60 + 30)
  assert.ok(anna.talkSeconds > 0 && anna.occupancy.numerator > 0)
  const parts = calls.flatMap(({ employees }) => employees)
  assert.equal(
    anna.talkSeconds,
    sum(parts.filter(({ id }) => id === anna.employee.id).map(({ talkSeconds }) => talkSeconds)),
  )
  const pyotr = people.find(({ employee }) => employee.name === 'Иванов Пётр')
  assert.deepEqual([pyotr?.calls, pyotr?.talkSeconds, pyotr?.occupancy.value], [0, 0, null], 'off shift counts nowhere')
  const off = lost.filter(({ reason }) => reason === 'off-shift')
  assert.ok(off.length > 0 && off.every(({ holder }) => holder?.name === 'Иванов Пётр'))
  assert.ok(lost.every(({ reason, holder }) => (reason === 'no-holder') === (holder === null)))
  assert.deepEqual(Object.keys(lost[0] ?? {}).slice(0, 7), [
    'call',
    'extension',
    'plan',
    'reason',
    'holder',
    'startedAt',
    'talkSeconds',
  ])

  const missed = await rows<MissedRow>(it, 'missed', ...day)
  const inbound = calls.filter(({ direction }) => direction === 'inbound')
  assert.equal(sum(missed.map((one) => one.missed)), inbound.filter(({ outcome }) => outcome !== 'answered').length)
  const each = await rows<MissedCallRow>(it, 'missed', ...day, '--by-call')
  assert.deepEqual(
    each.map(({ call }) => call),
    inbound.filter(({ outcome }) => outcome !== 'answered').map(({ id }) => id),
    'a row a call',
  )
  const hours = await rows<{ calls: number; clock: string }>(it, 'interval', ...day)
  assert.equal(hours.length, 24)
  assert.equal(hours[0]?.clock, '2024-03-04T00:00+03:00')
  assert.equal(sum(hours.map((one) => one.calls)), calls.length)

  for (const name of ['employee', 'phone', 'group', 'interval', 'missed', 'unattributed', 'shift', 'activity']) {
    const text = await told(it, 'report', name, ...day)
    assert.doesNotMatch(text, /DOES NOT AGREE/u, text)
    assert.match(text, /Europe\/Moscow/u)
  }
  return { people, each }
}

test('reports from the shell agree with the calls and with each other, on postgres', {
  skip: postgresMissing,
}, async (t) => {
  const it = await filled(t, await freshDatabase(t))
  const { each } = await figures(it)
  await told(it, 'report', 'save', 'Calls', 'missed', ...day, '--by-call', '--frozen')
  await ticks(it)
  assert.deepEqual(await smenaJson(it, ['report', 'show', 'Calls', '--json']), each, 'as it stood')
})

test('reports from the shell agree with the calls and with each other, and are kept, on sqlite', async (t) => {
  const it = await filled(t)
  const { people, each } = await figures(it)
  assert.match(await told(it, 'report', 'missed', ...day, '--by-call', '--lang', 'ru'), /номеров \d+; звонков \d+:/u)
  assert.match(await told(it, 'report', 'missed', ...day, '--by-call', '--format', 'csv'), /^call,number,site,/u)
  assert.equal((await smena(it, ['report', 'save', 'Wrong', 'phone', ...day, '--by-call'])).code, 2)
  assert.match(await told(it, 'report', 'employee', ...day, '--lang', 'ru'), /сходится/u)
  assert.match(await told(it, 'report', 'shift', ...day), /^Total, each call once /mu)
  const old = ['report', 'shift', ...day, '--old']
  assert.match(
    await told(it, ...old),
    /: people 1, shifts 1, hours 9 \(to the second 9:00:00\), minutes of breaks 45 \(45:30\), from .*09:00:00 until .*18:00:00\./u,
  )
  assert.match(
    await told(it, ...old, '--lang', 'ru'),
    /: людей 1, смен 1, часов 9 \(точно 9:00:00\), минут перерывов 45 \(45:30\), с .*09:00:00 до .*18:00:00\./u,
  )
  const csv = await told(it, 'report', 'employee', ...day, '--format', 'csv')
  assert.equal(csv.trimEnd().split(/\r?\n/u).length, people.length + 1)
  const activity = await rows<{ type: { name: string }; count: number }>(it, 'activity', ...day)
  assert.equal(activity.find(({ type }) => type.name === 'Почта')?.count, 1)

  await ticks(it)

  const wrong = await smena(it, ['report', 'group', '--from', '2024-03-05', '--to', '2024-03-04'])
  assert.equal(wrong.code, 2)
  const nobody = await smena(it, ['report', 'employee', ...day, '--employee', 'Никто'])
  assert.equal(nobody.code, 1)
  assert.match(nobody.stderr, /Никто/u)

  await told(it, 'report', 'save', 'March', 'employee', ...day, '--frozen')
  await told(it, 'report', 'save', 'Open', 'employee', ...day, '--employee', '1017')
  const taken = await smena(it, ['report', 'save', 'march', 'phone', ...day])
  assert.equal(taken.code, 1)
  await told(it, 'employee', 'add', 'Новая Инна')
  const show = (name: string) => smenaJson<EmployeeRow>(it, ['report', 'show', name, '--format', 'json'])
  assert.deepEqual(await show('March'), people, 'as it stood')
  assert.deepEqual(
    (await show('Open')).map(({ employee }) => employee.name),
    ['Петрова Анна'],
  )
  assert.match(await told(it, 'report', 'show', 'March'), /Frozen/u)
  const saved = await smenaJson<{ name: string; frozen: boolean }>(it, ['report', 'saved', '--json'])
  assert.deepEqual(
    saved.map(({ name, frozen }) => [name, frozen]),
    [
      ['March', true],
      ['Open', false],
    ],
  )
  for (const kind of ['shift', 'activity', 'group', 'interval', 'missed'])
    await told(it, 'report', 'save', `Old ${kind}`, kind, ...day, '--frozen')
  await told(it, 'report', 'save', 'Calls', 'missed', ...day, '--by-call', '--frozen')
  assert.deepEqual(await smenaJson(it, ['report', 'show', 'Calls', '--json']), each)
  assert.match(await told(it, 'report', 'show', 'Calls'), new RegExp(each[0]!.call, 'u'))
  const today = await told(it, 'report', 'show', 'Old shift')
  forgetWhatWasLearned(it)
  const frozen = await told(it, 'report', 'show', 'Old shift')
  const withoutTotal = (text: string) => text.replace(/^Total.*$/mu, '')
  assert.equal(withoutTotal(frozen), withoutTotal(today), 'as an older Smena froze it')
  assert.match(frozen, /^Total, each call once .* – /mu, 'it had counted some twice')
  for (const kind of ['shift', 'activity', 'group', 'interval', 'missed'])
    for (const format of ['table', 'csv', 'json']) {
      const text = await told(it, 'report', 'show', `Old ${kind}`, '--format', format)
      assert.doesNotMatch(text, /undefined|NaN/u)
      assert.doesNotMatch(text, /AHT =/u, 'no formula by which it was not made')
    }
  await told(it, 'report', 'delete', 'March')
  assert.equal((await smena(it, ['report', 'show', 'March'])).code, 1)
})

test('a report is printed as JSON by --json as by --format json, and never as two things at once', async (t) => {
  const it = await filledWithCalls(t)
  for (const name of reportNames) {
    const asked = ['report', name, ...day]
    const json = await told(it, ...asked, '--json')
    assert.ok(json.startsWith('{') || json === '', json)
    assert.equal(json, await told(it, ...asked, '--format', 'json'), name)
  }
  await told(it, 'report', 'save', 'March', 'phone', ...day, '--frozen')
  assert.equal(await told(it, 'report', 'show', 'March', '--json'), await told(it, 'report', 'phone', ...day, '--json'))
  for (const asked of [
    ['phone', ...day],
    ['show', 'March'],
  ]) {
    const refused = await smena(it, ['report', ...asked, '--json', '--format', 'csv'])
    assert.equal(refused.code, 2)
    assert.match(refused.stderr, /--format csv/u)
    assert.equal((await smena(it, ['report', ...asked, '--json', '--format', 'json'])).code, 0)
  }
})

test('sums that calls which wait for their people are missing from do not agree yet', async (t) => {
  const it = await filledWithCalls(t)
  const asked = ['report', 'employee', ...day]
  assert.match(await told(it, ...asked), /^Check, .* – agrees\.$/mu)
  {
    using db = new DatabaseSync(join(it.directory, 'data', 'store.db'))
    const call = 'SELECT call_id FROM attribution WHERE counted = 1 AND talk_seconds > 0 LIMIT 1'
    // A later segment made it the leg of another call, and its people are yet to be found again.
    db.exec(`UPDATE call SET kind = 'twin-leg' WHERE id IN (${call})`)
    assert.match(await told(it, ...asked), /^Check, .* – DOES NOT AGREE\.$/mu)
    db.exec("INSERT INTO attribution_due (source_id, call_id) SELECT source_id, id FROM call WHERE kind = 'twin-leg'")
  }
  assert.match(await told(it, ...asked), /^Check, .* – does not agree yet\.$/mu)
})

test('missed calls are inbound: another direction is refused', async (t) => {
  const it = await filledWithCalls(t)
  const refused = await smena(it, ['report', 'missed', ...day, '--direction', 'outbound'])
  assert.equal(refused.code, 2)
  assert.match(refused.stderr, /inbound ones: report missed takes no --direction outbound/u)
  assert.deepEqual(await rows(it, 'missed', ...day, '--direction', 'inbound'), await rows(it, 'missed', ...day))
})

test('an empty filter is refused, in a report, where it is saved, and in a list of calls', async (t) => {
  const it = await filledWithCalls(t)
  for (const option of ['employee', 'unit', 'extension', 'plan', 'group', 'source', 'site', 'number'])
    for (const asked of [
      ['report', 'phone', ...day],
      ['report', 'save', 'Empty', 'phone', ...day],
    ]) {
      const { code, stderr } = await smena(it, [...asked, `--${option}`, option === 'extension' ? ' , ' : ''])
      assert.equal(code, 2, stderr)
      assert.match(stderr, new RegExp(`--${option} is empty`, 'u'))
    }
  assert.equal((await smena(it, ['calls', '--number', ''])).code, 2)
})

test('a saved report of a site says what the report itself says: its period and hours are those of the site', async (t) => {
  const it = await filledWithCalls(t, { avaya: { site: 'Chita' } })
  await told(it, 'site', 'set', 'Chita', '--zone', 'Asia/Chita')
  const asked = ['interval', ...day, '--site', 'Chita']
  const direct = await told(it, 'report', ...asked)
  const [first] = await rows<{ from: string }>(it, ...asked)
  assert.equal(first?.from, '2024-03-03T15:00:00Z')
  for (const frozen of [[], ['--frozen']]) {
    const name = `Saved${frozen.length}`
    await told(it, 'report', 'save', name, ...asked, ...frozen)
    assert.deepEqual(await rows(it, 'show', name), await rows(it, ...asked))
    const text = await told(it, 'report', 'show', name)
    const [period = ''] = /^From .*Asia\/Chita.*$/mu.exec(direct) ?? []
    assert.ok(period !== '' && text.includes(period), text)
    assert.ok(text.startsWith(direct.slice(0, direct.indexOf('\n\n'))), text)
  }
})

test('a report of a year is frozen whole and stands as it stood', async (t) => {
  const it = await filledWithCalls(t)
  const asked = ['interval', '--from', '2024-01-01', '--to', '2025-01-01']
  await told(it, 'report', 'save', 'Year', ...asked, '--frozen')
  const frozen = await told(it, 'report', 'show', 'Year', '--json')
  assert.equal(frozen.trimEnd().split('\n').length, 366 * 24)
  assert.ok(frozen === (await told(it, 'report', ...asked, '--json')), 'as it stands')
  assert.ok(frozen.length > 10_000_000, 'larger than any request was')
})

/** The sample's calls of one exchange, without people. */
async function filledWithCalls(t: TestContext, more: Parameters<typeof sampleYaml>[0] = {}): Promise<Installation> {
  const it = configured(temporaryDirectory(t), sampleYaml(more))
  const file = join(it.directory, 'avaya.csv')
  writeFileSync(file, sample('avaya-smdr.sample.csv'))
  await told(it, 'import', file, '--source', 'avaya')
  return inThisProcess(it)
}
