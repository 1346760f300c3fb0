import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, statSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { CallJson } from '../../src/pipeline/call-view.ts'
import type { SourceStatus, Status } from '../../src/pipeline/status.ts'
import { sample } from '../support/feed.ts'
import { freePort } from '../support/ports.ts'
import { freshDatabase, postgresMissing } from '../support/postgres.ts'
import {
  configured,
  type Installation,
  installation,
  sampleYaml,
  send,
  serve,
  smena,
  smenaJson,
  startSmena,
  statusOfInstallation,
  until,
} from '../support/smena.ts'
import { temporaryDirectory } from '../support/stores.ts'

const files = { avaya: 'avaya-smdr.sample.csv', asterisk: 'asterisk-master.sample.csv' } as const
type SourceName = keyof typeof files
const names = ['avaya', 'asterisk'] as const

const line = (id: number, extra = '') =>
  `2026/11/24 09:00:05,00:02:35,7,74955550101,I,201,5550101,,0,${id},0,E201,Anna${extra},T9001,Line 1.1,0,0,,,,,,,,,,,,,\r\n`

const balances = (it: SourceStatus) => it.received === it.stored + it.duplicate + it.quarantined + it.pending

function assertBalanced(status: Status): void {
  for (const [name, it] of Object.entries(status.sources)) assert.ok(balances(it), `${name}: ${JSON.stringify(it)}`)
}

const passed = (it: Installation) =>
  until(
    () => statusOfInstallation(it),
    (status) => status.roles.record.lag === 0,
  )

const get = async (url: string) => {
  const answer = await fetch(url)
  return { code: answer.status, text: await answer.text() }
}

async function metricsOf(http: string): Promise<Map<string, number>> {
  const { code, text } = await get(`${http}/metrics`)
  assert.equal(code, 200)
  const rows = text.split('\n').filter((row) => row !== '' && !row.startsWith('#'))
  return new Map(rows.map((row) => [row.slice(0, row.lastIndexOf(' ')), Number(row.slice(row.lastIndexOf(' ') + 1))]))
}

async function ownFolder(t: TestContext, more: Parameters<typeof sampleYaml>[0] = {}, databaseUrl?: string) {
  return configured(temporaryDirectory(t), sampleYaml(more), databaseUrl === undefined ? {} : { databaseUrl })
}

interface Expected {
  readonly scenario: string
  readonly key: { readonly day: string; readonly callId: number } | string | { readonly uniqueid: string }
  readonly [field: string]: unknown
}

function assertSampleCalls(source: SourceName, calls: readonly CallJson[]): void {
  const expected = JSON.parse(sample(`${source}.calls.json`).toString('utf8')) as Expected[]
  assert.equal(calls.length, expected.length)
  for (const { scenario, key, ...fields } of expected) {
    const found = calls.find((call) =>
      typeof key === 'object' && 'callId' in key
        ? call.exchangeCallId === String(key.callId) && call.startedAt?.startsWith(key.day.replaceAll('/', '-'))
        : call.exchangeCallId === (typeof key === 'string' ? key : key.uniqueid),
    )
    assert.ok(found, `${scenario}: no call ${JSON.stringify(key)}`)
    for (const [field, value] of Object.entries(fields))
      assert.deepEqual((found as Record<string, unknown>)[field], value, `${scenario}: ${field}`)
  }
}

for (const store of ['sqlite', 'postgres'] as const) {
  const skip = store === 'postgres' ? postgresMissing : false
  test(`both samples sent to the listeners are the expected calls, field by field, over ${store}`, {
    skip,
  }, async (t) => {
    const it = await ownFolder(t, {}, store === 'postgres' ? await freshDatabase(t) : undefined)
    const running = await serve(it, t)
    for (const name of names) await send(running.ports[name] as number, sample(files[name]))
    await passed(it)
    const status = await until(
      () => statusOfInstallation(it),
      ({ roles }) => roles.attribute.lag === 0,
    )
    assertBalanced(status)
    assert.equal(status.mode, 'solo')
    assert.deepEqual(status.gaps, [])
    for (const name of names) {
      assertSampleCalls(name, await smenaJson<CallJson>(it, ['calls', '--json', '--kind', 'all', '--source', name]))
      assert.ok((status.sources[name]?.stored ?? 0) > 70)
      assert.equal(status.sources[name]?.quarantined, 0)
      assert.equal(status.sources[name]?.olderRules, 0)
    }
    const listed = await smenaJson<CallJson>(it, ['calls', '--json'])
    assert.ok(listed.every(({ kind }) => kind === 'call'))
    assert.deepEqual(
      listed.map(({ startedAt }) => startedAt),
      listed.map(({ startedAt }) => startedAt).toSorted(),
      'in the order of their starts',
    )

    const { text } = await get(`${running.http}/api/v1/status`)
    assert.deepEqual(JSON.parse(text), status, 'HTTP says what the command says')
    const metrics = await metricsOf(running.http)
    for (const name of names)
      for (const state of ['received', 'stored', 'duplicate', 'quarantined', 'pending'] as const)
        assert.equal(
          metrics.get(`smena_ledger_records{source="${name}",state="${state}"}`),
          status.sources[name]?.[state],
          `${name} ${state}`,
        )
    assert.equal(metrics.get('smena_records_received_total{source="avaya"}'), status.sources['avaya']?.received)

    assert.equal(await running.stop(), 0)
    assert.deepEqual((await statusOfInstallation(it)).sources, status.sources, 'the same without the process')
  })
}

