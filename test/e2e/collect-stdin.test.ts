import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import {
  type Installation,
  installation,
  serve,
  smena,
  startSmena,
  statusOfInstallation,
  until,
} from '../support/smena.ts'
import { storeAt } from '../support/store-at.ts'
import { temporaryDirectory } from '../support/stores.ts'

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url))

const line = (id: number) =>
  `2026/11/24 09:00:05,00:02:35,7,74955550101,I,201,5550101,,0,${id},0,E201,Anna,T9001,Line 1.1,0,0,,,,,,,,,,,,,\r\n`

const pump = ['collect', '--stdin', '--source', 'avaya']

const figures = async (it: Installation) => {
  const { sources } = await until(
    () => statusOfInstallation(it),
    (status) => status.roles.record.lag === 0,
  )
  const { received = 0, stored = 0, duplicate = 0, quarantined = 0, connections = 0 } = sources['avaya'] ?? {}
  return { received, stored, duplicate, quarantined, connections }
}

test('records from standard input go to the owner; blank lines do not end the session', async (t) => {
  const it = installation(temporaryDirectory(t))
  await serve(it, t)
  const input = `\r\n${line(1)}\r\n\n   \r\n${line(2)}\n\n${line(3)}`
  const { code, stdout, stderr } = await smena(it, pump, { input, environment: { REMOTE_HOST: '10.6.0.9' } })
  assert.deepEqual([code, stdout, stderr], [0, '', ''])
  const { stored, quarantined } = await figures(it)
  assert.deepEqual(
    [stored, quarantined],
    [3, 1],
    'a line of spaces is a record that cannot be read, an empty one is none',
  )
  const [delivery] = await storeAt({ file: join(it.directory, 'data', 'store.db') }).rows('SELECT * FROM delivery')
  assert.deepEqual([delivery?.['how'], delivery?.['peer']], ['stdin', '10.6.0.9'])
})

test('an end in the middle of a line: the lines before it are stored, the rest is a partial record', async (t) => {
  const it = installation(temporaryDirectory(t))
  await serve(it, t)
  const { code } = await smena(it, pump, { input: line(1) + line(2).slice(0, 50) })
  assert.equal(code, 0)
  assert.deepEqual(await figures(it), { received: 2, stored: 1, duplicate: 0, quarantined: 1, connections: 0 })
  const { stdout } = await smena(it, ['quarantine', 'list', '--json'])
  const { reason, raw } = JSON.parse(stdout) as { reason: string; raw: string }
  assert.deepEqual([reason, raw], ['partial', line(2).slice(0, 50)])
})

