import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import type { CallJson } from '../../src/pipeline/call-view.ts'
import { freePort } from '../support/ports.ts'
import {
  configured,
  installation,
  sampleYaml,
  serve,
  smena,
  smenaJson,
  startSmena,
  statusOfInstallation,
  until,
} from '../support/smena.ts'
import { temporaryDirectory } from '../support/stores.ts'

const seed = Number(process.env['SMENA_TEST_SEED'] ?? Date.now() % 1_000_000)
const sources = ['avaya', 'asterisk'] as const
const variants = { avaya: [30, 34, 35, 37], asterisk: [18, 21] } as const

const simulate = (source: string, ...args: string[]) => ['simulate', '--source', source, ...args]

test('the same seed prints the same records, another seed others; --records ends it, --from dates it', async (t) => {
  const it = installation(temporaryDirectory(t))
  for (const source of sources) {
    const args = simulate(source, '--seed', '5', '--records', '300', '--from', '2026-03-02')
    const first = await smena(it, args)
    assert.deepEqual([first.code, first.stderr], [0, ''])
    const again = await smena(it, args)
    assert.equal(again.stdout, first.stdout)
    const file = join(it.directory, 'records.csv')
    writeFileSync(file, first.stdout)
    const [counts] = await smenaJson<Record<string, number>>(it, ['import', file, '--source', source, '--json'])
    assert.deepEqual([counts?.['received'], counts?.['stored'], counts?.['quarantined']], [300, 300, 0])
    const other = await smena(it, simulate(source, '--seed', '6', '--records', '300', '--from', '2026-03-02'))
    assert.notEqual(other.stdout, first.stdout)
  }
  const calls = await smenaJson<CallJson>(it, ['calls', '--json'])
  assert.ok(calls.length > 200)
  assert.ok(calls.every(({ startedAt }) => Date.parse(startedAt ?? '') >= Date.parse('2026-03-01T21:00:00Z')))
  assert.ok(new Set(calls.map(({ outcome }) => outcome)).size >= 4, 'a believable mixture')
})

test('a truth that cannot be written is an error that names the file', async (t) => {
  const it = installation(temporaryDirectory(t))
  for (const file of [join(it.directory, 'none', 'truth.jsonl'), '/dev/full']) {
    const { code, stderr } = await smena(it, simulate('avaya', '--records', '300', '--truth', file))
    assert.equal(code, 1)
    assert.match(
      stderr,
      /^[^\n]*: (?:there is no such file \(ENOENT\)|the disk is full \(ENOSPC\))\. Name a file[^\n]*\n$/u,
    )
    assert.ok(stderr.includes(file))
  }
})

test('--truth writes who was at the telephones and whose each call was, and changes no record', async (t) => {
  const it = installation(temporaryDirectory(t))
  const file = join(it.directory, 'truth.jsonl')
  for (const source of sources) {
    const args = simulate(source, '--seed', '5', '--days', '2', '--calls-a-day', '150', '--from', '2026-03-02')
    const plain = await smena(it, args)
    const told = await smena(it, [...args, '--truth', file])
    assert.deepEqual([told.code, told.stderr, told.stdout], [0, '', plain.stdout])
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
    const truth = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    assert.deepEqual([...new Set(truth.map(({ kind }) => kind))].sort(), [
      'assignment',
      'call',
      'employee',
      'fact',
      'shift',
    ])
    const people = new Set(truth.filter(({ kind }) => kind === 'employee').map(({ employee }) => employee))
    for (const line of truth.filter(({ kind }) => kind !== 'call')) assert.ok(people.has(line['employee']))
    for (const line of truth.filter(({ kind }) => kind === 'assignment')) assert.equal(line['plan'], source)
    for (const { parts } of truth.filter(({ kind }) => kind === 'call') as unknown as { parts: { state: string }[] }[])
      for (const { state } of parts) assert.match(state, /^(?:on-shift|on-break|off-shift|no-holder)$/u)
  }
})

test('a rate is kept', async (t) => {
  const it = installation(temporaryDirectory(t))
  const started = performance.now()
  const { stdout } = await smena(it, simulate('avaya', '--records', '150', '--rate', '100'))
  const seconds = (performance.now() - started) / 1000
  assert.equal(stdout.trimEnd().split('\n').length, 150)
  assert.ok(seconds > 1.4 && seconds < 5, `${seconds} s`)
})

