import { hash } from 'node:crypto'
import type { Format, Parsed } from '../domain/formats/format.ts'
import { type Delivery, type Fragment, type QuarantineReason, recordLimitBytes } from '../domain/record.ts'
import type { LogRecord } from './ports.ts'
import { readingAt, type SourceReadings } from './readings.ts'
import type { RecordIdentity } from './store.ts'

/** A record on its way into the store: identity known, content read. Made before the source is locked. */
export interface Candidate {
  readonly record: LogRecord
  readonly identity: RecordIdentity
  readonly verdict: Verdict
  readonly readingId: number
}

type Verdict =
  | Exclude<Parsed<unknown>, { kind: 'bad' }>
  | { readonly kind: 'bad'; readonly reason: QuarantineReason; readonly detail: string }

/** The record as it goes into quarantine when the store refuses what it says (R13). */
export const refusedCandidate = (candidate: Candidate, detail: string): Candidate => ({
  ...candidate,
  verdict: { kind: 'bad', reason: 'store-refused', detail },
})

const fragmentDetails: Readonly<Record<Fragment, string>> = {
  partial:
    'the connection or session ended inside this record; its whole copy, if it was sent again, is a record of its own',
  'too-long': 'a piece of a record that is longer than 65536 bytes',
  damaged: 'the checksum of this journal entry is wrong: the bytes stand here as they were found',
}

const lineFeed = 10

/** A message of another producer is not cut into pieces: it stands there whole. */
const fragmentDetail = (fragment: Fragment, { length }: Uint8Array): string =>
  fragment === 'too-long' && length > recordLimitBytes
    ? `a message of ${length} bytes, expected a record of at most ${recordLimitBytes}: ${oneInAMessage}`
    : fragmentDetails[fragment]

const oneInAMessage = 'have each record sent as a message by itself, and import these bytes as a file'

/** Reads records: identity (R3), fragments apart (R2), content by the reading that holds for each. */
export function readCandidates(
  source: SourceReadings,
  hashKey: Uint8Array,
  records: readonly LogRecord[],
): Candidate[] {
  const hasher = new IdentityHasher(hashKey)
  return records.map((record) => {
    if (record.fragment) return fragmentCandidate(source, hasher, record, record.fragment)
    return wholeCandidate(source, hasher, record)
  })
}

function fragmentCandidate(
  source: SourceReadings,
  hasher: IdentityHasher,
  record: LogRecord,
  fragment: Fragment,
): Candidate {
  return {
    record,
    identity: { contentAt: 0, hash: hasher.ofFragment(record.delivery, record.line), k: 0 },
    verdict: { kind: 'bad', reason: fragment, detail: fragmentDetail(fragment, record.bytes) },
    readingId: readingAt(source, 0).id,
  }
}

/**
 * A record that has come so many times within arm's reach of itself says nothing new about a call: it is stored and counted,
 * and makes no further segment. A mad sender of one line then costs time and not the square of it.
 */
const equalSegmentsAtMost = 1000

/** Also for a fragment that a person asks to be read as a record (R2). */
export function wholeCandidate(source: SourceReadings, hasher: IdentityHasher, record: LogRecord): Candidate {
  const { content, contentAt, reading } = contentOf(source, record.bytes, record.line === 1, record.receivedAt)
  const several = severalRecords(reading.format, record.bytes)
  const parsed = several ?? reading.format.parse(content, reading.reader)
  // Framed as another exchange's, when the source was configured as that, a row with a number of its own may have been counted (R4).
  const k = record.occurrence > 1 && reading.format.mayRepeat(content) ? record.occurrence : 1
  return {
    record,
    identity: { contentAt, hash: hasher.ofContent(content), k },
    verdict: parsed.kind === 'segment' && k > equalSegmentsAtMost ? { kind: 'no-call' } : parsed,
    readingId: reading.id,
  }
}

/**
 * What a framer cut is one record. A message of another producer was cut by nobody: of several lines in it a parser would take
 * the first and lose the rest without a word, so they are kept together as they came. What a line break inside quotes is, the
 * format's framer says here as it does on a socket.
 */
function severalRecords(format: Format<unknown>, bytes: Uint8Array): Verdict | null {
  if (!bytes.includes(lineFeed)) return null
  let count = 0
  const framer = format.openFramer()
  const take = () => {
    count++
  }
  framer.push(bytes, take)
  framer.end('whole', take)
  if (count < 2) return null
  return { kind: 'bad', reason: 'not-a-record', detail: `holds ${count} records, expected one: ${oneInAMessage}` }
}

/**
 * Which reading holds depends on the record's wall time, and how to find that time is the format's to say: the newest
 * format that finds a time which its own reading covers; a record without one is read by what holds at its receipt.
 */
function contentOf(source: SourceReadings, bytes: Uint8Array, atStreamStart: boolean, receivedAt: number) {
  const tried = new Set<Format<unknown>>()
  for (const { format } of source.versions.toReversed()) {
    if (tried.has(format)) continue
    tried.add(format)
    const content = format.contentOf(bytes, atStreamStart)
    const contentAt = format.contentAt(content)
    if (contentAt === 0) continue
    const reading = readingAt(source, contentAt)
    if (reading.format === format) return { content, contentAt, reading }
  }
  const reading = readingAt(source, source.versions.at(-1)?.reader.zone.wallAt(receivedAt) ?? receivedAt)
  const content = reading.format.contentOf(bytes, atStreamStart)
  return { content, contentAt: reading.format.contentAt(content), reading }
}

/** SHA-256 under the key of the installation, cut to 16 bytes. One-shot over a buffer of its own: fifteen times an HMAC. */
export class IdentityHasher {
  readonly #key: Uint8Array
  #scratch: Uint8Array

  constructor(key: Uint8Array) {
    this.#key = key
    this.#scratch = new Uint8Array(key.length + 4096)
    this.#scratch.set(key)
  }

  ofContent(content: Uint8Array): Uint8Array {
    const length = this.#key.length + content.length
    if (length > this.#scratch.length) {
      this.#scratch = new Uint8Array(length)
      this.#scratch.set(this.#key)
    }
    this.#scratch.set(content, this.#key.length)
    return hash('sha256', this.#scratch.subarray(0, length), 'buffer').subarray(0, 16)
  }

  ofFragment(delivery: Delivery, line: number): Uint8Array {
    return this.ofContent(new TextEncoder().encode(`fragment ${delivery.uid} ${line}`))
  }
}