test('nobody owns the directory: it ends with 1, says what to do, and has read nothing', async (t) => {
  const it = installation(temporaryDirectory(t))
  const input = readFileSync(cli)
  // The shell goes on with whatever the command has left of standard input.
  const script = `"$0" "$1" collect --stdin --source avaya; echo "$?" >&2; wc -c`
  const child = spawn('sh', ['-c', script, process.execPath, cli], {
    env: it.environment as NodeJS.ProcessEnv,
    cwd: it.directory,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (it: Buffer) => (stdout += it.toString()))
  child.stderr.on('data', (it: Buffer) => (stderr += it.toString()))
  child.stdin.end(input)
  await once(child, 'close')
  assert.match(
    stderr,
    /^smena: No process owns the data directory .* Start `smena serve` or `smena collect` first; nothing was read\.\n1\n$/u,
  )
  assert.equal(Number(stdout), input.length)
})

test('an unknown source is refused before anything is read', async (t) => {
  const it = installation(temporaryDirectory(t))
  await serve(it, t)
  const { code, stderr } = await smena(it, ['collect', '--stdin', '--source', 'nope'], { input: line(1) })
  assert.equal(code, 1)
  assert.equal(stderr, 'smena: There is no source nope. Name one of: avaya, asterisk.\n')
})

test('50 sessions at once: every record once, each session a delivery of its own', async (t) => {
  const it = installation(temporaryDirectory(t))
  await serve(it, t)
  const sessions = Array.from({ length: 50 }, (_, session) => {
    const input = Array.from({ length: 40 }, (_, i) => line(1000 * session + i)).join('')
    return smena(it, pump, { input })
  })
  for (const { code, stderr } of await Promise.all(sessions)) assert.deepEqual([code, stderr], [0, ''])
  assert.deepEqual(await figures(it), { received: 2000, stored: 2000, duplicate: 0, quarantined: 0, connections: 0 })
  const store = storeAt({ file: join(it.directory, 'data', 'store.db') })
  const [deliveries] = await store.rows(`SELECT count(*) AS n FROM delivery WHERE how = 'stdin'`)
  assert.equal(deliveries?.['n'], 50)
})

test('a pump that is killed: what it had handed over is there, the rest of its last line is a partial record', async (t) => {
  const it = installation(temporaryDirectory(t))
  await serve(it, t)
  const running = startSmena(it, pump)
  running.child.stdin.write(line(1) + line(2) + line(3).slice(0, 20))
  await until(
    () => figures(it),
    (now) => now.stored === 2 && now.connections === 1,
  )
  running.child.kill('SIGKILL')
  const { code } = await running.finished
  assert.equal(code, null)
  const after = await until(
    () => figures(it),
    (now) => now.received === 3,
  )
  assert.deepEqual(after, { received: 3, stored: 2, duplicate: 0, quarantined: 1, connections: 0 })
})

test('the owner goes away: the pump ends at once with 1, though its input goes on', async (t) => {
  const it = installation(temporaryDirectory(t))
  const owner = await serve(it, t)
  const running = startSmena(it, pump)
  running.child.stdin.write(line(1))
  await until(
    () => figures(it),
    (now) => now.stored === 1,
  )
  await owner.kill()
  const { code, stderr } = await running.finished
  assert.equal(code, 1)
  assert.match(stderr, /^smena: The process that owns the data directory went away before it answered: .+\n$/u)
})

test('the owner is stopped in good order: what the pump had read is on the disk', async (t) => {
  const it = installation(temporaryDirectory(t))
  const owner = await serve(it, t)
  const running = startSmena(it, pump)
  running.child.stdin.write(line(1))
  await until(
    () => figures(it),
    (now) => now.stored === 1,
  )
  running.child.stdin.write(line(2))
  await new Promise((resolve) => setTimeout(resolve, 200))
  assert.equal(await owner.stop(), 0)
  assert.equal((await running.finished).code, 1)
  await serve(it, t)
  assert.equal((await figures(it)).stored, 2)
})

test('as inetd starts it, with a connection as standard input, a session of an exchange is collected', async (t) => {
  const it = installation(temporaryDirectory(t))
  await serve(it, t)
  const ends: Promise<unknown>[] = []
  const inetd = createServer({ pauseOnConnect: true }, (socket: Socket) => {
    const child = spawn(process.execPath, [cli, ...pump], {
      env: { ...it.environment, REMOTE_HOST: '10.6.0.7' } as NodeJS.ProcessEnv,
      cwd: it.directory,
      stdio: [socket, socket, 'ignore'],
    })
    ends.push(once(child, 'exit'))
    socket.destroy()
  })
  inetd.listen(0, '127.0.0.1')
  await once(inetd, 'listening')
  t.after(() => inetd.close())
  const { port } = inetd.address() as { port: number }
  const exchanges = Array.from({ length: 3 }, async (_, i) => {
    const socket = connect(port, '127.0.0.1')
    socket.resume()
    socket.end(line(10 * i) + line(10 * i + 1))
    await once(socket, 'close')
  })
  await Promise.all(exchanges)
  assert.deepEqual(await Promise.all(ends), [
    [0, null],
    [0, null],
    [0, null],
  ])
  assert.deepEqual(await figures(it), { received: 6, stored: 6, duplicate: 0, quarantined: 0, connections: 0 })
})
