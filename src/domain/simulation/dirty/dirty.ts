import type { FormatName } from '../../formats/format-name.ts'
import { recordLimitBytes } from '../../record.ts'
import { openRandom, type Random } from '../random.ts'
import type { SimulatedRecord } from '../simulate.ts'
import { breakAsterisk, breakAvaya, columnStarts, windows1251 } from './damage.ts'
import { ExpectedLedger, type Ledger } from './expected-ledger.ts'

/** Chances for each record, and sizes. Connections last some hundred records. */
const dirt = {
  disconnect: 1 / 180,
  /** The connection goes in the middle of a line, which the next one sends whole. */
  cutInLine: 0.5,
  /** A reconnect sends the last ten lines again, as `tail -f` does. */
  lastTenAgain: 0.6,
  byteOrderMark: 0.1,
  nulAtStart: 0.3,
  nul: 0.01,
  blank: 0.012,
  broken: 0.02,
  tooLong: 1 / 4000,
  repeat: 0.004,
  /** Inside one connection a stretch comes again from so many lines back: the file that is followed was replaced. */
  replay: 1 / 3000,
  replayLines: 600,
  windows1251: 0.1,
  bareLineFeed: 0.15,
} as const

export interface DirtyOptions {
  readonly format: FormatName
  readonly seed: number
  /** Genuine repeats: a record that was written twice. They change the calls they belong to. Default: true. */
  readonly repeats?: boolean | undefined
}

/** What happens on the way to a collector; one connection at a time. `dueAt` as in the record that it goes with. */
export type DirtyEvent =
  | { readonly kind: 'connect'; readonly dueAt: number }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly dueAt: number }
  | { readonly kind: 'disconnect'; readonly dueAt: number }

export interface DirtyStream {
  readonly events: Generator<DirtyEvent>
  /** What the collector's figures must be. Right whenever no connection is open. */
  readonly ledger: Ledger
  /** Calls with a record that is stored twice: only they differ from the clean stream's. */
  readonly repeatedCalls: ReadonlySet<number>
}

/**
 * The same records as a bad line, a careless forwarder and a bad neighbour would deliver them. Every record arrives whole at
 * least once, so that the calls are those of the clean stream.
 */
export function dirty(records: Iterable<SimulatedRecord>, { format, seed, repeats = true }: DirtyOptions): DirtyStream {
  const ledger = new ExpectedLedger()
  const repeatedCalls = new Set<number>()
  const line = new DirtyLine(openRandom(seed, 4), format, ledger, repeatedCalls, repeats)
  return { events: line.deliver(records), ledger, repeatedCalls }
}

interface Whole {
  readonly content: Uint8Array
  /** Asterisk with sequence numbers: two equal rows are one. */
  readonly numbered: boolean
  readonly call: number
}

const encoder = new TextEncoder()
const nothing = new Uint8Array(0)
const crLf = Uint8Array.of(13, 10)
const lf = Uint8Array.of(10)
const byteOrderMark = Uint8Array.of(0xef, 0xbb, 0xbf)

class DirtyLine {
  readonly #random: Random
  readonly #avaya: boolean
  readonly #ledger: ExpectedLedger
  readonly #repeatedCalls: Set<number>
  readonly #repeats: boolean
  /** Bytes on their way, not yet handed over. */
  #pending: Uint8Array[] = []
  #pendingBytes = 0
  /** Nothing but a byte order mark was sent so far: no rule says whether an empty line behind it is a record. */
  #bareMark = false
  /** Whole records sent, newest last. */
  #history: Whole[] = []
  #echo: { readonly record: Whole; left: number } | null = null

  constructor(
    random: Random,
    format: FormatName,
    ledger: ExpectedLedger,
    repeatedCalls: Set<number>,
    repeats: boolean,
  ) {
    this.#random = random
    this.#avaya = format === 'avaya-ip-office'
    this.#ledger = ledger
    this.#repeatedCalls = repeatedCalls
    this.#repeats = repeats
  }

