import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, copyFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { simulate } from '../../src/domain/simulation/simulate.ts'
import type { CallJson } from '../../src/pipeline/call-view.ts'
import type { Status } from '../../src/pipeline/status.ts'
import { freePort } from '../support/ports.ts'
import {
  configured,
  type Installation,
  sampleYaml,
  type Serving,
  serve,
  smena,
  smenaJson,
  until,
} from '../support/smena.ts'
import { temporaryDirectory } from '../support/stores.ts'

// Without an argument it tells its usage and fails; only one that is not there cannot be started.
const skip = spawnSync('nc', ['-h']).error ? 'no `nc` (Debian: apt-get install netcat-openbsd)' : false

const rows = [
  ...simulate({
    format: 'asterisk-csv',
    seed: 11,
    from: '2026-03-02',
    days: Number.POSITIVE_INFINITY,
    callsADay: 600,
    timezone: 'Europe/Moscow',
    records: 1100,
  }),
].map(({ line }) => `${line}\n`)

const some = (from: number, to: number) => rows.slice(from, to).join('')

/** What the host of the Asterisk runs. It ends with its test, or when it is stopped. */
function pipeline(t: TestContext, command: string): { stop: () => Promise<void>; ended: Promise<unknown> } {
  const child = spawn('sh', ['-c', command], { stdio: 'ignore', detached: true })
  const ended = once(child, 'exit')
  const stop = async () => {
    try {
      process.kill(-(child.pid as number), 'SIGTERM')
    } catch {
      // It has ended by itself.
    }
    await ended
  }
  t.after(stop)
  return { stop, ended }
}

interface Ledger {
  readonly stored: number
  readonly duplicate: number
  readonly quarantined: number
}

/** What became of the records when so many have come and none is on its way. */
async function ledger({ http }: Serving, received: number): Promise<Ledger> {
  const { sources } = await until(
    async () => (await (await fetch(`${http}/api/v1/status`)).json()) as Status,
    (it) => (it.sources['asterisk']?.received ?? 0) >= received && it.roles.record.lag === 0,
  )
  const { stored = 0, duplicate = 0, quarantined = 0 } = sources['asterisk'] ?? {}
  return { stored, duplicate, quarantined }
}

interface Rig {
  readonly it: Installation
  readonly owner: Serving
  readonly port: number
  readonly master: string
}

async function rig(t: TestContext, first: string): Promise<Rig> {
  const directory = temporaryDirectory(t)
  const port = await freePort()
  const it = configured(directory, sampleYaml({ asterisk: { listen: `127.0.0.1:${port}` } }))
  const master = join(directory, 'Master.csv')
  writeFileSync(master, first)
  return { it, owner: await serve(it, t), port, master }
}

const callsOf = (it: Installation) => smenaJson<CallJson>(it, ['calls', '--json', '--kind', 'all'])

/** What came live is what the archive says: importing it adds no call and changes none. */
async function isTheArchive(it: Installation, owner: Serving, archive: string, count: number): Promise<void> {
  const { received } = await statusCounts(owner)
  const calls = await callsOf(it)
  const { code, stderr } = await smena(it, ['import', archive, '--source', 'asterisk'])
  assert.equal(code, 0, stderr)
  assert.equal((await ledger(owner, received + count)).stored, count)
  assert.deepEqual(await callsOf(it), calls)
}

async function statusCounts({ http }: Serving): Promise<{ received: number }> {
  const { sources } = (await (await fetch(`${http}/api/v1/status`)).json()) as Status
  return { received: sources['asterisk']?.received ?? 0 }
}

test('`tail -f Master.csv | nc HOST 11112`: rows come as they are written, and a restart doubles nothing', {
  skip,
}, async (t) => {
  const { it, owner, port, master } = await rig(t, some(0, 10))
  const command = `tail -f ${master}|nc 127.0.0.1 ${port}`
  const first = pipeline(t, command)
  assert.deepEqual(await ledger(owner, 10), { stored: 10, duplicate: 0, quarantined: 0 })
  appendFileSync(master, some(10, 40))
  assert.deepEqual(await ledger(owner, 40), { stored: 40, duplicate: 0, quarantined: 0 })
  await first.stop()
  // Ten lines are printed again: what was written meanwhile comes with them, as far as it is among the ten.
  appendFileSync(master, some(40, 44))
  pipeline(t, command)
  assert.deepEqual(await ledger(owner, 50), { stored: 44, duplicate: 6, quarantined: 0 })
  appendFileSync(master, some(44, 60))
  assert.deepEqual(await ledger(owner, 66), { stored: 60, duplicate: 6, quarantined: 0 })
  await isTheArchive(it, owner, master, 60)
})

test('the collector is killed under `tail -f | nc`: run again it brings what was lost among the last ten lines', {
  skip,
}, async (t) => {
  const { it, owner, port, master } = await rig(t, some(0, 30))
  const command = `tail -f ${master}|nc 127.0.0.1 ${port}`
  const first = pipeline(t, command)
  assert.equal((await ledger(owner, 10)).stored, 10)
  await owner.kill()
  // `tail` learns of it only by writing: the row that it writes is lost on the way.
  let row = 30
  let isOver = false
  void first.ended.then(() => (isOver = true))
  await until(
    async () => {
      if (!isOver) appendFileSync(master, rows[row++] as string)
      return isOver
    },
    (over) => over,
  )
  const again = await serve(it, t)
  pipeline(t, command)
  const { stored } = await ledger(again, 20)
  assert.equal(stored, Math.min(row - 20, 20), 'the last ten lines of each start')
  // What neither start printed, the archive brings.
  const { code } = await smena(it, ['import', master, '--source', 'asterisk'])
  assert.equal(code, 0)
  assert.equal((await ledger(again, 20 + row)).stored, row)
})

test('`tail -F` of a file that is replaced by its own copy prints all of it again: no call more', {
  skip,
}, async (t) => {
  const { it, owner, port, master } = await rig(t, some(0, 1000))
  pipeline(t, `tail -n +1 -F ${master} 2>/dev/null|nc 127.0.0.1 ${port}`)
  assert.deepEqual(await ledger(owner, 1000), { stored: 1000, duplicate: 0, quarantined: 0 })
  const calls = await callsOf(it)
  copyFileSync(master, `${master}.new`)
  renameSync(`${master}.new`, master)
  assert.deepEqual(await ledger(owner, 2000), { stored: 1000, duplicate: 1000, quarantined: 0 })
  assert.deepEqual(await callsOf(it), calls)
})

test('`tail -F` goes on with the new file after a rotation', { skip }, async (t) => {
  const { it, owner, port, master } = await rig(t, some(0, 20))
  pipeline(t, `tail -n +1 -F ${master} 2>/dev/null|nc 127.0.0.1 ${port}`)
  assert.equal((await ledger(owner, 20)).stored, 20)
  appendFileSync(master, some(20, 25))
  assert.equal((await ledger(owner, 25)).stored, 25)
  // What was written to it after this, `tail` might never read: an Asterisk opens the file by its name for each row.
  renameSync(master, `${master}.1`)
  writeFileSync(master, some(25, 40))
  appendFileSync(master, some(40, 50))
  assert.deepEqual(await ledger(owner, 50), { stored: 50, duplicate: 0, quarantined: 0 })
  writeFileSync(`${master}.all`, some(0, 50))
  await isTheArchive(it, owner, `${master}.all`, 50)
})
