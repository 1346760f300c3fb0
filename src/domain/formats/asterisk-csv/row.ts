import { wallOf } from '../../clock.ts'

/**
 * A row as bytes: `cdr_csv` writes strings in `"`, an inner `"` doubled, numbers bare, a time that was never reached as nothing at
 * all; line breaks inside a string are not escaped (cdr/cdr_csv.c). A backslash is a plain character here.
 *
 * A column is either quoted from its first byte to its last or holds no quote at all. Anything else (text after a closing quote, a
 * quote inside a bare column, a quote that never closes) is damage: where the columns end is no longer known, so nothing is
 * guessed.
 */

const quote = 34
const comma = 44
const lessThan = 60

/** Columns 1 to 21; one more is kept so that "too many" is seen. */
export const columnsAtMost = 21
export const columnsAtLeast = 16

/** A row cut into its columns. Columns are numbered from 0; those beyond `kept` are counted, not kept. */
export interface Columns {
  /** How many columns there are; with damage, how many stand before the damaged one. */
  readonly count: number
  readonly damage: 'unclosed' | 'text-after-quote' | 'quote-inside' | null
  /** Offsets of a column's content: quotes that enclose it left out, doubled quotes still doubled. */
  readonly from: Int32Array
  readonly to: Int32Array
  /** Bit 1: holds doubled quotes. Bit 2: holds a byte that is not plain ASCII, or a NUL. */
  readonly marks: Uint8Array
}

const kept = columnsAtMost + 1
export const doubled = 1
export const notAscii = 2

/** One set of offsets for every row: rows are cut one at a time, and the offsets are read before the next one is cut. */
const columns: { -readonly [K in keyof Columns]: Columns[K] } = {
  count: 0,
  damage: null,
  from: new Int32Array(kept),
  to: new Int32Array(kept),
  marks: new Uint8Array(kept),
}

/** The result is valid until the next call. One pass whatever the bytes are. */
export function cutColumns(row: Uint8Array): Columns {
  const { from, to, marks } = columns
  const length = row.length
  let count = 0
  columns.damage = null
  for (let at = 0; ; at++) {
    let mark = 0
    let start = at
    let end: number
    if (row[at] === quote) {
      start = ++at
      for (;;) {
        if (at >= length) return damaged(count, 'unclosed')
        const byte = row[at] as number
        if (byte === quote) {
          if (row[at + 1] !== quote) break
          mark |= doubled
          at++
        } else if (byte >= 0x80 || byte === 0) mark |= notAscii
        at++
      }
      end = at++
      if (at < length && row[at] !== comma) return damaged(count, 'text-after-quote')
    } else {
      for (; at < length; at++) {
        const byte = row[at] as number
        if (byte === comma) break
        if (byte === quote) return damaged(count, 'quote-inside')
        if (byte >= 0x80 || byte === 0) mark |= notAscii
      }
      end = at
    }
    if (count < kept) {
      from[count] = start
      to[count] = end
      marks[count] = mark
    }
    count++
    if (at >= length) break
  }
  columns.count = count
  return columns
}

function damaged(count: number, damage: NonNullable<Columns['damage']>): Columns {
  columns.count = count
  columns.damage = damage
  return columns
}

/**
 * Where each value stands, by column from 0; −1: not in this row. `cdr_csv` by the number of columns: `loguniqueid` and
 * `loguserfield` add one each, `newcdrcolumns` adds peeraccount, linkedid and sequence. With 17 and 20 columns only one of the
 * first two is there, and its text tells which (`oneOfTwo`). Options may change while the file lives, so each row is read by
 * itself.
 */
export interface Layout {
  readonly order: 'cdr_csv' | 'cdr_custom'
  readonly src: number
  readonly dst: number
  readonly clid: number
  readonly channel: number
  readonly start: number
  readonly duration: number
  readonly uniqueid: number
  readonly oneOfTwo: boolean
  readonly linkedid: number
  readonly sequence: number
}

const cdrCsv = (uniqueid: number, oneOfTwo: boolean, linkedid: number, sequence: number): Layout => ({
  order: 'cdr_csv',
  src: 1,
  dst: 2,
  clid: 4,
  channel: 5,
  start: 9,
  duration: 12,
  uniqueid,
  oneOfTwo,
  linkedid,
  sequence,
})

const cdrCsvLayouts: readonly Layout[] = [
  cdrCsv(-1, false, -1, -1),
  cdrCsv(16, true, -1, -1),
  cdrCsv(16, false, -1, -1),
  cdrCsv(-1, false, 17, 18),
  cdrCsv(16, true, 18, 19),
  cdrCsv(16, false, 19, 20),
]

/**
 * The sample mapping of cdr_custom.conf, which writes a file that is called Master.csv too: clid, src, dst, dcontext, channel,
 * dstchannel, lastapp, lastdata, start, answer, end, duration, billsec, disposition, amaflags, accountcode, uniqueid, userfield,
 * sequence. What a site adds behind these is not read.
 */
const cdrCustom = (count: number): Layout => ({
  order: 'cdr_custom',
  src: 1,
  dst: 2,
  clid: 0,
  channel: 4,
  start: 8,
  duration: 11,
  uniqueid: count > 16 ? 16 : -1,
  oneOfTwo: false,
  linkedid: -1,
  sequence: count > 18 ? 18 : -1,
})

