import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { EmployeeJson } from '../../src/pipeline/people-view.ts'
import { avayaLine } from '../support/avaya-lines.ts'
import { freshDatabase, postgresMissing } from '../support/postgres.ts'
import {
  configured,
  type Installation,
  installation,
  inThisProcess,
  sampleYaml,
  serve,
  smena,
  smenaJson,
  told,
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
  readonly breaks: readonly {
    readonly id: string
    readonly type: string
    readonly startedAt: string
    readonly endedAt: string | null
    readonly flags: readonly string[]
  }[]
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
    '2024-11-24',
  )
  assert.deepEqual([assigned['from'], assigned['to'], assigned['plan']], ['2024-11-23T21:00:00Z', null, 'avaya'])
  const held = await refusal(it, 'employee', 'assign', 'сидоров олег', '--extension', '4731', '--plan', 'avaya')
  assert.match(held, /Петрова Анна/u)

  await one(it, 'shift', 'start', 'Петрова Анна', '--at', '2024-11-24T09:00')
  assert.match(await refusal(it, 'shift', 'start', anna.id, '--at', '2024-11-24T09:30'), /break start, shift end/u)
  await one(it, 'break', 'start', anna.id, '--type', 'meal', '--at', '2024-11-24T12:00:30')
  await one(it, 'break', 'end', anna.id, '--at', '2024-11-24T12:40:30')
  await one(it, 'mark', 'add', anna.id, '--type', 'Почта', '--comment', 'ответ', '--at', '2024-11-24T13:00')
  await one(it, 'shift', 'end', anna.id, '--at', '2024-11-24T18:00:15')
  const shifts = await smenaJson<Shift>(it, ['shift', 'list', '--employee', '1017', '--json'])
  assert.deepEqual(shifts, [
    {
      id: shifts[0]?.id,
      employee: anna,
      startedAt: '2024-11-24T06:00:00Z',
      endedAt: '2024-11-24T15:00:15Z',
      breaks: [
        {
          id: shifts[0]?.breaks[0]?.id ?? '',
          type: 'meal',
          startedAt: '2024-11-24T09:00:30Z',
          endedAt: '2024-11-24T09:40:30Z',
          flags: [],
        },
      ],
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
    '2024-11-24',
    '--to',
    '2024-11-25',
    '--old',
    '--json',
  ])
  assert.deepEqual(
    await smenaJson(it, ['worked', '--to', '2024-11-25', '--old', '--json']),
    [worked],
    'from the first of the month of --to',
  )
  assert.deepEqual(
    ['day', 'workedSeconds', 'nightSeconds', 'unpaidBreakSeconds', 'oldHours', 'oldBreakMinutes'].map(
      (key) => worked?.[key],
    ),
    ['2024-11-24', 9 * 3600 + 15 - 2400, 0, 2400, 9, 40],
  )

  const asked = await one<{ id: string; effect: { workedSeconds: number } }>(
    it,
    'correction',
    'request',
    anna.id,
    '--shift',
    shift,
    '--end',
    '2024-11-24T18:30',
    '--reason',
    'забыла',
  )
  assert.equal(asked.effect.workedSeconds, 1785)
  await refusal(it, 'correction', 'approve', asked.id)
  await one(it, 'correction', 'approve', asked.id, '--by', 'Сидоров Олег')
  const [corrected] = await smenaJson<Shift>(it, ['shift', 'list', '--json'])
  assert.deepEqual([corrected?.endedAt, corrected?.flags], ['2024-11-24T15:30:00Z', ['corrected']])

  const period = await one<{ id: string }>(it, 'period', 'lock', '--from', '2024-11-01', '--to', '2024-12-01')
  await refusal(it, 'shift', 'start', anna.id, '--at', '2024-11-25T09:00')
  await one(it, 'period', 'unlock', period.id)
  // A retry with the same key has the first answer again.
  const press = ['shift', 'start', anna.id, '--at', '2024-11-25T09:00', '--key', 'card 1']
  assert.deepEqual(await one(it, ...press), { ...(await one<Shift>(it, ...press)) })
  assert.equal((await smenaJson(it, ['shift', 'list', '--json'])).length, 2)
}