test('the start names addresses and data, makes a private directory, and leaves foreign files alone', async (t) => {
  const it = await ownFolder(t)
  const running = await serve(it, t)
  const output = running.output()
  assert.match(output, /^data: .*\/data$/mu)
  assert.match(output, /^avaya \(avaya-ip-office\) listens on 127\.0\.0\.1:\d+$/mu)
  assert.match(output, /^asterisk \(asterisk-csv\) listens on 127\.0\.0\.1:\d+$/mu)
  assert.match(output, /^app: http:\/\/127\.0\.0\.1:\d+$/mu)
  assert.equal(statSync(join(it.directory, 'data')).mode & 0o777, 0o700)
  assert.equal(await running.stop(), 0)
  assert.ok(!existsSync(join(it.directory, 'data', 'owner')), 'nobody owns the directory any more')
})

test('health, unknown addresses and broken requests answer in JSON', async (t) => {
  const it = await ownFolder(t)
  const { http } = await serve(it, t)
  assert.deepEqual(await get(`${http}/livez`), { code: 200, text: '{"live":true}' })
  assert.deepEqual(await get(`${http}/readyz`), { code: 200, text: '{"ready":true,"missing":[]}' })
  const error = async (path: string, options: RequestInit = {}) => {
    const answer = await fetch(http + path, options)
    assert.match(answer.headers.get('content-type') ?? '', /^application\/json/u)
    const { error: found, ...rest } = (await answer.json()) as { error: { code: string; message: string } }
    assert.deepEqual(rest, {}, path)
    assert.ok(found.message.length > 10)
    return [answer.status, found.code]
  }
  assert.deepEqual(await error('/'), [404, 'not-found'])
  assert.deepEqual(await error('/api/v1/nothing'), [404, 'not-found'])
  assert.deepEqual(await error('/livez', { method: 'POST' }), [404, 'not-found'])
  assert.deepEqual(await error('/%zz'), [400, 'bad-request'])
  const broken = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{' }
  assert.deepEqual(await error('/api/v1/status', broken), [400, 'bad-request'])
})

test('asked to stop, it puts on the disk what was on the way, tells the senders and ends with 0', async (t) => {
  const it = await ownFolder(t)
  const running = await serve(it, t)
  const socket = connect(running.ports['avaya'] as number, '127.0.0.1')
  await once(socket, 'connect')
  const lines = Array.from({ length: 2000 }, (_, i) => line(1000 + i))
  socket.write(lines.join(''))
  const ended = once(socket, 'end')
  socket.resume()
  const started = performance.now()
  running.child.kill('SIGTERM')
  await ended
  const [code] = (await once(running.child, 'exit')) as [number]
  assert.equal(code, 0)
  assert.ok(performance.now() - started < 8000, 'within seconds')
  const again = await serve(it, t)
  const status = await passed(it)
  assert.equal(status.sources['avaya']?.received, 2000)
  assert.equal(status.sources['avaya']?.stored, 2000)
  assert.equal(await again.stop(), 0)
})

test('SIGINT ends it in good order too, and a second signal ends it at once', async (t) => {
  const it = await ownFolder(t)
  const first = await serve(it, t)
  first.child.kill('SIGINT')
  assert.deepEqual(await once(first.child, 'exit'), [0, null])

  const running = await serve(it, t)
  // Somebody who goes on sending keeps a listener open for its longest time.
  const socket = connect(running.ports['avaya'] as number, '127.0.0.1').on('error', () => undefined)
  await once(socket, 'connect')
  const sending = setInterval(() => socket.write(line(1)), 5)
  t.after(() => {
    clearInterval(sending)
    socket.destroy()
  })
  running.child.kill('SIGTERM')
  await until(
    async () => running.output(),
    (output) => output.includes('Stopping'),
  )
  const started = performance.now()
  running.child.kill('SIGTERM')
  assert.deepEqual(await once(running.child, 'exit'), [1, null])
  assert.ok(performance.now() - started < 1500, 'sooner than the listener would let go')
})

test('a second process on the same directory is refused, and the first goes on', async (t) => {
  const it = await ownFolder(t)
  const first = await serve(it, t)
  const second = await smena(it, ['serve'])
  assert.equal(second.code, 1)
  assert.match(second.stderr, /^smena: Another process owns the data directory .*\/data\. .+\n$/u)
  await send(first.ports['avaya'] as number, Buffer.from(line(1)))
  assert.equal((await passed(it)).sources['avaya']?.stored, 1)
  await first.kill()
  assert.equal(await (await serve(it, t)).stop(), 0, 'the lock of a killed process is free')
})

test('a port that is taken is told with its address, and nothing stays behind', async (t) => {
  const port = await freePort()
  const other = createServer().listen(port, '127.0.0.1')
  t.after(() => other.close())
  await once(other, 'listening')
  const it = await ownFolder(t, { avaya: { listen: `127.0.0.1:${port}` } })
  const { code, stderr } = await smena(it, ['serve'])
  assert.equal(code, 1)
  assert.match(
    stderr,
    new RegExp(
      `^smena: Cannot listen on 127\\.0\\.0\\.1:${port}: another process listens there already \\(EADDRINUSE\\)\\. .+\\n$`,
      'mu',
    ),
  )
  const taken = await smena(it, ['serve', '--set', 'sources.avaya.listen="127.0.0.1:0"'], {
    environment: { SMENA_HTTP: `127.0.0.1:${port}` },
  })
  assert.equal(taken.code, 1)
  assert.match(taken.stderr, /Cannot listen on 127\.0\.0\.1:\d+: another process/u)
})

test('peers outside `allow` are refused, others let in; the refusal is logged and counted', async (t) => {
  const it = await ownFolder(t, { avaya: { allow: ['127.0.0.2'] } })
  const running = await serve(it, t)
  const from = async (localAddress: string) => {
    const socket = connect({ port: running.ports['avaya'] as number, host: '127.0.0.1', localAddress })
    socket.on('error', () => undefined)
    socket.end(line(1))
    socket.resume()
    await new Promise((resolve) => socket.once('close', resolve))
  }
  await from('127.0.0.1')
  await from('127.0.0.3')
  assert.equal((await passed(it)).sources['avaya']?.received, 0)
  await from('127.0.0.2')
  await until(
    () => statusOfInstallation(it),
    (status) => status.sources['avaya']?.stored === 1,
  )
  assert.equal(
    (await metricsOf(running.http)).get('smena_connections_refused_total{source="avaya",reason="not-allowed"}'),
    2,
  )
  assert.match(running.output(), /"peer":"127\.0\.0\.3","why":"not-allowed"/u)
})

test('connections beyond the limit are refused until one ends', async (t) => {
  const it = await ownFolder(t)
  const running = await serve(it, t, {}, ['--set', 'limits.connections=3'])
  const open = async () => {
    const socket = connect(running.ports['avaya'] as number, '127.0.0.1')
    socket.on('error', () => undefined).resume()
    await once(socket, 'connect')
    return socket
  }
  const three = await Promise.all([open(), open(), open()])
  const connections = async () => (await statusOfInstallation(it)).sources['avaya']?.connections
  await until(connections, (n) => n === 3)
  const fourth = await open()
  await once(fourth, 'close')
  assert.equal(await connections(), 3)
  three[0]?.end(line(7))
  await until(connections, (n) => n === 2)
  const fifth = await open()
  await until(connections, (n) => n === 3)
  for (const socket of [...three, fifth]) socket.destroy()
  await until(connections, (n) => n === 0)
  assert.equal((await passed(it)).sources['avaya']?.stored, 1)
})

test('in a container a listener stays shut until it names whom it lets in; the others open', async (t) => {
  const it = await ownFolder(t, { avaya: { listen: '0.0.0.0:0' } })
  const running = await serve(it, t, { container: '1' })
  assert.deepEqual(Object.keys(running.ports), ['asterisk'])
  assert.match(running.output(), /^avaya stays shut: .*sources\.avaya\.allow$/mu)
  assert.match(running.output(), /"level":50,.*"why":"container"/u)
  const { alarms } = await statusOfInstallation(it)
  assert.deepEqual(
    alarms.map(({ code, source }) => [code, source]),
    [['listener-shut', 'avaya']],
  )
  const { stdout } = await smena(it, ['status'])
  assert.match(stdout, /^! the listener of avaya on 0\.0\.0\.0:0 stays shut: .*allow/mu)
  assert.equal(await running.stop(), 0)
  const named = await serve(it, t, { container: '1' }, ['--set', 'sources.avaya.allow=[127.0.0.0/8]'])
  assert.deepEqual(Object.keys(named.ports).toSorted(), ['asterisk', 'avaya'])
})

test('in a container what nobody configured listens to the container itself, and says so', async (t) => {
  const { directory, environment } = installation(temporaryDirectory(t))
  const { SMENA_LISTEN_AVAYA: _a, SMENA_LISTEN_ASTERISK: _b, ...others } = environment
  const it = { directory, environment: { ...others, container: '1' } }
  const running = await serve(it, t)
  assert.deepEqual(running.ports, { avaya: 11_111, asterisk: 11_112 })
  assert.match(running.output(), /^avaya is open to this container only: .*sources\.avaya\.allow$/mu)
  await send(11_111, Buffer.from(line(1)))
  const { alarms, sources } = await passed(it)
  assert.equal(sources['avaya']?.stored, 1)
  assert.deepEqual(
    alarms.filter(({ code }) => code !== 'clock').map(({ code, source }) => [code, source]),
    [
      ['listener-loopback-only', 'avaya'],
      ['listener-loopback-only', 'asterisk'],
    ],
  )
  const outside = Object.values(networkInterfaces())
    .flat()
    .find((it) => it?.family === 'IPv4' && !it.internal)?.address
  if (outside) await assert.rejects(() => once(connect(11_111, outside), 'connect'), /ECONNREFUSED/u)
  assert.equal(await running.stop(), 0)
})

test('HTTP beyond loopback, and Kafka, are refused with what to do', async (t) => {
  const it = await ownFolder(t)
  const http = await smena(it, ['serve'], { environment: { SMENA_HTTP: '0.0.0.0:0' } })
  assert.equal(http.code, 1)
  assert.match(http.stderr, /^smena: SMENA_HTTP: http is "0\.0\.0\.0:0", expected an address on loopback .*\n$/u)
  const kafka = await smena(it, ['serve'], { environment: { SMENA_KAFKA_BROKERS: 'a:9092,b:9092' } })
  assert.equal(kafka.code, 1)
  assert.match(kafka.stderr, /^smena: Kafka brokers are set.*SMENA_KAFKA_BROKERS.*\n$/u)
  assert.ok(!existsSync(join(it.directory, 'data')), 'nothing was made')
})

test('half a line and a clean end: one record and one fragment, the connection closed when both are on disk', async (t) => {
  const it = installation(temporaryDirectory(t))
  const running = await serve(it, t)
  await send(running.ports['avaya'] as number, Buffer.from(line(1) + line(2).slice(0, 30)))
  const { sources } = await passed(it)
  assert.deepEqual([sources['avaya']?.stored, sources['avaya']?.quarantined], [1, 1])
})

test('a command started before anything was collected finds nothing and makes nothing', async (t) => {
  const it = installation(temporaryDirectory(t))
  for (const args of [['calls'], ['status'], ['quarantine'], ['config', 'check']]) {
    const { code } = await smena(it, args)
    assert.equal(code, 0, args.join(' '))
  }
  assert.ok(!existsSync(join(it.directory, 'data')))
})

test('asked to stop while it starts, it ends', async (t) => {
  const it = installation(temporaryDirectory(t))
  for (const ms of [60, 150, 300]) {
    const running = startSmena(it, ['serve'])
    await new Promise((resolve) => setTimeout(resolve, ms))
    running.child.kill('SIGTERM')
    const { code } = await running.finished
    assert.ok(code === 0 || code === null, `after ${ms} ms: ${code}`)
  }
  assert.equal(await (await serve(it, t)).stop(), 0)
})

test('the process ends with the cause when the thread that reads the store dies', async (t) => {
  const it = installation(temporaryDirectory(t))
  const preload = new URL('../support/dying-reader.ts', import.meta.url).href
  const { code, stdout, stderr } = await smena(it, ['serve'], { environment: { NODE_OPTIONS: `--import=${preload}` } })
  assert.equal(code, 1, stderr)
  assert.match(stdout + stderr, /the reading thread died for a test/u)
})
