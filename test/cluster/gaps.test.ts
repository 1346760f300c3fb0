import assert from 'node:assert/strict'
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { openRandom } from '../../src/domain/simulation/random.ts'
import { shuffled } from '../support/days.ts'
import { kcat, kcatMissing } from '../support/kcat.ts'
import { ownKafkaMissing } from '../support/kafka.ts'
import {
  addPartitions,
  configure,
  deleteRecords,
  electUncleanly,
  endOffsets,
  firstOffsets,
  topicId,
} from '../support/topics.ts'
import { postgresMissing } from '../support/postgres.ts'
import { send, smena, until } from '../support/smena.ts'
import { smallDisk, smallDiskMissing } from '../support/small-disk.ts'
import type { RunningRole } from '../support/cluster.ts'
import { storeAt } from '../support/store-at.ts'
import { Chain, pause, serversOfFile } from './chain.ts'
import { type Archive, tellReport } from './rig.ts'

const skip = ownKafkaMissing || postgresMissing
const seed = Number(process.env['SMENA_TEST_SEED'] ?? Date.now() % 1_000_000)

const started = serversOfFile()

const solo = { seed, roles: ['collect', 'record', 'attribute'] } as const

async function chainOf(t: TestContext, options: Partial<Parameters<typeof Chain.start>[2]> = {}): Promise<Chain> {
  const chain = await Chain.start(t, await started(), { ...solo, ...options })
  t.after(() => chain.end())
  return chain
}

const portOf = (chain: Chain, source: 'avaya' | 'asterisk', i = 0): number =>
  chain.running('collect')[i]?.ports[source] as number

const place = (chain: Chain, name: string) => {
  const found = chain.places.find((it) => it.name === name)
  if (!found) throw new Error(`no ${name}`)
  return found
}

/** As the old producer sends lines: without a key, each to any of the partitions. */
const produce = (chain: Chain, source: 'avaya' | 'asterisk', lines: readonly Buffer[]): Promise<void> =>
  kcat(chain.servers.kafka.brokers, chain.topics[source], lines, ['-X', 'sticky.partitioning.linger.ms=0'])

/** It sends what stands between two line feeds: a record that holds one is none of its. */
const isLine = (line: Buffer): boolean => line.indexOf('\n') === line.length - 1

/** Tells what became of what was sent, and how long after `since`, when the fault was over, nothing waited any more. */
async function assertWhole(
  t: TestContext,
  chain: Chain,
  { since, archives }: { readonly since: number; readonly archives?: readonly Archive[] },
): Promise<void> {
  await chain.settled()
  const took = performance.now() - since
  tellReport(t, await chain.account(1, [took], archives))
}

/** The number after the last that was passed of a source, of which one journal gives and Kafka has each number once. */
async function nextOf({ databaseUrl }: Chain, source: string): Promise<number> {
  const [row] = await storeAt({ url: databaseUrl }).rows(
    `SELECT max(p.to_number) AS passed FROM passed p JOIN source s ON s.id = p.source_id JOIN journal j ON j.id = p.journal_id
     WHERE s.name = '${source}' AND strpos(j.uid, '/') = 0`,
  )
  return (row?.['passed'] as number) + 1
}

const forward = ({ installation }: RunningRole, from: number, to: number) =>
  smena(installation, ['forward', '--source', 'avaya', '--from', String(from), '--to', String(to), '--json'])

test('offsets that Kafka let go under a stopped consumer are a gap with its numbers, filled from the journal', {
  skip,
}, async (t) => {
  const chain = await chainOf(t)
  const { brokers } = chain.servers.kafka
  const topic = chain.topics.avaya
  chain.load()
  await chain.recovered()
  await chain.stop(place(chain, 'record'))
  const from = await nextOf(chain, 'avaya')
  const to = from + 79
  await until(
    () => endOffsets(brokers, topic),
    ([end = 0]) => end > to,
  )
  // The offset of a number is the one before.
  await deleteRecords(brokers, topic, to)
  await chain.startAgain(place(chain, 'record'))
  const { gaps, alarms } = await chain.says((it) => it.gaps.length > 0)
  assert.deepEqual(
    gaps.map((it) => [it.source, it.from, it.to]),
    [['avaya', from, to]],
  )
  assert.ok(alarms.some((it) => it.code === 'gap'))
  const collect = chain.running('collect')[0] as RunningRole
  const early = await forward(collect, from, 10_000_000)
  assert.equal(early.code, 1)
  assert.match(early.stderr, /keeps records 1 to \d+ of source avaya, but \d+ to 10000000 were asked for/u)
  const filled = await forward(collect, from, to)
  assert.deepEqual(JSON.parse(filled.stdout), { source: 'avaya', records: 80 })
  tellReport(t, await chain.finish(1, [await chain.recovered()]))
})

