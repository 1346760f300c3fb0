import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { CallJson } from '../../src/pipeline/call-view.ts'
import type { CorrectionJson } from '../../src/pipeline/people-correction-view.ts'
import type { ShiftJson } from '../../src/pipeline/people-view.ts'
import type { ActivityRow } from '../../src/pipeline/reports/activity.ts'
import type { EmployeeRow } from '../../src/pipeline/reports/employee.ts'
import type { IntervalRow } from '../../src/pipeline/reports/interval.ts'
import type { MissedRow } from '../../src/pipeline/reports/missed.ts'
import type { PhoneRow } from '../../src/pipeline/reports/phone.ts'
import type { ShiftRow } from '../../src/pipeline/reports/shift.ts'
import type { UnattributedReportRow } from '../../src/pipeline/reports/unattributed.ts'
import { sample } from '../support/feed.ts'
import { freshDatabase, postgresMissing } from '../support/postgres.ts'
import { configured, type Installation, inThisProcess, smena, smenaJson, told } from '../support/smena.ts'
import { temporaryDirectory } from '../support/stores.ts'

const day = ['--from', '2024-03-13', '--to', '2024-03-14'] as const
const at = (time: string) => ['--at', `2024-03-13T${time}`] as const
const utc = (time: string) => new Date(Date.parse(`2024-03-13T${time}+03:00`)).toISOString().replace('.000', '')
const [anna, oleg] = ['Петрова Анна', 'Сидоров Олег']

const report = <T>(it: Installation, name: string, ...more: readonly string[]) =>
  smenaJson<T>(it, ['report', name, ...day, ...more, '--format', 'json'])

const pick = <T extends object, K extends keyof T>(row: T | undefined, ...keys: readonly K[]) =>
  Object.fromEntries(keys.map((key) => [key, row?.[key]]))

/** The same, in order: a report that leaves its order open. */
const inOrder = <T>(rows: readonly T[], key: (row: T) => string) =>
  rows.toSorted((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0))

/** Imports the rows that begin in these hours. */
async function feed(it: Installation, from: string, to: string): Promise<void> {
  const rows = sample('asterisk-office.sample.csv').toString().split(/^/mu)
  const hours = rows.filter((row) => {
    const [, time = ''] = /"2024-03-13 (\d\d:\d\d):/u.exec(row) ?? []
    return time >= from && time < to
  })
  const file = join(it.directory, `${from.slice(0, 2)}.csv`)
  writeFileSync(file, hours.join(''))
  await told(it, 'import', file, '--source', 'asterisk')
}

async function works(it: Installation): Promise<void> {
  await told(it, 'employee', 'add', anna, '--personnel-number', '1017')
  await told(it, 'employee', 'add', oleg)
  for (const [who, extension] of [
    ['1017', '1001'],
    [oleg, '1002'],
    [oleg, '1004'],
  ] as const)
    await told(it, 'employee', 'assign', who, '--extension', extension, '--from', '2024-03-13', '--plan', 'asterisk')
  await told(it, 'shift', 'start', anna, ...at('09:00'))
  await feed(it, '09:00', '12:00')
  // An hour of calls is there before he says that he has come.
  await told(it, 'shift', 'start', oleg, ...at('09:30'))
  await told(it, 'mark', 'add', oleg, '--type', 'Почта', '--count', '2', ...at('10:30'))
  await told(it, 'break', 'start', anna, '--type', 'meal', ...at('13:00'))
  await told(it, 'break', 'end', anna, ...at('13:45:30'))
  await feed(it, '12:00', '24:00')
  // Told after its call has come.
  await told(it, 'break', 'start', anna, '--type', 'rest', ...at('15:00'))
  await told(it, 'break', 'end', anna, ...at('15:15'))
  await told(it, 'shift', 'end', anna, ...at('18:00'))
  await told(it, 'shift', 'end', oleg, ...at('17:00'))
}

