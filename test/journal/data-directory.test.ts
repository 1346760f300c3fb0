import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openDataDirectory } from '../../src/adapters/data-directory/data-directory.ts'
import { SmenaError } from '../../src/domain/errors.ts'
import { inTurn } from '../../src/roles/turns.ts'
import { until } from '../support/smena.ts'
import { temporary } from './runs.ts'

const module = fileURLToPath(new URL('../../src/adapters/data-directory/data-directory.ts', import.meta.url))

/** Opens the directory and says how that went; then stays until it is ended. */
const script = `
  const { openDataDirectory } = await import(process.argv[1])
  try {
    globalThis.held = await openDataDirectory(process.argv[2])
    console.log('open')
    setInterval(() => {}, 1000)
  } catch (error) {
    console.log(error.code, JSON.stringify(error.details ?? {}))
  }`

async function owner(t: TestContext, directory: string, uid?: number) {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, module, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  })
  const exited = once(child, 'exit')
  t.after(async () => {
    child.kill('SIGKILL')
    await exited
  })
  const [said] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, exited, said: said.toString().trim() }
}

const isOwned = { code: 'data-directory-owned' }

test('a second owner is refused at once, in another process and in the same one', async (t) => {
  const directory = join(temporary(t), 'data')
  const first = await owner(t, directory)
  assert.equal(first.said, 'open')
  const began = performance.now()
  await assert.rejects(openDataDirectory(directory), isOwned)
  // Whoever waits does so for seconds.
  assert.ok(performance.now() - began < 3000)
  const second = await owner(t, directory)
  assert.match(second.said, /^data-directory-owned/u)
  assert.ok(readdirSync(directory).every((it) => it.startsWith('lock.db')))
})

test('a killed owner leaves the directory free at once, again and again', async (t) => {
  const directory = join(temporary(t), 'data')
  for (let round = 0; round < 8; round++) {
    const killed = await owner(t, directory)
    assert.equal(killed.said, 'open')
    await assert.rejects(openDataDirectory(directory), isOwned)
    killed.child.kill('SIGKILL')
    await killed.exited
    await using held = await openDataDirectory(directory)
    await assert.rejects(openDataDirectory(directory), isOwned)
    assert.ok(existsSync(held.path))
  }
})

test('commands take turns: one that waits says so after a moment, and says what to do when it gives up', async (t) => {
  const directory = join(temporary(t), 'data')
  const told: string[] = []
  const waits = (seconds: number | null) => told.push(seconds === null ? 'over' : 'waits')
  const turn = (atMostMs: number) =>
    inTurn(
      { directory, waits },
      async (begun) => {
        await using held = await openDataDirectory(directory)
        begun()
        return held.path
      },
      { tellAfterMs: 150, atMostMs },
    )
  assert.ok(await turn(0))
  assert.deepEqual(told, [])
  const first = await owner(t, directory)
  const cause = (error: unknown) => error instanceof SmenaError && isOwned.code === (error.cause as SmenaError).code
  await assert.rejects(turn(0), (error) => cause(error) && (error as SmenaError).code === 'data-directory-busy')
  assert.deepEqual(told, [])
  const waiting = turn(60_000)
  const since = performance.now()
  await until(
    async () => told.length,
    (count) => count > 0,
  )
  assert.ok(performance.now() - since > 140)
  first.child.kill('SIGKILL')
  await waiting
  assert.deepEqual([...new Set(told)], ['waits', 'over'])
})

test('an owner that lets go leaves it free, and a link to the directory is the same directory', async (t) => {
  const parent = temporary(t)
  const [directory, link] = [join(parent, 'data'), join(parent, 'link')]
  {
    await using held = await openDataDirectory(directory)
    symlinkSync(directory, link)
    await assert.rejects(openDataDirectory(link), isOwned)
    assert.equal(held.path, (await openDataDirectory(join(parent, 'other'))).path.replace(/other$/u, 'data'))
  }
  await using held = await openDataDirectory(link)
  assert.match(held.path, /data$/u)
})

test('the directory is made for this user alone, with all that lies above it', async (t) => {
  const parent = temporary(t)
  await using held = await openDataDirectory(join(parent, 'a', 'b', 'data'))
  for (const path of [held.path, join(parent, 'a'), join(parent, 'a', 'b')])
    assert.equal(statSync(path).mode & 0o777, 0o700)
})

test('the mode of a directory that is there, and whatever lies in it, is left alone', async (t) => {
  const directory = join(temporary(t), 'data')
  mkdirSync(directory)
  chmodSync(directory, 0o750)
  writeFileSync(join(directory, 'letter.txt'), 'dear')
  mkdirSync(join(directory, 'photos'))
  {
    await using held = await openDataDirectory(directory)
    assert.ok(held.path)
  }
  assert.equal(statSync(directory).mode & 0o777, 0o750)
  assert.equal(readFileSync(join(directory, 'letter.txt'), 'utf8'), 'dear')
  assert.deepEqual(readdirSync(directory).toSorted(), ['letter.txt', 'lock.db', 'photos'])
})

test('a file of somebody else that has the name of the lock is refused and left alone', async (t) => {
  const directory = temporary(t)
  writeFileSync(join(directory, 'lock.db'), 'keep out '.repeat(1000))
  await assert.rejects(openDataDirectory(directory), { code: 'data-directory-unusable' })
  assert.equal(readFileSync(join(directory, 'lock.db'), 'utf8'), 'keep out '.repeat(1000))
})

test('what is no directory cannot be one', async (t) => {
  const file = join(temporary(t), 'file')
  writeFileSync(file, '')
  for (const path of [file, join(file, 'below')]) {
    await assert.rejects(openDataDirectory(path), (error: Error & { code: string }) => {
      assert.equal(error.code, 'data-directory-unusable')
      assert.match(error.message, /EEXIST|ENOTDIR/u)
      return true
    })
  }
})

const nobody = 65_534
const cannotBeNobody = process.getuid?.() === 0 ? false : 'acting as another user needs root'

test('a directory that this user cannot write to is refused with the reason', { skip: cannotBeNobody }, async (t) => {
  const directory = temporary(t)
  chmodSync(directory, 0o755)
  const { said } = await owner(t, directory, nobody)
  assert.match(said, /^data-directory-unusable .*EACCES/u)
  assert.deepEqual(readdirSync(directory), [])
})
