import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { CallJson } from '../../src/pipeline/call-view.ts'
import type { EmployeeRow } from '../../src/pipeline/reports/employee.ts'
import type { MissedRow } from '../../src/pipeline/reports/missed.ts'
import type { UnattributedReportRow } from '../../src/pipeline/reports/unattributed.ts'
import { sample } from '../support/feed.ts'
import { freshDatabase, postgresMissing } from '../support/postgres.ts'
import { configured, type Installation, sampleYaml, serve, smena, smenaJson, until } from '../support/smena.ts'
import { temporaryDirectory } from '../support/stores.ts'

/** Reports from the shell: people, their time and the sample calls, and every figure as a person with a stop-watch would have it. */

const day = ['--from', '2024-03-04', '--to', '2024-03-05']
const rows = <T>(it: Installation, ...args: string[]) => smenaJson<T>(it, ['report', ...args, '--format', 'json'])
const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0)

async function told(it: Installation, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await smena(it, args)
  assert.equal(code, 0, `${args.join(' ')}: ${stderr}`)
  return stdout
}

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
  assert.match(refused.stderr, /строка 3: порог уровня сервиса — "x"/u)
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

for (const [engine, skip, urlOf] of [
  ['sqlite', false, async () => undefined],
  ['postgres', postgresMissing, freshDatabase],
] as const)
  test(`reports from the shell agree with the calls and with each other, on ${engine}`, { skip }, async (t) => {
    const url = await urlOf(t)
    const it = configured(temporaryDirectory(t), sampleYaml(), url === undefined ? {} : { databaseUrl: url })
    const empty = await smena(it, ['report', 'employee', ...day])
    assert.equal(empty.code, 0, empty.stderr)
    assert.match(empty.stdout, /smena employee add/u)
    await fill(it, t)

    const calls = await smenaJson<CallJson>(it, ['calls', '--json', '--source', 'avaya', ...day])
    const people = await rows<EmployeeRow>(it, 'employee', ...day)
    const lost = await rows<UnattributedReportRow>(it, 'unattributed', ...day)
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
    assert.deepEqual(
      [pyotr?.calls, pyotr?.talkSeconds, pyotr?.occupancy.value],
      [0, 0, null],
      'off shift counts nowhere',
    )
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
    const hours = await rows<{ calls: number; clock: string }>(it, 'interval', ...day)
    assert.equal(hours.length, 24)
    assert.equal(hours[0]?.clock, '2024-03-04T00:00+03:00')
    assert.equal(sum(hours.map((one) => one.calls)), calls.length)

    for (const name of ['employee', 'phone', 'group', 'interval', 'missed', 'unattributed', 'shift', 'activity']) {
      const text = await told(it, 'report', name, ...day)
      assert.doesNotMatch(text, /DOES NOT AGREE/u, text)
      assert.match(text, /Europe\/Moscow/u)
    }
    assert.match(await told(it, 'report', 'employee', ...day, '--lang', 'ru'), /сходится/u)
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
    await told(it, 'report', 'delete', 'March')
    assert.equal((await smena(it, ['report', 'show', 'March'])).code, 1)
  })
