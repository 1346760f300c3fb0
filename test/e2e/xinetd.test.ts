import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { CallJson } from '../../src/pipeline/call-view.ts'
import type { Status } from '../../src/pipeline/status.ts'
import { avayaLine } from '../support/avaya-lines.ts'
import { builtProgram } from '../support/built.ts'
import { sample } from '../support/feed.ts'
import { configured, type Installation, sampleYaml, type Serving, serve, smenaJson, until } from '../support/smena.ts'
import { storeAt } from '../support/store-at.ts'
import { temporaryDirectory } from '../support/stores.ts'
import {
  closed,
  connected,
  exchange,
  type Server,
  sendAll,
  shim,
  type Source,
  xinetd,
  xinetdMissing,
} from '../support/xinetd.ts'

const skip = xinetdMissing

interface Rig {
  readonly it: Installation
  readonly owner: Serving
  readonly ports: Readonly<Record<Source, number>>
}

async function rig(t: TestContext, server: Server): Promise<Rig> {
  const { sources, ...rest } = JSON.parse(sampleYaml()) as { sources: Record<Source, Record<string, unknown>> }
  const without = (source: Source) => ({ ...sources[source], listen: undefined })
  const yaml = JSON.stringify({ ...rest, sources: { avaya: without('avaya'), asterisk: without('asterisk') } })
  const it = configured(temporaryDirectory(t), yaml)
  const owner = await serve(it, t)
  return { it, owner, ports: await xinetd(t, it, server) }
}

const statusOf = async ({ http }: Serving): Promise<Status> =>
  (await (await fetch(`${http}/api/v1/status`)).json()) as Status

/** What became of the records of a source, when none is on its way. */
async function ledger(owner: Serving, source: Source, received: number) {
  const { sources } = await until(
    () => statusOf(owner),
    (it) => (it.sources[source]?.received ?? 0) >= received && it.roles.record.lag === 0,
  )
  const { stored = 0, duplicate = 0, quarantined = 0 } = sources[source] ?? {}
  return { stored, duplicate, quarantined }
}

const line = (callId: number) => `${avayaLine({ callId })}\r\n`
const lines = (first: number, count: number) => Array.from({ length: count }, (_, i) => line(first + i)).join('')

for (const server of ['the shim', 'the program'] as const)
  test(`xinetd with ${server}: both ports, blank lines, twenty connections at once, who was calling`, {
    skip,
  }, async (t) => {
    const { it, owner, ports } = await rig(t, server)

    const avaya = sample('avaya-smdr.sample.csv').toString('latin1').replaceAll('\r\n', '\r\n\r\n\n')
    assert.equal(await sendAll(ports.avaya, Buffer.from(avaya, 'latin1')), '', 'nothing is told to the exchange')
    const asterisk = sample('asterisk-master.sample.csv')
    assert.equal(await sendAll(ports.asterisk, Buffer.concat([Buffer.from('\n\n'), asterisk])), '')
    // A row of the sample has a line break inside quotes.
    for (const [source, records] of [
      ['avaya', 92],
      ['asterisk', 74],
    ] as const) {
      assert.deepEqual(await ledger(owner, source, records), { stored: records, duplicate: 0, quarantined: 0 })
      const expected = JSON.parse(sample(`${source}.calls.json`).toString('utf8')) as CallJson[]
      const calls = await smenaJson<CallJson>(it, ['calls', '--json', '--kind', 'all', '--source', source])
      assert.equal(calls.length, expected.length)
    }

    await Promise.all(Array.from({ length: 20 }, (_, i) => sendAll(ports.avaya, lines(9_000_000 + 1000 * i, 30))))
    const after = await ledger(owner, 'avaya', 692)
    assert.deepEqual(after, { stored: 692, duplicate: 0, quarantined: 0 })

    const stranger = await connected(ports.avaya, '127.0.0.8')
    stranger.write(line(1))
    await closed(stranger)
    const store = storeAt({ file: join(it.directory, 'data', 'store.db') })
    const deliveries = await store.rows('SELECT how, peer, count(*) AS n FROM delivery GROUP BY how, peer')
    assert.deepEqual(
      deliveries.map(({ how, peer, n }) => [how, peer, Number(n)]),
      [['stdin', exchange, 22]],
      'a stranger does not get so far',
    )
  })

