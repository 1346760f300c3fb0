import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { installation, inThisProcess, smena } from '../support/smena.ts'
import { temporaryDirectory } from '../support/stores.ts'

test('a list of people tells what it changes, and does not rename somebody over a mistyped number', async (t) => {
  const it = inThisProcess(installation(temporaryDirectory(t)))
  const file = join(it.directory, 'people.csv')
  const run = (text: string, ...more: string[]) => {
    writeFileSync(file, text)
    return smena(it, ['employee', 'import', file, ...more])
  }
  const head = 'name,personnel number,unit,hired,left,extension,plan,from\n'
  const first = `${head}Алфёрова Анна,A1,Продажи,2024-01-01,,201,avaya,2024-11-01\n`
  const added = await run(first, '--lang', 'en')
  assert.match(
    added.stdout,
    /^line 2: Алфёрова Анна: Name: – → Алфёрова Анна\nline 2: .*Extension: – → 201 \(avaya\) 2024-11-01 00:00 – …\n/u,
  )
  assert.match(added.stdout, /telephones given 1\n/u)
  assert.match(
    (await run(first, '--lang', 'en')).stdout,
    /^lines 1: added 0, changed 0, unchanged 1, telephones given 0\n/u,
  )

  const bad = await run('name,personnel number\nПлохой,A1\n', '--lang', 'ru')
  assert.equal(bad.code, 1)
  assert.match(bad.stderr, /строка 2: Табельный номер A1 у человека Алфёрова Анна.*employee set A1 --name/u)
  const married = 'name,personnel number,unit\nПетрова Анна,A1,Поддержка\n'
  for (const more of [['--dry-run'], []])
    assert.match(
      (await run(married, '--lang', 'ru', ...more)).stdout,
      /^строка 2: Петрова Анна: .*: Алфёрова Анна → Петрова Анна\nстрока 2: .*: Продажи → Поддержка\n/u,
    )
  const many = Array.from({ length: 53 }, (_, n) => `Новый Человек${n}\n`).join('')
  assert.match((await run(`name\n${many}`, '--lang', 'en', '--dry-run')).stdout, /Человек49\n… and 3 changes more\n/u)

  const left = await run('name,personnel number,left\nПетрова Анна,A1,2023-01-01\n', '--lang', 'ru')
  assert.equal(left.code, 1)
  assert.match(left.stderr, /строка 2: последний день работы .*2023-01-01.*не раньше дня приёма/u)
  for (const args of [
    ['set', 'A1', '--left', '2023-01-01'],
    ['add', 'Ян', '--hired', '2024-02-01', '--left', '2024-01-31'],
  ])
    assert.equal((await smena(it, ['employee', ...args])).code, 2, args.join(' '))

  const nothing = await smena(it, ['employee', 'set', 'A1', '--lang', 'en'])
  assert.equal(nothing.code, 2)
  assert.match(nothing.stderr, /--personnel-number.*--no-active/u)
  assert.match((await run('', '--lang', 'ru')).stderr, /people\.csv пуст: .*ФИО; табельный номер/u)
  assert.match((await run('x\n1\n', '--lang', 'en')).stderr, /people\.csv lacks a column: .*name; personnel number/u)
})
