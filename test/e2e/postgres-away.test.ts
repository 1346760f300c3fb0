import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import type { CallJson } from '../../src/pipeline/call-view.ts'
import { postgresMissing, startPostgres } from '../support/postgres.ts'
import {
  installation,
  type Serving,
  send,
  serve,
  smena,
  smenaJson,
  statusOfInstallation,
  until,
} from '../support/smena.ts'
import { temporaryDirectory } from '../support/stores.ts'

const line = (id: number) =>
  `2026/11/24 09:00:05,00:02:35,7,74955550101,I,201,5550101,,0,${id},0,E201,Anna,T9001,Line 1.1,0,0,,,,,,,,,,,,,\r\n`

const lines = (from: number, to: number) =>
  Buffer.from(Array.from({ length: to - from }, (_, i) => line(from + i)).join(''))

const ready = async ({ http }: Serving) => {
  const answer = await fetch(`${http}/readyz`)
  return { code: answer.status, body: (await answer.json()) as { ready: boolean; missing: { dependency: string }[] } }
}

test('PostgreSQL away at the start: records are taken, it says so, and they appear when it comes', {
  skip: postgresMissing,
}, async (t) => {
  await using postgres = await startPostgres()
  await postgres.stop('fast')
  const it = installation(temporaryDirectory(t), { databaseUrl: postgres.url })
  const running = await serve(it, t)
  assert.match(running.output(), /^The store does not answer; records are taken and wait in the journal\. .+$/mu)
  await send(running.ports['avaya'] as number, lines(0, 500))
  const live = await fetch(`${running.http}/livez`)
  assert.equal(live.status, 200)
  const { code, body } = await ready(running)
  assert.deepEqual([code, body.ready, body.missing.map((m) => m.dependency)], [503, false, ['store']])

  const status = await smena(it, ['status'])
  assert.equal(status.code, 1)
  assert.match(status.stderr, /^smena: The store does not answer: .+SMENA_DATABASE_URL.+$/mu)
  assert.match(status.stderr, /Records are taken and wait in the journal/u)
  const calls = await smena(it, ['calls'])
  assert.equal(calls.code, 1)
  assert.equal(calls.stdout, '')
  assert.match(calls.stderr, /^smena: The store does not answer: [^\n]+\n$/u)

  await postgres.start()
  const later = await until(
    () => statusOfInstallation(it),
    (now) => now.sources['avaya']?.stored === 500,
  )
  assert.deepEqual(
    later.alarms.filter((it) => it.code === 'store-away'),
    [],
  )
  await until(
    () => ready(running),
    (now) => now.code === 200,
  )
  assert.equal((await smenaJson<CallJson>(it, ['calls', '--json'])).length, 500)
  assert.equal(await running.stop(), 0)
})

test('PostgreSQL away at the start and at the end: it still stops in good order, and nothing is lost', {
  skip: postgresMissing,
}, async (t) => {
  await using postgres = await startPostgres()
  await postgres.stop('fast')
  const it = installation(temporaryDirectory(t), { databaseUrl: postgres.url })
  const running = await serve(it, t)
  await send(running.ports['avaya'] as number, lines(0, 50))
  const started = performance.now()
  assert.equal(await running.stop(), 0)
  assert.ok(performance.now() - started < 8000, 'within seconds')
  await postgres.start()
  const again = await serve(it, t)
  await until(
    () => statusOfInstallation(it),
    (now) => now.sources['avaya']?.stored === 50,
  )
  await postgres.stop('immediate')
  await until(
    () => ready(again),
    (now) => now.code === 503,
  )
  const stopping = performance.now()
  assert.equal(await again.stop(), 0)
  assert.ok(performance.now() - stopping < 8000, 'within seconds')
})

/** A way to the server that can be blocked: what is sent goes nowhere and nothing says so. */
async function openWay(t: TestContext, to: string): Promise<{ url: string; block: (isBlocked: boolean) => void }> {
  const { hostname, port } = new URL(to)
  const pairs: Socket[] = []
  let blocked = false
  const server = createServer((near) => {
    const far = connect(Number(port), hostname)
    near.on('error', () => far.destroy())
    far.on('error', () => near.destroy())
    near.on('data', (it: Buffer) => void (blocked || far.write(it))).on('close', () => far.destroy())
    far.on('data', (it: Buffer) => void (blocked || near.write(it))).on('close', () => near.destroy())
    pairs.push(near, far)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of pairs) socket.destroy()
    server.close()
  })
  const url = to.replace(`:${port}`, `:${(server.address() as AddressInfo).port}`)
  return {
    url,
    block: (isBlocked) => {
      blocked = isBlocked
    },
  }
}

