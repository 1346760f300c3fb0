/**
 * `smena serve` killed by SIGKILL at random moments under load, again and again; then the whole archive is sent once more.
 * What is in the store must be what an import of the archive alone gives: no gap, no double, the ledger balances.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { simulate } from '../../src/domain/simulation/simulate.ts'
import { attributeFile } from '../support/attribution.ts'
import { canonicalDigest, recordsOf, rollupsAsRecomputed } from '../support/dump.ts'
import { seeded } from '../support/mutation.ts'
import {
  type Installation,
  installation,
  type Serving,
  send,
  serve,
  smena,
  statusOfInstallation,
  until,
} from '../support/smena.ts'
import { storeAt } from '../support/store-at.ts'

export interface TortureReport {
  readonly kills: number
  readonly sent: number
  readonly stored: number
  readonly duplicate: number
  readonly quarantined: number
  readonly lost: number
  readonly doubled: number
  /** Milliseconds from the start of the process to its first answer that it is ready: median and worst. */
  readonly readyMs: { readonly median: number; readonly worst: number }
}

const sources = { avaya: 'avaya-ip-office', asterisk: 'asterisk-csv' } as const

export async function torture(options: {
  readonly times: number
  readonly seed: number
  readonly databaseUrl?: string
  readonly log?: (line: string) => void
}): Promise<TortureReport> {
  const { times, seed } = options
  const random = seeded(seed)
  const directory = mkdtempSync(join(tmpdir(), 'smena-torture-'))
  const place = installation(directory, options.databaseUrl ? { databaseUrl: options.databaseUrl } : {})
  const archives = { avaya: new Archive('avaya', seed), asterisk: new Archive('asterisk', seed) }
  const readyMs: number[] = []
  let running: Serving | null = null
  try {
    for (let round = 0; round < times; round++) {
      const began = performance.now()
      running = await serve(place)
      readyMs.push(performance.now() - began)
      const feeds = [
        feed(running, 'avaya', archives.avaya, random),
        feed(running, 'asterisk', archives.asterisk, random),
        feed(running, 'asterisk', archives.asterisk, random),
      ]
      await new Promise((resolve) => setTimeout(resolve, 50 + random() * 900))
      await running.kill()
      await Promise.all(feeds)
      options.log?.(`round ${round + 1} of ${times}: ${archives.avaya.sent + archives.asterisk.sent} lines sent so far`)
    }
    running = await serve(place)
    for (const name of ['avaya', 'asterisk'] as const) await send(running.ports[name] as number, archives[name].all())
    const status = await until(
      () => statusOfInstallation(place),
      (it) => it.roles.record.lag === 0 && it.roles.attribute.lag === 0,
    )
    await running.stop()
    running = null

    for (const [name, it] of Object.entries(status.sources))
      if (it.received !== it.stored + it.duplicate + it.quarantined + it.pending)
        throw new Error(`${name} does not balance: ${JSON.stringify(it)}`)
    if (status.gaps.length > 0) throw new Error(`gaps: ${JSON.stringify(status.gaps)}`)
    const { lost, doubled } = await compare(place, directory, archives, options.databaseUrl)
    const sum = (key: 'stored' | 'duplicate' | 'quarantined') =>
      Object.values(status.sources).reduce((all, it) => all + it[key], 0)
    return {
      kills: times,
      sent: archives.avaya.sent + archives.asterisk.sent,
      stored: sum('stored'),
      duplicate: sum('duplicate'),
      quarantined: sum('quarantined'),
      lost,
      doubled,
      readyMs: {
        median: Math.round(readyMs.toSorted((a, b) => a - b)[readyMs.length >> 1] ?? 0),
        worst: Math.round(Math.max(...readyMs)),
      },
    }
  } finally {
    await running?.kill()
    rmSync(directory, { recursive: true, force: true })
  }
}

/** The lines of a simulated exchange; which of them have been tried to send. */
class Archive {
  readonly #lines: Iterator<{ line: string }>
  readonly #sent: Buffer[] = []
  readonly #lineEnd: string

  constructor(source: keyof typeof sources, seed: number) {
    const format = sources[source]
    this.#lineEnd = format === 'avaya-ip-office' ? '\r\n' : '\n'
    const options = {
      format,
      seed,
      from: '2026-03-02',
      days: Number.POSITIVE_INFINITY,
      callsADay: 1500,
      timezone: 'Europe/Moscow',
    }
    this.#lines = simulate(options)
  }

  next(): Buffer {
    const { line } = this.#lines.next().value as { line: string }
    const bytes = Buffer.from(line + this.#lineEnd)
    this.#sent.push(bytes)
    return bytes
  }

  get sent(): number {
    return this.#sent.length
  }

  all(): Buffer {
    return Buffer.concat(this.#sent)
  }
}

/** Sends in bursts over one connection after another until the process dies; now and then ends a connection within a line. */
async function feed(
  running: Serving,
  source: keyof typeof sources,
  archive: Archive,
  random: () => number,
): Promise<void> {
  for (;;) {
    const socket = createConnection({ host: '127.0.0.1', port: running.ports[source] as number })
    const opened = await new Promise<boolean>((resolve) =>
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false)),
    )
    if (!opened) return
    let over = false
    socket
      .on('error', () => undefined)
      .once('close', () => {
        over = true
      })
    socket.resume()
    for (let burst = 0; burst < 20 && !over; burst++) {
      const lines: Buffer[] = []
      for (let i = 0; i < 50; i++) lines.push(archive.next())
      socket.write(Buffer.concat(lines))
      await new Promise((resolve) => setTimeout(resolve, 20 + random() * 40))
    }
    if (random() < 0.3) socket.write(archive.next().subarray(0, 40))
    socket.end()
    await new Promise<void>((resolve) => (over ? resolve() : socket.once('close', () => resolve())))
    if (running.child.exitCode !== null || running.child.signalCode !== null) return
  }
}

/** Against an import of the same archives into an empty installation. */
async function compare(
  place: Installation,
  directory: string,
  archives: Record<keyof typeof sources, Archive>,
  databaseUrl?: string,
) {
  const alone = installation(join(directory, 'alone'))
  const { mkdirSync, writeFileSync } = await import('node:fs')
  mkdirSync(alone.directory, { recursive: true })
  for (const name of ['avaya', 'asterisk'] as const) {
    const file = join(alone.directory, `${name}.csv`)
    writeFileSync(file, archives[name].all())
    const { code, stderr } = await smena(alone, ['import', file, '--source', name], { atMostMs: 600_000 })
    if (code !== 0) throw new Error(`import ended with ${code}: ${stderr}`)
  }
  await attributeFile(join(alone.directory, 'data', 'store.db'))
  const expected = storeAt({ file: join(alone.directory, 'data', 'store.db') })
  const found = storeAt(databaseUrl ? { url: databaseUrl } : { file: join(place.directory, 'data', 'store.db') })
  const [want, have] = [await recordsOf(expected), await recordsOf(found)]
  let lost = 0
  let doubled = 0
  for (const key of want.keys()) if (!have.has(key)) lost++
  for (const [key, count] of have) if (count > 1 || !want.has(key)) doubled++
  if (lost === 0 && doubled === 0 && (await canonicalDigest(expected)) !== (await canonicalDigest(found)))
    throw new Error('the same records, but other calls')
  await rollupsAsRecomputed(found)
  return { lost, doubled }
}
