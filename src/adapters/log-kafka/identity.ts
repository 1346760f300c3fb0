import type { Delivery, DeliveryHow } from '../../domain/record.ts'
import { type LogRecord, fragmentCodes } from '../../pipeline/ports.ts'
import { putVarint, type Cursor, takeVarint } from './varint.ts'

/**
 * What the journal knows of a record, packed into the key of its Kafka message; the value is the record's bytes and nothing
 * else, so that any tool of Kafka sees the exchange's lines. One field, because each header of a record costs the client as
 * much as the record itself. Whole numbers are little-endian or unsigned varints:
 *
 *     'S' 1 · u16 length of the head · journal id (16) · delivery uid (16) · opened at (u48, ms) · how (u8)
 *           · u8 length, format · u16 length, peer                                    ← the head: one for each delivery
 *     number · line · occurrence (varints) · received at (u48, ms) · fragment (u8)
 *
 * A key that is not of this form belongs to another producer: its record is one without identity (R20).
 */
const magic = 0x53
const version = 1
const fixedBytes = 2 + 2 + 16 + 16 + 6 + 1 + 1 + 2
/** The longest that follows the head. */
const tailBytesAtMost = 8 + 8 + 5 + 6 + 1

const hows: readonly DeliveryHow[] = ['tcp', 'stdin', 'http', 'follow', 'ship', 'import', 'kafka']

export interface Identity {
  readonly journal: string
  readonly number: number
  readonly delivery: Delivery
  readonly line: number
  readonly occurrence: number
  readonly receivedAt: number
  readonly fragment: LogRecord['fragment']
}

export class IdentityWriter {
  readonly #journal: Buffer
  readonly #heads = new WeakMap<Delivery, Buffer>()

  constructor(journalId: string) {
    this.#journal = Buffer.from(journalId, 'hex')
  }

  /** Bytes that the key of a record of this delivery can have at most. */
  roomFor(delivery: Delivery): number {
    return this.#headOf(delivery).length + tailBytesAtMost
  }

  /** Writes the key at `at` and returns where it ends. */
  write(target: Buffer, at: number, record: LogRecord): number {
    const head = this.#headOf(record.delivery)
    head.copy(target, at)
    let end = at + head.length
    end = putVarint(target, end, record.number)
    end = putVarint(target, end, record.line)
    end = putVarint(target, end, record.occurrence)
    end = target.writeUIntLE(record.receivedAt, end, 6)
    return target.writeUInt8(record.fragment ? fragmentCodes.indexOf(record.fragment) : 0, end)
  }

  #headOf(delivery: Delivery): Buffer {
    const known = this.#heads.get(delivery)
    if (known) return known
    const format = Buffer.from(delivery.format, 'latin1')
    const peer = Buffer.from(delivery.peer.toWellFormed(), 'utf8').subarray(0, 1024)
    const head = Buffer.alloc(fixedBytes + format.length + peer.length)
    head.writeUInt8(magic, 0)
    head.writeUInt8(version, 1)
    head.writeUInt16LE(head.length, 2)
    this.#journal.copy(head, 4)
    head.write(delivery.uid, 20, 'hex')
    head.writeUIntLE(delivery.openedAt, 36, 6)
    head.writeUInt8(hows.indexOf(delivery.how), 42)
    head.writeUInt8(format.length, 43)
    format.copy(head, 44)
    head.writeUInt16LE(peer.length, 44 + format.length)
    peer.copy(head, 46 + format.length)
    this.#heads.set(delivery, head)
    return head
  }
}

export class IdentityReader {
  readonly #source: string
  #head: Buffer = Buffer.alloc(0)
  #journal = ''
  #delivery: Delivery | null = null

  constructor(source: string) {
    this.#source = source
  }

  /** Null: the key is none of ours. */
  read(key: Buffer | null): Identity | null {
    if (key === null || key.length < fixedBytes || key[0] !== magic || key[1] !== version) return null
    const length = key.readUInt16LE(2)
    if (length < fixedBytes || length > key.length) return null
    const delivery = this.#deliveryOf(key.subarray(0, length))
    if (!delivery) return null
    const cursor: Cursor = { bytes: key, at: length }
    const number = takeVarint(cursor)
    const line = takeVarint(cursor)
    const occurrence = takeVarint(cursor)
    if (number === null || line === null || occurrence === null || cursor.at + 7 !== key.length) return null
    const code = key.readUInt8(cursor.at + 6)
    if (number < 1 || line < 1 || code >= fragmentCodes.length) return null
    const receivedAt = key.readUIntLE(cursor.at, 6)
    return {
      journal: this.#journal,
      number,
      delivery,
      line,
      occurrence,
      receivedAt,
      fragment: fragmentCodes[code] ?? null,
    }
  }

  #deliveryOf(head: Buffer): Delivery | null {
    if (this.#delivery && this.#head.equals(head)) return this.#delivery
    const how = hows[head.readUInt8(42)]
    const formatLength = head.readUInt8(43)
    if (how === undefined || fixedBytes + formatLength > head.length) return null
    const peerLength = head.readUInt16LE(44 + formatLength)
    if (fixedBytes + formatLength + peerLength !== head.length) return null
    this.#journal = head.toString('hex', 4, 20)
    this.#delivery = {
      uid: head.toString('hex', 20, 36),
      source: this.#source,
      format: head.toString('latin1', 44, 44 + formatLength),
      how,
      peer: head.toString('utf8', 46 + formatLength),
      openedAt: head.readUIntLE(36, 6),
    }
    // The message's buffer is large and goes; this stays.
    this.#head = Buffer.from(head)
    return this.#delivery
  }
}
