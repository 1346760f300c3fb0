/**
 * `npm run torture -- --times N [--seed S] [--only solo|postgres|cluster]`: every process killed N times under load, and in the
 * cluster brokers, PostgreSQL and connections too; then what was sent is compared with what is in the store.
 */
import assert from 'node:assert/strict'
import { parseArgs } from 'node:util'
import { Chain, Servers } from './cluster/chain.ts'
import {
  brokerPaused,
  brokersKilled,
  brokersRestarted,
  connectionsCut,
  postgresKilled,
  recordersChange,
  rolesKilled,
} from './cluster/faults.ts'
import { torture } from './e2e/torture.ts'
import { startPostgres } from './support/postgres.ts'

const { values } = parseArgs({
  options: { times: { type: 'string' }, seed: { type: 'string' }, only: { type: 'string' } },
})
const times = Number(values.times ?? 100)
const seed = Number(values.seed ?? Date.now() % 1_000_000)
const isWanted = (name: 'solo' | 'postgres' | 'cluster') => values.only === undefined || values.only === name
const log = (line: string) => console.log(line)
console.log(`seed ${seed}`)

if (isWanted('solo')) console.log('solo, SQLite', await torture({ times, seed, log }))
if (isWanted('postgres')) {
  await using postgres = await startPostgres()
  console.log('solo, PostgreSQL', await torture({ times, seed, log, databaseUrl: postgres.url }))
}
if (isWanted('cluster')) {
  const cleanups: (() => unknown)[] = []
  const scope = { after: (it: unknown) => void cleanups.push(it as () => unknown) }
  try {
    await using servers = await Servers.start(scope)
    const faults = {
      rolesKilled,
      brokersKilled,
      brokersRestarted,
      brokerPaused,
      postgresKilled,
      connectionsCut,
      recordersChange,
    }
    for (const [name, fault] of Object.entries(faults)) {
      const chain = await Chain.start(scope, servers, { seed })
      chain.load()
      await chain.recovered()
      const recoveries = await fault(chain, { times, seed, log })
      const report = await chain.finish(recoveries.length, recoveries)
      console.log(name, report)
      assert.deepEqual({ lost: report.lost, doubled: report.doubled }, { lost: 0, doubled: 0 })
      await chain.end()
    }
  } finally {
    for (const it of cleanups.toReversed()) await it()
  }
}
