import { randomBytes } from 'node:crypto'
import type { Format } from '../domain/formats/format.ts'
import type { Delivery, DeliveryHow } from '../domain/record.ts'
import { Cutter, type TakeCut } from './cut.ts'
import { fragmentCodes, type JournalWriter, type Run } from './ports.ts'

/**
 * From bytes to the journal. Nothing is done with a record before it is journaled, and nothing is read that cannot be: an
 * intake says with `ready` when its sender may be read on, and until then the sender's own buffers hold the rest.
 *
 * Bounds of what is in memory and not yet on disk (R23), a process:
 * - finished records handed to the journal: 256 KiB, and the piece that was being cut when the bound was reached;
 * - the unfinished record of a connection: 64 KiB. Beyond 2 KiB, which no real record needs, these share 6 MiB a source and
 *   24 MiB a process: who would go over waits, so that senders of endless lines stop each other and never the exchange.
 */
const collectLimits = {
  unjournaledBytes: 256 * 1024,
  smallHeldBytes: 2 * 1024,
  largeHeldBytesOfSource: 6 << 20,
  largeHeldBytes: 24 << 20,
}

export interface CollectOptions {
  readonly journal: JournalWriter
  readonly now: () => number
  /** New records of this source are on the disk. */
  readonly journaled: (source: string) => void
  /** The journal failed: the process must end (R15). Told once. */
  readonly failed: (error: unknown) => void
}

interface SourceRoom {
  largeHeld: number
  connections: number
}

export class Collector {
  readonly #options: CollectOptions
  readonly #rooms = new Map<string, SourceRoom>()
  #unjournaled = 0
  #largeHeld = 0
  #failure: Error | null = null
  #waiting: (() => void)[] = []
  /** One for all intakes: a piece is cut and handed over in one go, and the journal copies what it is handed. */
  readonly builder = new RunBuilder()

  constructor(options: CollectOptions) {
    this.#options = options
  }

  connectionsOf(source: string): number {
    return this.#rooms.get(source)?.connections ?? 0
  }

  open(source: string, format: Format<unknown>, how: DeliveryHow, peer: string): Intake {
    const openedAt = this.#options.now()
    const uid = randomBytes(16).toString('hex')
    const room = this.#room(source)
    room.connections++
    return new Intake(this, new Cutter(format), { uid, source, format: format.name, how, peer, openedAt })
  }

