import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { openNotify } from '../../src/adapters/systemd/notify.ts'
import { until } from '../support/smena.ts'
import { temporaryDirectory } from '../support/stores.ts'
import { manager, notifyMissing } from '../support/systemd.ts'

const skip = notifyMissing

/** Told where it can be seen: what a warning throws would go to whoever asked for the message. */
function noWarning(t: TestContext): (message: string) => void {
  const warnings: string[] = []
  t.after(() => assert.deepEqual(warnings, []))
  return (message) => void warnings.push(message)
}
/** Processes that this one has started and that have not ended. */
const children = (): number => readFileSync('/proc/thread-self/children', 'utf8').trim().split(' ').length

const path = process.env['PATH'] ?? ''

test('systemd is told that the service is ready, and of which process it is, and that it stops', {
  skip,
}, async (t) => {
  const systemd = await manager(t)
  await using notify = openNotify({ environment: { PATH: path, NOTIFY_SOCKET: systemd.path }, warn: noWarning(t) })
  await notify.ready(() => assert.fail('without a watchdog nobody asks'))
  await notify.stopping()
  const [ready, stopping, ...more] = await until(
    async () => systemd.messages(),
    ({ length }) => length >= 2,
  )
  assert.deepEqual(ready?.split('\n').toSorted(), [`MAINPID=${process.pid}`, 'READY=1'])
  assert.deepEqual([stopping, more], ['STOPPING=1', []])
})

test('the watchdog is pinged while the service says that it is well, and only then', { skip }, async (t) => {
  const systemd = await manager(t)
  const environment = { PATH: path, NOTIFY_SOCKET: systemd.path, WATCHDOG_USEC: '100000' }
  const answers: boolean[] = []
  const health: { is: boolean | Promise<boolean> | 'broken' } = { is: true }
  const pings = () => systemd.messages().filter((it) => it === 'WATCHDOG=1').length
  {
    await using notify = openNotify({ environment, warn: noWarning(t) })
    await notify.ready(async () => {
      if (health.is === 'broken') throw new Error('broken')
      const answer = await health.is
      answers.push(answer)
      return answer
    })
    const said = (well: boolean) => answers.filter((it) => it === well).length
    const saidAgain = async (well: boolean) => {
      const before = said(well)
      await until(
        async () => said(well),
        (now) => now >= before + 3,
      )
    }
    await saidAgain(true)
    health.is = false
    await saidAgain(false)
    health.is = 'broken'
    health.is = Promise.resolve(true)
    await saidAgain(true)
    const before = pings()
    health.is = false
    await saidAgain(false)
    assert.ok(pings() <= said(true), 'no ping without a good answer')
    await notify.stopping()
    await until(
      async () => pings(),
      (now) => now > Math.max(before, said(true)) + 1,
    )
  }
  assert.ok(systemd.messages().includes('STOPPING=1'))
})

test('a service that cannot say how it is gets no ping', { skip }, async (t) => {
  const systemd = await manager(t)
  const environment = { PATH: path, NOTIFY_SOCKET: systemd.path, WATCHDOG_USEC: '50000' }
  await using notify = openNotify({ environment, warn: noWarning(t) })
  let asked = 0
  await notify.ready(() => {
    asked++
    throw new Error('broken')
  })
  await until(
    async () => asked,
    (times) => times >= 4,
  )
  // One message after another: what would have come before this one is there.
  await notify.stopping()
  const messages = await until(
    async () => systemd.messages(),
    (all) => all.includes('STOPPING=1'),
  )
  assert.ok(!messages.slice(0, messages.indexOf('STOPPING=1')).includes('WATCHDOG=1'))
})

test('a manager that is slow is told one thing after another', { skip }, async (t) => {
  const systemd = await manager(t)
  const environment = { PATH: path, NOTIFY_SOCKET: systemd.path, WATCHDOG_USEC: '20000' }
  await using notify = openNotify({ environment, warn: noWarning(t) })
  await notify.ready(() => false)
  const before = children()
  systemd.hang(true)
  const stopping = notify.stopping()
  // As many pings fall due.
  for (let i = 0; i < 30; i++) await new Promise((resolve) => setTimeout(resolve, 10))
  const meanwhile = children()
  systemd.hang(false)
  await stopping
  assert.equal(meanwhile, before + 1)
  const [, ...messages] = await until(
    async () => systemd.messages(),
    ({ length }) => length >= 4,
  )
  assert.deepEqual(messages.slice(0, 3), ['STOPPING=1', 'WATCHDOG=1', 'WATCHDOG=1'])
})

test('not started by systemd nothing is run', async (t) => {
  // Nothing could be run with this PATH, and it would be told.
  await using notify = openNotify({ environment: { PATH: '/nonexistent', WATCHDOG_USEC: '1000' }, warn: noWarning(t) })
  await notify.ready(() => assert.fail('nobody asks'))
  await notify.stopping()
})

test('without `systemd-notify` it is told once, and the service goes on', async (t) => {
  const environment = {
    PATH: '/nonexistent',
    NOTIFY_SOCKET: join(temporaryDirectory(t), 'notify'),
    WATCHDOG_USEC: '20000',
  }
  const warnings: string[] = []
  await using notify = openNotify({ environment, warn: (message) => warnings.push(message) })
  let asked = 0
  await notify.ready(() => ++asked > 0)
  await until(
    async () => asked,
    (times) => times >= 3,
  )
  await notify.stopping()
  assert.equal(warnings.length, 1)
  assert.match(warnings[0] as string, /systemd-notify/u)
})
