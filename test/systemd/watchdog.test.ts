import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import pino from 'pino'
import { openNotify } from '../../src/adapters/systemd/notify.ts'
import { openJournal } from '../../src/adapters/journal-sqlite/journal-sqlite.ts'
import { type Announcement, RoleProcess } from '../../src/roles/role-process.ts'
import { startThread } from '../../src/roles/thread.ts'
import { linesOf, newDelivery, runOf } from '../journal/runs.ts'
import { TestCluster } from '../support/cluster.ts'
import { installation, startSmena, until } from '../support/smena.ts'
import type { StuckThread } from '../support/stuck-thread.ts'
import { temporaryDirectory } from '../support/stores.ts'
import { manager, notifyMissing } from '../support/systemd.ts'

const skip = notifyMissing
const path = process.env['PATH'] ?? ''
const watchdog = { WATCHDOG_USEC: '100000' }

test('a process with a thread that is stuck gives no sign of life until the thread goes on', { skip }, async (t) => {
  const systemd = await manager(t)
  const pings = () => systemd.messages().filter((it) => it === 'WATCHDOG=1').length
  const more = (count: number) => {
    const before = pings()
    return until(
      async () => pings(),
      (now) => now >= before + count,
    )
  }
  const file = new URL('../support/stuck-thread.ts', import.meta.url)
  const thread = startThread<StuckThread, never>(file, null, { heapMegabytes: 32 })
  t.after(() => thread.terminate())
  const role = roleWith()
  role.threads.push(thread)
  const environment = { PATH: path, NOTIFY_SOCKET: systemd.path, ...watchdog }
  await using notify = openNotify({ environment, warn: (it) => assert.fail(it) })
  await notify.ready(isWellOf(role))
  void thread.methods.wait().catch(() => undefined)
  await more(3)
  const gate = new Int32Array(new SharedArrayBuffer(4))
  const stuck = thread.methods.stick(gate)
  // The question that was under way when it got stuck may still be answered, and what was said may be heard late.
  let heard = -1
  await until(
    async () => {
      const before = heard
      await new Promise((resolve) => setTimeout(resolve, 1000))
      heard = pings()
      return heard - before
    },
    (more) => more === 0,
  )
  Atomics.store(gate, 0, 1)
  Atomics.notify(gate, 0)
  await stuck
  await more(3)
})

test('the thread of a journal answers, also while its disk is full', async (t) => {
  const journal = await openJournal({
    directory: temporaryDirectory(t),
    freeSpaceFloorBytes: Number.MAX_SAFE_INTEGER,
    keepMs: 0,
    keepBytes: 0,
    closeWaitMs: 0,
    onFailure: () => undefined,
  })
  const refused = assert.rejects(journal.append(runOf(newDelivery('avaya'), 1, linesOf(1, 1))), {
    code: 'journal-disk-full',
  })
  await until(
    async () => journal.state().paused,
    (why) => why === 'disk-full',
  )
  await journal.answers()
  // Whoever waits for room is told at the end that there was none.
  await Promise.allSettled([journal[Symbol.asyncDispose]()])
  await refused
})

test('a collector whose cluster and store are away lives', { skip }, async (t) => {
  const systemd = await manager(t)
  const cluster = new TestCluster(t, {
    brokers: '127.0.0.1:1',
    databaseUrl: 'postgres://127.0.0.1:1/none',
    sources: { avaya: { format: 'avaya-ip-office' } },
    environment: { NOTIFY_SOCKET: systemd.path, ...watchdog },
  })
  const collect = await cluster.start('collect')
  await until(
    async () => systemd.messages().filter((it) => it === 'WATCHDOG=1').length,
    (count) => count >= 5,
  )
  assert.equal(await collect.stop(), 0)
})

test('solo mode lives', { skip }, async (t) => {
  const systemd = await manager(t)
  const environment = { NOTIFY_SOCKET: systemd.path, ...watchdog }
  const running = startSmena(installation(join(temporaryDirectory(t))), ['serve'], environment)
  t.after(() => running.child.kill('SIGKILL'))
  await until(
    async () => systemd.messages().filter((it) => it === 'WATCHDOG=1').length,
    (count) => count >= 5,
  )
  running.child.kill('SIGTERM')
  assert.equal((await running.finished).code, 0)
})

const announced: Announcement[] = []

function roleWith(): RoleProcess {
  return new RoleProcess({
    settings: {} as never,
    version: '0',
    inContainer: false,
    runtimeDirectory: null,
    log: pino({ level: 'silent' }),
    announce: (it) => announced.push(it),
    signal: new AbortController().signal,
  })
}

function isWellOf(role: RoleProcess): () => Promise<boolean> {
  role.ready()
  const ready = announced.at(-1)
  if (ready?.kind !== 'ready') throw new Error('it did not say that it is ready')
  return ready.isWell
}
