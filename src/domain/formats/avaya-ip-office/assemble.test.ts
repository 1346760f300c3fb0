import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { avayaLine, avayaReader, avayaSegments } from '../../../../test/support/avaya-lines.ts'
import type { Call } from '../../call.ts'
import type { Reader } from '../../reading.ts'
import type { Leg, Segment } from '../format.ts'
import { assemble } from './assemble.ts'
import { join } from './join.ts'
import { legs } from './legs.ts'
import type { AvayaFields } from './record.ts'

const samples = new URL('../../../../test/samples/', import.meta.url)
const lines = readFileSync(new URL('avaya-smdr.sample.csv', samples), 'utf8').split('\r\n').filter(Boolean)

interface Expected
  extends Omit<
    Call,
    'extensions' | 'startedAt' | 'answeredAt' | 'endedAt' | 'doubtful' | 'completeAt' | 'exchangeCallId'
  > {
  readonly scenario: string
  readonly key: { readonly day: string; readonly callId: number }
  readonly extensions: readonly string[]
  readonly startedAt: string
  readonly answeredAt: string | null
  readonly endedAt: string
  readonly complete: boolean
}
const expected = JSON.parse(readFileSync(new URL('avaya.calls.json', samples), 'utf8')) as readonly Expected[]

const iso = (at: number) => new Date(at).toISOString().replace('.000Z', 'Z')
const dayOf = (wall: number) => new Date(wall).toISOString().slice(0, 10).replaceAll('-', '/')

/** A call in the words of the file of expected calls. */
function inWords(group: readonly Segment<AvayaFields>[], reader: Reader): Omit<Expected, 'scenario'> {
  const { exchangeCallId, doubtful: _, completeAt, ...call } = assemble(group, reader, null)
  return {
    ...call,
    key: { day: dayOf(group[0]!.startWall), callId: Number(exchangeCallId) },
    extensions: call.extensions.map(({ number }) => number),
    startedAt: iso(call.startedAt),
    answeredAt: call.answeredAt === null ? null : iso(call.answeredAt),
    endedAt: iso(call.endedAt),
    complete: completeAt === call.endedAt,
  }
}

const keyOf = ({ key }: Pick<Expected, 'key'>) => `${key.day} ${key.callId}`

function compareSamples(reader: Reader, changed: (one: Expected) => Partial<Expected>): void {
  const calls = new Map(
    join(avayaSegments(lines, reader)).map((group) => [keyOf(inWords(group, reader)), inWords(group, reader)]),
  )
  assert.equal(calls.size, expected.length)
  for (const one of expected) {
    const { scenario, ...want } = { ...one, ...changed(one) }
    assert.deepEqual(calls.get(keyOf(one)), want, scenario)
  }
}

test('every call of the sample is as expected, field by field', () => {
  compareSamples(avayaReader(), () => ({}))
})

test('without groups and attendants R03 and R04 are voicemail and the rest is the same', () => {
  compareSamples(avayaReader({ groups: null, attendants: null }), ({ scenario }) =>
    /^R0[34]/u.test(scenario) ? { outcome: 'voicemail' } : {},
  )
})

const reader = avayaReader()

function callOf(...records: Parameters<typeof avayaLine>[0][]): Call {
  const groups = join(avayaSegments(records.map((record) => avayaLine(record))))
  assert.equal(groups.length, 1)
  return assemble(groups[0]!, reader, null)
}

function legsOf(...records: Parameters<typeof avayaLine>[0][]): readonly Leg[] {
  const groups = join(avayaSegments(records.map((record) => avayaLine(record))))
  return legs(groups[0]!, reader, null)
}

const inside = {
  direction: 'O',
  internal: 1,
  caller: '202',
  called: '204',
  dialled: '204',
  device1: 'E202',
  name1: 'Петрова А',
}
const outgoing = { direction: 'O', internal: 0, caller: '201', called: '974955557010', dialled: '974955557010' }

