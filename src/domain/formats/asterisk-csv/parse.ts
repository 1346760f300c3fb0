import { cleanText, decodeField } from '../text.ts'
import type { Parsed } from '../format.ts'
import type { Reader } from '../../reading.ts'
import type { QuarantineReason } from '../../record.ts'
import { callerName, withoutHost } from './caller-id.ts'
import { type AsteriskFields, type Disposition, dispositions, isConference } from './fields.ts'
import {
  answerOf,
  billsecOf,
  type Columns,
  columnsAtLeast,
  columnsAtMost,
  cutColumns,
  dispositionOf,
  doubled,
  dstchannelOf,
  endOf,
  isEmptyAt,
  lastappOf,
  lastdataOf,
  type Layout,
  layoutOf,
  notAscii,
  timeAt,
  wholeAt,
} from './row.ts'
import { readUniqueId } from './unique-id.ts'

/** A row as a segment. Total: every sequence of bytes is a segment or `bad` with a reason. */
export function parse(content: Uint8Array, reader: Reader): Parsed<AsteriskFields> {
  const cut = cutColumns(content)
  if (cut.damage !== null) return bad('broken-quote', `column ${cut.count + 1} ${damages[cut.damage]}`)
  if (cut.count < columnsAtLeast) return bad('too-few-fields', countsSay(cut.count))
  if (cut.count > columnsAtMost) return bad('too-many-fields', countsSay(cut.count))
  const row = new RowText(content, cut, layoutOf(content, cut), reader.reading.encoding)
  const { layout } = row

  const startWall = timeAt(content, cut, layout.start)
  if (startWall === null) return row.badField(layout.start, 'start', aTime)
  const answerWall = timeAt(content, cut, answerOf(layout))
  if (answerWall === null && !isEmptyAt(cut, answerOf(layout)))
    return row.badField(answerOf(layout), 'answer', `${aTime}, or nothing`)
  const endWall = timeAt(content, cut, endOf(layout))
  if (endWall === null) return row.badField(endOf(layout), 'end', aTime)
  const duration = wholeAt(content, cut, layout.duration)
  if (duration === null) return row.badField(layout.duration, 'duration', aWhole)
  const billSeconds = wholeAt(content, cut, billsecOf(layout))
  if (billSeconds === null) return row.badField(billsecOf(layout), 'billsec', aWhole)
  if (billSeconds > duration + 1)
    return row.badField(billsecOf(layout), 'billsec', `at most duration + 1 = ${duration + 1}`)
  const sequence = layout.sequence < 0 ? null : wholeAt(content, cut, layout.sequence)
  if (sequence === null && layout.order === 'cdr_csv' && layout.sequence >= 0 && !isEmptyAt(cut, layout.sequence))
    return row.badField(layout.sequence, 'sequence', aWhole)

  const long = row.tooLong()
  if (long !== null) return long

  const times = timesOf(startWall, answerWall, endWall, duration, billSeconds)
  if (!staysInRange(startWall, Math.max(duration, times.lastsSeconds), reader))
    return row.badField(layout.start, 'start', 'a call within 1970–2099')

  const disposition = row.text(dispositionOf(layout))
  const known = isDisposition(disposition)
  const src = row.text(layout.src)
  const uniqueid = layout.uniqueid < 0 ? '' : row.text(layout.uniqueid)
  const lastapp = row.text(lastappOf(layout))
  const suspect = times.suspect === null ? [] : [times.suspect]
  if (!known) suspect.push('disposition')
  return {
    kind: 'segment',
    startWall,
    endWall: startWall + duration * 1000,
    fields: {
      src: withoutHost(src),
      dst: withoutHost(row.text(layout.dst)),
      name: callerName(row.callerId(layout.clid), src),
      channel: row.text(layout.channel),
      dstchannel: row.text(dstchannelOf(layout)),
      lastapp,
      conference: isConference(lastapp) ? firstArgument(row.text(lastdataOf(layout))) : null,
      lastsSeconds: times.lastsSeconds,
      jumpSeconds: times.jumpSeconds,
      answerAfterSeconds: times.answerAfterSeconds,
      billSeconds,
      disposition: known ? disposition : 'UNKNOWN',
      uniqueid: layout.oneOfTwo && readUniqueId(uniqueid) === null ? '' : uniqueid,
      linkedid: layout.linkedid < 0 ? '' : row.text(layout.linkedid),
      sequence,
    },
    suspect,
  }
}

const damages: Readonly<Record<NonNullable<Columns['damage']>, string>> = {
  unclosed: 'opens a quote that never closes',
  'text-after-quote': 'has text after its closing quote; expected a comma',
  'quote-inside': 'has a quote inside bare text; expected the column to begin with it',
}

const countsSay = (found: number): string => `found ${found} columns, expected ${columnsAtLeast} to ${columnsAtMost}`
const aTime = 'YYYY-MM-DD HH:MM:SS within 1970–2099'
const aWhole = 'a whole number from 0 to 2^53 − 1'

const bad = (reason: QuarantineReason, detail: string): Parsed<AsteriskFields> => ({ kind: 'bad', reason, detail })

const isDisposition = (text: string): text is Disposition => (dispositions as readonly string[]).includes(text)

/** Arguments are separated by commas, by `|` in releases up to 1.4. */
function firstArgument(lastdata: string): string | null {
  const argument = lastdata.slice(0, lastdata.search(/[,|]|$/u)).trim()
  return argument === '' || argument.length > longestText ? null : argument
}

interface Times {
  readonly lastsSeconds: number
  readonly jumpSeconds: number
  readonly answerAfterSeconds: number | null
  readonly suspect: string | null
}

