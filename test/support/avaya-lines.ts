import { avayaIpOffice } from '../../src/domain/formats/avaya-ip-office/avaya-ip-office.ts'
import type { AvayaFields } from '../../src/domain/formats/avaya-ip-office/record.ts'
import type { Segment } from '../../src/domain/formats/format.ts'
import { openReader, type Reader, type Reading, readingDefaults } from '../../src/domain/reading.ts'

export const avayaReader = (changes: Partial<Reading> = {}): Reader =>
  openReader({
    format: 'avaya-ip-office',
    timezone: 'Europe/Moscow',
    encoding: readingDefaults.encoding,
    internal: readingDefaults.internal,
    groups: '^300$',
    attendants: '^706$',
    trunks: [],
    plan: 'site',
    rewrite: [],
    clockOffset: 0,
    ...changes,
  })

const columns = [
  'start',
  'connected',
  'ring',
  'caller',
  'direction',
  'called',
  'dialled',
  'account',
  'internal',
  'callId',
  'continuation',
  'device1',
  'name1',
  'device2',
  'name2',
  'hold',
  'park',
] as const

type Line = Partial<Record<(typeof columns)[number] | 'cause' | 'recordTime', string | number>> & {
  /** How many fields the line has. */
  readonly fields?: number
}

const answeredInbound: Line = {
  start: '2024/03/04 09:00:05',
  connected: '00:02:35',
  ring: 7,
  caller: '74955557001',
  direction: 'I',
  called: '201',
  dialled: '5550101',
  internal: 0,
  callId: 1_000_241,
  continuation: 0,
  device1: 'E201',
  name1: 'Иванов И',
  device2: 'T9001',
  name2: 'Line 1.1',
  hold: 0,
  park: 0,
}

/** A record as text: an inbound call that 201 answers, but for what is given. */
export function avayaLine(line: Line = {}): string {
  const all = { ...answeredInbound, ...line }
  const values = columns.map((column) => String(all[column] ?? ''))
  const count = line.fields ?? (line.recordTime === undefined ? 30 : 35)
  while (values.length < count) values.push('')
  if (line.cause !== undefined) values[27] = String(line.cause)
  if (line.recordTime !== undefined) values[34] = String(line.recordTime)
  return values.slice(0, count).join(',')
}

const encoder = new TextEncoder()

/** Records framed and read as one delivery would bring them; ids and lines count from 1. Throws on a record that is bad. */
export function avayaSegments(lines: readonly string[], reader: Reader = avayaReader()): Segment<AvayaFields>[] {
  return lines.map((text, place) => {
    const parsed = avayaIpOffice.parse(encoder.encode(text), reader)
    if (parsed.kind !== 'segment') throw new Error(`${parsed.kind}: ${JSON.stringify(parsed)}`)
    const { startWall, endWall, fields } = parsed
    return { id: place + 1, startWall, endWall, receivedAt: 0, delivery: 1, line: place + 1, fields }
  })
}
