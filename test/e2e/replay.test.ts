import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { simulate } from '../../src/domain/simulation/simulate.ts'
import {
  type Installation,
  installation,
  serve,
  smena,
  smenaJson,
  startSmena,
  statusOfInstallation,
} from '../support/smena.ts'
import { temporaryDirectory } from '../support/stores.ts'

const records = 30_000

function archive(file: string): void {
  const lines: string[] = []
  const options = { format: 'avaya-ip-office', seed: 11, from: '2026-03-02', days: Number.POSITIVE_INFINITY } as const
  for (const { line } of simulate({ ...options, callsADay: 4000, timezone: 'Europe/Moscow', records }))
    lines.push(`${line}\r\n`)
  writeFileSync(file, lines.join(''))
}

async function callsOf(it: Installation): Promise<string> {
  const { stdout } = await smena(it, ['calls', '--json', '--kind', 'all'])
  return createHash('sha256').update(stdout).digest('hex')
}

interface Replayed {
  readonly source: string
  readonly records: number
  readonly quarantined: number
  readonly interrupted: boolean
}

const replay = ['replay', '--source', 'avaya', '--json']

/**
 * A replay that Ctrl-C ended in its middle, and the milliseconds after which it came. Nothing outside tells where it stands: one
 * that came before the program listened or before anything was read anew is tried later, one that came when all was over earlier.
 */
async function interruptedReplay(it: Installation) {
  let afterMs = 200
  for (let tries = 0; tries < 40; tries++) {
    const running = startSmena(it, replay)
    await new Promise((resolve) => setTimeout(resolve, afterMs))
    running.child.kill('SIGINT')
    const { code, stdout, stderr } = await running.finished
    const [cut] = stdout === '' ? [] : [JSON.parse(stdout) as Replayed]
    if (cut?.interrupted && cut.records > 0) return { cut, code, stderr, afterMs }
    afterMs *= cut?.interrupted === false ? 0.7 : 1.2
  }
  throw new Error('no replay was interrupted in its middle')
}

test('replay changes nothing that is right; interrupted by Ctrl-C and repeated it is complete, alone and through the owner', async (t) => {
  const it = installation(temporaryDirectory(t))
  const file = join(it.directory, 'smdr.csv')
  archive(file)
  assert.equal((await smena(it, ['import', file, '--source', 'avaya'])).code, 0)
  const before = await callsOf(it)
  let middleMs = 0
  for (const owner of ['owned', 'alone'] as const) {
    const running = owner === 'owned' ? await serve(it, t) : null
    const { cut, code, stderr, afterMs } = await interruptedReplay(it)
    middleMs = afterMs
    assert.equal(code, 1)
    assert.ok(cut.records < records)
    assert.match(stderr, /^Interrupted; what was done stays\. [^\n]+\n$/u)
    assert.equal(await callsOf(it), before)
    assert.deepEqual(await smenaJson<Replayed>(it, replay), [
      { source: 'avaya', records, quarantined: 0, interrupted: false },
    ])
    assert.equal(await callsOf(it), before)
    await running?.stop()
  }
  const killed = startSmena(it, replay)
  await new Promise((resolve) => setTimeout(resolve, middleMs))
  killed.child.kill('SIGKILL')
  await killed.finished
  assert.equal(await callsOf(it), before)
  const [again] = await smenaJson<Replayed>(it, replay)
  assert.equal(again?.records, records)
  assert.equal(await callsOf(it), before)
  const { sources, gaps } = await statusOfInstallation(it)
  assert.deepEqual([sources['avaya']?.stored, sources['avaya']?.olderRules, gaps], [records, 0, []])
})

test('a range and a source that are wrong are told; a source without records is nothing to do', async (t) => {
  const it = installation(temporaryDirectory(t))
  const unknown = await smena(it, ['replay', '--source', 'nope'])
  assert.equal(unknown.code, 1)
  assert.match(unknown.stderr, /^smena: There is no source nope\. Name one of: avaya, asterisk\.\n$/u)
  assert.equal((await smena(it, ['replay', '--source', 'avaya', '--from', 'x'])).code, 2)
  const nothing = await smena(it, ['replay', '--source', 'avaya'])
  assert.deepEqual([nothing.code, nothing.stdout], [0, 'avaya: 0 records read anew\n'])
})
