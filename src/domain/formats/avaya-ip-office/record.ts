import { wallOf } from '../../clock.ts'
import type { Reader } from '../../reading.ts'
import type { Parsed } from '../format.ts'
import { cleanText, decodeField, isUtf8 } from '../text.ts'
import { isWakeUp } from './device.ts'

/**
 * One SMDR record: a line of 30 to 37 values between commas, without quotes and without escapes (manual 10.0, pp. 850–858;
 * 34, 35 and 37 values are seen in the field). The number of values says only how many there are, never which release sent it.
 */

/** The values of a record that make a call. Seconds are whole and not negative; a value that was blank is null or empty. */
export interface AvayaFields {
  readonly callId: number
  /** True: a further record of this call will follow. */
  readonly continued: boolean
  readonly connectedSeconds: number
  readonly ringSeconds: number
  readonly holdSeconds: number | null
  readonly parkSeconds: number | null
  /** As sent, with `@` and what follows. */
  readonly caller: string
  /** True: `I`, came over a trunk. False: `O`, everything else, internal calls included. */
  readonly inbound: boolean
  readonly internal: boolean
  readonly called: string
  readonly dialled: string
  readonly device1: string
  readonly name1: string
  readonly device2: string
  readonly name2: string
  readonly cause: string
  readonly targeter: string
  readonly targetedNumber: string
  /** Wall milliseconds of SMDR Record Time, on a clock that is either the exchange's or UTC; null when absent or unreadable. */
  readonly recordWall: number | null
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
const encoder = new TextEncoder()

const nul = 0
const cr = 13

/** Seen in the field: NULs before a record, a CR too many at its end. A BOM has not been seen. */
export function contentOf(record: Uint8Array, atStreamStart: boolean): Uint8Array {
  const bytes = record.includes(nul) ? record.filter((byte) => byte !== nul) : record
  const from = atStreamStart && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  let to = bytes.length
  while (to > from && bytes[to - 1] === cr) to--
  return from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to)
}

export function contentAt(content: Uint8Array): number {
  const length = stampLength(content)
  return content[length] === comma ? (stampWall(content, length) ?? 0) : 0
}

const comma = 0x2c
const stampPattern = '0000/00/00 00:00:00'

/** Length of the date and time that the bytes begin with: 19, 16 without seconds (manual examples), 0 for none. */
function stampLength(bytes: Uint8Array): number {
  let at = 0
  for (; at < stampPattern.length; at++) {
    const expected = stampPattern.charCodeAt(at)
    const found = bytes[at] ?? 0
    if (expected === 0x30 ? found < 0x30 || found > 0x39 : found !== expected) break
  }
  return at === 19 ? 19 : at >= 16 ? 16 : 0
}

/** Wall milliseconds of a date and time of that length; null when it does not exist or lies outside 1970–2099. */
function stampWall(bytes: Uint8Array, length: number): number | null {
  const digits = (at: number) => 10 * ((bytes[at] as number) - 0x30) + (bytes[at + 1] as number) - 0x30
  if (length === 0) return null
  const year = 100 * digits(0) + digits(2)
  return wallOf(year, digits(5), digits(8), digits(11), digits(14), length === 19 ? digits(17) : 0)
}

const leastFields = 17
const mostFields = 37
/** How many commas are looked for in one name. The user form forbids them; an import of users does not. */
const nameCommas = 4
/** In characters. A whole record has some 500 at most; what is searched and sorted by must fit an index of either store. */
const longestText = 250
/** Wall milliseconds before which every segment must end. */
export const endOfTime = Date.UTC(2100, 0, 1)

