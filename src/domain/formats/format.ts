import type { Call } from '../call.ts'
import type { Reader } from '../reading.ts'
import type { Fragment, QuarantineReason } from '../record.ts'
import type { FormatName } from './format-name.ts'

/**
 * A **format** is how one kind of exchange writes its call records. Each is a folder beside this file that exports one
 * `Format`; the list is `formats.ts`. Everything here is pure: no clock, no settings but those handed in, no throw on input.
 */

/** Takes one framed record. `bytes` is valid only during the call: a view into the chunk or into the framer's own buffer. */
export type TakeRecord = (bytes: Uint8Array, fragment: Fragment | null) => void

/** Cuts a stream of bytes into records. Line ends (LF, CR LF) belong to no record; an empty line is no record. */
export interface Framer {
  push(chunk: Uint8Array, take: TakeRecord): void
  /**
   * The stream is over. `cut`: whatever is left is a `partial` fragment, because the sender may send it again whole
   * (connections, stdin). `whole`: the end counts as a line end (files, HTTP bodies).
   */
  end(how: 'cut' | 'whole', take: TakeRecord): void
  /** Bytes held of the record that is not finished yet, at most `recordLimitBytes` and a line end. */
  readonly heldBytes: number
}

export type Parsed<Fields> =
  | {
      readonly kind: 'segment'
      /** Wall milliseconds of the segment's own start, as written. */
      readonly startWall: number
      /** Wall milliseconds of its own end: start plus its parts, on a clock that does not jump. */
      readonly endWall: number
      readonly fields: Fields
      /** Names of fields whose value is beyond belief though readable; the record is stored all the same. */
      readonly suspect: readonly string[]
    }
  /** A line that the format knows and that is no part of a call: stored, no segment. */
  | { readonly kind: 'no-call' }
  /** `detail` says what was found and what was expected, in English, naming the field. */
  | { readonly kind: 'bad'; readonly reason: QuarantineReason; readonly detail: string }

/** One leg of a call: a record that was read. */
export interface Segment<Fields> {
  /** The id of its record. */
  readonly id: number
  readonly startWall: number
  readonly endWall: number
  /** Receipt, delivery and line of the stored record: the last resort where the record itself does not tell the order. */
  readonly receivedAt: number
  readonly delivery: number
  readonly line: number
  readonly fields: Fields
}

/** What a call in a repeated autumn hour may lean on, besides its own records (R10). */
export interface HourEvidence {
  /** Earliest receipt by a live delivery of a record or of its duplicates, by record id; null when it never came live. */
  readonly liveReceipt: (recordId: number) => number | null
  /** The other calls of the source that begin in the same repeated hour. */
  readonly neighbours: readonly { readonly exchangeCallId: string; readonly startWall: number }[]
}

/** One end of a leg. */
export interface LegEnd {
  readonly kind: 'extension' | 'outside' | 'machine' | 'conference' | 'tone' | 'barred' | 'none'
  /** Number of the extension, name of the line, channel, room or application; null when the record names none. */
  readonly number: string | null
  readonly name: string | null
}

/** A segment in words: what `smena call` shows and what is later attributed to people. Instants are UTC milliseconds. */
export interface Leg {
  readonly recordId: number
  readonly startedAt: number
  /** When a person, an outside party or a conference answered; null when none did. */
  readonly answeredAt: number | null
  readonly endedAt: number
  readonly from: LegEnd
  readonly to: LegEnd
  /** False for rows that repeat or support another leg (consultations, Local halves): shown, never summed. */
  readonly main: boolean
  readonly ringSeconds: number
  readonly talkSeconds: number
  readonly holdSeconds: number
  readonly parkSeconds: number
  readonly machineSeconds: number
}

export interface Format<Fields> {
  readonly name: FormatName
  /** Version of this parser and assembly; raised whenever either would make other calls of the same records. */
  readonly rules: number
  readonly openFramer: () => Framer
  /**
   * The bytes on which a record's identity stands (R3): without a BOM at the start of the stream, without what the
   * transport adds. Returns its argument when there is nothing to take away.
   */
  readonly contentOf: (record: Uint8Array, atStreamStart: boolean) => Uint8Array
  /**
   * Wall milliseconds of the record's own start as written; 0 when there is none or it lies outside 1970–2099.
   * A function of the bytes alone: never of a zone, a setting or the receipt.
   */
  readonly contentAt: (content: Uint8Array) => number
  /** False when the record carries a number of its own, so that two equal ones are one fact sent twice (k is always 1). */
  readonly mayRepeat: (content: Uint8Array) => boolean
  readonly parse: (content: Uint8Array, reader: Reader) => Parsed<Fields>
  /** Text under which the store keeps a segment's fields, and back. */
  readonly pack: (fields: Fields) => string
  readonly unpack: (text: string) => Fields
  /**
   * Numbers under which segments that could belong to one call find each other in the store: two segments that `join`
   * would put together directly share at least one. Whole numbers from 0 to 2^53 − 1 that rise with time, so that the index
   * over them grows at its end. May collide: `join` looks at the segments themselves.
   */
  readonly joinKeys: (segment: Segment<Fields>) => readonly number[]
  /**
   * Parts segments into calls. Looks at the records alone (no zone, no setting); monotone: a further segment may join
   * calls, never part them. Each group is in the order in which the legs took place.
   */
  readonly join: (segments: readonly Segment<Fields>[]) => readonly (readonly Segment<Fields>[])[]
  /** One group of `join` as a call. `evidence` is given when a segment starts in a repeated hour of the reading's zone. */
  readonly assemble: (group: readonly Segment<Fields>[], reader: Reader, evidence: HourEvidence | null) => Call
  /** The same group leg by leg, in the same order. */
  readonly legs: (group: readonly Segment<Fields>[], reader: Reader, evidence: HourEvidence | null) => readonly Leg[]
}