test('the end of a journal that Kafka let go, with nothing after it, is a gap with its numbers', {
  skip,
}, async (t) => {
  const chain = await chainOf(t)
  const [avaya] = chain.archives as [Archive]
  await send(portOf(chain, 'avaya'), Buffer.concat(avaya.take(100)))
  await chain.settled()
  await chain.stop(place(chain, 'record'))
  await send(portOf(chain, 'avaya'), Buffer.concat(avaya.take(150)))
  const { brokers } = chain.servers.kafka
  await until(
    () => endOffsets(brokers, chain.topics.avaya),
    ([end = 0]) => end === 250,
  )
  const waiting = await chain.says(
    (it) => it.roles.record.lag === 150 && it.collectors[0]?.sources['avaya']?.unforwarded === 0,
  )
  assert.deepEqual(waiting.gaps, [], 'what Kafka keeps is only late')
  await configure(brokers, chain.topics.avaya, 'retention.ms', '1')
  await until(
    () => firstOffsets(brokers, chain.topics.avaya),
    ([first]) => first === 250,
  )
  await configure(brokers, chain.topics.avaya, 'retention.ms', null)
  await chain.startAgain(place(chain, 'record'))
  const lost = await chain.says((it) => it.gaps.length > 0)
  assert.deepEqual(
    lost.gaps.map(({ source, from, to }) => ({ source, from, to })),
    [{ source: 'avaya', from: 101, to: 250 }],
  )
  assert.equal(lost.roles.record.lag, 150)
  assert.ok(lost.alarms.some((it) => it.code === 'gap'))
  const since = performance.now()
  const again = await forward(chain.running('collect')[0] as RunningRole, 101, 250)
  assert.equal(again.code, 0, again.stderr)
  await assertWhole(t, chain, { since, archives: [avaya] })
})

test('a power cut that takes from two brokers what no disk had is a gap with its numbers, filled from the journal', {
  skip,
}, async (t) => {
  const chain = await chainOf(t)
  const [avaya] = chain.archives as [Archive]
  const { kafka } = chain.servers
  const topic = chain.topics.avaya
  const sends = async (count: number) => {
    await send(portOf(chain, 'avaya'), Buffer.concat(avaya.take(count)))
  }
  const ends = (offset: number) =>
    until(
      () => endOffsets(kafka.brokers, topic).catch(() => []),
      ([end]) => end === offset,
    )
  const keptOf = (broker: number) => join(chain.cluster.directory, `kept-${broker}`)
  const robbed = [1, 2]
  await sends(100)
  await chain.settled()
  for (const it of robbed) cpSync(kafka.logOf(it, topic), keptOf(it), { recursive: true })
  await sends(50)
  await chain.settled()
  await chain.stop(place(chain, 'record'))
  await sends(100)
  await ends(250)
  await Promise.all([1, 2, 3].map((it) => kafka.kill(it)))
  for (const it of robbed) {
    rmSync(kafka.logOf(it, topic), { recursive: true })
    cpSync(keptOf(it), kafka.logOf(it, topic), { recursive: true })
  }
  await Promise.all(robbed.map((it) => kafka.start(it)))
  // The third has everything and comes too late: one of these leads by then. None is elected as long as he counts as there.
  const leads = async () => {
    await electUncleanly(kafka.brokers, topic)
    return endOffsets(kafka.brokers, topic)
  }
  await until(
    () => leads().catch(String),
    ([end]) => end === 100,
    60_000,
  )
  await kafka.start(3)
  await sends(80)
  await ends(180)
  await chain.startAgain(place(chain, 'record'))
  // 1 to 150 were passed before. What came next stands below the offset where reading goes on, the rest behind it.
  const lost = await chain.says((it) => it.gaps.length > 0 && it.sources['avaya']?.stored === 180)
  assert.deepEqual(
    lost.gaps.map(({ source, from, to }) => ({ source, from, to })),
    [{ source: 'avaya', from: 151, to: 300 }],
  )
  assert.ok(lost.alarms.some((it) => it.code === 'gap'))
  const since = performance.now()
  const again = await forward(chain.running('collect')[0] as RunningRole, 151, 300)
  assert.equal(again.code, 0, again.stderr)
  await assertWhole(t, chain, { since, archives: [avaya] })
})

