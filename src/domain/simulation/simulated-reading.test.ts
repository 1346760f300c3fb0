import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Call } from '../call.ts'
import { asteriskCsv } from '../formats/asterisk-csv/asterisk-csv.ts'
import { avayaIpOffice } from '../formats/avaya-ip-office/avaya-ip-office.ts'
import type { Format, Segment } from '../formats/format.ts'
import { OccurrenceCounter } from '../identity.ts'
import { openReader, readingDefaults, type Reader } from '../reading.ts'
import type { Fragment, QuarantineReason } from '../record.ts'
import { windows1251 } from './dirty/damage.ts'
import { dirty, type DirtyEvent } from './dirty/dirty.ts'
import type { SimulatedCall } from './simulated-call.ts'
import { simulate, type SimulatedRecord, type SimulationOptions, siteOf } from './simulate.ts'

/** What the product makes of deliveries, by its own framing, identity and parser. */
interface Collected<Fields> {
  readonly ledger: {
    received: number
    stored: number
    duplicate: number
    quarantined: number
    readonly quarantinedByReason: Partial<Record<QuarantineReason, number>>
  }
  readonly segments: Segment<Fields>[]
  /** Content of each segment's record, one character a byte, by its id. */
  readonly contents: Map<number, string>
}

function collect<Fields>(format: Format<Fields>, reader: Reader, events: Iterable<DirtyEvent>): Collected<Fields> {
  const ledger: Collected<Fields>['ledger'] = {
    received: 0,
    stored: 0,
    duplicate: 0,
    quarantined: 0,
    quarantinedByReason: {},
  }
  const segments: Segment<Fields>[] = []
  const contents = new Map<number, string>()
  const known = new Set<string>()
  let framer = format.openFramer()
  let counter = new OccurrenceCounter()
  let delivery = 0
  let line = 0
  const quarantine = (reason: QuarantineReason) => {
    ledger.quarantined++
    ledger.quarantinedByReason[reason] = (ledger.quarantinedByReason[reason] ?? 0) + 1
  }
  const take = (record: Uint8Array, fragment: Fragment | null) => {
    ledger.received++
    line++
    if (fragment !== null) {
      counter.next(null)
      return quarantine(fragment)
    }
    const content = format.contentOf(record, line === 1).slice()
    const text = Buffer.from(content).toString('latin1')
    const counted = counter.next(content)
    const k = format.mayRepeat(content) ? counted : 1
    const identity = `${k} ${text}`
    if (known.has(identity)) {
      ledger.duplicate++
      return
    }
    known.add(identity)
    const parsed = format.parse(content, reader)
    if (parsed.kind === 'bad') return quarantine(parsed.reason)
    ledger.stored++
    assert.equal(parsed.kind, 'segment')
    if (parsed.kind !== 'segment') return
    assert.deepEqual(parsed.suspect, [], text)
    const { startWall, endWall, fields } = parsed
    assert.deepEqual(format.unpack(format.pack(fields)), fields)
    segments.push({ id: ledger.received, startWall, endWall, receivedAt: ledger.received, delivery, line, fields })
    contents.set(ledger.received, text)
  }
  for (const event of events) {
    if (event.kind === 'bytes') framer.push(event.bytes, take)
    else if (event.kind === 'disconnect') framer.end('cut', take)
    else {
      framer = format.openFramer()
      counter = new OccurrenceCounter()
      delivery++
      line = 0
    }
  }
  return { ledger, segments, contents }
}

function readerOf(options: SimulationOptions): Reader {
  const { format, timezone } = options
  return openReader({
    ...readingDefaults,
    ...siteOf(options).reading,
    format,
    timezone,
    plan: 'site',
    rewrite: [],
    clockOffset: 0,
  })
}

/** One connection without a flaw, in pieces of 999 bytes. */
function* clean(records: readonly SimulatedRecord[], lineEnd: string): Generator<DirtyEvent> {
  yield { kind: 'connect', dueAt: 0 }
  const bytes = new TextEncoder().encode(records.map(({ line }) => line + lineEnd).join(''))
  for (let at = 0; at < bytes.length; at += 999) yield { kind: 'bytes', bytes: bytes.subarray(at, at + 999), dueAt: 0 }
  yield { kind: 'disconnect', dueAt: 0 }
}

function simulated(options: SimulationOptions) {
  const truth: SimulatedCall[] = []
  const records = [...simulate(options, (call) => (truth[call.index] = call))]
  const callOf = new Map<string, number>()
  for (const { line, call } of records) {
    callOf.set(Buffer.from(line).toString('latin1'), call)
    const old = windows1251(line)
    if (old) callOf.set(Buffer.from(old).toString('latin1'), call)
  }
  return { truth, records, callOf }
}