test('xinetd with the shim: the owner is killed while an exchange talks, and comes again', { skip }, async (t) => {
  const { it, owner, ports } = await rig(t, 'the shim')
  const first = await connected(ports.avaya)
  first.write(lines(1, 50))
  assert.equal((await ledger(owner, 'avaya', 50)).stored, 50)
  const lost = closed(first)
  await owner.kill()
  await lost
  // What the exchange tells now stays in the kernel, unread, until there is an owner again.
  const second = await connected(ports.avaya)
  second.write(lines(51, 50))
  const again = await serve(it, t)
  assert.equal(
    (await ledger(again, 'avaya', 100)).stored,
    100,
    'what status had told is there, and what came meanwhile',
  )
  second.end(lines(101, 50))
  await closed(second)
  assert.deepEqual(await ledger(again, 'avaya', 150), { stored: 150, duplicate: 0, quarantined: 0 })
})

test('xinetd with the program: without an owner a connection is closed at once and nothing of it is read', {
  skip,
}, async (t) => {
  const { it, owner, ports } = await rig(t, 'the program')
  const first = await connected(ports.avaya)
  first.write(lines(1, 50))
  assert.equal((await ledger(owner, 'avaya', 50)).stored, 50)
  const lost = closed(first)
  await owner.kill()
  await lost
  assert.match(
    await sendAll(ports.avaya, lines(51, 50)),
    /^smena: No process owns the data directory .*nothing was read/u,
  )
  const again = await serve(it, t)
  await sendAll(ports.avaya, lines(1, 150))
  assert.deepEqual(await ledger(again, 'avaya', 200), { stored: 150, duplicate: 50, quarantined: 0 })
})

test('every byte that the shim has read is on the disk when its owner ends in good order', { skip }, async (t) => {
  const it = configured(temporaryDirectory(t), sampleYaml())
  const owner = await serve(it, t)
  const data = it.environment['SMENA_DATA_DIR'] as string
  // What the shim has not read, the shell counts.
  const script = '"$0" --source avaya --data-dir "$1"; wc -c'
  const child = spawn('sh', ['-c', script, shim, data], { stdio: ['pipe', 'pipe', 'ignore'] })
  let rest = ''
  child.stdout.on('data', (chunk: Buffer) => (rest += chunk.toString('utf8')))
  const sent = Buffer.from(lines(1_000_000, 100_000))
  child.stdin.end(sent)
  await until(
    async () => (await statusOf(owner)).sources['avaya']?.received ?? 0,
    (received) => received > 0,
  )
  const over = once(child, 'close')
  assert.equal(await owner.stop(), 0)
  await over
  const read = sent.length - Number(rest)
  const width = Buffer.byteLength(line(1_000_000))
  const whole = Math.floor(read / width)
  assert.ok(whole > 0 && whole < 100_000, 'it was stopped in the middle')
  const again = await serve(it, t)
  // Of `\r\n` the first is enough for a record to be whole, the second makes none.
  const partial = read % width > 0 && read % width < width - 1 ? 1 : 0
  const complete = read % width === width - 1 ? whole + 1 : whole
  assert.deepEqual(await ledger(again, 'avaya', complete + partial), {
    stored: complete,
    duplicate: 0,
    quarantined: partial,
  })
})

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] as number

