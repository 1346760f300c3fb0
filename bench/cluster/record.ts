/** Kafka → PostgreSQL committed, calls assembled, against COPY of the rows that it made into the same tables and indexes. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { FormatName } from '../../src/domain/formats/format-name.ts'
import { freePort } from '../../test/support/ports.ts'
import { archiveOf } from '../archive.ts'
import { copySeconds } from '../copy.ts'
import { median } from '../measure.ts'
import { startRole } from './ours.ts'
import { pause, type Program } from './process.ts'
import type { Row } from './row.ts'
import { medianRate, problemsOf, type Run, runText } from './throughput.ts'
import { startSender } from './sender.ts'
import { Topic } from './topic.ts'

export interface RecordOptions {
  readonly brokers: string
  readonly databaseUrl: string
  readonly records: number
  readonly rounds: number
}

const callsADay = 4000
const stalledMs = 60_000
const lookEveryMs = 10

export async function record(options: RecordOptions): Promise<readonly Row[]> {
  const { brokers, databaseUrl, records, rounds } = options
  const runs = new Map<FormatName, { ours: Run[]; limits: number[] }>()
  await using stack = new AsyncDisposableStack()
  const feeds = new Map<FormatName, Feed>()
  for (const format of ['asterisk-csv', 'avaya-ip-office'] as const) {
    const topic = stack.use(await Topic.create(brokers))
    feeds.set(format, { topic, format, records })
    runs.set(format, { ours: [], limits: [] })
    await fill(brokers, databaseUrl, [{ topic, format, records }])
  }
  for (let round = 0; round < rounds; round++) {
    for (const [format, feed] of feeds) {
      const from = await freshDatabase(databaseUrl, 'ours')
      const ours = await recordRate({ brokers, databaseUrl: from, feeds: [feed], processes: 1 })
      runs.get(format)?.ours.push(ours)
      let limit = Number.NaN
      if (ours.problem === null)
        limit = records / (await copySeconds({ from, into: await freshDatabase(databaseUrl, 'bare'), records }))
      runs.get(format)?.limits.push(limit)
      console.error(`round ${round + 1}, ${format}: record ${runText(ours)}, COPY ${Math.round(limit)}/s`)
    }
  }
  return [...runs].map(([format, { ours, limits }]) => ({
    path: `Kafka → PostgreSQL, ${format}`,
    ours: medianRate(ours),
    limit: median(limits),
    unit: 'records/s',
    reach: 0.4,
    problems: problemsOf(ours),
  }))
}

/** A topic with the records of one source, or for them. */
export interface Feed {
  readonly topic: Topic
  readonly format: FormatName
  readonly records: number
}

const sourceOf = ({ topic, format }: Feed, port: number | null) => ({
  name: topic.name,
  format,
  topic: topic.name,
  port,
})

/** Through a collector, so that the records are as they come from one. */
export async function fill(brokers: string, databaseUrl: string, feeds: readonly Feed[]): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'smena-bench-'))
  try {
    const ports = await Promise.all(feeds.map(() => freePort()))
    const sources = feeds.map((it, i) => sourceOf(it, ports[i] as number))
    await using collector = startRole('collect', { directory, brokers, databaseUrl, sources })
    for (const [i, { topic, format, records }] of feeds.entries()) {
      const port = ports[i] as number
      await collector.accepts(port)
      using sender = startSender(archiveOf(format, records, callsADay), port, 1)
      await sender.ready
      sender.go()
      if (!(await topic.reaches(records))) throw new Error(`a topic could not be filled: ${collector.said()}`)
      const unsent = await sender.unsent
      if (unsent > 0) throw new Error('a connection was left unsent')
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/**
 * From the first batch that is committed when every process that can has a source, to the end of the topics: how long one takes to
 * start, to make the tables or to get its share is not its rate.
 */
export async function recordRate(of: {
  readonly brokers: string
  readonly databaseUrl: string
  readonly feeds: readonly Feed[]
  readonly processes: number
}): Promise<Run> {
  const { brokers, databaseUrl, feeds, processes } = of
  const directory = mkdtempSync(join(tmpdir(), 'smena-bench-'))
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rmSync(directory, { recursive: true, force: true }))
  stack.defer(() => client.end())
  const programs: Program[] = []
  for (let i = 0; i < processes; i++) {
    const sources = feeds.map((it) => sourceOf(it, null))
    const options = { directory: join(directory, String(i)), brokers, databaseUrl, sources }
    programs.push(stack.use(startRole('record', options)))
  }
  const total = feeds.reduce((sum, it) => sum + it.records, 0)
  let [first, firstAt, last, changedAt] = [0, 0, 0, performance.now()]
  while (last < total) {
    const passed = await passedIn(client)
    if (passed !== last) {
      ;[last, changedAt] = [passed, performance.now()]
      if (first === 0 && (await readersIn(client)) === Math.min(processes, feeds.length))
        [first, firstAt] = [last, changedAt]
    }
    const ended = programs.find((it) => it.hasEnded())
    if (ended) return { rate: Number.NaN, problem: `record ended: ${ended.said()}` }
    if (performance.now() - changedAt > stalledMs)
      return { rate: Number.NaN, problem: `record stands at ${last} of ${total}: ${programs[0]?.said()}` }
    await pause(lookEveryMs)
  }
  const rate = (last - first) / ((changedAt - firstAt) / 1000)
  const { rows } = await client.query<{ records: string; calls: string }>(
    'SELECT (SELECT count(*) FROM record) AS records, (SELECT count(*) FROM call) AS calls',
  )
  const [stored, calls] = [Number(rows[0]?.records), Number(rows[0]?.calls)]
  const problem =
    stored !== total || calls === 0
      ? `${stored} of ${total} records and ${calls} calls are in the store`
      : first === 0
        ? 'the processes never shared the sources'
        : null
  return { rate, problem }
}

/** Tables come with the process's start. */
async function passedIn(client: pg.Client): Promise<number> {
  const there = await client.query<{ at: string | null }>(`SELECT to_regclass('position') AS at`)
  if (there.rows[0]?.at === null) return 0
  const { rows } = await client.query<{ next: string }>('SELECT coalesce(sum(next), 0) AS next FROM position')
  return Number(rows[0]?.next)
}

/** Processes that read a source. */
async function readersIn(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ readers: string }>(
    `SELECT count(DISTINCT l.pid) AS readers FROM pg_locks l JOIN pg_database d ON d.oid = l.database
     WHERE d.datname = current_database() AND l.locktype = 'advisory' AND l.mode = 'ExclusiveLock' AND l.objsubid = 2`,
  )
  return Number(rows[0]?.readers)
}

/** Beside the one that the address names, and empty. */
export async function freshDatabase(url: string, name: string): Promise<string> {
  const admin = new pg.Client({ connectionString: url })
  await admin.connect()
  await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
  await admin.query(`CREATE DATABASE ${name}`)
  await admin.end()
  return url.replace(/\/[^/]*$/u, `/${name}`)
}