test('a topic that was deleted and made again goes on; what it lost is a gap, and the journal has it', {
  skip,
}, async (t) => {
  const chain = await chainOf(t)
  const { kafka } = chain.servers
  const topic = chain.topics.avaya
  const end = async () => (await endOffsets(kafka.brokers, topic))[0] ?? 0
  const id = () => topicId(kafka.brokers, topic)
  chain.load()
  await chain.recovered()
  await chain.stop(place(chain, 'record'))
  const from = await nextOf(chain, 'avaya')
  await until(end, (it) => it > from + 100)
  const old = await id()
  // Until each broker has heard of it, one may acknowledge what goes with the topic.
  await kafka.deleteTopic(topic)
  await until(id, (it) => it !== null && it !== old)
  await until(end, (it) => it > 0)
  await chain.startAgain(place(chain, 'record'))
  const recoveries = [await chain.recovered()]
  const { gaps } = await chain.says((it) => it.gaps.length > 0)
  assert.deepEqual([gaps[0]?.source, gaps[0]?.from], ['avaya', from])
  const lost = gaps.reduce((sum, it) => sum + it.to - it.from + 1, 0)
  assert.ok(lost > 100, JSON.stringify(gaps))
  for (const it of gaps) {
    const again = await forward(chain.running('collect')[0] as RunningRole, it.from, it.to)
    assert.equal(again.code, 0, again.stderr)
  }
  t.diagnostic(`${lost} records had gone with the topic`)
  tellReport(t, await chain.finish(1, recoveries))
})

test('two collectors that are fed the same archive make each call once', { skip }, async (t) => {
  const chain = await chainOf(t, { roles: ['collect', 'collect', 'record', 'record', 'attribute'] })
  const twice = chain.archives.map((it) => ({ source: it.source, lines: Buffer.concat(it.take(1500)) }))
  chain.load()
  await chain.recovered()
  await Promise.all([0, 1].flatMap((i) => twice.map((it) => send(portOf(chain, it.source, i), it.lines))))
  tellReport(t, await chain.finish(1, [await chain.recovered()]))
  const { sources } = await chain.status()
  for (const { source, lines } of chain.archives) {
    const { stored, duplicate } = sources[source] ?? {}
    assert.deepEqual([stored, duplicate], [lines.length, 1500])
  }
})

test('legs of one call come through two collectors and several partitions: the calls are those of one', {
  skip,
}, async (t) => {
  const chain = await chainOf(t, { roles: ['collect', 'collect', 'record', 'record', 'attribute'], partitions: 4 })
  const random = openRandom(seed)
  for (const archive of chain.archives) {
    const ways: [Buffer[], Buffer[], Buffer[]] = [[], [], []]
    for (const line of archive.take(2000)) random.pick(isLine(line) ? ways : ways.slice(0, 2)).push(line)
    const [, , nobodys] = ways
    await Promise.all([
      ...[0, 1].map((i) => send(portOf(chain, archive.source, i), Buffer.concat(ways[i] as Buffer[]))),
      produce(chain, archive.source, nobodys),
    ])
  }
  const since = performance.now()
  await chain.says((it) => chain.archives.every(({ source }) => it.sources[source]?.received === 2000))
  await assertWhole(t, chain, { since })
  const read = await storeAt({ url: chain.databaseUrl }).rows(
    'SELECT source_id, count(*) AS feeds FROM position WHERE next > 0 GROUP BY source_id',
  )
  assert.deepEqual(
    read.map((it) => it['feeds']),
    [4, 4],
  )
})

