/** From the socket to `calls` at a steady rate, through collector, brokers and recorder. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { simulate } from '../../src/domain/simulation/simulate.ts'
import { freePort } from '../../test/support/ports.ts'
import { median, percentile } from '../measure.ts'
import { startRole } from './ours.ts'
import { pause } from './process.ts'
import { freshDatabase } from './record.ts'
import { format } from './throughput.ts'
import { Topic } from './topic.ts'

export interface SightOptions {
  readonly brokers: string
  readonly databaseUrl: string
  /** Records a second. */
  readonly rate: number
  readonly seconds: number
  readonly rounds: number
}

interface Latency {
  readonly p50: number
  readonly p99: number
}

const warmUpSeconds = 3
const lookEveryMs = 2
const lastWithinMs = 10_000

/** Milliseconds from the writing of a record to the socket until its call is visible; medians of the rounds. */
export async function sight(options: SightOptions): Promise<Latency> {
  const found: Latency[] = []
  for (let round = 0; round < options.rounds; round++) {
    const latency = await latencyOf(options)
    console.error(`round ${round + 1}: p50 ${latency.p50.toFixed(0)} ms, p99 ${latency.p99.toFixed(0)} ms`)
    found.push(latency)
  }
  return { p50: median(found.map((it) => it.p50)), p99: median(found.map((it) => it.p99)) }
}

async function latencyOf(options: SightOptions): Promise<Latency> {
  const { brokers, rate, seconds } = options
  const directory = mkdtempSync(join(tmpdir(), 'smena-bench-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rmSync(directory, { recursive: true, force: true }))
  const databaseUrl = await freshDatabase(options.databaseUrl, 'sight')
  const topic = stack.use(await Topic.create(brokers))
  const port = await freePort()
  const sources = [{ name: 'avaya', format, topic: topic.name, port }] as const
  const role = (name: 'collect' | 'record') =>
    stack.use(startRole(name, { directory: join(directory, name), brokers, databaseUrl, sources }))
  const recorder = role('record')
  const collector = role('collect')
  await collector.accepts(port)
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  stack.defer(() => client.end())

  const total = seconds * rate
  const sentAt: number[] = []
  const sending = sendPaced(port, total, rate, sentAt)
  const latencies: number[] = []
  // Ids ascend in the order of arrival, which on one connection is the order of sending.
  for (let lastId = 0, changedAt = performance.now(); latencies.length < total; await pause(lookEveryMs)) {
    const ids = await visibleAfter(client, lastId)
    const now = performance.now()
    for (const id of ids) {
      latencies.push(now - (sentAt[latencies.length] ?? now))
      ;[lastId, changedAt] = [id, now]
    }
    if (recorder.hasEnded() || collector.hasEnded() || now - changedAt > lastWithinMs)
      throw new Error(
        `${latencies.length} of ${total} records were seen\ncollect: ${collector.said()}\nrecord: ${recorder.said()}`,
      )
  }
  await sending
  const counted = latencies.slice(warmUpSeconds * rate)
  return { p50: percentile(counted, 0.5), p99: percentile(counted, 0.99) }
}

async function visibleAfter(client: pg.Client, id: number): Promise<number[]> {
  const there = await client.query<{ at: string | null }>(`SELECT to_regclass('segment') AS at`)
  if (there.rows[0]?.at === null) return []
  const { rows } = await client.query<{ id: string }>(
    'SELECT s.id FROM segment s JOIN call c ON c.id = s.call_id WHERE s.id > $1 ORDER BY s.id LIMIT 500',
    [id],
  )
  return rows.map((it) => Number(it.id))
}

/** What is due every few milliseconds in one piece. */
async function sendPaced(port: number, total: number, rate: number, sentAt: number[]): Promise<void> {
  const socket = createConnection({ host: '127.0.0.1', port, noDelay: true })
  await once(socket, 'connect')
  socket.resume()
  const lines = simulate({
    format,
    seed: 3,
    from: '2026-03-02',
    days: Number.POSITIVE_INFINITY,
    callsADay: 2000,
    timezone: 'Europe/Moscow',
  })
  const started = performance.now()
  while (sentAt.length < total) {
    const now = performance.now()
    const due = Math.min(total, Math.floor(((now - started) / 1000) * rate))
    const part: string[] = []
    for (; sentAt.length < due; sentAt.push(now)) part.push(`${(lines.next().value as { line: string }).line}\r\n`)
    if (part.length > 0) socket.write(part.join(''))
    await pause(5)
  }
  socket.end()
  await once(socket, 'close')
}