const cdrCustomLayouts: readonly Layout[] = [16, 17, 18, 19, 20, 21].map(cdrCustom)

/** Columns that follow the channel, and those that follow the start, stand in the same sequence in both orders. */
export const dstchannelOf = (layout: Layout): number => layout.channel + 1
export const lastappOf = (layout: Layout): number => layout.channel + 2
export const lastdataOf = (layout: Layout): number => layout.channel + 3
export const answerOf = (layout: Layout): number => layout.start + 1
export const endOf = (layout: Layout): number => layout.start + 2
export const billsecOf = (layout: Layout): number => layout.duration + 1
export const dispositionOf = (layout: Layout): number => layout.duration + 2

/** For a row with 16 to 21 columns. */
export const layoutOf = (row: Uint8Array, cut: Columns): Layout =>
  (isCustomOrder(row, cut) ? cdrCustomLayouts : cdrCsvLayouts)[cut.count - columnsAtLeast] as Layout

/**
 * The cdr_custom order: caller id first, with its `<`, and `start` in column 9. Where columns 10 and 12 are times as well, they
 * are the start and end of cdr_csv, and column 9 is an argument that only looks like a time.
 */
function isCustomOrder(row: Uint8Array, cut: Columns): boolean {
  if (!hasLessThan(row, cut)) return false
  return timeAt(row, cut, 8) !== null && !(timeAt(row, cut, 9) !== null && timeAt(row, cut, 11) !== null)
}

function hasLessThan(row: Uint8Array, cut: Columns): boolean {
  if (cut.count === 0) return false
  const end = cut.to[0] as number
  for (let at = cut.from[0] as number; at < end; at++) if (row[at] === lessThan) return true
  return false
}

/** `YYYY-MM-DD HH:MM:SS` in a column, as wall milliseconds; null when it is anything else or outside 1970–2099. */
export function timeAt(row: Uint8Array, cut: Columns, column: number): number | null {
  if (column >= cut.count || column >= kept) return null
  const at = cut.from[column] as number
  if ((cut.to[column] as number) - at !== 19) return null
  if (row[at + 4] !== 45 || row[at + 7] !== 45 || row[at + 10] !== 32) return null
  if (row[at + 13] !== 58 || row[at + 16] !== 58) return null
  const century = twoDigits(row, at)
  const year = twoDigits(row, at + 2)
  if (century < 0 || year < 0) return null
  return wallOf(
    century * 100 + year,
    twoDigits(row, at + 5),
    twoDigits(row, at + 8),
    twoDigits(row, at + 11),
    twoDigits(row, at + 14),
    twoDigits(row, at + 17),
  )
}

function twoDigits(row: Uint8Array, at: number): number {
  const tens = (row[at] as number) - 48
  const ones = (row[at + 1] as number) - 48
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1
}

/** A column of digits as a number up to 2^53 − 1; null when it is anything else. */
export function wholeAt(row: Uint8Array, cut: Columns, column: number): number | null {
  const from = cut.from[column] as number
  const to = cut.to[column] as number
  if (to === from || to - from > 16) return null
  let value = 0
  for (let at = from; at < to; at++) {
    const digit = (row[at] as number) - 48
    if (!(digit >= 0 && digit <= 9)) return null
    value = value * 10 + digit
  }
  return value <= Number.MAX_SAFE_INTEGER ? value : null
}

export const isEmptyAt = (cut: Columns, column: number): boolean => cut.from[column] === cut.to[column]

const hasRightCount = (cut: Columns): boolean =>
  cut.damage === null && cut.count >= columnsAtLeast && cut.count <= columnsAtMost

/** True when the bytes by themselves are a whole row: 16 to 21 columns, with a start and an end where one of the orders has them. */
export function isRow(bytes: Uint8Array): boolean {
  const cut = cutColumns(bytes)
  if (!hasRightCount(cut)) return false
  const layout = layoutOf(bytes, cut)
  return timeAt(bytes, cut, layout.start) !== null && timeAt(bytes, cut, endOf(layout)) !== null
}

/** The row without a UTF-8 byte order mark at the start of the stream. */
export function contentOf(record: Uint8Array, atStreamStart: boolean): Uint8Array {
  const marked = atStreamStart && record[0] === 0xef && record[1] === 0xbb && record[2] === 0xbf
  return marked ? record.subarray(3) : record
}

/** The row's `start` as written; of a damaged row too, when it stands before the damage. 0: there is none. */
export function contentAt(content: Uint8Array): number {
  const cut = cutColumns(content)
  return timeAt(content, cut, isCustomOrder(content, cut) ? 8 : 9) ?? 0
}

/**
 * False when the row carries `sequence`, the running number of all CDRs since the start of Asterisk: it names the row. Most rows
 * have an empty account code and end in a quoted text, which tells them apart without cutting them.
 */
export function mayRepeat(content: Uint8Array): boolean {
  const last = content.length - 1
  const number = content[last] === quote ? last - 1 : last
  if (!isDigit(content[number]) && content[0] === quote && content[1] === quote && content[2] === comma) return true
  const cut = cutColumns(content)
  if (!hasRightCount(cut)) return true
  const { sequence } = layoutOf(content, cut)
  return sequence < 0 || wholeAt(content, cut, sequence) === null
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 48 && byte <= 57
