import assert from 'node:assert/strict'
import { after, test, type TestContext } from 'node:test'
import { ownKafkaMissing } from '../support/kafka.ts'
import { postgresMissing } from '../support/postgres.ts'
import { Servers } from './chain.ts'
import {
  brokerPaused,
  brokersKilled,
  brokersRestarted,
  connectionsCut,
  type FaultOptions,
  postgresKilled,
  recordersChange,
  rolesKilled,
} from './faults.ts'
import type { FaultReport } from './rig.ts'

const skip = ownKafkaMissing || postgresMissing
const seed = Number(process.env['SMENA_TEST_SEED'] ?? Date.now() % 1_000_000)

/** `npm run torture` sends twice as many: here brokers, roles and tests share two processors. */
const rate = 1000

const cleanups: (() => unknown)[] = []
let servers: Promise<Servers> | null = null
after(async () => {
  await (await servers)?.[Symbol.asyncDispose]()
  for (const it of cleanups) it()
})
const started = () => (servers ??= Servers.start({ after: (it) => void cleanups.push(it as () => unknown) }))

function faults(
  name: string,
  options: Omit<FaultOptions, 'seed'>,
  run: (t: TestContext, servers: Servers, options: FaultOptions) => Promise<FaultReport>,
): void {
  test(`${name} (seed ${seed})`, { skip, timeout: 800_000 }, async (t) => {
    const report = await run(t, await started(), {
      ...options,
      seed,
      rate,
      log: (line) => t.diagnostic(line),
    })
    t.diagnostic(JSON.stringify(report))
    assert.equal(report.lost, 0)
    assert.equal(report.doubled, 0)
  })
}

faults('each role killed 15 times under load: nothing lost, nothing doubled', { times: 15 }, rolesKilled)
faults('a broker of three killed', { times: 2 }, brokersKilled)
faults('all brokers restarted one after the other', { times: 3 }, brokersRestarted)
faults('a broker that hangs for 30 s', { times: 1 }, (t, it, options) =>
  brokerPaused(t, it, { ...options, ms: 30_000 }),
)
faults('PostgreSQL killed', { times: 3 }, postgresKilled)
faults('connections cut between all of them', { times: 12 }, connectionsCut)
faults('three recorders joining and leaving', { times: 8 }, recordersChange)
