import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import type { TestContext } from 'node:test'
import pg from 'pg'
import { openSqliteStore } from '../../src/adapters/store-sql/sqlite/store.ts'
import { simulate, type SimulatedRecord, type SimulationOptions } from '../../src/domain/simulation/simulate.ts'
import type { Status } from '../../src/pipeline/status.ts'
import type { RunningRole } from '../support/cluster.ts'
import { attributeFile } from '../support/attribution.ts'
import { canonicalDifference, canonicalDigest, recordsOf, rollupsAsRecomputed } from '../support/dump.ts'
import { installation, smena, until } from '../support/smena.ts'
import { storeAt, type Tables } from '../support/store-at.ts'

/** What every test of a fault has: lines that are sent at a rate and known to be kept, and the question what became of them. */
export const sources = {
  avaya: { format: 'avaya-ip-office', lineEnd: '\r\n' },
  asterisk: { format: 'asterisk-csv', lineEnd: '\n' },
} as const

export type SourceName = keyof typeof sources

/** What an exchange sends from the first day on, without end: so dense that a load of some minutes is some weeks. */
export const simulationOf = (source: SourceName, seed: number): SimulationOptions => ({
  format: sources[source].format,
  seed,
  from: '2026-03-02',
  days: Number.POSITIVE_INFINITY,
  callsADay: 15_000,
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

/** What every test of a fault tells, whatever its fault was. */
export interface FaultReport {
  readonly faults: number
  readonly sent: number
  readonly lost: number
  readonly doubled: number
  /** From the end of each fault until a record that came after it stood in the store. */
  readonly recoveryMs: { readonly median: number; readonly worst: number }
  /** What the load really came to; absent: there was none. */
  readonly perSecond?: number
}

/** Prints it; throws unless everything that was sent is there, once. */
export function tellReport(t: Pick<TestContext, 'diagnostic'>, report: FaultReport): void {
  const { faults, sent, lost, doubled, recoveryMs, perSecond } = report
  const rate = perSecond === undefined ? '' : ` at ${perSecond} a second`
  t.diagnostic(
    `faults ${faults}, sent ${sent}${rate}, lost ${lost}, doubled ${doubled}, recovery ${recoveryMs.median} ms, ` +
      `${recoveryMs.worst} ms at worst`,
  )
  assert.deepEqual({ lost, doubled }, { lost: 0, doubled: 0 })
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

/**
 * Asks a process that answers what became of the records, from now on until it is ended, whatever fails meanwhile: on every
 * answer the ledger balances, nothing is missing, and no source has received less than on an answer before.
 */
export class Audit {
  readonly #address: () => string | undefined
  readonly #received = new Map<string, number>()
  readonly #auditing: Promise<void>
  #isOver = false
  #answers = 0

  constructor(address: () => string | undefined) {
    this.#address = address
    this.#auditing = this.#audit()
    this.#auditing.catch(() => undefined)
  }

  /** How often it was answered; throws what was wrong with an answer. */
  async finish(): Promise<number> {
    this.#isOver = true
    await this.#auditing
    return this.#answers
  }

  async #audit(): Promise<void> {
    while (!this.#isOver) {
      const status = await this.#ask()
      if (status) this.#require(status)
      await new Promise((resolve) => setTimeout(resolve, auditMs))
    }
  }

  /** Null: it is being killed, or cannot know. */
  async #ask(): Promise<Status | null> {
    try {
      const answer = await fetch(`${this.#address()}/api/v1/status`, { signal: AbortSignal.timeout(answerAtMostMs) })
      return answer.ok ? ((await answer.json()) as Status) : null
    } catch {
      return null
    }
  }

  #require(status: Status): void {
    requireBalance(status)
    for (const [name, { received }] of Object.entries(status.sources)) {
      const before = this.#received.get(name) ?? 0
      if (received < before) throw new Error(`${name} had received ${before}, and then ${received}`)
      this.#received.set(name, received)
    }
    this.#answers++
  }
}

const auditMs = 100
const answerAtMostMs = 10_000

