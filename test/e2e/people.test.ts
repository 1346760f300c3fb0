import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { freshDatabase, postgresMissing } from '../support/postgres.ts'
import {
  configured,
  type Installation,
  installation,
  sampleYaml,
  serve,
  smena,
  smenaJson,
  until,
} from '../support/smena.ts'
import { temporaryDirectory } from '../support/stores.ts'

/** People and their time from the shell: beside a running `serve`, without one (tables, lists), and in a cluster. */

interface Made {
  readonly id: string
  readonly name: string
}

interface Shift {
  readonly id: string
  readonly employee: Made
  readonly startedAt: string
  readonly endedAt: string | null
  readonly breaks: readonly { readonly type: string; readonly startedAt: string; readonly endedAt: string | null }[]
  readonly workedSeconds: number
  readonly flags: readonly string[]
}

const one = async <T>(it: Installation, ...args: string[]): Promise<T> => {
  const [made] = await smenaJson<T>(it, [...args, '--json'])
  assert.ok(made !== undefined, args.join(' '))
  return made
}

const refusal = async (it: Installation, ...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await smena(it, args)
  assert.equal(code, 1, stderr)
  assert.equal(stdout, '')
  assert.equal(stderr.trimEnd().split('\n').length, 1, stderr)
  return stderr
}

/** A day of two people: what is printed is what happened, to the second. */
async function day(it: Installation): Promise<void> {
  const anna = await one<Made>(it, 'employee', 'add', 'Петрова Анна', '--personnel-number', '1017')
  assert.deepEqual(Object.keys(anna), ['id', 'name'])
  await one(it, 'employee', 'add', 'Сидоров Олег', '--unit', 'Поддержка')
  const assigned = await one<Record<string, unknown>>(
    it,
    'employee',
    'assign',
    '1017',
    '--extension',
    '4731',
    '--plan',
    'avaya',
    '--from',
    '2026-11-24',
  )
  assert.deepEqual([assigned['from'], assigned['to'], assigned['plan']], ['2026-11-23T21:00:00Z', null, 'avaya'])
  const held = await refusal(it, 'employee', 'assign', 'сидоров олег', '--extension', '4731', '--plan', 'avaya')
  assert.match(held, /Петрова Анна/u)

  await one(it, 'shift', 'start', 'Петрова Анна', '--at', '2026-11-24T09:00')
  assert.match(await refusal(it, 'shift', 'start', anna.id, '--at', '2026-11-24T09:30'), /break start, shift end/u)
  await one(it, 'break', 'start', anna.id, '--type', 'meal', '--at', '2026-11-24T12:00:30')
  await one(it, 'break', 'end', anna.id, '--at', '2026-11-24T12:40:30')
  await one(it, 'mark', 'add', anna.id, '--type', 'Почта', '--comment', 'ответ', '--at', '2026-11-24T13:00')
  await one(it, 'shift', 'end', anna.id, '--at', '2026-11-24T18:00:15')
  const shifts = await smenaJson<Shift>(it, ['shift', 'list', '--employee', '1017', '--json'])
  assert.deepEqual(shifts, [
    {
      id: shifts[0]?.id,
      employee: anna,
      startedAt: '2026-11-24T06:00:00Z',
      endedAt: '2026-11-24T15:00:15Z',
      breaks: [{ type: 'meal', startedAt: '2026-11-24T09:00:30Z', endedAt: '2026-11-24T09:40:30Z' }],
      workedSeconds: 9 * 3600 + 15 - 2400,
      flags: [],
    },
  ])
  const shift = shifts[0]?.id ?? ''
  const shown = await one<{ marks: { type: string; comment: string }[]; calls: unknown[] }>(it, 'shift', 'show', shift)
  assert.deepEqual(
    shown.marks.map(({ type, comment }) => [type, comment]),
    [['Почта', 'ответ']],
  )
  const [worked] = await smenaJson<Record<string, unknown>>(it, [
    'worked',
    '--from',
    '2026-11-24',
    '--to',
    '2026-11-25',
    '--old',
    '--json',
  ])
  assert.deepEqual(
    ['day', 'workedSeconds', 'nightSeconds', 'unpaidBreakSeconds', 'oldHours', 'oldBreakMinutes'].map(
      (key) => worked?.[key],
    ),
    ['2026-11-24', 9 * 3600 + 15 - 2400, 0, 2400, 9, 40],
  )

  const asked = await one<{ id: string; effect: { workedSeconds: number } }>(
    it,
    'correction',
    'request',
    anna.id,
    '--shift',
    shift,
    '--end',
    '2026-11-24T18:30',
    '--reason',
    'забыла',
  )
  assert.equal(asked.effect.workedSeconds, 1785)
  await refusal(it, 'correction', 'approve', asked.id)
  await one(it, 'correction', 'approve', asked.id, '--by', 'Сидоров Олег')
  const [corrected] = await smenaJson<Shift>(it, ['shift', 'list', '--json'])
  assert.deepEqual([corrected?.endedAt, corrected?.flags], ['2026-11-24T15:30:00Z', ['corrected']])

  const period = await one<{ id: string }>(it, 'period', 'lock', '--from', '2026-11-01', '--to', '2026-12-01')
  await refusal(it, 'shift', 'start', anna.id, '--at', '2026-11-25T09:00')
  await one(it, 'period', 'unlock', period.id)
  // A retry with the same key has the first answer again.
  const press = ['shift', 'start', anna.id, '--at', '2026-11-25T09:00', '--key', 'card 1']
  assert.deepEqual(await one(it, ...press), { ...(await one<Shift>(it, ...press)) })
  assert.equal((await smenaJson(it, ['shift', 'list', '--json'])).length, 2)
}

