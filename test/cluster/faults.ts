import { openRandom } from '../../src/domain/simulation/random.ts'
import { shuffled } from '../support/days.ts'
import { type Chain, pause } from './chain.ts'

/** Faults of every kind, on a chain under load; each answers with the milliseconds after which records came through again. */
export interface FaultOptions {
  /** How often. */
  readonly times: number
  readonly seed: number
  readonly log: (line: string) => void
}

export type Fault = (chain: Chain, options: FaultOptions) => Promise<readonly number[]>

/** Rounds in which so many kills of each role are dealt: some of the roles die together, and not always the same. */
const roundsOf = (kills: number): number => Math.ceil((kills * 17) / 15)

/** `kill -9` of most of the roles at once, one process of each: every role in so many of the rounds, which ones is drawn. */
export const rolesKilled: Fault = async (chain, { times, seed, log }) => {
  const random = openRandom(seed)
  const names = ['collect', 'record', 'attribute', 'web'] as const
  const rounds = Array.from({ length: roundsOf(times) }, (_, i) => i)
  const hands = names.map((name) => ({ name, rounds: new Set(shuffled(rounds, random).slice(0, times)) }))
  const recoveries: number[] = []
  for (const round of rounds) {
    const dealt = hands.filter((it) => it.rounds.has(round)).map((it) => it.name)
    if (dealt.length === 0) continue
    const places = dealt.map((name) => random.pick(chain.places.filter((it) => it.name === name)))
    await pause(50 + random.below(300))
    await Promise.all(places.map((it) => chain.kill(it)))
    await pause(random.below(200))
    await Promise.all(places.map((it) => chain.startAgain(it)))
    const took = await chain.recovered()
    recoveries.push(took)
    log(`${dealt.join(', ')} killed, records came through after ${Math.round(took)} ms`)
  }
  log(`each of ${names.join(', ')} killed ${times} times, seed ${seed}`)
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

/** `kill -9` of all processes of PostgreSQL; it starts again and recovers from its log. */
export const postgresKilled: Fault = async (chain, { times, log }) => {
  const { postgres } = chain.servers
  return repeated(times, async (i) => {
    await postgres.kill()
    await postgres.start()
    const took = await chain.recovered()
    log(`${i + 1} of ${times}: PostgreSQL killed, records came through after ${Math.round(took)} ms`)
    return took
  })
}

/**
 * Connections between collectors and Kafka, consumers and Kafka, consumers and PostgreSQL break at random moments: each of them in
 * its turn and others with it, then one is away for a while.
 */
export const connectionsCut: Fault = async (chain, { times, seed, log }) => {
  const random = openRandom(seed)
  const links = [...chain.servers.brokerLinks, chain.servers.postgresLink]
  return repeated(times, async (i) => {
    const cut = links.filter((_, n) => n === i % links.length || random.chance(0.5))
    for (const link of cut) link.cut()
    await pause(random.below(400))
    const link = random.pick(links)
    link.away(true)
    await pause(random.below(1500))
    link.away(false)
    const took = await chain.recovered()
    log(`${i + 1} of ${times}: ${cut.length} links cut, one away, records came through after ${Math.round(took)} ms`)
    return took
  })
}

/**
 * Processes that read: one leaves in good order, another by SIGKILL, one comes back, the other comes back; and so on. With three,
 * two sources are read by three, two and one of them by turns.
 */
export const recordersChange: Fault = async (chain, { times, seed, log }) => {
  const random = openRandom(seed)
  const places = chain.places.filter((it) => it.name === 'record')
  const one = (isRunning: boolean) => random.pick(places.filter((it) => (it.running !== null) === isRunning))
  const changes = [
    ['left', () => chain.stop(one(true))],
    ['was killed', () => chain.kill(one(true))],
    ['came', () => chain.startAgain(one(false))],
    ['came', () => chain.startAgain(one(false))],
  ] as const
  return repeated(times, async (i) => {
    const [what, change] = changes[i % changes.length] as (typeof changes)[number]
    await change()
    const took = await chain.recovered()
    const reading = chain.running('record').length
    log(`${i + 1} of ${times}: one ${what}, ${reading} read, records came through after ${Math.round(took)} ms`)
    return took
  })
}

async function repeated(times: number, fault: (i: number) => Promise<number>): Promise<readonly number[]> {
  const recoveries: number[] = []
  for (let i = 0; i < times; i++) recoveries.push(await fault(i))
  return recoveries
}
