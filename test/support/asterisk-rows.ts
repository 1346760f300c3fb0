import { readFileSync } from 'node:fs'
import type { Call } from '../../src/domain/call.ts'
import { asteriskCsv } from '../../src/domain/formats/asterisk-csv/asterisk-csv.ts'
import type { AsteriskFields } from '../../src/domain/formats/asterisk-csv/fields.ts'
import type { HourEvidence, Parsed, Segment } from '../../src/domain/formats/format.ts'
import { openReader, type Reader, type Reading, readingDefaults } from '../../src/domain/reading.ts'
import type { Fragment } from '../../src/domain/record.ts'

export type Row = Segment<AsteriskFields>

export const asteriskReader = (changes: Partial<Reading> = {}): Reader =>
  openReader({
    format: 'asterisk-csv',
    timezone: 'Europe/Moscow',
    encoding: readingDefaults.encoding,
    internal: readingDefaults.internal,
    groups: null,
    attendants: null,
    trunks: ['trunk-msk', 'trunk-bk'],
    plan: 'site',
    rewrite: [],
    clockOffset: 0,
    ...changes,
  })

export const moscow: Reader = asteriskReader()

export const sampleBytes = (name: string): Uint8Array => readFileSync(new URL(`../samples/${name}`, import.meta.url))

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
export const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/** Columns of a row by name; times without a date are of 2024-03-11. An absent `answer` is written as nothing. */
export interface RowText {
  readonly accountcode?: string
  readonly src?: string
  readonly dst?: string
  readonly clid?: string
  readonly channel?: string
  readonly dstchannel?: string
  readonly lastapp?: string
  readonly lastdata?: string
  readonly start?: string
  readonly answer?: string
  readonly end?: string
  readonly duration?: number | string
  readonly billsec?: number | string
  readonly disposition?: string
  readonly uniqueid?: string
  readonly userfield?: string
  readonly linkedid?: string
  readonly sequence?: number | string
}

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`
const dated = (time: string): string => quoted(time.length === 8 ? `2024-03-11 ${time}` : time)
const secondsOf = (time: string): number =>
  Date.parse(`${time.length === 8 ? `2024-03-11 ${time}` : time}Z`.replace(' ', 'T')) / 1000

/** Which of the optional columns 17 to 21 are written. */
export type Tail = 16 | 18 | 19 | 21 | '17 uniqueid' | '17 userfield' | '20 uniqueid' | '20 userfield'

/** A row of cdr_csv. Duration, billsec and disposition follow from the times unless given. */
export function rowText(row: RowText, tail: Tail = 18): string {
  const start = row.start ?? '09:00:00'
  const end = row.end ?? '09:01:00'
  const duration = row.duration ?? secondsOf(end) - secondsOf(start)
  const billsec = row.billsec ?? (row.answer ? secondsOf(end) - secondsOf(row.answer) : 0)
  const uniqueid = quoted(row.uniqueid ?? '')
  const userfield = quoted(row.userfield ?? '')
  const newest = [quoted(''), quoted(row.linkedid ?? ''), `${row.sequence ?? 0}`]
  const tails: Readonly<Record<Tail, readonly string[]>> = {
    16: [],
    18: [uniqueid, userfield],
    19: newest,
    21: [uniqueid, userfield, ...newest],
    '17 uniqueid': [uniqueid],
    '17 userfield': [userfield],
    '20 uniqueid': [uniqueid, ...newest],
    '20 userfield': [userfield, ...newest],
  }
  return [
    quoted(row.accountcode ?? ''),
    quoted(row.src ?? '74955557001'),
    quoted(row.dst ?? '5550101'),
    quoted('from-trunk'),
    quoted(row.clid ?? '"" <>'),
    quoted(row.channel ?? 'SIP/trunk-msk-000001a1'),
    quoted(row.dstchannel ?? 'SIP/201-000001a2'),
    quoted(row.lastapp ?? 'Dial'),
    quoted(row.lastdata ?? 'SIP/201,30,tT'),
    dated(start),
    row.answer ? dated(row.answer) : '',
    dated(end),
    `${duration}`,
    `${billsec}`,
    quoted(row.disposition ?? (row.answer ? 'ANSWERED' : 'NO ANSWER')),
    quoted('DOCUMENTATION'),
    ...tails[tail],
  ].join(',')
}

/** The same in the order of the sample mapping of cdr_custom: numbers quoted, `sequence` bare. */
export function customRowText(row: RowText): string {
  const columns = [...rowText({ clid: '"A" <1>', ...row }, 18).matchAll(/(?:^|,)("(?:[^"]|"")*"|[^,"]*)/gu)].map(
    (it) => it[1] ?? '',
  )
  const at = (...places: number[]) => places.map((place) => columns[place] as string)
  const answer = columns[10] === '' ? '""' : (columns[10] as string)
  const numbers = at(12, 13).map(quoted)
  return [
    ...at(4, 1, 2, 3, 5, 6, 7, 8, 9),
    answer,
    ...at(11),
    ...numbers,
    ...at(14, 15, 0, 16, 17),
    `${row.sequence ?? 0}`,
  ].join(',')
}

export const parseText = (text: string, reader: Reader = moscow): Parsed<AsteriskFields> =>
  asteriskCsv.parse(bytesOf(text), reader)

export function segmentOf(text: string, line = 1, reader: Reader = moscow): Row {
  const parsed = parseText(text, reader)
  if (parsed.kind !== 'segment') throw new Error(`no segment: ${JSON.stringify(parsed)}`)
  const { startWall, endWall, fields } = parsed
  return { id: line, startWall, endWall, receivedAt: 1_800_000_000_000, delivery: 1, line, fields }
}

export const rowsOf = (texts: readonly string[], reader: Reader = moscow): Row[] =>
  texts.map((text, i) => segmentOf(text, i + 1, reader))

export const callsOf = (rows: readonly Row[], reader: Reader = moscow, evidence: HourEvidence | null = null): Call[] =>
  asteriskCsv.join(rows).map((group) => asteriskCsv.assemble(group, reader, evidence))

export function onlyCall(
  texts: readonly string[],
  reader: Reader = moscow,
  evidence: HourEvidence | null = null,
): Call {
  const calls = callsOf(rowsOf(texts, reader), reader, evidence)
  if (calls.length !== 1) throw new Error(`${calls.length} calls, expected one`)
  return calls[0] as Call
}

export interface Framed {
  readonly text: string
  readonly fragment: Fragment | null
}

/** The records of a stream that comes in these chunks. */
export function frame(chunks: readonly Uint8Array[], how: 'cut' | 'whole' = 'whole'): Framed[] {
  const framer = asteriskCsv.openFramer()
  const framed: Framed[] = []
  const take = (bytes: Uint8Array, fragment: Fragment | null) => framed.push({ text: textOf(bytes), fragment })
  for (const chunk of chunks) framer.push(chunk, take)
  framer.end(how, take)
  return framed
}

export const instant = (text: string): number => Date.parse(text)