test('sent to a port it ends when everything is on the disk of the other side', async (t) => {
  const it = configured(temporaryDirectory(t), sampleYaml())
  const running = await serve(it, t)
  const { code, stdout, stderr } = await smena(
    it,
    simulate('asterisk', '--records', '500', '--to', `127.0.0.1:${running.ports['asterisk']}`),
  )
  assert.deepEqual([code, stdout, stderr], [0, '', ''])
  const status = await statusOfInstallation(it)
  assert.equal(status.sources['asterisk']?.received, 500)
})

test('nobody listens, or the other side goes away: it says so and ends with 1; Ctrl-C ends it', async (t) => {
  const it = installation(temporaryDirectory(t))
  const port = await freePort()
  const nobody = await smena(it, simulate('avaya', '--to', `127.0.0.1:${port}`))
  assert.equal(nobody.code, 1)
  assert.match(
    nobody.stderr,
    new RegExp(
      `^smena: Cannot send to 127\\.0\\.0\\.1:${port}: nothing listens there \\(ECONNREFUSED\\)\\. .+\\n$`,
      'u',
    ),
  )
  const rude = createServer((socket) => socket.once('data', () => socket.resetAndDestroy())).listen(port, '127.0.0.1')
  t.after(() => rude.close())
  const gone = await smena(it, simulate('avaya', '--records', '100000', '--to', `127.0.0.1:${port}`))
  assert.equal(gone.code, 1)
  assert.match(gone.stderr, /^smena: Cannot send to [^\n]+\n$/u)

  const running = await serve(it, t)
  const endless = startSmena(it, simulate('avaya', '--rate', '50', '--to', `127.0.0.1:${running.ports['avaya']}`))
  await until(
    () => statusOfInstallation(it),
    (status) => (status.sources['avaya']?.stored ?? 0) > 10,
  )
  endless.child.kill('SIGINT')
  const { code, stderr } = await endless.finished
  assert.deepEqual([code, stderr], [0, ''])
  const { sources: now } = await until(
    () => statusOfInstallation(it),
    (status) => status.roles.record.lag === 0,
  )
  assert.equal(now['avaya']?.quarantined, 0, 'whole lines only')
})

interface ExpectedLedger {
  readonly source: string
  readonly received: number
  readonly stored: number
  readonly duplicate: number
  readonly quarantined: number
  readonly quarantinedByReason: Readonly<Record<string, number>>
}

for (const source of sources)
  for (const [i, fields] of variants[source].entries()) {
    const own = seed + i
    test(`dirty: the ledger of ${source}, ${fields} fields, is the printed one (seed ${own})`, async (t) => {
      const it = configured(temporaryDirectory(t), sampleYaml())
      const running = await serve(it, t)
      const { code, stderr } = await smena(it, [
        ...simulate(source, '--dirty', '--seed', String(own), '--records', '3000', '--fields', String(fields)),
        '--to',
        `127.0.0.1:${running.ports[source]}`,
      ])
      assert.equal(code, 0, stderr)
      const expected = JSON.parse(stderr) as ExpectedLedger
      assert.equal(expected.source, source)
      assert.ok(expected.duplicate > 0 && expected.quarantined > 0, 'dirty indeed')
      const status = await until(
        () => statusOfInstallation(it),
        (now) => now.roles.record.lag === 0 && now.sources[source]?.connections === 0,
      )
      const { received, stored, duplicate, quarantined } = status.sources[source] ?? {}
      assert.deepEqual(
        { received, stored, duplicate, quarantined },
        {
          received: expected.received,
          stored: expected.stored,
          duplicate: expected.duplicate,
          quarantined: expected.quarantined,
        },
      )
      const reasons: Record<string, number> = {}
      for (const { reason } of await smenaJson<{ reason: string }>(it, ['quarantine', 'list', '--json']))
        reasons[reason] = (reasons[reason] ?? 0) + 1
      assert.deepEqual(reasons, expected.quarantinedByReason)
    })
  }
