import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { CallJson } from '../../src/pipeline/call-view.ts'
import { sample } from '../support/feed.ts'
import {
  configured,
  type Installation,
  installation,
  sampleYaml,
  send,
  serve,
  smena,
  smenaJson,
  statusOfInstallation,
  until,
} from '../support/smena.ts'
import { temporaryDirectory } from '../support/stores.ts'

interface Effective {
  readonly timezone: string
  readonly dataDir: string
  readonly http?: string
  readonly databaseUrl?: string
  readonly sources: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

const effective = async (it: Installation, environment: Record<string, string> = {}, args: readonly string[] = []) => {
  const { code, stdout, stderr } = await smena(it, [...args, 'config', 'check', '--json'], { environment })
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout) as Effective
}

const rewrite = (it: Installation, yaml: string) => writeFileSync(it.environment['SMENA_CONFIG'] as string, yaml)

test('flags stand above variables, variables above the file, the file above defaults', async (t) => {
  const it = configured(temporaryDirectory(t), 'timezone: Asia/Chita\nhttp: "127.0.0.1:1"\n')
  const { SMENA_HTTP: _, ...bare } = it.environment
  const file = { ...it, environment: bare }
  assert.deepEqual([(await effective(file)).timezone, (await effective(file)).http], ['Asia/Chita', '127.0.0.1:1'])
  const variables = { SMENA_TIMEZONE: 'Asia/Tokyo', SMENA_HTTP: '127.0.0.1:2', SMENA_LISTEN_AVAYA: '127.0.0.1:3' }
  const above = await effective(file, variables)
  assert.deepEqual(
    [above.timezone, above.http, above.sources['avaya']?.['listen']],
    ['Asia/Tokyo', '127.0.0.1:2', '127.0.0.1:3'],
  )
  const flags = await effective(file, variables, [
    '--timezone',
    'Europe/Paris',
    '--http',
    '127.0.0.1:4',
    '--data-dir',
    join(it.directory, 'elsewhere'),
    '--set',
    'sources.avaya.listen="127.0.0.1:5"',
  ])
  assert.deepEqual(
    [flags.timezone, flags.http, flags.dataDir, flags.sources['avaya']?.['listen']],
    ['Europe/Paris', '127.0.0.1:4', join(it.directory, 'elsewhere'), '127.0.0.1:5'],
  )
  const { stdout, stderr } = await smena(file, ['config', 'check'], { environment: { SMENA_TIMEZONE: 'Asia/Tokyo' } })
  assert.match(stderr, /smena\.yaml is in order/u)
  assert.match(stdout, /timezone: Asia\/Tokyo +# SMENA_TIMEZONE/u)
  assert.match(stdout, /http: 127\.0\.0\.1:1 +# .*smena\.yaml:2:/u)
})

test('a secret comes from a file, is masked where it is printed, and is used', async (t) => {
  const it = installation(temporaryDirectory(t))
  const secret = join(it.directory, 'url')
  writeFileSync(secret, 'postgres://smena:geheim@127.0.0.1:1/smena\n')
  const environment = { SMENA_DATABASE_URL_FILE: secret }
  for (const args of [
    ['config', 'check'],
    ['config', 'check', '--json'],
  ]) {
    const { code, stdout, stderr } = await smena(it, args, { environment })
    assert.equal(code, 0)
    assert.match(stdout, /smena:\*+@127\.0\.0\.1:1/u)
    assert.doesNotMatch(stdout + stderr, /geheim/u)
  }
  const calls = await smena(it, ['calls'], { environment })
  assert.equal(calls.code, 1)
  assert.match(calls.stderr, /127\.0\.0\.1:1/u)
  assert.doesNotMatch(calls.stderr, /geheim/u)

  const both = await smena(it, ['status'], { environment: { ...environment, SMENA_DATABASE_URL: 'postgres://x/y' } })
  assert.equal(both.code, 1)
  assert.match(both.stderr, /SMENA_DATABASE_URL and SMENA_DATABASE_URL_FILE are both set/u)
  const absent = await smena(it, ['status'], { environment: { SMENA_DATABASE_URL_FILE: '/nowhere/x' } })
  assert.match(
    absent.stderr,
    /^smena: Cannot read \/nowhere\/x, named by SMENA_DATABASE_URL_FILE: there is no such file\. .+\n$/u,
  )
})

test('all that is wrong with a file is told at once, each with its place; nothing starts', async (t) => {
  const yaml = `timezone: Mars/Base
sources:
  avaya: { format: avaya-ip-office, lissten: "127.0.0.1:0" }
  other: { format: fax }
`
  const it = configured(temporaryDirectory(t), yaml)
  for (const args of [['config', 'check'], ['serve'], ['calls'], ['status', '--json']]) {
    const { code, stdout, stderr } = await smena(it, args)
    assert.deepEqual([code, stdout], [1, ''])
    const lines = stderr.trimEnd().split('\n')
    assert.equal(lines.length, 3)
    assert.match(lines[0] ?? '', /^smena: .*smena\.yaml:1:\d+: timezone is "Mars\/Base", expected an IANA time zone/u)
    assert.match(lines[1] ?? '', /smena\.yaml:3:\d+: unknown key sources\.avaya\.lissten; known keys here: .*listen/u)
    assert.match(lines[2] ?? '', /smena\.yaml:4:\d+: sources\.other\.format is "fax", expected avaya-ip-office or/u)
  }
  for (const [text, told] of [
    ['a: [1', /smena\.yaml:1:\d+/u],
    ['timezone: UTC\ntimezone: UTC\n', /the key timezone stands there twice/u],
    ['- 1\n', /expected/u],
  ] as const) {
    rewrite(it, text)
    const { code, stderr } = await smena(it, ['config', 'check'])
    assert.equal(code, 1)
    assert.match(stderr, told)
    assert.match(stderr, /^smena: [^\n]+\n$/u)
  }
  const missing = await smena(it, ['--config', 'nowhere.yaml', 'status'])
  assert.equal(missing.code, 1)
  assert.match(missing.stderr, /^smena: Cannot read the configuration file nowhere\.yaml: there is no such file\./u)
  const unknown = await smena(installation(temporaryDirectory(t)), ['status'], {
    environment: { SMENA_LISTEN_AVAIA: '127.0.0.1:1' },
  })
  assert.equal(unknown.code, 1)
  assert.match(unknown.stderr, /SMENA_LISTEN_AVAIA/u)
})

const importSample = async (it: Installation) => {
  const file = join(it.directory, 'Master.csv')
  writeFileSync(file, sample('asterisk-master.sample.csv'))
  const { code, stderr } = await smena(it, ['import', file, '--source', 'asterisk'])
  assert.equal(code, 0, stderr)
}

const calls = async (it: Installation) =>
  (await smenaJson<CallJson>(it, ['calls', '--json', '--kind', 'all'])).map((call) => ({ ...call, id: '' }))

const olderRules = async (it: Installation) => (await statusOfInstallation(it)).sources['asterisk']?.olderRules

const replay = (it: Installation, ...args: string[]) =>
  smenaJson<{ records: number; quarantined: number; interrupted: boolean }>(it, [
    'replay',
    '--source',
    'asterisk',
    '--json',
    ...args,
  ])

test('a new reading dated into the past shows in status, and replay makes the calls as if it had always been so', async (t) => {
  const it = configured(temporaryDirectory(t), sampleYaml({ asterisk: { trunks: [] } }))
  await importSample(it)
  const before = await calls(it)
  rewrite(it, sampleYaml())
  const applied = await smena(it, ['config', 'apply', '--from', '2020-01-01'])
  assert.deepEqual([applied.code, applied.stderr], [0, ''])
  assert.match(applied.stdout, /^asterisk: .+ holds from 2020-01-01 00:00:00 .+smena replay --source asterisk\.$/mu)
  assert.equal(await olderRules(it), before.length)
  assert.deepEqual(await calls(it), before, 'nothing changes by itself')
  const told = await smena(it, ['status'])
  assert.match(told.stdout, /^\d+ calls made by older rules: smena replay --source asterisk$/mu)

  const [done] = await replay(it)
  assert.deepEqual([done?.quarantined, done?.interrupted], [0, false])
  assert.equal(await olderRules(it), 0)
  const fresh = configured(temporaryDirectory(t), sampleYaml())
  await importSample(fresh)
  assert.deepEqual(await calls(it), await calls(fresh))
  assert.equal((await smena(it, ['config', 'apply', '--from', '2020-01-01'])).stdout, 'Nothing to apply.\n')
})

test('a reading from a day in the middle makes only later calls older; replay of that range is enough', async (t) => {
  const it = configured(temporaryDirectory(t), sampleYaml({ asterisk: { trunks: [] } }))
  await importSample(it)
  const starts = (await calls(it)).map(({ startedAt }) => Date.parse(startedAt ?? '')).toSorted()
  const middle = starts[starts.length >> 1] ?? 0
  const from = new Date(middle).toISOString()
  rewrite(it, sampleYaml())
  assert.equal((await smena(it, ['config', 'apply', '--from', from])).code, 0)
  const later = starts.filter((start) => start >= middle).length
  assert.equal(await olderRules(it), later)
  const [nothing] = await replay(it, '--to', from)
  assert.ok((nothing?.records ?? 0) > 0)
  assert.equal(await olderRules(it), later)
  await replay(it, '--from', from)
  assert.equal(await olderRules(it), 0)
})

test('`serve` applies a changed file by itself from now on and says so; a running one takes `config apply`', async (t) => {
  const it = configured(temporaryDirectory(t), sampleYaml({ asterisk: { trunks: [] } }))
  const first = await serve(it, t)
  await send(first.ports['asterisk'] as number, sample('asterisk-master.sample.csv'))
  await until(
    () => statusOfInstallation(it),
    (status) => status.roles.record.lag === 0 && (status.sources['asterisk']?.stored ?? 0) > 0,
  )
  const before = await calls(it)
  assert.equal(await first.stop(), 0)
  rewrite(it, sampleYaml())
  const second = await serve(it, t)
  assert.match(
    second.output(),
    /^asterisk: the configuration says otherwise than before; .+smena replay --source asterisk\.$/mu,
  )
  assert.doesNotMatch(second.output(), /^avaya: the configuration/mu)
  assert.equal(await olderRules(it), 0, 'older calls keep their reading')
  assert.deepEqual(await calls(it), before)
  const applied = await smena(it, ['config', 'apply', '--from', '2020-01-01'])
  assert.equal(applied.code, 0, applied.stderr)
  assert.equal(await olderRules(it), before.length)
  await replay(it)
  assert.equal(await olderRules(it), 0)
  assert.equal(await second.stop(), 0)
  const third = await serve(it, t)
  assert.doesNotMatch(third.output(), /the configuration says otherwise/u)
})

test('a source is renamed with all it has; a running collector forbids it', async (t) => {
  const it = configured(temporaryDirectory(t), sampleYaml())
  await importSample(it)
  const before = await calls(it)
  const running = await serve(it, t)
  const refused = await smena(it, ['config', 'apply', '--rename', 'asterisk=moscow'])
  assert.equal(refused.code, 1)
  assert.match(
    refused.stderr,
    /^smena: The process that owns the data directory is running and would go on collecting as asterisk\. .+\n$/u,
  )
  assert.equal(await running.stop(), 0)
  const { sources, ...rest } = JSON.parse(sampleYaml()) as { sources: Record<string, Record<string, unknown>> }
  const { asterisk, avaya } = sources
  rewrite(it, JSON.stringify({ ...rest, sources: { avaya, moscow: { ...asterisk, plan: 'asterisk' } } }))
  const renamed = await smena(it, ['config', 'apply', '--rename', 'asterisk=moscow'])
  assert.equal(renamed.code, 0, renamed.stderr)
  assert.match(renamed.stdout, /^asterisk is now moscow$/mu)
  assert.deepEqual(
    await calls(it),
    before.map((call) => ({ ...call, source: 'moscow' })),
  )
  const status = await statusOfInstallation(it)
  assert.deepEqual(Object.keys(status.sources).toSorted(), ['avaya', 'moscow'])
  const again = await smena(it, ['config', 'apply', '--rename', 'asterisk=moscow'])
  assert.equal(again.code, 1)
  assert.match(again.stderr, /^smena: There is no source asterisk\. .+\n$/u)
})
