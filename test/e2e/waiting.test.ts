import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDataDirectory } from '../../src/adapters/data-directory/data-directory.ts'
import { installation, smenaJson, startSmena, until } from '../support/smena.ts'
import { temporaryDirectory } from '../support/stores.ts'

test('a command that waits for another one says so, and does its work when that is done', async (t) => {
  const it = installation(temporaryDirectory(t))
  const directory = it.environment['SMENA_DATA_DIR'] ?? ''
  const another = await openDataDirectory(directory)
  const running = startSmena(it, ['employee', 'add', 'Петрова Анна', '--lang', 'ru'])
  running.child.stdin.end()
  const line = `С ${directory} работает другая команда, ждём её.\n`
  try {
    await until(
      async () => running.stderr(),
      (said) => said === line,
    )
  } finally {
    await another[Symbol.asyncDispose]()
  }
  const { code, stderr } = await running.finished
  assert.deepEqual([code, stderr], [0, line])
  assert.equal((await smenaJson(it, ['employee', 'list', '--json'])).length, 1)
})
