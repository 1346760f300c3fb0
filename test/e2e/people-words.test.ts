import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PeriodJson } from '../../src/pipeline/people-view.ts'
import { type Installation, installation, inThisProcess, smena, smenaJson, told } from '../support/smena.ts'
import { temporaryDirectory } from '../support/stores.ts'

/** What commands of people's time say in words where a machine's word, an id or nothing stood. */

const both = async (it: Installation, args: readonly string[], code: number) => {
  const found: { en: string; ru: string } = { en: '', ru: '' }
  for (const language of ['en', 'ru'] as const) {
    const done = await smena(it, [...args, '--lang', language])
    assert.equal(done.code, code, done.stdout + done.stderr)
    found[language] = done.stdout + done.stderr
  }
  return found
}

async function worked(it: Installation): Promise<void> {
  await told(it, 'employee', 'add', 'Петрова Анна')
  await told(it, 'shift', 'start', '1', '--at', '2024-11-24T09:00')
  await told(it, 'shift', 'end', '1', '--at', '2024-11-24T18:00')
}

test('limits of a kind of break that nothing can meet are refused, and so is a kind that is paid and unpaid', async (t) => {
  const it = inThisProcess(installation(temporaryDirectory(t)))
  await worked(it)
  const before = await smenaJson(it, ['break', 'types', '--json'])
  const paid = await both(it, ['break', 'types', 'meal', '--paid', '--unpaid'], 2)
  assert.match(paid.en, /there are --paid and --unpaid, expected one of them/u)
  assert.match(paid.ru, /даны и --paid, и --unpaid, а ожидается одно из них/u)
  const crossed = await both(it, ['break', 'types', 'smoke', '--minimum', '30', '--maximum', '10'], 2)
  assert.match(crossed.en, /smoke would have to last 30 min at least and 10 min at most/u)
  assert.match(crossed.ru, /вида smoke .*30 против 10 мин/u)
  // Also against what was told before: a rest lasts 20 minutes at most.
  assert.match((await both(it, ['break', 'types', 'rest', '--minimum', '21'], 2)).en, /21 min at least and 20 min/u)
  assert.deepEqual(await smenaJson(it, ['break', 'types', '--json']), before)
  await told(it, 'break', 'types', 'rest', '--minimum', '20')
  await told(it, 'break', 'types', 'rest', '--minimum', '30', '--maximum', '0')
})

test('why a version of a period was made is said in words, a person’s reason as it was written', async (t) => {
  const it = inThisProcess(installation(temporaryDirectory(t)))
  await worked(it)
  const lock = ['period', 'lock', '--from', '2024-11-01', '--to', '2024-12-01']
  await told(it, ...lock, '--by', 'Олег')
  const longer = ['--shift', '1', '--end', '2024-11-24T19:00']
  await told(it, 'correction', 'request', '1', '--reason', 'locked: ещё час', ...longer)
  await told(it, 'correction', 'approve', '1', '--by', 'Олег')
  await told(it, 'period', 'unlock', '1', '--by', 'Олег')
  await told(it, ...lock, '--by', 'Олег')
  const shown = await both(it, ['period', 'show', '1'], 0)
  const reasons = (text: string) => [...text.matchAll(/, [^,]*?: (.*); (?:worked|отработано) /gmu)].map((it) => it[1])
  assert.deepEqual(reasons(shown.ru), ['закрыт', 'исправление 1: locked: ещё час', 'закрыт снова'], shown.ru)
  assert.deepEqual(reasons(shown.en), ['locked', 'correction 1: locked: ещё час', 'locked again'], shown.en)
  const [period] = await smenaJson<PeriodJson>(it, ['period', 'show', '1', '--json'])
  assert.deepEqual(
    period?.versions.map(({ reason }) => reason),
    ['locked', 'correction 1: locked: ещё час', 'locked again'],
  )
})

test('kinds of breaks without a store: that there is none, and what makes one', async (t) => {
  const it = inThisProcess(installation(temporaryDirectory(t)))
  const none = await both(it, ['break', 'types'], 0)
  assert.match(none.en, /^No store yet.*smena employee add NAME/u)
  assert.match(none.ru, /^Хранилища ещё нет.*smena employee add ИМЯ/u)
  assert.deepEqual(await smenaJson(it, ['break', 'types', '--json']), [])
  await told(it, 'employee', 'add', 'Петрова Анна')
  assert.match((await both(it, ['break', 'types'], 0)).en, /^meal/mu)
})

test('what has no id yet and what has no beginning are named in words', async (t) => {
  const it = inThisProcess(installation(temporaryDirectory(t)))
  await worked(it)
  const times = ['--start', '2024-11-24T10:00', '--end', '2024-11-24T12:00']
  const over = await both(it, ['correction', 'request', '1', '--reason', 'x', '--add-shift', ...times], 1)
  assert.match(over.en, /two shifts would overlap \(1, what is to be added\)/u)
  assert.match(over.ru, /две смены наложились бы \(1, добавляемое\)/u)
  const early = await both(it, ['shift', 'end', '1', '--at', '2024-11-24T08:00'], 1)
  assert.match(early.en, /off shift since the beginning/u)
  assert.match(early.ru, /не на смене с самого начала/u)
  await told(it, 'employee', 'set', '1', '--left', '2024-11-25')
  const away = await both(it, ['shift', 'start', '1', '--at', '2024-11-26T09:00'], 1)
  assert.match(away.en, /only from the beginning until 2024-11-25/u)
  assert.match(away.ru, /с самого начала до 2024-11-25/u)
})

test('a unit that a name makes is said, and that nothing was changed, and when a telephone can be had', async (t) => {
  const it = inThisProcess(installation(temporaryDirectory(t)))
  const added = await told(it, 'employee', 'add', 'Петрова Анна', '--unit', 'Suport', '--lang', 'ru')
  assert.match(added, /Подразделения «Suport» не было: оно создано/u)
  const add = (unit: string) => smenaJson<object>(it, ['employee', 'add', 'Ким Олег', '--unit', unit, '--json'])
  assert.deepEqual(await add('Офис'), [{ id: '2', name: 'Ким Олег', unit: 'Офис', unitMade: true }])
  assert.deepEqual(await add('офис'), [{ id: '3', name: 'Ким Олег' }])
  const same = await both(it, ['employee', 'set', '1', '--unit', 'suport'], 0)
  assert.match(same.en, /^Петрова Анна is so already: nothing was changed \(id 1\)\.\n$/u)
  assert.match(same.ru, /ничего не изменено/u)
  await told(it, 'period', 'lock', '--from', '2034-12-01', '--to', '2035-01-01')
  const assign = ['employee', 'assign', '1', '--extension', '201', '--plan', 'avaya']
  const locked = await both(it, assign, 1)
  assert.match(locked.en, /--to 2034-12-01T00:00/u)
  assert.match(locked.ru, /закрыт: на это время номер не закрепить/u)
  await told(it, ...assign, '--to', '2034-12-01T00:00')
})
