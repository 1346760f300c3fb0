import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import pg from 'pg'
import { openSqliteStore } from '../../src/adapters/store-sql/sqlite/store.ts'
import { simulate, type SimulatedRecord, type SimulationOptions } from '../../src/domain/simulation/simulate.ts'
import type { Status } from '../../src/pipeline/status.ts'
import type { RunningRole } from '../support/cluster.ts'
import { attributeFile } from '../support/attribution.ts'
import { canonicalDigest, canonicalLines, rollupsAsRecomputed } from '../support/dump.ts'
import { installation, smena, until } from '../support/smena.ts'
import { storeAt, type Tables } from '../support/store-at.ts'

/** What every test of a fault has: lines that are sent at a rate and known to be kept, and the question what became of them. */
export const sources = {
  avaya: { format: 'avaya-ip-office', lineEnd: '\r\n' },
  asterisk: { format: 'asterisk-csv', lineEnd: '\n' },
} as const

export type SourceName = keyof typeof sources

/** What an exchange sends from the first day on, without end. */
export const simulationOf = (source: SourceName, seed: number): SimulationOptions => ({
  format: sources[source].format,
  seed,
  from: '2026-03-02',
  days: Number.POSITIVE_INFINITY,
  callsADay: 1500,
  timezone: 'Europe/Moscow',
})

/** The lines of a simulated exchange, each once: what is sent twice is sent twice on purpose. */
export class Archive {
  readonly source: SourceName
  readonly lines: Buffer[] = []
  /** Wall milliseconds of the exchange at its last line. */
  reachedAt = 0
  readonly #simulated: Iterator<SimulatedRecord>
  readonly #seen = new Set<string>()

  constructor(source: SourceName, seed: number) {
    this.source = source
    this.#simulated = simulate(simulationOf(source, seed))
  }

  take(count: number): Buffer[] {
    const taken: Buffer[] = []
    while (taken.length < count) {
      const { line, dueAt } = this.#simulated.next().value as SimulatedRecord
      this.reachedAt = dueAt
      if (this.#seen.has(line)) continue
      this.#seen.add(line)
      taken.push(Buffer.from(line + sources[this.source].lineEnd))
    }
    this.lines.push(...taken)
    return taken
  }
}

/**
 * Sends lines at a rate, a connection for each few hundred. The collector closes a connection when all of it is on its disk:
 * until it has, those lines count as not sent and are sent again, to it or to another.
 */
export class Load {
  readonly archive: Archive
  /** Lines of each connection that no collector has confirmed yet. */
  readonly #unsent: Buffer[][] = []
  readonly #ports: () => readonly number[]
  readonly #rate: number
  #isOver = false
  #isAbandoned = false
  #running: Promise<void> = Promise.resolve()
  #turn = 0

  constructor(archive: Archive, rate: number, ports: () => readonly number[]) {
    this.archive = archive
    this.#rate = rate
    this.#ports = ports
  }

  start(): void {
    this.#running = Promise.all([this.#send(), this.#send()]).then(() => undefined)
  }

  /** Ends it; resolves when a collector has confirmed every line. */
  async finish(): Promise<void> {
    this.#isOver = true
    await this.#running
  }

  /** Ends it at once, whatever is unconfirmed. */
  abandon(): void {
    this.#isOver = true
    this.#isAbandoned = true
  }

