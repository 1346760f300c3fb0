import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CorrectionJson } from '../../src/pipeline/people-correction-view.ts'
import type { PeriodJson } from '../../src/pipeline/people-view.ts'
import { type Installation, installation, inThisProcess, smena, smenaJson, told } from '../support/smena.ts'
import { temporaryDirectory } from '../support/stores.ts'

/** What is printed of corrections and of closed periods before and after somebody decides. */

const paidBreak = { edit: 'add-break', type: 'rest', startedAt: '2024-11-24T15:00', endedAt: '2024-11-24T15:15' }

async function askedFor(it: Installation, ...more: string[]): Promise<void> {
  await told(it, 'employee', 'add', 'Петрова Анна')
  await told(it, 'shift', 'start', '1', '--at', '2024-11-24T09:00')
  await told(it, 'shift', 'end', '1', '--at', '2024-11-24T18:00')
  const edits = [
    '--edit',
    JSON.stringify(paidBreak),
    '--edit',
    '{"edit":"set-shift","shift":1,"endedAt":"2024-11-24T22:30"}',
  ]
  await told(it, 'correction', 'request', '1', '--reason', 'забыла', ...edits, ...more)
}

for (const language of ['ru', 'en'] as const)
  test(`a request for a correction is read before and after, with what comes of it, in ${language}`, async (t) => {
    const it = inThisProcess(installation(temporaryDirectory(t)))
    await askedFor(it)
    const shown = await told(it, 'correction', 'show', '1', '--lang', language)
    const expected =
      language === 'ru'
        ? [
            /^Изменение: смена 1: 24\.11\.2024 09:00:00 – 24\.11\.2024 18:00:00 → 24\.11\.2024 09:00:00 – 24\.11\.2024 22:30:00, дольше предела$/mu,
            /^Изменение: перерыв: – → отдых, 24\.11\.2024 15:00:00 – 24\.11\.2024 15:15:00$/mu,
            /^Отработано: \+4:30:00$/mu,
            /^Днём: \+240 мин$/mu,
            /^Ночью: \+30 мин$/mu,
            /^Опл\. перерывы: \+15 мин$/mu,
            /^Неопл\. перерывы: 0 мин$/mu,
            /^Отметки: 0\nЗвонки: 0$/mu,
            /2024-11-24 +9:00:00 +13:30:00 +540 мин → 780 мин +0 мин → 30 мин +0 мин → 15 мин +0 мин/u,
          ]
        : [
            /^Change: shift 1: 24 Nov 2024 09:00:00 – 24 Nov 2024 18:00:00 → 24 Nov 2024 09:00:00 – 24 Nov 2024 22:30:00, longer than the limit$/mu,
            /^Change: break: – → rest, 24 Nov 2024 15:00:00 – 24 Nov 2024 15:15:00$/mu,
            /^At night: \+30 min$/mu,
            /^Paid breaks: \+15 min$/mu,
            /^Marks: 0\nCalls: 0$/mu,
          ]
    for (const pattern of expected) assert.match(shown, pattern)
    const list = await told(it, 'correction', 'list', '--lang', language)
    assert.match(
      list,
      language === 'ru'
        ? /смена 1: .*18:00:00 → .*22:30:00, дольше предела; перерыв: – → отдых.*\+30 мин.*\+15 мин/u
        : /\+30 min.*\+15 min/u,
    )
    // Decided elsewhere meanwhile: what is shown is of now.
    await told(it, 'correction', 'request', '1', '--reason', 'x', '--shift', '1', '--remove')
    await told(it, 'correction', 'approve', '2', '--by', 'Олег')
    const gone = await told(it, 'correction', 'show', '1', '--lang', language)
    assert.match(
      gone,
      language === 'ru'
        ? /уже невозможно.*перерыв оказался бы вне своей смены/su
        : /no longer possible.*outside its shift/su,
    )
    const refused = await smena(it, ['correction', 'approve', '1', '--by', 'Олег'])
    assert.equal(refused.code, 1)
  })

test('an option that a correction would not heed is wrong usage, and nothing is asked for', async (t) => {
  const it = inThisProcess(installation(temporaryDirectory(t)))
  await told(it, 'employee', 'add', 'Петрова Анна')
  await told(it, 'shift', 'start', '1', '--at', '2024-11-24T09:00')
  await told(it, 'shift', 'end', '1', '--at', '2024-11-24T18:00')
  const unheard = ['--mark', '7', '--type', 'Почта']
  const wrong = await smena(it, ['correction', 'request', '1', '--reason', 'x', '--lang', 'ru', ...unheard])
  assert.deepEqual([wrong.code, /--type ничего не изменит/u.test(wrong.stderr)], [2, true], wrong.stderr)
  const same = ['correction', 'request', '1', '--reason', 'x', '--shift', '1', '--end', '2024-11-24T18:00']
  const { code, stderr } = await smena(it, [...same, '--lang', 'ru'])
  assert.deepEqual([code, /ничего не изменит/u.test(stderr)], [1, true], stderr)
  assert.deepEqual(await smenaJson(it, ['correction', 'list', '--json']), [])
})