/** Throws unless the ledger balances and nothing is missing. */
export function requireBalance({ sources: all, gaps }: Status): void {
  for (const [name, it] of Object.entries(all))
    if (it.received !== it.stored + it.duplicate + it.quarantined + it.pending)
      throw new Error(`${name} does not balance: ${JSON.stringify(it)}`)
  if (gaps.length > 0) throw new Error(`gaps: ${JSON.stringify(gaps)}`)
}

/**
 * Throws unless the store passed every number that the collectors say they gave, and no other: journal by journal, counted from
 * its rows by another way than status does. For a chain in which nothing waits.
 */
export async function requireNumbers({ collectors }: Status, { rows }: Tables): Promise<void> {
  const passed = new Map<string, { generation: number; from: number; to: number }[]>()
  for (const row of await rows(
    `SELECT s.name, j.uid, j.generation, p.from_number, p.to_number FROM passed p
     JOIN journal j ON j.id = p.journal_id JOIN source s ON s.id = p.source_id
     WHERE strpos(j.uid, '/') = 0 ORDER BY j.generation, p.from_number`,
  )) {
    const key = `journal ${row['uid']}, ${row['name']}`
    const it = { from: row['from_number'] as number, to: row['to_number'] as number }
    passed.set(key, [...(passed.get(key) ?? []), { generation: row['generation'] as number, ...it }])
  }
  const given = new Map<string, number>()
  for (const { journal, sources: of } of collectors)
    for (const [name, it] of Object.entries(of)) if (it.given > 0) given.set(`journal ${journal}, ${name}`, it.given)
  const reached = new Map<string, number>()
  for (const [key, list] of passed) {
    const numbers = new Set<number>()
    for (const { from, to } of list) for (let number = from; number <= to; number++) numbers.add(number)
    // What an older generation has beyond it was given before the journal was rolled back.
    const last = list.at(-1)?.to ?? 0
    for (let number = 1; number <= last; number++) assert.ok(numbers.has(number), `${key}: ${number} did not pass`)
    reached.set(key, last)
  }
  assert.deepEqual(new Map([...reached].sort()), new Map([...given].sort()), 'the numbers passed are those given')
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
    const importAll = async () => {
      for (const { source, lines } of archives) {
        const archive = join(directory, `${source}.csv`)
        writeFileSync(archive, Buffer.concat(lines))
        const { code, stderr } = await smena(alone, ['import', archive, '--source', source], {
          atMostMs: importAtMostMs,
        })
        if (code !== 0) throw new Error(`import ended with ${code}: ${stderr}`)
      }
    }
    // The import is another process: what is found is read meanwhile.
    const read = async () => [await recordsOf(found), await canonicalDigest(found)] as const
    const [[have, foundDigest]] = await Promise.all([read(), importAll(), rollupsAsRecomputed(found)])
    await attributeFile(file)
    const expected = storeAt({ file })
    const want = await recordsOf(expected)
    let lost = 0
    let doubled = 0
    for (const key of want.keys()) if (!have.has(key)) lost++
    for (const [key, count] of have) if (count > 1 || !want.has(key)) doubled++
    if (lost === 0 && doubled === 0 && (await canonicalDigest(expected)) !== foundDigest)
      throw new Error(`the same records, but not the same of them: ${await canonicalDifference(expected, found)}`)
    return { sent: archives.reduce((sum, it) => sum + it.lines.length, 0), lost, doubled }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Half a million calls, given to people too. */
const importAtMostMs = 600_000

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

export const spread = (milliseconds: readonly number[]): FaultReport['recoveryMs'] => ({
  median: Math.round(milliseconds.toSorted((a, b) => a - b)[milliseconds.length >> 1] ?? 0),
  worst: Math.round(Math.max(0, ...milliseconds)),
})

/** Ports of the collectors that run now, for a source. */
export const portsOf = (collectors: readonly (RunningRole | null)[], source: SourceName): number[] =>
  collectors.flatMap((it) => it?.ports[source] ?? [])
