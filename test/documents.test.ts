import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string) => readFileSync(join(root, path), 'utf8')

test('every guarantee names a test that is there', () => {
  const rows = read('docs/guarantees.md')
    .split('\n')
    .filter((line) => /^\| \d+ \|/u.test(line))
  assert.ok(rows.length >= 30)
  for (const row of rows) {
    const [, file, name] = /\| `([^`]+)`: (.+?) \|$/u.exec(row) ?? []
    assert.ok(file && name, `names a test: ${row}`)
    assert.ok(read(file).includes(name), `${file} has no test "${name}"`)
  }
})

test('every link of the documents leads somewhere', () => {
  for (const file of ['README.md', 'README.ru.md', 'CHANGELOG.md', ...globSync('docs/**/*.md', { cwd: root })])
    for (const [, target = ''] of read(file).matchAll(/\]\(([^)#\s]+)[^)]*\)/gu)) {
      if (/^[a-z]+:/u.test(target)) continue
      assert.ok(existsSync(join(root, dirname(file), target)), `${file} links to ${target}`)
    }
})

test('both READMEs have the same commands', () => {
  const commands = (text: string) =>
    [...text.matchAll(/^(?:npm|npx|echo) .*$/gmu)].map(([line]) =>
      line.replace(/ #.*/u, '').replace('Анна', 'Anna').trim(),
    )
  assert.deepEqual(commands(read('README.ru.md')), commands(read('README.md')))
})