test('scripts read the same as people, and what a closed period has in no version yet', async (t) => {
  const it = installation(temporaryDirectory(t))
  await askedFor(it)
  for (const args of [
    ['correction', 'list'],
    ['correction', 'show', '1'],
  ]) {
    const [row] = await smenaJson<CorrectionJson>(it, [...args, '--json'])
    assert.deepEqual(
      row?.changes.map(({ what, id, before, after }) => [what, id, before !== null, after !== null]),
      [
        ['shift', '1', true, true],
        ['break', null, false, true],
      ],
    )
    assert.deepEqual(row?.effect.minutes, {
      workedMinutes: 270,
      dayMinutes: 240,
      nightMinutes: 30,
      paidBreakMinutes: 15,
      unpaidBreakMinutes: 0,
    })
    assert.deepEqual([row?.effect.marks, row?.effect.calls, row?.obstacle], [0, 0, null])
  }
  const [own] = [await smena(it, ['correction', 'approve', '1', '--by', 'Петрова Анна', '--lang', 'ru'])]
  assert.match(own.stderr, /меняет время сотрудника Петрова Анна/u)
  await told(it, 'period', 'lock', '--from', '2024-11-01', '--to', '2024-11-25')
  const kept = await smena(it, ['break', 'types', 'rest', '--unpaid', '--lang', 'ru'])
  assert.equal(kept.code, 0, 'no such break lies in it yet')
  await told(it, 'break', 'types', 'rest', '--paid')
  // The period was locked after the request: it gets a version that was not shown then.
  await told(it, 'correction', 'approve', '1', '--by', 'Олег', '--as-now')
  assert.match((await smena(it, ['break', 'types', 'rest', '--unpaid'])).stderr, /Make a new kind/u)
  const [period] = await smenaJson<PeriodJson>(it, ['period', 'show', '1', '--json'])
  assert.deepEqual([period?.versions.length, period?.since], [2, []])
  assert.match(
    await told(it, 'period', 'show', '1', '--lang', 'ru'),
    /Петрова Анна, 2024-11-24, Ночью: было 0:00, стало 30:00/u,
  )
  const bad = ['--edit', '{"edit":"add-mark","typeId":9,"at":"2024-11-24T10:00"}']
  assert.match(
    (await smena(it, ['correction', 'request', '1', '--reason', 'x', ...bad, '--lang', 'ru'])).stderr,
    /вид отметки, которым пользуются 9: такого нет/u,
  )
})

test('whoever approves is told what has changed since the request, and says so to go on', async (t) => {
  const it = inThisProcess(installation(temporaryDirectory(t)))
  await askedFor(it)
  await told(it, 'correction', 'request', '1', '--reason', 'x', '--shift', '1', '--end', '2024-11-24T19:00')
  await told(it, 'correction', 'approve', '2', '--by', 'Олег')
  const shown = await told(it, 'correction', 'show', '1', '--lang', 'ru')
  assert.match(shown, /^Состояние: запрошено, изменилось$/mu)
  assert.match(shown, /^Изменилось с запроса: смена 1: при запросе .*18:00:00 → .*; теперь .*19:00:00 → .*22:30:00/mu)
  assert.match(await told(it, 'correction', 'list', '--lang', 'ru'), /запрошено, изменилось/u)
  const [row] = await smenaJson<CorrectionJson>(it, ['correction', 'show', '1', '--json'])
  assert.deepEqual([row?.shown?.effect.workedSeconds, row?.effect.workedSeconds], [4.5 * 3600, 3.5 * 3600])
  const approve = ['correction', 'approve', '1', '--by', 'Олег', '--lang', 'en']
  const { code, stderr } = await smena(it, approve)
  assert.equal(code, 1)
  assert.match(stderr, /shift 1: when requested .*18:00:00 → .*; now .*19:00:00 → .*22:30:00/u)
  assert.match(stderr, /Worked: when requested \+4:30:00; now \+3:30:00/u)
  assert.match(stderr, /--as-now/u)
  await told(it, ...approve, '--as-now')
})

test('scripts read every instant of corrections and of the trail in one way', async (t) => {
  const it = inThisProcess(installation(temporaryDirectory(t)))
  await askedFor(it)
  await told(it, 'correction', 'approve', '1', '--by', 'Олег')
  await told(it, 'period', 'lock', '--from', '2024-11-01', '--to', '2024-11-25')
  const [{ edits } = {}] = await smenaJson<CorrectionJson>(it, ['correction', 'list', '--json'])
  assert.equal((edits?.[0] as { startedAt?: unknown } | undefined)?.startedAt, '2024-11-24T12:00:00Z')
  const of = async (...args: string[]) =>
    JSON.stringify(await smenaJson(it, ['employee', 'history', ...args, '--json']))
  for (const text of [JSON.stringify(edits), await of('1'), await of()]) {
    assert.match(text, /"2024-11-\d\dT[\d:]+Z"/u)
    assert.doesNotMatch(text, /\d{13}/u)
  }
})
