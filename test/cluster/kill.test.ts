import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { ownKafkaMissing } from '../support/kafka.ts'
import { postgresMissing } from '../support/postgres.ts'
import { storeAt } from '../support/store-at.ts'
import { Chain, serversOfFile } from './chain.ts'
import {
  brokerPaused,
  brokersKilled,
  brokersRestarted,
  connectionsCut,
  type Fault,
  postgresKilled,
  recordersChange,
  rolesKilled,
} from './faults.ts'
import { Audit, tellReport } from './rig.ts'
import { lastDayEndsAt, Staff } from './staff.ts'

const skip = ownKafkaMissing || postgresMissing
const seed = Number(process.env['SMENA_TEST_SEED'] ?? Date.now() % 1_000_000)
/** How often each role. `npm run torture` does the other faults as often too, under 2,000 records a second; a suite has to end in time. */
const times = Number(process.env['SMENA_TEST_FAULTS'] ?? 15)
const rate = Number(process.env['RATE'] ?? 2000)
/** What the load has to come to of it: who waits for a collector that was killed, or for a disk, sends less meanwhile. */
const loadAtLeast = 0.8
/** Less than the runner gives a file: what ends here still says what it had seen. */
const endsWithinMs = 1_000_000

const started = serversOfFile()

/**
 * These faults one after the other on one chain under load, while people's time is told; at the end every line that was sent is
 * accounted for, and every call is its people's as if nothing had failed and all had been known from the start.
 */
function faults(name: string, list: readonly (readonly [name: string, fault: Fault, times: number])[]): void {
  test(`${name} (seed ${seed})`, { skip, timeout: endsWithinMs }, async (t: TestContext) => {
    const chain = await Chain.start(t, await started(), { seed, rate })
    t.after(() => chain.end())
    const staff = await Staff.employ(chain, seed)
    chain.load()
    staff.work()
    t.after(() => staff.abandon())
    await chain.recovered()
    const audit = new Audit(() => chain.running('web')[0]?.http)
    t.after(() => audit.finish())
    const recoveries: number[] = []
    for (const [what, fault, times] of list) {
      let isOver = false
      await t.test(what, async (inner) => {
        recoveries.push(...(await fault(chain, { times, seed, log: (line) => inner.diagnostic(line) })))
        isOver = true
      })
      assert.ok(isOver, `what comes after '${what}' would meet a chain that does not work`)
    }
    const reachedAt = Math.max(...chain.archives.map((it) => it.reachedAt))
    const people = await staff.finish()
    const report = await chain.finish(recoveries.length, recoveries)
    const answers = await audit.finish()
    const states = await statesOf(chain)
    tellReport(t, report)
    t.diagnostic(JSON.stringify({ people, states, answers, reached: new Date(reachedAt).toISOString() }))
    // Else nothing was told that could have been missed.
    assert.ok(Object.values(people.told).every((days) => days > 0) && people.killed > 0, JSON.stringify(people))
    assert.deepEqual(Object.keys(states), ['no-holder', 'off-shift', 'on-break', 'on-shift'])
    // Else the faults met no calls of people at work.
    const { 'on-shift': atWork = 0, 'on-break': onBreak = 0, 'off-shift': away = 0 } = states
    assert.ok(atWork > 0.1 * (atWork + onBreak + away), JSON.stringify(states))
    assert.ok(reachedAt < lastDayEndsAt, new Date(reachedAt).toISOString())
    assert.ok(answers > recoveries.length, `status answered ${answers} times`)
    assert.ok((report.perSecond ?? 0) >= loadAtLeast * rate, `${report.perSecond} a second of ${rate}`)
  })
}

/** Stretches of calls by what state whoever held the telephone was in. */
async function statesOf({ databaseUrl }: Chain): Promise<Record<string, number>> {
  const { rows } = storeAt({ url: databaseUrl })
  const found = await rows('SELECT state, count(*) AS n FROM attribution GROUP BY state ORDER BY state')
  return Object.fromEntries(found.map((row) => [row['state'] as string, row['n'] as number]))
}

faults('processes, servers and connections fail', [
  ['each role killed under load', rolesKilled, times],
  ['a broker of three killed', brokersKilled, 1],
  ['all brokers restarted one after the other', brokersRestarted, 3],
  ['a broker that hangs for 30 s', brokerPaused, 1],
  ['PostgreSQL killed', postgresKilled, 1],
  ['connections cut between all of them', connectionsCut, 4],
  ['recorders joining and leaving', recordersChange, 4],
])