test('the legs of every sample add up to its call and lie within it', () => {
  for (const group of join(avayaSegments(lines))) {
    const call = assemble(group, reader, null)
    const parts = legs(group, reader, null)
    const sum = (of: (leg: Leg) => number) => parts.reduce((total, leg) => total + of(leg), 0)
    assert.equal(parts.length, call.segments)
    assert.ok(parts.every(({ main }) => main))
    assert.equal(
      sum((leg) => leg.talkSeconds),
      call.talkSeconds,
    )
    assert.equal(
      sum((leg) => leg.holdSeconds),
      call.holdSeconds,
    )
    assert.equal(
      sum((leg) => leg.parkSeconds),
      call.parkSeconds,
    )
    assert.equal(
      sum((leg) => leg.machineSeconds),
      call.machineSeconds,
    )
    assert.equal(parts[0]!.startedAt, call.startedAt)
    assert.equal(parts.at(-1)!.endedAt, call.endedAt)
    assert.equal(parts.find(({ answeredAt }) => answeredAt !== null)?.answeredAt ?? null, call.answeredAt)
    assert.deepEqual(
      parts.map(({ recordId }) => recordId),
      group.map(({ id }) => id),
    )
  }
})

test('each extension has the first part that is true of it', () => {
  const pickup = callOf(
    { ...inside, connected: '00:00:00', ring: 8, continuation: 1, device2: 'E204', name2: 'Кузнецова О' },
    { ...inside, connected: '00:00:38', ring: 1, device2: 'E205', name2: 'Смирнов Д' },
  )
  assert.deepEqual(pickup.extensions, [
    { number: '202', part: 'caller' },
    { number: '204', part: 'offered' },
    { number: '205', part: 'answered' },
  ])
  const transfer = callOf(
    { connected: '00:00:20', continuation: 1 },
    { connected: '00:00:30', continuation: 1, device1: 'E203' },
    { connected: '00:00:00', ring: 15, device1: 'E205' },
  )
  assert.deepEqual(transfer.extensions, [
    { number: '201', part: 'answered' },
    { number: '203', part: 'transferred' },
    { number: '205', part: 'offered' },
  ])
})

test('an extension that was offered the call first and took it later has taken it', () => {
  const { extensions } = callOf(
    { connected: '00:00:00', ring: 5, continuation: 1, device1: 'E203' },
    { connected: '00:00:20', continuation: 1 },
    { connected: '00:00:30', device1: 'E203', ring: 0 },
  )
  assert.deepEqual(extensions, [
    { number: '203', part: 'transferred' },
    { number: '201', part: 'answered' },
  ])
})

test('a call without a closing record is not complete', () => {
  assert.equal(callOf({ continuation: 1 }).completeAt, null)
  const call = callOf({ continuation: 1 }, { device1: 'E203', connected: '00:00:10', ring: 0 })
  assert.equal(call.completeAt, call.endedAt)
})

test('an answer over an analogue trunk is doubtful', () => {
  assert.deepEqual(callOf({ ...outgoing, ring: 0, name2: 'Line 5.0' }).doubtful, ['analogue-answer'])
  assert.deepEqual(callOf({ ...outgoing, ring: 0, name2: 'LINE 5.0' }).doubtful, ['analogue-answer'])
  assert.deepEqual(callOf({ ...outgoing, ring: 3, name2: 'Line 5.0' }).doubtful, [])
  assert.deepEqual(callOf({ ...outgoing, ring: 0, name2: 'Line 5.10' }).doubtful, [])
  assert.deepEqual(callOf({ ...outgoing, ring: 0, connected: '00:00:00', name2: 'Line 5.0' }).doubtful, [])
  assert.deepEqual(callOf({ ring: 0, name2: 'Line 5.0' }).doubtful, [])
})

test('a machine that was heard last decides between a mailbox, a menu and a queue', () => {
  const machine = {
    device1: 'T9001',
    name1: 'Line 1.1',
    device2: 'V9501',
    name2: 'VM Channel 1',
    ring: 0,
    connected: '00:00:30',
  }
  const outcome = (...called: string[]) =>
    callOf(
      ...called.map((number, place) => ({
        ...machine,
        called: number,
        continuation: Number(place < called.length - 1),
      })),
    ).outcome
  assert.equal(outcome('201'), 'voicemail')
  assert.equal(outcome('706'), 'automated')
  assert.equal(outcome('300'), 'missed')
  assert.equal(outcome('706', '300'), 'missed')
  assert.equal(outcome('706', '201'), 'voicemail')
})