/** He worked until six. */
async function corrects(it: Installation): Promise<void> {
  const his = async () => (await report<EmployeeRow>(it, 'employee', '--employee', oleg))[0]
  // 10:20 (4 s) and 11:05 (10 s); at 17:30 he was gone, for all that is known.
  assert.deepEqual(pick(await his(), 'talkSeconds', 'workedSeconds'), { talkSeconds: 14, workedSeconds: 27_000 })
  const [shift] = await smenaJson<ShiftJson>(it, ['shift', 'list', '--employee', oleg, '--json'])
  const asking = ['correction', 'request', oleg, '--shift', shift?.id ?? '', '--end', '2024-03-13T18:00']
  const [asked] = await smenaJson<CorrectionJson>(it, [...asking, '--reason', 'забыл', '--by', oleg, '--json'])
  assert.deepEqual(pick(asked?.effect, 'workedSeconds', 'calls'), { workedSeconds: 3600, calls: 1 })
  const own = await smena(it, ['correction', 'approve', asked?.id ?? '', '--by', oleg])
  assert.equal(own.code, 1, own.stdout)
  assert.equal((await his())?.workedSeconds, 27_000)
  await told(it, 'correction', 'approve', asked?.id ?? '', '--by', anna)
}

async function people(it: Installation): Promise<void> {
  const [hers, his] = await report<EmployeeRow>(it, 'employee')
  assert.deepEqual(
    pick(hers, 'calls', 'inbound', 'outbound', 'internal', 'handled', 'answered', 'takenElsewhere', 'missed'),
    // In: 09:12, 11:05, 11:40, 13:10, 15:05; out: 09:55; to him: 10:20. At 18:10 she was gone.
    { calls: 7, inbound: 5, outbound: 1, internal: 1, handled: 6, answered: 4, takenElsewhere: 0, missed: 0 },
  )
  assert.deepEqual(
    pick(hers, 'offered', 'missedOnBreak', 'talkSeconds', 'presenceSeconds', 'breakSeconds', 'workedSeconds'),
    {
      offered: 5,
      // 13:10, at table.
      missedOnBreak: 1,
      talkSeconds: 5 + 7 + 4 + 4 + 4 + 6,
      presenceSeconds: 9 * 3600,
      // 45:30 at table, 15:00 of rest, of which only the meal is unpaid.
      breakSeconds: 2730 + 900,
      workedSeconds: 9 * 3600 - 2730,
    },
  )
  // The 6 s at 15:05 she talked while she rested: busy, and no time that she could have been idle.
  assert.deepEqual(pick(hers, 'busySeconds', 'idleSeconds'), { busySeconds: 30, idleSeconds: 32_400 - 3630 - 24 })
  assert.deepEqual([hers?.occupancy.numerator, hers?.occupancy.denominator], [30, 30 + 28_746])
  assert.deepEqual([hers?.averageTalk.value, hers?.utilisation.value], [5, 30 / 32_400])
  assert.deepEqual(
    pick(his, 'calls', 'inbound', 'outbound', 'internal', 'handled', 'offered', 'answered', 'takenElsewhere'),
    // 09:40 and 11:40 at 1002, where she took the second; 10:20, 11:05 and 17:30 at 1004.
    { calls: 5, inbound: 4, outbound: 0, internal: 1, handled: 3, offered: 5, answered: 3, takenElsewhere: 1 },
  )
  assert.deepEqual(pick(his, 'missed', 'missedOnBreak', 'talkSeconds', 'workedSeconds', 'breakSeconds'), {
    missed: 1,
    missedOnBreak: 0,
    talkSeconds: 4 + 10 + 3,
    workedSeconds: 8.5 * 3600,
    breakSeconds: 0,
  })
  assert.deepEqual(
    (await smenaJson<Record<string, unknown>>(it, ['worked', ...day, '--json'])).map((row) =>
      ['day', 'workedSeconds', 'nightSeconds', 'unpaidBreakSeconds', 'paidBreakSeconds'].map((key) => row[key]),
    ),
    [
      ['2024-03-13', 29_670, 0, 2730, 900],
      ['2024-03-13', 30_600, 0, 0, 0],
    ],
  )
  assert.match(await told(it, 'report', 'employee', ...day, '--lang', 'ru'), /вне смены 0:04 .* 0:51 — сходится/u)
}

