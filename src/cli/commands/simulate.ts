import { createConnection } from 'node:net'
import { parseAddress } from '../../domain/address.ts'
import { openZone } from '../../domain/clock.ts'
import { SmenaError } from '../../domain/errors.ts'
import { dirty, type DirtyEvent } from '../../domain/simulation/dirty/dirty.ts'
import { simulate } from '../../domain/simulation/simulate.ts'
import type { Context } from '../context.ts'
import { jsonLine } from '../present/json-lines.ts'

interface SimulateOptions {
  readonly source: string
  readonly to?: string
  readonly rate?: string
  readonly seed?: string
  readonly days?: string
  readonly from?: string
  readonly callsADay?: string
  readonly records?: string
  readonly fields?: string
  readonly dirty?: true
}

/**
 * What the exchange of a support desk would write, to standard output or to a port. With `--dirty` as a bad line would deliver
 * it; the ledger that is then expected is printed on standard error when everything has been sent.
 */
export async function simulateCommand(context: Context, _: readonly string[], options: SimulateOptions): Promise<void> {
  const { loaded, signal, surroundings } = context
  const source = loaded.settings.sources.find((it) => it.name === options.source)
  const known = loaded.settings.sources.map((it) => it.name).join(', ')
  if (!source) throw new SmenaError('source-unknown', { source: options.source, known })
  const timezone = source.timezone ?? loaded.settings.timezone
  const seed = whole(options, 'seed') ?? 1
  const rate = whole(options, 'rate')
  const records = whole(options, 'records')
  const today = new Date(openZone(timezone).wallAt(Date.now())).toISOString().slice(0, 10)
  let stream: Iterable<DirtyEvent>
  let expected: (() => unknown) | null = null
  try {
    const clean = simulate({
      format: source.format,
      seed,
      timezone,
      from: options.from ?? today,
      days: whole(options, 'days') ?? (records === undefined ? 1 : Number.POSITIVE_INFINITY),
      callsADay: whole(options, 'calls-a-day') ?? 1000,
      records,
      variant: whole(options, 'fields'),
    })
    if (options.dirty) {
      const made = dirty(clean, { format: source.format, seed })
      stream = made.events
      expected = () => made.ledger
    } else stream = asConnection(clean, source.format === 'avaya-ip-office' ? '\r\n' : '\n')
    const pace = openPace(rate)
    if (options.to === undefined) await writeOut(context, stream, pace)
    else await sendTo(options.to, stream, pace, signal)
  } catch (error) {
    if (error instanceof RangeError)
      throw new SmenaError('usage', { problem: `${error.message}.`, command: 'simulate' })
    throw error
  }
  if (expected && !signal.aborted)
    surroundings.stderr.write(jsonLine({ source: source.name, ...(expected() as object) }))
}

function whole(
  options: SimulateOptions,
  name: 'seed' | 'rate' | 'days' | 'calls-a-day' | 'records' | 'fields',
): number | undefined {
  const key = name === 'calls-a-day' ? 'callsADay' : name
  const text = options[key]
  if (text === undefined) return undefined
  if (!/^\d{1,12}$/u.test(text))
    throw new SmenaError('usage', {
      problem: `--${name} is "${text.slice(0, 40)}", expected a whole number.`,
      command: 'simulate',
    })
  return Number(text)
}

function* asConnection(records: Iterable<{ line: string; dueAt: number }>, lineEnd: string): Generator<DirtyEvent> {
  yield { kind: 'connect', dueAt: 0 }
  for (const { line, dueAt } of records) yield { kind: 'bytes', bytes: Buffer.from(line + lineEnd), dueAt }
  yield { kind: 'disconnect', dueAt: 0 }
}

/** Lets so many pieces through a second, evenly; null: as many as can be. */
function openPace(rate: number | undefined): () => Promise<void> {
  if (rate === undefined || rate === 0) return async () => {}
  const started = performance.now()
  let sent = 0
  return async () => {
    const dueMs = started + (++sent / rate) * 1000
    const early = dueMs - performance.now()
    // Timers are no finer than a few milliseconds: what is due within that goes at once.
    if (early > 5) await new Promise((resolve) => setTimeout(resolve, early))
  }
}

async function writeOut(context: Context, events: Iterable<DirtyEvent>, pace: () => Promise<void>): Promise<void> {
  const { surroundings, signal } = context
  const { stdout } = surroundings
  let gone = false
  stdout.on('error', () => {
    gone = true
  })
  for (const event of events) {
    if (gone || signal.aborted) return
    if (event.kind !== 'bytes') continue
    await pace()
    if (!stdout.write(event.bytes)) await new Promise((resolve) => stdout.once('drain', resolve).once('close', resolve))
  }
}

async function sendTo(
  target: string,
  events: Iterable<DirtyEvent>,
  pace: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const address = parseAddress(target)
  if (!address)
    throw new SmenaError('usage', {
      problem: `--to is "${target.slice(0, 80)}", expected HOST:PORT.`,
      command: 'simulate',
    })
  let line: Line | null = null
  for (const event of events) {
    if (signal.aborted) break
    if (event.kind === 'connect') line = await connect(address.host ?? '127.0.0.1', address.port)
    else if (event.kind === 'bytes') {
      await pace()
      await line?.send(event.bytes)
    } else {
      await line?.end()
      line = null
    }
  }
  await line?.end()
}

interface Line {
  send(bytes: Uint8Array): Promise<void>
  /** Resolves when the other side has closed too: it has everything then. */
  end(): Promise<void>
}

function connect(host: string, port: number): Promise<Line> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error) =>
      reject(
        new SmenaError(
          'send-failed',
          { address: `${host}:${port}`, cause: (error as NodeJS.ErrnoException).code ?? error.message },
          { cause: error },
        ),
      )
    const socket = createConnection({ host, port })
    socket.once('error', failed)
    socket.once('connect', () => {
      let broke: Error | null = null
      const closed = new Promise<void>((done) => socket.once('close', () => done()))
      socket.off('error', failed).on('error', (error) => {
        broke = error
      })
      socket.resume()
      const check = () => {
        if (broke)
          throw new SmenaError('send-failed', { address: `${host}:${port}`, cause: broke.message }, { cause: broke })
      }
      resolve({
        send: async (bytes) => {
          check()
          if (!socket.write(bytes))
            await Promise.race([new Promise((drained) => socket.once('drain', drained)), closed])
          check()
        },
        end: async () => {
          socket.end()
          await closed
          check()
        },
      })
    })
  })
}