/** The whole run of one session, in milliseconds, and the memory of its process while it is open, in KiB. */
async function session(command: readonly string[], it: Installation): Promise<{ ms: number; kib: number }> {
  const [file = '', ...args] = command
  const from = performance.now()
  const child = spawn(file, args, { env: it.environment as NodeJS.ProcessEnv, stdio: ['pipe', 'ignore', 'inherit'] })
  child.stdin.write(line(1))
  child.stdin.end()
  let kib = 0
  const exited = once(child, 'exit')
  const watch = setInterval(() => {
    try {
      const [, peak = '0'] = /^VmHWM:\s+(\d+) kB$/mu.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? []
      kib = Math.max(kib, Number(peak))
    } catch {
      // It has ended.
    }
  }, 2)
  const [code] = await exited
  clearInterval(watch)
  assert.equal(code, 0)
  return { ms: performance.now() - from, kib }
}

test('a session through the shim costs a fraction of one through the program', { skip }, async (t) => {
  const it = { ...configured(temporaryDirectory(t), sampleYaml()), program: builtProgram(t) }
  await serve(it, t)
  const options = ['--source', 'avaya', '--data-dir', it.environment['SMENA_DATA_DIR'] as string]
  const commands = { shim: [shim, ...options], program: [it.program, 'collect', '--stdin', ...options] }
  const runs: Record<keyof typeof commands, { ms: number; kib: number }[]> = { shim: [], program: [] }
  for (let run = 0; run < 7; run++)
    for (const name of ['shim', 'program'] as const) runs[name].push(await session(commands[name], it))
  const of = (name: keyof typeof commands, figure: 'ms' | 'kib') => median(runs[name].map((it) => it[figure]))
  const memory = of('program', 'kib') / of('shim', 'kib')
  const time = of('program', 'ms') / of('shim', 'ms')
  t.diagnostic(
    `program ÷ shim: memory ${memory.toFixed(1)} (${of('program', 'kib')} KiB), time ${time.toFixed(1)} (${of('program', 'ms').toFixed(0)} ms)`,
  )
  assert.ok(memory > 5, `${memory}`)
  assert.ok(time > 3, `${time}`)
})

// Its arguments are an administrator's: what is wrong with them must be told before anything is read.
test('the shim refuses wrong usage with 2, and tells what the owner refuses', { skip }, async (t) => {
  const run = (args: readonly string[], environment: Record<string, string> = {}) =>
    spawnSync(shim, args, { input: line(1), encoding: 'utf8', env: { PATH: '/usr/bin:/bin', ...environment } })
  for (const args of [[], ['--source', 'Avaya', '--data-dir', '/x'], ['--source', 'avaya'], ['--sources', 'avaya']]) {
    const { status, stderr } = run(args)
    assert.deepEqual([status, stderr.startsWith('smena-stdin: usage: ')], [2, true], args.join(' '))
  }
  const it = configured(temporaryDirectory(t), sampleYaml())
  const data = it.environment['SMENA_DATA_DIR'] as string
  const alone = run(['--source', 'avaya', '--data-dir', data])
  assert.equal(alone.status, 1)
  assert.match(alone.stderr, /No process owns the data directory .*; nothing was read\./u)
  await serve(it, t)
  const unknown = run(['--source', 'nope', '--data-dir', data], { REMOTE_HOST: '10.6.0.9' })
  assert.deepEqual(
    [unknown.status, unknown.stderr],
    [1, 'smena-stdin: nope from 10.6.0.9: There is no source nope. Name one of: avaya, asterisk.\n'],
  )
})

test('a shim that waits for its owner ends when it is asked to', { skip }, async (t) => {
  const data = join(temporaryDirectory(t), 'data')
  const child = spawn(shim, ['--source', 'avaya', '--data-dir', data, '--wait', '600'], {
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const sigterm = 1n << 14n
  await until(
    async () => /^SigCgt:\s+(\w+)$/mu.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? '0',
    (caught) =>
      (BigInt(`0x${caught}`) & sigterm) !== 0n && readFileSync(`/proc/${child.pid}/comm`, 'utf8') === 'smena-stdin\n',
  )
  child.kill('SIGTERM')
  assert.deepEqual(await once(child, 'exit'), [1, null])
})
