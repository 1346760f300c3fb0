import assert from 'node:assert/strict'
import { after, test, type TestContext } from 'node:test'
import { ownKafkaMissing } from '../support/kafka.ts'
import { postgresMissing } from '../support/postgres.ts'
import { storeAt } from '../support/store-at.ts'
import { Chain, Servers } from './chain.ts'
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
import { Staff } from './staff.ts'

const skip = ownKafkaMissing || postgresMissing
const seed = Number(process.env['SMENA_TEST_SEED'] ?? Date.now() % 1_000_000)
/** How often each role. `npm run torture` does the other faults as often too, under 2,000 records a second; a suite has to end in time. */
const times = Number(process.env['SMENA_TEST_FAULTS'] ?? 15)
const rate = 600

const cleanups: (() => unknown)[] = []
let servers: Promise<Servers> | null = null
after(async () => {
  await (await servers)?.[Symbol.asyncDispose]()
  for (const it of cleanups) it()
})
const started = () => (servers ??= Servers.start({ after: (it) => void cleanups.push(it as () => unknown) }))

/**
 * These faults one after the other on one chain under load, while people's time is told; at the end every line that was sent is
 * accounted for, and every call is its people's as if nothing had failed and all had been known from the start.
 */
function faults(name: string, list: readonly (readonly [name: string, fault: Fault, times: number])[]): void {
  test(`${name} (seed ${seed})`, { skip, timeout: 900_000 }, async (t: TestContext) => {
    const chain = await Chain.start(t, await started(), { seed, rate })
    t.after(() => chain.end())
    const staff = await Staff.employ(chain, seed)
    chain.load()
    staff.work()
    t.after(() => staff.finish())
    await chain.recovered()
    const recoveries: number[] = []
    for (const [what, fault, times] of list)
      await t.test(what, async (inner) => {
        recoveries.push(...(await fault(chain, { times, seed, log: (line) => inner.diagnostic(line) })))
      })
    const people = await staff.finish()
    const report = await chain.finish(recoveries.length, recoveries)
    const states = await statesOf(chain)
    t.diagnostic(JSON.stringify({ ...report, people, states }))
    assert.equal(report.lost, 0)
    assert.equal(report.doubled, 0)
    // Else nothing was told that could have been missed.
    assert.ok(Object.values(people.told).every((days) => days > 0) && people.killed > 0, JSON.stringify(people))
    assert.deepEqual(Object.keys(states), ['no-holder', 'off-shift', 'on-break', 'on-shift'])
  })
}

/** Stretches of calls by what state whoever held the telephone was in. */
async function statesOf({ databaseUrl }: Chain): Promise<Record<string, unknown>> {
  const { rows } = storeAt({ url: databaseUrl })
  const found = await rows('SELECT state, count(*) AS n FROM attribution GROUP BY state ORDER BY state')
  return Object.fromEntries(found.map((row) => [row['state'], row['n']]))
}

faults('short', [['each role killed', rolesKilled, 6], ['PostgreSQL killed', postgresKilled, 1], ['cut', connectionsCut, 2]])
