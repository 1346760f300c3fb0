import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ShiftJson } from '../../src/pipeline/people-view.ts'
import { type Finished, type Installation, installation, smena, smenaJson } from '../support/smena.ts'
import { temporaryDirectory } from '../support/stores.ts'

/** Commands that write, many at once, where no process of ours runs: each waits for its turn. */

/** A command that waited for half a minute has done nothing and says so: it is repeated. */
async function done(it: Installation, ...args: string[]): Promise<Finished> {
  for (;;) {
    const finished = await smena(it, args)
    if (!finished.stderr.includes('of this command nothing was done')) return finished
  }
}

test('commands at one time are all done, and of one press that is told twice one is', async (t) => {
  const it = installation(temporaryDirectory(t))
  const people = Array.from({ length: 4 }, (_, i) => `Person ${i + 1}`)
  const added = await Promise.all(people.map((name) => done(it, 'employee', 'add', name)))
  for (const { code, stderr } of added) assert.equal(code, 0, stderr)
  const presses = people.flatMap((name) => [name, name])
  const started = await Promise.all(presses.map((name) => done(it, 'shift', 'start', name)))
  const refused = started.filter(({ code }) => code !== 0)
  assert.equal(refused.length, people.length, started.map(({ stderr }) => stderr).join(''))
  // One that waited for its turn said so before.
  for (const { code, stderr } of refused) {
    assert.equal(code, 1)
    assert.match(stderr.trimEnd().split('\n').at(-1) ?? '', /^smena: Person \d: is on shift already at /u)
  }
  const shifts = await smenaJson<ShiftJson>(it, ['shift', 'list', '--json'])
  assert.deepEqual(shifts.map(({ employee }) => employee.name).toSorted(), people)
})
