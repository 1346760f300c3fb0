import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, test, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { openRandom } from '../../src/domain/simulation/random.ts'
import { shuffled } from '../support/days.ts'
import { ownKafkaMissing } from '../support/kafka.ts'
import { addPartitions, deleteRecords, endOffsets, knowTopic } from '../support/topics.ts'
import { postgresMissing } from '../support/postgres.ts'
import { send, smena, smenaJson, until } from '../support/smena.ts'
import { smallDisk, smallDiskMissing } from '../support/small-disk.ts'
import { Chain, pause, Servers } from './chain.ts'
import { type Archive, compare, requireBalance } from './rig.ts'

const skip = ownKafkaMissing || postgresMissing
const seed = Number(process.env['SMENA_TEST_SEED'] ?? Date.now() % 1_000_000)

const cleanups: (() => unknown)[] = []
let servers: Promise<Servers> | null = null
after(async () => {
  await (await servers)?.[Symbol.asyncDispose]()
  for (const it of cleanups) it()
})
const started = () => (servers ??= Servers.start({ after: (it) => void cleanups.push(it as () => unknown) }))

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

async function assertWhole(chain: Chain, archives: readonly Archive[] = chain.archives): Promise<void> {
  requireBalance(await chain.settled())
  const { lost, doubled } = await compare(chain.databaseUrl, archives)
  assert.deepEqual({ lost, doubled }, { lost: 0, doubled: 0 })
}

test('offsets that Kafka let go under a stopped consumer are a gap with its numbers, filled from the journal', {
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
  await deleteRecords(brokers, chain.topics.avaya, 180)
  await chain.startAgain(place(chain, 'record'))
  const gap = await until(
    () => chain.status(),
    (it) => it.gaps.length > 0 && (it.sources['avaya']?.stored ?? 0) === 170,
  )
  assert.deepEqual(
    gap.gaps.map(({ source, from, to }) => ({ source, from, to })),
    [{ source: 'avaya', from: 101, to: 180 }],
  )
  assert.equal(gap.roles.record.lag, 80)
  assert.ok(gap.alarms.some((it) => it.code === 'gap'))
  const [collect] = chain.running('collect')
  if (!collect) throw new Error('no collector')
  const early = await smena(collect.installation, ['forward', '--source', 'avaya', '--from', '240', '--to', '300'])
  assert.equal(early.code, 1)
  assert.match(early.stderr, /keeps records 1 to 250 of source avaya, but 240 to 300 were asked for/u)
  const filled = await smenaJson(collect.installation, [
    'forward',
    '--source',
    'avaya',
    '--from',
    '101',
    '--to',
    '180',
    '--json',
  ])
  assert.deepEqual(filled, [{ source: 'avaya', records: 80 }])
  await assertWhole(chain, [avaya])
})

test('a topic that was deleted and made again goes on; what it lost is a gap, and the journal has it', {
  skip,
}, async (t) => {
  const chain = await chainOf(t)
  const [avaya] = chain.archives as [Archive]
  await send(portOf(chain, 'avaya'), Buffer.concat(avaya.take(100)))
  await chain.settled()
  await chain.stop(place(chain, 'record'))
  await send(portOf(chain, 'avaya'), Buffer.concat(avaya.take(60)))
  const { kafka } = chain.servers
  await until(
    () => endOffsets(kafka.brokers, chain.topics.avaya),
    ([end = 0]) => end === 160,
  )
  await kafka.deleteTopic(chain.topics.avaya)
  // Until each broker has heard of it, one may acknowledge what goes with the topic.
  await until(
    () => knowTopic(kafka.brokers, chain.topics.avaya),
    (brokers) => brokers === 0,
  )
  await send(portOf(chain, 'avaya'), Buffer.concat(avaya.take(40)))
  await chain.startAgain(place(chain, 'record'))
  await until(
    () => chain.status(),
    (it) => it.sources['avaya']?.stored === 140 && it.gaps.length === 1,
    90_000,
  )
  const [collect] = chain.running('collect')
  const again = await smena(collect!.installation, ['forward', '--source', 'avaya', '--from', '101', '--to', '160'])
  assert.equal(again.code, 0, again.stderr)
  assert.match(again.stdout, /^60 records of avaya were sent again\.$/mu)
  await assertWhole(chain, [avaya])
})

