import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { ownKafkaMissing } from '../support/kafka.ts'
import { postgresMissing } from '../support/postgres.ts'
import { storeAt } from '../support/store-at.ts'
import { until } from '../support/smena.ts'
import { Chain, pause, type Place, type Servers, serversOfFile } from './chain.ts'
import { tellReport } from './rig.ts'

/** Processes that are asked to end while servers hang or are away, and one that hangs itself. */
const skip = ownKafkaMissing || postgresMissing
const seed = Number(process.env['SMENA_TEST_SEED'] ?? Date.now() % 1_000_000)

const started = serversOfFile()

const brokers = [1, 2, 3]

/**
 * What a server does that is of no use to anybody, how it ends, and how often roles are asked to end meanwhile: who waits for one
 * that hangs may have to be asked twice.
 */
const troubles: readonly (readonly [
  name: string,
  act: (it: Servers, isOn: boolean) => Promise<unknown>,
  asked: readonly (1 | 2)[],
])[] = [
  [
    'Kafka hangs',
    (it, isOn) => Promise.all(brokers.map((n) => (isOn ? it.kafka.pause(n) : it.kafka.resume(n)))),
    [1, 2],
  ],
  ['PostgreSQL hangs', async ({ postgres }, isOn) => (isOn ? postgres.pause() : postgres.resume()), [1, 2]],
  ['Kafka is away', async ({ brokerLinks }, isOn) => brokerLinks.map((it) => it.away(isOn)), [1]],
  ['PostgreSQL is away', async ({ postgresLink }, isOn) => postgresLink.away(isOn), [1]],
]

const stopsWithinMs = 10_000
/** The server waits 15 s for a transaction that has fallen silent; the rest is for a busy machine. */
const silentAtMostMs = 55_000
const atOnceMs = 1500

/** SIGTERM; how long it took to end, with what, and whether it had said that it has. */
async function ended(
  place: Place,
  signals: 1 | 2,
): Promise<{ code: number | null; signal: string | null; ms: number; said: boolean }> {
  const role = place.running
  if (!role) throw new Error(`${place.name} does not run`)
  const { child } = role.running
  const exited = once(child, 'exit')
  let began = performance.now()
  child.kill('SIGTERM')
  if (signals === 2) {
    await until(
      async () => role.output(),
      (output) => output.includes('Stopping') || child.exitCode !== null,
    )
    began = performance.now()
    child.kill('SIGTERM')
  }
  const [code, signal] = (await exited) as [number | null, string | null]
  const ms = Math.round(performance.now() - began)
  await role.running.finished
  return { code, signal, ms, said: /^Ended\.$/mu.test(role.output()) }
}

test(`every role ends within 10 s whatever hangs or is away, at once when asked twice, and nothing is lost (seed ${seed})`, {
  skip,
  timeout: 600_000,
}, async (t) => {
  const chain = await Chain.start(t, await started(), {
    seed,
    rate: 200,
    roles: ['collect', 'record', 'attribute', 'web'],
  })
  t.after(() => chain.end())
  t.after(() => Promise.all(troubles.map(([, act]) => act(chain.servers, false))))
  chain.load()
  await chain.recovered()
  const recoveries: number[] = []
  for (const [name, act, asked] of troubles)
    for (const signals of asked) {
      await act(chain.servers, true)
      // Everything that was under way waits by now.
      await pause(1500)
      const ends = await Promise.all(
        chain.places.map(async (place) => {
          const ending = ended(place, signals)
          chain.takeAway(place)
          return { role: place.name, ...(await ending) }
        }),
      )
      await act(chain.servers, false)
      t.diagnostic(`${name}, ${signals} signals: ${ends.map((it) => `${it.role} ${it.ms} ms`).join(', ')}`)
      for (const { role, code, signal, ms, said } of ends) {
        const what = `${name}: ${role} ended with ${code ?? signal} after ${ms} ms, asked ${signals} times`
        assert.ok(ms < (signals === 1 ? stopsWithinMs : atOnceMs), what)
        // In good order, with its last line; or asked again: at once, and by the signal itself only after that line.
        assert.ok((code === 0 && said) || (signals === 2 && (code === 1 || (signal === 'SIGTERM' && said))), what)
      }
      await Promise.all(chain.places.map((it) => chain.startAgain(it)))
      recoveries.push(await chain.recovered())
    }
  tellReport(t, await chain.finish(recoveries.length, recoveries))
})

/** Holders of the sources, by the name that each process gives its connections; readers of a source only share its other lock. */
const holders = `SELECT a.application_name AS name, l.objid AS source FROM pg_locks l JOIN pg_stat_activity a USING (pid)
  WHERE l.locktype = 'advisory' AND l.granted AND l.mode = 'ExclusiveLock' AND l.objsubid = 2 AND a.datname = current_database()`
/** Who has changed something and has not said yet whether it is to stay. */
const writing = `SELECT application_name AS name FROM pg_stat_activity
  WHERE datname = current_database() AND state = 'idle in transaction' AND backend_xid IS NOT NULL`

test(`a record process that is stopped in the middle of a transaction is replaced, and changes nothing when it goes on (seed ${seed})`, {
  skip,
  timeout: 600_000,
}, async (t) => {
  const chain = await Chain.start(t, await started(), { seed, rate: 1000, roles: ['collect', 'attribute', 'web'] })
  t.after(() => chain.end())
  const url = new URL(chain.databaseUrl)
  url.host = chain.servers.postgresLink.address
  const records = new Map<string, Place>()
  for (const name of ['first', 'second']) {
    url.searchParams.set('application_name', name)
    records.set(name, await chain.add('record', { SMENA_DATABASE_URL: url.href }))
  }
  chain.load()
  await chain.recovered()
  const { rows } = storeAt({ url: chain.databaseUrl })
  await until(
    () => rows(holders),
    (it) => new Set(it.map((row) => row['name'])).size === 2,
  )
  const first = records.get('first') as Place
  const { child } = first.running?.running ?? {}
  if (!child) throw new Error('it does not run')
  t.after(() => child.kill('SIGCONT'))
  await until(
    async () => {
      child.kill('SIGSTOP')
      // What it sent before is answered by now.
      await pause(20)
      const found = await rows(writing)
      const isWriting = found.some((row) => row['name'] === 'first')
      if (!isWriting) child.kill('SIGCONT')
      return isWriting
    },
    (it) => it,
  )
  const stopped = performance.now()
  await until(
    () => rows(holders),
    (it) => it.length === 2 && it.every((row) => row['name'] === 'second'),
    60_000,
  )
  t.diagnostic(`both sources were taken over after ${Math.round(performance.now() - stopped)} ms`)
  const took = await chain.recovered()
  const passedOver = Math.round(performance.now() - stopped)
  t.diagnostic(`records of both sources came through ${passedOver} ms after it was stopped`)
  assert.ok(passedOver < silentAtMostMs, `${passedOver} ms`)
  child.kill('SIGCONT')
  // It comes back to its share, so it is the one that had been stopped and not one that started anew.
  await until(
    () => rows(holders),
    (it) => it.length === 2 && new Set(it.map((row) => row['name'])).size === 2,
    60_000,
  )
  const recoveries = [took, await chain.recovered()]
  assert.equal(child.exitCode, null, first.running?.output() ?? '')
  tellReport(t, await chain.finish(1, recoveries))
})
