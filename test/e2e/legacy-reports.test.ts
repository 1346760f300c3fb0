import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { buildLegacyDatabase } from '../support/legacy-schema.ts'
import { freshDatabase, postgresMissing } from '../support/postgres.ts'
import { type Installation, installation, inThisProcess, serve, smena, smenaJson, told } from '../support/smena.ts'
import { temporaryDirectory } from '../support/stores.ts'

const day = ['--from', '2018-03-05', '--to', '2018-03-06']
const onTheDay = ['report', 'shift', '--from', '2018-02-16', '--to', '2018-02-17', '--employee', 'T-2']
const inZone = ['--timezone', 'Asia/Krasnoyarsk']

const says = (it: Installation, ...args: string[]) => told(it, ...args, ...inZone)

async function refuses(it: Installation, pattern: RegExp, ...args: string[]): Promise<void> {
  const { code, stdout, stderr } = await smena(it, [...args, ...inZone])
  assert.deepEqual([code, stdout], [2, ''], stderr)
  assert.match(stderr, pattern)
}

interface Shift {
  readonly id: string
  readonly employee: { readonly name: string }
  readonly boundCalls: number
  readonly old: { readonly events: number }
}

suite("the older system's data, read from the shell", { skip: postgresMissing }, () => {
  test('from the import to reports, the log of a shift, old rows and the last decision', async (t) => {
    const url = await freshDatabase(t)
    await buildLegacyDatabase(url)
    const installed = installation(temporaryDirectory(t))
    const it = inThisProcess(installed)
    assert.match(await says(installed, 'legacy', 'issues'), /No import left an issue\. smena legacy import DSN\|DUMP/u)
    const imported = await says(installed, 'legacy', 'import', url, '--extension-source', 'avaya')
    assert.match(imported, /What is still open: smena legacy issues\./u)

    const shifts = await smenaJson<Shift>(it, ['report', 'shift', ...day, ...inZone, '--format', 'json'])
    const own = shifts.find((row) => row.employee.name.startsWith('Белов '))
    assert.ok(own)
    assert.deepEqual([own.boundCalls, own.old.events], [4, 11])
    const old = await says(it, 'report', 'shift', ...day, '--old', '--employee', own.employee.name)
    assert.match(old, /^Белов Пётр Олегович .* 9 +\d+ +11 +4$/mu)
    assert.match(old, /Bound: 4 calls that the old system bound to people/u)
    const gap = await says(it, 'report', 'shift', '--from', '2018-09-07', '--to', '2018-09-08', '--employee', 'T-2')
    assert.match(gap, /gap in bound calls$/mu)
    assert.match(gap, /a gap, not idleness: the program that bound calls stood still/u)

    const plain = await says(it, 'report', 'activity', ...day, '--employee', 'T-2')
    assert.match(plain, /4 calls lie in this time as the old system bound them to people; --old counts them/u)
    assert.doesNotMatch(plain, /incoming \(old system\)/u)
    const activity = await says(it, 'report', 'activity', ...day, '--employee', 'T-2', '--old')
    assert.match(activity, /10:00.* incoming \(old system\) +3$/mu)
    await says(it, 'report', 'save', 'Март', 'activity', ...day, '--employee', 'T-2', '--old', '--frozen')
    assert.match(await says(it, 'report', 'show', 'Март'), /incoming \(old system\) +3$/mu)

    const log = await says(it, '--lang', 'ru', 'shift', 'show', own.id)
    assert.match(
      log,
      /^≈ .*10:29:29 +79131234567 → 4102 +1:01 +старая система, входящий, 79131234567@10\.6\.0\.1 -> 4102/mu,
    )
    const id = /10:29:29 .* (\d+)$/mu.exec(log)?.[1] ?? 'none'
    assert.match(
      await says(it, 'legacy', 'exclude', id),
      /^Bound call \d+ \(Белов Пётр Олегович, .*\) is left out of reports\.$/mu,
    )
    const fewer = await says(it, 'report', 'activity', ...day, '--employee', 'T-2', '--old')
    assert.match(fewer, /10:00.* incoming \(old system\) +2$/mu)
    assert.match(await says(it, 'legacy', 'include', id), /counts in reports\.$/mu)
    const early = await smenaJson<Shift>(it, [...onTheDay, ...inZone, '--format', 'json'])
    const ringing = await says(it, 'shift', 'show', early[0]?.id ?? '')
    assert.match(ringing, /^≈ .* 89131112233 → 4102 +– +old system, incoming, rang 0:12, talk unknown/mu)

    const rows = await says(
      it,
      'report',
      'phone',
      '--from',
      '2018-02-16',
      '--to',
      '2018-02-20',
      '--extension',
      '4102, 4999',
      '--old-rows',
    )
    assert.match(rows, /^4102 +60 +30 +30 /mu)
    assert.match(rows, /^4999 +0 +0 +0 +0 +0 +– +– +– +–$/mu)
    assert.match(rows, /Counted: monitor_avaya_log \(Krasnoyarsk\) from/u)
    assert.match(rows, /Of 8 rows the seconds are of ringing/u)
    const elsewhere = await smena(it, [
      'report',
      'phone',
      '--from',
      '2018-02-16',
      '--to',
      '2018-02-20',
      '--extension',
      '4102',
      '--old-rows',
    ])
    assert.match(elsewhere.stdout, /the old system’s were those of Asia\/Krasnoyarsk: --timezone Asia\/Krasnoyarsk/u)
    const none = await says(it, 'report', 'phone', ...day, '--extension', '4102', '--old-rows')
    assert.match(none, /No row of the old statistics lies in this time/u)
    await says(
      it,
      'report',
      'save',
      'Старые',
      'phone',
      '--from',
      '2018-02-16',
      '--to',
      '2018-02-20',
      '--extension',
      '4102',
      '--old-rows',
      '--frozen',
    )
    assert.match(await says(it, 'report', 'show', 'Старые'), /^4102 +60 +30 +30 /mu)

    await refuses(it, /--old-rows needs numbers/u, 'report', 'phone', ...day, '--old-rows')
    await refuses(it, /counted by number/u, 'report', 'phone', ...day, '--old-rows', '--extension', '1', '--unit', 'x')
    await refuses(it, /takes --by-step day with --old-rows/u, 'report', 'phone', ...day, '--by-step', 'day')
    await refuses(it, /--old-rows belongs to report phone/u, 'report', 'save', 'X', 'missed', ...day, '--old-rows')
    const list = await smena(it, ['report', 'phone', ...day, '--old-rows', '--group', 'Группа 1'])
    assert.equal(list.code, 1)

    const serving = await serve(installed, t)
    const issues = await says(it, 'legacy', 'issues')
    assert.match(issues, /^→ Say whose it was: smena employee assign PERSON --extension N/mu)
    const [, forgotten = ''] = /^ {2}([0-9a-f]{8}) .*working_working_time 100006$/mu.exec(issues) ?? []
    const decided = await says(
      it,
      'legacy',
      'decide',
      forgotten.slice(0, 6),
      '--by',
      'Петрова Анна',
      '--how',
      'ушла в шесть',
    )
    assert.match(decided, /^Decided by Петрова Анна: [0-9a-f]{8} \(Shifts that nobody ended/u)
    assert.ok(!(await says(it, 'legacy', 'issues')).includes(forgotten))
    assert.match(await says(it, 'legacy', 'issues', '--all'), /decided .* by Петрова Анна: ушла в шесть/u)
    const again = await smena(it, ['--lang', 'ru', 'legacy', 'decide', forgotten])
    assert.equal(again.code, 1)
    assert.match(again.stderr, /Вопрос [0-9a-f]{8} уже решён, это сделал Петрова Анна/u)
    const missing = await smena(it, ['--lang', 'ru', 'legacy', 'decide', 'ffffffff'])
    assert.match(missing.stderr, /вопроса загрузки с id ffffffff нет/u)
    assert.equal(await serving.stop(), 0)
  })
})
