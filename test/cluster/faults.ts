import type { TestContext } from 'node:test'
import { shuffled } from '../support/days.ts'
import { openRandom } from '../../src/domain/simulation/random.ts'
import { Chain, pause, type Servers } from './chain.ts'
import type { FaultReport } from './rig.ts'

/** Faults of every kind under load; after each kind everything that was sent is compared with what is in the store. */
export interface FaultOptions {
  /** How often. */
  readonly times: number
  readonly seed: number
  /** Records a second of both sources together. */
  readonly rate?: number
  readonly log?: (line: string) => void
}

type Scope = Pick<TestContext, 'after'>

/** `kill -9` of one process at a time, each role so many times, in random order. */
export async function rolesKilled(
  t: Scope,
  servers: Servers,
  { times, seed, rate, log }: FaultOptions,
): Promise<FaultReport> {
  const random = openRandom(seed)
  const chain = await Chain.start(t, servers, { seed, ...(rate ? { rate } : {}) })
  t.after(() => chain.end())
  chain.load()
  const names = ['collect', 'record', 'attribute', 'web'] as const
  const order = shuffled(
    names.flatMap((name) => Array.from({ length: times }, () => name)),
    random,
  )
  const recoveries: number[] = []
  for (const [i, name] of order.entries()) {
    const candidates = chain.places.filter((it) => it.name === name)
    const place = candidates[i % candidates.length]
    if (!place) throw new Error(`no ${name}`)
    await pause(50 + random.below(300))
    await chain.kill(place)
    await pause(random.below(200))
    await chain.startAgain(place)
    // Records go past the other two.
    const took = name === 'collect' || name === 'record' ? await chain.recovered() : 0
    if (took > 0) recoveries.push(took)
    log?.(`${i + 1} of ${order.length}: ${name} killed, records came through after ${Math.round(took)} ms`)
  }
  const report = await chain.finish(order.length, recoveries)
  await chain.end()
  return report
}

/** One broker of three is killed and started again. */
export async function brokersKilled(
  t: Scope,
  servers: Servers,
  { times, seed, rate, log }: FaultOptions,
): Promise<FaultReport> {
  const random = openRandom(seed)
  return underLoad(t, servers, { seed, rate }, times, async (chain, i) => {
    const broker = random.between(1, 3)
    await servers.kafka.kill(broker)
    const took = await chain.recovered()
    log?.(`${i + 1} of ${times}: broker ${broker} killed, records came through after ${Math.round(took)} ms`)
    await servers.kafka.start(broker)
    return took
  })
}

/** All three brokers, one after the other, in good order. */
export async function brokersRestarted(
  t: Scope,
  servers: Servers,
  { seed, rate, log }: FaultOptions,
): Promise<FaultReport> {
  return underLoad(t, servers, { seed, rate }, 3, async (chain, i) => {
    await servers.kafka.stop(i + 1)
    await servers.kafka.start(i + 1)
    const took = await chain.recovered()
    log?.(`broker ${i + 1} restarted, records came through after ${Math.round(took)} ms`)
    return took
  })
}

/** A broker that hangs: it takes connections and answers nothing. */
export async function brokerPaused(
  t: Scope,
  servers: Servers,
  { seed, rate, log, ms }: FaultOptions & { readonly ms: number },
): Promise<FaultReport> {
  return underLoad(t, servers, { seed, rate }, 1, async (chain) => {
    await servers.kafka.pause(2)
    const meanwhile = chain.recovered()
    await pause(ms)
    await servers.kafka.resume(2)
    const took = await meanwhile
    log?.(`broker paused for ${ms} ms, records came through after ${Math.round(took)} ms`)
    await chain.recovered()
    return took
  })
}

/** PostgreSQL ends as in a crash, and starts again. */
export async function postgresKilled(
  t: Scope,
  servers: Servers,
  { times, seed, rate, log }: FaultOptions,
): Promise<FaultReport> {
  return underLoad(t, servers, { seed, rate }, times, async (chain, i) => {
    await servers.postgres.stop('immediate')
    await servers.postgres.start()
    const took = await chain.recovered()
    log?.(`${i + 1} of ${times}: PostgreSQL ended, records came through after ${Math.round(took)} ms`)
    return took
  })
}

/** Connections between collectors and Kafka, consumers and Kafka, consumers and PostgreSQL break at random moments. */
export async function connectionsCut(
  t: Scope,
  servers: Servers,
  { times, seed, rate, log }: FaultOptions,
): Promise<FaultReport> {
  const random = openRandom(seed)
  const links = [...servers.brokerLinks, servers.postgresLink]
  return underLoad(t, servers, { seed, rate }, times, async (chain, i) => {
    const cut = links.filter(() => random.chance(0.5))
    for (const link of cut) link.cut()
    if (random.chance(0.3)) {
      const link = random.pick(links)
      link.away(true)
      await pause(random.below(1500))
      link.away(false)
    }
    await pause(random.below(400))
    const took = await chain.recovered()
    log?.(`${i + 1} of ${times}: ${cut.length} links cut, records came through after ${Math.round(took)} ms`)
    return took
  })
}

/** Three processes that read: one leaves, another comes, in good order or by SIGKILL. */
export async function recordersChange(
  t: Scope,
  servers: Servers,
  { times, seed, rate, log }: FaultOptions,
): Promise<FaultReport> {
  const random = openRandom(seed)
  const roles = ['collect', 'record', 'record', 'record', 'attribute'] as const
  return underLoad(
    t,
    servers,
    { seed, rate },
    times,
    async (chain, i) => {
      const place = random.pick(chain.places.filter((it) => it.name === 'record'))
      if (place.running === null) await chain.startAgain(place)
      else if (chain.running('record').length === 1) return chain.recovered()
      else if (random.chance(0.5)) await chain.stop(place)
      else await chain.kill(place)
      const took = await chain.recovered()
      log?.(
        `${i + 1} of ${times}: ${chain.running('record').length} read, records came through after ${Math.round(took)} ms`,
      )
      return took
    },
    { roles, partitions: 3 },
  )
}

/** Faults one after the other under load, and at the end what became of the records. */
async function underLoad(
  t: Scope,
  servers: Servers,
  { seed, rate }: { readonly seed: number; readonly rate: number | undefined },
  times: number,
  fault: (chain: Chain, i: number) => Promise<number>,
  options: Omit<Parameters<typeof Chain.start>[2], 'seed' | 'rate'> = {},
): Promise<FaultReport> {
  const chain = await Chain.start(t, servers, { ...options, seed, ...(rate ? { rate } : {}) })
  t.after(() => chain.end())
  chain.load()
  await chain.recovered()
  const recoveries: number[] = []
  for (let i = 0; i < times; i++) recoveries.push(await fault(chain, i))
  const report = await chain.finish(times, recoveries)
  await chain.end()
  return report
}