test('PostgreSQL falls silent without closing: records are taken, it lives, and it stops when asked', {
  skip: postgresMissing,
}, async (t) => {
  await using postgres = await startPostgres()
  const way = await openWay(t, postgres.url)
  const it = installation(temporaryDirectory(t), { databaseUrl: way.url })
  const running = await serve(it, t)
  await send(running.ports['avaya'] as number, lines(0, 10))
  await until(
    () => statusOfInstallation(it),
    (now) => now.sources['avaya']?.stored === 10,
  )
  way.block(true)
  await send(running.ports['avaya'] as number, lines(10, 200))
  assert.equal((await fetch(`${running.http}/livez`)).status, 200)
  await until(
    () => ready(running),
    (now) => now.code === 503,
  )
  const metrics = await (await fetch(`${running.http}/metrics`)).text()
  assert.match(metrics, /^smena_dependency_up\{dependency="store"\} 0$/mu)
  const started = performance.now()
  assert.equal(await running.stop(), 0)
  assert.ok(performance.now() - started < 10_000, 'within seconds')
  way.block(false)
  await serve(installation(it.directory, { databaseUrl: postgres.url }), t)
  await until(
    () => statusOfInstallation(installation(it.directory, { databaseUrl: postgres.url })),
    (now) => now.sources['avaya']?.stored === 200,
  )
})

test('PostgreSQL restarted while records come: it says so, goes on taking them, and counts each once', {
  skip: postgresMissing,
}, async (t) => {
  await using postgres = await startPostgres()
  const it = installation(temporaryDirectory(t), { databaseUrl: postgres.url })
  const running = await serve(it, t)
  const socket = connect(running.ports['avaya'] as number, '127.0.0.1')
  await once(socket, 'connect')
  let sent = 0
  const feeding = setInterval(() => {
    socket.write(lines(sent, sent + 20))
    sent += 20
  }, 20)
  t.after(() => clearInterval(feeding))
  for (const how of ['fast', 'immediate'] as const) {
    await new Promise((resolve) => setTimeout(resolve, 500))
    await postgres.stop(how)
    await until(
      () => ready(running),
      (now) => now.code === 503,
    )
    const alarms = await until(
      async () => running.output().match(/"code":"store-away"/gu)?.length ?? 0,
      (n) => n > 0,
    )
    assert.ok(alarms < 10, 'not told for every attempt')
    const metrics = await fetch(`${running.http}/metrics`)
    const text = await metrics.text()
    assert.equal(metrics.status, 200, 'the journal is watched while the store is away')
    assert.match(text, /^smena_dependency_up\{dependency="store"\} 0$/mu)
    assert.match(text, /^smena_journal_oldest_unforwarded_seconds [\d.]+$/mu)
    assert.doesNotMatch(text, /^smena_ledger_records\{/mu, 'figures that are not known are not made up')
    assert.equal((await fetch(`${running.http}/api/v1/status`)).status, 503)
    await postgres.start()
    await until(
      () => ready(running),
      (now) => now.code === 200,
    )
  }
  clearInterval(feeding)
  socket.end()
  socket.resume()
  await once(socket, 'close')
  const { sources, gaps, alarms } = await until(
    () => statusOfInstallation(it),
    (now) => now.roles.record.lag === 0 && now.sources['avaya']?.received === sent,
  )
  assert.deepEqual([sources['avaya']?.stored, gaps], [sent, []])
  assert.ok(!alarms.some(({ code }) => code === 'store-away'))
  const metrics = await (await fetch(`${running.http}/metrics`)).text()
  assert.match(metrics, /^smena_dependency_up\{dependency="store"\} 1$/mu)
  assert.ok(metrics.includes(`smena_ledger_records{source="avaya",state="stored"} ${sent}\n`))
  assert.equal(await running.stop(), 0)
})
