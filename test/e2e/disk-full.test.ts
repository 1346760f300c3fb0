import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { avayaLine } from '../support/avaya-lines.ts'
import { configured, type Installation, sampleYaml, serve, statusOfInstallation, until } from '../support/smena.ts'
import { type SmallDisk, smallDisk, smallDiskMissing } from '../support/small-disk.ts'
import { temporaryDirectory } from '../support/stores.ts'

/** A full disk under `smena serve`: it stands still, says why, and goes on by itself. */

const skip = smallDiskMissing ?? false
const count = 30_000
const records = Array.from({ length: count }, (_, i) => `${avayaLine({ callId: 1_000_000 + i })}\r\n`)

/** The data directory alone is on the small disk. */
function onDisk(t: TestContext, path: string): Installation {
  const it = configured(temporaryDirectory(t), sampleYaml())
  return { ...it, environment: { ...it.environment, SMENA_DATA_DIR: `${path}/data` } }
}

async function opened(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  // One that is reset ends like any other.
  socket.on('error', () => undefined)
  return socket.resume()
}

/** Writes as fast as the other side reads, until it goes away. */
async function write(socket: Socket, lines: readonly string[]): Promise<void> {
  const gone = new Promise((resolve) => socket.once('close', resolve))
  for (let i = 0; i < lines.length && !socket.destroyed; i += 500)
    if (!socket.write(lines.slice(i, i + 500).join('')))
      await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), gone])
}

const alarms = async (it: Installation) => (await statusOfInstallation(it)).alarms.map(({ code }) => code)
const code = async (url: string) => (await fetch(url)).status
const metric = async (http: string, name: string) =>
  Number(new RegExp(`^${name} (\\S+)$`, 'mu').exec(await (await fetch(`${http}/metrics`)).text())?.[1])

/** A thousand records are stored; then the disk is full and the sender stands in the middle of the rest. */
async function filledWhileSending(t: TestContext, disk: SmallDisk) {
  const it = onDisk(t, disk.path)
  const running = await serve(it, t)
  const socket = await opened(running.ports['avaya'] as number)
  await write(socket, records.slice(0, 1000))
  await until(
    () => statusOfInstallation(it),
    (status) => status.sources['avaya']?.stored === 1000,
  )
  disk.fill(0)
  const rest = write(socket, records.slice(1000))
  await until(
    () => alarms(it),
    (seen) => seen.includes('disk-full'),
  )
  return { it, running, socket, rest }
}

test('a disk that fills up while records come: senders wait, it says why, and goes on when there is room', {
  skip,
}, async (t) => {
  using disk = smallDisk(96)
  const { it, running, socket, rest } = await filledWhileSending(t, disk)
  assert.equal(await code(`${running.http}/livez`), 200)
  assert.equal(await metric(running.http, 'smena_journal_paused'), 1)
  assert.match(running.output(), /the journal takes nothing until there is space: senders wait/u)
  const held = (await statusOfInstallation(it)).sources['avaya']?.received as number
  assert.ok(held < count, `${held} records were taken on a full disk`)
  // Nobody was sent away.
  assert.equal(socket.readyState, 'open')

  disk.free()
  await rest
  socket.end()
  const status = await until(
    () => statusOfInstallation(it),
    (seen) => seen.sources['avaya']?.stored === count,
  )
  assert.ok(!status.alarms.some((it) => it.code === 'disk-full'))
  const { received, duplicate, quarantined, pending } = status.sources['avaya'] ?? {}
  assert.deepEqual(
    { received, duplicate, quarantined, pending },
    { received: count, duplicate: 0, quarantined: 0, pending: 0 },
  )
  assert.equal(await code(`${running.http}/readyz`), 200)
  assert.equal(await metric(running.http, 'smena_journal_paused'), 0)
  assert.match(running.output(), /the journal goes on/u)
  assert.equal(await running.stop(), 0)
})

for (const signal of ['SIGTERM', 'SIGKILL'] as const)
  test(`${signal} on a full disk: it ends, and what it had taken is there when it is started again`, {
    skip,
  }, async (t) => {
    using disk = smallDisk(96)
    const { it, running, socket, rest } = await filledWhileSending(t, disk)
    if (signal === 'SIGTERM') {
      const started = performance.now()
      assert.equal(await running.stop(), 1)
      assert.match(running.output(), /records still waited when the journal had to close: they are not kept/u)
      assert.ok(performance.now() - started < 20_000, 'it ends within the time that a service manager gives')
    } else await running.kill()
    await rest
    socket.destroy()

    disk.free()
    const again = await serve(it, t)
    const second = await opened(again.ports['avaya'] as number)
    await write(second, records)
    second.end()
    const status = await until(
      () => statusOfInstallation(it),
      (seen) => seen.sources['avaya']?.stored === count && seen.sources['avaya'].pending === 0,
    )
    const { received, duplicate, quarantined } = status.sources['avaya'] ?? {}
    assert.equal(received, count + (duplicate ?? 0) + (quarantined ?? 0))
    assert.ok((duplicate ?? 0) >= 1000)
    // At most the line in the middle of which the connection ended.
    assert.ok((quarantined ?? 0) <= 1)
    assert.deepEqual(status.gaps, [])
    assert.equal(await again.stop(), 0)
  })