  #room(source: string): SourceRoom {
    let room = this.#rooms.get(source)
    if (!room) this.#rooms.set(source, (room = { largeHeld: 0, connections: 0 }))
    return room
  }

  /** Throws when the journal has failed: nothing more is taken, and nobody is told that what he sent was kept. */
  requireJournal(): void {
    if (this.#failure) throw this.#failure
  }

  #fail(error: unknown): void {
    if (this.#failure) return
    this.#failure = error instanceof Error ? error : new Error(String(error))
    this.#options.failed(error)
    this.#wakeAll()
  }

  /** Hands a run over; the room it takes is given back when it is on the disk. */
  append(run: Run): Promise<void> {
    const bytes = run.bytes.length
    this.#unjournaled += bytes
    return this.#options.journal.append(run).then(
      () => {
        this.#unjournaled -= bytes
        this.#options.journaled(run.delivery.source)
        this.#wakeAll()
      },
      (error: unknown) => this.#fail(error),
    )
  }

  leave(source: string): void {
    this.#room(source).connections--
  }

  closed(delivery: Delivery): Promise<void> {
    const { journal, now } = this.#options
    return journal.close(delivery, now()).catch((error: unknown) => this.#fail(error))
  }

  /** An intake holds another number of bytes than before of a record that is not finished. */
  hold(source: string, before: number, after: number): void {
    const { smallHeldBytes } = collectLimits
    const grown = (after > smallHeldBytes ? after : 0) - (before > smallHeldBytes ? before : 0)
    if (grown === 0) return
    this.#room(source).largeHeld += grown
    this.#largeHeld += grown
    if (grown < 0) this.#wakeAll()
  }

  /** Room for more of this intake, which holds `held` bytes? */
  hasRoom(source: string, held: number): boolean {
    if (this.#unjournaled >= collectLimits.unjournaledBytes) return false
    if (held <= collectLimits.smallHeldBytes) return true
    return (
      this.#room(source).largeHeld <= collectLimits.largeHeldBytesOfSource &&
      this.#largeHeld <= collectLimits.largeHeldBytes
    )
  }

  roomChanged(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  #wakeAll(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
  }

  get now(): () => number {
    return this.#options.now
  }
}

/** What a connection brings at once, and the longest unfinished record before it. */
const keptBytes = 256 * 1024

/** One delivery being collected: a connection, a stdin session. */
export class Intake {
  readonly delivery: Delivery
  readonly #collector: Collector
  readonly #cutter: Cutter
  #held = 0
  #last: Promise<void> = Promise.resolve()
  #journaledAny = false
  #ended = false

  constructor(collector: Collector, cutter: Cutter, delivery: Delivery) {
    this.#collector = collector
    this.#cutter = cutter
    this.delivery = delivery
  }

  /** True when `push` may be called now. */
  get hasRoom(): boolean {
    return this.#collector.hasRoom(this.delivery.source, this.#held)
  }

  /** Resolves when `push` may be called; rejects when the journal has failed. */
  async ready(): Promise<void> {
    while (!this.hasRoom) {
      this.#collector.requireJournal()
      await this.#collector.roomChanged()
    }
  }

  push(chunk: Uint8Array): void {
    this.#cutInto((take) => this.#cutter.push(chunk, take), chunk.length)
  }

  /** The stream is over. Resolves when everything that came of it is on the disk, rejects when it cannot be. */
  async end(how: 'cut' | 'whole'): Promise<void> {
    if (this.#ended) return this.#last
    this.#ended = true
    this.#cutInto((take) => this.#cutter.end(how, take), 0)
    this.#collector.leave(this.delivery.source)
    await this.#last
    // A connection that brought no record leaves no trace but in the log of the process.
    if (this.#journaledAny) await this.#collector.closed(this.delivery)
    this.#collector.requireJournal()
  }

  #cutInto(cut: (take: TakeCut) => void, incoming: number): void {
    const { builder } = this.#collector
    builder.begin(incoming + this.#held)
    cut(builder.take)
    const held = this.#cutter.heldBytes
    this.#collector.hold(this.delivery.source, this.#held, this.#ended ? 0 : held)
    this.#held = this.#ended ? 0 : held
    if (builder.count === 0) return
    this.#journaledAny = true
    this.#last = this.#collector.append(builder.build(this.delivery, this.#collector.now()))
  }
}

/**
 * Gathers the records of one piece into one run. Its buffers are used again for the next piece: a new one for each would be
 * tens of megabytes of garbage, under a flood, before it is collected.
 */
class RunBuilder {
  count = 0
  #firstLine = 0
  #bytes = new Uint8Array(keptBytes)
  #length = 0
  #ends: Uint32Array = new Uint32Array(64)
  #occurrences: Uint32Array = new Uint32Array(64)
  #fragments: Uint8Array = new Uint8Array(64)

  begin(bytesAtMost: number): void {
    this.count = 0
    this.#length = 0
    if (bytesAtMost > this.#bytes.length || this.#bytes.length > keptBytes)
      this.#bytes = new Uint8Array(Math.max(bytesAtMost, keptBytes))
  }

  readonly take: TakeCut = (bytes, line, occurrence, fragment) => {
    if (this.count === 0) this.#firstLine = line
    if (this.count === this.#ends.length) this.#grow()
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
    this.#ends[this.count] = this.#length
    this.#occurrences[this.count] = occurrence
    this.#fragments[this.count] = fragment ? fragmentCodes.indexOf(fragment) : 0
    this.count++
  }

  #grow(): void {
    const grown = <A extends Uint32Array | Uint8Array>(next: A, old: A): A => {
      next.set(old)
      return next
    }
    const size = this.#ends.length * 2
    this.#ends = grown(new Uint32Array(size), this.#ends)
    this.#occurrences = grown(new Uint32Array(size), this.#occurrences)
    this.#fragments = grown(new Uint8Array(size), this.#fragments)
  }

  /** Valid until the next `begin`. */
  build(delivery: Delivery, receivedAt: number): Run {
    return {
      delivery,
      firstLine: this.#firstLine,
      receivedAt,
      bytes: this.#bytes.subarray(0, this.#length),
      ends: this.#ends.subarray(0, this.count),
      occurrences: this.#occurrences.subarray(0, this.count),
      fragments: this.#fragments.subarray(0, this.count),
    }
  }
}
