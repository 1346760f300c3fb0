import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { builtProgram } from '../support/built.ts'
import { installation, serve, statusOfInstallation, until } from '../support/smena.ts'
import { temporaryDirectory } from '../support/stores.ts'

/**
 * R23: one mad line filler and a thousand slow ones beside exchanges that go on as ever. Memory stays bounded, nothing is
 * dropped, and the records of the others appear as if nothing were.
 */
const floodBytes = Number(process.env['SMENA_TEST_FLOOD_BYTES'] ?? 1_000_000_000)
const pieceBytes = 65_536
const slowConnections = 1000
const recordsASecond = 200
const megabytesAtMost = 250

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

const percentile = (sorted: readonly number[], share: number) =>
  Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN)

async function opened(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined).resume()
  await once(socket, 'connect')
  return socket
}

/** A feed of 200 records a second, and for each the milliseconds from its sending to its being seen in the store's calls. */
class Feed {
  readonly latencies: number[] = []
  sent = 0
  readonly #sentAt = new Map<string, number>()
  readonly #db: DatabaseSync
  #last = 0
  #socket: Socket | null = null
  #over = false

  constructor(file: string) {
    this.#db = new DatabaseSync(file, { readOnly: true, timeout: 5000 })
  }

  async run(port: number): Promise<void> {
    this.#socket = await opened(port)
    void this.#watch()
    const started = performance.now()
    while (!this.#over) {
      for (; this.sent < ((performance.now() - started) / 1000) * recordsASecond; this.sent++) {
        const { name, line } = asteriskRow(this.sent)
        this.#sentAt.set(name, performance.now())
        this.#socket.write(line)
      }
      await wait(20)
    }
  }

  async #watch(): Promise<void> {
    const statement = this.#db.prepare(
      'SELECT id, exchange_call_id AS name FROM call WHERE id > ? ORDER BY id LIMIT 5000',
    )
    while (!this.#over || this.#sentAt.size > 0) {
      const now = performance.now()
      for (const row of statement.all(this.#last)) {
        this.#last = Number(row['id'])
        const at = this.#sentAt.get(String(row['name']))
        if (at === undefined) continue
        this.#sentAt.delete(String(row['name']))
        this.latencies.push(now - at)
      }
      await wait(10)
    }
    this.#db.close()
  }

  /** Stops sending; resolves when everything that was sent has been seen. */
  async end(): Promise<void> {
    this.#over = true
    this.#socket?.end()
    await until(
      async () => this.#sentAt.size,
      (missing) => missing === 0,
    )
  }

  figures(): { p50: number; p99: number; worst: number } {
    const sorted = this.latencies.toSorted((a, b) => a - b)
    this.latencies.length = 0
    return { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99), worst: Math.round(sorted.at(-1) ?? 0) }
  }
}

/** One answered call of a second, at a second of its own. */
function asteriskRow(n: number): { name: string; line: string } {
  const second = 1_795_400_000 + n
  const at = (plus: number) =>
    new Date((second + plus) * 1000 + 3 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ')
  const hex = n.toString(16).padStart(8, '0')
  const channels = `"PJSIP/trunk-a${hex}","PJSIP/1001-b${hex}"`
  const name = `${second}.${n}`
  const times = `"${at(0)}","${at(5)}","${at(60)}",60,55`
  const line = `"","74955550101","1001","default","74955550101",${channels},"Dial","",${times},"ANSWERED","DOCUMENTATION","${name}",""\n`
  return { name, line }
}

test('1 GB without a line end and 1,000 slow connections beside a live feed', async (t) => {
  const program = builtProgram(t)
  const it = { ...installation(temporaryDirectory(t)), program }
  // As it is installed: the cache that makes tests start sooner takes memory of its own.
  const running = await serve(it, t, { SMENA_LOG_LEVEL: 'error', NODE_DISABLE_COMPILE_CACHE: '1' })
  const { pid } = running.child
  const megabytes = (name: 'VmRSS' | 'VmHWM') =>
    Number(new RegExp(`${name}:\\s+(\\d+)`, 'u').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024

  const feed = new Feed(join(it.directory, 'data', 'store.db'))
  const feeding = feed.run(running.ports['asterisk'] as number)
  await wait(5000)
  const steps = { quiet: megabytes('VmRSS'), slow: 0 }
  const quiet = feed.figures()

  const slow: Socket[] = []
  for (let i = 0; i < slowConnections; i++) slow.push(await opened(running.ports['avaya'] as number))
  const dripping = setInterval(() => {
    for (let i = 0; i < 40; i++) slow[Math.floor(Math.random() * slow.length)]?.write('x')
  }, 200)
  for (const socket of slow) socket.write('2')

  await wait(2000)
  steps.slow = megabytes('VmRSS')
  const flood = await opened(running.ports['avaya'] as number)
  const block = Buffer.alloc(1 << 20, 'x')
  const started = performance.now()
  for (let sent = 0; sent < floodBytes; ) {
    const part = block.subarray(0, Math.min(block.length, floodBytes - sent))
    sent += part.length
    if (!flood.write(part)) await once(flood, 'drain')
  }
  flood.end()
  await once(flood, 'close')
  const takenSeconds = (performance.now() - started) / 1000
  const pieces = Math.ceil(floodBytes / pieceBytes)
  await until(
    () => statusOfInstallation(it),
    (status) => (status.sources['avaya']?.quarantined ?? 0) >= pieces,
    300_000,
  )
  const passedSeconds = (performance.now() - started) / 1000
  const flooded = feed.figures()
  clearInterval(dripping)

  const peak = megabytes('VmHWM')
  for (const socket of slow) socket.end()
  await feed.end()
  await feeding
  const status = await until(
    () => statusOfInstallation(it),
    (now) => now.roles.record.lag === 0 && now.sources['avaya']?.connections === 0,
  )
  t.diagnostic(
    JSON.stringify({
      quiet,
      steps,
      flooded,
      takenSeconds: Math.round(takenSeconds),
      passedSeconds: Math.round(passedSeconds),
      peakMegabytes: Math.round(peak),
      afterMegabytes: Math.round(megabytes('VmRSS')),
    }),
  )
  const { avaya, asterisk } = status.sources
  assert.equal(avaya?.quarantined, pieces + slowConnections, 'every byte of the flood, and each unfinished line once')
  assert.equal(avaya?.received, pieces + slowConnections)
  assert.deepEqual([asterisk?.received, asterisk?.stored], [feed.sent, feed.sent])
  assert.ok(peak < megabytesAtMost, `${peak} MB`)
  // Behind the flood they would come when it has passed; a busy machine takes its time for all.
  assert.ok(flooded.p99 < Math.max(2000, passedSeconds * 200), `p99 ${flooded.p99} ms of ${passedSeconds} s`)
  assert.equal(await running.stop(), 0)
})