  *deliver(records: Iterable<SimulatedRecord>): Generator<DirtyEvent> {
    const random = this.#random
    let open = false
    let dueAt = 0
    for (const record of records) {
      dueAt = record.dueAt
      const whole = this.#wholeOf(record)
      if (open && random.chance(dirt.disconnect)) {
        if (random.chance(dirt.cutInLine)) this.#cut(whole)
        yield* this.#flush(dueAt)
        yield { kind: 'disconnect', dueAt }
        open = false
      }
      if (!open) {
        yield { kind: 'connect', dueAt }
        open = true
        this.#connect()
      }
      this.#before(record, whole)
      this.#send(whole)
      this.#after(whole)
      while (this.#pendingBytes > 4096) yield { kind: 'bytes', bytes: this.#take(random.between(1, 4096)), dueAt }
    }
    if (!open) return
    yield* this.#flush(dueAt)
    yield { kind: 'disconnect', dueAt }
  }

  #wholeOf({ line, call }: SimulatedRecord): Whole {
    const content = (this.#random.chance(dirt.windows1251) ? windows1251(line) : null) ?? encoder.encode(line)
    return { content, numbered: !this.#avaya && columnStarts(line).length > 18, call }
  }

  /** The first bytes of a line, at most all of it and the CR of its line end: a fragment. */
  #cut({ content }: Whole): void {
    const random = this.#random
    const length = random.chance(0.2) ? content.length : random.between(1, content.length)
    this.#put(content.subarray(0, length))
    if (length === content.length && random.chance(0.5)) this.#put(crLf.subarray(0, 1))
    this.#ledger.fragment('partial')
  }

  #connect(): void {
    const random = this.#random
    this.#ledger.open()
    this.#echo = null
    if (this.#avaya && random.chance(dirt.nulAtStart)) this.#put(new Uint8Array(random.between(1, 4)))
    else if (random.chance(dirt.byteOrderMark)) {
      this.#put(byteOrderMark)
      this.#bareMark = true
    } else if (random.chance(0.2)) this.#endLine(nothing)
    if (random.chance(dirt.lastTenAgain)) for (const record of this.#history.slice(-10)) this.#send(record)
  }

  /** What comes before a record: blank lines, broken ones. The broken line stands for a first try to send this one. */
  #before({ line }: SimulatedRecord, { numbered }: Whole): void {
    const random = this.#random
    // Behind an open quote only a row of one line shows where the next record begins.
    const severalLines = line.includes('\n')
    if (random.chance(dirt.blank) && !this.#bareMark) {
      for (let i = random.between(1, 3); i > 0; i--)
        this.#endLine(this.#avaya && random.chance(0.3) ? new Uint8Array(2) : nothing)
    }
    if (random.chance(dirt.tooLong)) {
      this.#endLine(new Uint8Array(recordLimitBytes + random.between(100, recordLimitBytes - 100)).fill(0x41))
      this.#ledger.fragment('too-long')
      this.#ledger.fragment('too-long')
    }
    if (!severalLines && random.chance(dirt.broken)) {
      const { bytes, reason } = this.#avaya ? breakAvaya(random, line) : breakAsterisk(random, line)
      this.#endLine(bytes)
      // Rows that are whole but for one value keep their number.
      this.#ledger.record(bytes, reason, numbered && reason === 'bad-field')
    }
  }

  #after(record: Whole): void {
    const random = this.#random
    this.#history.push(record)
    if (this.#history.length > 2 * dirt.replayLines) this.#history = this.#history.slice(-dirt.replayLines)
    if (this.#echo && this.#echo.left-- === 0) {
      if (this.#send(this.#echo.record)) this.#repeatedCalls.add(this.#echo.record.call)
      this.#echo = null
    }
    if (this.#repeats && this.#echo === null && random.chance(dirt.repeat))
      this.#echo = { record, left: random.between(0, 12) }
    if (this.#history.length >= dirt.replayLines && random.chance(dirt.replay)) {
      for (const again of this.#history.slice(-dirt.replayLines)) this.#send(again)
    }
  }

  /** Sends a whole record. Returns whether it is a new one. */
  #send({ content, numbered }: Whole): boolean {
    if (this.#avaya && this.#random.chance(dirt.nul)) this.#put(new Uint8Array(1))
    this.#endLine(content)
    return this.#ledger.record(content, 'stored', numbered)
  }

  #endLine(bytes: Uint8Array): void {
    this.#put(bytes)
    const bare = this.#random.chance(this.#avaya ? dirt.bareLineFeed : 1 - dirt.bareLineFeed)
    this.#put(bare ? lf : crLf)
  }

  #put(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#bareMark = false
    this.#pending.push(bytes)
    this.#pendingBytes += bytes.length
  }

  *#flush(dueAt: number): Generator<DirtyEvent> {
    while (this.#pendingBytes > 0) yield { kind: 'bytes', bytes: this.#take(this.#random.between(1, 4096)), dueAt }
  }

  /** The next bytes, at most so many: cut anywhere. */
  #take(most: number): Uint8Array {
    const taken = new Uint8Array(Math.min(most, this.#pendingBytes))
    let filled = 0
    let used = 0
    while (filled < taken.length) {
      const piece = this.#pending[used] as Uint8Array
      const part = piece.subarray(0, taken.length - filled)
      taken.set(part, filled)
      filled += part.length
      if (part.length < piece.length) this.#pending[used] = piece.subarray(part.length)
      else used++
    }
    this.#pending = this.#pending.slice(used)
    this.#pendingBytes -= filled
    return taken
  }
}