const deviceCode = /^(?:E[0-9*#]+|T\d+|V\d+|Barred)$/u
const wholeNumber = /^\d+$/u
const hoursMinutesSeconds = /^(\d{2,4}):([0-5]\d):([0-5]\d)$/u

export function parse(content: Uint8Array, reader: Reader): Parsed<AvayaFields> {
  const { encoding } = reader.reading
  const length = stampLength(content)
  if (length === 0 || content[length] !== comma) {
    const found = shown(decodeField(content.subarray(0, 100), encoding))
    return bad('not-a-record', `begins with ${found}, expected a date and time such as 2024/03/04 09:00:05 and a comma`)
  }
  const parts = partsOf(content, encoding)
  if (parts.length < leastFields) {
    return bad('too-few-fields', `${parts.length} fields, expected at least ${leastFields}`)
  }
  const misfit = mendNames(parts, content, encoding)
  return misfit === null ? segmentOf(parts, stampWall(content, length)) : bad('fields-shifted', misfit)
}

const bad = (reason: 'not-a-record' | 'too-few-fields' | 'fields-shifted' | 'bad-field', detail: string) =>
  ({ kind: 'bad', reason, detail }) as const

/** A value as a message prints it: in quotes, cut to a length that can be read. */
const shown = (text: string): string => JSON.stringify(cleanText(text.length > 60 ? `${text.slice(0, 60)}…` : text))

/** The values between the commas, trimmed, and no more of them than can be put to use. */
function partsOf(content: Uint8Array, encoding: string): string[] {
  const most = mostFields + 2 * nameCommas
  const parts: string[] = []
  if (isUtf8(content)) {
    for (const part of cleanText(utf8.decode(content)).split(',', most)) parts.push(part.trim())
    return parts
  }
  for (let from = 0; from <= content.length && parts.length < most; ) {
    const end = content.indexOf(comma, from)
    const to = end < 0 ? content.length : end
    parts.push(decodeField(content.subarray(from, to), encoding).trim())
    from = to + 1
  }
  return parts
}

// Places of the columns that show whether a record is whole, counted from 0.
const device1 = 11
const name1 = 12
const device2 = 13
const name2 = 14
const hold = 15
const park = 16

/**
 * Checks the columns by which a shift shows, and puts a name together again that has a comma in it: nothing in a record protects
 * a comma. A mended record must have its hold and park times, or else blanks farther on would pass for a blank second party.
 * Null when the columns fit, else what does not.
 */
function mendNames(parts: string[], content: Uint8Array, encoding: string): string | null {
  const at = (column: number) => parts[column] ?? ''
  const fits = (device: number) =>
    isWakeUp(at(device + 1)) || (at(device) === '' ? at(device + 1) === '' : deviceCode.test(at(device)))
  const isNumber = (column: number) => wholeNumber.test(at(column))
  const isNumberOrBlank = (column: number) => at(column) === '' || isNumber(column)
  const codeProblem = (party: string, device: number) =>
    `${party} is ${shown(at(device))} named ${shown(at(device + 1))}, expected a code such as E203, T9001 or V9504`
  const join = (name: number, commas: number) => {
    const from = offsetOf(content, name)
    const to = offsetOf(content, name + commas + 1) - 1
    parts.splice(name, commas + 1, decodeField(content.subarray(from, to), encoding).trim())
  }

  let commas1 = 0
  while (commas1 <= nameCommas && !fits(device2 + commas1)) commas1++
  if (commas1 > nameCommas) return codeProblem('Party2Device', device2)
  let commas2 = 0
  while (commas2 <= nameCommas && !isNumberOrBlank(hold + commas1 + commas2)) commas2++
  if (commas2 > nameCommas) return `Hold Time is ${shown(at(hold + commas1))}, expected whole seconds`
  if (commas2 > 0) join(name2 + commas1, commas2)
  if (commas1 > 0) join(name1, commas1)
  if (!fits(device1)) return codeProblem('Party1Device', device1)
  if (!fits(device2)) return codeProblem('Party2Device', device2)
  const mended = commas1 + commas2 > 0
  for (const [name, column] of timeColumns) {
    if (mended ? !isNumber(column) : !isNumberOrBlank(column)) {
      const after = mended ? ` after ${commas1 + commas2} commas taken into names` : ''
      return `${name} is ${shown(at(column))}${after}, expected whole seconds`
    }
  }
  return null
}

const timeColumns = [
  ['Hold Time', hold],
  ['Park Time', park],
] as const

/** Where the value with that place begins. */
function offsetOf(content: Uint8Array, place: number): number {
  let offset = 0
  for (let passed = 0; passed < place; passed++) {
    const end = content.indexOf(comma, offset)
    if (end < 0) return content.length + 1
    offset = end + 1
  }
  return offset
}

const longestConnectedSeconds = 86_400
const longestOtherSeconds = 36_000
/** Call IDs begin here at every start of the exchange. */
const firstCallId = 1_000_000

function segmentOf(parts: readonly string[], startWall: number | null): Parsed<AvayaFields> {
  let problem: string | null = null
  const at = (column: number) => parts[column] ?? ''
  const refuse = (name: string, column: number, expected: string) => {
    problem ??= `${name} is ${shown(at(column))}, expected ${expected}`
  }
  const number = (name: string, column: number): number => {
    const value = wholeNumber.test(at(column)) ? Number(at(column)) : Number.NaN
    if (!(value <= Number.MAX_SAFE_INTEGER)) refuse(name, column, `a whole number up to ${Number.MAX_SAFE_INTEGER}`)
    return value
  }
  const yes = (name: string, column: number, yesses: readonly string[], no: string): boolean => {
    if (yesses.includes(at(column))) return true
    if (at(column) !== no) refuse(name, column, `${yesses.join(' or ')} or ${no}`)
    return false
  }
  const text = (name: string, column: number): string => {
    if (at(column).length > longestText) refuse(name, column, `at most ${longestText} characters`)
    return at(column)
  }

  if (startWall === null) refuse('Call Start', 0, 'a date and time that exist, from 1970 to 2099')
  const connectedSeconds = secondsOf(at(1))
  if (connectedSeconds === null) refuse('Connected Time', 1, 'hours, minutes and seconds such as 00:02:35')
  const fields: AvayaFields = {
    callId: number('Call ID', 9),
    continued: yes('Continuation', 10, ['1'], '0'),
    connectedSeconds: connectedSeconds ?? 0,
    ringSeconds: number('Ring Time', 2),
    holdSeconds: at(hold) === '' ? null : number('Hold Time', hold),
    parkSeconds: at(park) === '' ? null : number('Park Time', park),
    caller: text('Caller', 3),
    inbound: yes('Direction', 4, ['I'], 'O'),
    internal: yes('Is Internal', 8, ['1', 'I'], '0'),
    called: text('Called Number', 5),
    dialled: text('Dialled Number', 6),
    device1: text('Party1Device', device1),
    name1: text('Party1Name', name1),
    device2: text('Party2Device', device2),
    name2: text('Party2Name', name2),
    cause: text('External Targeting Cause', 27),
    targeter: text('External Targeter Id', 28),
    targetedNumber: text('External Targeted Number', 29),
    recordWall: recordWallOf(at(34)),
  }
  const endWall = (startWall ?? 0) + 1000 * lengthSeconds(fields)
  if (problem === null && endWall >= endOfTime) {
    problem =
      'Connected Time, Ring Time, Hold Time and Park Time add up to an end after 2099, expected seconds of one call'
  }
  if (startWall === null || problem !== null) return bad('bad-field', problem ?? '')
  return { kind: 'segment', startWall, endWall, fields, suspect: suspectOf(fields) }
}

/** Life of a segment (manual 10.0, pp. 850–858). Each part is rounded up, so that the sum may be up to 3 s too long. */
export const lengthSeconds = (fields: AvayaFields): number =>
  fields.connectedSeconds + fields.ringSeconds + (fields.holdSeconds ?? 0) + (fields.parkSeconds ?? 0)

function secondsOf(text: string): number | null {
  const found = hoursMinutesSeconds.exec(text)
  return found ? 3600 * Number(found[1]) + 60 * Number(found[2]) + Number(found[3]) : null
}

function recordWallOf(text: string): number | null {
  const bytes = encoder.encode(text)
  const length = stampLength(bytes)
  return bytes.length === length ? stampWall(bytes, length) : null
}

const noneSuspect: readonly string[] = []

function suspectOf(fields: AvayaFields): readonly string[] {
  const { connectedSeconds, ringSeconds, holdSeconds, parkSeconds, callId } = fields
  const suspect: string[] = []
  if (connectedSeconds > longestConnectedSeconds) suspect.push('Connected Time')
  if (ringSeconds > longestOtherSeconds) suspect.push('Ring Time')
  if ((holdSeconds ?? 0) > longestOtherSeconds) suspect.push('Hold Time')
  if ((parkSeconds ?? 0) > longestOtherSeconds) suspect.push('Park Time')
  if (callId < firstCallId) suspect.push('Call ID')
  return suspect.length === 0 ? noneSuspect : suspect
}

/**
 * The fields as a JSON array in a fixed order, blank ones at the end left out. The order is part of what is stored: it changes
 * only together with `rules`.
 */
export function pack(fields: AvayaFields): string {
  const row: (string | number | null)[] = [
    fields.callId,
    Number(fields.continued),
    fields.connectedSeconds,
    fields.ringSeconds,
    fields.caller,
    Number(fields.inbound),
    Number(fields.internal),
    fields.called,
    fields.dialled,
    fields.device1,
    fields.name1,
    fields.device2,
    fields.name2,
    fields.holdSeconds,
    fields.parkSeconds,
    fields.recordWall,
    fields.cause,
    fields.targeter,
    fields.targetedNumber,
  ]
  while (row.at(-1) === '' || row.at(-1) === null) row.pop()
  return JSON.stringify(row)
}

export function unpack(text: string): AvayaFields {
  const row = JSON.parse(text) as readonly (string | number | null)[]
  const words = (place: number) => (row[place] ?? '') as string
  const number = (place: number) => row[place] as number
  const numberOrNull = (place: number) => (row[place] ?? null) as number | null
  return {
    callId: number(0),
    continued: row[1] === 1,
    connectedSeconds: number(2),
    ringSeconds: number(3),
    holdSeconds: numberOrNull(13),
    parkSeconds: numberOrNull(14),
    caller: words(4),
    inbound: row[5] === 1,
    internal: row[6] === 1,
    called: words(7),
    dialled: words(8),
    device1: words(9),
    name1: words(10),
    device2: words(11),
    name2: words(12),
    cause: words(16),
    targeter: words(17),
    targetedNumber: words(18),
    recordWall: numberOrNull(15),
  }
}