/** Joins and assembles what was stored, and compares call by call. */
function compareCalls<Fields>(
  format: Format<Fields>,
  reader: Reader,
  { segments, contents }: Collected<Fields>,
  { truth, callOf }: ReturnType<typeof simulated>,
  leaveOut: ReadonlySet<number>,
): void {
  const found = new Map<number, { call: Call; lines: string }>()
  for (const group of format.join(segments)) {
    const records = group.map(({ id }) => contents.get(id) as string)
    const lines = records.map((record) => Buffer.from(record, 'latin1').toString()).join('\n')
    const indexes = new Set(records.map((record) => callOf.get(record)))
    const [index] = indexes
    assert.equal(indexes.size, 1, `records of several calls were joined:\n${lines}`)
    assert.ok(index !== undefined && !found.has(index), `a call was parted:\n${lines}`)
    found.set(index, { call: format.assemble(group, reader, null), lines })
  }
  assert.equal(found.size, truth.length)
  for (const { index, scenario, handling, startedWall: _, ...expected } of truth) {
    if (leaveOut.has(index)) continue
    const { call, lines } = found.get(index) as { call: Call; lines: string }
    const { completeAt, ...rest } = call
    assert.notEqual(completeAt, null)
    assert.deepEqual(rest, expected, `${scenario}, ${handling}:\n${lines}`)
  }
}

const month = { from: '2026-03-02', days: 30, callsADay: 700, timezone: 'Asia/Novosibirsk' } as const

function compareClean<Fields>(format: Format<Fields>, options: SimulationOptions): void {
  const told = simulated(options)
  const reader = readerOf(options)
  const collected = collect(format, reader, clean(told.records, format.name === 'avaya-ip-office' ? '\r\n' : '\n'))
  const n = told.records.length
  assert.deepEqual(collected.ledger, { received: n, stored: n, duplicate: 0, quarantined: 0, quarantinedByReason: {} })
  // A row in which the clock jumps shows times on two clocks: read to the second, it is off by the fractions cut off.
  const jumped = told.truth.filter(({ startedAt, startedWall, endedAt }) => {
    return reader.zone.wallAt(endedAt) - startedWall !== endedAt - startedAt
  })
  assert.ok(jumped.length < 5)
  compareCalls(format, reader, collected, told, new Set(jumped.map(({ index }) => index)))
}

function compareDirty<Fields>(format: Format<Fields>, options: SimulationOptions): void {
  const told = simulated(options)
  const reader = readerOf(options)
  const stream = dirty(told.records, { format: format.name, seed: options.seed })
  const collected = collect(format, reader, stream.events)
  const { received, stored, duplicate, quarantined, quarantinedByReason } = stream.ledger
  assert.deepEqual(collected.ledger, { received, stored, duplicate, quarantined, quarantinedByReason })
  compareCalls(format, reader, collected, told, stream.repeatedCalls)
}

for (const variant of [30, 34, 35, 37]) {
  const options = { ...month, format: 'avaya-ip-office', variant, seed: variant } as const
  test(`thirty days of an IP Office with ${variant} fields are read as they were`, () =>
    compareClean(avayaIpOffice, options))
  test(`a dirty month of an IP Office with ${variant} fields balances to the record`, () =>
    compareDirty(avayaIpOffice, options))
}

for (const variant of [18, 21]) {
  const options = { ...month, format: 'asterisk-csv', variant, seed: variant } as const
  test(`thirty days of an Asterisk with ${variant} columns are read as they were`, () =>
    compareClean(asteriskCsv, options))
  test(`a dirty month of an Asterisk with ${variant} columns balances to the record`, () =>
    compareDirty(asteriskCsv, options))
}

for (const from of ['2026-03-28', '2026-10-24']) {
  const days = { from, days: 3, callsADay: 4000, timezone: 'Europe/Berlin' } as const
  for (const variant of [18, 21]) {
    test(`an Asterisk with ${variant} columns is read as it was while clocks change, from ${from}`, () => {
      compareClean(asteriskCsv, { ...days, format: 'asterisk-csv', variant, seed: variant })
    })
  }
}

test('an IP Office is read as it was while clocks go forward', () => {
  const days = { from: '2026-03-28', days: 3, callsADay: 4000, timezone: 'Europe/Berlin' } as const
  compareClean(avayaIpOffice, { ...days, format: 'avaya-ip-office', variant: 35, seed: 2 })
})