test('a device is known by its name first and by the letter of its code second', () => {
  const oddNumber = callOf({
    device1: 'T9620',
    name1: 'LINE 8.20',
    device2: 'V9051',
    name2: 'VM Channel 3',
    connected: '00:00:10',
  })
  assert.deepEqual([oddNumber.outcome, oddNumber.machineSeconds], ['voicemail', 10])
  const nameless = callOf({ device2: 'V9504', name2: '', connected: '00:00:10' })
  assert.deepEqual([nameless.outcome, nameless.machineSeconds], ['voicemail', 10])
  const tone = callOf({ ...inside, connected: '00:00:00', ring: 0, device2: 'V8001', name2: 'U1 0.1' })
  assert.equal(tone.outcome, 'busy')
})

test('numbers are cut at @, a scheme before the number of the caller does not count', () => {
  assert.equal(callOf({ caller: 'sip:74955557001@192.0.2.1' }).from, '74955557001')
  assert.equal(callOf({ caller: 'tel:+74955557001' }).from, '+74955557001')
  assert.equal(callOf({ caller: 'anonymous@anonymous.invalid' }).from, null)
  const call = callOf({ called: '201@site', dialled: '' })
  assert.deepEqual([call.to, call.targets], ['201', ['201']])
})

test('a network call that leaves by a trunk is answered outside', () => {
  const call = callOf({ ...inside, device2: 'T9010', name2: 'Line 10.1', ring: 2 })
  assert.deepEqual([call.direction, call.answeredBy, call.answeredOutside], ['internal', null, true])
})

test('a guest who lifts the handset of a wake-up call has answered it', () => {
  const call = callOf({
    ...inside,
    caller: '',
    called: '215',
    device1: 'V8000',
    name1: 'Wakeup Call',
    device2: 'E215',
    name2: '',
  })
  assert.deepEqual([call.kind, call.outcome, call.answeredBy], ['wake-up', 'answered', '215'])
})

test('a dial-in from outside to a conference is a call', () => {
  const call = callOf({ called: '100', device1: 'V11001', name1: 'CO Channel 100.1' })
  assert.deepEqual([call.kind, call.outcome, call.answeredOutside, call.conference], ['call', 'answered', false, '100'])
})

test('a leg leads from the one who called to the one who was reached', () => {
  const [inbound] = legsOf({})
  assert.deepEqual(inbound!.from, { kind: 'outside', number: 'Line 1.1', name: null })
  assert.deepEqual(inbound!.to, { kind: 'extension', number: '201', name: 'Иванов И' })
  const [internal] = legsOf({ ...inside, device2: 'E211', name2: 'Extn211' })
  assert.deepEqual(internal!.from, { kind: 'extension', number: '202', name: 'Петрова А' })
  assert.deepEqual(internal!.to, { kind: 'extension', number: '211', name: null })
  const [turned] = legsOf({ ...inside, device1: 'E204', name1: 'Кузнецова О', device2: 'E202', name2: 'Петрова А' })
  assert.equal(turned!.from.number, '202')
  const [menu] = legsOf({ device1: 'V9510', name1: 'VM Channel 10' })
  assert.deepEqual([menu!.from.kind, menu!.to], ['outside', { kind: 'machine', number: 'VM Channel 10', name: null }])
  const [meeting] = legsOf({ ...inside, device2: 'V11003', name2: 'CO Channel 100.3' })
  assert.deepEqual(meeting!.to, { kind: 'conference', number: '100', name: 'CO Channel 100.3' })
  const [failed] = legsOf({ ...inside, device2: '', name2: '', connected: '00:00:00' })
  assert.deepEqual(failed!.to, { kind: 'none', number: null, name: null })
  const [barred] = legsOf({ ...outgoing, device2: 'Barred', name2: 'Barred', connected: '00:00:00' })
  assert.equal(barred!.to.kind, 'barred')
})

test('times that add up beyond the year 2099 stop there', () => {
  const call = callOf(
    { start: '2099/12/31 23:00:00', ring: 3_000, connected: '00:00:01', continuation: 1 },
    { start: '2099/12/31 23:00:00', ring: 3_000, connected: '00:00:01', device1: 'E203' },
  )
  assert.equal(call.endedAt, Date.UTC(2099, 11, 31, 21))
})