test('a day of people is told beside a running serve, which closes what was forgotten', async (t) => {
  const it = installation(temporaryDirectory(t))
  const running = await serve(it, t)
  await day(it)
  // The shift of the last day is older than the limit.
  const [, open] = await smenaJson<Shift>(it, ['shift', 'list', '--json'])
  assert.equal(open?.endedAt, null)
  assert.equal(await running.stop(), 0)
  await serve(it, t)
  const closed = await until(
    async () => (await smenaJson<Shift>(it, ['shift', 'list', '--json']))[1],
    (shift) => shift?.endedAt !== null,
  )
  assert.deepEqual([closed?.endedAt, closed?.flags], ['2026-11-25T18:00:00Z', ['closed-by-system']])
})

test('in a cluster it goes straight to the database', { skip: postgresMissing }, async (t) => {
  const databaseUrl = await freshDatabase(t)
  const configuration = configured(temporaryDirectory(t), sampleYaml(), { databaseUrl })
  // Commands about people need no Kafka.
  const environment = { ...configuration.environment, SMENA_KAFKA_BROKERS: '127.0.0.1:9' }
  const it = { ...configuration, environment }
  const anna = await one<Made>(it, 'employee', 'add', 'Петрова Анна')
  await one(it, 'shift', 'start', anna.id, '--at', '2026-11-24T09:00')
  const [shift] = await smenaJson<Shift>(it, ['shift', 'list', '--json'])
  assert.deepEqual([shift?.employee, shift?.startedAt], [anna, '2026-11-24T06:00:00Z'])
})

const table = async (t: TestContext, language: 'ru' | 'en') => {
  const it = installation(temporaryDirectory(t))
  const text = async (...args: string[]) => {
    const { code, stdout, stderr } = await smena(it, [...args, '--lang', language])
    assert.equal(code, 0, stderr)
    return stdout
  }
  return { it, text }
}

