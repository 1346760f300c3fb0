/**
 * `npm run torture -- --times N [--seed S] [--only solo|postgres|cluster]`: every process killed N times under load, and in the
 * cluster brokers, PostgreSQL and connections too; then what was sent is compared with what is in the store.
 */
import { parseArgs } from 'node:util'
import { Servers } from './cluster/chain.ts'
import {
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
    for (const run of [rolesKilled, brokersKilled, brokersRestarted, postgresKilled, connectionsCut, recordersChange])
      console.log(run.name, await run(scope, servers, { times, seed, log }))
  } finally {
    for (const it of cleanups.toReversed()) await it()
  }
}