test('two collectors that are fed the same archive make each call once', { skip }, async (t) => {
  const chain = await chainOf(t, { roles: ['collect', 'collect', 'record', 'record', 'attribute'] })
  for (const it of chain.archives) it.take(1500)
  await Promise.all(
    [0, 1].flatMap((i) => chain.archives.map((it) => send(portOf(chain, it.source, i), Buffer.concat(it.lines)))),
  )
  await assertWhole(chain)
  const { sources } = await chain.status()
  for (const it of chain.archives) {
    const { stored, duplicate } = sources[it.source] ?? { stored: 0, duplicate: 0 }
    assert.deepEqual([stored, duplicate], [1500, 1500])
  }
})

test('legs of one call come through two collectors and several partitions: the calls are those of one', {
  skip,
}, async (t) => {
  const chain = await chainOf(t, { roles: ['collect', 'collect', 'record', 'record', 'attribute'], partitions: 4 })
  const random = openRandom(seed)
  for (const archive of chain.archives) {
    const parts: [Buffer[], Buffer[]] = [[], []]
    for (const line of archive.take(2000)) random.pick(parts).push(line)
    await Promise.all(parts.map((lines, i) => send(portOf(chain, archive.source, i), Buffer.concat(lines))))
  }
  await assertWhole(chain)
})

test('a collector whose data directory was rolled back gives numbers again: nothing is lost, nothing taken twice', {
  skip,
}, async (t) => {
  const chain = await chainOf(t)
  const [avaya] = chain.archives as [Archive]
  const collect = place(chain, 'collect')
  const data = join(collect.directory as string, 'data')
  const kept = join(chain.cluster.directory, 'kept')
  await send(portOf(chain, 'avaya'), Buffer.concat(avaya.take(300)))
  await chain.settled()
  await chain.stop(collect)
  cpSync(data, kept, { recursive: true })
  await chain.startAgain(collect)
  await send(portOf(chain, 'avaya'), Buffer.concat(avaya.take(200)))
  await chain.settled()
  await chain.kill(collect)
  rmSync(data, { recursive: true })
  cpSync(kept, data, { recursive: true })
  await chain.startAgain(collect)
  await send(portOf(chain, 'avaya'), Buffer.concat(avaya.take(120)))
  await assertWhole(chain, [avaya])
  const status = await chain.status()
  assert.deepEqual(
    status.alarms.filter((it) => it.code === 'rolled-back').map((it) => it.details['from']),
    [301],
  )
  assert.equal(status.sources['avaya']?.received, 620)
})

test('the old producer and ours side by side on one topic, its lines sent again, partitions added', {
  skip,
}, async (t) => {
  const chain = await chainOf(t, { partitions: 2 })
  const { kafka } = chain.servers
  const produce = async (lines: readonly Buffer[]) => {
    const kcat = promisify(execFile)('kcat', ['-P', '-b', kafka.brokers, '-t', chain.topics.asterisk])
    kcat.child.stdin?.end(Buffer.concat(lines))
    await kcat
  }
  const asterisk = chain.archives[1] as Archive
  const random = openRandom(seed)
  const lines = asterisk.take(900)
  const [ours, theirs]: [Buffer[], Buffer[]] = [[], []]
  // The old producer sends what stands between two line feeds: a record that holds one is none of its.
  const isLine = (line: Buffer) => line.indexOf('\n') === line.length - 1
  for (const line of lines) random.pick(isLine(line) ? [ours, theirs] : [ours]).push(line)
  await Promise.all([send(portOf(chain, 'asterisk'), Buffer.concat(ours)), produce(theirs)])
  // `tail -f` of the old way started again: it tells its last lines once more, some of ours among them.
  const again = lines.slice(-300).filter(isLine)
  await addPartitions(kafka.brokers, chain.topics.asterisk, 4)
  await Promise.all([
    produce(again),
    send(portOf(chain, 'asterisk'), Buffer.concat(shuffled(lines.slice(-50), random))),
  ])
  await until(
    () => chain.status(),
    (it) => it.sources['asterisk']?.received === 950 + again.length,
  )
  await assertWhole(chain, [asterisk])
})

test('Kafka is away while the exchange goes on and the journal’s disk fills: the exchange waits, nothing is lost', {
  skip: skip || smallDiskMissing || false,
}, async (t) => {
  using disk = smallDisk(24)
  const chain = await chainOf(t, { roles: ['record', 'attribute'], rate: 1000 })
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
  for (const link of chain.servers.brokerLinks) link.away(false)
  disk.free()
  const { lost, doubled, recoveryMs } = await chain.finish(1, [await chain.recovered()])
  t.diagnostic(`records came through ${recoveryMs.worst} ms after Kafka was back`)
  assert.deepEqual({ lost, doubled }, { lost: 0, doubled: 0 })
})