/** Milliseconds are cut off before the difference is written, and a clock is drawn to the right time little by little. */
const ordinaryDifference = 2
const quarterHour = 900

/**
 * Start, answer and end are read off a clock, duration and billsec are measured. Where the two agree to the second or two that
 * cutting off fractions makes, the times stand as written. Where they do not, the clock jumped between start and end, and what was
 * measured tells on which side of the jump the answer lies: talk began `billsec` before the end.
 */
function timesOf(start: number, answer: number | null, end: number, duration: number, billSeconds: number): Times {
  const written = (end - start) / 1000
  const difference = written - duration
  const offset = answer === null ? null : (answer - start) / 1000
  if (Math.abs(difference) <= ordinaryDifference) {
    const lastsSeconds = Math.max(0, written)
    const answerAfterSeconds = offset === null ? null : clamp(offset, lastsSeconds)
    const suspect = offset === null || Math.abs(offset - clamp(offset, lastsSeconds)) <= 1 ? null : 'answer'
    return { lastsSeconds, jumpSeconds: 0, answerAfterSeconds, suspect }
  }
  const measured = duration - billSeconds
  let answerAfterSeconds = offset
  if (offset !== null) {
    const before = offset - difference
    answerAfterSeconds = clamp(Math.abs(before - measured) < Math.abs(offset - measured) ? before : offset, duration)
  }
  // Zones change their offset by multiples of a quarter of an hour; anything else is a clock that was set.
  const beside = Math.abs(difference - Math.round(difference / quarterHour) * quarterHour)
  const suspect = beside <= ordinaryDifference ? null : 'duration'
  return { lastsSeconds: duration, jumpSeconds: difference, answerAfterSeconds, suspect }
}

const clamp = (seconds: number, atMost: number): number => Math.min(Math.max(seconds, 0), atMost)

const dayMs = 86_400_000
const rangeEnd = Date.UTC(2100, 0, 1)

/** Near the edges of 1970–2099 the zone decides whether the instants stay inside. */
function staysInRange(startWall: number, seconds: number, reader: Reader): boolean {
  const endWall = startWall + seconds * 1000
  if (startWall >= dayMs && endWall < rangeEnd - dayMs) return true
  if (endWall >= rangeEnd) return false
  const { first, second } = reader.zone.readings(startWall)
  return first >= 0 && second + seconds * 1000 < rangeEnd
}

/** Asterisk holds these texts in buffers of 80 to 256 bytes. */
const longestText = 512

const texts: readonly (readonly [name: string, columnOf: (layout: Layout) => number])[] = [
  ['src', ({ src }) => src],
  ['dst', ({ dst }) => dst],
  ['clid', ({ clid }) => clid],
  ['channel', ({ channel }) => channel],
  ['dstchannel', dstchannelOf],
  ['lastapp', lastappOf],
  ['uniqueid', ({ uniqueid }) => uniqueid],
  ['linkedid', ({ linkedid }) => linkedid],
]

const oneByteEach = new TextDecoder('latin1')
const mostShown = 40

/** The text of a row's columns. Most columns are plain ASCII: the row is decoded once and they are cut out of it. */
class RowText {
  readonly layout: Layout
  readonly #bytes: Uint8Array
  readonly #cut: Columns
  readonly #encoding: string
  #ascii: string | null = null

  constructor(bytes: Uint8Array, cut: Columns, layout: Layout, encoding: string) {
    this.layout = layout
    this.#bytes = bytes
    this.#cut = cut
    this.#encoding = encoding
  }

  text(column: number): string {
    return (this.#cut.marks[column] as number) & notAscii
      ? decodeField(this.#value(column), this.#encoding)
      : this.#plain(column)
  }

  /** A name may also have been cut before the quote that closes it: its length limit is another one than that of the field. */
  callerId(column: number): string {
    if (!((this.#cut.marks[column] as number) & notAscii)) return this.#plain(column)
    const value = this.#value(column)
    const closing = value.lastIndexOf(34)
    return decodeField(value, this.#encoding, closing > 0 ? [closing] : [])
  }

  /** A text that no release can have written, and that no index over numbers and names could hold. */
  tooLong(): Parsed<AsteriskFields> | null {
    for (const [name, columnOf] of texts) {
      const column = columnOf(this.layout)
      if (column >= 0 && (this.#cut.to[column] as number) - (this.#cut.from[column] as number) > longestText)
        return this.badField(column, name, `at most ${longestText} bytes`)
    }
    return null
  }

  badField(column: number, name: string, expected: string): Parsed<AsteriskFields> {
    const from = this.#cut.from[column] as number
    const to = this.#cut.to[column] as number
    const shown = decodeField(this.#bytes.subarray(from, Math.min(to, from + mostShown)), this.#encoding)
    const found = JSON.stringify(to - from > mostShown ? `${shown}…` : shown)
    return bad('bad-field', `column ${column + 1} (${name}): found ${cleanText(found)}, expected ${expected}`)
  }

  #plain(column: number): string {
    const from = this.#cut.from[column] as number
    const to = this.#cut.to[column] as number
    if (from === to) return ''
    this.#ascii ??= oneByteEach.decode(this.#bytes)
    const text = this.#ascii.slice(from, to)
    return (this.#cut.marks[column] as number) & doubled ? text.replaceAll('""', '"') : text
  }

  #value(column: number): Uint8Array {
    const value = this.#bytes.subarray(this.#cut.from[column], this.#cut.to[column])
    if (!((this.#cut.marks[column] as number) & doubled)) return value
    const single = new Uint8Array(value.length)
    let length = 0
    for (let at = 0; at < value.length; at++) {
      const byte = value[at] as number
      single[length++] = byte
      if (byte === 34) at++
    }
    return single.subarray(0, length)
  }
}