async function telephones(it: Installation): Promise<void> {
  const phones = await report<PhoneRow>(it, 'phone')
  assert.deepEqual(
    phones.map((row) => [
      row.extension,
      row.calls,
      row.inbound,
      row.outbound,
      row.internal,
      row.offered,
      row.answered,
      row.takenElsewhere,
      row.missed,
      row.talkSeconds,
    ]),
    [
      // A telephone talks at 18:10 too, whoever holds it.
      ['1001', 8, 6, 1, 1, 6, 5, 0, 1, 34],
      ['1002', 2, 2, 0, 0, 2, 0, 1, 1, 0],
      ['1003', 1, 1, 0, 0, 1, 0, 0, 1, 0],
      ['1004', 3, 2, 0, 1, 3, 3, 0, 0, 17],
    ],
  )
  const groups = await report<Record<string, { number?: string; numerator?: number; denominator?: number }>>(
    it,
    'group',
  )
  assert.deepEqual(
    groups.map((row) => [
      row['group']?.number,
      row['calls'],
      row['answered'],
      row['missed'],
      row['talkSeconds'],
      row['averageWait']?.numerator,
      row['serviceLevel']?.numerator,
      row['serviceLevel']?.denominator,
    ]),
    // 1002 rang in vain for 4 s, after another one 1001 had it; the exchange tells its ringing as talk.
    [['2000', 1, 1, 0, 4, 5, 1, 1]],
  )
  const hours = await report<IntervalRow>(it, 'interval')
  assert.equal(hours.length, 24)
  assert.deepEqual(
    hours
      .filter(({ calls }) => calls > 0)
      .map((row) => [
        row.clock.slice(11, 13),
        row.calls,
        row.inbound,
        row.answered,
        row.missed,
        row.abandoned,
        row.missedBy.busy,
        row.talkWithinSeconds,
      ]),
    [
      ['09', 3, 2, 1, 1, 1, 0, 12],
      ['10', 1, 0, 0, 0, 0, 0, 4],
      ['11', 2, 2, 2, 0, 0, 0, 18],
      ['13', 1, 1, 0, 1, 1, 0, 0],
      ['15', 1, 1, 1, 0, 0, 0, 6],
      ['16', 1, 1, 0, 1, 0, 1, 0],
      ['17', 1, 1, 1, 0, 0, 0, 3],
      ['18', 1, 1, 1, 0, 0, 0, 4],
    ],
  )
}

async function lost(it: Installation): Promise<void> {
  const missed = inOrder(await report<MissedRow>(it, 'missed'), ({ firstAt }) => firstAt)
  assert.deepEqual(
    missed.map((row) => [row.number, row.missed, row.firstAt, row.state, row.by?.name ?? null, row.afterSeconds]),
    [
      // Rang until 09:40:06; she called back at 09:55.
      ['84955550203', 1, utc('09:40:00'), 'returned', anna, 14 * 60 + 54],
      ['84955550210', 1, utc('13:10:00'), 'expired', null, null],
      ['84955550207', 1, utc('16:10:00'), 'expired', null, null],
    ],
  )
  const unattributed = inOrder(await report<UnattributedReportRow>(it, 'unattributed'), (row) => row.startedAt)
  assert.deepEqual(
    unattributed.map((row) => [row.extension, row.startedAt, row.reason, row.holder?.name ?? null, row.talkSeconds]),
    [
      ['1003', utc('16:10:00'), 'no-holder', null, 0],
      ['1001', utc('18:10:00'), 'off-shift', anna, 4],
    ],
  )
}

