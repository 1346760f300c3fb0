import { closeSync, openSync, writeSync } from 'node:fs'
import { createConnection } from 'node:net'
import { type Address, parseAddress } from '../../domain/address.ts'
import { openZone } from '../../domain/clock.ts'
import { SmenaError } from '../../domain/errors.ts'
import { dirty, type DirtyEvent } from '../../domain/simulation/dirty/dirty.ts'
import { asteriskVariants } from '../../domain/simulation/asterisk-csv/row.ts'
import { avayaVariants } from '../../domain/simulation/avaya-ip-office/segment.ts'
import type { PeopleEvent } from '../../domain/simulation/people.ts'
import { simulate } from '../../domain/simulation/simulate.ts'
import type { Context } from '../context.ts'
import { jsonLine } from '../present/json-lines.ts'
import { truthLine } from '../present/truth-line.ts'

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
  readonly truth?: string
}

/**
 * What the exchange of a support desk would write, to standard output or to a port. With `--dirty` as a bad line would deliver
 * it; the ledger that is then expected is printed on standard error when everything has been sent. `--truth` writes who the people
 * at the telephones were, what they told, and whose each call was.
 */
export async function simulateCommand(context: Context, _: readonly string[], options: SimulateOptions): Promise<void> {
  const { loaded, signal, surroundings, words } = context
  const source = loaded.settings.sources.find((it) => it.name === options.source)
  const known = loaded.settings.sources.map((it) => it.name).join(', ')
  if (!source) throw new SmenaError('source-unknown', { source: options.source, known })
  const timezone = source.timezone ?? loaded.settings.timezone
  const whole = (name: keyof typeof wholeOptions) => wholeNumber(options, name, words)
  const seed = whole('seed') ?? 1
  const rate = whole('rate')
  const records = whole('records')
  const variant = whole('fields')
  const variants: readonly number[] = variantsOf[source.format]
  if (variant !== undefined && !variants.includes(variant)) {
    const values = variants.join(', ')
    throw wrongUsage(words.t('help:problem.notFields', { found: variant, values, format: source.format }))
  }
  const today = new Date(openZone(timezone).wallAt(Date.now())).toISOString().slice(0, 10)
  const from = options.from ?? today
  if (!isDate(from)) throw wrongUsage(words.t('help:problem.notADate', { option: 'from', found: from.slice(0, 40) }))
  const target = options.to === undefined ? null : parseAddress(options.to)
  if (options.to !== undefined && !target)
    throw wrongUsage(words.t('help:problem.notAnAddress', { option: 'to', found: options.to.slice(0, 80) }))

  using truth = options.truth === undefined ? null : openTruth(options.truth, source.plan)
  const clean = simulate(
    {
      format: source.format,
      seed,
      timezone,
      from,
      days: whole('calls-a-day') === 0 ? 0 : (whole('days') ?? (records === undefined ? 1 : Number.POSITIVE_INFINITY)),
      callsADay: whole('calls-a-day') ?? 1000,
      records,
      variant,
    },
    undefined,
    truth?.write,
  )
  const made = options.dirty ? dirty(clean, { format: source.format, seed }) : null
  const stream = made?.events ?? asConnection(clean, source.format === 'avaya-ip-office' ? '\r\n' : '\n')
  const pace = openPace(rate)
  if (target === null) await writeOut(context, stream, pace)
  else await sendTo(target, stream, pace, signal)
  if (made && !signal.aborted) surroundings.stderr.write(jsonLine({ source: source.name, ...made.ledger }))
}

const wholeOptions = {
  seed: 'seed',
  rate: 'rate',
  days: 'days',
  'calls-a-day': 'callsADay',
  records: 'records',
  fields: 'fields',
} as const

const variantsOf = { 'avaya-ip-office': avayaVariants, 'asterisk-csv': asteriskVariants } as const

function wholeNumber(
  options: SimulateOptions,
  name: keyof typeof wholeOptions,
  { t }: Context['words'],
): number | undefined {
  const text = options[wholeOptions[name]]
  if (text === undefined) return undefined
  if (!/^\d{1,12}$/u.test(text))
    throw wrongUsage(t('help:problem.notANumber', { option: name, found: text.slice(0, 40) }))
  return Number(text)
}

const wrongUsage = (problem: string) => new SmenaError('usage', { problem, command: 'simulate' })

const pieceLength = 65_536

/** A file of JSON lines, written anew; what stands in them is in docs/simulation.md. */
function openTruth(file: string, plan: string): Disposable & { readonly write: (event: PeopleEvent) => void } {
  const written = <T>(write: () => T): T => {
    try {
      return write()
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      throw new SmenaError('file-unwritable', { file, cause: code ?? message }, { cause: error })
    }
  }
  const descriptor = written(() => openSync(file, 'w'))
  let piece = ''
  const flush = () => {
    let bytes = Buffer.from(piece)
    piece = ''
    // The system may take a part at a time.
    while (bytes.length > 0) bytes = bytes.subarray(written(() => writeSync(descriptor, bytes)))
  }
  return {
    write: (event) => {
      piece += jsonLine(truthLine(event, plan))
      if (piece.length > pieceLength) flush()
    },
    [Symbol.dispose]: () => {
      try {
        flush()
      } finally {
        closeSync(descriptor)
      }
    },
  }
}

function isDate(text: string): boolean {
  try {
    return /^\d{4}-\d{2}-\d{2}$/u.test(text) && Temporal.PlainDate.from(text).toString() === text
  } catch {
    return false
  }
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
  address: Address,
  events: Iterable<DirtyEvent>,
  pace: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
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