for (const language of ['ru', 'en'] as const)
  test(`tables and help are in ${language}`, async (t) => {
    const { it, text } = await table(t, language)
    const expect = (found: string, ru: RegExp, en: RegExp) => assert.match(found, language === 'ru' ? ru : en)
    expect(await text('employee', 'list'), /Никого нет/u, /Nobody/u)
    expect(await text('employee', 'add', 'Петрова Анна'), /теперь в списке/u, /is known from now on/u)
    expect(
      await text('employee', 'list'),
      /Имя.*Номера.*Петрова Анна.*1 человек/su,
      /Name.*Telephones.*Петрова Анна.*1 person/su,
    )
    expect(
      await text('employee', 'assign', '1', '--extension', '201', '--plan', 'avaya'),
      /номер 201 \(avaya\) с .* до отмены/u,
      /has 201 \(avaya\) from .* until further notice/u,
    )
    expect(await text('shift', 'start', '1', '--at', '2026-11-24T09:00'), /на смене с/u, /is on shift from/u)
    expect(
      await text('break', 'start', '1', '--type', 'rest', '--at', '2026-11-24T10:00'),
      /на перерыве/u,
      /on a break/u,
    )
    expect(await text('break', 'end', '1', '--at', '2026-11-24T10:30'), /длился 30:00/u, /until .*: 30:00/u)
    expect(await text('shift', 'end', '1', '--at', '2026-11-24T17:00'), /отработано 8:00:00/u, /worked 8:00:00/u)
    expect(await text('shift', 'list'), /перерыв слишком долгий/u, /break too long/u)
    expect(await text('shift', 'show', '1'), /перерыв: rest/u, /break: rest/u)
    expect(await text('worked', '--from', '2026-11-01'), /Отработано.*8:00:00/su, /Worked.*8:00:00/su)
    expect(await text('break', 'types'), /meal.*нет.*rest.*да/su, /meal.*no.*rest.*yes/su)
    expect(await text('mark', 'types', 'Почта', '--wrap-up'), /Работа после звонка/u, /Work after a call/u)
    expect(await text('correction', 'list'), /Исправлений нет/u, /No corrections/u)
    expect(await text('period', 'lock', '--from', '2026-11-01', '--to', '2026-12-01'), /закрыт/u, /is locked/u)
    expect(await text('period', 'show', '1'), /версия 1/u, /version 1/u)
    expect(await text('unit', 'list'), /Подразделений нет/u, /No units/u)
    expect(await text('site', 'set', 'Чита', '--zone', 'Asia/Chita'), /Площадка Чита/u, /Site Чита/u)
    expect(
      await text('directory', 'set', '300', '--plan', 'avaya', '--is-group', '--label', 'Отдел', '--group', 'Все'),
      /в справочнике/u,
      /in the directory/u,
    )
    expect(await text('directory', 'list'), /300.*Отдел.*да.*Все/u, /300.*Отдел.*yes.*Все/u)
    expect(await text('employee', 'history', '1'), /Кто.*shift-end/su, /By.*shift-end/su)
    expect(await text('help', 'shift', 'start'), /Пример:\n {2}smena shift start/u, /Example:\n {2}smena shift start/u)
    const { stderr } = await smena(it, ['shift', 'end', '1', '--at', '2026-12-02T09:00', '--lang', language])
    expect(stderr, /не на смене.*начать смену/u, /is not on shift.*shift start/u)
  })

test('a list of people is read from a file of a spreadsheet in Russian', async (t) => {
  const it = installation(temporaryDirectory(t))
  const file = join(it.directory, 'people.csv')
  const lines = [
    'ФИО;Табельный номер;Подразделение;Внутренний номер;План;С',
    '"Петрова ""Аня"" Анна";1017;Поддержка;201;avaya;2026-11-01',
    'Сидоров Олег;1018;;201;avaya;2026-11-02',
    'Егоров Ян;1019;;202;avaya;вчера',
  ]
  writeFileSync(file, lines.join('\r\n'))
  const { code, stderr } = await smena(it, ['employee', 'import', file, '--lang', 'ru'])
  assert.equal(code, 1)
  assert.match(stderr, /строка 3: Номер 201 плана avaya занят: Петрова "Аня" Анна/u)
  assert.match(stderr, /строка 4: .*«вчера»/u)
  assert.deepEqual(await smenaJson(it, ['employee', 'list', '--json']), [])
  writeFileSync(file, lines.slice(0, 2).join('\n'))
  const dry = await one<{ added: number; dryRun: boolean }>(it, 'employee', 'import', file, '--dry-run')
  assert.deepEqual([dry.added, dry.dryRun], [1, true])
  assert.deepEqual(await smenaJson(it, ['employee', 'list', '--json']), [])
  await one(it, 'employee', 'import', file)
  const [anna] = await smenaJson<{ personnelNumber: string; unit: string; extensions: { extension: string }[] }>(it, [
    'employee',
    'list',
    '--json',
  ])
  assert.deepEqual([anna?.personnelNumber, anna?.unit, anna?.extensions[0]?.extension], ['1017', 'Поддержка', '201'])
})