test('a collector whose data directory was rolled back under load gives numbers again: nothing is lost, nothing taken twice', {
  skip,
}, async (t) => {
  const chain = await chainOf(t, { roles: ['collect', 'record', 'record', 'attribute'] })
  const collect = place(chain, 'collect')
  const data = join(collect.directory as string, 'data')
  const kept = join(chain.cluster.directory, 'kept')
  chain.load()
  await chain.recovered()
  const [own] = (await chain.status()).collectors
  const journal = own?.journal as string
  // The exchange goes on all the time, by way of the other collector.
  await chain.add('collect')
  await chain.stop(collect)
  cpSync(data, kept, { recursive: true })
  await chain.startAgain(collect)
  const given = async () => {
    const found = (await chain.status()).collectors.find((it) => it.journal === journal)
    return { asOf: Date.parse(found?.asOf ?? ''), sources: Object.values(found?.sources ?? {}) }
  }
  const before = await given()
  await until(given, ({ sources }) => sources.every((it, i) => it.given > (before.sources[i]?.given ?? 0) + 200))
  const running = chain.takeAway(collect)
  // What only its disk had is gone with it, and no test can ask for that: all of it is with Kafka.
  const takenAway = Date.now()
  await until(given, ({ asOf, sources }) => {
    return asOf > takenAway && sources.every((it) => it.unforwarded === 0 && it.connections === 0)
  })
  await running?.kill()
  rmSync(data, { recursive: true })
  cpSync(kept, data, { recursive: true })
  await chain.startAgain(collect)
  const recoveries = [await chain.recovered()]
  await chain.says(
    (it) => new Set(it.alarms.filter(({ code }) => code === 'rolled-back').map(({ source }) => source)).size === 2,
  )
  tellReport(t, await chain.finish(1, recoveries))
  const { alarms } = await chain.status()
  assert.deepEqual(
    alarms
      .filter((it) => it.code === 'rolled-back')
      .map((it) => [it.source, it.details['journal']])
      .toSorted(),
    [
      ['asterisk', journal],
      ['avaya', journal],
    ],
  )
})

test('the old producer and ours side by side on one topic, its lines sent again, partitions added', {
  skip: skip || kcatMissing,
}, async (t) => {
  const chain = await chainOf(t, { partitions: 2 })
  const asterisk = chain.archives[1] as Archive
  const random = openRandom(seed)
  const lines = asterisk.take(900)
  const [ours, theirs]: [Buffer[], Buffer[]] = [[], []]
  for (const line of lines) random.pick(isLine(line) ? [ours, theirs] : [ours]).push(line)
  await Promise.all([send(portOf(chain, 'asterisk'), Buffer.concat(ours)), produce(chain, 'asterisk', theirs)])
  // `tail -f` of the old way started again: it tells its last lines once more, some of ours among them.
  const again = lines.slice(-300).filter(isLine)
  await addPartitions(chain.servers.kafka.brokers, chain.topics.asterisk, 4)
  await Promise.all([
    produce(chain, 'asterisk', again),
    send(portOf(chain, 'asterisk'), Buffer.concat(shuffled(lines.slice(-50), random))),
  ])
  const since = performance.now()
  await chain.says((it) => it.sources['asterisk']?.received === 950 + again.length)
  await assertWhole(t, chain, { since, archives: [asterisk] })
})

test('Kafka is away while the exchange goes on and the journal’s disk fills: the exchange waits, nothing is lost', {
  skip: skip || smallDiskMissing || false,
}, async (t) => {
  using disk = smallDisk(24)
  const chain = await chainOf(t, { roles: ['record', 'attribute'] })
  await chain.add('collect', { SMENA_DATA_DIR: join(disk.path, 'data') })
  chain.load()
  await chain.recovered()
  for (const link of chain.servers.brokerLinks) link.away(true)
  disk.fill(3 << 20)
  t.after(() => {
    for (const link of chain.servers.brokerLinks) link.away(false)
  })
  const collector = chain.running('collect')[0]
  const metrics = async () => (await fetch(`${collector?.http}/metrics`)).text()
  await until(metrics, (text) => /^smena_journal_paused 1$/mu.test(text), 120_000)
  await pause(1000)
  // The disk stays as full as it was made: what Kafka has now makes room.
  for (const link of chain.servers.brokerLinks) link.away(false)
  tellReport(t, await chain.finish(1, [await chain.recovered()]))
})