test('a day of people is told beside a running serve, which closes what was forgotten', async (t) => {
  const it = installation(temporaryDirectory(t))
  await serve(it, t)
  await day(it)
  // The shift of the last day was older than the limit when it was told.
  const [, forgotten] = await smenaJson<Shift>(it, ['shift', 'list', '--json'])
  assert.deepEqual([forgotten?.endedAt, forgotten?.flags], ['2024-11-25T18:00:00Z', ['closed-by-system']])
})

test('what is typed wrong of a person ends with 2, what cannot be with 1', async (t) => {
  const it = inThisProcess(installation(temporaryDirectory(t)))
  await one(it, 'employee', 'add', 'Петрова Анна')
  for (const args of [
    ['employee', 'set', '1', '--hired', '1.11.2024'],
    ['employee', 'set', '1', '--left', '2024-02-30'],
    ['employee', 'set', '1', '--zone', 'Mars'],
    ['employee', 'set', '1', '--name', ' '],
    ['mark', 'add', '1', '--type', ' ', '--at', '2024-11-24T09:00'],
  ]) {
    if (args[0] === 'mark') await one(it, 'shift', 'start', '1', '--at', '2024-11-24T09:00')
    const { code, stderr } = await smena(it, args)
    assert.equal(code, 2, stderr)
  }
  await refusal(it, 'shift', 'start', '1', '--at', '2024-11-24T09:30')
  // Next week: the clock of this machine is the one that counts.
  const ahead = new Date(Date.now() + 7 * 86_400_000).toISOString()
  for (const press of [
    ['shift', 'start'],
    ['break', 'start', '--type', 'rest'],
    ['mark', 'add', '--type', 'Почта'],
  ])
    assert.match(await refusal(it, ...press, '1', '--at', ahead), /too far ahead/u)
  await one(it, 'employee', 'set', '1', '--left', '2024-11-24')
  assert.match(await refusal(it, 'shift', 'start', '1', '--at', '2024-11-25T09:00'), /not employed/u)
})

test('units are set right, and hold those below them in lists', async (t) => {
  const it = installation(temporaryDirectory(t))
  await one(it, 'employee', 'add', 'Петрова Анна', '--unit', 'Suport')
  await one(it, 'unit', 'add', 'Офис')
  await one(it, 'unit', 'set', 'Suport', '--name', 'Поддержка', '--parent', 'Офис')
  const people = await smenaJson<Made>(it, ['employee', 'list', '--unit', 'офис', '--json'])
  assert.deepEqual(
    people.map(({ name }) => name),
    ['Петрова Анна'],
  )
  assert.match(await refusal(it, 'unit', 'set', 'Офис', '--parent', 'Поддержка'), /lies within it/u)
  assert.equal((await smena(it, ['unit', 'set', 'Офис'])).code, 2)
  await one(it, 'unit', 'set', 'Поддержка', '--no-parent')
  assert.deepEqual(await smenaJson(it, ['employee', 'list', '--unit', 'офис', '--json']), [])
  const { stdout } = await smena(it, ['employee', 'history', '--limit', '1', '--lang', 'ru'])
  assert.match(stdout, /подразделение изменено\n {2}Подразделение: Поддержка\n {2}Входит в: Офис → –\n/u)
  assert.equal((await smenaJson(it, ['employee', 'history', '--json'])).length, 4)
})

test('a person is shown with the ids of telephones, and which of them are not confirmed', async (t) => {
  const it = installation(temporaryDirectory(t))
  await one(it, 'employee', 'add', 'Петрова Анна')
  for (const extension of ['201', '202'])
    await one(it, 'employee', 'assign', '1', '--extension', extension, '--plan', 'avaya', '--from', '2024-03-04')
  const doubt = '{"edit":"set-assignment","assignment":2,"confirmed":false}'
  await one(it, 'correction', 'request', '1', '--reason', 'x', '--edit', doubt)
  await one(it, 'correction', 'approve', '1', '--by', 'Сидоров Олег')
  const { stdout } = await smena(it, ['employee', 'show', '1', '--lang', 'ru'])
  assert.match(stdout, /^201 +avaya .* 1$/mu)
  assert.match(stdout, /^202 +avaya .*не подтверждён +2$/mu)
  assert.doesNotMatch(/^201.*$/mu.exec(stdout)?.[0] ?? '', /подтверждён/u)
})