async function shifts(it: Installation): Promise<void> {
  const worked = inOrder(await report<ShiftRow>(it, 'shift'), ({ startedAt }) => startedAt)
  assert.deepEqual(
    worked.map((row) => [
      row.employee.name,
      row.startedAt,
      row.endedAt,
      row.workedSeconds,
      row.breakSeconds,
      row.calls,
      row.onlyOffered,
      row.talkSeconds,
      row.marks,
      row.flags,
    ]),
    [
      [anna, utc('09:00:00'), utc('18:00:00'), 29_670, 3630, 6, 1, 30, 0, []],
      [oleg, utc('09:30:00'), utc('18:00:00'), 30_600, 0, 3, 2, 17, 2, ['corrected']],
    ],
  )
  const activity = await report<ActivityRow>(it, 'activity', '--by-step', 'hour')
  assert.deepEqual(
    inOrder(
      activity.map((row) => [row.clock.slice(11, 13), row.employee.name, row.type.name, row.count].join(' ')),
      (row) => row,
    ),
    [
      `09 ${anna} inbound 1`,
      `09 ${anna} outbound 1`,
      `10 ${anna} internal 1`,
      `10 ${oleg} internal 1`,
      `10 ${oleg} Почта 2`,
      `11 ${anna} inbound 2`,
      `11 ${oleg} inbound 1`,
      `15 ${anna} inbound 1`,
      `17 ${oleg} inbound 1`,
    ],
  )
  const logs = await Promise.all(worked.map(({ id }) => told(it, 'shift', 'show', id, '--lang', 'en')))
  const said = logs.map((log) =>
    [...log.matchAll(/(\d\d:\d\d:\d\d) +(\S+ → \S+) +(\S+) +(called|answered|rang|took)/gu)].map(([, ...cells]) =>
      cells.join(' '),
    ),
  )
  assert.deepEqual(said, [
    [
      '09:12:02 84955550201 → 1001 0:05 answered',
      '09:55:01 1001 → 84955550203 0:07 called',
      '10:20:01 1001 → 1004 0:04 called',
      '11:05:01 84955550205 → 1001 0:04 answered',
      '11:40:05 84955550204 → 1001 0:04 answered',
      '13:10:00 84955550210 → 1001 0:00 rang',
      '15:05:01 84955550206 → 1001 0:06 answered',
    ],
    [
      '09:40:00 84955550203 → 1002 0:00 rang',
      '10:20:01 1001 → 1004 0:04 answered',
      // Handed over by her; the exchange tells the ringing there as talk.
      '11:05:05 84955550205 → 1004 0:10 took',
      '11:40:00 84955550204 → 1002 0:00 rang',
      '17:30:01 84955550208 → 1004 0:03 answered',
    ],
  ])
}

/**
 * The rows are those of a real Asterisk 22: eleven calls placed one after another to telephones that answer, ring in vain, are
 * busy, stand in a queue and hand over blindly. Each call was then moved whole, its uniqueids with it, to its hour of one day.
 */
for (const [engine, skip, urlOf] of [
  ['sqlite', false, async () => undefined],
  ['postgres', postgresMissing, freshDatabase],
] as const)
  test(`a day of an office reads in every report as a person with a stop-watch would have it, on ${engine}`, {
    skip,
  }, async (t) => {
    const databaseUrl = await urlOf(t)
    const asterisk = { format: 'asterisk-csv', listen: '127.0.0.1:0', internal: String.raw`^\d{4}$`, groups: '^2000$' }
    const sources = { asterisk: { ...asterisk, trunks: ['anonymous', 'trunk-msk'] } }
    const yaml = JSON.stringify({ timezone: 'Europe/Moscow', sources })
    const installed = configured(temporaryDirectory(t), yaml, databaseUrl === undefined ? {} : { databaseUrl })
    const it = inThisProcess(installed)
    // No process knows of the engine.
    await works(engine === 'sqlite' ? installed : it)
    const calls = await smenaJson<CallJson>(it, ['calls', ...day, '--json'])
    assert.deepEqual(
      calls.map(({ startedAt, outcome, talkSeconds }) => [startedAt, outcome, talkSeconds]),
      [
        [utc('09:12:00'), 'answered', 5],
        [utc('09:40:00'), 'missed', 0],
        [utc('09:55:00'), 'answered', 7],
        [utc('10:20:00'), 'answered', 4],
        [utc('11:05:00'), 'answered', 14],
        [utc('11:40:00'), 'answered', 4],
        [utc('13:10:00'), 'missed', 0],
        [utc('15:05:00'), 'answered', 6],
        [utc('16:10:00'), 'busy', 0],
        [utc('17:30:00'), 'answered', 3],
        [utc('18:10:00'), 'answered', 4],
      ],
    )
    await corrects(it)
    await people(it)
    await telephones(it)
    await lost(it)
    await shifts(it)
  })