  async #send(): Promise<void> {
    const lines = Math.max(1, Math.round((this.#rate * connectionMs) / 1000 / 2))
    while (!this.#isAbandoned && (!this.#isOver || this.#unsent.length > 0)) {
      const next = this.#unsent.shift() ?? this.archive.take(lines)
      const began = performance.now()
      if (!(await this.#tell(next))) this.#unsent.push(next)
      const left = connectionMs - (performance.now() - began)
      if (left > 0 && !this.#isOver) await new Promise((resolve) => setTimeout(resolve, left))
    }
  }

  /** In pieces over the whole of the connection's time. True when it was closed in good order. */
  async #tell(lines: readonly Buffer[]): Promise<boolean> {
    const ports = this.#ports()
    const port = ports[this.#turn++ % Math.max(1, ports.length)]
    if (port === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 50))
      return false
    }
    const socket = createConnection({ host: '127.0.0.1', port })
    socket.resume()
    let broke = false
    const closed = new Promise<void>((resolve) => socket.once('close', resolve))
    socket.on('error', () => (broke = true))
    const pieces = 10
    for (let i = 0; i < pieces && !broke && !socket.destroyed; i++) {
      const from = Math.floor((i * lines.length) / pieces)
      socket.write(Buffer.concat(lines.slice(from, Math.floor(((i + 1) * lines.length) / pieces))))
      await new Promise((resolve) => setTimeout(resolve, (0.8 * connectionMs) / pieces))
    }
    // A collector that was killed breaks the connection or closes it; only one that has all of it ends it after our end.
    const over = new Promise<boolean>((resolve) => socket.once('end', () => resolve(!broke)))
    if (socket.destroyed || socket.readableEnded) return false
    socket.end()
    const ended = await Promise.race([over, closed.then(() => false)])
    await closed
    // The kernel of a process that was killed ends its connections as politely: who is to die leaves the list before.
    return ended && !broke && this.#ports().includes(port)
  }
}

const connectionMs = 500

/** What is told of a test of faults. */
export interface FaultReport {
  readonly faults: number
  readonly sent: number
  readonly lost: number
  readonly doubled: number
  /** From the end of each fault until a record that came after it stood in the store. */
  readonly recoveryMs: { readonly median: number; readonly worst: number }
}

/** Watches until the store has records of all sources that were received after this moment; milliseconds. */
export async function recovered(databaseUrl: string, timeoutMs = 120_000): Promise<number> {
  const began = performance.now()
  const since = Date.now()
  // One connection, and few questions: whoever measures must not be the load.
  let client: pg.Client | null = null
  try {
    for (;;) {
      try {
        if (!client) {
          client = new pg.Client({ connectionString: databaseUrl })
          client.on('error', () => undefined)
          await client.connect()
        }
        const { rows } = await client.query<{ at: string | null }>('SELECT min(last_received_at) AS at FROM source')
        if (Number(rows[0]?.at ?? 0) >= since) return performance.now() - began
      } catch {
        void client?.end().catch(() => undefined)
        client = null
      }
      if (performance.now() - began > timeoutMs) throw new Error(`nothing came through within ${timeoutMs} ms`)
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  } finally {
    void client?.end().catch(() => undefined)
  }
}

/** Nothing waits anywhere. */
export const isSettled = ({ roles, collectors }: Status): boolean =>
  roles.record.lag === 0 &&
  roles.attribute.lag === 0 &&
  collectors.every(({ sources: of }) => Object.values(of).every(({ unforwarded }) => unforwarded === 0))

/** Throws unless the ledger balances and nothing is missing. */
export function requireBalance({ sources: all, gaps }: Status): void {
  for (const [name, it] of Object.entries(all))
    if (it.received !== it.stored + it.duplicate + it.quarantined + it.pending)
      throw new Error(`${name} does not balance: ${JSON.stringify(it)}`)
  if (gaps.length > 0) throw new Error(`gaps: ${JSON.stringify(gaps)}`)
}

/** What attribute is to take is taken, and no range waits. */
export async function nothingDue(databaseUrl: string): Promise<void> {
  const { rows } = storeAt({ url: databaseUrl })
  const sql = `SELECT (SELECT count(*) FROM attribution_due) AS calls, (SELECT count(*) FROM attribution_due_range) AS ranges`
  await until(
    async () => (await rows(sql))[0],
    (it) => it?.['calls'] === 0 && it['ranges'] === 0,
  )
}

/**
 * Against an import of the same lines into an installation of its own in which the people were as they are now from the start:
 * records, calls, whose they were, rollups.
 */
export async function compare(
  databaseUrl: string,
  archives: readonly Archive[],
): Promise<{ readonly sent: number; readonly lost: number; readonly doubled: number }> {
  const directory = mkdtempSync(join(tmpdir(), 'smena-alone-'))
  try {
    const alone = installation(directory)
    mkdirSync(alone.directory, { recursive: true })
    const file = join(alone.directory, 'data', 'store.db')
    const found = storeAt({ url: databaseUrl })
    await copyPeople(found, file)
    for (const { source, lines } of archives) {
      const archive = join(directory, `${source}.csv`)
      writeFileSync(archive, Buffer.concat(lines))
      const { code, stderr } = await smena(alone, ['import', archive, '--source', source])
      if (code !== 0) throw new Error(`import ended with ${code}: ${stderr}`)
    }
    await attributeFile(file)
    const expected = storeAt({ file })
    const [want, have] = [await recordsOf(expected.rows), await recordsOf(found.rows)]
    let lost = 0
    let doubled = 0
    for (const key of want.keys()) if (!have.has(key)) lost++
    for (const [key, count] of have) if (count > 1 || !want.has(key)) doubled++
    if (lost === 0 && doubled === 0 && (await canonicalDigest(expected)) !== (await canonicalDigest(found)))
      throw new Error(`the same records, but not the same of them: ${await differenceOf(expected, found)}`)
    await rollupsAsRecomputed(found)
    return { sent: archives.reduce((sum, it) => sum + it.lines.length, 0), lost, doubled }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** People and their time, under the numbers that they have. */
async function copyPeople({ rows }: Tables, file: string): Promise<void> {
  mkdirSync(dirname(file), { recursive: true })
  await (await openSqliteStore(file))[Symbol.asyncDispose]()
  const db = new DatabaseSync(file)
  try {
    for (const table of ['employee', 'assignment', 'shift', 'shift_break'])
      for (const row of await rows(`SELECT * FROM ${table} ORDER BY id`)) {
        const columns = Object.keys(row)
        db.prepare(`INSERT INTO ${table} (${columns}) VALUES (${columns.map(() => '?')})`).run(
          ...(Object.values(row) as SQLInputValue[]),
        )
      }
  } finally {
    db.close()
  }
}

/** Some of the lines that only one of two has. */
async function differenceOf(expected: Tables, found: Tables): Promise<string> {
  const [want, have] = [await canonicalLines(expected), await canonicalLines(found)]
  const only = (lines: readonly string[], others: readonly string[]) => {
    const known = new Set(others)
    const own = lines.filter((it) => !known.has(it))
    return [`${own.length} lines`, ...own.slice(0, 5)].join('\n')
  }
  return `expected and not found ${only(want, have)}\nfound and not expected ${only(have, want)}`
}

async function recordsOf(rows: ReturnType<typeof storeAt>['rows']): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  for (const it of await rows(
    'SELECT s.name AS source, r.content_at, r.k, r.bytes FROM record r JOIN source s ON s.id = r.source_id WHERE r.state = 0',
  )) {
    const bytes = Buffer.from(it['bytes'] as Uint8Array).toString('latin1')
    const key = [it['source'], it['content_at'], it['k'], bytes].join(' ')
    found.set(key, (found.get(key) ?? 0) + 1)
  }
  return found
}

export const spread = (milliseconds: readonly number[]): FaultReport['recoveryMs'] => ({
  median: Math.round(milliseconds.toSorted((a, b) => a - b)[milliseconds.length >> 1] ?? 0),
  worst: Math.round(Math.max(0, ...milliseconds)),
})

/** Ports of the collectors that run now, for a source. */
export const portsOf = (collectors: readonly (RunningRole | null)[], source: SourceName): number[] =>
  collectors.flatMap((it) => it?.ports[source] ?? [])