test('kinds of marks are renamed and put in order', async (t) => {
  const it = installation(temporaryDirectory(t))
  for (const name of ['Почта', 'Обход']) await one(it, 'mark', 'types', name)
  await one(it, 'mark', 'types', 'обход', '--name', 'Обход зала', '--position', '1')
  const kinds = await smenaJson<Made>(it, ['mark', 'types', '--json'])
  assert.deepEqual(
    kinds.map(({ id, name }) => `${id} ${name}`),
    ['2 Обход зала', '1 Почта'],
  )
})

test('flags of breaks stand with the breaks, and one that goes on is overrun in time', async (t) => {
  const it = inThisProcess(installation(temporaryDirectory(t)))
  await one(it, 'employee', 'add', 'Петрова Анна')
  const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString()
  await one(it, 'shift', 'start', '1', '--at', ago(120))
  await one(it, 'break', 'start', '1', '--type', 'meal', '--at', ago(100))
  await one(it, 'break', 'end', '1', '--at', ago(90))
  await one(it, 'break', 'start', '1', '--type', 'rest', '--at', ago(25))
  const [shift] = await smenaJson<Shift>(it, ['shift', 'list', '--json'])
  assert.deepEqual(
    shift?.breaks.map(({ endedAt, flags }) => [endedAt !== null, flags]),
    [
      [true, ['too-short']],
      [false, ['overrun']],
    ],
  )
  assert.match((await smena(it, ['shift', 'list', '--lang', 'en'])).stdout, /break too long/u)
  const [shown] = await smenaJson<Shift>(it, ['shift', 'show', shift?.id ?? '', '--json'])
  assert.deepEqual(shown?.breaks, shift?.breaks)
  assert.match(
    (await smena(it, ['shift', 'show', shift?.id ?? '', '--lang', 'en'])).stdout,
    /rest .*open, break too long/u,
  )
})

test('the log of a shift says who called whom, as people know it from the older system', async (t) => {
  const it = inThisProcess(configured(temporaryDirectory(t), sampleYaml()))
  await one(it, 'employee', 'add', 'Петрова Анна')
  for (const extension of ['201', '202'])
    await one(it, 'employee', 'assign', '1', '--extension', extension, '--plan', 'avaya', '--from', '2024-03-04')
  await one(it, 'shift', 'start', '1', '--at', '2024-03-04T08:00')
  const { id } = await one<Shift>(it, 'shift', 'end', '1', '--at', '2024-03-04T18:00')
  const out = { direction: 'O', device1: 'E201', device2: 'T9001' } as const
  const inside = { internal: 1, direction: 'O', name2: 'Extn' } as const
  const lines = [
    // To a number of the city, to a group, out, and within the house.
    { start: '09:00:00', connected: '00:02:35', dialled: '5550101' },
    { start: '09:10:00', connected: '00:00:10', called: '300', dialled: '5550300' },
    { start: '09:20:00', connected: '00:00:20', ...out, caller: '201', called: '84955559001', dialled: '84955559001' },
    {
      start: '09:30:00',
      connected: '00:00:30',
      ...inside,
      caller: '201',
      called: '203',
      dialled: '203',
      device1: 'E201',
      device2: 'E203',
    },
    {
      start: '09:40:00',
      connected: '00:00:40',
      ...inside,
      caller: '203',
      called: '201',
      dialled: '201',
      device1: 'E203',
      device2: 'E201',
    },
    // Answered at one of her telephones, taken over at the other.
    { start: '09:50:00', connected: '00:00:50', callId: 77, continuation: 1 },
    { start: '09:50:57', connected: '00:01:00', ring: 0, callId: 77, called: '202', device1: 'E202', name1: 'Extn202' },
  ].map((line, n) => `${avayaLine({ callId: n + 1, ...line, start: `2024/03/04 ${line.start}` })}\r\n`)
  const file = join(it.directory, 'avaya.csv')
  writeFileSync(file, lines.join(''))
  assert.equal((await smena(it, ['import', file, '--source', 'avaya'])).code, 0)
  const { stdout } = await smena(it, ['shift', 'show', id, '--lang', 'en'])
  const said = stdout.split('\n').flatMap((line) => /\S+ → \S+ +\S+ +\S+/u.exec(line)?.[0] ?? [])
  assert.deepEqual(
    said.map((line) => line.replaceAll(/ {2,}/gu, ' ')),
    [
      '74955557001 → 201 2:35 answered',
      '74955557001 → 201 0:10 answered',
      '201 → 84955559001 0:20 called',
      '201 → 203 0:30 called',
      '203 → 201 0:40 answered',
      // Two telephones, each with its own seconds.
      '74955557001 → 201 0:50 answered',
      '74955557001 → 202 1:00 took',
    ],
  )
  const [counted] = await smenaJson<{ calls: number; talkSeconds: number }>(it, [
    'report',
    'shift',
    '--from',
    '2024-03-04',
    '--to',
    '2024-03-05',
    '--format',
    'json',
  ])
  assert.deepEqual([counted?.calls, counted?.talkSeconds], [6, 155 + 10 + 20 + 30 + 40 + 110], 'each call once')
})

