import assert from 'node:assert/strict'
import { after, test, type TestContext } from 'node:test'
import { ownKafkaMissing } from '../support/kafka.ts'
import { postgresMissing } from '../support/postgres.ts'
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

/** These faults one after the other on one chain under load; at the end every line that was sent is accounted for. */
function faults(name: string, list: readonly (readonly [name: string, fault: Fault, times: number])[]): void {
  test(`${name} (seed ${seed})`, { skip, timeout: 900_000 }, async (t: TestContext) => {
    const chain = await Chain.start(t, await started(), { seed, rate })
    t.after(() => chain.end())
    chain.load()
    await chain.recovered()
    const recoveries: number[] = []
    for (const [what, fault, times] of list)
      await t.test(what, async (inner) => {
        recoveries.push(...(await fault(chain, { times, seed, log: (line) => inner.diagnostic(line) })))
      })
    const report = await chain.finish(recoveries.length, recoveries)
    t.diagnostic(JSON.stringify(report))
    assert.equal(report.lost, 0)
    assert.equal(report.doubled, 0)
  })
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
