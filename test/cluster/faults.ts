import { openRandom } from '../../src/domain/simulation/random.ts'
import { type Chain, pause } from './chain.ts'

/** Faults of every kind, on a chain under load; each answers with the milliseconds after which records came through again. */
export interface FaultOptions {
  /** How often. */
  readonly times: number
  readonly seed: number
  readonly log: (line: string) => void
}

export type Fault = (chain: Chain, options: FaultOptions) => Promise<readonly number[]>

/** `kill -9` of some of the roles at once, drawn at random, until each was killed so many times. */
export const rolesKilled: Fault = async (chain, { times, seed, log }) => {
  const random = openRandom(seed)
  const kills = { collect: 0, record: 0, attribute: 0, web: 0 }
  const names = Object.keys(kills) as (keyof typeof kills)[]
  const recoveries: number[] = []
  while (names.some((name) => kills[name] < times)) {
    const drawn = names.filter(() => random.chance(0.6))
    if (drawn.length === 0) continue
    const places = drawn.map((name) => random.pick(chain.places.filter((it) => it.name === name)))
    await pause(50 + random.below(300))
    await Promise.all(places.map((it) => chain.kill(it)))
    await pause(random.below(200))
    await Promise.all(places.map((it) => chain.startAgain(it)))
    const took = await chain.recovered()
    recoveries.push(took)
    for (const name of drawn) kills[name]++
    log(`${drawn.join(', ')} killed, records came through after ${Math.round(took)} ms`)
  }
  log(`killed: ${names.map((name) => `${name} ${kills[name]}`).join(', ')}`)
  return recoveries
}

/** One broker of three is killed and started again. */
export const brokersKilled: Fault = async (chain, { times, seed, log }) => {
  const random = openRandom(seed)
  const { kafka } = chain.servers
  return repeated(times, async (i) => {
    const broker = random.between(1, 3)
    await kafka.kill(broker)
    const took = await chain.recovered()
    log(`${i + 1} of ${times}: broker ${broker} killed, records came through after ${Math.round(took)} ms`)
    await kafka.start(broker)
    return took
  })
}

/** All three brokers, one after the other, in good order. */
export const brokersRestarted: Fault = async (chain, { log }) =>
  repeated(3, async (i) => {
    await chain.servers.kafka.stop(i + 1)
    await chain.servers.kafka.start(i + 1)
    const took = await chain.recovered()
    log(`broker ${i + 1} restarted, records came through after ${Math.round(took)} ms`)
    return took
  })

const hangsMs = 30_000

/** A broker that hangs for half a minute: it takes connections and answers nothing. */
export const brokerPaused: Fault = async (chain, { log }) => {
  const { kafka } = chain.servers
  await kafka.pause(2)
  const meanwhile = chain.recovered()
  await pause(hangsMs)
  await kafka.resume(2)
  const took = await meanwhile
  log(`a broker hung for ${hangsMs / 1000} s, records came through after ${Math.round(took)} ms`)
  return [took, await chain.recovered()]
}

/** PostgreSQL ends as in a crash, and starts again. */
export const postgresKilled: Fault = async (chain, { times, log }) => {
  const { postgres } = chain.servers
  return repeated(times, async (i) => {
    await postgres.stop('immediate')
    await postgres.start()
    const took = await chain.recovered()
    log(`${i + 1} of ${times}: PostgreSQL ended, records came through after ${Math.round(took)} ms`)
    return took
  })
}

/** Connections between collectors and Kafka, consumers and Kafka, consumers and PostgreSQL break at random moments. */
export const connectionsCut: Fault = async (chain, { times, seed, log }) => {
  const random = openRandom(seed)
  const links = [...chain.servers.brokerLinks, chain.servers.postgresLink]
  return repeated(times, async (i) => {
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
    log(`${i + 1} of ${times}: ${cut.length} links cut, records came through after ${Math.round(took)} ms`)
    return took
  })
}

/** Processes that read: one leaves, in good order or by SIGKILL, another comes. */
export const recordersChange: Fault = async (chain, { times, seed, log }) => {
  const random = openRandom(seed)
  return repeated(times, async (i) => {
    const place = random.pick(chain.places.filter((it) => it.name === 'record'))
    if (place.running === null) await chain.startAgain(place)
    else if (chain.running('record').length > 1) await (random.chance(0.5) ? chain.stop(place) : chain.kill(place))
    const took = await chain.recovered()
    const reading = chain.running('record').length
    log(`${i + 1} of ${times}: ${reading} read, records came through after ${Math.round(took)} ms`)
    return took
  })
}

async function repeated(times: number, fault: (i: number) => Promise<number>): Promise<readonly number[]> {
  const recoveries: number[] = []
  for (let i = 0; i < times; i++) recoveries.push(await fault(i))
  return recoveries
}