test('in a cluster it goes straight to the database', { skip: postgresMissing }, async (t) => {
  const databaseUrl = await freshDatabase(t)
  const configuration = configured(temporaryDirectory(t), sampleYaml(), { databaseUrl })
  // Commands about people need no Kafka.
  const environment = { ...configuration.environment, SMENA_KAFKA_BROKERS: '127.0.0.1:9' }
  const it = { ...configuration, environment }
  const anna = await one<Made>(it, 'employee', 'add', 'Петрова Анна')
  await one(it, 'shift', 'start', anna.id, '--at', '2024-11-24T09:00')
  const [shift] = await smenaJson<Shift>(it, ['shift', 'list', '--json'])
  assert.deepEqual([shift?.employee, shift?.startedAt], [anna, '2024-11-24T06:00:00Z'])
})

for (const language of ['ru', 'en'] as const)
  test(`tables and help are in ${language}`, async (t) => {
    const it = inThisProcess(installation(temporaryDirectory(t)))
    const text = (...args: string[]) => told(it, ...args, '--lang', language)
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
    expect(await text('shift', 'start', '1', '--at', '2024-11-24T09:00'), /на смене с/u, /is on shift from/u)
    expect(
      await text('break', 'start', '1', '--type', 'rest', '--at', '2024-11-24T10:00'),
      /на перерыве/u,
      /on a break/u,
    )
    expect(await text('break', 'end', '1', '--at', '2024-11-24T10:30'), /длился 30:00/u, /until .*: 30:00/u)
    expect(await text('shift', 'end', '1', '--at', '2024-11-24T17:00'), /отработано 8:00:00/u, /worked 8:00:00/u)
    expect(await text('shift', 'list'), /перерыв слишком долгий/u, /break too long/u)
    expect(await text('shift', 'show', '1'), /перерыв: отдых/u, /break: rest/u)
    expect(await text('worked', '--from', '2024-11-01'), /Отработано.*8:00:00/su, /Worked.*8:00:00/su)
    expect(await text('break', 'types'), /meal.*нет.*rest.*да/su, /meal.*no.*rest.*yes/su)
    expect(await text('mark', 'types', 'Почта', '--wrap-up'), /Работа после звонка/u, /Work after a call/u)
    expect(await text('correction', 'list'), /Исправлений нет/u, /No corrections/u)
    expect(await text('period', 'lock', '--from', '2024-11-01', '--to', '2024-12-01'), /закрыт/u, /is locked/u)
    expect(await text('period', 'show', '1'), /версия 1/u, /version 1/u)
    expect(await text('unit', 'list'), /Подразделений нет/u, /No units/u)
    expect(await text('site', 'set', 'Чита', '--zone', 'Asia/Chita'), /Площадка Чита/u, /Site Чита/u)
    expect(
      await text('directory', 'set', '300', '--plan', 'avaya', '--is-group', '--label', 'Отдел', '--group', 'Все'),
      /в справочнике/u,
      /in the directory/u,
    )
    expect(await text('directory', 'list'), /300.*Отдел.*да.*Все/u, /300.*Отдел.*yes.*Все/u)
    const trail = await text('employee', 'history', '1')
    expect(
      trail,
      /смена закончена\n {2}смена 1: 24\.11\.2024 09:00:00 – 24\.11\.2024 21:00:00.* → 24\.11\.2024 09:00:00 – 24\.11\.2024 17:00:00\n.*Имя: – → Петрова Анна\n/su,
      /shift ended\n {2}shift 1: 24 Nov 2024 09:00:00 – 24 Nov 2024 21:00:00.* → 24 Nov 2024 09:00:00 – 24 Nov 2024 17:00:00\n.*Name: – → Петрова Анна\n/su,
    )
    assert.match(trail, /Europe\/Moscow, UTC\+3\.\n$/u)
    assert.doesNotMatch(trail, /[{}"]|null|\d{12}|shift-end|startedAt/u)
    expect(await text('help', 'shift', 'start'), /Пример:\n {2}smena shift start/u, /Example:\n {2}smena shift start/u)
    const { stderr } = await smena(it, ['shift', 'end', '1', '--at', '2024-12-02T09:00', '--lang', language])
    expect(stderr, /не на смене.*начать смену/u, /is not on shift.*shift start/u)
  })

test('a list of people is read from a file of a spreadsheet in Russian', async (t) => {
  const it = inThisProcess(installation(temporaryDirectory(t)))
  const file = join(it.directory, 'people.csv')
  const lines = [
    'ФИО;Табельный номер;Подразделение;Внутренний номер;План;С;Часовой пояс;Принят;Дата увольнения',
    '"Петрова ""Аня"" Анна";1017;Поддержка;201;avaya;2024-11-01;Asia/Chita;2024-10-01;2034-12-31',
    'Сидоров Олег;1018;;201;avaya;2024-11-02',
    'Егоров Ян;1019;;202;avaya;вчера',
    'Котов Иван;1020;;;;;;01.10.2024',
  ]
  writeFileSync(file, lines.join('\r\n'))
  const { code, stderr } = await smena(it, ['employee', 'import', file, '--lang', 'ru'])
  assert.equal(code, 1)
  assert.match(stderr, /строка 3: Номер 201 плана avaya занят: Петрова "Аня" Анна/u)
  assert.match(stderr, /строка 4: .*«вчера»/u)
  assert.match(stderr, /строка 5: .*01\.10\.2024/u)
  assert.deepEqual(await smenaJson(it, ['employee', 'list', '--json']), [])
  writeFileSync(file, lines.slice(0, 2).join('\n'))
  const dry = await one<{ added: number; dryRun: boolean }>(it, 'employee', 'import', file, '--dry-run')
  assert.deepEqual([dry.added, dry.dryRun], [1, true])
  assert.deepEqual(await smenaJson(it, ['employee', 'list', '--json']), [])
  await one(it, 'employee', 'import', file)
  const [anna] = await smenaJson<EmployeeJson & { extensions: { extension: string }[] }>(it, [
    'employee',
    'list',
    '--json',
  ])
  assert.deepEqual([anna?.personnelNumber, anna?.unit, anna?.extensions[0]?.extension], ['1017', 'Поддержка', '201'])
  assert.deepEqual([anna?.zone, anna?.hiredOn, anna?.leftOn], ['Asia/Chita', '2024-10-01', '2034-12-31'])
})
